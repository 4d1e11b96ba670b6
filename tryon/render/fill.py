"""What lies behind a garment that is taken off, and colors beyond the edge of one that is put on.

Classical methods: smooth colors by push and pull over a pyramid (Gortler et al., The Lumigraph, 1996), with the
texture of the mirrored surroundings on top for backgrounds. Skin is lit as if limbs were round.
"""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.zones import BARE_ARMS, BARE_LEGS, BARE_NECK, bare_limbs

_AMBIENT, _DIRECT = 0.62, 0.42  # light on a limb: from all around, and what falls straight on it


def bleed(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Continue the colors of the known pixels smoothly over all others.

    Args:
        picture: ``(H, W, 3)`` ``uint8``.
        known: ``(H, W)`` ``bool``; with no pixel known, the result is middle grey.

    Returns:
        ``(H, W, 3)`` ``uint8``; the known pixels are unchanged.
    """
    weight = known.astype(np.float32)
    color = picture.astype(np.float32) * weight[..., None]
    pyramid = [(color, weight)]
    while min(pyramid[-1][1].shape) > 2 and pyramid[-1][1].min() <= 0:
        color, weight = pyramid[-1]
        size = -(-color.shape[1] // 2), -(-color.shape[0] // 2)
        small, small_weight = (
            cv2.resize(color, size, interpolation=cv2.INTER_AREA),
            cv2.resize(weight, size, interpolation=cv2.INTER_AREA),
        )
        # A pixel that is known in part counts as known: colors near the edge win over those from afar.
        full = np.minimum(small_weight * 4, 1)
        scale = full / np.maximum(small_weight, 1e-8)
        pyramid.append((small * scale[..., None], full))
    filled = pyramid[-1][0] / np.maximum(pyramid[-1][1], 1e-8)[..., None]
    if not known.any():
        return np.full_like(picture, 128)
    last = pyramid[-1][1] <= 0
    if last.any():
        total = pyramid[-1][0].sum((0, 1)) / pyramid[-1][1].sum()
        filled[last] = total
    for color, weight in reversed(pyramid[:-1]):
        up = cv2.resize(filled, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        filled = color + up * (1 - weight[..., None])
    out = np.clip(filled + 0.5, 0, 255).astype(np.uint8)
    out[known] = picture[known]
    return out


def continue_texture(photo: np.ndarray, hole: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Continue what surrounds a hole, a background or a fabric, into it.

    Smooth colors come from :func:`bleed`; the texture is that of the surroundings mirrored at the edge
    of the hole.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        hole: ``(H, W)`` ``bool``, to be filled.
        known: ``(H, W)`` ``bool``, what to continue.

    Returns:
        ``(H, W, 3)`` ``uint8``, the photo with the hole filled.
    """
    out = photo.copy()
    if not hole.any() or not known.any():
        return out
    window = around(hole)
    if not known[window].any():
        window = slice(None), slice(None)
    out[window] = _continue_texture(photo[window], hole[window], known[window])
    return out


def around(hole: np.ndarray) -> tuple[slice, slice]:
    """The part of a picture that matters to a hole (not empty): its box, widened by half of its size."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = 16 + max(rows[-1] - rows[0], columns[-1] - columns[0]) // 2
    return (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )


def _continue_texture(photo: np.ndarray, hole: np.ndarray, known: np.ndarray) -> np.ndarray:
    smooth = bleed(photo, known)
    out = photo.copy()
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(known)
    order = np.zeros(nearest.max() + 1, np.int32)
    order[nearest[rows, columns]] = np.arange(len(rows))
    y, x = np.nonzero(hole)
    index = order[nearest[y, x]]
    # Twice the way to the edge lies as far behind it as the pixel lies before it.
    mirrored_y = np.clip(2 * rows[index] - y, 0, photo.shape[0] - 1)
    mirrored_x = np.clip(2 * columns[index] - x, 0, photo.shape[1] - 1)
    # What is wider than this is color, what is finer is texture; so wide a blur needs a quarter of the resolution.
    small = cv2.resize(smooth, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.5, 0.0025 * max(photo.shape)))
    blurred = cv2.resize(small, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    detail = smooth[mirrored_y, mirrored_x].astype(np.float32) - blurred[mirrored_y, mirrored_x]
    out[y, x] = np.clip(blurred[y, x] + detail, 0, 255).astype(np.uint8)
    return out


def skin_fill(photo: np.ndarray, skin: np.ndarray, keypoints: np.ndarray, unit: float) -> np.ndarray:
    """A picture of the wearer's skin wherever it may be needed.

    Colors continue from the skin that shows nearby. Limbs are shaded as round, from the side from which the face is lit
    and from above, and have the grain of the photo's skin.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        skin: ``(H, W)`` ``bool``, the wearer's skin.
        keypoints: ``(18, 3)``.
        unit: length of the wearer's torso in pixels.

    Returns:
        ``(H, W, 3)`` ``uint8``.
    """
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
    nearest, offset = bare_limbs(keypoints, size, unit, BARE_ARMS + BARE_LEGS + BARE_NECK)
    outward = np.sqrt(np.maximum(1 - np.minimum(nearest, 1) ** 2, 0))
    x, y, z = np.array((side, -0.35, 1.0)) / np.linalg.norm((side, -0.35, 1.0))
    falling = np.clip(offset[..., 0] * x + offset[..., 1] * y + outward * z, 0, 1)
    return 1 + (_AMBIENT + _DIRECT * falling - 1) * np.clip(2 - nearest, 0, 1).astype(np.float32)
