"""``tryon train flow`` on drawn pairs and triplets."""

import json
from dataclasses import replace

import pytest
import torch

from appearance_flow.model import AppearanceFlowNet
from tests.appearance_flow.drawn_flow import SMALL, network, pair, triplet
from tryon.cli import main
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


@pytest.fixture(autouse=True)
def _few_validation_views(monkeypatch):
    monkeypatch.setattr("appearance_flow.task.VALIDATION_VIEWS", 8)


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


def test_an_interrupted_training_goes_on_the_same(tmp_path, folder, start, monkeypatch):
    options = ("--data", folder, "--init", start, "--images", "8")
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert train(whole, *options) == 0

    from appearance_flow.task import FlowTask

    example = FlowTask.example

    def stop(self, number):
        if number >= 6:
            raise KeyboardInterrupt
        return example(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(FlowTask, "example", stop)
        patch.setattr("tryon.core.train.loop.TrainConfig.checkpoint_minutes", 0.0)
        assert train(cut, *options) == 130
    assert train(cut, *options) == 0
    first, second = (AppearanceFlowNet.from_pretrained(run / "weights").state_dict() for run in (whole, cut))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    assert train(tmp_path / "run", "--data", tmp_path) == 2
    assert "holds no pairs or triplets; make some with tryon data render" in capsys.readouterr().err


@pytest.mark.parametrize(("option", "value"), [("--photos-share", "1"), ("--photo-pairs", "0")])
def test_options_without_sense_are_refused(tmp_path, folder, option, value, capsys):
    assert train(tmp_path / "run", "--data", folder, option, value) == 2
    assert option in capsys.readouterr().err
