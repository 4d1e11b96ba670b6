"""Peaks of heat maps against the places where they were put."""

import numpy as np
import pytest

from tryon.body import skeleton
from tryon.read.pose.decode import average_mirrored, decode


def maps_at(x, y, size=(24, 16), sigma=1.5):
    """Maps of a quarter of the picture's size whose first point lies at (x, y) in pixels of the map."""
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[0] = 4 * x + 1.5, 4 * y + 1.5, 1
    return skeleton.heatmaps(keypoints, size, (4 * size[0], 4 * size[1]), sigma)


@pytest.mark.parametrize("x", [-0.4, 0.0, 0.3, 0.6, 1.45, 5.0, 7.49, 8.25, 13.8, 14.6, 15.0, 15.4])
@pytest.mark.parametrize("y", [-0.3, 0.2, 1.0, 11.4, 22.7, 23.4])
def test_a_gaussian_is_found_between_the_pixels(x, y):
    found = decode(maps_at(x, y), (96, 64))
    assert (found[0, :2] - 1.5) / 4 == pytest.approx((x, y), abs=0.02)
    assert found.shape == (18, 3)
    assert found.dtype == np.float32


def test_confidence_is_the_height():
    maps = np.zeros((18, 12, 8), np.float32)
    maps[2, 5, 3] = 0.625
    maps[3, 5, 3] = 1.5
    maps[4] = -0.1
    found = decode(maps, (12, 8))
    assert found[2].tolist() == [3, 5, 0.625]
    assert found[3].tolist() == [3, 5, 1]
    assert found[4, 2] == 0
    assert found[0, 2] == 0


def test_a_half_pixel_of_the_map_is_two_of_the_picture():
    maps = np.zeros((18, 12, 8), np.float32)
    maps[0, 0, 0] = maps[1, 11, 7] = 1
    found = decode(maps, (48, 32))
    assert found[0].tolist() == [1.5, 1.5, 1]
    assert found[1].tolist() == [29.5, 45.5, 1]


def test_the_mirrored_maps_are_brought_back():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[skeleton.R_WRIST] = 10, 20, 1
    keypoints[skeleton.NOSE] = 30, 8, 1
    maps = skeleton.heatmaps(keypoints, (24, 16), (96, 64), 1.5)
    mirrored = skeleton.heatmaps(skeleton.mirror(keypoints, 64), (24, 16), (96, 64), 1.5)
    assert mirrored[skeleton.L_WRIST].max() > 0.8
    assert average_mirrored(maps, mirrored) == pytest.approx(maps, abs=1e-6)
    half = average_mirrored(maps, np.zeros_like(maps))
    assert half == pytest.approx(maps / 2)
