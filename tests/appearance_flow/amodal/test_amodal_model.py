"""The network of whole garments in a tiny configuration, its training, and what it says of one garment."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
import torch

from appearance_flow.amodal.inputs import NUM_PLANES, SIZE
from appearance_flow.amodal.model import AmodalNet
from appearance_flow.amodal.network import AmodalConfig, extent
from appearance_flow.amodal.task import AmodalTask
from appearance_flow.amodal.views import AmodalViews, Wearer
from tests.contract import NetworkContract
from tests.figure import TRUNK, figure
from tests.resume import goes_on_the_same
from tryon.body.torso import complete_torso
from tryon.core.inference import for_reading
from tryon.core.labels import Label
from tryon.core.train.loop import TrainConfig

TINY = AmodalConfig(channels=(4, 6))


def tiny(seed: int = 0) -> AmodalNet:
    torch.manual_seed(seed)
    return AmodalNet(TINY)


def views(seed: int = 0) -> AmodalViews:
    person = figure((np.s_[30:90, 80:88], Label.HAIR))
    keypoints = complete_torso(person.keypoints)[0]
    return AmodalViews([Wearer(person.parsing, keypoints, ((int(Label.UPPER),), (int(Label.PANTS),)))], seed)


class TestAmodalNet(NetworkContract):
    def network(self):
        return AmodalNet(TINY)

    def inputs(self, batch):
        return (torch.rand(3, NUM_PLANES, 16, 12, generator=torch.Generator().manual_seed(5))[:batch],)

    def wrong_inputs(self):
        (shown,) = self.inputs(1)
        return [
            ((shown[:, :3],), f"shown has shape (1, 3, 16, 12), expected (any, {NUM_PLANES}, a multiple of 4"),
            ((shown[:, :, :15],), "shown has shape"),
        ]

    def test_a_logit_for_every_pixel_in_which_every_plane_counts(self):
        network = tiny().eval()
        (shown,) = self.inputs(1)
        said = network(shown)
        assert said.shape == (1, 1, 16, 12)
        for plane in range(NUM_PLANES):
            changed = shown.clone()
            changed[:, plane] = 1 - changed[:, plane]
            assert not torch.equal(said, network(changed)), plane


def test_the_released_size_has_about_a_million_parameters():
    assert sum(weight.numel() for weight in AmodalNet().parameters()) == pytest.approx(1.05e6, rel=0.01)


def test_what_it_says_lies_where_the_garment_is_whatever_the_photos_size():
    network = tiny()
    for values in network.parameters():
        torch.nn.init.zeros_(values)
    stem, head = network.unet.stem.weight, network.unet.head
    with torch.no_grad():  # the garment's own plane, and nothing else, comes through both blocks
        stem[0, 15] = 10 / 4
        head.weight[:, 0], head.bias[:] = 1.0, -5.0
    view = figure().close
    said = extent(for_reading(network), view, view.parsing, view.parsing == Label.UPPER)
    assert said.shape == view.parsing.shape
    inside = np.zeros(said.shape, bool)
    inside[TRUNK] = True
    assert ((said > 0.5) == inside).mean() > 0.99
    assert said[100, 100] == pytest.approx(1 / (1 + np.exp(-5)), abs=0.01)


class Says(torch.nn.Module):
    """The same logit everywhere."""

    def __init__(self, logit: float):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(logit))

    def forward(self, shown):
        return self.weight.expand(len(shown), 1, *shown.shape[2:])


def test_the_loss_counts_what_was_hidden_and_a_tenth_of_the_rest():
    batch = {
        "shown": torch.zeros(1, NUM_PLANES, 1, 4, dtype=torch.uint8),
        "truth": torch.tensor([[[True, False, False, True]]]),
        "hidden": torch.tensor([[[True, True, False, False]]]),
        "known": torch.tensor([[[True, True, True, False]]]),
    }
    scalars = AmodalTask(tiny(), views()).loss(Says(50.0), batch, 1.0)
    # Hidden: one right, one wrong by 50 nats; seen: one wrong at a tenth; the last is not known. 2.1 in all.
    assert scalars["loss"].item() == pytest.approx((50 + 0.1 * 50) / 2.1, rel=1e-4)
    assert scalars["right"].item() == 0.5


def test_validation_counts_what_was_hidden():
    task = AmodalTask(tiny(), views(), views(1))
    all_of_it, nothing = task.validate(Says(9.0)), task.validate(Says(-9.0))
    assert nothing["right"] == nothing["right_of_nowhere"] == all_of_it["right_of_nowhere"]
    assert all_of_it["right"] == pytest.approx(1 - nothing["right"])
    assert all_of_it["iou"] == pytest.approx(all_of_it["right"])
    assert (nothing["iou"], AmodalTask(tiny(), views()).validate(tiny())) == (0, {})


def test_an_interrupted_training_goes_on_the_same(tmp_path):
    config = TrainConfig(
        images=12, batch=2, lr=1e-2, warmup=2, workers=0, log_steps=1, sheet_steps=50, checkpoint_minutes=0.0
    )
    whole = goes_on_the_same(lambda: AmodalTask(tiny(), views(), sheet_numbers=(0,)), config, tmp_path, 3)
    assert not torch.equal(whole.unet.stem.weight, tiny().unet.stem.weight)


def test_a_tiny_network_learns_the_drawn_figure():
    task = AmodalTask(tiny(), views())
    optimizer = torch.optim.Adam(task.network.parameters(), lr=0.02)
    losses = []
    for first in count(0, 4):
        examples = [task.example(number) for number in range(first, first + 4)]
        batch = {name: torch.stack([one[name] for one in examples]) for name in examples[0]}
        scalars = task.loss(task.network, batch, 1.0)
        optimizer.zero_grad()
        scalars["loss"].backward()
        optimizer.step()
        losses.append(scalars["loss"].item())
        if len(losses) == 25:
            break
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:2])


def test_the_window_beyond_the_photo_is_told_from_background():
    person = figure()
    seen = replace(person, photo=person.photo[:150], parsing=person.parsing[:150]).close
    told = []

    class Listens(torch.nn.Module):
        config = None

        def forward(self, shown):
            told.append(shown)
            return torch.zeros(1, 1, *SIZE)

    extent(Listens().eval(), seen, seen.parsing, seen.parsing == Label.UPPER)
    background, outside = told[0][0, 0].numpy(), told[0][0, 14].numpy()
    assert outside[-1].all()
    assert background[0, 20]
    assert not background[-1].any()
