"""Local descriptors at literal places, and the loss of equations 2 to 4."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.models import vgg16
from torchvision.models.vgg import cfgs, make_layers

from hpn.descriptors import boxes, crops, points
from hpn.losses import HPNLoss, LossConfig
from hpn.model import HPNOutput
from tryon.core.errors import CheckpointError, ConfigError
from tryon.core.perceptual import LAYERS, VGGFeatures


def skeleton():
    """Key point i at (10 i, 5 i), all seen."""
    return torch.tensor([[[10.0 * i, 5.0 * i, 1.0] for i in range(18)]])


def test_18_are_the_key_points():
    assert torch.equal(points(skeleton(), 18), skeleton())
    assert points(skeleton(), 0).shape == (1, 0, 3)


def test_31_add_the_middles_of_13_limbs():
    found = points(skeleton(), 31)[0]
    assert found.shape == (31, 3)
    # neck to right shoulder, right elbow to right wrist, left knee to left ankle, neck to nose
    assert found[18].tolist() == [15, 7.5, 1]
    assert found[18 + 3].tolist() == [35, 17.5, 1]
    assert found[18 + 11].tolist() == [125, 62.5, 1]
    assert found[18 + 12].tolist() == [5, 2.5, 1]


def test_44_take_the_thirds_or_nest():
    thirds = points(skeleton(), 44)[0]
    assert thirds.shape == (44, 3)
    torch.testing.assert_close(thirds[18 + 3], torch.tensor([30 + 10 / 3, 15 + 5 / 3, 1]))
    torch.testing.assert_close(thirds[31 + 3], torch.tensor([30 + 20 / 3, 15 + 10 / 3, 1]))
    nested = points(skeleton(), 44, "nested")[0]
    assert torch.equal(nested[:31], points(skeleton(), 31)[0])
    assert nested[31 + 3].tolist() == [37.5, 18.75, 1]


def test_a_point_between_is_as_sure_as_the_lesser_end():
    one = skeleton()
    one[0, 3, 2], one[0, 4, 2] = 0.5, 0
    found = points(one, 31)[0, :, 2]
    assert found[18 + 2] == 0.5  # right shoulder to right elbow
    assert found[18 + 3] == 0  # right elbow to right wrist
    with pytest.raises(ConfigError, match="choose 0, 18, 31 or 44"):
        points(one, 20)


def test_boxes_lie_inside_and_hold_their_points():
    centers = torch.tensor([[[0.0, 0, 1], [63, 63, 1], [31.6, 20.2, 1], [70, 10, 1], [10, 10, 0]]])
    corners, valid = boxes(centers, 64)  # sides of 8
    assert corners[0, :3].tolist() == [[0, 0], [56, 56], [28, 17]]
    assert valid[0].tolist() == [True, True, True, False, False]


def test_crops_are_cut_from_their_own_picture():
    pictures = torch.arange(2 * 3 * 64 * 64, dtype=torch.float32).reshape(2, 3, 64, 64).requires_grad_()
    corners = torch.tensor([[[5, 7], [0, 0]], [[56, 56], [1, 2]]])
    valid = torch.tensor([[True, False], [True, True]])
    found = crops(pictures, corners, valid)
    assert found.shape == (3, 3, 8, 8)
    assert torch.equal(found[0], pictures[0, :, 7:15, 5:13])
    assert torch.equal(found[1], pictures[1, :, 56:, 56:])
    assert torch.equal(found[2], pictures[1, :, 2:10, 1:9])
    found.sum().backward()
    assert pictures.grad.sum() == 3 * 3 * 64
    assert pictures.grad[0, 0, 7, 5] == 1
    assert pictures.grad[0, 0, 6, 5] == 0


class Identity(nn.Module):
    """Colors as the only feature, so that the loss can be computed by hand."""

    def forward(self, image):
        return {"colors": image}


def loss(config, *, first_half, error=0.5):
    target = torch.zeros(1, 3, 64, 64)
    points18 = torch.zeros(1, 18, 3)
    points18[0, :3] = torch.tensor([[32, 32, 1], [8, 8, 1], [50, 40, 1]])
    image = torch.full_like(target, error).requires_grad_()
    output = HPNOutput(image, image, None, torch.zeros(1, 1, 64, 64))
    return HPNLoss(Identity(), config)(output, target, points18, torch.ones(1, 1, 64, 64), first_half=first_half)


def test_l2_first_then_l1_and_the_sum_over_descriptors():
    config = LossConfig(descriptors=18, person_weight=0)
    squared, absolute = loss(config, first_half=True), loss(config, first_half=False)
    assert squared["global"].item() == pytest.approx(0.25)
    assert absolute["global"].item() == pytest.approx(0.5)
    # Three descriptors are seen; their mean counts for all 18.
    assert squared["local"].item() == pytest.approx(18 * 0.25)
    assert absolute["local"].item() == pytest.approx(18 * 0.5)
    assert absolute["loss"].item() == pytest.approx(19 * 0.5)
    mean = loss(LossConfig(local_reduction="mean", person_weight=0), first_half=False)
    assert mean["local"].item() == pytest.approx(0.5)


def test_the_parts_beyond_the_paper():
    parts = loss(LossConfig(descriptors=0, pixel_weight=2, person_weight=0.5), first_half=False)
    assert set(parts) == {"loss", "global", "pixels", "person"}
    assert parts["pixels"].item() == pytest.approx(1.0)
    assert parts["person"].item() == pytest.approx(0.5 * np.log(2), rel=1e-5)
    with pytest.raises(ConfigError, match="choose sum or mean"):
        LossConfig(local_reduction="max")
    with pytest.raises(ConfigError, match="choose 0, 18, 31 or 44"):
        LossConfig(descriptors=17)


def test_nobody_seen_gives_no_local_loss():
    output = torch.ones(1, 3, 64, 64, requires_grad=True)
    value = HPNLoss(Identity(), LossConfig(person_weight=0))(
        HPNOutput(output, output, None, None), torch.zeros(1, 3, 64, 64), torch.zeros(1, 18, 3), output[:, :1],
        first_half=True,
    )  # fmt: skip
    assert value["local"].item() == 0
    assert value["loss"].item() == 1


@pytest.fixture(scope="module")
def features():
    torch.manual_seed(0)
    return VGGFeatures(make_layers(cfgs["D"]))


def test_vgg_gives_four_layers_of_even_size(features):
    image = torch.rand(2, 3, 64, 64) * 2 - 1
    found = features(image)
    assert {name: tuple(layer.shape) for name, layer in found.items()} == {
        "relu1_2": (2, 64, 64, 64),
        "relu2_2": (2, 128, 32, 32),
        "relu3_3": (2, 256, 16, 16),
        "relu4_3": (2, 512, 8, 8),
    }
    assert tuple(features(image[..., :8, :8])["relu4_3"].shape) == (2, 512, 1, 1)
    sizes = [float(layer.square().mean().sqrt()) for layer in found.values()]
    assert all(0.2 < size < 5 for size in sizes)
    assert not any(weight.requires_grad for weight in features.parameters())
    assert not features.train().training


def test_weights_of_another_scale_give_the_same_features(features):
    """The original weights are those of colors in [0, 255]; the layers come out alike all the same."""
    scaled = make_layers(cfgs["D"])
    scaled.load_state_dict(features.features.state_dict(), strict=False)
    with torch.no_grad():
        scaled[0].weight *= 60
        scaled[0].bias *= 60
        for layer in (one for one in scaled[1:] if isinstance(one, nn.Conv2d)):
            layer.bias *= 60
    image = torch.rand(1, 3, 32, 32) * 2 - 1
    ours, theirs = features(image), VGGFeatures(scaled)(image)
    for name in LAYERS:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-3, atol=1e-4)


def test_vgg_from_files(tmp_path, features):
    torch.manual_seed(1)
    network = vgg16(weights=None, init_weights=False)
    torch.save({f"features.{name}": tensor.half() for name, tensor in network.features.state_dict().items()},
               tmp_path / "whole.pth")  # fmt: skip
    loaded = VGGFeatures.from_file(tmp_path / "whole.pth")
    torch.testing.assert_close(loaded.features[0].weight, network.features[0].weight, rtol=1e-3, atol=1e-3)
    state = network.features.state_dict()
    torch.save(state | {"0.weight": torch.zeros(64, 3, 5, 5)}, tmp_path / "other.pth")
    (tmp_path / "damaged.pth").write_bytes(b"nothing")
    for name in ("other.pth", "damaged.pth", "missing.pth"):
        with pytest.raises(CheckpointError, match=f"no VGG-16 weights from .*{name}.*give the state dict"):
            VGGFeatures.from_file(tmp_path / name)
    (tmp_path / "text.pth").write_text("# no weights\n")
    with pytest.raises(CheckpointError) as caught:
        VGGFeatures.from_file(tmp_path / "text.pth")
    words = r"no VGG-16 weights from \S+text.pth \(it is not in the format of torch.save, [^\n(]*\); give [^\n]*"
    assert re.fullmatch(words, str(caught.value))
