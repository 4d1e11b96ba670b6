"""The wearer's skin wherever it may be needed, lit as if limbs were round."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.limbs import bare_limbs
from tryon.core.fill import bleed

_AMBIENT, _DIRECT = 0.62, 0.42  # light on a limb: from all around, and what falls straight on it


def skin_fill(photo: np.ndarray, skin: np.ndarray, body: Body) -> np.ndarray:
    """A picture of the wearer's skin wherever it may be needed.

    Colors continue from the skin that shows nearby. Limbs are shaded as round, from the side from which the face is lit
    and from above, and have the grain of the photo's skin.

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
    # Much of a face lies in its own shadow: the tone to continue is that of the lit half.
    lit = luma[plain] >= np.median(luma[plain])
    tone = np.median(photo[plain][lit], axis=0)
    # All of this is smooth, so a fraction of the resolution is enough.
    scale = min(1.0, 80 / unit)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sure = cv2.resize(plain.astype(np.float32), small.shape[1::-1], interpolation=cv2.INTER_AREA) > 0.9
    spread = bleed(small, sure) if sure.any() else np.full_like(small, tone)
    mixed = 0.5 * cv2.GaussianBlur(spread, (0, 0), 0.06 * unit * scale) + 0.5 * tone
    side = _side_light(luma, plain, keypoints, unit)
    light = _light_on_limbs(keypoints * (scale, scale, 1), small.shape[:2], scale * unit, side)
    # Shadows on skin are redder than its lit side: light comes back out of the flesh.
    shaded = mixed * light[..., None] ** np.array((0.85, 1.05, 1.15), np.float32)
    picture = cv2.resize(shaded.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(picture + _grain(luma, plain)[..., None], 0, 255).astype(np.uint8)


def _grain(luma: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Noise as strong as that of the photo's skin, ``(H, W)``; the same at each call."""
    fine = (luma - cv2.GaussianBlur(luma.astype(np.float32), (0, 0), 1.5))[skin]
    noise = np.random.default_rng(0).normal(0, min(4.0, 1.5 * float(np.median(np.abs(fine)))), (128, 128))
    soft = cv2.GaussianBlur(noise.astype(np.float32), (0, 0), 0.7, borderType=cv2.BORDER_REFLECT)
    height, width = luma.shape
    return np.tile(soft, (-(-height // 128), -(-width // 128)))[:height, :width]


def _side_light(luma: np.ndarray, skin: np.ndarray, keypoints: np.ndarray, unit: float) -> float:
    """How much more light falls on the right side of the picture's face than on its left, in [-0.6, 0.6]."""
    if keypoints[sk.NOSE, 2] <= 0:
        return 0.0
    x, y = keypoints[sk.NOSE, :2]
    ys, xs = np.nonzero(skin)
    face = np.hypot(xs - x, ys - y) < 0.25 * unit
    sides = [luma[ys[face & side], xs[face & side]] for side in (xs < x, xs > x)]
    if min(len(side) for side in sides) < 20:
        return 0.0
    left, right = (float(side.mean()) for side in sides)
    return float(np.clip(4 * (right - left) / max(right + left, 1), -0.6, 0.6))


def _light_on_limbs(keypoints: np.ndarray, size: tuple[int, int], unit: float, side: float) -> np.ndarray:
    """``(H, W)`` ``float32``: light on round limbs that comes from a side and a little from above; 1 beside them."""
    nearest, offset = bare_limbs(keypoints, size, unit, "upper arm", "forearm", "thigh", "shank", "neck")
    outward = np.sqrt(np.maximum(1 - np.minimum(nearest, 1) ** 2, 0))
    x, y, z = np.array((side, -0.35, 1.0)) / np.linalg.norm((side, -0.35, 1.0))
    falling = np.clip(offset[..., 0] * x + offset[..., 1] * y + outward * z, 0, 1)
    return 1 + (_AMBIENT + _DIRECT * falling - 1) * np.clip(2 - nearest, 0, 1).astype(np.float32)
