"""``tryon train hpn`` and ``tryon hpn info``, on a folder of drawn pairs."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from hpn.model import HPN
from hpn.network import PRESETS
from hpn.schedule import stages
from hpn.stages import stage_settings
from tests.hpn import drawn_pairs
from tryon.cli import main
from tryon.commands.train_hpn import TrainHPN, loss_config, settings
from tryon.core.train.loop import _lr
from tryon.datasets.pair_folder import write_pair
from tryon.datasets.renders import write_renders


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for pair in drawn_pairs.pairs():
        flow = np.zeros((*drawn_pairs.SIZE, 2), np.float32)
        visible = np.ones(drawn_pairs.SIZE, bool)
        write_pair(folder, replace(pair, flow=flow, visible=visible), "train")
    return folder


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg") / "vgg16.pth"
    torch.save({name: tensor.half() for name, tensor in make_layers(cfgs["D"]).state_dict().items()}, path)
    return path


def train(out, *arguments):
    return main(["train", "hpn", "--out", str(out), "--preset", "release", *map(str, arguments)])


def test_info_and_plan(capsys, tmp_path):
    assert main(["hpn", "info"]) == 0
    assert "paper | 1024 | 59.93 | 377.25 |" in capsys.readouterr().out
    assert train(tmp_path / "run", "--schedule", "cpu", "--until", "128", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "128 | 8000 | 8 | 0.001 | 18 | 110 |" in out
    assert "in all: 0.282 x 10^15 multiply-adds" in out
    assert "for the hours on this machine, give the data and --vgg-weights, too" in out
    assert not (tmp_path / "run").exists()


def test_the_plan_with_data_tells_hours(capsys, tmp_path, pairs, vgg, monkeypatch):
    monkeypatch.setattr("hpn.stages.seconds_a_step", lambda task, settings: 3.6)
    data = ("--data", pairs, "--vgg-weights", vgg, "--schedule", "cpu", "--until", "64")
    assert train(tmp_path / "run", *data, "--minutes", "6", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "| hours here\n" in out
    assert "multiply-adds, 1 hours on this machine\n" in out  # 8000 views, eight in 3.6 s
    assert "64 x 64: 6.0 of the minutes, about 800 views\n" in out
    assert not (tmp_path / "run").exists()


def test_what_the_papers_training_resolves_to(tmp_path):
    """`--preset paper --schedule paper`, in full: whatever a new field does must be decided for it, too."""
    options = TrainHPN(out=tmp_path, preset="paper", schedule="paper")
    same = {
        "minutes": None, "lr": 2e-4, "lr_schedule": "halves", "optimizer": "adam", "weight_decay": 5e-4,
        "accumulate": 1, "warmup": 0, "ema": 0.0, "max_gradient_norm": None, "seed": 0, "workers": 1, "bf16": False,
        "compile": False, "device": "cpu", "checkpoint_minutes": 3.0, "log_steps": 10, "sheet_steps": 500,
    }  # fmt: skip
    paper = stages("paper", 1024)
    assert [asdict(stage_settings(stage, settings(options))) for stage in paper] == [
        {"images": 22_400_000, "batch": 32, **same},
        {"images": 11_200_000, "batch": 16, **same},
        {"images": 5_600_000, "batch": 8, **same},
        {"images": 2_800_000, "batch": 4, **same},
        {"images": 1_400_000, "batch": 2, **same},
    ]
    assert asdict(loss_config(options)) == {
        "descriptors": 18, "reading": "thirds", "local_reduction": "sum", "pixel_weight": 0.0, "person_weight": 0.3,
    }  # fmt: skip
    assert asdict(PRESETS["paper"]) == {
        "resolution": 64, "width": 1.0, "sigma": 3.2, "norm": "batch", "align": False, "copy": False, "person": False,
    }  # fmt: skip
    first = stage_settings(paper[0], settings(options))
    # Of 700,000 steps: held for half, a tenth at the end.
    rates = [_lr(first, step, 1) for step in (0, 349_999, 350_000, 525_000, 699_999)]
    assert rates == pytest.approx([2e-4, 2e-4, 2e-4, 1.1e-4, 2e-5], rel=1e-4)


@pytest.mark.slow
def test_two_stages_on_drawn_pairs(capsys, tmp_path, pairs, vgg):
    arguments = ("--schedule", "cpu", "--until", "128", "--images", "2", "2", "--batch", "2", "--vgg-weights", vgg)
    assert train(tmp_path / "run", "--data", pairs, "--puppets", pairs, "--workers", "0", *arguments) == 0
    network = HPN.from_pretrained(tmp_path / "run" / "weights")
    assert network.config == replace(PRESETS["release"], resolution=128)
    assert (tmp_path / "run" / "0064" / "stats.jsonl").exists()
    out = capsys.readouterr().out
    assert "no pairs of val or test in the data: nothing is measured on the way\n" in out
    assert "128 x 128: step 1 of 1, 2 views, loss" in out
    assert f"measure them: tryon evaluate hpn --data {pairs} {pairs} --weights {tmp_path}/run/weights --vgg" in out
    assert train(tmp_path / "run", "--data", pairs, "--puppets", pairs, "--workers", "0", *arguments) == 0
    again = HPN.from_pretrained(tmp_path / "run" / "weights")
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))


def test_bad_input(capsys, tmp_path, pairs, vgg):
    empty = tmp_path / "empty"
    empty.mkdir()
    drawn = ("--data", pairs, "--schedule", "cpu", "--until", "64")
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(b"x")
    people = tmp_path / "people"
    write_renders(people, 2, lambda i: (drawn_pairs.pairs()[i].source, "train"))
    for arguments, words in (
        (drawn, "--vgg-weights is missing; give the state dict file"),
        ((*drawn, "--vgg-weights", damaged), "no VGG-16 weights from"),
        ((*drawn[2:], "--vgg-weights", vgg), "no training data; give folders of pairs"),
        (("--data", empty, *drawn[2:], "--vgg-weights", vgg), "which is no known layout"),
        ((*drawn[:2], "--vgg-weights", vgg, "--schedule", "cpu", "--until", "512"), "has no stage of 512"),
        ((*drawn, "--vgg-weights", vgg, "--first", "128"), "there is no stage to train"),
        ((*drawn, "--vgg-weights", vgg, "--images", "3", "3"), "2 numbers for 1 stages"),
        ((*drawn, "--vgg-weights", vgg, "--init", empty), "cannot be read"),
        ((*drawn, "--vgg-weights", vgg, "--accumulate", "3"), "must divide the batch of 8"),
        (("--data", people, *drawn[2:], "--vgg-weights", vgg), "does not hold pairs"),
        ((*drawn, "--vgg-weights", vgg, "--puppets", pairs, "--puppets-share", "1"), "must lie between 0 and 1"),
        ((*drawn, "--vgg-weights", vgg, "--align", "False"), "copy needs align"),
    ):
        assert train(tmp_path / "run", *arguments) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert not (tmp_path / "run" / "0064").exists()
