"""The measures on tiny arrays whose values can be worked out by hand."""

import math

import numpy as np
import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from tryon.body import skeleton as sk
from tryon.core.errors import ShapeError
from tryon.core.labels import Label
from tryon.core.perceptual import VGGFeatures
from tryon.evaluate.measures import Judge, flow_figures, length_errors, outline_iou, reach, regions
from tryon.types import PersonSample, TripletSample

SIZE = (64, 48)


@pytest.fixture(scope="module")
def features():
    torch.manual_seed(0)
    return VGGFeatures(make_layers(cfgs["D"], False))


def noise(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3)).astype(np.uint8)


def standing():
    """Arms straight down at x 14 and 34, the legs at 18 and 30."""
    points = np.zeros((18, 3), np.float32)
    points[sk.NECK] = (24, 10, 1)
    for x, joints in ((14, (sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST)), (34, (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST))):
        for y, joint in zip((10, 20, 30), joints, strict=True):
            points[joint] = (x, y, 1)
    for x, joints in ((14, (sk.R_HIP, sk.R_KNEE, sk.R_ANKLE)), (34, (sk.L_HIP, sk.L_KNEE, sk.L_ANKLE))):
        for y, joint in zip((30, 45, 60), joints, strict=True):
            points[joint] = (x, y, 1)
    return points


def left_half():
    mask = np.zeros(SIZE, bool)
    mask[:, :24] = True
    return mask


def test_the_truth_itself_is_perfect(features):
    where = {"whole": np.ones(SIZE, bool), "left": left_half()}
    values = Judge(noise(), standing(), where, features)(noise())
    assert values == {
        "ssim_whole": pytest.approx(1), "local_ssim_whole": pytest.approx(1), "vgg_whole": 0, "l1_whole": 0,
        "ssim_left": pytest.approx(1), "local_ssim_left": pytest.approx(1), "vgg_left": 0, "l1_left": 0,
    }  # fmt: skip


def test_a_change_counts_where_it_is(features):
    truth = np.full((*SIZE, 3), 51, np.uint8)
    picture = truth.copy()
    picture[:, :8] = 102
    left, right = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    left[:, :8] = right[:, 40:] = True
    where = {"whole": np.ones(SIZE, bool), "left": left, "right": right, "nothing": np.zeros(SIZE, bool)}
    values = Judge(truth, standing(), where, features)(picture)
    assert values["l1_left"] == pytest.approx(0.2)
    assert values["l1_whole"] == pytest.approx(0.2 / 6)
    assert values["l1_right"] == 0
    assert values["ssim_right"] == pytest.approx(1)
    assert values["ssim_left"] < 0.95
    assert values["vgg_left"] > 2 * values["vgg_whole"] > 0
    assert math.isnan(values["ssim_nothing"])
    assert math.isnan(values["local_ssim_nothing"])


def test_a_region_may_be_thinner_than_a_layer_of_vgg_can_show(features):
    line = np.zeros(SIZE, bool)
    line[13] = True
    picture = noise()
    picture[10:20] = 0
    values = Judge(noise(), standing(), {"line": line, "whole": ~line | line}, features)(picture)
    assert values["vgg_line"] > 2 * values["vgg_whole"] > 0


def test_ssim_of_two_plain_pictures():
    dark, bright = np.full((*SIZE, 3), 51, np.uint8), np.full((*SIZE, 3), 102, np.uint8)
    values = Judge(dark, standing(), {"whole": np.ones(SIZE, bool)})(bright)
    # (2 * .2 * .4 + .0001) / (.2² + .4² + .0001)
    assert values["ssim_whole"] == pytest.approx(0.80010, abs=1e-4)
    assert values["local_ssim_whole"] == pytest.approx(0.80010, abs=1e-4)
    assert math.isnan(values["vgg_whole"])


def test_local_ssim_sees_the_squares_around_the_joints_only():
    truth = noise()
    far, near = truth.copy(), truth.copy()
    far[:, 40:] = 0
    near[15:25, 10:18] = 0  # around the right elbow
    judge = Judge(truth, standing(), {"whole": np.ones(SIZE, bool)})
    assert judge(far)["local_ssim_whole"] == pytest.approx(1)
    assert judge(near)["local_ssim_whole"] < 0.99
    nobody = Judge(truth, np.zeros((18, 3), np.float32), {"whole": np.ones(SIZE, bool)})
    assert math.isnan(nobody(near)["local_ssim_whole"])


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ShapeError, match="the picture has shape"):
        Judge(noise(), standing(), {})(noise()[:60])


def test_regions():
    labels = np.zeros(SIZE, np.uint8)
    labels[:20], labels[20:30], labels[50:] = Label.UPPER, Label.SKIN, Label.SHOES
    before = np.full((*SIZE, 3), 100, np.uint8)
    after = before.copy()
    after[10:30] = 125  # by one level more than JPEG may do
    after[30:40] = 124
    after[50:] = 255
    people = [PersonSample(picture, standing(), labels) for picture in (before, before, after)]
    visible = np.zeros(SIZE, bool)
    visible[15:40] = True
    found = regions(TripletSample(*people, np.zeros((*SIZE, 2), np.float32), visible), (Label.UPPER,))
    assert {name: np.flatnonzero(mask.all(1)).tolist() for name, mask in found.items()} == {
        "whole": list(range(64)), "changed": list(range(10, 30)), "garment": list(range(20)),
        "seen": list(range(15, 20)), "skin": list(range(20, 30)),
    }  # fmt: skip


def test_clothes_that_nothing_tells_of_are_not_looked_at():
    before, after = (np.full((*SIZE, 3), level, np.uint8) for level in (100, 200))
    dress, top = np.full(SIZE, Label.DRESS, np.uint8), np.full(SIZE, Label.UPPER, np.uint8)
    worn = top.copy()
    worn[40:] = Label.PANTS
    alone = np.where(np.arange(SIZE[0])[:, None] < 20, top, np.uint8(Label.BACKGROUND))
    people = [PersonSample(*one) for one in ((before, standing(), dress), (after, standing(), alone))]
    truth = PersonSample(after, standing(), worn)
    seen = np.ones(SIZE, bool)
    found = regions(TripletSample(*people, truth, np.zeros((*SIZE, 2), np.float32), seen), (Label.UPPER,))
    assert np.flatnonzero(found["changed"].any(1)).tolist() == list(range(38))  # and two pixels of their edge
    shown = PersonSample(after, standing(), worn)
    found = regions(TripletSample(people[0], shown, truth, None, seen), (Label.UPPER,))
    assert found["changed"].all()


def test_outline():
    a, b = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    a[:20], b[10:30] = True, True
    assert outline_iou(a, b) == pytest.approx(1 / 3)
    assert outline_iou(a, a) == 1
    assert math.isnan(outline_iou(a & ~a, a & ~a))


def test_flow_of_a_known_shift():
    truth = np.zeros((10, 10, 2), np.float32)
    truth[..., 0] = 3
    flow = truth + np.array((0, 4))
    flow[:, 8:] += 6
    flow[:2] = np.nan
    visible = np.ones((10, 10), bool)
    visible[:, 9] = False
    found = flow_figures(flow.astype(np.float32), truth, visible)
    # Columns 0 to 7 are off by 4 px, column 8 by (6, 10); the upper fifth has no flow; the last column does not count.
    assert found["flow_known"] == pytest.approx(0.8)
    assert found["flow_error"] == pytest.approx((8 * 4 + math.hypot(6, 10)) / 9)
    assert found["flow_error_95"] == pytest.approx(math.hypot(6, 10))
    assert found["folded"] == 0
    assert flow_figures(truth, truth, visible) == {"flow_known": 1, "flow_error": 0, "flow_error_95": 0, "folded": 0}
    assert all(math.isnan(value) for value in flow_figures(None, truth, visible).values())


def test_cloth_that_is_turned_over_is_folded():
    flow = np.full((11, 11, 2), np.nan, np.float32)
    flow[:6] = 0
    flow[:6, 5:, 0] = -2 * np.arange(6)  # a map that goes back: x, then 5 - x
    found = flow_figures(flow, np.zeros_like(flow), np.ones((11, 11), bool))
    assert found["folded"] == pytest.approx(0.5)


def test_how_far_a_mask_reaches():
    mask = np.zeros(SIZE, bool)
    mask[10:25, 14] = True
    line = np.array(((14, 10), (14, 20), (14, 50)))
    assert reach(mask, line) == pytest.approx(15)
    mask[16:20, 14] = False  # a hand before it
    assert reach(mask, line) == pytest.approx(15)
    assert reach(~mask & False, line) == 0
    assert reach(mask | True, line) == pytest.approx(40)


def test_length_of_sleeves_and_hem():
    truth = np.zeros(SIZE, bool)
    truth[5:20, 10:40] = True  # down to the elbows at 20
    longer = np.zeros(SIZE, bool)
    longer[5:25, 10:40] = True
    assert length_errors(longer, truth, standing()) == {
        "sleeve_error": pytest.approx(25),
        "hem_error": pytest.approx(5 / 0.3),
    }
    assert length_errors(truth, truth, standing()) == {"sleeve_error": 0, "hem_error": 0}
    one_arm = standing()
    one_arm[sk.L_ELBOW, 2] = 0.6  # behind the back
    one_sided = longer.copy()
    one_sided[20:25, 24:] = False
    assert length_errors(one_sided, truth, standing())["sleeve_error"] == pytest.approx(12.5)
    assert length_errors(one_sided, truth, one_arm)["sleeve_error"] == pytest.approx(25)
    without = standing()
    without[[sk.R_ANKLE, sk.L_ANKLE], 2] = 0
    assert math.isnan(length_errors(longer, truth, without)["hem_error"])
