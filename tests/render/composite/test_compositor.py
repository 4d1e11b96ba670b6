"""The compositing network in a tiny configuration, and its training."""

from itertools import count

import numpy as np
import pytest
import torch

from tests.contract import NetworkContract
from tests.resume import goes_on_the_same
from tryon.core.train.loop import TrainConfig
from tryon.read.parser.model import GarmentParser
from tryon.render.composite.inputs import MAPS, NUM_CHANNELS, NUM_PLANES, PLATES, SIZE, CompositeInput
from tryon.render.composite.model import Composite, Compositor, blended
from tryon.render.composite.network import CompositorConfig, channels, composited
from tryon.render.composite.task import CompositeTask
from tryon.render.composite.views import CompositeViews, Sample, packed

TINY = CompositorConfig(pyramid_channels=8, head_channels=4)


def tiny(seed: int = 0) -> Compositor:
    torch.manual_seed(seed)
    return Compositor(TINY)


NEVER_BARE = 15 + MAPS.index("never bare")


def batch_of(number: int, size: tuple[int, int] = (64, 32)) -> torch.Tensor:
    return torch.rand(3, NUM_CHANNELS, *size, generator=torch.Generator().manual_seed(5))[:number]


class TestCompositor(NetworkContract):
    def network(self):
        return trained(Compositor(TINY))

    def inputs(self, batch):
        return (batch_of(batch),)

    def compute(self, network, *inputs):
        return torch.cat(network(*inputs), 1)

    def wrong_inputs(self):
        shown = batch_of(1)
        return [
            (
                (shown[:, :50],),
                "shown has shape (1, 50, 64, 32), expected (any, 51, a multiple of 32, a multiple of 32)",
            ),
            ((shown[:, :, :63],), "shown has shape (1, 51, 63, 32)"),
        ]


def trained(network: Compositor) -> Compositor:
    """As if training had moved the head, which begins with zeros."""
    torch.nn.init.normal_(network.head.weight, std=0.5)
    return network


def test_untrained_it_trusts_the_rules():
    answer = tiny().eval()(batch_of(2))
    assert answer.weights[:, 0].min() > 0.5
    assert answer.weights[:, 1:].max() < 0.14
    assert not answer.light.any()
    torch.testing.assert_close(answer.weights.sum(1), torch.ones(2, 64, 32))


def test_skin_is_never_made_up_where_it_must_not_be():
    shown = batch_of(2)
    shown[:, NEVER_BARE, :32], shown[:, NEVER_BARE, 32:] = 1, 0
    skin = trained(tiny()).eval()(shown).weights[:, PLATES.index("skin")]
    assert (skin[:, :32] == 0).all()
    assert (skin[:, 32:] > 0).all()


def test_light_is_smooth_and_bounded():
    light = trained(tiny()).eval()(batch_of(1)).light
    assert 0 < light.abs().max() <= TINY.light
    # Linear between cells of four pixels: no more than a quarter of the range from one pixel to the next.
    assert light.diff(dim=3).abs().max() < 2 * TINY.light / 4 + 1e-6


def test_a_picture_is_the_mean_of_the_plates_and_light():
    weights = torch.tensor((0.5, 0.25, 0.0, 0.0, 0.25)).view(1, 5, 1, 1)
    plates = torch.zeros(1, 5, 1, 1, 3, dtype=torch.uint8)
    plates[0, 0], plates[0, 1], plates[0, 2] = 255, 51, 200
    picture = blended(Composite(weights, torch.full((1, 3, 1, 1), 0.1)), plates)
    torch.testing.assert_close(picture, torch.full((1, 3, 1, 1), 0.5 + 0.05 + 0.1))


def test_it_starts_from_an_encoder_that_has_seen_photos():
    encoder, network = GarmentParser().unet.encoder.state_dict(), tiny()
    network.start_from(encoder)
    first, later = "features.0.0.weight", "features.17.conv.2.weight"
    ours = network.encoder.state_dict()
    torch.testing.assert_close(ours[first][:, :3], encoder[first])
    assert not ours[first][:, 3:].any()
    torch.testing.assert_close(ours[later], encoder[later])


# --- training -------------------------------------------------------------------------------------------------------


def sample() -> Sample:
    """The truth is the ground, of which the rules know nothing; the left half is judged."""
    random = np.random.default_rng(0)
    plates = np.zeros((5, *SIZE, 3), np.uint8)
    for plate, level in enumerate((200, 40, 120, 160, 220)):
        plates[plate] = level + random.integers(0, 20, (*SIZE, 3))
    judged = np.zeros(SIZE, np.uint8)
    judged[:, : SIZE[1] // 2] = 255
    given = CompositeInput(plates, np.zeros((NUM_PLANES, *SIZE), np.uint8), np.zeros(SIZE, np.uint8))
    return Sample(given, plates[1].copy(), judged)


def views(vary: bool = True) -> CompositeViews:
    return CompositeViews([packed(sample())[None]], [1.0], 0, vary)


class Sure(torch.nn.Module):
    """Chooses one plate everywhere."""

    def __init__(self, plate: str):
        super().__init__()
        self.plate, self.weight = PLATES.index(plate), torch.nn.Parameter(torch.zeros(1))

    def forward(self, shown):
        weights = torch.zeros(len(shown), 5, *SIZE)
        weights[:, self.plate] = 1
        return Composite(weights + self.weight, torch.zeros(len(shown), 3, *SIZE))


def test_validation_compares_with_the_rules():
    task = CompositeTask(tiny(), views(), views(vary=False))
    rules, ground = task.validate(Sure("rules")), task.validate(Sure("ground"))
    assert rules["ratio"] == pytest.approx(1)
    assert rules["rules_l1"] == pytest.approx(160 / 255, abs=0.01)
    assert ground["l1"] == pytest.approx(0, abs=1e-6)
    assert CompositeTask(tiny(), views()).validate(tiny()) == {}


def test_the_loss_is_of_what_is_judged_alone():
    task = CompositeTask(tiny(), views(vary=False))
    batch = {name: tensor[None] for name, tensor in task.example(0).items()}
    assert task.loss(Sure("ground"), batch, 1.0)["color"].item() == pytest.approx(0, abs=1e-6)
    batch["truth"][:, :, SIZE[1] // 2 :] = 255
    assert task.loss(Sure("ground"), batch, 1.0)["color"].item() == pytest.approx(0, abs=1e-6)
    batch["truth"][:, :, : SIZE[1] // 2] = batch["plates"][:, 0, :, : SIZE[1] // 2]
    assert task.loss(Sure("ground"), batch, 1.0)["color"].item() == pytest.approx(160 / 255, abs=0.01)


def test_a_tiny_network_learns_which_plate_is_true():
    task = CompositeTask(tiny(), views())
    optimizer = torch.optim.Adam(task.network.parameters(), lr=0.05)
    colors = []
    for number in count():
        batch = {name: tensor[None] for name, tensor in task.example(number).items()}
        found = task.loss(task.network, batch, 1.0)
        optimizer.zero_grad()
        found["loss"].backward()
        optimizer.step()
        colors.append(found["color"].item())
        if len(colors) == 25:
            break
    assert np.mean(colors[-3:]) < 0.5 * colors[0]


def test_an_interrupted_training_goes_on_the_same(tmp_path):
    config = TrainConfig(
        images=4, batch=1, lr=1e-2, warmup=1, workers=0, log_steps=1, sheet_steps=50, checkpoint_minutes=0
    )
    whole = goes_on_the_same(lambda: CompositeTask(tiny(), views(), sheet_numbers=(0,)), config, tmp_path, 2)
    assert whole.head.weight.any()  # it began with zeros


def test_of_one_try_on_it_gives_weights_and_light():
    given = sample().given
    weights, light = composited(tiny().eval(), given)
    assert weights.shape == (5, *SIZE)
    assert light.shape == (*SIZE, 3)
    assert weights.dtype == light.dtype == np.float32


def test_every_channel_has_its_place():
    given = sample().given
    given.stay[3, 4] = 7
    shown = channels(given)
    assert shown.shape == (NUM_CHANNELS, *SIZE)
    assert np.array_equal(shown[3:6], given.plates[1].transpose(2, 0, 1))
    assert np.array_equal(shown[15 : 15 + NUM_PLANES], given.planes)
    labels = shown[15 + NUM_PLANES :]
    assert labels[:, 3, 4].argmax() == 7
    assert (labels.sum(0, dtype=int) == 255).all()
