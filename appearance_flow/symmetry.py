"""What hides a garment on one side of the body often leaves the same place of the other side in sight."""

import cv2
import numpy as np

from appearance_flow.pose_flow import pose_flow
from appearance_flow.sampling import warp_photo
from appearance_flow.sleeves import mirrored_keypoints
from tryon.body.geometry import smoothstep
from tryon.body.stance import facing
from tryon.core.errors import PersonNotFoundError
from tryon.core.fill import bleed
from tryon.core.masks import window_of
from tryon.types import CloseView

_ALIKE = 40  # levels by which the two sides of one cloth differ at most, by the light
_SHARE = 0.3  # of what both sides show, at least, that is alike: else one is not the mirror image of the other
_EVEN = 0.03  # torso lengths over which the light is compared
_DEEP = 0.05, 0.12  # torso lengths from what is seen of one garment between which the mirror image takes over
_AROUND = 0.5  # torso lengths around what is hidden in which the sides are compared


def other_side(view: CloseView, colors: np.ndarray, sure: np.ndarray, hidden: np.ndarray, one: bool) -> np.ndarray:
    """Fill what is hidden of a garment with its mirror image, in the light of the side that it is laid on.

    Args:
        view: of the garment's wearer.
        colors: ``(h, w, 3)`` ``uint8``, continued where they are hidden.
        sure: ``(h, w)`` ``bool``, where they are the garment's own; they stay.
        hidden: ``(h, w)`` ``bool``, what is to be filled.
        one: it is one garment, which near what is seen of it goes on better as it is there; of an open coat and what
            shows in it, the mirror image alone knows which is where.

    Returns:
        ``(h, w, 3)`` ``uint8``. As they were: what the other side does not show either, everything where the two sides
        are not alike, and of somebody seen from the side.
    """
    hidden = hidden & ~sure
    if not hidden.any() or facing(view.keypoints) == "side":
        return colors
    width = hidden.shape[1]
    try:
        flow = pose_flow(mirrored_keypoints(view.keypoints, width), view.keypoints, hidden.shape).flow
    except PersonNotFoundError:
        return colors
    unit = view.body.unit
    window = window_of(hidden, round(_AROUND * unit))
    flow = flow[window] + np.array((window[1].start, window[0].start), np.float32)
    image = warp_photo(np.ascontiguousarray(colors[:, ::-1]), flow)
    shown = warp_photo(np.ascontiguousarray(sure[:, ::-1]).astype(np.float32), flow, padding="zeros") > 0.98
    here, known = colors[window], sure[window]
    difference = here.astype(np.int16) - image
    alike = shown & known & (np.abs(difference).max(-1) <= _ALIKE)
    if alike.sum() <= _SHARE * (shown & known).sum():
        return colors
    image = np.clip(image + _light(difference, alike, _EVEN * unit), 0, 255)
    share = (hidden[window] & shown).astype(np.float32)
    if one:
        share *= smoothstep(cv2.distanceTransform((~known).view(np.uint8), cv2.DIST_L2, 5) / unit, *_DEEP)
    out = colors.copy()
    out[window] = (here + (image - here.astype(np.float32)) * share[..., None] + 0.5).astype(np.uint8)
    return out


def _light(difference: np.ndarray, alike: np.ndarray, width: float) -> np.ndarray:
    """``(h, w, 3)`` ``int16``: the difference where it is one of light, averaged over a width, and continued."""
    weight = cv2.GaussianBlur(alike.astype(np.float32), (0, 0), width)
    even = cv2.GaussianBlur(np.where(alike[..., None], difference, 0).astype(np.float32), (0, 0), width)
    even = even / np.maximum(weight, 1e-3)[..., None]
    return bleed(np.clip(even + 128, 0, 255).astype(np.uint8), alike).astype(np.int16) - 128
