"""The parser network in a tiny configuration, and its loss on literal values."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from tests.contract import NetworkContract
from tryon.core.labels import NUM_LABELS, UNKNOWN, Label
from tryon.read.parser.model import GarmentParser, Parsed, ParserConfig
from tryon.read.parser.task import CLASS_WEIGHTS, ParserTask, dice_loss, presence_loss
from tryon.read.views import PersonViews
from tryon.types import PersonSample

TINY = ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64))


class TestGarmentParser(NetworkContract):
    def network(self):
        return GarmentParser(TINY)

    def compute(self, network, *inputs):
        labels, presence = network(*inputs)
        return torch.cat((labels.flatten(1), presence), 1)

    def inputs(self, batch):
        return (torch.rand(3, 3, 64, 96, generator=torch.Generator().manual_seed(7))[:batch],)

    def wrong_inputs(self):
        expected = "expected (any, 3, a multiple of 32, a multiple of 32)"
        return [
            ((torch.zeros(1, 1, 64, 64),), f"image has shape (1, 1, 64, 64), {expected}"),
            ((torch.zeros(1, 3, 64, 50),), f"image has shape (1, 3, 64, 50), {expected}"),
            ((torch.zeros(3, 64, 64),), f"image has shape (3, 64, 64), {expected}"),
        ]

    def test_scores_for_every_pixel(self):
        parsed = self.seeded().eval()(*self.inputs(2))
        assert parsed.labels.shape == (2, NUM_LABELS, 64, 96)
        assert parsed.presence.shape == (2, NUM_LABELS)


def one_hot(labels):
    return nn.functional.one_hot(labels, NUM_LABELS).permute(0, 3, 1, 2).float()


def test_dice_of_a_perfect_reading_is_zero():
    labels = torch.tensor([[[0, 0, 4, 4], [0, 0, 8, 8]]])
    assert dice_loss(one_hot(labels), labels).item() == pytest.approx(0)


def test_dice_counts_the_classes_that_are_there_the_same():
    truth = torch.zeros(1, 10, 10, dtype=torch.long)
    truth[0, 0, 0] = Label.BAG  # a single pixel, missed
    read = torch.zeros_like(truth)
    # background: 1 - (2 * 99 + 1) / (100 + 99 + 1); bag: 1 - (0 + 1) / (0 + 1 + 1); twelve others don't count
    assert dice_loss(one_hot(read), truth).item() == pytest.approx((0.005 + 0.5) / 2)


def test_loss_of_an_even_reading():
    task = ParserTask(GarmentParser(TINY), views=None)
    labels = torch.zeros(1, 4, 4, dtype=torch.long)

    class Even(nn.Module):
        def forward(self, image):
            return Parsed(torch.zeros(len(image), NUM_LABELS, *image.shape[2:]), torch.zeros(len(image), NUM_LABELS))

    scalars = task.loss(Even(), {"image": torch.zeros(1, 3, 4, 4), "labels": labels}, 1.0)
    mean_weight = sum(CLASS_WEIGHTS) / NUM_LABELS
    # Smoothing spreads .03 of the target over all classes, each with its own weight; PyTorch divides by the weight
    # of the true class.
    entropy = math.log(NUM_LABELS) * (0.97 * CLASS_WEIGHTS[0] + 0.03 * mean_weight) / CLASS_WEIGHTS[0]
    assert scalars["cross_entropy"].item() == pytest.approx(entropy, rel=1e-5)
    overlap = 16 / NUM_LABELS
    assert scalars["dice"].item() == pytest.approx(1 - (2 * overlap + 1) / (overlap + 16 + 1))
    assert scalars["presence"].item() == pytest.approx(math.log(2))
    parts = (scalars[name].item() for name in ("cross_entropy", "dice", "presence"))
    assert scalars["loss"].item() == pytest.approx(sum(parts))


def test_pixels_of_unknown_class_count_in_no_loss():
    labels = torch.full((1, 10, 10), UNKNOWN)
    labels[0, :5] = Label.OUTER
    read = one_hot(torch.full((1, 10, 10), int(Label.OUTER)))
    assert dice_loss(read, labels).item() == pytest.approx(0)
    task = ParserTask(GarmentParser(TINY), views=None)

    class Sure(nn.Module):
        def forward(self, image):
            return Parsed(50 * read, torch.zeros(1, NUM_LABELS))

    image = torch.zeros(1, 3, 10, 10)
    known = task.loss(Sure(), {"image": image, "labels": labels}, 1.0)["cross_entropy"].item()
    whole = torch.full((1, 10, 10), int(Label.OUTER))
    assert known == pytest.approx(task.loss(Sure(), {"image": image, "labels": whole}, 1.0)["cross_entropy"].item())


def test_presence_asks_for_what_is_clear():
    """Half coat, ten pixels of 40,000 bag, the rest unknown: 12 absent classes and the coat count, the bag does not."""
    labels = torch.full((1, 200, 200), UNKNOWN)
    labels[0, :100] = Label.OUTER
    labels[0, 150, :10] = Label.BAG
    logits = torch.zeros(1, NUM_LABELS)
    logits[0, Label.OUTER], logits[0, Label.BAG] = 2.0, 30.0
    expected = (math.log(1 + math.exp(-2)) + 12 * math.log(2)) / 13
    assert presence_loss(logits, labels).item() == pytest.approx(expected)


def test_examples_and_sheet():
    image = np.full((80, 60, 3), 128, np.uint8)
    parsing = np.zeros((80, 60), np.uint8)
    parsing[10:70, 20:40] = Label.DRESS
    sample = PersonSample(image, np.zeros((18, 3), np.float32), parsing)
    task = ParserTask(GarmentParser(TINY), PersonViews([sample], (64, 64), seed=1), sheet_numbers=range(3))
    example = task.example(5)
    assert example["image"].shape == (3, 64, 64)
    assert example["image"].dtype == torch.float32
    assert 0 <= example["image"].min() <= example["image"].max() <= 1
    assert example["labels"].shape == (64, 64)
    assert example["labels"].dtype == torch.int64
    assert set(example["labels"].unique().tolist()) <= {0, int(Label.DRESS)}
    sheet = task.sheet(task.network.eval())
    assert sheet.shape == (3 * 64, 3 * 64, 3)
    assert sheet.dtype == np.uint8


class Left(nn.Module):
    """Calls the left half of each picture a dress."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Parameter(torch.zeros(1))

    def forward(self, image):
        logits = torch.zeros(len(image), NUM_LABELS, *image.shape[2:])
        logits[:, Label.DRESS, :, : image.shape[3] // 2] = 1
        return Parsed(logits, torch.zeros(len(image), NUM_LABELS))


class Halves:
    """A view whose upper half shows a dress."""

    def view(self, number):
        parsing = np.zeros((8, 8), np.uint8)
        parsing[:4] = Label.DRESS
        return np.zeros((8, 8, 3), np.uint8), np.zeros((18, 3), np.float32), parsing


def test_validation():
    """A quarter is found, a quarter is missed, and a quarter is wrong."""
    task = ParserTask(GarmentParser(TINY), views=None, validation=Halves())
    assert task.validate(Left()) == pytest.approx({"miou_9": 1 / 3, "iou_person": 1 / 3})
    assert ParserTask(GarmentParser(TINY), views=None).validate(Left()) == {}
