"""Where the points of drawn garments lie: on straight garments of a typical body, and on many random ones."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.read.flat import point_names as pn
from tryon.synth.drawn.measures import CUTS, Body, Cut, random_body
from tryon.synth.drawn.pattern import GARMENTS, lay, random_pattern, sew
from tryon.synth.drawn.picture import mask_of, mattes
from tryon.synth.drawn.shapes import Sewn, xy
from tryon.synth.drawn.sleeves import Laid, sew_sleeve
from tryon.synth.drawn.upper import sew_upper

TYPICAL = Body(0.295, 0.32, 0.27, 0.33, 0.17, 0.72, 0.9, 1.02, 0.59, 0.5, 0.8, 0.78)
# One set of measures, not a range of them.
TEE = Cut("t-shirt", (1, 1), (1.3, 1.3), (0.4, 0.4), (0.18, 0.18), ("crew",), flare=(1, 1), fitted=0)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def tee() -> Sewn:
    seed = next(
        seed for seed in range(50) if sew_upper(rng(seed), TYPICAL, TEE).points[[pn.R_CUFF, pn.L_CUFF], 2].all()
    )
    return sew_upper(rng(seed), TYPICAL, TEE)


def test_points_of_a_straight_tee():
    points = tee().points
    assert points[pn.NECK].tolist() == [0, 0, 1]
    assert points[pn.R_SHOULDER] == pytest.approx((-0.295, 0, 1))
    assert points[pn.L_SHOULDER] == pytest.approx((0.295, 0, 1))
    # Tight cloth lies flat at 1.36 times the body's width: 1.36 * .32 at the chest, and hips at .17 * 1.36.
    assert points[pn.L_ARMPIT, 0] == pytest.approx(0.4352)
    assert points[pn.R_HIP] == pytest.approx((-0.2312, 1.02, 1), abs=0.004)
    assert points[pn.L_HEM] == pytest.approx((0.4488, 1.3, 1), abs=0.002)
    assert points[pn.L_WAIST] == pytest.approx((0.4352, 0.72, 1), abs=0.004)
    assert points[pn.L_COLLAR, 1] == -0.17
    unreached = [pn.R_ELBOW, pn.R_WRIST, pn.L_ELBOW, pn.L_WRIST, pn.R_KNEE, pn.L_ANKLE, pn.CROTCH]
    assert points[unreached].tolist() == [[0, 0, 0]] * 7


def test_points_of_a_straight_sleeve():
    sewn = Sewn("longsleeve")
    laid = Laid(length=1.1, cuff=0.1, angle=np.radians(30))
    sew_sleeve(rng(), sewn, TYPICAL, 1, xy(0.37, -0.09), xy(0.47, 0.33), laid)
    shoulder = xy(0.295, 0)
    # At the length of the upper arm and of the arm from the shoulder, about in the direction of the sleeve.
    assert np.linalg.norm(sewn.points[pn.L_ELBOW, :2] - shoulder) == pytest.approx(0.59, abs=0.03)
    assert np.linalg.norm(sewn.points[pn.L_WRIST, :2] - shoulder) == pytest.approx(1.09, abs=0.03)
    x, y = sewn.points[pn.L_WRIST, :2] - sewn.points[pn.L_ELBOW, :2]
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(25, abs=8)  # the sleeve narrows from below
    assert sewn.points[[pn.R_ELBOW, pn.R_WRIST, pn.R_CUFF], 2].tolist() == [0, 0, 0]


def test_a_sleeve_that_hangs_over_the_trunk_and_one_bent_at_the_elbow():
    def wrist(**how) -> np.ndarray:
        sewn = Sewn("longsleeve")
        laid = replace(Laid(length=1.1, cuff=0.1, angle=np.radians(45)), **how)
        sew_sleeve(rng(), sewn, TYPICAL, -1, xy(0.37, -0.09), xy(0.47, 0.33), laid)
        assert sewn.points[pn.R_ELBOW, 2] == 1
        return sewn.points[pn.R_WRIST, :2]

    assert wrist()[0] < -0.9
    assert wrist(angle=np.radians(120))[0] > -0.2
    assert wrist(bend=np.radians(90))[0] > wrist()[0] + 0.4


def test_a_sleeve_that_is_folded_away_has_no_points():
    sewn = Sewn("longsleeve")
    part = sew_sleeve(rng(), sewn, TYPICAL, 1, xy(0.37, -0.09), xy(0.47, 0.33), Laid(0, 0, 0, away=True))
    assert part is None
    assert not sewn.points.any()


def test_points_of_trousers():
    for seed in range(20):
        points = sew(rng(seed), "trousers").points
        assert (points[[pn.NECK, pn.R_SHOULDER, pn.L_ARMPIT, pn.THROAT, pn.R_CUFF], 2] == 0).all()
        assert points[[pn.R_HIP, pn.L_HIP, pn.R_WAIST, pn.L_WAIST, pn.R_HEM, pn.L_HEM, pn.CROTCH], 2].all()
        assert points[pn.R_WAIST, 0] < points[pn.R_HIP, 0] < points[pn.CROTCH, 0] < points[pn.L_HIP, 0]
        assert points[pn.R_WAIST, 1] < points[pn.R_HIP, 1] < points[pn.CROTCH, 1] < points[pn.R_KNEE, 1]
    assert sew(rng(3), "shorts").points[[pn.R_ANKLE, pn.L_ANKLE], 2].tolist() == [0, 0]
    skirt = sew(rng(3), "skirt").points
    assert skirt[[pn.CROTCH, pn.NECK, pn.R_CUFF], 2].tolist() == [0, 0, 0]
    assert skirt[[pn.R_HIP, pn.L_WAIST, pn.L_HEM], 2].tolist() == [1, 1, 1]


def test_measures_of_bodies_stay_within_three_tenths_of_the_typical():
    for seed in range(200):
        body = random_body(rng(seed))
        for name, typical in vars(TYPICAL).items():
            assert 0.699 <= getattr(body, name) / typical <= 1.301, name


@pytest.mark.parametrize("garment", GARMENTS)
def test_points_lie_on_the_cloth_and_corners_on_its_outline(garment):
    for seed in range(6):
        laid = random_pattern(rng(seed), (192, 192), garment)
        cloth, inside = mattes(laid, [mask_of(part, laid.size) for part in laid.parts])
        shape = ((cloth + inside) > 0.5).astype(np.uint8)
        depth = cv2.distanceTransform(np.pad(shape, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        away = cv2.distanceTransform(1 - shape, cv2.DIST_L2, 5)
        for i, (x, y, seen) in enumerate(laid.points):
            if not seen:
                continue
            at = min(round(float(y)), 191), min(round(float(x)), 191)
            if i not in (pn.NECK, pn.R_SHOULDER, pn.L_SHOULDER):  # a neckline may be cut out around these
                assert away[at] <= 2, (seed, pn.NAMES[i])
            if i in (pn.R_HEM, pn.L_HEM):
                over = laid.points[[pn.R_CUFF, pn.L_CUFF], 2].any()  # a long sleeve may lie over the corner
                assert over or depth[at] <= 3, (seed, pn.NAMES[i])
            if i in (pn.R_ARMPIT, pn.L_ARMPIT) and not CUTS[garment].sleeve[1]:
                assert depth[at] <= 3, (seed, pn.NAMES[i])


def test_right_is_left_in_the_picture():
    right_left = [
        (i, pn.MIRROR[i]) for i in range(25) if pn.NAMES[i].startswith("right") and "wrist" not in pn.NAMES[i]
    ]
    for seed in range(30):
        points = sew(rng(seed), "dress").points
        for right, left in right_left:
            if points[right, 2] and points[left, 2]:
                assert points[right, 0] < points[left, 0], (seed, pn.NAMES[right])


def test_a_garment_fills_its_frame_and_stays_in_it_mostly():
    cut_off = 0
    for seed in range(60):
        laid = random_pattern(rng(seed), (120, 90))
        everything = np.concatenate([part.outline for part in laid.parts])
        extent = np.ptp(everything, 0) / (90, 120)
        assert 0.34 <= extent.max() <= 0.96
        within = (everything >= -0.5).all() and (everything <= (89.5, 119.5)).all()
        cut_off += not within
        x, y, seen = laid.points.T
        assert ((x[seen > 0] >= -0.5) & (x[seen > 0] < 89.5) & (y[seen > 0] >= -0.5) & (y[seen > 0] < 119.5)).all()
    assert 1 <= cut_off <= 9


def test_laying_down_keeps_what_is_straight_nearly_straight():
    sewn = tee()
    laid = lay(rng(5), sewn, (256, 256))
    seen = sewn.points[:, 2] > 0
    assert np.array_equal(laid.points[:, 2] > 0, seen)
    torso = np.linalg.norm(laid.points[[pn.R_HIP, pn.L_HIP], :2].mean(0) - laid.points[pn.NECK, :2])
    assert torso / laid.unit == pytest.approx(1.02, abs=0.08)
