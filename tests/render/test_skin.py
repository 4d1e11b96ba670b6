"""Skin that is made up, on a face and an arm of one tone."""

import numpy as np

from tests.figure import POINTS, SIZE
from tryon.body.body import Body
from tryon.render.skin import skin_fill

TONE, LIPS = (200, 150, 120), (70, 30, 30)
FACE = np.s_[20:60, 85:115]


def filled(photo: np.ndarray) -> np.ndarray:
    skin = np.zeros(SIZE, bool)
    skin[FACE] = True
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
