"""Holes in a ground filled with another piece of it."""

import cv2
import numpy as np
import pytest

from tryon.core.clone import cloned, woven

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


@pytest.mark.parametrize("unit", [90.0, 300.0])
@pytest.mark.parametrize("end", [102, 122, 163, 183, 204])
def test_a_hole_is_filled_to_its_last_row_in_a_picture_that_is_searched_smaller(unit, end):
    wall = RNG.normal(120, 14, (420, 500, 1)).repeat(3, 2).clip(0, 255).astype(np.uint8)
    hole = np.zeros(wall.shape[:2], bool)
    hole[32:end, 100:250] = True
    photo = wall.copy()
    photo[hole] = 120
    filled = cloned(photo, hole, ~hole, unit)
    assert filled[hole].std() > 10
    assert filled[end - 3 : end, 110:240].std() > 6


def test_the_place_is_found_at_full_size():
    wide = np.broadcast_to(np.where(np.arange(900) // 20 % 2, 170, 70)[None, :, None], (500, 900, 3)).astype(np.uint8)
    hole = np.zeros(wide.shape[:2], bool)
    hole[100:200, 400:520] = True
    photo = wide.copy()
    photo[hole] = 120
    filled = cloned(photo, hole, ~hole, 300.0)
    assert np.abs(filled[hole].astype(int) - wide[hole]).mean() < 4


def test_what_stands_in_the_ground_is_not_repeated():
    wall = np.tile(RNG.normal(120, 6, (200, 60, 1)), (1, 4, 3)).clip(0, 255).astype(np.uint8)
    photo, hole = wall.copy(), box((82, 108), (125, 155))
    for column in (5, 65, 185):  # what is around a hole recurs exactly where these stand
        photo[88:104, column + 4 : column + 24] = (200, 20, 20)
    photo[hole] = 120
    filled = cloned(photo, hole, ~hole, UNIT)[hole].astype(int)
    assert (filled[:, 0] - filled[:, 1]).max() < 60


def test_few_seen_pixels_beside_a_hole_tell_nothing():
    hole = box((80, 110), (100, 130))
    known = box((0, 200), (150, 240)) | box((90, 93), (99, 100))
    photo = picture(hole)
    np.testing.assert_array_equal(cloned(photo, hole, known, UNIT), photo)


def test_nothing_is_taken_from_where_the_ground_is_not_seen():
    hole, person = box((80, 110), (100, 130)), box((0, 200), (130, 240))
    photo = picture(hole)
    photo[person & ~hole] = (255, 0, 0)
    filled = cloned(photo, hole, ~(hole | person), UNIT)
    assert np.abs(filled[hole].astype(int) - STRIPES[hole]).mean() < 6


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


def test_a_fabric_is_continued_tile_by_tile_where_no_piece_of_it_is_as_wide():
    checks = np.indices((200, 240)).sum(0) % 16 < 8
    pattern = np.where(checks, 200, 60)[..., None].repeat(3, 2).astype(np.uint8)
    legs, hips = box((100, 200), (60, 115)) | box((100, 200), (125, 180)), box((60, 100), (60, 180))
    photo = pattern.copy()
    photo[~legs] = 130
    smooth = cloned(photo, hips, legs, UNIT)
    np.testing.assert_array_equal(smooth, photo)
    filled = woven(photo, hips, legs, UNIT)
    assert (np.abs(filled[hips].astype(int) - pattern[hips]) < 30).mean() > 0.9
    np.testing.assert_array_equal(filled[~hips], photo[~hips])


def test_a_narrow_strip_of_fabric_goes_on_in_smaller_tiles():
    checks = np.indices((200, 240)).sum(0) % 6 < 3
    pattern = np.where(checks, 200, 60)[..., None].repeat(3, 2).astype(np.uint8)
    strip, above = box((100, 113), (60, 180)), box((60, 100), (60, 180))
    photo = pattern.copy()
    photo[~strip] = 130
    filled = woven(photo, above, strip, UNIT)
    assert filled[above].std() > 0.8 * pattern[above].std()


def test_the_shadow_along_the_edge_of_a_fabric_does_not_go_on():
    fabric = np.full((200, 240, 3), 120, np.uint8)
    legs, hips = box((100, 200), (60, 180)), box((60, 100), (60, 180))
    fabric[100:102, 60:180] = 20
    filled = woven(fabric, hips, legs, UNIT)
    assert np.abs(filled[hips].astype(int) - 120).max() < 8


def test_the_fabric_of_small_people_goes_on_in_its_color():
    legs, hips = box((100, 200), (60, 180)), box((60, 100), (60, 180))
    photo = np.full((200, 240, 3), 200, np.uint8)
    photo[legs] = 60
    filled = woven(photo, hips, legs, 15.0)
    assert np.abs(filled[hips].astype(int) - 60).max() < 3


def test_tiles_of_soft_cloth_show_no_edges():
    """Within what was filled no step is much larger than those of the cloth itself."""
    soft = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, (200, 240)), (0, 0), 3)
    photo = np.clip(128 + 30 * soft / soft.std(), 0, 255).astype(np.uint8)[..., None].repeat(3, 2)
    strip, above = box((120, 150), (60, 180)), box((40, 120), (60, 180))
    filled = woven(photo, above, strip, UNIT).astype(int)
    for axis in (0, 1):
        steps, own = (np.abs(np.diff(filled[rows, 60:180, 0], axis=axis)) for rows in (np.s_[40:116], np.s_[122:148]))
        assert steps.max() <= 1.5 * own.max()


@pytest.mark.filterwarnings("error")
def test_of_a_thread_only_the_color_goes_on():
    """What is known is too narrow to be seen at the size in which patterns are searched for."""
    thread = np.zeros(STRIPES.shape[:2], bool)
    thread[100] = True
    photo = np.full_like(STRIPES, 40)
    photo[thread] = 200
    filled = woven(photo, ~thread, thread, 8 * UNIT)
    assert np.abs(filled.astype(int) - 200).max() <= 2
