"""The training loop on a tiny network: what an interruption, other settings or damage do to a run."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.core import tiny_training
from tests.core.tiny_training import CONFIG, STEPS, Regression
from tryon.core.errors import CheckpointError, ConfigError
from tryon.core.train import checkpoint
from tryon.core.train.loop import TrainConfig, _lr, train

ROOT = Path(__file__).parents[2]


class Stop(Exception):
    """What interrupts a run in these tests."""


def config(**changes):
    return TrainConfig(**(CONFIG | changes))


def curve(run):
    keys = "step", "images", "lr", "loss", "gradient_norm"
    return [{name: line[name] for name in keys} for line in stats(run) if "loss" in line]


def stats(run):
    return [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]


def validations(run):
    return [line for line in stats(run) if "val_error" in line]


def stop_at(step):
    def on_step(done, steps):
        if done == step:
            raise Stop

    return on_step


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupted, and its network."""
    run = tmp_path_factory.mktemp("whole")
    return run, train(Regression(), config(), run).network


def test_what_a_run_leaves(whole):
    run, network = whole
    first, *_, last = [line for line in stats(run) if "loss" in line]
    assert set(first) == {"step", "images", "lr", "loss", "root", "gradient_norm"}
    assert set(last) == set(first) | {"seconds_per_image"}
    assert (first["step"], first["images"], last["step"], last["images"]) == (1, 4, STEPS, 48)
    assert first["root"] == pytest.approx(first["loss"] ** 0.5, abs=1e-5)
    assert sorted(path.name for path in (run / "sheets").iterdir()) == ["0000006.jpg", "0000012.jpg"]
    assert not list(run.glob(".tryon-*"))
    assert not network.training
    assert all(weight.device.type == "cpu" for weight in network.parameters())


def test_it_learns(tmp_path):
    train(
        Regression(dropout=0.0),
        config(images=1200, lr=3e-2, log_steps=100, sheet_steps=900, checkpoint_minutes=9.0),
        tmp_path,
    )
    losses = [line["loss"] for line in curve(tmp_path)]
    assert losses[-1] < 0.2  # the variance of the target is 5


def test_a_batch_in_parts_is_the_same_batch(tmp_path):
    """Without dropout, which draws anew for each part."""
    networks = [
        train(Regression(dropout=0.0), config(accumulate=parts), tmp_path / str(parts)).network for parts in (1, 2, 4)
    ]
    for other in networks[1:]:
        for ours, theirs in zip(networks[0].parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    losses = [[line["loss"] for line in curve(tmp_path / str(parts))] for parts in (1, 2, 4)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    assert losses[0] == pytest.approx(losses[2], rel=1e-4)
    with pytest.raises(ConfigError, match="--accumulate 3 must divide the batch of 4"):
        config(accumulate=3)


def test_coupled_weight_decay_is_that_of_adam(tmp_path):
    """Weights that get no other gradient: coupled decay moves each by the learning rate, decoupled by a share."""
    moved = {}
    for kind in ("adam", "adamw"):
        torch.manual_seed(3)
        before = Regression(dropout=0.0).network[3].weight.detach().clone()
        settings = config(images=4, optimizer=kind, weight_decay=10.0, lr=1e-3, warmup=0, ema=0.0)
        after = train(Regression(dropout=0.0), settings, tmp_path / kind).network[3].weight
        moved[kind] = float((after.detach() - before).abs().mean())
    assert moved["adam"] == pytest.approx(1e-3, rel=0.05)
    assert moved["adamw"] != pytest.approx(moved["adam"], rel=0.05)


class Slope:
    """One weight whose gradients are 10 in the first step and 1 in all others."""

    def __init__(self):
        self.network = nn.Linear(1, 1, bias=False)
        nn.init.zeros_(self.network.weight)

    def example(self, number):
        return {"x": torch.tensor([10.0 if number == 0 else 1.0])}

    def loss(self, network, batch, share):
        return {"loss": network(batch["x"]).sum()}

    def validate(self, network):
        return {}

    def sheet(self, network):
        return np.zeros((8, 8, 3), np.uint8)


SLOPE = {"images": 2, "batch": 1, "lr": 0.1, "warmup": 0, "lr_schedule": "halves", "optimizer": "adam",
         "weight_decay": 0.0, "ema": 0.0}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [({}, -0.180304), ({"max_gradient_norm": 2.0}, -0.193218), ({"max_gradient_norm": None}, -0.174081)],
)
def test_gradients_are_shortened_to_a_norm_or_left(tmp_path, changes, expected):
    """By default to 5. Adam by hand: -0.1 - 0.1 * (m / 0.19) / sqrt(v / 0.001999) with m = .09 g + .1 and
    v = .000999 g^2 + .001, where g is 10 or what it is shortened to."""
    done = train(Slope(), config(**SLOPE, **changes), tmp_path)
    assert done.network.weight.item() == pytest.approx(expected, abs=2e-6)
    assert [line["gradient_norm"] for line in curve(tmp_path)] == [10, 1]  # as they were


def test_moments_are_handed_on(tmp_path):
    """Of a second training that begins with those of the first, the first step is by hand that of one of three steps;
    a parameter without moments begins with fresh ones."""
    settings = config(**SLOPE, max_gradient_norm=None)
    first = train(Slope(), settings, tmp_path / "first")
    assert {name: float(value) for name, value in first.moments["weight"].items()} == pytest.approx(
        {"step": 2, "exp_avg": 1.0, "exp_avg_sq": 0.1009}, rel=1e-6
    )
    again = train(Slope(), settings, tmp_path / "first")  # finished: nothing is trained, the moments are the same
    assert {name: float(value) for name, value in again.moments["weight"].items()} == {
        name: float(value) for name, value in first.moments["weight"].items()
    }
    one = config(**(SLOPE | {"images": 1}), max_gradient_norm=None)
    # Adam's third step by hand, with a gradient of 10.
    expected = -0.1 * ((0.9 * 1.0 + 0.1 * 10) / 0.271) / ((0.999 * 0.1009 + 0.1) / 0.002997001) ** 0.5
    kept = train(Slope(), one, tmp_path / "kept", moments=again.moments).network.weight.item()
    assert kept == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx(-0.085654, abs=1e-6)
    fresh = train(Slope(), one, tmp_path / "fresh", moments={"another": first.moments["weight"]}).network.weight.item()
    assert fresh == pytest.approx(-0.1, rel=1e-5)


def test_without_averaging_the_last_weights_are_released(tmp_path):
    task = Regression()
    done = train(task, config(ema=0.0), tmp_path)
    assert all(torch.equal(a, b) for a, b in zip(done.network.parameters(), task.network.parameters(), strict=True))
    averaged = train(task, config(), tmp_path / "averaged")
    assert not torch.equal(averaged.network[0].weight, task.network[0].weight)


def test_learning_rate():
    settings = TrainConfig(images=100, batch=10, lr=1.0, warmup=20)
    rates = [_lr(settings, step, 1) for step in range(10)]
    assert rates[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert rates[6] == pytest.approx(0.5)
    halves = replace(settings, lr_schedule="halves", warmup=0)
    assert [_lr(halves, step, 1) for step in (0, 4, 5, 6, 9)] == pytest.approx([1, 1, 1, 0.82, 0.28])
    assert all(type(rate) is float for rate in rates)  # a NumPy number could not be read back from a checkpoint
    assert [_lr(settings, step, 2) for step in (1, 2)] == pytest.approx([rates[2], rates[4]])


@pytest.mark.parametrize("step", [1, 5, STEPS - 1])
def test_going_on_gives_the_same_curve(whole, tmp_path, step):
    with pytest.raises(Stop):
        train(Regression(), config(), tmp_path, on_step=stop_at(step))
    torch.rand(5)  # the state of the random generators does not matter
    network = train(Regression(), config(), tmp_path).network
    assert curve(tmp_path) == curve(whole[0])
    for name, weight in whole[1].state_dict().items():
        assert torch.equal(network.state_dict()[name], weight), name


def test_lines_after_the_checkpoint_are_dropped(whole, tmp_path):
    """Stopped at step 7, but the last checkpoint is of step 3."""
    with pytest.raises(Stop):
        train(Regression(), config(), tmp_path, on_step=stop_at(3))
    kept = (tmp_path / checkpoint.NAME).read_bytes()
    with pytest.raises(Stop):
        train(Regression(), config(), tmp_path, on_step=stop_at(7))
    (tmp_path / checkpoint.NAME).write_bytes(kept)
    train(Regression(), config(), tmp_path)
    assert curve(tmp_path) == curve(whole[0])


@pytest.mark.parametrize("rest", ['{"step": 6, "im', '{"step": 6, "note": {}', '{"step": 5}', "\0\0\0\n", "7\n"])
def test_an_unfinished_line_is_dropped(whole, tmp_path, rest):
    with pytest.raises(Stop):
        train(Regression(), config(), tmp_path, on_step=stop_at(5))
    with (tmp_path / "stats.jsonl").open("a") as file:
        file.write(rest)
    train(Regression(), config(), tmp_path)
    assert curve(tmp_path) == curve(whole[0])


def test_a_finished_run_is_not_trained_again(whole):
    run, network = whole
    before = (run / "stats.jsonl").read_bytes()
    steps = []
    again = train(Regression(), config(), run, on_step=lambda done, _: steps.append(done)).network
    assert steps == []
    assert (run / "stats.jsonl").read_bytes() == before
    assert torch.equal(again[0].weight, network[0].weight)


def test_workers_make_no_difference(whole, tmp_path):
    train(Regression(), config(workers=1), tmp_path)
    assert curve(tmp_path) == curve(whole[0])


def test_other_settings_are_refused(tmp_path):
    with pytest.raises(Stop):
        train(Regression(), config(), tmp_path, on_step=stop_at(2))
    with pytest.raises(ConfigError, match=r"lr was 0\.01, now 0\.02.*give another --out"):
        train(Regression(), config(lr=2e-2), tmp_path)
    with pytest.raises(Stop):  # how often things are written may change
        train(Regression(), config(sheet_steps=5, checkpoint_minutes=9.0), tmp_path, on_step=stop_at(4))


def test_another_number_of_processes_is_refused(tmp_path):
    network = nn.Linear(2, 2)
    state = checkpoint.State(network, network, torch.optim.AdamW(network.parameters()))
    checkpoint.save(tmp_path, state, {"lr": 1.0, "processes": 2}, step=4, seconds=1.0)
    with pytest.raises(ConfigError, match="processes was 2, now 1"):
        checkpoint.load(tmp_path, state, {"lr": 1.0, "processes": 1})


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "folder", "other", "list"])
def test_damage_is_told(tmp_path, damage):
    path = tmp_path / checkpoint.NAME
    if damage == "folder":
        path.mkdir()
    elif damage in ("other", "list"):
        torch.save([1, 2] if damage == "list" else {"weights": torch.zeros(3)}, path)
    else:
        train(Regression(), config(images=4), tmp_path)
        data = path.read_bytes()
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"not a checkpoint"}[damage])
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is damaged .*; delete it to start the training anew"):
        train(Regression(), config(images=4), tmp_path)


def test_another_network_is_told(tmp_path):
    train(Regression(), config(images=4), tmp_path)
    task = Regression()
    task.network = nn.Linear(5, 1)
    with pytest.raises(CheckpointError, match="is of another network"):
        train(task, config(images=4), tmp_path)


def test_numpy_numbers_in_a_checkpoint_are_read(tmp_path):
    network = nn.Linear(2, 2)
    state = checkpoint.State(network, network, torch.optim.AdamW(network.parameters(), lr=np.float64(0.5)))
    checkpoint.save(tmp_path, state, {}, step=4, seconds=1.5)
    assert checkpoint.load(tmp_path, state, {}) == (4, 1.5)


def test_a_failed_write_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    network = nn.Linear(2, 2)
    state = checkpoint.State(network, network, torch.optim.AdamW(network.parameters()))
    checkpoint.save(tmp_path, state, {}, step=1, seconds=1.0)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(tmp_path, state, {}, step=2, seconds=2.0)
    assert checkpoint.load(tmp_path, state, {}) == (1, 1.0)
    assert [path.name for path in tmp_path.iterdir()] == [checkpoint.NAME]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": 0}, "--images 0"),
        ({"batch": 0}, "--batch 0"),
        ({"ema": 1.0}, "--ema 1.0"),
        ({"max_gradient_norm": 0.0}, "max_gradient_norm 0 must be above 0"),
    ],
)
def test_impossible_settings(changes, words):
    with pytest.raises(ConfigError, match=words):
        config(**changes)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="--device cuda was asked for, but PyTorch finds no GPU"):
        train(Regression(), config(device="cuda"), tmp_path)


def script(run, batch=4, dropout=0.2, pause=0.0):
    return [tiny_training.__file__, str(run), str(batch), str(dropout), str(pause)]


@pytest.mark.slow
def test_a_killed_run_goes_on(whole, tmp_path):
    stats = tmp_path / "stats.jsonl"
    process = subprocess.Popen([sys.executable, *script(tmp_path, pause=0.2)], cwd=ROOT, env=environment())
    deadline = time.monotonic() + 300
    while not stats.exists() or stats.read_bytes().count(b"\n") < 4:
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(curve(tmp_path)) < STEPS
    train(Regression(), config(), tmp_path)
    assert curve(tmp_path) == curve(whole[0])


@pytest.mark.slow
def test_two_processes_equal_one_with_twice_the_batch(tmp_path):
    train(Regression(dropout=0.0), config(), tmp_path / "one")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, *script(tmp_path / "two", batch=2, dropout=0.0)]
    subprocess.run(command, cwd=ROOT, env=environment(), check=True, timeout=540)
    one, two = curve(tmp_path / "one"), curve(tmp_path / "two")
    assert [(line["step"], line["images"], line["lr"]) for line in one] == [
        (line["step"], line["images"], line["lr"]) for line in two
    ]
    for name in ("loss", "gradient_norm"):
        assert [line[name] for line in two] == pytest.approx([line[name] for line in one], rel=1e-4)


def environment():
    return os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
