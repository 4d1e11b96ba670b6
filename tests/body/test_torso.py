"""Torsos of garments without a wearer, filled in by what the cloth reaches."""

import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.body.proportions import HIP_WIDTH, SHOULDER_WIDTH
from tryon.body.torso import garment_torso
from tryon.core.errors import GarmentNotFoundError


def points(**places: tuple[float, float]) -> np.ndarray:
    found = np.zeros((18, 3), np.float32)
    for name, place in places.items():
        found[getattr(sk, name.upper())] = (*place, 1)
    return found


def test_what_the_cloth_reaches_stays():
    given = points(neck=(50, 20), r_shoulder=(20, 20), l_shoulder=(80, 20), r_hip=(30, 120), l_hip=(70, 120))
    assert np.array_equal(garment_torso(given), given)


def test_a_top_without_shoulders_hangs_from_its_neck():
    found = garment_torso(points(neck=(50, 20), r_hip=(30, 120), l_hip=(70, 120)))
    half = 100 * SHOULDER_WIDTH / 2
    assert found[sk.R_SHOULDER] == pytest.approx((50 - half, 20, 0.3))
    assert found[sk.L_SHOULDER] == pytest.approx((50 + half, 20, 0.3))


@pytest.mark.parametrize(
    ("legs", "length"),
    [
        ({"r_knee": (30, 200), "l_knee": (70, 200)}, 100),  # thighs are .8 of the torso
        ({"r_ankle": (30, 278), "l_ankle": (70, 278)}, 100),  # and legs 1.58
        ({}, 40 / HIP_WIDTH),
    ],
)
def test_trousers_tell_where_the_neck_is(legs: dict[str, tuple[float, float]], length: float):
    found = garment_torso(points(r_hip=(30, 120), l_hip=(70, 120), **legs))
    assert found[sk.NECK] == pytest.approx((50, 120 - length, 0.3), abs=1e-3)
    assert found[sk.L_SHOULDER] == pytest.approx((50 + SHOULDER_WIDTH / 2 * length, 120 - length, 0.3), abs=1e-3)


def test_a_garment_that_lies_on_its_side():
    found = garment_torso(points(neck=(120, 50), r_hip=(20, 30), l_hip=(20, 70)))
    assert found[sk.R_SHOULDER, :2] == pytest.approx((120, 50 - 100 * SHOULDER_WIDTH / 2))


def test_a_garment_that_is_seen_from_behind():
    found = garment_torso(points(neck=(50, 20), r_hip=(70, 120), l_hip=(30, 120)))
    assert found[sk.R_SHOULDER, :2] == pytest.approx((50 + 100 * SHOULDER_WIDTH / 2, 20))


def test_hips_are_filled_in_below_shoulders():
    found = garment_torso(points(r_shoulder=(20, 20), l_shoulder=(79, 20)))
    assert found[[sk.R_HIP, sk.L_HIP], 1] == pytest.approx((120, 120), abs=1e-3)


@pytest.mark.parametrize("given", [points(neck=(50, 20)), points(neck=(50, 20), r_hip=(30, 120)), points()])
def test_cloth_that_could_hang_from_nothing_is_refused(given: np.ndarray):
    with pytest.raises(GarmentNotFoundError, match="neither a shoulder nor both hips"):
        garment_torso(given)
