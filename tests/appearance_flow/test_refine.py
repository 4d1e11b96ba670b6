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


def test_where_a_part_is_not_seen_it_moves_as_beside():
    visible = np.zeros((90, 68), np.float32)
    visible[20:60, 20:40], visible[20:60, 40:50] = 0.9, 0.4
    offset = np.full((90, 68, 2), 7, np.float32)
    offset[20:60, 20:40], offset[20:60, 40:50] = (1, -2), (3, -2)
    move = Move(Window.of(PERSON.keypoints, (90, 68)), offset, visible)
    found = move.continued(0.4).offset
    assert found[40, 25].tolist() == [1, -2]
    assert found[40, 49].tolist() == [3, -2]
    assert found[80, 25] == pytest.approx((1, -2), abs=0.01)
    assert found[40, 66] == pytest.approx((3, -2), abs=0.01)
    assert move.continued(0.95).offset.max() == 7  # nothing is sure
    assert move.continued(0.5).offset[40, 60] == pytest.approx((1, -2), abs=0.01)


def test_an_edge_that_is_not_seen_stays_beside_what_is():
    """The network says something else where it shows nothing, and a skirt hangs all the same."""
    skirt = figure((np.s_[165:240, 60:140], Label.SKIRT))
    refiner = shifting(0, 0)

    class Wild(Refiner):
        def __call__(self, *arguments):
            moves = refiner(*arguments)
            for move in moves.values():
                rows = np.arange(move.visible.shape[0])[:, None]
                below = rows / move.window.scale + move.window.corner[1] > 230
                move.visible[np.broadcast_to(below, move.visible.shape)] = 0
                move.offset[np.broadcast_to(below, move.visible.shape)] = (0, -9)
            return moves

    garment = worn_by(skirt, "lower")
    layers = warp(skirt, garment, plan(skirt, garment, "keep"), Wild(network())).lower
    (found,) = (layer for layer in layers if layer.part == "skirt")
    assert np.flatnonzero((found.alpha > 0.5).any(1))[-1] == pytest.approx(239, abs=1)


def test_without_parts_nothing_is_asked():
    view = PERSON.close
    assert shifting(0, 0)(view, view.parsing, view.parsing == Label.UPPER, {}, view) == {}
