"""How far garments reach behind what hides them, on literal views."""

import numpy as np
import pytest
import torch

from appearance_flow.amodal.inputs import BONE_PLANES, NUM_PLANES
from appearance_flow.amodal.views import View
from tryon.core.labels import NUM_LABELS, Label
from tryon.evaluate.amodal import GROUPS, measure, tables

LEFT = np.s_[:, :8]


class SaysLeft(torch.nn.Module):
    """The garment is in the left half."""

    config = None

    def forward(self, shown):
        logits = torch.full((1, 1, *shown.shape[2:]), -9.0)
        logits[0, 0][LEFT] = 9.0
        return logits


def view(garment: Label, over: Label, truth: np.ndarray) -> View:
    """A garment in the upper half, and something over the lower half, behind which the truth says where it goes on."""
    labels = np.full((16, 16), int(garment))
    labels[8:] = over
    shown = np.zeros((NUM_PLANES, 16, 16), np.uint8)
    shown[: NUM_LABELS + 1] = 255 * (labels == np.arange(NUM_LABELS + 1)[:, None, None])
    shown[NUM_LABELS + 1] = 255 * (labels == garment)
    hidden = np.zeros((16, 16), bool)
    hidden[8:] = True
    return View(shown, truth, hidden, np.ones((16, 16), bool))


def half() -> np.ndarray:
    truth = np.zeros((16, 16), bool)
    truth[LEFT] = True
    return truth


def test_shares_are_counted_by_what_lies_over_and_by_the_garment():
    views = [view(Label.UPPER, Label.HAIR, half()), view(Label.PANTS, Label.BAG, np.ones((16, 16), bool))]
    found = measure(SaysLeft().eval(), views)
    assert (found["hair_right"], found["hair_iou"], found["hair_right_seen"]) == (1, 1, 0.5)
    assert (found["lower_right"], found["lower_iou"], found["bag_right_seen"]) == (0.5, 0.5, 0)
    assert (found["all_right"], found["all_share"], found["upper_share"]) == (0.75, 1, 0.5)
    assert np.isnan(found["tops_right"])
    assert found["tops_share"] == 0


def test_a_table_has_a_row_for_each_group():
    text = tables(measure(SaysLeft().eval(), [view(Label.DRESS, Label.SKIN, half())]))
    assert [line.split("|")[1].strip() for line in text.splitlines()[2:]] == list(GROUPS)
    assert "| arms | 1.000 | 0.500 | 1.000 | 1.000 |" in text


def test_planes_are_those_of_the_network():
    assert NUM_PLANES == NUM_LABELS + 2 + BONE_PLANES == pytest.approx(26)
