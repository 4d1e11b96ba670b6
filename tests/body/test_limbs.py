"""Where bare limbs are."""

import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.body.limbs import bare_limbs

BARE_ARMS, BARE_LEGS = ("upper arm", "forearm"), ("thigh", "shank")
UNIT = 100.0  # pixels from neck to hips


@pytest.fixture
def hanging_arm():
    """A right arm that hangs straight down from (100, 50): elbow at 110, wrist at 160."""
    keypoints = np.zeros((18, 3), np.float32)
    for point, y in ((sk.R_SHOULDER, 50), (sk.R_ELBOW, 110), (sk.R_WRIST, 160)):
        keypoints[point] = 100, y, 1
    return keypoints


def test_an_arm_narrows_toward_the_wrist(hanging_arm):
    nearest, _ = bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_ARMS)
    widths = [(nearest[y] < 1).sum() for y in (52, 110, 158)]
    assert widths == pytest.approx([20, 14.4, 9.6], abs=2)


def test_a_hidden_wrist_lies_a_quarter_of_the_forearm_farther(hanging_arm):
    inside = bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_ARMS)[0][:, 100] < 1
    assert np.flatnonzero(inside)[-1] == pytest.approx(160 + 0.25 * 50 + 4.8, abs=2)


def test_the_offset_points_outward(hanging_arm):
    nearest, offset = bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_ARMS)
    assert offset[80, 95, 0] < -0.3 < 0.3 < offset[80, 105, 0]
    assert np.hypot(offset[80, 105, 0], offset[80, 105, 1]) == pytest.approx(nearest[80, 105], abs=0.1)


def test_limbs_that_are_not_seen_are_nowhere(hanging_arm):
    assert bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_LEGS)[0].min() > 1
    hanging_arm[sk.R_ELBOW, 2] = 0
    assert bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_ARMS)[0].min() > 1


def test_a_person_of_three_times_the_size_is_the_same(hanging_arm):
    small = bare_limbs(hanging_arm, (240, 200), UNIT, *BARE_ARMS)[0] < 1
    large = bare_limbs(hanging_arm * (3, 3, 1), (720, 600), 3 * UNIT, *BARE_ARMS)[0] < 1
    assert (large[1::3, 1::3] != small).mean() < 0.01
