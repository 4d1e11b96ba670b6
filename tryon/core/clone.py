"""Holes in a ground or a fabric filled with other pieces of it, as retouchers do with a clone stamp."""

import math
from collections.abc import Iterator
from itertools import product

import cv2
import numpy as np

from tryon.core.fill import bleed
from tryon.core.masks import grown, shrunk, window_of

_SEARCHED = 64.0  # pixels that a torso has in the picture in which a like piece is looked for
_SHORTEST = 20.0  # pixels of a torso below which nothing is looked for
_RING = 0.08  # torso lengths around a hole in which the pieces have to be alike
_OF_RING = 0.1  # of it that must be seen
_UP_AND_DOWN = 0.25  # torso lengths by which the other piece may lie higher or lower: grounds change with the distance
_SMALLEST = 0.01  # squared torso lengths of a hole: smaller ones show no texture
_BAND = 0.4  # torso lengths: tall holes are filled piece by piece, from above
_INSIDE = 0.3  # weight of a piece beside that of its ring: a bag that stands in it is not what the colors around expect
_ALIKE = 22.0  # levels by which the rings differ at most, as the root of the mean square
_TILE = 0.15  # torso lengths: a fabric is laid tile by tile
_SEAM = 0.04  # torso lengths around a tile in which it has to be like what is there
_ALONG = 1.0  # torso lengths by which a piece of the same fabric may lie higher or lower
_SHADOW = 0.03  # torso lengths along a fabric's edge that the old garment shades
_LIGHT = 0.12  # torso lengths: what is wider is no pattern


def cloned(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """Fill each hole in a ground with the piece whose surroundings are most like the hole's, in the hole's colors.

    Args:
        photo: ``(H, W, 3)`` ``uint8``, with smooth colors in the holes.
        hole: ``(H, W)`` ``bool``, to be filled.
        known: ``(H, W)`` ``bool``, the ground that is seen; in a hole none is.
        unit: torso length in pixels.

    Returns:
        ``(H, W, 3)`` ``uint8``. A tall hole is filled in pieces from above, each of which goes on from the one before.
        A piece that nothing is like stays as it was, and so do specks.
    """
    return _filled(photo, hole, known, unit, ground=True)


def woven(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """Fill holes in a fabric: its colors go on smoothly, and on them its pattern, tile by tile from the edges inwards,
    each tile like what is beside it and faded into that: image quilting (Efros and Freeman, SIGGRAPH 2001) of what is
    finer than the light.

    Arguments and result are those of :func:`cloned`, but that what is most alike is always like enough, and that the
    colors in the holes do not matter.
    """
    if not hole.any() or not known.any():
        return photo
    inner = shrunk(known, max(1, round(_SHADOW * unit)))
    known = inner if inner.any() else known
    colors = _evened(bleed(photo, known), _LIGHT * unit)
    finer = np.clip(photo.astype(np.int16) - colors + 128, 0, 255).astype(np.uint8)
    finer[~known] = 128
    pattern = _filled(finer, hole, known, unit, ground=False)[hole].astype(np.int16) - 128
    out = photo.copy()
    out[hole] = np.clip(colors[hole] + pattern, 0, 255).astype(np.uint8)
    return out


def _evened(picture: np.ndarray, width: float) -> np.ndarray:
    """``(H, W, 3)`` ``uint8`` without what is finer than a width in pixels; so wide a blur needs less resolution."""
    size = [max(1, round(2 * side / width)) for side in picture.shape[1::-1]]
    small = cv2.GaussianBlur(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), (0, 0), 1.5)
    return cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)


def _filled(photo: np.ndarray, hole: np.ndarray, known: np.ndarray, unit: float, *, ground: bool) -> np.ndarray:
    """``photo`` with the holes filled piece by piece: of a ground only by what is alike, and in the light around."""
    if unit < _SHORTEST or not hole.any():
        return photo
    scale = min(1.0, _SEARCHED / unit)
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    across, down = photo.shape[1] / size[0], photo.shape[0] / size[1]
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    gaps = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    unknown = cv2.resize((~known | hole).astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
    out, known = photo.copy(), known & ~hole
    row, column = (np.arange(end) * (few / end) for end, few in zip(hole.shape, size[::-1], strict=True))
    row, column = row.astype(int), column.astype(int)  # of the smaller picture, at each place
    for piece in (_bands if ground else _tiles)(gaps, ~unknown, unit * scale):
        found = _like(small, piece, unknown, unit * scale, ground)
        y, x = window_of(piece)
        window = slice(*np.searchsorted(row, (y.start, y.stop))), slice(*np.searchsorted(column, (x.start, x.stop)))
        one = np.zeros_like(hole)
        one[window] = hole[window] & piece[np.ix_(row[window[0]], column[window[1]])]
        if found is None or not one.any():
            continue
        shift = round(found[0] * down), round(found[1] * across)
        filled = _paste(out, one, known, shift, unit, math.ceil(1 / scale), None if ground else hole & known)
        known |= filled
        left_y, left_x = np.nonzero(one & ~filled)
        unknown &= ~piece
        unknown[row[left_y], column[left_x]] = True
        rows, columns = np.nonzero(piece)  # later pieces only have to go on from it
        y, x = ((place + 0.5) * step for place, step in ((rows, down), (columns, across)))
        small[piece] = out[y.astype(int), x.astype(int)]
    return out


def _tiles(gaps: np.ndarray, known: np.ndarray, unit: float) -> Iterator[np.ndarray]:
    """Squares, those nearest to what is known first; down to half as large where little is known, none without it."""
    if not known.any():
        return
    away = cv2.distanceTransform((~known).view(np.uint8), cv2.DIST_L2, 5)
    padded = cv2.copyMakeBorder(known.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    room = 2 * int(cv2.distanceTransform(padded, cv2.DIST_C, 3).max()) - 1  # of the largest square of it
    largest = round(_TILE * unit)
    side = max(2, largest // 2, min(largest, room - 2 * round(_SEAM * unit)))
    tiles = []
    for top, left in product(range(0, gaps.shape[0], side), range(0, gaps.shape[1], side)):
        one = np.zeros_like(gaps)
        square = np.s_[top : top + side, left : left + side]
        one[square] = gaps[square]
        if one[square].any():
            tiles.append((float(away[one].mean()), one))
    for _, one in sorted(tiles, key=lambda tile: tile[0]):
        yield one


def _bands(gaps: np.ndarray, _known: np.ndarray, unit: float) -> Iterator[np.ndarray]:
    """Each hole whole, or in bands from above; specks are left out."""
    number, labels, stats, _ = cv2.connectedComponentsWithStats(gaps.view(np.uint8), connectivity=8)
    for i in range(1, number):
        top, height, area = stats[i, [cv2.CC_STAT_TOP, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA]]
        if area < _SMALLEST * unit**2:
            continue
        one, count = labels == i, max(1, round(height / (_BAND * unit)))
        for start, end in zip(*(top + height * (np.arange(count) + k) // count for k in (0, 1)), strict=True):
            piece = np.zeros_like(one)
            piece[start:end] = one[start:end]
            if piece.any():
                yield piece


def _like(
    small: np.ndarray, piece: np.ndarray, unknown: np.ndarray, unit: float, ground: bool
) -> tuple[int, int] | None:
    """How far down and right of a hole the piece lies that is most like what is around it."""
    around = grown(piece, (_RING if ground else _SEAM) * unit) & ~piece
    ring = around & ~unknown
    if ring.sum() <= (_OF_RING * around.sum() if ground else 0):
        return None
    whole = piece | ring
    rows, columns = window_of(whole)
    farthest = round((_UP_AND_DOWN if ground else _ALONG) * unit)
    top = max(0, rows.start - farthest)
    searched = slice(top, min(small.shape[0], rows.stop + farthest))

    def differ(where: np.ndarray) -> np.ndarray:
        mask = cv2.merge([where[rows, columns].astype(np.float32)] * 3)
        apart = cv2.matchTemplate(small[searched], small[rows, columns], cv2.TM_SQDIFF, mask=mask)
        return np.asarray(apart / (3 * where.sum()))

    rings = differ(ring)
    bad = cv2.matchTemplate(unknown[searched].astype(np.float32), whole[rows, columns].astype(np.float32), cv2.TM_CCORR)
    rings[(bad > 0.5) | (ground & (rings > _ALIKE**2))] = np.inf
    best = np.unravel_index(int((rings + _INSIDE * differ(piece)).argmin()), rings.shape)
    if np.isinf(rings[best]):
        return None
    return int(best[0]) + top - rows.start, int(best[1]) - columns.start


def _paste(
    out: np.ndarray,
    one: np.ndarray,
    known: np.ndarray,
    shift: tuple[int, int],
    unit: float,
    near: int,
    laid: np.ndarray | None,
) -> np.ndarray:
    """Put the piece that lies about ``shift`` away into a hole, in place.

    Args:
        out: ``(H, W, 3)`` ``uint8``.
        one: ``(H, W)`` ``bool``, the hole.
        known: ``(H, W)`` ``bool``.
        shift: down and right, in pixels.
        unit: torso length.
        near: pixels by which the best place may lie beside that one.
        laid: ``(H, W)`` ``bool``, where pieces of the same fabric were put before, into which this one fades; ``None``
            for a ground, whose pieces are put in the light around the hole instead.

    Returns:
        ``(H, W)`` ``bool``, what was filled.
    """
    margin = round(_RING * unit)
    window = window_of(one, margin + 1)
    rows, columns = (np.arange(part.start, min(part.stop, end)) for part, end in zip(window, one.shape, strict=True))

    def there(down: int, right: int) -> tuple[np.ndarray, ...]:
        return np.ix_(np.clip(rows + down, 0, len(one) - 1), np.clip(columns + right, 0, one.shape[1] - 1))

    here = out[window].astype(np.int16)
    best = _exactly(out, window, known & grown(one, margin), shift, near)
    piece, both = out[there(*best)].astype(np.int16), known[window] & known[there(*best)]
    if both.any() and laid is None:
        light = np.clip((here - piece) // 2 + 128, 0, 255).astype(np.uint8)
        light = cv2.GaussianBlur(bleed(light, both), (0, 0), max(1.0, margin / 3))
        piece = piece + 2 * (light.astype(np.int16) - 128)
    filled = np.zeros_like(one)
    filled[window] = one[window] & known[there(*best)]
    piece = np.clip(piece, 0, 255).astype(np.uint8)
    out[filled] = piece[filled[window]]
    if laid is not None:
        away = cv2.distanceTransform((~one[window]).view(np.uint8), cv2.DIST_L2, 3)
        over = laid[window] & known[there(*best)] & (away < _SEAM * unit)
        weight = 1 - away[over, None] / (_SEAM * unit)
        out[window][over] = out[window][over] * (1 - weight) + piece[over] * weight
    return filled


def _exactly(
    out: np.ndarray, window: tuple[slice, slice], ring: np.ndarray, shift: tuple[int, int], near: int
) -> tuple[int, int]:
    """The shift, found anew at full size up to ``near`` pixels beside where it was found at a smaller one."""
    top, left = (max(0, part.start + step - near) for part, step in zip(window, shift, strict=True))
    bottom, right = (part.stop + step + near for part, step in zip(window, shift, strict=True))
    searched, template = out[top:bottom, left:right], out[window]
    if near <= 1 or min(np.subtract(searched.shape, template.shape)[:2]) < 0:
        return shift
    mask = cv2.merge([ring[window].astype(np.float32)] * 3)
    apart = cv2.matchTemplate(searched.astype(np.float32), template.astype(np.float32), cv2.TM_SQDIFF, mask=mask)
    _, _, (column, row), _ = cv2.minMaxLoc(apart)
    return top + row - window[0].start, left + column - window[1].start
