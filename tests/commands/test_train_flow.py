"""``tryon train flow`` on drawn pairs and triplets."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torchvision.models.vgg import cfgs, make_layers

from appearance_flow.model import AppearanceFlowNet
from appearance_flow.paper import PaperFlowNet
from appearance_flow.paper_task import PaperFlowTask
from appearance_flow.task import FlowTask
from tests.appearance_flow.drawn_flow import SMALL, TINY_PAPER, network, pair, paper_network, triplet
from tryon.cli import main
from tryon.commands.train_flow import TrainFlow
from tryon.core.train.loop import TrainConfig
from tryon.datasets.pair_folder import write_pair
from tryon.datasets.renders import write_renders


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("pairs")
    for name, split in (("one", "train"), ("two", "train"), ("three", "val")):
        write_pair(out, pair(name, f"who {name}"), split)
    return out


@pytest.fixture(scope="module")
def triplets(tmp_path_factory):
    out = tmp_path_factory.mktemp("triplets")

    def make(i: int):
        one = triplet(f"t{i}")
        return replace(one, person=replace(one.person, identity=f"who {i}")), "train"

    write_renders(out, 2, make)
    return out


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """A small network, so that the test is quick."""
    out = tmp_path_factory.mktemp("start")
    network().save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def paper_start(tmp_path_factory):
    out = tmp_path_factory.mktemp("paper_start")
    paper_network().save_pretrained(out)
    return out


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    path = tmp_path_factory.mktemp("vgg") / "vgg16.pth"
    torch.save({name: tensor.half() for name, tensor in make_layers(cfgs["D"]).state_dict().items()}, path)
    return path


@pytest.fixture(autouse=True)
def _few_validation_views(monkeypatch):
    monkeypatch.setattr("appearance_flow.task.VALIDATION_VIEWS", 8)
    monkeypatch.setattr("appearance_flow.paper_task.VALIDATION_VIEWS", 8)


def train(out, *arguments):
    return main(["train", "flow", "--out", str(out), "--workers", "0", "--batch", "2", *map(str, arguments)])


def test_a_training_leaves_a_network_that_learned(tmp_path, folder, triplets, start, capsys):
    run = tmp_path / "run"
    assert train(run, "--data", folder, triplets, "--init", start, "--images", "8") == 0
    trained = AppearanceFlowNet.from_pretrained(run / "weights")
    assert trained.config == SMALL
    assert trained.move[0].weight.abs().max() > 0
    lines = [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
    assert {"flow", "visible", "smooth", "fold"} <= set(lines[0])
    assert lines[-1]["val_pose_flow_error"] < 2
    assert "tryon evaluate tryon" in capsys.readouterr().out


def interrupt(monkeypatch, task, number, out, *options):
    """Train with a checkpoint after each step, until example ``number`` is asked for."""
    example = task.example

    def stop(self, asked):
        if asked >= number:
            raise KeyboardInterrupt
        return example(self, asked)

    with monkeypatch.context() as patch:
        patch.setattr(task, "example", stop)
        patch.setitem(TrainConfig.__init__.__kwdefaults__, "checkpoint_minutes", 0.0)
        assert train(out, *options) == 130


def test_an_interrupted_training_goes_on_the_same(tmp_path, folder, start, monkeypatch, capsys):
    options = ("--data", folder, "--init", start, "--images", "8")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert train(whole, *options) == 0
    interrupt(monkeypatch, FlowTask, 6, cut, *options)
    assert train(cut, *options) == 0
    assert "training goes on after step 3 of 4\n" in capsys.readouterr().out
    first, second = (AppearanceFlowNet.from_pretrained(run / "weights").state_dict() for run in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_papers_network_learns_from_pictures(tmp_path, folder, triplets, paper_start, vgg, capsys):
    run = tmp_path / "run"
    options = ("--preset", "paper", "--vgg-weights", vgg, "--data", folder, triplets, "--init", paper_start)
    assert train(run, *options, "--images", "6") == 0
    trained = PaperFlowNet.from_pretrained(run / "weights")
    assert trained.config == TINY_PAPER
    assert trained.flow.weight.abs().max() > 0
    lines = [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
    assert lines[0]["loss"] > 0
    assert {"val_identity_error", "val_flow_error", "val_perceptual"} <= set(lines[-1])
    out = capsys.readouterr().out
    assert f"weights: {run / 'weights'}\n" in out
    assert "tryon evaluate" not in out  # no command takes this network

    # The other network cannot go on in that folder.
    assert train(run, "--data", folder, "--images", "6") == 2
    assert "preset was paper, now release" in capsys.readouterr().err


def test_the_papers_training_goes_on_the_same(tmp_path, folder, paper_start, vgg, monkeypatch, capsys):
    options = ("--preset", "paper", "--vgg-weights", vgg, "--data", folder, "--init", paper_start, "--images", "6")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert train(whole, *options) == 0

    interrupt(monkeypatch, PaperFlowTask, 4, cut, *options)
    assert train(cut, *options) == 0
    assert "training goes on after step 2 of 3\n" in capsys.readouterr().out
    first, second = (PaperFlowNet.from_pretrained(run / "weights").state_dict() for run in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_vgg_weights_belong_to_the_papers_loss(tmp_path, folder, start, vgg, capsys):
    damaged = tmp_path / "damaged.pth"
    damaged.write_bytes(b"x")
    for options, words in (
        (("--preset", "paper"), "--preset paper needs --vgg-weights; give the state dict file of torchvision's vgg16"),
        (
            ("--vgg-weights", vgg, "--init", start),
            "--vgg-weights serves the loss of --preset paper alone; leave it out",
        ),
        (("--preset", "paper", "--vgg-weights", damaged), "no VGG-16 weights from"),
        (("--preset", "paper", "--vgg-weights", vgg, "--init", start), "expected PaperFlowNet"),
    ):
        assert train(tmp_path / "run", "--data", folder, "--images", "2", *options) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    assert train(tmp_path / "run", "--data", tmp_path) == 2
    assert "holds no pairs or triplets; make some with tryon data render" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "value"), [("--photos-share", "1"), ("--photo-pairs", "0")])
def test_options_without_sense_are_refused(tmp_path, folder, option, value, capsys):
    assert train(tmp_path / "run", "--data", folder, option, value) == 2
    assert option in capsys.readouterr().err


def test_the_seed_says_where_a_training_starts(monkeypatch):
    # Whatever was drawn before.
    starts = []
    monkeypatch.setattr(TrainFlow, "_views", lambda self, size, example: None)
    monkeypatch.setattr(TrainFlow, "_validation", lambda self, size, example: None)
    for seed in (3, 3, 4):
        torch.rand(seed)
        task = TrainFlow(data=(Path("none"),), out=Path("run"), seed=seed)._release_task()
        starts.append(task.network.person[0][0][0].weight)
    assert torch.equal(starts[0], starts[1])
    assert not torch.equal(starts[0], starts[2])
