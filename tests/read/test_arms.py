"""Where the arms of a photo are, and what of them is their own."""

import numpy as np
import pytest

from tests import people
from tests.figure import figure
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.read.arms import arm_areas, limbs


@pytest.fixture(scope="module")
def crossed():
    return people.person("man_crossed_arms", 384)


@pytest.fixture(scope="module")
def points(crossed):
    return crossed.body.keypoints


def test_crossed_arms_know_their_own_hands(crossed, points):
    areas = arm_areas(crossed.parsing, crossed.body)
    for name, (elbow, wrist) in {"right_arm": (3, 4), "left_arm": (6, 7)}.items():
        other = "left_arm" if name == "right_arm" else "right_arm"
        palm = points[wrist, :2] + 0.25 * (points[wrist, :2] - points[elbow, :2])
        x, y = palm.round().astype(int)
        assert areas[name].area[y, x]
        assert not areas[name].foreign[y, x]
        assert areas[other].foreign[y, x] or not areas[other].area[y, x]
        assert areas[name].leaves[y, x]


def test_the_shirt_beside_a_bare_forearm_is_not_the_arms(crossed, points):
    areas = arm_areas(crossed.parsing, crossed.body)
    shirt = crossed.parsing == Label.UPPER
    for name, arm in {"right_arm": (2, 3, 4), "left_arm": (5, 6, 7)}.items():
        upper, fore, _ = limbs(crossed.body, arm)
        around = shirt & areas[name].area & fore & ~upper
        assert around.any()
        assert areas[name].foreign[around].all()


def test_an_unknown_arm_has_no_area(crossed, points):
    without = points.copy()
    without[[sk.L_ELBOW, sk.L_WRIST]] = 0
    areas = arm_areas(crossed.parsing, Body(without, crossed.parsing.shape))
    assert not areas["left_arm"].area.any()
    assert areas["right_arm"].area.any()


def test_skin_right_beside_an_arm_leaves_with_it():
    person = figure((np.s_[100:116, 150:164], Label.SKIN), (np.s_[100:116, 180:186], Label.SKIN))
    arm = arm_areas(person.parsing, person.body)["left_arm"]
    assert not arm.area[100:116, 158:].any()
    assert arm.leaves[104:112, 158:162].all()
    assert not arm.leaves[:, 180:].any()
