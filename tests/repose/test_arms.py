"""Where the arms of a photo are, and what of them is their own."""

import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso
from tryon.core.labels import Label
from tryon.repose.arms import arm_areas, limbs, with_bare_arms


@pytest.fixture(scope="module")
def crossed():
    return people.person("man_crossed_arms", 384)


@pytest.fixture(scope="module")
def points(crossed):
    return complete_torso(crossed.keypoints)[0]


def half_misread(crossed, points):
    """The label map with one half of both forearms called a part of the shirt, and where that is."""
    middle = int(points[[sk.R_HIP, sk.L_HIP], 0].mean())
    forearms = limbs(points, (2, 3, 4), crossed.parsing.shape)[1] | limbs(points, (5, 6, 7), crossed.parsing.shape)[1]
    wrong = forearms & (crossed.parsing == Label.SKIN)
    wrong[:, :middle] = False
    return np.where(wrong, Label.UPPER, crossed.parsing).astype(np.uint8), wrong


def test_a_forearm_read_as_shirt_is_found_by_its_color(crossed, points):
    parsing, wrong = half_misread(crossed, points)
    found = with_bare_arms(crossed.photo, parsing, points)
    assert wrong.sum() > 200
    assert (found[wrong] == Label.SKIN).mean() > 0.9
    shirt = crossed.parsing == Label.UPPER
    assert (found[shirt] == Label.SKIN).mean() < 0.01
    assert (found == parsing)[crossed.parsing != Label.SKIN].mean() > 0.999


def test_a_shirt_of_the_color_of_skin_stays_a_shirt(crossed, points):
    parsing, _ = half_misread(crossed, points)
    photo = crossed.photo.copy()
    photo[crossed.parsing == Label.UPPER] = np.median(photo[crossed.parsing == Label.SKIN], 0)
    assert with_bare_arms(photo, parsing, points) is parsing


def test_sleeves_stay_sleeves(points):
    dressed = people.person("man_suit", 384)
    own, _ = complete_torso(dressed.keypoints)
    assert (with_bare_arms(dressed.photo, dressed.parsing, own) == dressed.parsing).mean() > 0.999


def test_crossed_arms_know_their_own_hands(crossed, points):
    areas = arm_areas(crossed.parsing, points)
    for name, (elbow, wrist) in {"right_arm": (3, 4), "left_arm": (6, 7)}.items():
        other = "left_arm" if name == "right_arm" else "right_arm"
        palm = points[wrist, :2] + 0.25 * (points[wrist, :2] - points[elbow, :2])
        x, y = palm.round().astype(int)
        assert areas[name].area[y, x]
        assert not areas[name].foreign[y, x]
        assert areas[other].foreign[y, x] or not areas[other].area[y, x]
        assert areas[name].leaves[y, x]


def test_the_shirt_beside_a_bare_forearm_is_not_the_arms(crossed, points):
    areas = arm_areas(crossed.parsing, points)
    shirt = crossed.parsing == Label.UPPER
    for name, arm in {"right_arm": (2, 3, 4), "left_arm": (5, 6, 7)}.items():
        upper, fore, _ = limbs(points, arm, shirt.shape)
        around = shirt & areas[name].area & fore & ~upper
        assert around.any()
        assert areas[name].foreign[around].all()


def test_an_unknown_arm_has_no_area(crossed, points):
    without = points.copy()
    without[[sk.L_ELBOW, sk.L_WRIST]] = 0
    areas = arm_areas(crossed.parsing, without)
    assert not areas["left_arm"].area.any()
    assert areas["right_arm"].area.any()
