"""The pose network in a tiny configuration, and its training examples and loss on literal values."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.contract import NetworkContract
from tryon.read.pose.model import PoseConfig, PoseEstimator
from tryon.read.pose.task import PoseTask
from tryon.read.views import PersonViews, ViewConfig
from tryon.types import PersonSample

TINY = PoseConfig(pyramid_channels=16, head_channels=32, input_size=(64, 64))


class TestPoseEstimator(NetworkContract):
    def network(self):
        return PoseEstimator(TINY)

    def inputs(self, batch):
        return (torch.rand(3, 3, 64, 96, generator=torch.Generator().manual_seed(7))[:batch],)

    def wrong_inputs(self):
        expected = "expected (any, 3, a multiple of 32, a multiple of 32)"
        return [
            ((torch.zeros(1, 4, 64, 64),), f"image has shape (1, 4, 64, 64), {expected}"),
            ((torch.zeros(1, 3, 60, 64),), f"image has shape (1, 3, 60, 64), {expected}"),
        ]

    def test_maps_of_a_quarter_of_the_size(self):
        assert self.seeded().eval()(*self.inputs(2)).shape == (2, 18, 16, 24)


def sample():
    image = np.full((80, 60, 3), 128, np.uint8)
    parsing = np.zeros((80, 60), np.uint8)
    parsing[10:70, 20:40] = 4
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[0] = 30, 20, 1
    keypoints[1] = 30, 40, 0.05
    return PersonSample(image, keypoints, parsing)


def test_examples():
    whole = ViewConfig(zoom_in=0, zoom_out=0, two_people=0, empty=0, catalog=0)
    views = PersonViews([sample()], (64, 64), seed=1, config=whole)
    task = PoseTask(PoseEstimator(TINY), views, sheet_numbers=range(2))
    example = task.example(0)
    assert example["image"].shape == (3, 64, 64)
    assert example["maps"].shape == (18, 16, 16)
    assert example["maps"][0].max() > 0.8
    assert example["maps"][2:].max() == 0
    assert example["weights"].tolist() == pytest.approx([1, 0.15] + [1] * 16)
    assert {tensor.dtype for tensor in example.values()} == {torch.float32}
    sheet = task.sheet(task.network.eval())
    assert sheet.shape == (128, 128, 3)
    assert sheet.dtype == np.uint8


class Zeros(nn.Module):
    def forward(self, image):
        return torch.zeros(len(image), 18, image.shape[2] // 4, image.shape[3] // 4)


def test_loss_of_empty_maps():
    maps = torch.zeros(1, 18, 8, 8)
    maps[0, 0, 2, 3] = 1.0
    maps[0, 1, 2, 3] = 0.5
    weights = torch.ones(1, 18)
    weights[0, 1] = 0.2
    task = PoseTask(PoseEstimator(TINY), views=None)
    loss = task.loss(Zeros(), {"image": torch.zeros(1, 3, 32, 32), "maps": maps, "weights": weights}, 1.0)["loss"]
    # 1² · (1 + 9) · 1 and .5² · (1 + 4.5) · .2, over 18 · 64 values
    assert loss.item() == pytest.approx(100 * (10 + 0.275) / (18 * 64))


class Corner(nn.Module):
    """Finds every point at one place of the map."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, image):
        maps = torch.zeros(len(image), 18, image.shape[2] // 4, image.shape[3] // 4)
        maps[:, :, 5, 5] = 1
        return maps


class Upright:
    """A view with a torso of 40 pixels, whose neck lies where the network above finds it, and the hips do not."""

    def view(self, number):
        points = np.zeros((18, 3), np.float32)
        points[1] = 21.5, 21.5, 1
        points[[8, 11]] = (17.5, 61.5, 1), (25.5, 61.5, 1)
        return np.zeros((64, 64, 3), np.uint8), points, np.zeros((64, 64), np.uint8)


def test_validation():
    task = PoseTask(PoseEstimator(TINY), views=None, validation=Upright())
    assert task.validate(Corner()) == {"pck_0.1": pytest.approx(1 / 3)}
    assert PoseTask(PoseEstimator(TINY), views=None).validate(Corner()) == {}
