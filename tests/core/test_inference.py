"""The copy of a network that reads pictures faster."""

import torch
from torch import nn

from tryon.core.inference import for_reading
from tryon.read.parser.model import GarmentParser


def test_the_copy_answers_the_same_and_the_network_stays() -> None:
    network = GarmentParser.from_pretrained()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    ready = for_reading(network)
    picture = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(ready(picture), network.eval()(picture), atol=1e-3, rtol=1e-3)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in ready.modules())
    assert not ready.training
    after = network.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_a_normalization_that_follows_no_convolution_stays() -> None:
    network = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1), nn.ReLU(), nn.BatchNorm2d(4)).eval()
    network[0].running_mean.fill_(0.5)
    network[3].running_var.fill_(4.0)
    picture = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    ready = for_reading(network)
    assert [type(module) for module in ready] == [nn.BatchNorm2d, nn.Conv2d, nn.ReLU, nn.BatchNorm2d]
    torch.testing.assert_close(ready(picture), network(picture))
