"""The order of the points of flat garments, and their mirror image."""

import numpy as np

from tryon.body import skeleton
from tryon.read.flat import point_names as pn


def test_the_joints_are_those_of_the_skeleton_after_the_nose():
    assert pn.NAMES[pn.JOINTS] == skeleton.NAMES[1:14]
    assert pn.NAMES[13:16] == ("right collar", "left collar", "throat")
    assert (pn.NUM_POINTS, pn.NAMES[pn.L_ARMPIT], pn.NAMES[pn.R_HEM], pn.NAMES[pn.CROTCH]) == (
        25, "left armpit", "right hem", "crotch",
    )  # fmt: skip


def test_mirroring_exchanges_right_and_left():
    swapped = {"right": "left", "left": "right"}
    for name, other in zip(pn.NAMES, pn.MIRROR, strict=True):
        assert pn.NAMES[other] == " ".join(swapped.get(word, word) for word in name.split())


def test_mirrored_points():
    points = np.zeros((25, 3), np.float32)
    points[pn.R_CUFF] = 2, 30, 1
    points[pn.THROAT] = 40, 12, 1
    mirrored = pn.mirror(points, 100)
    assert mirrored[pn.L_CUFF].tolist() == [97, 30, 1]
    assert mirrored[pn.THROAT].tolist() == [59, 12, 1]
    assert np.count_nonzero(mirrored[:, 2]) == 2
    assert np.array_equal(pn.mirror(mirrored, 100), points)
