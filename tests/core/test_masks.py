"""Masks and mattes."""

import numpy as np

from tryon.core.masks import filled


def test_small_holes_are_closed_and_openings_stay():
    matte = np.zeros((100, 100), np.uint8)
    matte[10:90, 10:90] = 255
    matte[20:60, 40:60] = 0  # an eighth of the cloth: ground that is seen through
    matte[70:75, 20:25] = 60
    matte[80:84, 50:54] = 140  # half transparent within the cloth
    closed = filled(matte)
    assert (closed[70:75, 20:25] == 255).all()
    assert (closed[80:84, 50:54] == 255).all()
    assert (closed[22:58, 42:58] == 0).all()
    assert closed[0, 0] == 0
