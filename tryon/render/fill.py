"""What lies behind a garment that is taken off, and colors beyond the edge of one that is put on.

Classical methods: smooth colors by push and pull over a pyramid (Gortler et al., The Lumigraph, 1996), with the
texture of the mirrored surroundings on top for backgrounds.
"""

import cv2
import numpy as np

from tryon.render.zones import limb_segments


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

    Colors continue from the skin that shows nearby; toward the sides of the limbs they darken a little, as light falls
    on a cylinder.

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
    scale = min(1.0, 40 / unit)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = small.shape[1], small.shape[0]
    sure = cv2.resize(plain.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.9
    spread = bleed(small, sure) if sure.any() else np.full_like(small, tone)
    mixed = 0.5 * cv2.GaussianBlur(spread, (0, 0), 0.06 * unit * scale) + 0.5 * tone
    ys, xs = np.mgrid[: size[1], : size[0]].astype(np.float32) / scale
    nearest = np.full(xs.shape, 2, np.float32)
    for start, end, radius in limb_segments(keypoints, unit):
        nearest = np.minimum(nearest, _distance(xs, ys, start, end) / (radius * unit))
    shade = 1 - 0.22 * np.minimum(nearest, 1) ** 3 * np.clip(2 - nearest, 0, 1)
    picture = np.clip(mixed * shade[..., None], 0, 255).astype(np.uint8)
    return cv2.resize(picture, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_LINEAR)


def _distance(xs: np.ndarray, ys: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    direction = (end - start).astype(np.float32)
    length = max(float(direction @ direction), 1e-6)
    t = np.clip(((xs - start[0]) * direction[0] + (ys - start[1]) * direction[1]) / length, 0, 1)
    return np.hypot(xs - start[0] - t * direction[0], ys - start[1] - t * direction[1])
