import numpy as np
import pytest
import torch

from appearance_flow.refine import Move, Refiner
from appearance_flow.warp import warp
from tests.appearance_flow.drawn_flow import network
from tests.figure import figure
from tests.people import worn_by
from tryon.body.window import Window
from tryon.core.labels import Label
from tryon.outfit import plan

PERSON = figure()
SWAP = plan(PERSON, worn_by(PERSON, "upper"), "keep")


def shifting(x: float, y: float, logit: float = 9.0) -> Refiner:
    """A network that moves everything by the same part of its coarsest bound, and sees everything or nothing."""
    net = network()
    net.move[-1].bias.data[:] = torch.atanh(torch.tensor((x, y)))
    net.show.bias.data[:] = logit
    return Refiner(net)


def layer(refiner: Refiner | None):
    (found,) = warp(PERSON, worn_by(PERSON, "upper"), SWAP, refiner).upper
    return found


def test_a_network_that_moves_nothing_leaves_the_pose_flow():
    still = layer(shifting(0, 0))
    assert np.abs(still.flow[60:165, 70:130]).max() < 0.5
    assert (still.alpha > 0.5).sum() == pytest.approx(105 * 60, rel=0.02)


def test_the_garment_goes_where_the_network_says():
    moved = layer(shifting(0.5, -0.25))
    # Half and a quarter of .4 torso lengths of 100 pixels.
    assert moved.flow[100, 100].tolist() == pytest.approx([20, -10], abs=0.3)
    rows, columns = np.nonzero(moved.alpha > 0.5)
    assert (columns.mean(), rows.mean()) == pytest.approx((99.5 - 20, 112 + 10), abs=1.5)


def test_what_is_not_seen_on_the_person_is_left_out():
    assert layer(shifting(0, 0, -9.0)).alpha.max() == 0
    assert layer(shifting(0, 0, 9.0)).alpha.max() == pytest.approx(1)


def test_offsets_are_in_pixels_of_the_picture():
    window = Window.of(PERSON.keypoints, (90, 68))  # four pixels of the picture for one
    offset = np.zeros((90, 68, 2), np.float32)
    offset[..., 0] = np.arange(68)
    move = Move(window, offset, np.zeros((90, 68), np.float32))
    place = window.corner[0] + 40 / window.scale
    found = move.offset_at(np.array([[place + 60j, place + 1e5j, -1e5 + 60j]]))
    assert found[0].tolist() == pytest.approx([40 / window.scale, 40 / window.scale, 0])


def test_without_parts_nothing_is_asked():
    view = PERSON.close
    assert shifting(0, 0)(view, view.parsing, view.parsing == Label.UPPER, {}, view) == {}
