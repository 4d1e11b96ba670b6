from typing import Any

import pytest
import torch

from appearance_flow.paper import PaperFlowConfig, PaperFlowNet, on_neutral
from tests.appearance_flow.drawn_flow import TINY_PAPER, paper_network
from tests.contract import NetworkContract


def moving() -> PaperFlowNet:
    """A network whose last layer does something."""
    torch.manual_seed(1)
    net = paper_network()
    torch.nn.init.normal_(net.flow.weight, std=0.1)
    return net


def planes(batch: int = 2, size: tuple[int, int] = (48, 32)) -> torch.Tensor:
    found = torch.rand(3, 5, *size, generator=torch.Generator().manual_seed(0))
    found[:, 3:] = (found[:, 3:] > 0.5).float()
    return found[:batch]


class TestContract(NetworkContract):
    def network(self) -> Any:
        net = PaperFlowNet(TINY_PAPER)
        torch.nn.init.normal_(net.flow.weight, std=0.1)
        return net

    def inputs(self, batch: int) -> tuple[torch.Tensor, ...]:
        return (planes(batch),)

    def wrong_inputs(self) -> list[tuple[tuple[torch.Tensor, ...], str]]:
        return [
            ((planes()[:, :4],), "planes"),
            ((planes(1, (48, 36)),), "a multiple of 8"),
            ((planes()[0],), "planes"),
        ]


def test_an_untrained_network_is_the_identity():
    net, given = paper_network(), planes()
    flow = net(given)
    assert flow.shape == (2, 2, 48, 32)
    assert flow.abs().max() == 0
    assert torch.allclose(net.sample(given[:, :3], flow), given[:, :3], atol=1e-5)


def test_flow_is_in_pixels_of_the_window():
    net = paper_network()
    net.flow.bias.data = torch.tensor((0.25, -0.125))  # of the way from the middle of the window to its edge
    flow = net(planes())
    assert flow[:, 0].unique().tolist() == [4.0]
    assert flow[:, 1].unique().tolist() == [-3.0]
    garment = planes(1)[:, :3]
    assert torch.allclose(net.sample(garment, flow[:1])[..., 3:, :-4], garment[..., :-3, 4:], atol=1e-5)


def test_it_asks_for_the_garment_its_mask_and_that_of_the_target():
    given = planes().requires_grad_()
    moving()(given).square().sum().backward()
    assert given.grad is not None
    assert (given.grad.abs().amax((0, 2, 3)) > 0).tolist() == [True] * 5


def test_the_loss_of_what_is_sampled_reaches_the_flow():
    net, given = paper_network(), planes(1)
    warped = net.sample(given[:, :3], net(given))
    warped[..., 10:20, 10:20].sum().backward()
    assert net.flow.bias.grad.abs().min() > 0


def test_what_is_saved_answers_the_same(tmp_path):
    net = moving()
    net.save_pretrained(tmp_path, half=False)
    loaded = PaperFlowNet.from_pretrained(tmp_path)
    assert loaded.config == TINY_PAPER
    assert net(planes()).abs().max() > 0
    assert torch.equal(loaded(planes()), net(planes()))


def test_the_size_of_the_default():
    net = PaperFlowNet()
    assert net.config == PaperFlowConfig(size=(256, 192), channels=(16, 32, 64, 128, 256, 512))
    assert sum(weight.numel() for weight in net.parameters()) == 5_509_330
    assert net.eval()(planes(1, net.config.size)).shape == (1, 2, 256, 192)


def test_what_lies_beside_the_mask_is_middle_gray():
    photo = torch.tensor((0, 255, 51), dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 1, 2)
    shown = on_neutral(photo, torch.tensor((True, False)).view(1, 1, 1, 2))
    assert shown[0, :, 0].tolist() == [[-1, 0], [1, 0], [pytest.approx(-0.6), 0]]
