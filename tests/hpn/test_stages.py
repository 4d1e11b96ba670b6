"""Training of the stages: the criterion, growth, interruptions, and that the network learns at all."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from hpn import stages as stages_module
from hpn.evaluate import local_ssim
from hpn.info import fitting, plan
from hpn.losses import HPNLoss, LossConfig
from hpn.model import HPN, HPNConfig
from hpn.network import PRESETS
from hpn.schedule import Stage
from hpn.stages import seconds_a_view, stage_minutes, train_stages
from hpn.task import HPNTask
from hpn.views import PairViews, prepare
from tests.hpn import drawn_pairs
from tryon.core.errors import CheckpointError, ConfigError, DataError
from tryon.core.train.loop import ENDLESS, TrainConfig, train
from tryon.types import PairSample

ROOT = Path(__file__).parents[2]

TINY = HPNConfig(width=1 / 16, norm="group", align=True, copy=True, person=True)
LOSS = LossConfig()
STAGES = (Stage(64, 12, 4, 1e-3, 18, warmup=4), Stage(128, 8, 4, 1e-3, 18, warmup=4))
AS_PAPER = tuple(
    replace(stage, warmup=0, ema=0.0, max_gradient_norm=None, keep_moments=True, augment=False) for stage in STAGES
)
SETTINGS = TrainConfig(images=1, workers=0, log_steps=1, lr_schedule="halves", optimizer="adam", weight_decay=5e-4,
                       checkpoint_minutes=0.0)  # fmt: skip


class Stop(Exception):
    """What interrupts a run in these tests."""


class Colors(nn.Module):
    """Colors at two sizes as features: cheap, and no weights to load."""

    def forward(self, image):
        return {"fine": image, "coarse": nn.functional.avg_pool2d(image, 4)}


def views(pairs=None):
    return PairViews([(pairs or drawn_pairs.pairs(), 1.0, True)], seed=0)


def run_stages(run, *, config=TINY, stages=STAGES, loss=LOSS, pairs=None, settings=SETTINGS, init=None, on_step=None):
    return train_stages(config, stages, views(pairs), loss, Colors(), run, settings=settings, init=init,
                        on_step=on_step)  # fmt: skip


def lines(run):
    return [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """What several threads add up may differ in the last bits from run to run, and these tests compare all bits."""
    number = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(number)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    run = tmp_path_factory.mktemp("whole")
    return run, run_stages(run)


@pytest.fixture(scope="module")
def as_paper(tmp_path_factory):
    run = tmp_path_factory.mktemp("as_paper")
    return run, run_stages(run, stages=AS_PAPER)


def test_the_criterion_changes_after_half_of_a_stages_images():
    network = HPN(replace(TINY, align=False, copy=False, person=False))
    task = HPNTask(network, views(), HPNLoss(Colors(), LossConfig(descriptors=0)), STAGES[0])
    batch = torch.utils.data.default_collate([task.example(number) for number in (3, 4)])
    network.eval()
    with torch.no_grad():
        error = network(batch["image"], batch["pose"]).image - batch["target"]
        coarse = nn.functional.avg_pool2d(error, 4)
        squared = task.loss(network, batch, 0.5)["loss"]
        absolute = task.loss(network, batch, 0.51)["loss"]
    assert float(squared) == pytest.approx(float(error.square().mean() + coarse.square().mean()), rel=1e-5)
    assert float(absolute) == pytest.approx(float(error.abs().mean() + coarse.abs().mean()), rel=1e-5)


def test_what_two_stages_leave(whole):
    run, network = whole
    assert network.config == replace(TINY, resolution=128)
    assert [line["images"] for line in lines(run / "0064")] == [4, 8, 12]
    assert [line["images"] for line in lines(run / "0128")] == [4, 8]
    assert HPN.from_pretrained(run / "0064" / "weights").config.resolution == 64
    assert [path.name for path in (run / "0128" / "sheets").iterdir()] == ["0000002.jpg"]


@pytest.mark.parametrize(("name", "stages"), [("whole", STAGES), ("as_paper", AS_PAPER)])
def test_stopped_anywhere_it_goes_on_with_the_same_curve(name, stages, tmp_path, request):
    """In the middle of the first stage, between the two, and in the middle of the second."""
    for stage, step in ((64, 2), (64, 3), (128, 1)):

        def stop(at, done, _steps, stage=stage, step=step):
            if (at.resolution, done) == (stage, step):
                raise Stop

        with pytest.raises(Stop):
            run_stages(tmp_path, stages=stages, on_step=stop)
    network = run_stages(tmp_path, stages=stages)
    run, expected = request.getfixturevalue(name)
    for folder in ("0064", "0128"):
        keys = ("step", "images", "lr", "loss", "global", "local", "person", "gradient_norm")
        ours, theirs = ([{key: line[key] for key in keys} for line in lines(one / folder)] for one in (tmp_path, run))
        assert ours == theirs
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), expected.parameters(), strict=True))


def test_what_the_papers_stages_do_otherwise(whole, as_paper):
    """No warm-up, the last weights themselves, and moments that go on in the layers of the stage before."""
    run, network = as_paper
    # Two steps of L2 of three, then one of L1; 4 and 8 of 12 pictures, 4 of 8.
    assert [line["lr"] for line in lines(run / "0064")] == pytest.approx([1e-3, 1e-3, 7e-4])
    assert [line["lr"] for line in lines(run / "0128")] == pytest.approx([1e-3, 1e-3])
    assert lines(whole[0] / "0064")[0]["lr"] == pytest.approx(5e-4)
    first, second = (torch.load(run / folder / "checkpoint.pt", weights_only=True) for folder in ("0064", "0128"))
    for content in (first, second):
        assert all(torch.equal(value, content["average"][name]) for name, value in content["network"].items())
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in second["network"].items())
    steps = {
        name: int(second["optimizer"]["state"][i]["step"]) for i, (name, _) in enumerate(network.named_parameters())
    }
    assert {steps[f"{half}.{side}.0.0.weight"] for half in ("encoder", "decoder") for side in (32, 64)} == {5}
    new = ("encoder.128.0.0.weight", "decoder.128.0.0.weight", "from_rgb.weight", "to_rgb.weight", "to_rgb.bias")
    assert {steps[name] for name in new} == {2}
    fresh = torch.load(whole[0] / "0128" / "checkpoint.pt", weights_only=True)
    assert {int(state["step"]) for state in fresh["optimizer"]["state"].values()} == {2}


def test_the_papers_pictures_are_not_varied():
    pair = drawn_pairs.pairs(1)
    fixed = PairViews([(pair, 1.0, False)], seed=0)
    expected = prepare(pair[0], 64)
    for number in (0, 1):
        view = fixed.view(number, 64, augment=False)
        assert all(torch.equal(value, expected[name]) for name, value in view.items())
    task = HPNTask(HPN(TINY).eval(), fixed, HPNLoss(Colors(), LOSS), AS_PAPER[0], fixed)
    assert torch.equal(task.example(1)["image"], expected["image"])
    with torch.no_grad():
        loss = task.loss(task.network, {name: value[None] for name, value in expected.items()}, 1.0)["loss"]
    assert task.validate(task.network)["loss"] == pytest.approx(float(loss), rel=1e-6)
    varied = HPNTask(HPN(TINY), fixed, HPNLoss(Colors(), LOSS), STAGES[0])
    assert not torch.equal(varied.example(1)["image"], expected["image"])


@pytest.mark.parametrize(("setting", "now"), [("keep_moments", False), ("augment", True), ("max_gradient_norm", 5.0)])
def test_a_stage_is_not_gone_on_with_in_another_way(as_paper, setting, now):
    with pytest.raises(ConfigError, match=f"{setting} was .*, now {now}"):
        run_stages(as_paper[0], stages=(replace(AS_PAPER[0], **{setting: now}), AS_PAPER[1]))


def test_finished_stages_are_not_trained_again(whole):
    run, network = whole

    def never(*_):
        raise AssertionError("it trained")

    again = run_stages(run, on_step=never)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))
    with pytest.raises(CheckpointError, match="is of another network"):
        run_stages(run, config=replace(TINY, width=1 / 8))
    with pytest.raises(ConfigError, match="images was 12, now 16"):
        run_stages(run, stages=(replace(STAGES[0], images=16), STAGES[1]))
    with pytest.raises(ConfigError, match=r"loss\.local_reduction was sum, now mean"):
        run_stages(run, loss=LossConfig(local_reduction="mean"))
    with pytest.raises(ConfigError, match=r"pairs was \[\[4, 1.0\]\], now \[\[3, 1.0\]\]"):
        run_stages(run, pairs=drawn_pairs.pairs()[:3])


def test_one_bad_pair_of_many_is_passed_over():
    good = drawn_pairs.pairs()[0]
    nobody = replace(good.source, parsing=np.zeros_like(good.source.parsing))
    no_shoulders = good.source.keypoints.copy()
    no_shoulders[[2, 5], 2] = 0
    bad = [PairSample(nobody, nobody), PairSample(replace(good.source, keypoints=no_shoulders), good.target)]
    mixed = views([*bad, good])
    assert [mixed.view(number, 64)["image"].shape for number in range(8)] == [(3, 64, 64)] * 8
    with pytest.raises(DataError, match="20 pairs in a row cannot be learned from: a label map of the pair is empty"):
        views(bad[:1]).view(0, 64)
    with pytest.raises(DataError, match="needs two pictures of one size, both with label maps"):
        views([PairSample(replace(good.source, parsing=None), good.target)]).view(0, 64)


@pytest.mark.parametrize("workers", [0, 1])
def test_bad_data_is_told_in_one_sentence(tmp_path, workers):
    unlabeled = [replace(pair, source=replace(pair.source, parsing=None)) for pair in drawn_pairs.pairs()]
    with pytest.raises(DataError) as caught:
        run_stages(tmp_path, pairs=unlabeled, settings=replace(SETTINGS, workers=workers))
    assert str(caught.value).startswith("20 pairs in a row cannot be learned from")
    assert "\n" not in str(caught.value)


def test_a_stage_grows_from_given_weights(whole, tmp_path):
    _, network = whole
    first = HPN.from_pretrained(whole[0] / "0064" / "weights")
    grown = run_stages(tmp_path / "a", stages=STAGES[1:], init=first)
    assert grown.config.resolution == 128
    with pytest.raises(ConfigError, match="does not lead to"):
        run_stages(tmp_path / "b", stages=STAGES[:1], init=network)


def test_memory_that_runs_out_is_told_with_what_fits(tmp_path, monkeypatch):
    def out_of_memory(*_args, **_options):
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: not enough memory: you tried")

    monkeypatch.setattr(stages_module, "train", out_of_memory)
    with pytest.raises(ConfigError, match=r"stage of 64 x 64 does not fit .* a batch of 2 at a width of 0.0625 should"):
        run_stages(tmp_path)


def test_what_fits():
    stage = Stage(1024, 100, 8, 1e-4, 44)
    assert fitting(PRESETS["paper"], stage, 80 * 2**30) == "a batch of 4 at a width of 1 should fit"
    assert fitting(PRESETS["paper"], stage, 8 * 2**30) == "a batch of 1 at a width of 0.25 should fit"
    assert fitting(PRESETS["paper"], stage, 2**28).startswith("no batch and width fit")
    # A batch of one that did not fit is not advised again, nor a width that no preset has.
    one = replace(stage, batch=1)
    assert fitting(PRESETS["paper"], one, 80 * 2**30) == "a batch of 1 at a width of 0.5 should fit"
    assert fitting(PRESETS["eighth"], one, 80 * 2**30).startswith("no batch and width fit")


def test_stages_share_the_minutes_by_what_they_cost():
    settings = replace(SETTINGS, minutes=10.0)
    assert stage_minutes(TINY, STAGES, SETTINGS) == [None, None]
    # A view of 128 costs 3.46 times one of 64, as the innermost part is the same; 12 and 8 of them.
    assert stage_minutes(TINY, STAGES, settings) == pytest.approx([3.02, 6.98], abs=0.01)


def test_the_clock_ends_a_stage_and_changes_its_criterion(tmp_path, monkeypatch):
    """Three seconds of training at 64 alone, by a clock on which each step takes .3 of them."""
    halves = []
    loss = HPNLoss.forward

    def watch(self, *args, first_half):
        halves.append(first_half)
        return loss(self, *args, first_half=first_half)

    monkeypatch.setattr(HPNLoss, "forward", watch)
    monkeypatch.setitem(train.__kwdefaults__, "clock", lambda: 0.3 * len(halves))
    said = []
    settings = replace(SETTINGS, images=ENDLESS, minutes=0.05, checkpoint_minutes=9.0)
    train_stages(TINY, STAGES[:1], views(), LOSS, Colors(), tmp_path, settings=settings, validation=views(),
                 say=said.append)  # fmt: skip
    steps = [line["step"] for line in lines(tmp_path / "0064") if "loss" in line]
    assert steps == list(range(1, 11))  # more than the stage's 12 images
    training, validation = halves[: steps[-1]], halves[steps[-1] :]
    assert training[0] is True
    assert training[-1] is False
    assert training == sorted(training, reverse=True)
    assert validation == [False] * 24
    assert said[0] == "64 x 64: training starts on cpu: 0.05 minutes"
    assert said[-1].startswith(f"64 x 64: validation at step {steps[-1]}: loss ")
    assert lines(tmp_path / "0064")[-1]["val_loss"] > 0


def test_hours_of_a_plan(monkeypatch):
    """The first stage is timed; the second would take longer than the patience allows."""
    monkeypatch.setattr(stages_module, "seconds_a_step", lambda task, settings: 36.0)
    found = seconds_a_view(TINY, STAGES, views(), LOSS, Colors(), SETTINGS)
    assert found == [(9.0, True), (pytest.approx(9.0 * 3.46, rel=0.01), False)]
    text = plan(TINY, STAGES, [(9.0, True), (36.0, False)]).splitlines()
    assert text[0].endswith("| hours here")
    assert text[2].endswith("| 0.03")  # 12 views of 9 s
    assert text[3].endswith("| ≈ 0.08")
    assert text[4].endswith("multiply-adds, 0.11 hours on this machine")
    assert text[5] == "≈ not timed: by the multiply-adds, from the stage before"
    monkeypatch.setattr(stages_module, "seconds_a_step", lambda task, settings: 0.4)
    assert seconds_a_view(TINY, STAGES, views(), LOSS, Colors(), SETTINGS) == [(0.1, True), (0.1, True)]


@pytest.mark.slow
def test_two_processes_go_from_stage_to_stage(tmp_path):
    """The second stage begins while one process is late, as it writes the first one's checkpoint."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [*torchrun, str(ROOT / "tests/hpn/two_processes.py"), str(tmp_path)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=400)
    for folder in ("0064", "0128"):
        assert [line["images"] for line in lines(tmp_path / folder)] == [4, 8]
    assert HPN.from_pretrained(tmp_path / "0128" / "weights").config.resolution == 128


def local_scores(pictures, batch):
    """Mean local SSIM of ``(B, 3, R, R)`` pictures with the targets of a batch."""
    found = [
        local_ssim((picture[None].clamp(-1, 1) + 1) / 2, (target[None] + 1) / 2, points[None])
        for picture, target, points in zip(pictures, batch["target"], batch["target_keypoints"], strict=True)
    ]
    return float(torch.cat(found).mean())


@pytest.mark.slow
def test_four_pairs_are_learned_by_heart():
    batch = torch.utils.data.default_collate([prepare(pair, 64) for pair in drawn_pairs.pairs()])
    torch.manual_seed(0)
    network = HPN(TINY).train()
    loss = HPNLoss(Colors(), LossConfig(descriptors=0))
    optimizer = torch.optim.Adam(network.parameters(), lr=4e-3)
    steps = 240
    inputs = batch["image"], batch["pose"], batch["flow"], batch["agreement"]
    assert local_scores(batch["image"], batch) < 0.87
    assert local_scores(network(*inputs).image.detach(), batch) < 0.87
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 4e-3 * (1 - step / steps)
        values = loss(network(*inputs), batch["target"], batch["target_keypoints"], batch["person"],
                      first_half=step < steps / 2)  # fmt: skip
        optimizer.zero_grad()
        values["loss"].backward()
        optimizer.step()
    with torch.no_grad():
        assert local_scores(network.eval()(*inputs).image, batch) > 0.92
