"""Where the parts of a body are."""

import numpy as np

from tests.figure import figure
from tryon.body import skeleton as sk
from tryon.body.body import Body


def body(**knees) -> Body:
    points = figure().keypoints.copy()
    for name, place in knees.items():
        points[getattr(sk, name), :2] = place
    return Body(points, (400, 220))


def test_legs_begin_where_the_torso_ends_also_where_one_thigh_is_raised():
    for knees in ({}, {"L_KNEE": (125, 205)}, {"R_KNEE": (75, 205)}, {"L_KNEE": (60, 240), "R_KNEE": (62, 200)}):
        one = body(**knees)
        assert not (one.legs & one.torso).any()
        for hip, knee in ((sk.L_HIP, sk.L_KNEE), (sk.R_HIP, sk.R_KNEE)):
            bone = np.linspace(one.keypoints[hip, :2], one.keypoints[knee, :2], 60).round().astype(int)
            assert (one.legs | one.torso)[bone[:, 1], bone[:, 0]].all()
            assert one.legs[tuple(bone[-1][::-1])]
            assert one.torso[tuple(bone[5][::-1])]
