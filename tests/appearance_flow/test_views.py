from dataclasses import replace

import numpy as np
import pytest
import torch

from appearance_flow.losses import unmoved_error
from appearance_flow.views import FlowViews, _loosened, _varied, flow_sample, flow_samples
from tests.appearance_flow.drawn_flow import SHIFT, SMALL, pair, triplet
from tests.hpn import drawn_pairs
from tryon.body import skeleton as sk
from tryon.body.window import Window
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label
from tryon.types import TripletSample

ONE = np.ones(1)


def views(vary: bool = False, seed: int = 0) -> FlowViews:
    return FlowViews([flow_sample(triplet(), SMALL.size)], ONE, seed, vary=vary)


def test_the_flow_of_a_sample_leads_from_window_to_window():
    sample = flow_sample(triplet(), SMALL.size)
    # Both windows lie around the same body, so that a shift of the camera is none between them.
    assert np.nanmax(np.abs(sample.flow.astype(float))) < 0.02
    assert np.isfinite(sample.flow).all(-1).sum() == pytest.approx((sample.target_parsing > 0).sum(), rel=0.01)
    assert np.array_equal(sample.parsing, sample.target_parsing)
    window = Window.of(triplet().target.keypoints, SMALL.size)
    assert np.array_equal(sample.target, window.cut(triplet().target.image))
    assert not np.array_equal(sample.target, sample.image)
    assert not sample.same_clothes
    assert flow_sample(pair(), SMALL.size).same_clothes


def test_a_limb_that_moved_has_the_flow_of_its_move():
    one = triplet()
    points = one.garment.keypoints.copy()
    assert one.flow is not None
    # The body stays; what the flow says of one place is three pixels farther.
    flow = one.flow + np.array((3, 0), np.float32)
    sample = flow_sample(replace(one, garment=replace(one.garment, keypoints=points), flow=flow), SMALL.size)
    window = Window.of(one.person.keypoints, SMALL.size)
    assert np.nanmedian(sample.flow[..., 0].astype(float)) == pytest.approx(3 * window.scale, abs=0.02)
    assert SHIFT == (9.0, -4.0)


def lone_triplet(label: Label, joints: tuple[int, ...]) -> TripletSample:
    """The garment photo shows one garment without its wearer, which reaches these joints."""
    one = triplet()
    points = np.zeros((18, 3), np.float32)
    points[list(joints)] = one.garment.keypoints[list(joints)]
    parsing, worn = one.garment.parsing.copy(), one.target.parsing.copy()
    rows = np.flatnonzero((worn > 0).any(1))
    worn[(worn > 0) & (np.arange(len(worn))[:, None] >= rows[len(rows) // 2])] = label
    parsing[parsing > 0] = label
    flow = np.where((worn == label)[..., None], one.flow, np.float32(np.nan))
    return replace(
        one,
        garment=replace(one.garment, keypoints=points, parsing=parsing),
        target=replace(one.target, parsing=worn),
        flow=flow,
    )


def test_a_garment_without_a_wearer_hangs_from_what_it_reaches():
    trousers = lone_triplet(Label.PANTS, (sk.R_HIP, sk.L_HIP, sk.R_KNEE, sk.L_KNEE))
    (sample,) = flow_samples([trousers, lone_triplet(Label.PANTS, (sk.R_KNEE,))], SMALL.size)
    assert (sample.keypoints[[sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER], 2] > 0).all()
    assert (sample.parsing == Label.PANTS).sum() > 100
    assert (sample.target_parsing == Label.PANTS).sum() > 100


def test_what_is_worn_besides_a_lone_garment_is_no_hidden_part_of_it():
    one = lone_triplet(Label.OUTER, (sk.R_SHOULDER, sk.L_SHOULDER))
    assert one.target.parsing is not None
    one.target.parsing[one.target.parsing == Label.PANTS] = Label.UPPER
    one.target.parsing[np.flatnonzero((one.target.parsing > 0).any(1))[0]] = Label.UPPER
    sample = flow_sample(one, SMALL.size)
    assert not (sample.target_parsing == Label.UPPER).any()
    assert (sample.target_parsing == UNKNOWN).any()
    assert (sample.target_parsing == Label.OUTER).sum() > 100


def test_examples_depend_on_seed_and_number_alone():
    first, again, other = views(True).view(5), views(True).view(5), views(True, seed=1).view(5)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["garment"], other["garment"])


def test_where_poses_agree_the_pose_flow_is_the_truth():
    view = views().view(0)
    assert view["garment"].dtype == torch.uint8
    assert view["known"].sum() > 100
    assert unmoved_error(view).item() < 0.6
    assert ((view["shown"] > 0.5) <= (view["carried"] > 0)).float().mean() > 0.97


def test_readings_are_varied_as_mistakes_are():
    plain, varied = views().view(0), views(True).view(0)
    assert not torch.equal(plain["person"], varied["person"])
    assert unmoved_error(varied).item() > unmoved_error(plain).item()


def test_who_wears_the_garment_already_does_not_give_it_away():
    sample = flow_sample(pair(), SMALL.size)
    worn = (sample.person_parsing == 4).sum()
    areas, hidden = [], 0
    for seed in range(12):
        loose = _loosened(sample.person_parsing, 26, np.random.default_rng(seed))
        hidden += (loose == UNKNOWN).all()
        areas.append((loose == 4).sum())
    assert hidden in range(1, 7)
    assert max(areas) > 1.3 * worn


def test_samples_without_shoulders_are_left_out():
    nobody = replace(drawn_pairs.person("down", (9, 9, 9)), keypoints=np.zeros((18, 3), np.float32))
    assert flow_samples([triplet(), replace(triplet(), person=nobody)], SMALL.size)[1:] == []


def test_what_cannot_be_trained_on_is_named():
    with pytest.raises(DataError, match="moved lacks labels or flow; give rendered pairs or triplets"):
        flow_sample(replace(triplet(), flow=None), SMALL.size)
    with pytest.raises(DataError, match="no pairs or triplets to train the flow on"):
        FlowViews([], np.zeros(0), 0)


def test_points_of_a_garment_without_a_wearer_are_read_with_larger_mistakes():
    def mistakes(one: TripletSample) -> float:
        sample = flow_sample(one, SMALL.size)
        unit = sk.torso_length(sample.person_keypoints)
        apart = []
        for number in range(200):
            points = _varied(sample, np.random.default_rng(number)).keypoints
            steps = min(points - sample.keypoints, points - sk.mirror(sample.keypoints, SMALL.size[1]), key=_size)
            apart.append(_size(steps[sample.keypoints[:, 2] > 0]) / unit)
        return float(np.mean(apart))

    lone = lone_triplet(Label.PANTS, (sk.R_HIP, sk.R_KNEE, sk.L_HIP, sk.L_KNEE))
    assert mistakes(triplet()) == pytest.approx(0.03 / 3, rel=0.15)
    assert mistakes(lone) == pytest.approx(0.08 / 3, rel=0.15)


def _size(steps: np.ndarray) -> float:
    """Root mean square of the steps in each direction."""
    return float(np.sqrt((steps[:, :2] ** 2).mean()))
