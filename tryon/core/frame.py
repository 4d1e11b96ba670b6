"""A part of a photo at a working size, and the way there and back."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, slots=True)
class Frame:
    """A box of a photo, resized to a working size, which is never larger than the box."""

    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the photo, edges as in a slice."""
    size: tuple[int, int]
    """Height and width."""

    @classmethod
    def of(cls, box: tuple[int, int, int, int], longest: int) -> "Frame":
        """The frame of a box with sides of at most ``longest`` pixels."""
        width, height = box[2] - box[0], box[3] - box[1]
        scale = min(1.0, longest / max(width, height))
        return cls(box, (max(1, round(scale * height)), max(1, round(scale * width))))

    @property
    def window(self) -> tuple[slice, slice]:
        """The box as rows and columns of the photo."""
        x0, y0, x1, y1 = self.box
        return slice(y0, y1), slice(x0, x1)

    @property
    def full_size(self) -> tuple[int, int]:
        """Height and width of the box in the photo."""
        return self.box[3] - self.box[1], self.box[2] - self.box[0]

    @property
    def reduced(self) -> bool:
        """Whether the working size is smaller than the box."""
        return self.size != self.full_size

    @property
    def scale(self) -> np.ndarray:
        """``(2,)``: working pixels for one of the photo, along x and y."""
        return np.array(self.size[::-1]) / np.array(self.full_size[::-1])

    def cut(self, picture: np.ndarray, interpolation: int = cv2.INTER_AREA) -> np.ndarray:
        """The box of a picture of the photo's size, at the working size."""
        inside = picture[self.window]
        return cv2.resize(inside, self.size[::-1], interpolation=interpolation) if self.reduced else inside

    def enlarge(self, picture: np.ndarray, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
        """A picture of the working size at the size of the box."""
        if not self.reduced:
            return picture
        return cv2.resize(picture, self.full_size[::-1], interpolation=interpolation)

    def points(self, keypoints: np.ndarray) -> np.ndarray:
        """Key points ``(N, 3)`` of the photo in working pixels; missing ones stay as they are."""
        out = keypoints.copy()
        moved = (keypoints[:, :2] - self.box[:2] + 0.5) * self.scale - 0.5
        out[:, :2] = np.where(keypoints[:, 2:] > 0, moved, out[:, :2])
        return out

    def to_photo(self, keypoints: np.ndarray) -> np.ndarray:
        """The way back of :meth:`points`."""
        out = keypoints.copy()
        moved = (keypoints[:, :2] + 0.5) / self.scale - 0.5 + self.box[:2]
        out[:, :2] = np.where(keypoints[:, 2:] > 0, moved, out[:, :2])
        return out
