"""Skin that is made up, on a face and an arm of one tone."""

import numpy as np

from tests.figure import POINTS, SIZE
from tryon.body.body import Body
from tryon.render.skin import skin_fill

TONE, LIPS = (200, 150, 120), (70, 30, 30)
FACE = np.s_[20:60, 85:115]


def filled(photo: np.ndarray, *more: tuple[slice, slice]) -> np.ndarray:
    skin = np.zeros(SIZE, bool)
    for area in (FACE, *more):
        skin[area] = True
    return skin_fill(photo, skin, Body(np.array([(x, y, 1) for x, y in POINTS], np.float32), SIZE)).astype(int)


def test_limbs_are_round():
    """The middle of a forearm is lit, its edges are darker, and what lies beside limbs has the tone of the face."""
    picture = filled(np.full((*SIZE, 3), TONE, np.uint8))
    row = picture[145, 50:67, 0]
    assert row[8] > 195
    assert max(row[3], row[13]) < 185
    np.testing.assert_allclose(picture[100, 20], TONE, atol=2)


def test_eyes_and_lips_are_no_skin_to_continue():
    photo = np.full((*SIZE, 3), TONE, np.uint8)
    photo[44:60, 85:115] = LIPS
    np.testing.assert_allclose(filled(photo)[100, 20], TONE, atol=2)


def test_arms_are_as_bright_as_the_brighter_quarter_of_the_face():
    """Half of it lies in the shadow of the hair."""
    photo = np.full((*SIZE, 3), TONE, np.uint8)
    photo[20:60, 85:103] = np.array(TONE) // 2
    np.testing.assert_allclose(filled(photo)[100, 20], TONE, atol=2)


def test_arms_have_the_color_of_what_shows_of_them_and_of_the_face():
    photo = np.full((*SIZE, 3), TONE, np.uint8)
    forearm, jewel = np.s_[120:168, 52:68], np.s_[140:146, 52:68]
    photo[forearm] = TAN = np.array((150, 100, 70))
    photo[jewel] = (255, 255, 255)
    # Half of the color is what both say, half is what shows nearby.
    np.testing.assert_allclose(filled(photo, forearm)[145, 20], (TAN * 3 + TONE) / 4, atol=4)


def test_legs_have_the_color_of_what_shows_of_them():
    photo = np.full((*SIZE, 3), TONE, np.uint8)
    shanks = np.s_[270:318, 74:90]
    photo[shanks] = TAN = np.array((150, 100, 70))
    picture = filled(photo, shanks)
    assert np.abs(picture[235, 83] - TAN * 1.01).max() < 8
    assert picture[145, 58, 0] > 190


def test_made_up_skin_goes_into_what_shows_without_a_seam():
    """The forearm is darker at its upper end than the rest of it."""
    photo = np.full((*SIZE, 3), TONE, np.uint8)
    forearm = np.s_[120:168, 52:68]
    photo[120:134, 52:68] = np.array(TONE) * 0.85
    picture = filled(photo, forearm)
    assert np.abs(picture[119, 58] - photo[121, 58].astype(int)).max() < 6
    assert np.abs(picture[108, 60] - photo[121, 58].astype(int)).max() > 6
    assert np.abs(picture[70, 68] - TONE).max() < 12  # far from it, the tone of face and arm


def test_a_few_pixels_of_two_tones_are_enough():
    photo = np.full((*SIZE, 3), 60, np.uint8)
    photo[100, 60:62] = 140
    skin = np.zeros(SIZE, bool)
    skin[100, 58:62] = True
    picture = skin_fill(photo, skin, Body(np.array([(x, y, 1) for x, y in POINTS], np.float32), SIZE))
    assert 50 < picture[145, 58].min() < 150
