"""What is known of a picture, continued to where nothing is known."""

import cv2
import numpy as np


def nearest_known(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of the nearest pixel that is known, and how far away that is.

    Args:
        values: ``(H, W, C)`` ``float32``.
        known: ``(H, W)`` ``bool``, one pixel at least.

    Returns:
        ``(H, W, C)`` ``float32``; and ``(H, W)`` ``float32`` in pixels, 0 where it is known.
    """
    away, nearest = cv2.distanceTransformWithLabels(
        (~known).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((nearest.max() + 1, values.shape[2]), np.float32)
    table[nearest[known]] = values[known]
    return table[nearest], away
