"""Holes in a ground filled with another piece of it."""

import numpy as np
import pytest

from tryon.core.clone import cloned

UNIT = 64.0
RNG = np.random.default_rng(0)
STRIPES = np.broadcast_to(np.where(np.arange(240) // 6 % 2, 170, 70)[None, :, None], (200, 240, 3)).astype(np.uint8)


def picture(hole):
    """Stripes, grey in the hole."""
    photo = STRIPES.copy()
    photo[hole] = 120
    return photo


def box(rows, columns):
    mask = np.zeros(STRIPES.shape[:2], bool)
    mask[slice(*rows), slice(*columns)] = True
    return mask


def test_a_hole_in_stripes_gets_the_stripes_where_they_would_be():
    hole = box((80, 110), (100, 130))
    filled = cloned(picture(hole), hole, ~hole, UNIT)
    assert np.abs(filled[hole].astype(int) - STRIPES[hole]).max() <= 12
    np.testing.assert_array_equal(filled[~hole], STRIPES[~hole])


def test_a_tall_hole_is_filled_piece_by_piece_where_no_piece_is_as_tall():
    hole, others = box((20, 180), (100, 130)), box((0, 90), (145, 240)) | box((110, 200), (0, 85))
    filled = cloned(picture(hole), hole, ~(hole | others), UNIT)
    assert np.abs(filled[hole].astype(int) - STRIPES[hole]).mean() < 6


def test_the_piece_takes_the_light_around_the_hole():
    hole = box((80, 110), (150, 180))
    light = np.linspace(-30, 30, 240)[None, :, None]
    ground = np.clip(RNG.normal(120, 12, (200, 240, 1)) + light + np.zeros(3), 0, 255).astype(np.uint8)
    photo = ground.copy()
    photo[hole] = 0
    filled = cloned(photo, hole, ~hole, UNIT)
    assert abs(float(filled[hole].mean()) - float(ground[hole].mean())) < 3
    assert filled[hole].std() > 8


def test_nothing_is_taken_from_where_the_ground_is_not_seen():
    hole, person = box((80, 110), (100, 130)), box((0, 200), (130, 240))
    photo = picture(hole)
    photo[person & ~hole] = (255, 0, 0)
    filled = cloned(photo, hole, ~(hole | person), UNIT)
    assert np.abs(filled[hole].astype(int) - STRIPES[hole]).mean() < 25


@pytest.mark.parametrize("ground", ["nothing like it", "nothing seen", "a speck"])
def test_a_hole_that_nothing_is_like_stays_as_it_was(ground):
    hole = box((80, 110), (100, 130)) if ground != "a speck" else box((80, 83), (100, 103))
    photo, known = picture(hole), ~hole
    if ground == "nothing like it":
        photo[:, :95] = photo[:, 135:] = 255
        photo[60:80, 95:135], photo[110:130, 95:135] = 0, 0
    if ground == "nothing seen":
        known = np.zeros_like(hole)
    np.testing.assert_array_equal(cloned(photo, hole, known, UNIT), photo)
