"""A window around a body, at a scale that the body sets: what networks for one person look at."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso, torso_size

_TALL = 3.6  # torso lengths that the window's height holds: from the chin to the ankles
_ABOVE = 0.6  # of them above the neck


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """A part of a picture, enlarged or reduced so that every torso is equally long."""

    size: tuple[int, int]
    """Height and width in pixels of its own."""
    scale: float
    """Its pixels for one of the picture."""
    corner: np.ndarray
    """``(2,)`` x, y of the picture at which its pixel (0, 0) lies."""

    @classmethod
    def of(cls, keypoints: np.ndarray, size: tuple[int, int]) -> "Window":
        """The window around a body, upright, the neck in the middle.

        Args:
            keypoints: ``(18, 3)`` in pixels of the picture.
            size: height and width of the window.

        Raises:
            PersonNotFoundError: the shoulders are missing.
        """
        points = complete_torso(keypoints)[0]
        scale = size[0] / (_TALL * torso_size(points))
        left_of_neck = np.array(((size[1] - 1) / 2, _ABOVE / _TALL * size[0])) / scale
        return cls(size, scale, points[sk.NECK, :2] - left_of_neck)

    @staticmethod
    def torso(size: tuple[int, int]) -> float:
        """Torso length in pixels of a window of that height and width."""
        return size[0] / _TALL

    @property
    def matrix(self) -> np.ndarray:
        """``(2, 3)`` from pixels of the picture to those of the window."""
        return np.column_stack((self.scale * np.eye(2), -self.scale * self.corner))

    def cut(self, picture: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
        """What of a picture lies in the window; zeros where the picture ends.

        Args:
            picture: ``(H, W)`` or ``(H, W, C)``, C at most 4.
            interpolation: ``cv2.INTER_NEAREST`` for label maps.
        """
        if self.scale < 0.5 and interpolation != cv2.INTER_NEAREST:  # bilinear looking up would alias
            small = cv2.resize(picture, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
            ratio = np.array(small.shape[1::-1]) / picture.shape[1::-1]
            matrix = np.column_stack((np.diag(self.scale / ratio), self.scale * (0.5 / ratio - 0.5 - self.corner)))
            return cv2.warpAffine(small, matrix, self.size[::-1], flags=interpolation)
        return cv2.warpAffine(picture, self.matrix, self.size[::-1], flags=interpolation)

    def points(self, keypoints: np.ndarray) -> np.ndarray:
        """Key points ``(18, 3)`` of the picture in pixels of the window."""
        return sk.transform(keypoints, self.matrix)

    def lay_back(self, picture: np.ndarray, size: tuple[int, int], border: int = cv2.BORDER_CONSTANT) -> np.ndarray:
        """A picture of the window ``(h, w[, C])`` in the frame ``size`` of the picture that it was cut from."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(picture, self.matrix, size[::-1], flags=flags, borderMode=border)
