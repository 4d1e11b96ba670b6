"""Masks ``(H, W)`` ``bool`` made wider, narrower and soft, in a time that does not grow with the radius."""

import cv2
import numpy as np

_HOLE = 0.02  # share of what is solid up to which a hole is a fault


def grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask with all pixels within a radius in pixels of it, one at least."""
    out = np.zeros_like(mask)
    if mask.any():
        reach = max(1, round(radius))
        window = window_of(mask, reach + 1)
        away = cv2.distanceTransform((~mask[window]).view(np.uint8), cv2.DIST_L2, 5)
        out[window] = away <= reach + 0.5
    return out


def shrunk(mask: np.ndarray, radius: int) -> np.ndarray:
    """The pixels with nothing but mask in the square that reaches ``radius`` pixels to each side."""
    return cv2.erode(mask.astype(np.uint8), np.ones((2 * radius + 1,) * 2, np.uint8)) > 0


def soft(mask: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``float32`` in [0, 1]: the mask with a soft edge, which ends :data:`SOFT_REACH` pixels from it."""
    return cv2.GaussianBlur(mask.astype(np.float32), (2 * SOFT_REACH + 1,) * 2, 1.0)


SOFT_REACH = 3


def window_of(mask: np.ndarray, margin: int = 0) -> tuple[slice, slice]:
    """The rows and columns of the box around a mask (not empty), ``margin`` pixels wider."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return (
        slice(max(0, rows[0] - margin), rows[-1] + margin + 1),
        slice(max(0, columns[0] - margin), columns[-1] + margin + 1),
    )


def filled(matte: np.ndarray) -> np.ndarray:
    """A matte without small holes: black, striped and pale cloth is often read as half transparent inside.

    Args:
        matte: ``(H, W)`` ``uint8``; what is above 127 is taken to be solid.

    Returns:
        ``(H, W)`` ``uint8``: 255 in holes of less than a fiftieth of what is solid, and within it; larger ones stay.
    """
    solid = matte > 127
    _, components, stats, _ = cv2.connectedComponentsWithStats((~solid).astype(np.uint8), connectivity=4)
    sizes = stats[:, cv2.CC_STAT_AREA]
    edge = np.unique(np.concatenate([components[0], components[-1], components[:, 0], components[:, -1]]))
    hole = sizes < _HOLE * solid.sum()
    hole[edge] = False
    hole[np.unique(components[solid])] = False
    closed = hole[components]
    inner = cv2.erode((solid | closed).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return np.where(closed | inner, np.uint8(255), matte)
