"""The wearer's skin wherever it may be needed, lit as if limbs were round."""

import cv2
import numpy as np

from tryon.body.body import Body
from tryon.body.limbs import bare_limbs
from tryon.core.fill import bleed

_AMBIENT, _DIRECT = 0.62, 0.42  # light on a limb: from all around, and what falls straight on it


def skin_fill(photo: np.ndarray, skin: np.ndarray, body: Body) -> np.ndarray:
    """A picture of the wearer's skin wherever it may be needed.

    Colors continue from the skin that shows nearby. Limbs are shaded as round, with light from the front and above.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        skin: ``(H, W)`` ``bool``, the wearer's skin.
        body: the wearer's.

    Returns:
        ``(H, W, 3)`` ``uint8``.
    """
    keypoints, unit = body.keypoints, body.unit
    if not skin.any():
        return np.full_like(photo, 150)
    # Eyes, lips and shadows are no skin to continue: keep what lies near the median.
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    middle = np.median(luma[skin])
    plain = skin & (np.abs(luma.astype(int) - middle) < 45)
    plain &= cv2.erode(plain.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if plain.sum() < 20:
        plain = skin
    tone = np.median(photo[plain], axis=0)
    # All of this is smooth, so a fraction of the resolution is enough.
    scale = min(1.0, 80 / unit)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sure = cv2.resize(plain.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.9
    spread = bleed(small, sure) if sure.any() else np.full_like(small, tone)
    mixed = 0.5 * cv2.GaussianBlur(spread, (0, 0), 0.06 * unit * scale) + 0.5 * tone
    light = _light_on_limbs(keypoints * (scale, scale, 1), small.shape[:2], scale * unit)
    shaded = mixed * light[..., None]
    picture = cv2.resize(shaded.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _light_on_limbs(keypoints: np.ndarray, size: tuple[int, int], unit: float) -> np.ndarray:
    """``(H, W)`` ``float32``: light on round limbs from the front and a little from above; 1 beside them."""
    nearest, offset = bare_limbs(keypoints, size, unit, "upper arm", "forearm", "thigh", "shank", "neck")
    outward = np.sqrt(np.maximum(1 - np.minimum(nearest, 1) ** 2, 0))
    y, z = np.array((-0.35, 1.0)) / np.hypot(0.35, 1.0)
    falling = np.clip(offset[..., 1] * y + outward * z, 0, 1)
    return 1 + (_AMBIENT + _DIRECT * falling - 1) * np.clip(2 - nearest, 0, 1).astype(np.float32)
