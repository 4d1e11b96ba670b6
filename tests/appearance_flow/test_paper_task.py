from dataclasses import replace

import numpy as np
import pytest
import torch

from appearance_flow.paper_task import PaperFlowTask
from appearance_flow.views import FlowViews, flow_sample, garment_example
from tests.appearance_flow.drawn_flow import TINY_PAPER, paper_network, triplet
from tryon.core.labels import Label

MOVE = (6, 2)
"""x, y by which the garment lies elsewhere on its wearer, in pixels of the window."""


class Colors(torch.nn.Module):
    """Instead of VGG: the picture itself, twice."""

    def forward(self, image: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"once": image, "twice": 2 * image}


def views(move: tuple[int, int] = MOVE, *, vary: bool = False) -> FlowViews:
    sample = flow_sample(triplet(), TINY_PAPER.size)
    x, y = move
    moved = replace(
        sample,
        image=np.roll(sample.target, (y, x), (0, 1)),
        parsing=np.roll(sample.target_parsing, (y, x), (0, 1)),
        flow=np.where(np.isfinite(sample.flow), np.array(move, np.float16), np.float16(np.nan)),
    )
    return FlowViews([moved], np.ones(1), 0, vary=vary, example=garment_example)


def task(move: tuple[int, int] = MOVE) -> PaperFlowTask:
    return PaperFlowTask(paper_network(), views(), Colors(), views(move))


def batch_of(one: PaperFlowTask) -> dict[str, torch.Tensor]:
    return {name: value[None] for name, value in one.example(0).items()}


def knowing(one: PaperFlowTask) -> PaperFlowTask:
    """Its network answers with the true flow."""
    height, width = TINY_PAPER.size
    one.network.flow.bias.data = torch.tensor((2 * MOVE[0] / width, 2 * MOVE[1] / height))
    return one


def test_the_right_flow_costs_nothing():
    one = knowing(task())
    assert one.loss(one.network, batch_of(one), 1.0)["loss"].item() == pytest.approx(0, abs=1e-5)


def test_the_loss_compares_the_features_inside_the_target_mask():
    one = task()
    batch = batch_of(one)
    worn = batch["worn"].expand(-1, 3, -1, -1)
    garment = torch.where(batch["mask"], batch["garment"], torch.tensor(127.5)) / 127.5 - 1
    away = (garment - (batch["target"] / 127.5 - 1))[worn].abs().sum() / worn.numel()
    found = one.loss(one.network, batch, 1.0)
    assert list(found) == ["loss"]
    assert found["loss"].item() == pytest.approx(3 * away.item(), rel=1e-4)
    assert away > 0.01


def test_nothing_outside_the_garment_plays_a_part():
    one = task()
    batch = batch_of(one)
    other = {
        **batch,
        "garment": torch.where(batch["mask"], batch["garment"], 255 - batch["garment"]),
        "target": torch.where(batch["worn"], batch["target"], 255 - batch["target"]),
    }
    assert one.loss(one.network, other, 1.0)["loss"] == one.loss(one.network, batch, 1.0)["loss"]


def test_the_network_sees_the_garment_and_its_masks_in_both_poses():
    one, seen = task(), []
    one.network.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    batch = batch_of(one)
    one.loss(one.network, batch, 1.0)
    garment = torch.where(batch["mask"], batch["garment"] / 127.5 - 1, torch.tensor(0.0))
    assert torch.allclose(seen[0], torch.cat((garment, batch["mask"], batch["worn"]), 1), atol=1e-6)
    assert not torch.equal(batch["mask"], batch["worn"])


def test_a_step_goes_toward_the_true_flow():
    one = task()
    one.loss(one.network, batch_of(one), 1.0)["loss"].backward()
    # The garment is found farther right: more of x makes the loss less.
    assert one.network.flow.bias.grad[0] < 0


def test_validation_tells_pixels_of_the_window(monkeypatch):
    monkeypatch.setattr("appearance_flow.paper_task.VALIDATION_VIEWS", 16)
    one = task()
    before, after = one.validate(one.network), knowing(one).validate(one.network)
    assert list(before) == ["identity_error", "flow_error", "perceptual"]
    assert before["identity_error"] == before["flow_error"] == pytest.approx(40**0.5, abs=1e-3)
    assert after["identity_error"] == pytest.approx(40**0.5, abs=1e-3)
    assert after["flow_error"] == pytest.approx(0, abs=1e-4)
    batches = [{k: torch.stack([one.example(n + i)[k] for i in range(8)]) for k in one.example(0)} for n in (0, 8)]
    fresh = task()
    losses = [fresh.loss(fresh.network, batch, 1.0)["loss"].item() for batch in batches]
    assert before["perceptual"] == pytest.approx(sum(losses) / 2)
    assert before["perceptual"] > 0.05
    assert after["perceptual"] == pytest.approx(0, abs=1e-5)
    assert PaperFlowTask(one.network, views(), Colors()).validate(one.network) == {}


def test_the_sheet_shows_garment_result_and_truth():
    one = knowing(task())
    sheet = one.sheet(one.network)
    height, width = TINY_PAPER.size
    assert sheet.shape == (3 * height, 8 * width, 3)
    assert sheet.dtype == np.uint8
    garment, warped, truth = sheet[:, :width].reshape(3, height, width, 3).astype(int)
    assert np.abs(warped - truth).max() <= 1
    assert (truth == 127).all(-1).mean() > 0.3  # middle gray beside the garment
    assert np.abs(garment - truth).max() > 50


def test_examples_show_one_garment_of_both_people():
    sample = views().samples[0]
    labels = {int(sample.parsing[view["mask"][0]].min()) for view in map(views().view, range(8))}
    assert labels == {Label.UPPER, Label.PANTS}  # the shirt and the trousers, each in turn
    view = views().view(0)
    assert view["flow"].shape == (2, *TINY_PAPER.size)
    assert view["flow"][:, view["known"][0]].unique(dim=1).T.tolist() == [[6.0, 2.0]]
    assert view["flow"][:, ~view["known"][0]].unique().tolist() == [0.0]
    assert (view["known"] <= view["worn"]).all()
    assert view["garment"].dtype == view["target"].dtype == torch.uint8


def test_a_garment_that_only_one_of_them_shows_is_no_example():
    sample = views().samples[0]
    bare = replace(sample, target_parsing=np.zeros_like(sample.target_parsing))
    assert garment_example(bare, np.random.default_rng(0)) is None
    assert garment_example(sample, np.random.default_rng(0)) is not None


def test_colors_and_sides_vary_alike_on_both():
    plain, varied = views((0, 0)).view(0), [views((0, 0), vary=True).view(i) for i in range(8)]
    assert any(not torch.equal(one["target"], plain["target"]) for one in varied)
    # Both photos are one here, and stay so.
    assert all(torch.equal(one["garment"], one["target"]) for one in varied)
    assert {tuple(one["flow"][:, one["known"][0]].abs().unique().tolist()) for one in varied} == {(0.0,)}


def test_mirrored_flow_leads_to_the_other_side():
    found = [views(vary=True).view(i) for i in range(8)]
    sides = {one["flow"][0, one["known"][0]].unique().item() for one in found}
    assert sides == {6.0, -6.0}
