"""Self pairs of a drawn person: the flow of the clothes through pose, bending, crop and light."""

import numpy as np
import pytest

from appearance_flow.sampling import warp_photo
from tests.synth.puppet_people import POINTS, drawn_person
from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.synth import selfpairs
from tryon.synth.selfpairs import GarmentSelfPairs, change_garment
from tryon.types import PairSample, PersonSample


def still() -> PairSample:
    """The drawn person before any change."""
    person = drawn_person()
    flow = np.zeros((*person.parsing.shape, 2), np.float32)
    flow[person.parsing == 0] = np.nan
    return PairSample(person, person, flow, person.parsing > 0, "drawn")


@pytest.fixture(scope="module")
def changed():
    return [change_garment(still(), np.random.default_rng(seed)) for seed in range(6)]


def test_the_flow_is_that_of_the_clothes_alone(changed):
    person = drawn_person()
    cloth = np.isin(person.parsing, (Label.UPPER, Label.PANTS))
    for pair in changed:
        assert np.array_equal(np.isfinite(pair.flow).all(-1), cloth)
        assert not pair.visible[~cloth].any()
        assert np.array_equal(pair.target.image, person.image)
        assert np.abs(pair.flow[cloth]).max() > 5


def test_the_source_warped_by_the_flow_is_the_target(monkeypatch):
    monkeypatch.setattr(selfpairs, "_light", lambda image, rng: image)
    for seed in range(6):
        pair = change_garment(still(), np.random.default_rng(seed))
        error = np.abs(warp_photo(pair.source.image, pair.flow).astype(int) - pair.target.image).mean(-1)
        assert pair.visible.mean() > 0.08
        assert error[pair.visible].mean() < 4


def test_key_points_and_labels_follow(changed):
    for pair in changed:
        for joint in (sk.R_KNEE, sk.L_ELBOW, sk.R_HIP):
            x, y = POINTS[joint]
            if pair.source.keypoints[joint, 2] > 0:
                assert pair.source.keypoints[joint, :2] == pytest.approx((x, y) + pair.flow[y, x], abs=0.05)
        rows, columns = np.nonzero(pair.visible)
        x, y = np.rint(pair.flow[rows, columns] + np.stack((columns, rows), 1)).astype(int).T
        assert (pair.source.parsing[y, x] == pair.target.parsing[rows, columns]).mean() > 0.95


def test_what_is_cut_off_at_the_frame_is_not_visible(changed):
    lost = 0
    for pair in changed:
        cloth = np.isfinite(pair.flow).all(-1)
        rows, columns = np.nonzero(cloth)
        place = pair.flow[rows, columns] + np.stack((columns, rows), 1)
        outside = (place < 0).any(1) | (place > (239, 319)).any(1)
        assert not pair.visible[rows, columns][outside].any()
        assert pair.visible[rows, columns][~outside].all()
        lost += outside.sum()
    assert lost > 200


def test_clothes_are_bent_in_half_of_the_pairs():
    away = []
    for seed in range(20):
        flow = change_garment(still(), np.random.default_rng(seed)).flow
        rows, columns = np.nonzero(np.isfinite(flow).all(-1))
        places = np.stack((columns, rows, np.ones(len(rows))), 1)
        moved = flow[rows, columns].astype(float)
        away.append(np.abs(moved - places @ np.linalg.lstsq(places, moved, rcond=None)[0]).max())
    bent = np.array(away) > 0.5
    assert 5 <= bent.sum() <= 15
    assert np.max(away, where=~bent, initial=0) < 0.01


def test_the_light_changes(changed):
    means = [pair.source.image.mean() for pair in changed]
    assert np.ptp(means) > 10


def test_a_pair_depends_on_seed_and_number_alone():
    one, same, other = (GarmentSelfPairs([drawn_person()], seed, (96, 72)) for seed in (3, 3, 4))
    first, second = one.pair(7), one.pair(8)
    assert np.array_equal(same.pair(8).source.image, second.source.image)
    assert np.array_equal(same.pair(7).flow, first.flow, equal_nan=True)
    assert not np.array_equal(other.pair(7).source.image, first.source.image)
    assert first.source.image.shape == (96, 72, 3)


def test_a_large_picture_is_no_other(monkeypatch):
    monkeypatch.setattr(selfpairs, "_light", lambda image, rng: image)
    small, three = drawn_person(), np.ones((3, 3), np.uint8)
    points = small.keypoints * (3, 3, 1) + (1, 1, 0)
    image = np.stack([np.kron(channel, three) for channel in small.image.transpose(2, 0, 1)], -1)
    large = PersonSample(image, points.astype(np.float32), np.kron(small.parsing, three))
    flow = np.zeros((*large.parsing.shape, 2), np.float32)
    pair = change_garment(PairSample(large, large, flow, large.parsing > 0), np.random.default_rng(1))
    assert np.isfinite(pair.flow).all(-1).sum() > 2 * 32767  # OpenCV's longest row
    error = np.abs(warp_photo(pair.source.image, pair.flow).astype(int) - pair.target.image).mean(-1)
    assert error[pair.visible].mean() < 4


def test_some_pairs_keep_the_pose():
    pairs = GarmentSelfPairs([drawn_person()], 3, (96, 72))
    moved = [pairs.puppets.pair(number) for number in range(12)]
    still = []
    for number, puppet in enumerate(moved):
        pair = pairs.pair(number)
        joints = pair.target.keypoints[:, 2] > 0
        fit = np.c_[pair.target.keypoints[joints, :2], np.ones(joints.sum())]
        away = (
            pair.source.keypoints[joints, :2]
            - fit @ np.linalg.lstsq(fit, pair.source.keypoints[joints, :2], rcond=None)[0]
        )
        still.append(np.abs(away).max() < 2.5)
        assert np.array_equal(pair.target.image, puppet.target.image)
        assert pair.visible is not None
        assert pair.visible.any()
    assert 1 < sum(still) < 10
