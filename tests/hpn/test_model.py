"""The network: its sizes as the paper gives them, growth, and what every network here must do."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from hpn.info import cost, plan, table
from hpn.model import BOTTLENECK, HPN, HPNConfig
from hpn.network import PRESETS
from hpn.schedule import stages
from tests.contract import NetworkContract
from tryon.core.errors import ConfigError

TINY = HPNConfig(width=1 / 16, norm="group")


def inputs(batch, resolution=64, *, align=False):
    rng = np.random.default_rng(5)
    shapes = [(3, resolution, resolution), (18, 32, 32)]
    shapes += [(2, resolution, resolution), (1, resolution, resolution)] if align else []
    return tuple(torch.from_numpy(rng.random((3, *shape)).astype(np.float32))[:batch] for shape in shapes)


class TestPaperNetwork(NetworkContract):
    def network(self):
        return HPN(HPNConfig(width=1 / 16))

    def inputs(self, batch):
        return inputs(batch)

    def compute(self, network, *given):
        return network(*given).image

    def wrong_inputs(self):
        image, pose = inputs(1)
        return [((image[..., :32], pose), "(any, 3, 64, 64)"), ((image, pose[:, :17]), "(any, 18, 32, 32)")]


class TestReleaseNetwork(TestPaperNetwork):
    def network(self):
        return HPN(replace(TINY, align=True, copy=True, person=True, resolution=128))

    def inputs(self, batch):
        return inputs(batch, 128, align=True)

    def compute(self, network, *given):
        output = network(*given)
        return torch.cat((output.image, output.copied, output.person), 1)

    def wrong_inputs(self):
        image, *rest = inputs(1, 128, align=True)
        return [((image[..., :64], *rest), "(any, 3, 128, 128)")]


def convolutions(module):
    return [one for one in module.modules() if isinstance(one, nn.Conv2d)]


def test_the_paper_network_has_the_layers_of_section_3_4():
    with torch.device("meta"):
        network = HPN(replace(PRESETS["paper"], resolution=1024))
    shapes = {
        (half, int(side)): [tuple(one.weight.shape) for one in convolutions(block)]
        for half in ("encoder", "decoder")
        for side, block in getattr(network, half).items()
    }
    assert shapes["encoder", 32] == [(1024, 1024, 3, 3), (1024, 1024, 3, 3)]
    assert shapes["decoder", 32] == [(1024, 1042, 3, 3), (1024, 1024, 3, 3)]
    for side, channels in ((64, 512), (128, 256), (256, 128), (512, 64), (1024, 32)):
        assert shapes["encoder", side] == [(channels, channels, 3, 3), (2 * channels, channels, 3, 3)]
        assert shapes["decoder", side] == [(channels, 3 * channels, 3, 3), (channels, channels, 3, 3)]
    assert tuple(network.from_rgb.weight.shape) == (32, 3, 1, 1)
    assert tuple(network.to_rgb.weight.shape) == (3, 32, 1, 1)


def test_the_paper_network_has_the_parameters_counted_by_hand():
    # Convolutions as in the docstring's table; two affine numbers a normalized channel; RGB with biases.
    convolutions_64 = 37_914_624 + 16_515_072
    normalization_64 = 2 * (1024 * 4 + 512 + 1024 + 512 + 512)
    rgb_64 = (3 * 512 + 512) + (512 * 3 + 3)
    assert cost(PRESETS["paper"], 0).parameters == convolutions_64 + normalization_64 + rgb_64 == 54_446_595
    convolutions_1024 = convolutions_64 + 4_128_768 + 1_032_192 + 258_048 + 64_512
    normalization_1024 = 2 * (1024 * 4 + 5 * (512 + 256 + 128 + 64 + 32))
    rgb_1024 = (3 * 32 + 32) + (32 * 3 + 3)
    whole = cost(replace(PRESETS["paper"], resolution=1024), 0).parameters
    assert whole == convolutions_1024 + normalization_1024 + rgb_1024 == 59_931_555


def test_the_multiply_adds_counted_by_hand():
    # At 32 x 32 the four convolutions of the bottleneck; at 64 x 64 the others and RGB.
    by_hand = 37_914_624 * 32**2 + (16_515_072 + 2 * 3 * 512) * 64**2
    assert cost(PRESETS["paper"], 0).macs == by_hand


@pytest.mark.parametrize("norm", ["batch", "group"])
def test_it_is_made_of_the_papers_layers(norm):
    network = HPN(replace(TINY, norm=norm))
    kinds = {type(one) for one in network.modules() if not list(one.children())}
    assert kinds == {nn.Conv2d, nn.LeakyReLU, nn.BatchNorm2d if norm == "batch" else nn.GroupNorm}
    assert {one.negative_slope for one in network.modules() if isinstance(one, nn.LeakyReLU)} == {0.2}


def test_hes_initialization():
    torch.manual_seed(0)
    weight = HPN(HPNConfig(width=1 / 4)).encoder["32"][0][0].weight
    assert weight.std().item() == pytest.approx((2 / 1.04 / (9 * 256)) ** 0.5, rel=0.01)
    assert weight.mean().item() == pytest.approx(0, abs=1e-3)


def test_growth_keeps_every_old_block_bit_for_bit():
    torch.manual_seed(0)
    network = HPN(replace(TINY, norm="batch"))
    network.train()(*inputs(2))  # moves the running statistics
    grown = network.grow()
    assert grown.config == replace(network.config, resolution=128)
    before, after = network.state_dict(), grown.state_dict()
    kept = [name for name in before if not name.startswith(("from_rgb", "to_rgb"))]
    assert len(kept) > 40
    assert all(torch.equal(before[name], after[name]) for name in kept)
    new = {name.split(".")[1] for name in after.keys() - before.keys()}
    assert new == {"128"}
    assert grown.from_rgb.weight.shape[0] == 256 // 16
    assert all(weight.requires_grad for weight in grown.parameters())
    with pytest.raises(ConfigError, match="its largest resolution"):
        HPN(replace(TINY, resolution=1024)).grow()


def only(convolution, *channels):
    """A convolution that passes channels on, input to output, and nothing else."""
    with torch.no_grad():
        convolution.weight.zero_()
        middle = convolution.kernel_size[0] // 2
        for inside, outside in channels:
            convolution.weight[outside, inside, middle, middle] = 1


@torch.inference_mode()
def test_the_forward_computed_by_hand():
    """The real network, whose convolutions pass single channels on: red goes the whole way down and up, green takes the
    skip, and of the pose map 4 comes into blue. Each picture element but four is 0."""
    network = HPN(HPNConfig(width=1 / 16)).eval()
    # 32 channels at 64 x 64, 64 at 32 x 32; batch norms that have seen nothing divide by the root of 1.00001.
    only(network.from_rgb, (0, 0), (1, 1))
    for name, channels in (("64", ((0, 0), (1, 1))), ("32", ((0, 0),))):
        for one in convolutions(network.encoder[name]):
            only(one, *channels)
    first, second = convolutions(network.decoder["32"])
    only(first, (0, 0), (64 + 4, 2))
    only(second, (0, 0), (2, 2))
    first, second = convolutions(network.decoder["64"])
    only(first, (0, 0), (64 + 1, 1), (2, 2))
    only(second, (0, 0), (1, 1), (2, 2))
    only(network.to_rgb, (0, 0), (1, 1), (2, 2))
    image, pose = torch.zeros(1, 3, 64, 64), torch.zeros(1, 18, 32, 32)
    image[0, :2, 20:22, 30:32] = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    image[0, 0, 40, 50] = -4.0  # leaks to -0.8, and is averaged with three zeros
    pose[0, 4, 7, 9] = 0.5
    done = network(image, pose).image[0]
    expected = torch.zeros(3, 64, 64)
    expected[0, 20:22, 30:32] = 3.0  # the average of 1, 2, 3 and 6, in four equal pixels
    expected[0, 40:42, 50:52] = -4 * 0.2**8 / 4  # eight leaky units
    expected[1, 20:22, 30:32] = torch.tensor([[1.0, 2.0], [3.0, 6.0]])
    expected[2, 14:16, 18:20] = 0.5
    torch.testing.assert_close(done, expected, rtol=1e-4, atol=1e-9)


@torch.inference_mode()
def test_aligned_skips_show_the_source_where_the_flow_points():
    """A picture of one bright spot, and a flow that moves all by 16 pixels: the spot's influence moves along."""
    torch.manual_seed(0)
    network = HPN(replace(TINY, align=True)).eval()
    network.decoder["32"].apply(lambda one: one.weight.zero_() if isinstance(one, nn.Conv2d) else None)
    image, pose = torch.zeros(1, 3, 64, 64), torch.zeros(1, 18, 32, 32)
    agreement = torch.ones(1, 1, 64, 64)
    spot = image.clone()
    spot[..., 30:34, 20:24] = 1
    flow = torch.zeros(1, 2, 64, 64)
    flow[:, 0] = -16  # target x - 16 = source x

    def influence(flow):
        change = (network(spot, pose, flow, agreement).image - network(image, pose, flow, agreement).image).abs().sum(1)
        # The group norms change everything a little; what the spot itself changes stands out.
        top = (change[0] > 0.5 * change.max()).nonzero().float().mean(0)
        return round(float(top[1]))

    assert influence(torch.zeros_like(flow)) == pytest.approx(21.5, abs=1)
    assert influence(flow) == pytest.approx(37.5, abs=1)


@torch.inference_mode()
def test_copied_pixels_are_those_of_the_warped_picture():
    network = HPN(replace(TINY, align=True, copy=True)).eval()
    network.to_rgb.weight[3] = 0
    network.to_rgb.bias[3] = 30  # copy everything
    image, pose, flow, agreement = inputs(1, align=True)
    flow = torch.zeros_like(flow)
    flow[:, 1] = 2
    output = network(image, pose, flow, agreement)
    torch.testing.assert_close(output.image[..., :-2, :], image[..., 2:, :])
    assert output.person is None


def test_wrong_configurations_are_told():
    for words, wrong in (
        ("choose one of 64, 128", {"resolution": 96}),
        ("a multiple of 1/16", {"width": 0.1}),
        ("choose batch or group", {"norm": "layer"}),
        ("copy needs align", {"copy": True}),
    ):
        with pytest.raises(ConfigError, match=words):
            HPNConfig(**wrong)
    with pytest.raises(ConfigError, match="takes no flow"):
        HPN(TINY)(*inputs(1, align=True))
    with pytest.raises(ConfigError, match="needs flow"):
        HPN(replace(TINY, align=True))(*inputs(1))


def test_what_is_printed_of_presets_and_plans():
    lines = table().splitlines()
    assert len(lines) == 2 + 5 * 5
    assert lines[2].startswith("paper | 64 | 54.45 | 106.48 |")
    last = plan(PRESETS["paper"], stages("paper", 1024)).splitlines()[-1]
    # About 2.5e19 multiply-adds for the paper's five times 700,000 iterations.
    assert 2.4e4 < float(last.split()[2]) < 2.6e4


def test_schedules():
    paper = stages("paper", 1024)
    assert [stage.resolution for stage in paper] == [64, 128, 256, 512, 1024]
    assert [stage.images // stage.batch for stage in paper] == [700_000] * 5
    assert [stage.descriptors for stage in paper] == [18, 18, 31, 31, 44]
    assert {stage.lr for stage in paper} == {2e-4}
    assert [stage.resolution for stage in stages("paper", 128)] == [64, 128]
    assert [stage.batch for stage in paper] == [32, 16, 8, 4, 2]
    for stage in paper:
        assert (stage.warmup, stage.ema, stage.max_gradient_norm) == (0, 0.0, None)
        assert stage.keep_moments
        assert not stage.augment
    for stage in (*stages("short", 1024), *stages("cpu", 256)):
        assert (stage.warmup, stage.ema, stage.max_gradient_norm) == (200, 0.998, 5.0)
        assert not stage.keep_moments
        assert stage.augment
    with pytest.raises(ConfigError, match="no stage of 1024"):
        stages("cpu", 1024)
    with pytest.raises(ConfigError, match="unknown schedule"):
        stages("papers", 64)


def test_the_bottleneck_is_the_papers():
    assert BOTTLENECK == 32
    assert [PRESETS["paper"].channels(side) for side in (32, 64, 1024)] == [1024, 512, 32]
