"""The compositing network: which plate is seen where nothing can be copied, and what light is missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2

from tryon.core.checks import check_shape
from tryon.core.errors import ShapeError
from tryon.core.weights import Pretrained
from tryon.render.composite.inputs import MAPS, NUM_CHANNELS, NUM_PLANES, PLATES, CompositeInput
from tryon.render.layout.inputs import NUM_STAY

_FIRST = "features.0.0.weight"
_RULES, _SKIN, _NEVER_BARE = PLATES.index("rules"), PLATES.index("skin"), MAPS.index("never bare")


# Blocks of MobileNetV2 at whose ends its maps are taken, at strides of 2 to 32, and their channels. The last layer of
# its features, a fifth of all parameters, is left out.
_TAPS = {"1": 16, "3": 24, "6": 32, "13": 96, "17": 320}


@dataclass(frozen=True)
class CompositorConfig:
    pyramid_channels: int = 64
    head_channels: int = 32
    coarse: int = 4
    """Pixels of the window to one of the light that is added: a network of this size draws no texture."""
    light: float = 0.15
    """The most that is added to a color in [0, 1]."""
    trust: float = 4.0
    """Logit by which an untrained network prefers the plate of the rules."""


class Composite(NamedTuple):
    """What the network says of a batch of windows."""

    weights: Tensor
    """``(B, 5, H, W)`` in [0, 1] of sum 1: how much of each plate is seen."""
    light: Tensor
    """``(B, 3, H, W)``: what is added to the colors, smooth."""


class Compositor(nn.Module, Pretrained):
    """A feature pyramid (Lin et al., CVPR 2017) on MobileNetV2 that chooses among plates and adds light.

    It draws nothing itself: the texture of the picture is that of the plates. The plate of skin counts for nothing
    between collar-bone and mid-thigh, whatever the network says.
    """

    config_class = CompositorConfig
    weights_name = "render"

    def __init__(self, config: CompositorConfig | None = None):
        super().__init__()
        self.config = config or CompositorConfig()
        width, fine = self.config.pyramid_channels, self.config.head_channels
        features = mobilenet_v2(weights=None).features[:18]
        features[0][0] = nn.Conv2d(NUM_CHANNELS, features[0][0].out_channels, 3, stride=2, padding=1, bias=False)
        self.encoder = nn.ModuleDict({"features": features})
        shallow, *deeper = _TAPS.values()
        self.laterals = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in deeper)
        self.joined = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True))
        self.fine = nn.Sequential(nn.Conv2d(width + shallow, fine, 3, padding=1), nn.ReLU(inplace=True))
        self.head = nn.Conv2d(fine, len(PLATES) + 3, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def start_from(self, encoder: Mapping[str, Tensor]) -> None:
        """Take an encoder that has seen photos of people; of what this one sees, the rules' plate is such.

        Args:
            encoder: of MobileNetV2, under torchvision's names.
        """
        ours = self.encoder.state_dict()
        wide = torch.zeros_like(ours[_FIRST])
        wide[:, :3] = encoder[_FIRST]
        self.encoder.load_state_dict({name: encoder[name] for name in ours} | {_FIRST: wide})

    def forward(self, plates: Tensor, planes: Tensor, stay: Tensor) -> Composite:
        """Weights of the plates, and light.

        Args:
            plates: ``(B, 5, H, W, 3)`` ``uint8``, see :class:`tryon.render.composite.inputs.CompositeInput`.
            planes: ``(B, P, H, W)`` ``uint8``.
            stay: ``(B, H, W)`` ``uint8``.

        Raises:
            ShapeError: other shapes, or a height or width that 32 does not divide.
        """
        check_shape(stay, "stay", (None, "/32", "/32"))
        batch, height, width = stay.shape
        check_shape(plates, "plates", (batch, len(PLATES), height, width, 3))
        check_shape(planes, "planes", (batch, NUM_PLANES, height, width))
        if {plates.dtype, planes.dtype, stay.dtype} != {torch.uint8}:
            raise ShapeError("plates, planes and stay", "uint8", tuple(stay.shape), f"{plates.dtype}, {planes.dtype}")
        found = self._found(_channels(plates, planes, stay).to(self.head.weight.dtype) / 127.5 - 1).float()
        logits, light = found[:, : len(PLATES)], found[:, len(PLATES) :]
        preferred = torch.zeros(len(PLATES), device=logits.device)
        preferred[_RULES] = self.config.trust
        never = torch.zeros_like(logits)
        never[:, _SKIN] = torch.where(planes[:, _NEVER_BARE] > 0, float("-inf"), 0.0)
        weights = (logits + preferred[:, None, None] + never).softmax(1)
        smooth = F.avg_pool2d(light, self.config.coarse)
        smooth = F.interpolate(smooth, (height, width), mode="bilinear", align_corners=False)
        return Composite(weights, self.config.light * smooth.tanh())

    def _found(self, shown: Tensor) -> Tensor:
        """``(B, 8, H, W)``: logits and light, found at half of the size."""
        maps, x = [], shown
        for name, block in self.encoder["features"].named_children():
            x = block(x)
            if name in _TAPS:
                maps.append(x)
        first, *deeper = maps
        laterals = [lateral(one) for lateral, one in zip(self.laterals, deeper, strict=True)]
        pyramid = laterals.pop()
        while laterals:
            finer = laterals.pop()
            pyramid = finer + F.interpolate(pyramid, finer.shape[-2:], mode="nearest")
        pyramid = F.interpolate(self.joined(pyramid), first.shape[-2:], mode="bilinear", align_corners=False)
        found = self.head(self.fine(torch.cat((pyramid, first), 1)))
        return F.interpolate(found, shown.shape[-2:], mode="bilinear", align_corners=False)


def _channels(plates: Tensor, planes: Tensor, stay: Tensor) -> Tensor:
    """``(B, C, H, W)`` ``uint8``: colors, planes, and one plane a label."""
    labels = torch.arange(NUM_STAY, device=stay.device, dtype=torch.uint8)[None, :, None, None]
    colors = plates.permute(0, 1, 4, 2, 3).flatten(1, 2)
    one_hot = (stay[:, None] == labels).to(torch.uint8) * 255
    return torch.cat((colors, planes, one_hot), 1).contiguous(memory_format=torch.channels_last)


def blended(answer: Composite, plates: Tensor) -> Tensor:
    """The picture ``(B, 3, H, W)`` in about [0, 1] that follows from plates ``(B, 5, H, W, 3)`` ``uint8``."""
    return torch.einsum("bkhw,bkhwc->bchw", answer.weights, plates.float() / 255) + answer.light


def predict(network: Compositor, given: CompositeInput) -> tuple[np.ndarray, np.ndarray]:
    """Weights ``(5, H, W)`` and light ``(H, W, 3)``, in [0, 1] and about 0, ``float32``, of one window."""
    with torch.inference_mode():
        parts = (torch.from_numpy(part)[None] for part in (given.plates, given.planes, given.stay))
        answer = network(*parts)
        return answer.weights[0].numpy(), answer.light[0].permute(1, 2, 0).contiguous().numpy()
