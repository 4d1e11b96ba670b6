"""The measures at literal values, the simple methods, and what counts as a standard error."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from hpn.evaluate import (
    Judge,
    identity_means,
    local_ssim,
    mean_and_error,
    mean_target,
    network_method,
    prepared,
    score,
    simple_methods,
    ssim_map,
)
from hpn.model import HPN, HPNConfig
from hpn.views import prepare
from tests.synth.puppet_people import drawn_person
from tryon.core.errors import CheckpointError, DataError, ShapeError
from tryon.core.lpips import LPIPS, lpips_weights
from tryon.core.perceptual import VGGFeatures
from tryon.types import PairSample

SIDE = 64


@pytest.fixture(scope="module")
def judge():
    """With VGG-16 of random weights."""
    torch.manual_seed(0)
    return Judge(VGGFeatures(make_layers(cfgs["D"], False)))


def drawn_pair(name="drawn", identity="anna"):
    """The same person with the right arm down and stretched out."""
    sides = [drawn_person(), drawn_person(r_elbow=(52, 110), r_wrist=(30, 140))]
    return PairSample(*(replace(side, identity=identity) for side in sides), name=name)


@pytest.fixture(scope="module")
def view():
    return {name: tensor[None] for name, tensor in prepare(drawn_pair(), SIDE).items()}


def judged(judge, picture, view):
    values = judge(picture, view["target"], view["target_keypoints"], view["person"])
    return {name: value.tolist() for name, value in values.items()}


def test_ssim_is_that_of_torchmetrics():
    # from torchmetrics.functional.image import structural_similarity_index_measure as ssim
    # [ssim(a[:, c : c + 1], b[:, c : c + 1], data_range=1.0) for c in range(3)], torchmetrics 1.9
    ys, xs = torch.meshgrid(torch.arange(24.0), torch.arange(20.0), indexing="ij")
    stripes, mixed = (xs * 7 + ys * 3) % 16 / 16, xs * ys
    a = torch.stack((stripes, mixed % 11 / 11, xs / 20))[None]
    b = torch.stack((stripes, (mixed + 3) % 11 / 11, ys / 24))[None]
    assert ssim_map(a, b).mean((2, 3))[0].tolist() == pytest.approx([1, -0.0879, 0.0680], abs=6e-5)


def test_the_target_itself_is_perfect(judge, view):
    found = judged(judge, view["target"], view)
    assert found.keys() == {"ssim", "foreground_ssim", "local_ssim", "l1", "psnr", "vgg"}
    for name in ("ssim", "foreground_ssim", "local_ssim"):
        assert found[name] == pytest.approx([1], abs=1e-12)
    assert (found["l1"], found["psnr"], found["vgg"]) == ([0], [100], [0])


def test_even_greys_have_the_values_of_the_formulas(view):
    even = {**view, "target": torch.zeros_like(view["target"])}
    found = judged(Judge(), torch.full_like(view["target"], 0.2), even)  # .6 where .5 is right
    assert found["l1"] == pytest.approx([0.1], abs=1e-6)
    assert found["psnr"] == pytest.approx([20], abs=1e-4)
    # (2 * .6 * .5 + .0001) / (.6^2 + .5^2 + .0001)
    for name in ("ssim", "foreground_ssim", "local_ssim"):
        assert found[name] == pytest.approx([0.983609], abs=1e-4)  # single precision


def test_a_shift_is_worse_the_longer_it_is(judge, view):
    shifted = torch.cat([view["target"].roll(pixels, -1) for pixels in (0, 1, 3)])
    found = judged(judge, shifted, view)
    for name in ("ssim", "foreground_ssim", "local_ssim", "psnr"):
        assert found[name][0] > found[name][1] > found[name][2]
    for name in ("l1", "vgg"):
        assert found[name][0] < found[name][1] < found[name][2]


def test_what_is_not_finite_in_color_is_clamped_first(view):
    too_bright = torch.where(view["target"] > 0.3, 5.0, view["target"])
    bright = torch.where(view["target"] > 0.3, 1.0, view["target"])
    assert judged(Judge(), too_bright, view) == judged(Judge(), bright, view)


def test_a_fault_in_the_background_counts_in_the_whole_picture_only(view):
    picture = view["target"].clone()
    assert view["person"][..., :6, :6].max() == 0
    picture[..., :4, :4] = 1
    found = judged(Judge(), picture, view)
    assert found["foreground_ssim"] == pytest.approx([1], abs=1e-12)
    assert found["ssim"][0] < 0.995


def test_local_ssim_looks_at_the_squares_of_known_points_alone():
    target = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    points = torch.zeros(1, 18, 3)
    points[0, 0] = torch.tensor((20.4, 30.4, 1.0))  # the square of 8 pixels from 17 to 24 and 27 to 34
    beside, inside = target.clone(), target.clone()
    beside[..., 25] = 0
    beside[..., 26, :] = 0
    inside[..., 24] = 0
    found = local_ssim(torch.cat((target, beside, inside)), target, points)
    assert found[:2].tolist() == pytest.approx([1, 1], abs=1e-12)
    assert found[2] < 0.99
    assert local_ssim(target, target, torch.zeros(1, 18, 3)).isnan().all()


def test_a_picture_of_another_size_is_refused(view):
    with pytest.raises(ShapeError, match="pictures"):
        Judge()(torch.zeros(1, 3, 32, 32), view["target"], view["target_keypoints"], view["person"])


def test_the_simple_methods(view):
    mean = torch.full((1, 3, SIDE, SIDE), 0.25)
    made = {name: method(view) for name, method in simple_methods(mean).items()}
    assert made["white"].unique().tolist() == [1]
    assert made["empty"].unique().tolist() == [0]
    assert torch.equal(made["mean"], mean)
    assert torch.equal(made["copy"], view["image"])
    shift = torch.zeros_like(view["flow"])
    shift[:, 0] = 20
    moved = simple_methods(mean)["limb_warp"]({**view, "flow": shift})
    assert torch.allclose(moved[..., :-20], view["image"][..., 20:], atol=1e-5)
    assert moved[..., -20:].abs().max() == 0  # beyond the frame is background, not its last column


def test_limb_warp_comes_nearer_than_the_copy():
    pairs = [drawn_pair()]
    scores = score(pairs, SIDE, simple_methods(mean_target(pairs, SIDE)), Judge())
    assert list(scores.values) == ["white", "empty", "mean", "copy", "limb_warp"]
    assert scores.values["limb_warp"]["foreground_ssim"][0] > scores.values["copy"]["foreground_ssim"][0] + 0.02
    assert scores.values["mean"]["ssim"][0] == pytest.approx(1, abs=1e-4)  # of one pair, the mean is the target


def test_networks_of_both_kinds_are_scored():
    config = HPNConfig(width=1 / 16, norm="group")
    methods = {
        "plain": network_method(HPN(config).eval()),
        "aligned": network_method(HPN(replace(config, align=True, copy=True, person=True)).eval()),
    }
    scores = score([drawn_pair("a"), drawn_pair("b", "bert")], SIDE, methods, Judge())
    assert (scores.names, scores.identities, len(scores)) == (("a", "b"), ("anna", "bert"), 2)
    for method in methods:
        assert scores.values[method]["ssim"].shape == (2,)
        assert scores.values[method]["ssim"][0] == scores.values[method]["ssim"][1] < 0.99


def test_pairs_that_show_too_little_are_left_out():
    pair = drawn_pair()
    for missing in (slice(0, 12), slice(2, 6)):  # six points are left; the shoulders are missing
        points = pair.target.keypoints.copy()
        points[missing] = 0
        hidden = replace(pair, target=replace(pair.target, keypoints=points), name="hidden")
        assert [one.name for one, _ in prepared([hidden, pair], SIDE)] == ["drawn"]
    with pytest.raises(DataError, match="8 key points"):
        mean_target([hidden], SIDE)
    with pytest.raises(DataError, match="8 key points"):
        score([hidden], SIDE, {}, Judge())


def test_the_standard_error_is_that_of_the_identities():
    people = ("anna", "anna", "bert", "bert")
    assert mean_and_error(np.array([1.0, 2, 3, 6]), people) == pytest.approx((3, 1.5))  # means 1.5 and 4.5
    assert mean_and_error(np.array([0.0, 0, 3]), ("anna", "anna", "bert")) == pytest.approx((1, 1.5))
    mean, error = mean_and_error(np.array([1.0, 2, math.nan, math.nan]), people)
    assert mean == 1.5
    assert math.isnan(error)
    assert identity_means(np.array([4.0, 1, 2]), ("bert", "anna", "anna")).tolist() == [1.5, 4]


def test_lpips_without_its_files_says_so(judge, tmp_path):
    with pytest.raises(CheckpointError, match="LPIPS cannot be loaded"):
        LPIPS.from_files(judge.features, tmp_path / "vgg.pth", tmp_path / "lpips.pth")


@pytest.mark.slow
def test_lpips_is_that_of_torchmetrics(view, tmp_path):
    from torchmetrics.functional.image.lpips import _LPIPS

    torch.manual_seed(0)
    layers = make_layers(cfgs["D"], False)
    torch.save({f"features.{name}": tensor for name, tensor in layers.state_dict().items()}, tmp_path / "vgg.pth")
    reference = _LPIPS(net="vgg", pnet_rand=True)
    for group in (reference.net.slice1, reference.net.slice2, reference.net.slice3, reference.net.slice4,
                  reference.net.slice5):  # fmt: skip
        group.load_state_dict({name: layers.state_dict()[name] for name in group.state_dict()})
    features = VGGFeatures.from_file(tmp_path / "vgg.pth")
    judge = Judge(features, LPIPS.from_files(features, tmp_path / "vgg.pth", lpips_weights()))
    pictures = torch.cat((view["target"], view["image"], view["target"].roll(2, -1)))
    with torch.inference_mode():
        expected = reference(pictures, view["target"].expand(3, -1, -1, -1)).flatten().tolist()
        found = judged(judge, pictures, view)["lpips"]
    assert expected[0] == 0
    assert expected[1] > 1e-3
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-7)
