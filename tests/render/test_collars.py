"""Collars and what shows through hair, which go with the garment that is taken off."""

import numpy as np
import pytest

from appearance_flow.warp import Warped
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.halo import cloth_taken_for_wearer
from tryon.render.undress import take_off
from tryon.types import Garment, Person

LIGHT, DARK, BLUE, CAMEL = (225, 180, 155), (95, 60, 45), (40, 60, 150), (220, 175, 145)
POINTS = {
    sk.NOSE: (100, 50), sk.NECK: (100, 80), sk.R_SHOULDER: (65, 85), sk.L_SHOULDER: (135, 85), sk.R_ELBOW: (50, 130),
    sk.R_WRIST: (75, 160), sk.R_HIP: (75, 180), sk.L_HIP: (125, 180),
}  # fmt: skip


@pytest.fixture
def scene():
    """Somebody with a bare arm whose hand, on the belly, is labeled as the top that it lies on.

    Returns:
        a function of the colors of skin and cloth that gives photo, label map, key points and the true hand.
    """

    def draw(skin, cloth):
        noise = np.random.default_rng(0).normal(0, 4, (260, 200, 3))
        photo, parsing = np.full((260, 200, 3), 128.0), np.zeros((260, 200), np.uint8)
        hand = np.zeros((260, 200), bool)
        hand[155:170, 76:96] = True
        for color, label, area in (
            (skin, Label.SKIN, np.s_[25:80, 80:120]),
            (cloth, Label.UPPER, np.s_[80:200, 60:140]),
            (skin, Label.SKIN, np.s_[90:150, 42:60]),
        ):
            photo[area], parsing[area] = color, label
        photo[hand] = skin
        keypoints = np.zeros((18, 3), np.float32)
        for point, (x, y) in POINTS.items():
            keypoints[point] = x, y, 1
        return np.clip(photo + noise, 0, 255).astype(np.uint8), parsing, keypoints, hand

    return draw


RED, BLOND = (180, 30, 25), (190, 160, 110)


@pytest.fixture
def hair_over_red(scene):
    """The same person in red with hair down to the shoulders, whose lower end is the top that shows through."""
    photo, parsing, keypoints, _ = scene(LIGHT, RED)
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


def test_a_collar_labeled_as_a_scarf_is_found_and_a_scarf_is_not(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, RED)
    parsing[80:95, 60:100] = Label.SCARF  # red as the top is
    assert (
        cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER)[
            82:93, 62:98
        ].mean()
        > 0.8
    )
    photo[80:95, 60:100] = (40, 140, 60)
    assert not cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER).any()


def test_hair_of_the_color_of_the_top_stays(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, BLUE)
    parsing[80:115, 60:80] = Label.HAIR  # nothing but blue is labeled as hair: its color is not known
    parsing[20:80, 60:80], photo[20:80, 60:80] = Label.HAIR, BLUE
    assert not cloth_taken_for_wearer(photo, parsing, Body(keypoints, parsing.shape), parsing == Label.UPPER).any()


def test_nothing_is_found_without_a_garment(hair_over_red):
    photo, parsing, keypoints, _ = hair_over_red
    assert not cloth_taken_for_wearer(
        photo, parsing, Body(keypoints, parsing.shape), np.zeros(parsing.shape, bool)
    ).any()


def test_a_collar_labeled_as_a_scarf_comes_off_with_the_top(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, RED)
    parsing[80:95, 60:100] = Label.SCARF
    person = Person(photo, keypoints, parsing, (0, 0, 200, 260))
    garment = Garment(person, "upper", (int(Label.UPPER),))
    undressed = take_off(person, garment, plan(person, garment, "keep"), Warped((), (), False, ()))
    assert undressed.off[82:93, 62:98].mean() > 0.8
