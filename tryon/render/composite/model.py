"""The compositing network: which plate is seen where nothing can be copied, and what light is missing."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2

from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained
from tryon.render.composite.inputs import MAPS, NUM_CHANNELS, PLATES
from tryon.render.composite.network import CompositorConfig

_FIRST = "features.0.0.weight"
_RULES, _SKIN = PLATES.index("rules"), PLATES.index("skin")
_NEVER_BARE = 3 * len(PLATES) + MAPS.index("never bare")  # channel
_NEVER = -1e4  # a logit of what counts for nothing, finite in every engine
# Blocks of MobileNetV2 at whose ends its maps are taken, at strides of 2 to 32, and their channels. The last layer of
# its features, a fifth of all parameters, is left out.
_TAPS = {"1": 16, "3": 24, "6": 32, "13": 96, "17": 320}


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
        for values in self.head.parameters():  # it begins with what the rules make
            nn.init.zeros_(values)

    def start_from(self, encoder: Mapping[str, Tensor]) -> None:
        """Take an encoder that has seen photos of people; of what this one sees, the rules' plate is such.

        Args:
            encoder: of MobileNetV2, under torchvision's names.
        """
        ours = self.encoder.state_dict()
        wide = torch.zeros_like(ours[_FIRST])
        wide[:, :3] = encoder[_FIRST]
        self.encoder.load_state_dict({name: encoder[name] for name in ours} | {_FIRST: wide})

    def forward(self, shown: Tensor) -> Composite:
        """Weights of the plates, and light.

        Args:
            shown: ``(B, C, H, W)`` in [0, 1], see :func:`tryon.render.composite.network.channels`.

        Raises:
            ShapeError: another number of channels, or a height or width that 32 does not divide.
        """
        check_shape(shown, "shown", (None, NUM_CHANNELS, "/32", "/32"))
        found = self._found(2 * shown - 1).float()
        logits, light = found.split((len(PLATES), 3), 1)
        preferred = torch.zeros(len(PLATES), device=logits.device)
        preferred[_RULES] = self.config.trust
        never = torch.zeros_like(logits)
        never[:, _SKIN] = torch.where(shown[:, _NEVER_BARE] > 0, _NEVER, 0.0)
        weights = (logits + preferred[:, None, None] + never).softmax(1)
        smooth = F.avg_pool2d(light, self.config.coarse)
        smooth = F.interpolate(smooth, shown.shape[-2:], mode="bilinear", align_corners=False)
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


def blended(answer: Composite, plates: Tensor) -> Tensor:
    """The picture ``(B, 3, H, W)`` in about [0, 1] that follows from plates ``(B, 5, H, W, 3)`` ``uint8``."""
    return torch.einsum("bkhw,bkhwc->bchw", answer.weights, plates.float() / 255) + answer.light
