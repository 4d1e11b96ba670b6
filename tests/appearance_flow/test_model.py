import numpy as np
import pytest
import torch

from appearance_flow.model import AppearanceFlowNet
from appearance_flow.planes import GARMENT_PLANES, PERSON_PLANES
from tests.appearance_flow.drawn_flow import SMALL, network
from tryon.core.errors import ShapeError


def planes(number: int = 2, size: tuple[int, int] = (96, 80)) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.rand(number, n, *size, generator=generator) for n in (GARMENT_PLANES, PERSON_PLANES))


def moving() -> AppearanceFlowNet:
    """A network whose last layers do something."""
    torch.manual_seed(1)
    net = network()
    for head in (*net.move, net.show):
        torch.nn.init.normal_(head.weight, std=8.0)
    return net


def test_untrained_it_is_the_pose_flow():
    refined = network()(*planes(), 26.0)
    assert refined.offset.shape == (2, 2, 48, 40)
    assert refined.offset.abs().max() == 0
    assert refined.visible.shape == (2, 1, 48, 40)


def test_offsets_stay_within_the_bounds():
    net = moving()
    for head in net.move:
        torch.nn.init.constant_(head.bias, 100.0)
        torch.nn.init.zeros_(head.weight)
    refined = net(*planes(), 20.0)
    # .4 + .2 + .1 + .05 torso lengths of 20 pixels
    assert refined.coarse[0].unique().tolist() == pytest.approx([8.0])
    assert refined.offset.max().item() == pytest.approx(15.0, abs=1e-4)


def test_every_example_is_answered_alone():
    net, (garment, person) = moving(), planes(3)
    together = net(garment, person, 26.0)
    alone = net(garment[1:2], person[1:2], 26.0)
    assert together.offset.abs().max() > 0.1
    assert torch.allclose(together.offset[1:2], alone.offset, atol=1e-4)


def test_one_person_may_wear_all_parts():
    net, (garment, person) = moving(), planes(3)
    once = net(garment, person[:1], 26.0)
    each = net(garment, person[:1].expand(3, -1, -1, -1), 26.0)
    assert torch.allclose(once.offset, each.offset, atol=1e-5)


def test_any_size_that_16_divides():
    assert moving()(*planes(1, (64, 112)), 26.0).offset.shape == (1, 2, 32, 56)
    with pytest.raises(ShapeError, match="garment"):
        moving()(*planes(1, (60, 64)), 26.0)
    garment, person = planes()
    with pytest.raises(ShapeError, match="person"):
        moving()(garment, person[:, 1:], 26.0)


def test_what_is_saved_answers_the_same(tmp_path):
    net = moving()
    net.save_pretrained(tmp_path, half=False)
    loaded = AppearanceFlowNet.from_pretrained(tmp_path)
    assert loaded.config == SMALL
    assert torch.equal(loaded(*planes(), 26.0).offset, net(*planes(), 26.0).offset)


def test_gradients_reach_both_encoders():
    net = moving().double()
    garment, person = (one[:1, :, :32, :32].double().requires_grad_() for one in planes())
    refined = net(garment, person, 9.0)
    (refined.offset.square().sum() + refined.visible.sum()).backward()
    assert garment.grad.abs().max() > 0
    assert person.grad.abs().max() > 0

    # One plane's gradient against finite differences.
    def total(step: float) -> float:
        moved = garment.detach().clone()
        moved[0, 2] += step
        refined = net(moved, person.detach(), 9.0)
        return (refined.offset.square().sum() + refined.visible.sum()).item()

    assert float(garment.grad[0, 2].sum()) == pytest.approx((total(1e-3) - total(-1e-3)) / 2e-3, rel=2e-2)


def test_it_can_be_exported():
    net, inputs = moving(), planes(1)

    class WithUnit(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, garment, person):
            return self.net(garment, person, 26.0).offset

    exported = torch.export.export(WithUnit().eval(), inputs).module()(*inputs)
    assert np.allclose(exported.detach().numpy(), net(*inputs, 26.0).offset.detach().numpy(), atol=1e-4)
