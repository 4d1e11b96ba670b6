"""The point network in a tiny configuration, and its maps read again."""

import numpy as np
import pytest
import torch

from tests.contract import NetworkContract
from tryon.body import skeleton
from tryon.read.flat.points_model import GarmentPoints, PointsConfig
from tryon.read.flat.points_network import heat_maps
from tryon.read.pose.decode import decode

TINY = PointsConfig(channels=16, input_size=64)


class TestGarmentPoints(NetworkContract):
    def network(self):
        return GarmentPoints(TINY)

    def inputs(self, batch):
        return (torch.rand(3, 3, 64, 96, generator=torch.Generator().manual_seed(7))[:batch],)

    def wrong_inputs(self):
        expected = "expected (any, 3, a multiple of 32, a multiple of 32)"
        return [
            ((torch.zeros(1, 2, 64, 64),), f"planes has shape (1, 2, 64, 64), {expected}"),
            ((torch.zeros(1, 3, 60, 64),), f"planes has shape (1, 3, 60, 64), {expected}"),
        ]

    def test_maps_of_a_quarter_of_the_size(self):
        assert self.seeded().eval()(*self.inputs(2)).shape == (2, 25, 16, 24)
        maps = heat_maps(self.seeded().eval(), [np.zeros((64, 64, 3), np.float32)] * 2)
        assert (maps.shape, maps.dtype) == ((2, 25, 16, 16), np.float32)


def test_the_released_size_is_below_a_million_weights():
    assert sum(weight.numel() for weight in GarmentPoints().parameters()) < 1_000_000


def test_points_are_read_from_their_maps():
    points = np.zeros((25, 3), np.float32)
    points[22] = 30.25, 171.5, 1
    points[24] = 90, 100.75, 1
    found = decode(skeleton.heatmaps(points, (48, 48), (192, 192), PointsConfig().sigma), (192, 192))
    assert found.shape == (25, 3)
    assert found[[22, 24], :2] == pytest.approx(points[[22, 24], :2], abs=0.1)
    assert found[22, 2] > 0.9
    assert found[0, 2] == 0
