"""Training of the point network: examples, loss and figures on literal values, and a loss that falls."""

import numpy as np
import pytest
import torch
from torch import nn

from tests.read.flat.drawn_square import SquareGarment
from tryon.read.flat.points_model import GarmentPoints, PointsConfig
from tryon.read.flat.points_task import PointsTask
from tryon.read.flat.points_views import PointViews, View

TINY = PointsConfig(channels=16, input_size=64)


def task(network: nn.Module | None = None) -> PointsTask:
    views = PointViews(lambda rng: SquareGarment(), 64, 1)
    return PointsTask(network or GarmentPoints(TINY), views, views, sheet_numbers=range(3))


def test_examples():
    example = task().example(4)
    assert {name: tuple(tensor.shape) for name, tensor in example.items()} == {
        "planes": (3, 64, 64), "maps": (25, 16, 16), "known": (25,),
    }  # fmt: skip
    there = example["maps"].amax((1, 2)) > 0.7
    assert there.nonzero().flatten().tolist() == [0, 22, 23]
    assert example["maps"][[5, 24]].max() == 0
    assert task().sheet(GarmentPoints(TINY).eval()).shape == (128, 192, 3)


class Zeros(nn.Module):
    def forward(self, planes):
        return torch.zeros(len(planes), 25, planes.shape[2] // 4, planes.shape[3] // 4)


def test_loss_of_empty_maps():
    maps = torch.zeros(1, 25, 8, 8)
    maps[0, 0, 2, 3] = 1.0
    maps[0, 1, 2, 3] = 0.5
    batch = {"planes": torch.zeros(1, 3, 32, 32), "maps": maps, "known": torch.ones(1, 25)}
    loss = task().loss(Zeros(), batch, 1.0)["loss"]
    # 1² · (1 + 9) and .5² · (1 + 4.5), over 25 · 64 values
    assert loss.item() == pytest.approx(100 * (10 + 1.375) / (25 * 64))


def test_a_point_that_nobody_knows_is_not_asked():
    maps = torch.zeros(1, 25, 8, 8)
    maps[0, 0, 2, 3] = 1.0
    known = torch.ones(1, 25)
    known[0, 0] = 0
    assert task().loss(Zeros(), {"planes": torch.zeros(1, 3, 32, 32), "maps": maps, "known": known}, 1.0)["loss"] == 0


def test_the_loss_falls_on_a_batch():
    torch.manual_seed(0)
    network = GarmentPoints(TINY).train()
    trained = task(network)
    examples = [trained.example(number) for number in range(4)]
    batch = {name: torch.stack([example[name] for example in examples]) for name in examples[0]}
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3)
    losses = []
    for _ in range(30):
        loss = trained.loss(network, batch, 1.0)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.4 * losses[0]


class Corner(nn.Module):
    """Finds the first two points at one place of the map and nothing else."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, planes):
        maps = torch.zeros(len(planes), 25, planes.shape[2] // 4, planes.shape[3] // 4)
        maps[:, :2, 5, 5] = 0.5
        return maps


class Known:
    """A view of a garment of 50 pixels: the network above finds the neck within .05 of it, the throat within .1."""

    def view(self, number):
        points = np.zeros((25, 3), np.float32)
        points[0] = 21.5, 23.5, 1  # 2 pixels off
        points[1] = 21.5, 24.5, 1  # 3 pixels off
        points[20] = 60, 60, 1
        return View(np.zeros((64, 64, 3), np.float32), points, 50.0)


def test_validation():
    found = PointsTask(GarmentPoints(TINY), Known(), Known()).validate(Corner())
    assert found == {
        "found_0.1": pytest.approx(2 / 3),
        "found_0.05": pytest.approx(1 / 3),
        "presence": pytest.approx(24 / 25),  # the waist is said to be missing
    }
