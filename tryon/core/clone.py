"""Holes in a ground filled with another piece of it, as retouchers do with a clone stamp."""

import cv2
import numpy as np

from tryon.core.fill import bleed
from tryon.core.masks import grown, window_of

_SEARCHED = 64.0  # pixels that a torso has in the picture in which a like piece is looked for
_RING = 0.08  # torso lengths around a hole in which the pieces have to be alike
_UP_AND_DOWN = 0.25  # torso lengths by which the other piece may lie higher or lower: grounds change with the distance
_SMALLEST = 0.01  # squared torso lengths of a hole: smaller ones show no texture
_BAND = 0.4  # torso lengths: tall holes are filled piece by piece, from above
_ALIKE = 22.0  # levels by which the rings differ at most, as the root of the mean square


def cloned(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """Fill each hole with the known piece whose surroundings are most like the hole's, in the hole's colors.

    Args:
        photo: ``(H, W, 3)`` ``uint8``, with smooth colors in the holes.
        hole: ``(H, W)`` ``bool``, to be filled.
        known: ``(H, W)`` ``bool``, the ground that is seen.
        unit: torso length in pixels.

    Returns:
        ``(H, W, 3)`` ``uint8``; a hole that nothing is like stays as it was.
    """
    scale = min(1.0, _SEARCHED / unit)
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    unknown = cv2.resize((~known).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    gaps = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    out, known = photo.copy(), known.copy()
    band = max(1, round(_BAND * unit * scale))
    for top in range(0, size[1], band):
        within = np.zeros_like(gaps)
        within[top : top + band] = gaps[top : top + band]
        number, pieces, stats, _ = cv2.connectedComponentsWithStats(within.view(np.uint8), connectivity=8)
        for i in range(1, number):
            if stats[i, cv2.CC_STAT_AREA] < _SMALLEST * (unit * scale) ** 2:
                continue
            piece = pieces == i
            shift = _like(small, piece, unknown, unit * scale)
            if shift is None:
                continue
            one = hole & (cv2.resize(piece.view(np.uint8), hole.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0)
            _paste(out, one, known, np.round(np.array(shift) / scale).astype(int), _RING * unit)
            known |= one
            unknown &= ~piece
            small[piece] = cv2.resize(out, size, interpolation=cv2.INTER_AREA)[piece]
    return out


def _like(small: np.ndarray, piece: np.ndarray, unknown: np.ndarray, unit: float) -> tuple[int, int] | None:
    """How far down and right of a hole the piece lies that is most like what is around it."""
    ring = grown(piece, _RING * unit) & ~unknown
    if not ring.any():
        return None
    whole = piece | ring
    rows, columns = window_of(whole)
    reach = round(_UP_AND_DOWN * unit)
    top = max(0, rows.start - reach)
    searched = slice(top, min(small.shape[0], rows.stop + reach))
    weight = ring[rows, columns].astype(np.float32)
    masks = cv2.merge([weight] * 3)
    differ = cv2.matchTemplate(small[searched], small[rows, columns], cv2.TM_SQDIFF, mask=masks) / (3 * weight.sum())
    bad = cv2.matchTemplate(unknown[searched].astype(np.float32), whole[rows, columns].astype(np.float32), cv2.TM_CCORR)
    differ[bad > 0.5] = np.inf
    best = np.unravel_index(int(differ.argmin()), differ.shape)
    if not differ[best] <= _ALIKE**2:
        return None
    return int(best[0]) + top - rows.start, int(best[1]) - columns.start


def _paste(out: np.ndarray, one: np.ndarray, known: np.ndarray, shift: np.ndarray, margin: float) -> None:
    """Put the piece that lies ``shift`` away into a hole, in place, in the colors around the hole."""
    window = window_of(one, 2 * round(margin) + 2)
    rows, columns = (np.arange(part.start, min(part.stop, end)) for part, end in zip(window, one.shape, strict=True))
    there = np.ix_(np.clip(rows + shift[0], 0, one.shape[0] - 1), np.clip(columns + shift[1], 0, one.shape[1] - 1))
    piece, here = out[there].astype(np.int16), out[window].astype(np.int16)
    both = known[window] & known[there]
    if both.any():
        differ = np.clip((here - piece) // 2 + 128, 0, 255).astype(np.uint8)
        differ = cv2.GaussianBlur(bleed(differ, both), (0, 0), max(1.0, margin / 3))
        piece = piece + 2 * (differ.astype(np.int16) - 128)
    inside = one[window] & known[there]
    out[window][inside] = np.clip(piece, 0, 255).astype(np.uint8)[inside]
