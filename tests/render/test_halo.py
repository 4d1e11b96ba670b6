"""Remains of the old garment beside its label."""

import numpy as np
import pytest

from tryon.core.labels import Label
from tryon.render.halo import halo

RED, BROWN, GREY = (200, 20, 30), (120, 85, 50), (128, 128, 128)


@pytest.fixture
def scene():
    """Hair above a red garment on a grey wall; the labels miss two rows of the garment below and eight in the hair."""
    photo = np.full((200, 200, 3), GREY, np.uint8)
    parsing = np.zeros((200, 200), np.uint8)
    photo[20:80, 60:140], parsing[20:80, 60:140] = BROWN, Label.HAIR
    photo[80:152, 60:140], parsing[80:150, 60:140] = RED, Label.UPPER
    photo[72:80:2, 60:140] = RED  # between the strands
    return photo, parsing


def test_red_between_the_strands_and_below_the_hem_is_found(scene):
    photo, parsing = scene
    expected = np.zeros((200, 200), bool)
    expected[72:80:2, 60:140] = True
    expected[150:152, 60:140] = True
    assert (halo(photo, parsing, parsing == Label.UPPER, 200.0) == expected).all()


def test_nothing_far_from_the_garment_is_taken(scene):
    photo, parsing = scene
    photo[20:24, 60:140] = RED  # a hair band
    found = halo(photo, parsing, parsing == Label.UPPER, 200.0)
    assert not found[:68].any()


def test_colors_that_are_alike_tell_nothing(scene):
    photo, parsing = scene
    photo[parsing == Label.UPPER] = BROWN
    assert not halo(photo, parsing, parsing == Label.UPPER, 200.0)[:100].any()


def test_no_garment_leaves_nothing(scene):
    photo, parsing = scene
    assert not halo(photo, parsing, np.zeros((200, 200), bool), 200.0).any()
