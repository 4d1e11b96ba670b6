"""Colors continued beyond what is known of a picture.

Classical methods: smooth colors by push and pull over a pyramid (Gortler et al., The Lumigraph, 1996), with the
texture of the mirrored surroundings on top.
"""

import math

import cv2
import numpy as np

from tryon.core.masks import window_of

_LEAST = 4  # pixels: half the side of a square that shows a grain
_GRAIN = 1.5  # pixels: what is finer is grain


def bleed(picture: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Continue the colors of the known pixels smoothly over all others.

    Args:
        picture: ``(H, W, 3)`` ``uint8``.
        known: ``(H, W)`` ``bool``; with no pixel known, the result is middle grey.

    Returns:
        ``(H, W, 3)`` ``uint8``; the known pixels are unchanged.
    """
    if not known.any():
        return np.full_like(picture, 128)
    # Only the known pixels have colors finer than this, and they stay.
    half = -(-picture.shape[1] // 2), -(-picture.shape[0] // 2)
    mask = known.view(np.uint8)
    color = cv2.resize(picture * mask[..., None], half, interpolation=cv2.INTER_AREA).astype(np.float32)
    pyramid = [_counted(color, cv2.resize(mask.astype(np.float32), half, interpolation=cv2.INTER_AREA))]
    while min(pyramid[-1][1].shape) > 2 and pyramid[-1][1].min() <= 0:
        color, weight = pyramid[-1]
        size = -(-color.shape[1] // 2), -(-color.shape[0] // 2)
        small = cv2.resize(color, size, interpolation=cv2.INTER_AREA)
        pyramid.append(_counted(small, cv2.resize(weight, size, interpolation=cv2.INTER_AREA)))
    color, weight = pyramid[-1]
    filled = color / np.maximum(weight, 1e-8)[..., None]
    filled[weight <= 0] = color.sum((0, 1)) / weight.sum()
    for color, weight in reversed(pyramid[:-1]):
        up = cv2.resize(filled, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
        filled = color + up * (1 - weight[..., None])
    out = cv2.resize(filled, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    out = np.clip(out + 0.5, 0, 255).astype(np.uint8)
    np.copyto(out, picture, where=known[..., None])
    return out


def _counted(color: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A pixel that is known in part counts as known: colors near the edge win over those from afar."""
    full = np.minimum(weight * 4, 1)
    return color * (full / np.maximum(weight, 1e-8))[..., None], full


def continue_texture(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, reach: float = math.inf) -> np.ndarray:
    """Continue what surrounds a hole, a background or a fabric, into it.

    Smooth colors come from :func:`bleed`; the texture is that of the surroundings mirrored at the edge
    of the hole, and farther in the grain of them alone.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        hole: ``(H, W)`` ``bool``, to be filled.
        known: ``(H, W)`` ``bool``, what to continue.
        reach: pixels from the edge at which a third of the texture is left: of scenes, its mirror image shows as such.

    Returns:
        ``(H, W, 3)`` ``uint8``, the photo with the hole filled.
    """
    out = photo.copy()
    if not hole.any() or not known.any():
        return out
    window = around(hole)
    if not known[window].any():
        window = slice(None), slice(None)
    out[window] = _continue_texture(photo[window], hole[window], known[window], reach)
    return out


def around(hole: np.ndarray) -> tuple[slice, slice]:
    """The part of a picture that matters to a hole (not empty): its box, widened by half of its size."""
    rows, columns = window_of(hole)
    size = max(rows.stop - rows.start, columns.stop - columns.start) - 1
    return window_of(hole, 16 + size // 2)


def _continue_texture(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, reach: float) -> np.ndarray:
    smooth = bleed(photo, known)
    out = photo.copy()
    away, nearest = cv2.distanceTransformWithLabels(
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
    lost = ~known[mirrored_y, mirrored_x]
    if lost.any():
        detail[lost] = _grain(smooth, known, y[lost], x[lost])
    # Beyond the texture's reach, colors are as smooth as they are continued.
    kept = np.exp(-away[y, x] / reach)[:, None]
    plain = smooth[y, x] + (blurred[y, x] - smooth[y, x].astype(np.float32)) * kept
    out[y, x] = np.clip(plain + detail * kept, 0, 255).astype(np.uint8)
    return out


def _grain(picture: np.ndarray, known: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray | float:
    """The grain of the largest square of known pixels at other places, as if it were laid side by side with its mirror
    images: without folds and prints, whose repetition would show.

    Returns:
        ``(N, 3)`` to be added to a color; 0 where the square is too small.
    """
    padded = cv2.copyMakeBorder(known.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    inside = cv2.distanceTransform(padded, cv2.DIST_C, 3)
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    half = int(inside[row, column])
    if half < _LEAST:
        return 0.0
    side = 2 * half - 1
    swatch = picture[row - half :, column - half :][:side, :side].astype(np.float32)
    swatch -= cv2.GaussianBlur(swatch, (0, 0), _GRAIN)
    spread = 3 * np.median(np.abs(swatch)) + 1  # beyond it are seams and the edges of prints
    swatch = np.clip(swatch, -spread, spread)
    within_y, within_x = (np.minimum(place % (2 * side), 2 * side - 1 - place % (2 * side)) for place in (y, x))
    return swatch[within_y, within_x]
