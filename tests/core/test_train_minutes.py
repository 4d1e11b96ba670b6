"""What a training tells, what it measures on the way, and how it ends by the clock. No test waits: clocks are given."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.core import tiny_training
from tests.core.test_train import Stop, config, curve, environment, stop_at, validations
from tests.core.tiny_training import Regression
from tryon.core.errors import ConfigError
from tryon.core.train import checkpoint
from tryon.core.train.loop import ENDLESS, _lr, seconds_a_step, train
from tryon.core.train.progress import duration

ROOT = Path(__file__).parents[2]


def run_timed(run, seconds, *, on_step=None, say=None, **changes):
    task = Regression(seconds=seconds)
    return train(task, config(**changes), run, on_step=on_step, say=say, clock=task.clock)


def told(lines):
    """The lines with the figures that the training found out left open."""
    return [re.sub(r"(loss|learning rate|error) [\d.e-]+", r"\1 X", line) for line in lines]


def test_lines(tmp_path):
    lines = []
    run_timed(tmp_path, 10.0, say=lines.append, checkpoint_minutes=9.0)
    assert told(lines) == [
        "training starts on cpu: 12 steps of 4 views",
        "step 1 of 12, 4 views, loss X, learning rate X",
        "step 4 of 12, 16 views, loss X, learning rate X, 0.40 views a second, 80 s left",
        "step 7 of 12, 28 views, loss X, learning rate X, 0.40 views a second, 50 s left",
        "step 10 of 12, 40 views, loss X, learning rate X, 0.40 views a second, 20 s left",
        "step 12 of 12, 48 views, loss X, learning rate X, 0.40 views a second",
        "validation at step 12 of 12: error X",
    ]
    losses = [line["loss"] for line in curve(tmp_path)]
    assert f"loss {sum(losses[1:4]) / 3:.4g}," in lines[2]  # the mean of the steps since the line before
    assert f"learning rate {curve(tmp_path)[3]['lr']:.3g}," in lines[2]
    lines.clear()
    run_timed(tmp_path, 10.0, say=lines.append, checkpoint_minutes=9.0)
    assert lines == ["this training is finished: step 12 of 12"]


def test_lines_of_a_run_that_goes_on(tmp_path):
    with pytest.raises(Stop):
        run_timed(tmp_path, 10.0, on_step=stop_at(5))
    lines = []
    run_timed(tmp_path, 40.0, say=lines.append, checkpoint_minutes=9.0)
    assert told(lines)[:3] == [
        "training goes on after step 5 of 12",
        "step 6 of 12, 24 views, loss X, learning rate X",
        "step 7 of 12, 28 views, loss X, learning rate X, 0.10 views a second, 3 min left",
    ]


def test_validation_is_written_and_changes_nothing(tmp_path):
    """Validation draws at random; the curve, with dropout, is the same with it at each step and without."""
    run_timed(tmp_path / "often", 1.0)
    run_timed(tmp_path / "once", 1.0, checkpoint_minutes=9.0)
    assert curve(tmp_path / "often") == curve(tmp_path / "once")
    often, once = validations(tmp_path / "often"), validations(tmp_path / "once")
    assert [line["step"] for line in often] == list(range(1, 13))
    assert once == often[-1:]
    assert once[0].keys() == {"step", "images", "val_error"}
    assert once[0]["images"] == 48


def test_validations_take_a_twentieth_of_the_time(tmp_path):
    """Each takes as long as two steps, and the next comes 38 steps later."""
    task = Regression(seconds=1.0)

    def validate(network):
        task.now += 2.0
        return {"error": 0.0}

    task.validate = validate
    train(task, config(images=400), tmp_path, clock=task.clock)
    assert [line["step"] for line in validations(tmp_path)] == [1, 39, 77, 100]


def test_a_figure_that_is_not_known_is_null(tmp_path):
    task = Regression()
    task.validate = lambda network: {"error": float("nan")}
    train(task, config(images=4), tmp_path)
    assert validations(tmp_path) == [{"step": 1, "images": 4, "val_error": None}]


def test_the_clock_ends_a_training(tmp_path):
    """Steps of 6 s in a minute: ten of them, whose learning rate falls with the clock."""
    lines = []
    run_timed(tmp_path, 6.0, say=lines.append, images=ENDLESS, minutes=1.0, warmup=4)
    rates = [line["lr"] for line in curve(tmp_path)]
    # 1e-2 · (1 + cos(π · share)) / 2 with a share of .1, .2 …; the first step warms up.
    assert rates[1:] == pytest.approx(
        [0.009755, 0.009045, 0.007939, 0.006545, 0.005, 0.003455, 0.002061, 0.000955, 0.000245], abs=1e-6
    )
    assert told(lines)[0] == "training starts on cpu: 1 minutes"
    assert told(line for line in lines if line.startswith("step")) == [
        "step 1, 4 views, loss X, learning rate X, 54 s left",
        "step 6, 24 views, loss X, learning rate X, 0.67 views a second, 24 s left",
        "step 10, 40 views, loss X, learning rate X, 0.67 views a second",
    ]
    assert (tmp_path / "sheets" / "0000010.jpg").exists()
    lines.clear()
    run_timed(tmp_path, 6.0, say=lines.append, images=ENDLESS, minutes=1.0, warmup=4)
    assert lines == ["this training is finished: step 10"]


def test_examples_may_end_it_before_the_clock(tmp_path):
    run_timed(tmp_path / "timed", 6.0, minutes=1e6)
    train(Regression(), config(), tmp_path / "whole")
    assert curve(tmp_path / "timed") == curve(tmp_path / "whole")


@pytest.mark.parametrize("step", [1, 4, 9])
def test_an_interrupted_run_goes_on_with_the_minutes_that_are_left(tmp_path, step):
    settings = {"images": ENDLESS, "minutes": 1.0}
    run_timed(tmp_path / "whole", 6.0, **settings)
    with pytest.raises(Stop):
        run_timed(tmp_path / "stopped", 6.0, on_step=stop_at(step), **settings)
    run_timed(tmp_path / "stopped", 6.0, **settings)
    assert len(curve(tmp_path / "whole")) == 10
    assert curve(tmp_path / "stopped") == curve(tmp_path / "whole")
    with pytest.raises(ConfigError, match=r"minutes was 1\.0, now 2\.0"):
        run_timed(tmp_path / "stopped", 6.0, images=ENDLESS, minutes=2.0)


@pytest.mark.parametrize(("minutes", "steps"), [(5.0, [4, 8, 12, 15]), (None, [15])])
def test_with_minutes_a_checkpoint_each_minute(tmp_path, minutes, steps):
    seen = {}

    def on_step(done, _):
        path = tmp_path / checkpoint.NAME
        if path.exists():
            seen[torch.load(path, weights_only=True)["step"]] = done

    run_timed(tmp_path, 20.0, on_step=on_step, images=60, minutes=minutes, checkpoint_minutes=9.0)
    assert list(seen) == steps
    assert [line["step"] for line in validations(tmp_path)] == steps


def test_the_task_learns_how_much_is_done(tmp_path):
    shares = {}
    for name, changes in (("images", {}), ("minutes", {"images": ENDLESS, "minutes": 1.0})):
        task = Regression(seconds=15.0)
        found = shares[name] = []

        def loss(network, batch, share, task=task, found=found):
            found.append(share)
            return Regression.loss(task, network, batch, share)

        task.loss = loss
        train(task, config(batch=16, **changes), tmp_path / name, clock=task.clock)
    assert shares["images"] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert shares["minutes"] == pytest.approx([0.0, 0.25, 0.5, 0.75], abs=1e-6)


def test_learning_rate_by_the_clock():
    settings = config(images=1000, batch=10, lr=1.0, warmup=200, minutes=10.0)
    # Warm after 5 % of the time, though few examples were shown; then the cosine of the larger share.
    assert [_lr(settings, 1, 1, share) for share in (0.01, 0.025, 0.04)] == pytest.approx([0.2, 0.5, 0.8])
    assert _lr(settings, 1, 1, 0.5) == pytest.approx(0.5)
    assert _lr(settings, 60, 1, 0.25) == pytest.approx(0.5)  # (600 - 200) / 800 is more than a quarter
    halves = config(images=1000, batch=10, lr=1.0, warmup=0, minutes=10.0, lr_schedule="halves")
    assert [_lr(halves, 1, 1, share) for share in (0.5, 0.75, 1.0)] == pytest.approx([1.0, 0.55, 0.1])
    assert _lr(halves, 75, 1, 0.5) == pytest.approx(0.55)


@pytest.mark.parametrize("minutes", [0.0, -1.0, float("nan")])
def test_impossible_minutes(minutes):
    with pytest.raises(ConfigError, match=r"--minutes .* must be above 0"):
        config(minutes=minutes)


@pytest.mark.parametrize(("seconds", "steps"), [(2.0, 6), (30.0, 4)])
def test_seconds_a_step(seconds, steps):
    """One step that is not timed, then three, or as many as fill ten seconds."""
    task = Regression(seconds=seconds)
    assert seconds_a_step(task, config(), clock=task.clock) == seconds
    assert task.now == 1000 + steps * seconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(89.4, "89 s"), (90, "2 min"), (5300, "88 min"), (7500, "2 h 5 min"), (360000, "100 h 0 min")],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


@pytest.mark.slow
def test_processes_stop_together_and_one_tells(tmp_path):
    """Their clocks differ: by its own, the second process would stop after five steps, and learn by other rates."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = [*torchrun, tiny_training.__file__, str(tmp_path), "2", "0", "0", "1"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=True, timeout=540, capture_output=True, text=True)
    assert [line["step"] for line in curve(tmp_path)] == list(range(1, 11))
    assert [line.partition(",")[0] for line in done.stdout.splitlines() if line.startswith("step")] == [
        "step 1 of 12",
        "step 6 of 12",
        "step 10 of 12",
    ]
    assert sorted(os.listdir(tmp_path / "sheets")) == ["0000006.jpg", "0000010.jpg"]
