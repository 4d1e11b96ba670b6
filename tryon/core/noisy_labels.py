"""Label maps as a parser draws them, for training views."""

import cv2
import numpy as np

from tryon.core.labels import Label, mask_of

_JITTER = 1.3  # pixels of the window by which a parser's edges are off


def as_parsed(labels: np.ndarray, rng: np.random.Generator, outside: int) -> np.ndarray:
    """A label map with the edges that a parser draws: a little beside the true ones, and small things missing.

    Args:
        labels: ``(H, W)`` ``uint8`` in the window of a network.
        rng: of the mistakes.
        outside: value of what no photo shows, which stays as it is.
    """
    height, width = labels.shape
    cells = int(rng.integers(12, 40)), int(rng.integers(9, 28))
    strength = _JITTER * rng.random()
    shift = cv2.resize(rng.normal(0, strength, (*cells, 2)).astype(np.float32), (width, height))
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    out = cv2.remap(
        labels, columns + shift[..., 0], rows + shift[..., 1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
    )
    out = np.where((labels == outside) | (out == outside), labels, out)
    if rng.random() < 0.3:  # small things are taken for what is around them
        size = int(rng.integers(3, 8))
        small = mask_of(out, Label.ACCESSORY, Label.BAG, Label.SCARF, Label.HAT)
        around = cv2.medianBlur(np.where(small, 0, out).astype(np.uint8), 2 * (size // 2) + 1)
        kept = cv2.morphologyEx(small.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8)) > 0
        out = np.where(small & ~kept, around, out).astype(np.uint8)
    return out
