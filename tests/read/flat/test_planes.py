"""The square around a garment, and the planes that the point network sees, on literal values."""

import cv2
import numpy as np
import pytest

from tests.read.flat.drawn_square import SquareGarment
from tryon.read.flat.planes import Square, edge_strength, planes, square_around


def test_the_square_around_a_garment():
    garment = SquareGarment()
    # 60 high and 40 wide from (20, 20); 8 % of 60 on each side.
    square = square_around(garment.cloth + garment.inside, 96)
    assert (square.side, square.size) == (pytest.approx(69.6), 96)
    assert (square.x, square.y) == (pytest.approx(5.2), pytest.approx(15.2))
    with pytest.raises(ValueError, match="the matte is empty"):
        square_around(np.full((9, 9), 0.4, np.float32), 96)


def test_points_go_into_the_square_and_back():
    square = Square(x=10, y=20, side=50, size=100)
    points = np.array([(10, 20, 1), (34.5, 44.5, 0.7), (70, 30, 1), (12, 22, 0)], np.float32)
    inside = square.points(points)
    assert inside[0] == pytest.approx((0.5, 0.5, 1))
    assert inside[1] == pytest.approx((49.5, 49.5, 0.7))
    assert inside[2].tolist() == [0, 0, 0]  # beyond it
    assert inside[3].tolist() == [0, 0, 0]
    assert square.to_photo(inside)[:2] == pytest.approx(points[:2])


@pytest.mark.parametrize("size", [40, 96, 160])
def test_the_cut_shows_what_the_points_say(size):
    garment = SquareGarment()
    square = square_around(garment.cloth + garment.inside, size, 0.1)
    cut = square.cut(garment.cloth + garment.inside)
    assert cut.shape == (size, size)
    rows, columns = np.flatnonzero(cut.max(1) > 0.5), np.flatnonzero(cut.max(0) > 0.5)
    hem = square.points(garment.points)[22]
    step = size / square.side
    assert (columns[0], rows[-1]) == pytest.approx((hem[0] - step / 2 + 0.5, hem[1] + step / 2 - 0.5), abs=0.6)
    assert len(rows) / size == pytest.approx(1 / 1.2, abs=0.02)


def test_beyond_the_photo_there_is_no_garment():
    ones = np.ones((20, 20), np.float32)
    square = square_around(ones, 28, 0.2)
    cut = square.cut(ones)
    assert cut[:, :3].max() == cut[:3].max() == cut[-3:].max() == 0
    assert cut[5:-5, 5:-5].min() > 0.99
    assert square.cut(ones, cv2.BORDER_REPLICATE).min() == 1


def test_no_pixel_of_a_large_photo_is_skipped():
    checks = np.indices((400, 400)).sum(0).astype(np.float32) % 2
    cut = Square(x=0, y=0, side=400, size=39).cut(checks)
    assert cut[2:-2, 2:-2] == pytest.approx(np.full((35, 35), 0.5), abs=0.02)


def test_a_seam_is_strong_and_a_texture_weak():
    garment = SquareGarment()
    shape = garment.cloth + garment.inside
    edges = edge_strength(garment.image, shape)
    assert edges[48, 40] == pytest.approx(0.54, abs=0.02)
    assert edges[65, 40] == 0  # plain cloth
    assert edges[20, 40] == edges[50, 20] == edges[90, 40] == 0  # outline and ground
    striped = garment.image.copy()
    striped[::8] = striped[1::8] = 40
    assert edge_strength(striped, shape)[20:80, 20:60].max() < 0.26
    assert edges.dtype == np.float32


def test_faint_light_changes_little_and_noise_makes_no_edges():
    garment = SquareGarment()
    shape = garment.cloth + garment.inside
    dark = (garment.image * 0.5).astype(np.uint8)
    assert edge_strength(dark, shape)[48, 40] == pytest.approx(0.46, abs=0.02)
    noise = np.random.default_rng(0).normal(0, 4, garment.image.shape)
    noisy = np.clip(120 + noise, 0, 255).astype(np.uint8)
    assert edge_strength(noisy, shape).mean() < 0.02


def test_the_planes_are_cloth_inside_and_edges():
    garment = SquareGarment()
    seen = planes(garment.image, garment.cloth, garment.inside)
    assert (seen.shape, seen.dtype) == ((100, 90, 3), np.float32)
    assert np.array_equal(seen[..., 0], garment.cloth)
    assert np.array_equal(seen[..., 1], garment.inside)
    assert np.array_equal(seen[..., 2], edge_strength(garment.image, garment.cloth + garment.inside))
