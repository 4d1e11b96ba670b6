"""Garment photos that cannot serve, or only in part: cut and shrunk sample people, and a person on a flat shirt."""

import cv2
import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core import photo as photos
from tryon.core.errors import GarmentNotFoundError, NobodyFoundError
from tryon.core.labels import Label
from tryon.read import worn
from tryon.read.worn import unworn
from tryon.types import Person

TOP, TROUSERS = (int(Label.UPPER),), (int(Label.PANTS),)
BELOW = "the photo's lower edge cuts the garment off; it ends there, without its hem"


def wearer(parsing, keypoints):
    return Person(np.zeros((*parsing.shape, 3), np.uint8), keypoints, parsing, (0, 0, *parsing.shape[::-1]))


def refuse_cut(parsing, keypoints, *garment):
    return worn.refuse_cut(wearer(parsing, keypoints), *garment)


def refuse_unworn(parsing, keypoints):
    worn.refuse_unworn(wearer(parsing, keypoints))


def refuse_small(keypoints):
    worn.refuse_small(Body(keypoints, (1024, 768)))


def enlarged(person, garment):
    return worn.enlarged(Body(person, (1024, 768)), Body(garment, (1024, 768)))


def cropped(one, x0=0, x1=None, y1=None):
    """Label map and key points of a part of the photo; points outside of it are missing."""
    x1, y1 = x1 or one.parsing.shape[1], y1 or one.parsing.shape[0]
    keypoints = one.keypoints.copy()
    keypoints[:, 0] -= x0
    outside = (keypoints[:, 0] < 0) | (keypoints[:, 0] >= x1 - x0) | (keypoints[:, 1] >= y1)
    keypoints[outside] = 0
    return one.parsing[:y1, x0:x1], keypoints


def hips(one):
    return round(float(one.keypoints[[sk.R_HIP, sk.L_HIP], 1].mean()))


def unit(one):
    return sk.torso_length(one.keypoints)


@pytest.mark.parametrize("name", people.NAMES)
def test_whole_people_serve(name):
    one = people.person(name)
    refuse_small(one.keypoints)
    refuse_unworn(one.parsing, one.keypoints)
    for category, labels in (("upper", TOP), ("lower", TROUSERS)):
        assert refuse_cut(one.parsing, one.keypoints, category, labels) == []


def test_a_small_wearer():
    one = people.person("woman_shirt")
    scale = one.keypoints * (33 / unit(one), 33 / unit(one), 1)
    refuse_small(scale)
    with pytest.raises(GarmentNotFoundError) as refused:
        refuse_small(scale * (31.8 / 33, 31.8 / 33, 1))
    assert str(refused.value) == (
        "the wearer is too small to see the garment: 31 pixels from shoulders to hips in a photo of 768 x 1024, and at "
        "least 32 are needed; use a larger photo, or one taken closer"
    )


def test_a_body_that_ends_inside_the_photo_is_printed():
    one = people.person("woman_shirt")
    thighs = hips(one) + round(0.4 * unit(one))
    parsing, keypoints = cropped(one, y1=thighs)
    refuse_unworn(parsing, keypoints)  # here the photo's edge cuts the legs off
    margin = np.zeros((round(0.6 * unit(one)), parsing.shape[1]), np.uint8)
    with pytest.raises(NobodyFoundError, match="ends above the knees though the photo goes on"):
        refuse_unworn(np.vstack((parsing, margin)), keypoints)


@pytest.mark.slow
def test_a_flat_shirt_with_a_printed_person(tryon_released):
    """Drawn around a photo of a person."""
    picture, one = photos.load(people.path("woman_shirt")), people.person("woman_shirt")
    portrait = picture[: hips(one) + 40, 230:540]
    shirt = np.full((1000, 860, 3), 240, np.uint8)
    outline = ((80, 260), (300, 90), (560, 90), (780, 260), (640, 330), (640, 960), (220, 960), (220, 330))
    cv2.fillPoly(shirt, [np.array(outline)], (20, 20, 25))
    shirt[280 : 280 + portrait.shape[0], 275 : 275 + portrait.shape[1]] = portrait
    lying = tryon_released.read_garment(shirt).source
    assert lying.kinds is not None
    assert (lying.parsing[300:900, 300:520] > 0).mean() > 0.8  # most of the print too
    with pytest.raises(NobodyFoundError, match="as in a print on a garment"):
        tryon_released.read_garment(shirt, garment_photo="worn")


def test_half_a_wearer():
    one = people.person("woman_shirt")
    neck = round(float(one.keypoints[sk.NECK, 0]))
    for part, side in ((cropped(one, x0=neck - 5), "left"), (cropped(one, x1=neck + 5), "right")):
        with pytest.raises(GarmentNotFoundError, match=f"the photo's {side} edge cuts the wearer in half"):
            refuse_cut(*part, "upper", TOP)


def test_a_wearer_who_is_cut_off_beside_the_neck():
    one = people.person("woman_coat")
    beside = round(float(one.keypoints[sk.NECK, 0] - 0.31 * unit(one)))
    notes = refuse_cut(*cropped(one, x0=beside), "outer", (int(Label.OUTER),))
    assert notes == ["the photo's left edge cuts the garment off; what lies beyond it is missing"]


def test_a_photo_that_ends_above_the_hem():
    one = people.person("woman_shirt")
    knees = cropped(one, y1=hips(one) + round(0.8 * unit(one)))
    assert refuse_cut(*knees, "upper", TOP) == []
    assert refuse_cut(*knees, "lower", TROUSERS) == [BELOW]
    waist = cropped(one, y1=hips(one) - round(0.2 * unit(one)))
    assert refuse_cut(*waist, "upper", TOP) == [BELOW]


def test_trousers_of_which_hardly_anything_is_seen():
    one = people.person("woman_shirt")
    with pytest.raises(GarmentNotFoundError, match="cuts the trousers or the skirt off above mid-thigh"):
        refuse_cut(*cropped(one, y1=hips(one) + round(0.4 * unit(one))), "lower", TROUSERS)


def test_a_garment_that_is_enlarged():
    points = people.person("woman_shirt").keypoints
    assert enlarged(points, points * (0.51, 0.51, 1)) == []
    assert enlarged(points, points * (0.4, 0.4, 1)) == [
        "the garment is enlarged 2.5 times and will look blurred; a larger garment photo helps"
    ]


def test_nobody_in_a_garment_photo():
    for size in ((600, 500), (120, 160)):
        assert unworn(size).startswith(
            "nobody was found who wears the garment and whose shoulders are seen; use a photo"
        )
    assert unworn((64, 48)) == (
        "no wearer of a garment was made out in a photo of 48 x 64 pixels, and at least 32 from shoulders to hips are "
        "needed; use a larger photo"
    )
    assert unworn((128, 96)).startswith("no wearer of a garment was made out in a photo of 96 x 128 pixels")


@pytest.mark.slow
def test_a_photo_of_128_pixels(tryon_released):
    """Nobody is found in it, and everybody in one of 160."""
    picture = photos.load(people.path("man_suit"))
    with pytest.raises(NobodyFoundError, match="was made out in a photo of 96 x 128 pixels, and at least 32 from"):
        tryon_released.read_garment(cv2.resize(picture, (96, 128), interpolation=cv2.INTER_AREA))
    tryon_released.read_garment(cv2.resize(picture, (120, 160), interpolation=cv2.INTER_AREA))
