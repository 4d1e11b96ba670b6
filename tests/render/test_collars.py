"""Collars and what shows through hair, which go with the garment that is taken off."""

import numpy as np
import pytest

from tests.figure import carried
from tests.hand_on_top import BLUE, LIGHT, draw
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.halo import cloth_taken_for_wearer
from tryon.render.undress import take_off
from tryon.types import Garment, Person

RED, BLOND = (180, 30, 25), (190, 160, 110)


@pytest.fixture
def hair_over_red():
    """The same person in red with hair down to the shoulders, whose lower end is the top that shows through."""
    photo, parsing, keypoints, _ = draw(LIGHT, RED)
    noise = np.random.default_rng(1).normal(0, 4, photo.shape)
    photo[20:100, 60:80], parsing[20:115, 60:80] = np.clip(BLOND + noise[20:100, 60:80], 0, 255), Label.HAIR
    taken = np.zeros(parsing.shape, bool)
    taken[100:115, 60:80] = True
    return photo, parsing, keypoints, taken


def test_a_top_that_shows_through_hair_is_found(hair_over_red):
    photo, parsing, keypoints, taken = hair_over_red
    found = cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER)
    assert (found & taken).sum() > 0.8 * taken.sum()
    assert (found & ~taken).sum() < 0.2 * taken.sum()


def test_a_collar_labeled_as_a_scarf_is_found_and_a_scarf_is_not():
    photo, parsing, keypoints, _ = draw(LIGHT, RED)
    parsing[80:95, 60:100] = Label.SCARF  # red as the top is
    assert (
        cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER)[
            82:93, 62:98
        ].mean()
        > 0.8
    )
    photo[80:95, 60:100] = (40, 140, 60)
    assert not cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER).any()


def test_hair_of_the_color_of_the_top_stays():
    photo, parsing, keypoints, _ = draw(LIGHT, BLUE)
    parsing[80:115, 60:80] = Label.HAIR  # nothing but blue is labeled as hair: its color is not known
    parsing[20:80, 60:80], photo[20:80, 60:80] = Label.HAIR, BLUE
    assert not cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER).any()


def test_nothing_is_found_without_a_garment(hair_over_red):
    photo, parsing, keypoints, _ = hair_over_red
    assert not cloth_taken_for_wearer(
        photo, parsing, Body(keypoints, parsing.shape), np.zeros(parsing.shape, bool)
    ).any()


def test_a_collar_labeled_as_a_scarf_comes_off_with_the_top():
    photo, parsing, keypoints, _ = draw(LIGHT, RED)
    parsing[80:95, 60:100] = Label.SCARF
    person = Person(photo, keypoints, parsing, (0, 0, 200, 260))
    garment = Garment(person, "upper", (int(Label.UPPER),))
    undressed = take_off(person, garment, plan(person, garment, "keep"), carried(size=parsing.shape))
    assert undressed.off[82:93, 62:98].mean() > 0.8
