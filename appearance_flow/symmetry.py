"""What hides a garment on one side of the body often leaves the same place of the other side in sight."""

import cv2
import numpy as np

from appearance_flow.pose_flow import pose_flow
from appearance_flow.sampling import warp_photo
from appearance_flow.sleeves import mirrored
from tryon.body.geometry import smoothstep
from tryon.core.errors import PersonNotFoundError
from tryon.core.fill import bleed
from tryon.types import CloseView

_ALIKE = 40  # levels by which the two sides of one cloth differ at most, by the light
_EVEN = 0.03  # torso lengths over which the light is compared
_DEEP = 0.05, 0.12  # torso lengths from what is seen of one garment between which the mirror image takes over


def other_side(
    view: CloseView, parsing: np.ndarray, colors: np.ndarray, sure: np.ndarray, hidden: np.ndarray, one: bool
) -> np.ndarray:
    """Fill what is hidden of a garment with its mirror image, in the light of the side that it is laid on.

    Args:
        view: of the garment's wearer.
        parsing: ``(h, w)`` their label map.
        colors: ``(h, w, 3)`` ``uint8``, continued where they are hidden.
        sure: ``(h, w)`` ``bool``, where they are the garment's own.
        hidden: ``(h, w)`` ``bool``, what is to be filled.
        one: it is one garment, which near what is seen of it goes on better as it is there; of an open coat and what
            shows in it, the mirror image alone knows which is where.

    Returns:
        The colors; what the other side does not show either is as it was.
    """
    if not hidden.any():
        return colors
    turned = mirrored(view, parsing)[0].keypoints
    try:
        flow = pose_flow(turned, view.keypoints, hidden.shape).flow
    except PersonNotFoundError:
        return colors
    image = warp_photo(np.ascontiguousarray(colors[:, ::-1]), flow)
    shown = warp_photo(np.ascontiguousarray(sure[:, ::-1]).astype(np.float32), flow, padding="zeros") > 0.98
    known = shown & sure
    difference = colors.astype(np.int16) - image
    alike = known & (np.abs(difference).max(-1) <= _ALIKE)
    if alike.any():
        width = _EVEN * view.body.unit
        weight = cv2.GaussianBlur(alike.astype(np.float32), (0, 0), width)
        even = cv2.GaussianBlur(np.where(alike[..., None], difference, 0).astype(np.float32), (0, 0), width)
        even = even / np.maximum(weight, 1e-3)[..., None]
        light = bleed(np.clip(even + 128, 0, 255).astype(np.uint8), alike).astype(np.int16) - 128
        image = np.clip(image + light, 0, 255).astype(np.uint8)
    share = (hidden & shown).astype(np.float32)
    if one:
        away = cv2.distanceTransform((~sure).view(np.uint8), cv2.DIST_L2, 5) / view.body.unit
        share *= smoothstep(away, *_DEEP)
    share = share[..., None]
    blended: np.ndarray = colors + (image - colors.astype(np.float32)) * share + 0.5
    return blended.astype(np.uint8)
