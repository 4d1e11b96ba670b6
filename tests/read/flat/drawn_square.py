"""A garment that is a gray square of cloth with one seam, for tests."""

from dataclasses import dataclass, field

import numpy as np


def _points() -> np.ndarray:
    points = np.zeros((25, 3), np.float32)
    points[22] = 20, 79, 1  # the right end of the hem
    points[23] = 59, 79, 1
    points[0] = 40, 30, 1
    return points


def _cloth() -> np.ndarray:
    cloth = np.zeros((100, 90), np.float32)
    cloth[20:80, 20:60] = 1
    cloth[20:26, 35:45] = 0
    return cloth


def _inside() -> np.ndarray:
    inside = np.zeros((100, 90), np.float32)
    inside[20:26, 35:45] = 1
    return inside


def _image() -> np.ndarray:
    image = np.full((100, 90, 3), 120, np.uint8)
    image[50:52, 20:60] = 40
    return image


@dataclass(frozen=True)
class SquareGarment:
    image: np.ndarray = field(default_factory=_image)
    cloth: np.ndarray = field(default_factory=_cloth)
    inside: np.ndarray = field(default_factory=_inside)
    points: np.ndarray = field(default_factory=_points)
