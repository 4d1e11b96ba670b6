"""What the point network sees of a garment: its cut-out in a square, and the edges on its cloth."""

from dataclasses import dataclass

import cv2
import numpy as np

MARGIN = 0.08
"""Around the garment in its square, in lengths of the garment's longer side."""
_BLUR = 1.2  # pixels of the square: finer edges are weave and noise
_NEIGHBORS = 12.0  # pixels around an edge that it is compared with
_FLOOR = 2.0  # gray levels a pixel: weaker edges are no edges even on smooth cloth


@dataclass(frozen=True, slots=True)
class Square:
    """A square around a garment, resized to a working size; it may reach beyond the photo."""

    x: float
    """Left edge in pixels of the photo, where pixel ``i`` covers ``i`` to ``i + 1``."""
    y: float
    side: float
    size: int
    """Working pixels along each side."""

    def cut(self, picture: np.ndarray, border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
        """The square of a picture of the photo's size; beyond the photo it is 0, or continued as ``border`` says."""
        step, margin = self.side / self.size, 3 * self.side / self.size + 2
        left, top = (int(max(0, start - margin)) for start in (self.x, self.y))
        right, bottom = (int(start + self.side + margin) + 1 for start in (self.x, self.y))
        picture = picture[top:bottom, left:right]
        if step > 1:  # so that no pixel is skipped
            picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * np.sqrt(step * step - 1))
        # From working pixels to those of the picture; centers of pixels are whole numbers on both sides.
        shift_x, shift_y = self.x + step / 2 - 0.5 - left, self.y + step / 2 - 0.5 - top
        matrix = np.array(((step, 0, shift_x), (0, step, shift_y)))
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, matrix, (self.size, self.size), flags=flags, borderMode=border)

    def points(self, points: np.ndarray) -> np.ndarray:
        """Points ``(N, 3)`` of the photo in working pixels; those beyond the square have visibility 0."""
        out = points.copy()
        out[:, :2] = (points[:, :2] + 0.5 - (self.x, self.y)) * (self.size / self.side) - 0.5
        out[:, 2] *= ((out[:, :2] >= -0.5) & (out[:, :2] < self.size - 0.5)).all(1)
        out[out[:, 2] == 0] = 0
        return out

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """The way back of :meth:`points`."""
        out = points.copy()
        out[:, :2] = (points[:, :2] + 0.5) * (self.side / self.size) + (self.x, self.y) - 0.5
        return out


def square_around(shape: np.ndarray, size: int, margin: float = MARGIN) -> Square:
    """The square around a garment.

    Args:
        shape: ``(H, W)`` matte in [0, 1] of the garment, both its sides; what is above .5 counts.
        size: working pixels along each side.
        margin: around the garment, in lengths of its longer side.

    Raises:
        ValueError: the matte is empty.
    """
    solid = shape > 0.5
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if not len(rows):
        raise ValueError("the matte is empty: no pixel is above .5")
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    side = float(max(bottom - top, right - left)) * (1 + 2 * margin)
    return Square(float(left + right - side) / 2, float(top + bottom - side) / 2, side, size)


def edge_strength(image: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """How much an edge of the picture stands out from what is around it, on a garment.

    The gradient of the blurred picture, over all colors, against its mean nearby: a seam on plain cloth is strong,
    and so is the edge of a collar; stripes, prints and weave, where everything is an edge, are weak.

    Args:
        image: ``(H, W, 3)`` ``uint8``.
        shape: ``(H, W)`` in [0, 1]: the garment, both its sides.

    Returns:
        ``(H, W)`` ``float32`` in [0, 1]; 0 beside the garment and along its outline, and .5 where an edge is three
        times as strong as its surroundings.
    """
    smooth = cv2.GaussianBlur(image, (0, 0), _BLUR).astype(np.float32)
    gradient = np.zeros(shape.shape, np.float32)
    for dx, dy in ((1, 0), (0, 1)):
        gradient += (cv2.Sobel(smooth, cv2.CV_32F, dx, dy, scale=0.125) ** 2).sum(2)
    gradient = np.sqrt(gradient / 3)
    within = cv2.erode((shape > 0.5).astype(np.float32), np.ones((7, 7)), borderValue=1)
    around = cv2.GaussianBlur(gradient * within, (0, 0), _NEIGHBORS)
    around = around / np.maximum(cv2.GaussianBlur(within, (0, 0), _NEIGHBORS), 1e-3)
    return within * gradient**2 / (gradient**2 + (3 * around + _FLOOR) ** 2)


def planes(image: np.ndarray, cloth: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The input of the point network.

    Args:
        image: ``(H, W, 3)`` ``uint8`` RGB, cut to the square.
        cloth: ``(H, W)`` ``float32`` in [0, 1]: the outer side of the garment; without ``inside``.
        inside: ``(H, W)`` ``float32`` in [0, 1]: its inner side.

    Returns:
        ``(H, W, 3)`` ``float32`` in [0, 1]: cloth, inside, and edges.
    """
    return np.dstack((cloth, inside, edge_strength(image, np.minimum(cloth + inside, 1)))).astype(np.float32)
