"""What the network is given: poses as Gaussians, the way back to the source, and framed views of pairs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from hpn.inputs import alignment, pose_maps
from hpn.views import PairViews, cut, frame, prepare, to_frame
from tests.hpn import drawn_pairs
from tryon.body import skeleton
from tryon.core.errors import ConfigError, DataError


def square(arms, side=128):
    """A drawn person's points in a square frame."""
    return skeleton.transform(drawn_pairs.keypoints(arms), to_frame((-16, 0, 160), side)).astype(np.float32)


def test_gaussians_of_sigma_3_2_at_the_bottleneck():
    points = np.zeros((18, 3), np.float32)
    points[4] = (63.5, 31.5, 1)  # of 128 pixels: 15.5 and 7.5 of the bottleneck's 32
    maps = pose_maps(points, (128, 128), 3.2)
    assert maps.shape == (18, 32, 32)
    assert maps[4, 7, 15] == pytest.approx(np.exp(-(0.5**2 + 0.5**2) / (2 * 3.2**2)))
    assert maps[4, 7, 20] == pytest.approx(np.exp(-(0.5**2 + 4.5**2) / (2 * 3.2**2)))
    assert maps[[0, 1, 2, 3, 5]].max() == 0


@pytest.mark.parametrize("side", [64, 128, 256])
def test_equal_poses_align_with_no_flow_at_all(side):
    points = square("down", side)
    flow, agreement = alignment(points, points, side)
    assert flow.shape == (side, side, 2)
    assert np.abs(flow).max() < 1e-3 * side
    chest = tuple((points[1, :2] + (0, 0.2 * side)).astype(int))
    assert agreement[chest[1], chest[0]] > 0.95
    assert agreement[0, 0] == 0
    assert agreement[side // 2, side - 1] < 0.01


def test_an_arm_of_the_source_is_no_part_of_the_torso():
    crossed, down = square("crossed"), square("down")
    _, agreement = alignment(crossed, down, 128)
    forearm = ((crossed[3, :2] + crossed[4, :2]) / 2).astype(int)
    assert agreement[forearm[1], forearm[0]] < 0.35
    belly = ((down[8, :2] + down[11, :2]) / 2).astype(int) - (0, 8)
    assert agreement[belly[1], belly[0]] > 0.8


def test_the_flow_of_a_moved_person_is_the_motion():
    points = square("down")
    moved = points.copy()
    moved[:, :2] += (5, -3)
    flow, _ = alignment(points, moved, 128)
    assert flow[60, 64] == pytest.approx((-5, 3), abs=0.05)


def test_enlarged_alignment_is_that_of_the_small_picture():
    small = alignment(square("hip", 64), square("down", 64), 64)
    large = alignment(square("hip", 256), square("down", 256), 256)
    middle = large[0].reshape(64, 4, 64, 4, 2)[:, 1:3, :, 1:3].mean((1, 3)) / 4
    assert np.abs(middle - small[0]).mean() < 0.05
    assert np.abs(large[1].reshape(64, 4, 64, 4).mean((1, 3)) - small[1]).mean() < 0.02


def test_a_frame_is_square_and_has_a_margin():
    people = np.zeros((100, 80), bool)
    people[20:80, 30:50] = True
    x, y, side = frame(people)
    assert side == round(60 * 1.16)
    assert (x + side / 2, y + side / 2) == pytest.approx((40, 50), abs=0.5)
    with pytest.raises(DataError, match="is empty"):
        frame(np.zeros((4, 4), bool))


def test_cutting_and_mapping_agree():
    picture = np.zeros((40, 40), np.float32)
    picture[10, 30] = 1
    for box, side in (((-10, -20, 80), 160), ((20, 0, 20), 40), ((0, 0, 40), 20)):
        square_cut = cut(picture, box, side)
        assert square_cut.shape == (side, side)
        ys, xs = np.mgrid[:side, :side]
        center = np.array([(xs * square_cut).sum(), (ys * square_cut).sum()]) / square_cut.sum()
        expected = to_frame(box, side) @ (30, 10, 1)
        assert center == pytest.approx(expected, abs=0.3)


def test_a_prepared_pair():
    pair = drawn_pairs.pairs(1)[0]
    view = prepare(pair, 64)
    shapes = {name: tuple(value.shape) for name, value in view.items()}
    assert shapes == {
        "image": (3, 64, 64), "target": (3, 64, 64), "source_keypoints": (18, 3), "target_keypoints": (18, 3),
        "pose": (18, 32, 32), "flow": (2, 64, 64), "agreement": (1, 64, 64), "person": (1, 64, 64),
    }  # fmt: skip
    assert all(value.dtype == torch.float32 for value in view.values())
    assert view["image"].abs().max() <= 1
    outside = view["person"][0] == 0
    assert (view["target"][:, outside] == 0).all()
    assert float(view["person"].mean()) == pytest.approx(0.2, abs=0.08)
    x, y = view["target_keypoints"][1, :2].round().int().tolist()
    assert float(view["person"][0, y + 6, x]) == pytest.approx(1)
    with pytest.raises(DataError, match="both with label maps"):
        prepare(replace(pair, target=replace(pair.target, parsing=None)), 64)


def test_views_depend_on_seed_and_number_alone():
    views = PairViews([(drawn_pairs.pairs(), 1.0, True)], seed=3)
    again = PairViews([(drawn_pairs.pairs(), 1.0, True)], seed=3)
    first = views.view(5, 64)
    assert all(torch.equal(value, again.view(5, 64)[name]) for name, value in first.items())
    assert not torch.equal(first["image"], views.view(6, 64)["image"])
    assert not torch.equal(first["image"], PairViews([(drawn_pairs.pairs(), 1.0, True)], seed=4).view(5, 64)["image"])


def test_a_puppet_is_never_reversed():
    """Sources have their arms crossed, targets down: reversed, the target's right wrist would lie over the torso."""
    pair = drawn_pairs.pairs(1)
    for reversible in (False, True):
        views = PairViews([(pair, 1.0, reversible)], seed=0)
        distances = []
        for number in range(30):
            points = views.view(number, 64)["target_keypoints"]
            distances.append(float((points[4] - points[7])[:2].norm() / (points[2] - points[5])[:2].norm()))
        crossed = sum(distance < 0.8 for distance in distances)
        assert crossed == 0 if not reversible else 3 < crossed < 20


def test_pairs_that_show_too_little_are_passed_over():
    good, bad = drawn_pairs.pairs(2)
    few = bad.source.keypoints.copy()
    few[7:, 2] = 0
    bad = replace(bad, source=replace(bad.source, keypoints=few))
    views = PairViews([([good, bad], 1.0, False)], seed=1)
    assert all((views.view(number, 64)["source_keypoints"][:, 2] > 0).sum() == 18 for number in range(8))
    with pytest.raises(DataError, match="fewer than 8 key points"):
        PairViews([([bad], 1.0, False)], seed=1).view(0, 64)
    with pytest.raises(ConfigError, match="without pairs"):
        PairViews([([], 1.0, True)], seed=1)
