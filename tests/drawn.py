"""Drawn people and two constructed networks that read them without mistakes, so that the truth is exact."""

import numpy as np
import torch
from torch import nn

from tests.read.flat.colors import drawn_reader
from tests.read.parser.test_read import ColorParser, scene
from tryon.body import skeleton as sk
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import WORN
from tryon.read.pose.network import STRIDE, PoseConfig

# Columns of blue, yellow and cyan rectangles: top, trousers and shoes of a drawn person.
_BLUE, _YELLOW, _CYAN = (0, 0, 1), (1, 1, 0), (0, 1, 1)


class BoxPose(nn.Module):
    """Key points at the corners of the drawn top and trousers of the person who covers the middle of the picture."""

    def __init__(self):
        super().__init__()
        self.config = PoseConfig()

    def forward(self, image):
        out = torch.zeros(len(image), sk.NUM_KEYPOINTS, image.shape[2] // STRIDE, image.shape[3] // STRIDE)
        for maps, picture in zip(out, image, strict=True):
            for point, (x, y) in _points(picture).items():
                rows, columns = torch.meshgrid(*map(torch.arange, maps.shape[1:]), indexing="ij")
                distance = (columns - ((x + 0.5) / STRIDE - 0.5)) ** 2 + (rows - ((y + 0.5) / STRIDE - 0.5)) ** 2
                maps[point] = torch.exp(-distance / (2 * self.config.sigma**2))
        return out


def _points(picture):
    top = _corners(picture, _BLUE)
    if top is None:
        return {}
    left, up, right, down = top
    middle, inset = (left + right) / 2, (right - left) / 6
    points = {
        sk.NOSE: (middle, up - 0.3 * (right - left)),
        sk.NECK: (middle, up),
        sk.R_SHOULDER: (left, up),
        sk.L_SHOULDER: (right, up),
    }
    legs = _corners(picture, _YELLOW)
    if legs is not None:
        _, start, _, end = legs
        for side, x in (("R", left + inset), ("L", right - inset)):
            points[getattr(sk, f"{side}_HIP")] = x, down
            points[getattr(sk, f"{side}_KNEE")] = x, (start + end) / 2
            points[getattr(sk, f"{side}_ANKLE")] = x, end
    return points


def _corners(picture, color):
    """x0, y0, x1, y1 of the color in the third of the columns around the middle, or None."""
    like = (picture - torch.tensor(color)[:, None, None]).abs().amax(0) < 0.3
    third = picture.shape[2] // 3
    rows, columns = torch.nonzero(like[:, third : 2 * third].any(1)), torch.nonzero(like.any(0))
    if not len(rows):
        return None
    return tuple(float(v) for v in (columns[0], rows[0], columns[-1], rows[-1]))


def drawn_tryon() -> TryOn:
    """A try-on that reads drawn people."""
    return TryOn(ColorParser(), BoxPose(), flat=drawn_reader(WORN))


def drawn_people(*people: tuple[int, int, int], size: tuple[int, int] = (600, 500)) -> np.ndarray:
    """A photo of people, each as x and y of the top left corner and height."""
    return scene(size, *people)[0]
