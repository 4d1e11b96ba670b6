"""The square in which the network sees a person."""

import cv2
import numpy as np

from tryon.core.errors import DataError

MARGIN = 0.08
"""Of the larger side of the person's box, left free on each side of a framed person."""
_MAX_SHIFT = 0.06  # of the frame, to each side


def frame(people: np.ndarray, rng: np.random.Generator | None = None) -> tuple[int, int, int]:
    """A square around people, with a margin; at random also around their upper body, and a little aside.

    Args:
        people: ``(H, W)`` ``bool``.

    Returns:
        x, y of the top left pixel, which may lie outside, and the side, in pixels.

    Raises:
        DataError: nobody is there.
    """
    ys, xs = np.flatnonzero(people.any(1)), np.flatnonzero(people.any(0))
    if not len(ys):
        raise DataError("a label map of the pair is empty; leave out pictures without a person")
    top, bottom, left, right = ys[0], ys[-1] + 1, xs[0], xs[-1] + 1
    if rng is not None and rng.random() < 0.6:
        bottom = top + (bottom - top) * rng.uniform(0.5, 1)
    side = max(bottom - top, right - left) * (1 + 2 * MARGIN)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    if rng is not None:
        x, y = np.array((x, y)) + rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, 2) * side
    return round(x), round(y), max(round(side), 8)


def cut(array: np.ndarray, box: tuple[int, int, int], resolution: int) -> np.ndarray:
    """The square ``box`` of ``(H, W[, C])``, resized to ``resolution`` a side; 0 outside of it."""
    x, y, side = box
    height, width = array.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    inside = array[y0:y1, x0:x1]
    square = cv2.copyMakeBorder(inside, y0 - y, y + side - y1, x0 - x, x + side - x1, cv2.BORDER_CONSTANT)
    smaller = resolution < side
    return cv2.resize(square, (resolution,) * 2, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def to_frame(box: tuple[int, int, int], resolution: int) -> np.ndarray:
    """``(2, 3)``: from pixels of the picture to pixels of the resized square ``box``."""
    x, y, side = box
    scale = resolution / side
    return np.array(((scale, 0, (0.5 - x) * scale - 0.5), (0, scale, (0.5 - y) * scale - 0.5)))
