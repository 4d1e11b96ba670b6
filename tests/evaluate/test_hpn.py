"""``tryon evaluate hpn`` and ``tryon ablate hpn`` on drawn pairs, with real small networks and a random VGG-16."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from hpn.evaluate import Judge, Scores
from hpn.model import HPN, HPNConfig
from hpn.schedule import Stage
from tests.hpn import drawn_pairs
from tryon.cli import main
from tryon.core import photo
from tryon.core.errors import ConfigError, DataError
from tryon.core.perceptual import VGGFeatures
from tryon.datasets.pair_folder import write_pair
from tryon.evaluate.ablation import Plan, ablate, arm_stages, difference, inconclusive, markdown, summarize
from tryon.evaluate.arms import ARMS
from tryon.evaluate.hpn import Chosen, plus_minus
from tryon.evaluate.report import NETWORKS, commit

METHODS = ["white", "empty", "mean", "copy", "limb_warp", "hpn"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two pairs to train on, three of three people to measure on."""
    root = tmp_path_factory.mktemp("pairs")
    for i in range(5):
        pair = drawn_pairs.pairs(4)[i % 4]
        size = pair.target.image.shape[:2]
        target = replace(pair.target, identity=f"who{i}")
        whole = replace(pair, target=target, flow=np.zeros((*size, 2)), visible=np.ones(size, bool), name=f"p{i}")
        write_pair(root, whole, "train" if i < 2 else "val")
    return root


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights")
    HPN(HPNConfig(width=1 / 16, norm="group", align=True, copy=True)).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def judge():
    torch.manual_seed(0)
    return Judge(VGGFeatures(make_layers(cfgs["D"], False)))


class Colors(nn.Module):
    """Colors as features for the loss: cheap."""

    def forward(self, image):
        return {"colors": image}


def test_everything_is_measured_and_written(folder, weights, tmp_path, capsys):
    outputs = {name: tmp_path / f"hpn.{name}" for name in ("json", "md", "png")}
    assert main(["evaluate", "hpn", "--data", str(folder), "--weights", str(weights), "--json", str(outputs["json"]),
                 "--markdown", str(outputs["md"]), "--sheet", str(outputs["png"])]) == 0  # fmt: skip
    found = json.loads(outputs["json"].read_text())
    assert (found["number"], found["identities"], found["left_out"], found["resolution"]) == (3, 3, 0, 64)
    for method in METHODS:
        assert found[f"{method}_ssim"] < 1
        assert found[f"{method}_foreground_ssim_se"] > 0
    assert f"{METHODS[0]}_vgg" not in found
    assert found["empty_l1"] < found["white_l1"]
    text = outputs["md"].read_text()
    note, _, printed = capsys.readouterr().out.partition("\n\n")
    tables, line = text.rstrip("\n").rsplit("\n\n", 1)
    assert printed.rstrip("\n") == tables
    assert line == f"Version 0.1.0, commit {commit()}; weights: hpn {found['weights_hpn']}."
    assert f"The weights of hpn in {weights} ({found['weights_hpn']}) are not the released ones" in note
    assert "| method | SSIM | foreground SSIM | local SSIM | L1 | PSNR (dB) |" in text
    assert "| the paper, Human3.6M | 0.954 | – | 0.772 | – | – |" in text
    assert "were not measured: they need --vgg-weights" in text
    assert photo.load(outputs["png"]).shape[1] == 12 * (160 + 12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--data"], "give folders of pairs with --data"),
        (["--data", "{folder}", "--number", "0"], "--number 0"),
        (["--data", "{folder}", "--split", "test"], "no split test"),
        (["--data", "{folder}", "--markdown", "{folder}/none/hpn.md"], "make it first"),
        (["--data", "{folder}", "--weights", "{folder}"], "config.json"),
    ],
)
def test_what_the_user_can_mend(folder, weights, capsys, options, message):
    given = [option.format(folder=folder) for option in options]
    if "--weights" not in given:
        given += ["--weights", str(weights)]
    assert main(["evaluate", "hpn", *given]) == 2
    assert message in capsys.readouterr().err


def test_the_chosen_pairs_are_spread_evenly(folder):
    assert [pair.name for pair in Chosen([folder], "val", 10)] == ["p2", "p3", "p4"]
    two = Chosen([folder], "val", 2)
    assert [pair.name for pair in two] == ["p2", "p4"]
    assert (len(two), two.available) == (2, 3)
    assert [pair.name for pair in Chosen([folder, folder], "train", 3)] == ["p0", "p0", "p1"]


def test_pictures_without_pairs_are_refused(tmp_path):
    for name in ("images", "parsing"):
        (tmp_path / name).mkdir()
    (tmp_path / "meta.csv").write_text("name,avatar,split\n")
    np.savez(tmp_path / "keypoints.npz", name=np.array([], str), coco18=np.zeros((0, 18, 3), np.float32))
    with pytest.raises(DataError, match="no pairs of val"):
        Chosen([tmp_path], "val", 3)


def test_a_mean_and_its_error_in_words():
    assert plus_minus(0.12345, 0.0004) == "0.123 ± 0.000"
    assert plus_minus(0.12345, math.nan) == "0.123"
    assert plus_minus(math.nan, math.nan) == "–"


def options(folder, out, **changed):
    chosen = {
        "arms": ("baseline", "ld"), "seeds": 1, "resolution": 64, "images": 10, "batch": 2, "number": 2, "workers": 0,
        "preset": "eighth", "lr": 1e-3, "split": "val", "bf16": False, "device": "cpu",
    }  # fmt: skip
    return Plan(data=(folder,), out=out, **(chosen | changed))


@pytest.mark.slow
def test_arms_are_trained_once_and_a_later_run_adds_to_them(folder, judge, tmp_path):
    text = ablate(options(folder, tmp_path / "a", arms=("baseline",)), Colors(), judge)
    assert "| Baseline | 0." in text
    trained = tmp_path / "a" / "baseline_0" / "0064" / "checkpoint.pt"
    written = trained.stat().st_mtime_ns
    both = ablate(options(folder, tmp_path / "a"), Colors(), judge)
    assert trained.stat().st_mtime_ns == written
    assert "| LD − Baseline |" in both
    assert "One seed tells nothing" in both
    found = json.loads((tmp_path / "a" / "results.json").read_text())
    assert (found["number"], found["identities"], found["images"], found["preset"]) == (2, 2, 10, "eighth")
    assert found["ld_local_ssim"] != found["baseline_local_ssim"]
    assert found["ld_local_ssim_spread"] is None
    assert found["limb_warp_vgg"] > 0
    text = (tmp_path / "a" / "results.md").read_text()
    assert text == f"{both}\nVersion 0.1.0, commit {commit()}.\n"
    assert (found["version"], found["commit"], found["split"], found["engine"]) == ("0.1.0", commit(), "val", "torch")
    assert [found[f"weights_{name}"] for name in NETWORKS] == 7 * [None]
    # What a run that was interrupted comes to is what another run comes to in one go.
    ablate(options(folder, tmp_path / "b", arms=("ld",)), Colors(), judge)
    again = json.loads((tmp_path / "b" / "results.json").read_text())
    for measure in ("foreground_ssim", "local_ssim", "vgg"):
        assert again[f"ld_{measure}"] == pytest.approx(found[f"ld_{measure}"], abs=1e-6)
    with pytest.raises(ConfigError, match=r"other settings \(stages\)"):
        ablate(options(folder, tmp_path / "b", arms=("ld",), images=12), Colors(), judge)


def test_all_arms_see_the_same_number_of_images():
    assert arm_stages(ARMS["baseline"], 128, 5000, 8, 1e-3) == (Stage(128, 5000, 8, 1e-3, 0, warmup=250),)
    assert arm_stages(ARMS["ld"], 256, 5000, 8, 1e-3) == (Stage(256, 5000, 8, 1e-3, 31, warmup=250),)
    assert arm_stages(ARMS["ld_pt"], 128, 5000, 8, 1e-3) == (
        Stage(64, 2496, 8, 1e-3, 18, warmup=250),
        Stage(128, 2504, 8, 1e-3, 18, warmup=250),
    )
    assert sum(stage.images for stage in arm_stages(ARMS["pt"], 1024, 999, 8, 1e-3)) == 1000


def scores(*values, method="hpn"):
    """Of two pictures of anna and two of bert."""
    measures = {name: np.array(values, float) for name in ("foreground_ssim", "local_ssim", "vgg")}
    return Scores(tuple("abcd"), ("anna", "anna", "bert", "bert"), {method: measures})


def test_the_error_of_a_difference_is_over_people_and_seeds():
    worse = [scores(0, 0, 0, 0)]
    # The people's means are 1 and 3: their standard error is 1.
    assert difference([scores(1, 1, 2, 4)], worse, "hpn", "vgg") == pytest.approx((2, 1))
    # Over two seeds: means 2 and 4, variance 2, of their mean 1; the people are 2 and 4 apart on average.
    better = [scores(1, 1, 2, 4), scores(3, 3, 4, 6)]
    assert difference(better, worse * 2, "hpn", "vgg") == pytest.approx((3, math.sqrt(2)))
    assert not inconclusive(-0.5, 0.2)
    assert inconclusive(0.4, 0.2)
    assert inconclusive(-0.3, 0.2)
    assert inconclusive(0.2, math.nan)


def test_the_table_says_which_differences_are_inconclusive(folder, tmp_path):
    simple = scores(0, 0, 0, 0, method="mean")
    simple = replace(simple, values=dict.fromkeys(("mean", "copy", "limb_warp"), simple.values["mean"]))
    found = {
        "baseline": [scores(0.1, 0.1, 0.2, 0.2)],
        "ld": [scores(0.5, 0.5, 0.5, 0.5)],
        "ld_pt_align": [scores(0.48, 0.48, 0.4, 0.7)],
    }
    figures = summarize(found, simple)
    assert figures["ld_vgg"] == 0.5
    assert figures["baseline_vgg_se"] == pytest.approx(0.05)
    assert not figures["ld_minus_baseline_vgg_inconclusive"]
    assert figures["ld_pt_align_minus_ld_local_ssim_inconclusive"]
    text = markdown(options(folder, tmp_path, arms=tuple(found), resolution=128), figures, 4, 2)
    assert "| LD − Baseline | 0.350 ± 0.050 |" in text
    assert "local SSIM: LD+PT, align is best; to the next, LD, it is 0.015 ± 0.035, inconclusive." in text
    assert "VGG-16 distance: Baseline is best; to the next, LD, it is -0.350 ± 0.050." in text
