"""From heat maps to key points, between the pixels of the maps."""

import cv2
import numpy as np

from tryon.body import skeleton


def decode(maps: np.ndarray, picture_size: tuple[int, int]) -> np.ndarray:
    """The place and the height of the highest peak of each map.

    The place is refined by the Newton step on the logarithm of the smoothed map (Zhang et al., Distribution-Aware
    Coordinate Representation, CVPR 2020), which is exact for a Gaussian.

    Args:
        maps: ``(18, h, w)`` ``float32``.
        picture_size: height and width of the picture that the maps belong to.

    Returns:
        ``(18, 3)`` x, y in pixels of the picture, and the peak's height clipped to [0, 1].
    """
    height, width = maps.shape[1:]
    keypoints = np.zeros((len(maps), 3), np.float32)
    for k, heat in enumerate(maps):
        peak = int(heat.argmax())
        y, x = divmod(peak, width)
        keypoints[k] = (x, y, np.clip(heat[y, x], 0, 1))
        keypoints[k, :2] += _newton_step(heat, y, x)
    scale = np.array((picture_size[1] / width, picture_size[0] / height), np.float32)
    keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
    return keypoints


def _newton_step(heat: np.ndarray, y: int, x: int) -> np.ndarray:
    """Offset in x and y from the highest pixel to the peak, at most a pixel in each."""
    height, width = heat.shape
    if height < 3 or width < 3:
        return np.zeros(2, np.float32)
    # On the border the derivatives are those of the next row or column: a quadratic has the same peak from there.
    cy, cx = min(max(y, 1), height - 2), min(max(x, 1), width - 2)
    window = np.maximum(heat[max(0, cy - 2) : cy + 3, max(0, cx - 2) : cx + 3], 1e-3)
    if window.shape == (5, 5):  # beside the border, smoothing would need what lies beyond it
        window = cv2.GaussianBlur(window, (3, 3), 0)
    middle_y, middle_x = min(cy, 2), min(cx, 2)
    log = np.log(window[middle_y - 1 : middle_y + 2, middle_x - 1 : middle_x + 2])
    dx, dy = (log[1, 2] - log[1, 0]) / 2, (log[2, 1] - log[0, 1]) / 2
    dxx = log[1, 2] - 2 * log[1, 1] + log[1, 0]
    dyy = log[2, 1] - 2 * log[1, 1] + log[0, 1]
    dxy = (log[2, 2] - log[2, 0] - log[0, 2] + log[0, 0]) / 4
    determinant = dxx * dyy - dxy * dxy
    if determinant <= 1e-9 or dxx >= 0:
        return np.zeros(2, np.float32)
    step_x, step_y = -(dyy * dx - dxy * dy) / determinant, -(dxx * dy - dxy * dx) / determinant
    return np.clip((step_x + cx - x, step_y + cy - y), -1, 1)


def average_mirrored(maps: np.ndarray, mirrored_maps: np.ndarray) -> np.ndarray:
    """Mean of the maps of a picture and of its mirror image, the latter mirrored back, left and right exchanged."""
    return (maps + mirrored_maps[skeleton.MIRROR, :, ::-1]) / 2
