"""Smooth changes of a photo that are known in both directions: a cubic bend, then perspective, then a cut."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

_BEND = 0.1  # of half the larger side: the most that the bend may shift
_TILT = 0.06  # of the sides: how far the perspective moves the corners
_ROUNDS = 30  # of the fixed point by which the bend is inverted: far below a hundredth of a pixel
_POWERS = [(i, j) for i in range(4) for j in range(4) if 2 <= i + j <= 3]


@dataclass(frozen=True, eq=False, slots=True)
class Deformation:
    """A change of a photo. A pixel x of the changed photo shows the photo at ``perspective(bend(x + corner))``."""

    size: tuple[int, int]
    """Height and width of the changed photo."""
    corner: tuple[int, int]
    """x and y of its top left pixel before the cut."""
    middle: np.ndarray
    """``(2,)`` x, y about which it is bent."""
    scale: float
    """Pixels to one unit of the polynomial: half the larger side."""
    weights: np.ndarray
    """``(7, 2)``: of the terms of second and third degree, in units."""
    perspective: np.ndarray
    """``(3, 3)``."""

    def backward(self) -> tuple[np.ndarray, np.ndarray]:
        """``(h, w)`` ``float32`` x and y in the photo of every pixel of the changed one."""
        rows, columns = np.mgrid[: self.size[0], : self.size[1]].astype(np.float64)
        points = np.stack((columns, rows), -1).reshape(-1, 2) + self.corner
        places = _project(self.perspective, points + self._shift(points)).reshape(*self.size, 2)
        return places[..., 0].astype(np.float32), places[..., 1].astype(np.float32)

    def forward(self, points: np.ndarray) -> np.ndarray:
        """Where points ``(N, 2)`` of the photo lie in the changed one; ``float64``."""
        bent = _project(np.linalg.inv(self.perspective), points.astype(np.float64))
        straight = bent
        for _ in range(_ROUNDS):
            straight = bent - self._shift(straight)
        return straight - self.corner

    def _shift(self, points: np.ndarray) -> np.ndarray:
        # Beyond the frame the polynomial would run away.
        x, y = np.clip((points - self.middle) / self.scale, -1.2, 1.2).T
        return self.scale * np.stack([x**i * y**j for i, j in _POWERS], -1) @ self.weights


def random_deformation(size: tuple[int, int], kept: np.ndarray, margin: float, rng: np.random.Generator) -> Deformation:
    """A random change.

    Args:
        size: height and width of the photo.
        kept: ``(N, 2)`` x, y in the photo, at least one: what the cut leaves in the picture, where it is in it.
        margin: pixels around that which it leaves too.
        rng: random numbers.
    """
    height, width = size
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    moved = corners + rng.uniform(-_TILT, _TILT, (4, 2)) * (width, height)
    perspective = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    weights = rng.normal(0, 1, (len(_POWERS), 2))
    weights *= _BEND * rng.uniform(0.3, 1) / np.abs(weights).sum(0).max()
    whole = Deformation(size, (0, 0), np.array((width, height)) / 2, max(size) / 2, weights, perspective)
    places = whole.forward(kept)
    low, high = places.min(0) - margin, places.max(0) + margin
    x0, y0 = (int(rng.uniform(0, max(edge, 0))) for edge in low)
    x1, y1 = (int(np.ceil(rng.uniform(min(edge, end), end))) for edge, end in zip(high, (width, height), strict=True))
    return replace(whole, size=(y1 - y0, x1 - x0), corner=(x0, y0))


def _project(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    places = points @ matrix[:, :2].T + matrix[:, 2]
    return places[:, :2] / places[:, 2:]
