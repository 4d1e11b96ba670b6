"""The layout network in a tiny configuration, its training, and what it says of one person."""

from itertools import count

import numpy as np
import pytest
import torch

from tests.contract import NetworkContract
from tests.figure import figure
from tests.resume import goes_on_the_same
from tryon.body.torso import complete_torso
from tryon.core.errors import ShapeError
from tryon.core.labels import UNKNOWN, Label
from tryon.core.train.loop import TrainConfig
from tryon.render.layout.inputs import HOLE, NEW_UPPER, NUM_PLANES, LayoutInput
from tryon.render.layout.model import Layout, LayoutConfig, predict
from tryon.render.layout.task import LayoutTask
from tryon.render.layout.views import Figure, LayoutViews

TINY = LayoutConfig(channels=(4, 6))


def tiny(seed: int = 0) -> Layout:
    torch.manual_seed(seed)
    return Layout(TINY)


def views(seed: int = 0) -> LayoutViews:
    person = figure()
    return LayoutViews([Figure(person.parsing, complete_torso(person.keypoints)[0])], (), seed)


class TestLayout(NetworkContract):
    def network(self):
        return Layout(TINY)

    def inputs(self, batch):
        random = torch.Generator().manual_seed(5)
        stay = torch.randint(0, 16, (3, 16, 12), dtype=torch.uint8, generator=random)
        planes = torch.randint(0, 256, (3, NUM_PLANES, 16, 12), dtype=torch.uint8, generator=random)
        return stay[:batch], planes[:batch], torch.tensor([1, 2, 5])[:batch]

    def wrong_inputs(self):
        stay, planes, kind = self.inputs(1)
        return [
            ((stay[:, :15], planes, kind), "stay has shape (1, 15, 12), expected (any, a multiple of 4, a multiple of"),
            ((stay, planes[:, :3], kind), "planes has shape (1, 3, 16, 12), expected (1, 15, 16, 12)"),
            ((stay, planes, kind[:0]), "category has shape (0,), expected (1)"),
            ((stay.long(), planes, kind), "expected uint8"),
        ]

    def test_a_class_for_every_pixel(self):
        assert tiny().eval()(*self.inputs(2)).shape == (2, 16, 16, 12)

    def test_the_kind_of_garment_and_every_plane_matter(self):
        network = tiny().eval()
        stay, planes, kind = self.inputs(1)
        said = network(stay, planes, kind)
        assert not torch.equal(said, network(stay, planes, kind + 1))
        for plane in range(NUM_PLANES):
            changed = planes.clone()
            changed[:, plane] = 255 - changed[:, plane]
            assert not torch.equal(said, network(stay, changed, kind)), plane


def test_the_released_size_has_about_a_million_parameters():
    assert sum(weight.numel() for weight in Layout().parameters()) == pytest.approx(1.06e6, rel=0.01)


def test_of_one_person_it_says_probabilities():
    given = views().view(0).given
    said = predict(tiny().eval(), given)
    assert said.shape == (16, *given.stay.shape)
    assert said.dtype == np.float32
    np.testing.assert_allclose(said.sum(0), 1, atol=1e-5)


# --- training -------------------------------------------------------------------------------------------------------


class Sure(torch.nn.Module):
    """Says one class everywhere, as surely as a network can."""

    def __init__(self, number: int):
        super().__init__()
        self.number, self.weight = number, torch.nn.Parameter(torch.zeros(1))

    def forward(self, stay, planes, category):
        scores = torch.full((len(stay), 16, *stay.shape[1:]), -50.0)
        scores[:, self.number] = 50.0
        return scores + self.weight


def test_the_loss_counts_what_is_decided_and_a_tenth_of_the_rest():
    task = LayoutTask(tiny(), views())
    truth = torch.full((1, 2, 2), int(Label.SKIN), dtype=torch.uint8)
    truth[0, 0, 0], truth[0, 1, 1] = UNKNOWN, NEW_UPPER
    batch = {
        "stay": torch.zeros(1, 2, 2, dtype=torch.uint8),
        "planes": torch.zeros(1, NUM_PLANES, 2, 2, dtype=torch.uint8),
        "category": torch.zeros(1, dtype=torch.long),
        "truth": truth,
        "changes": torch.tensor([[[True, True], [False, False]]]),
    }
    scalars = task.loss(Sure(Label.SKIN), batch, 1.0)
    # One pixel decided and right; two that stay at a tenth, of which one is wrong by 100 nats; 1.2 in all.
    assert scalars["loss"].item() == pytest.approx(0.1 * 100 / 1.2, rel=1e-4)
    assert scalars["right"].item() == 1


def test_validation_counts_the_hole():
    task = LayoutTask(tiny(), views(), views(1))
    new, skin = task.validate(Sure(NEW_UPPER)), task.validate(Sure(Label.SKIN))
    assert new["right_outside"] == new["iou_skin"] == skin["iou_new"] == 0
    assert 0.3 < new["right_hole"] < 1
    assert LayoutTask(tiny(), views()).validate(tiny()) == {}


def test_an_interrupted_training_goes_on_the_same(tmp_path):
    config = TrainConfig(
        images=12, batch=2, lr=1e-2, warmup=2, workers=0, log_steps=1, sheet_steps=50, checkpoint_minutes=0.0
    )
    whole = goes_on_the_same(lambda: LayoutTask(tiny(), views(), sheet_numbers=(0,)), config, tmp_path, 3)
    before = tiny().state_dict()
    assert not torch.equal(whole.state_dict()["unet.stem.weight"], before["unet.stem.weight"])


def test_a_tiny_network_learns_the_drawn_figure():
    task = LayoutTask(tiny(), views())
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


def test_a_hole_is_shown_as_one():
    with pytest.raises(ShapeError):
        predict(tiny().eval(), LayoutInput(np.full((7, 8), HOLE, np.uint8), np.zeros((15, 7, 8), np.uint8), 0))
