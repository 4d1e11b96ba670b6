"""The progressive encoder-decoder of the paper, sections 3.1 and 3.3."""

import math
from dataclasses import replace
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from appearance_flow.flow import warp
from hpn.network import BOTTLENECK, RESOLUTIONS, HPNConfig
from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core.checks import check_shape
from tryon.core.errors import ConfigError
from tryon.core.weights import Pretrained

LEAK = 0.2
_GROUP_CHANNELS = 8  # channels of one group, where groups are normalized
_TRUST = 3.0  # logit of copying where the poses agree fully, and of not copying where they do not at all


class HPNOutput(NamedTuple):
    """What the network gives, all ``(B, C, R, R)``."""

    image: Tensor
    """``(B, 3, R, R)`` RGB, about in [-1, 1], not clamped: the result."""
    drawn: Tensor
    """``(B, 3, R, R)``: what the network drew itself, before pixels are copied and the background is removed."""
    copied: Tensor | None
    """``(B, 1, R, R)`` in [0, 1]: how much of the warped picture ``image`` has; with ``copy``."""
    person: Tensor | None
    """``(B, 1, R, R)`` logits of the person being there; with ``person``."""


class HPN(nn.Module, Pretrained):
    """High-resolution Pose transfer Network.

    The encoder brings the picture from R to 32 x 32; the 18 Gaussians of the target pose are concatenated there; the
    decoder brings the result back to R, with a skip from the encoder at every side. A block of side r is two times
    (3 x 3 convolution, normalization, leaky ReLU .2). The reading chosen here gives the side 32 a block of its own
    on both sides, so that the pose passes two convolutions of 1024 channels before it is first enlarged. An encoder
    block doubles the channels in its second convolution, before the average pooling; its skip is taken after the
    first. The convolutions of the preset ``paper``, without biases, as normalization has its own:

    ====== ===== ======================== ========================= ==============================
    module side  encoder                  decoder                   parameters of the convolutions
    ====== ===== ======================== ========================= ==============================
    block    32  1024>1024, 1024>1024     1042>1024, 1024>1024       37,914,624
    block    64  512>512, 512>1024        1024+512>512, 512>512      16,515,072
    block   128  256>256, 256>512         512+256>256, 256>256        4,128,768
    block   256  128>128, 128>256         256+128>128, 128>128        1,032,192
    block   512  64>64, 64>128            128+64>64, 64>64              258,048
    block  1024  32>32, 32>64             64+32>32, 32>32                64,512
    RGB       R  3>C(R), 1 x 1            C(R)>3, 1 x 1              7 C(R) + 3, with biases
    ====== ===== ======================== ========================= ==============================

    :meth:`grow` makes the network of the next side: a new outermost block on both sides and new 1 x 1 convolutions
    from and to RGB; everything else is kept, and trains on (section 3.3: no alpha blending).
    """

    config_class = HPNConfig
    weights_name = "hpn"

    def __init__(self, config: HPNConfig | None = None):
        super().__init__()
        self.config = config = config or HPNConfig()
        c = config.channels
        sides = [side for side in RESOLUTIONS if side <= config.resolution]
        hint = int(config.align)  # the agreement map beside each skip
        deepest = c(BOTTLENECK)
        self.encoder = nn.ModuleDict({str(BOTTLENECK): _block(deepest, deepest, deepest, config.norm)})
        self.decoder = nn.ModuleDict({str(BOTTLENECK): _block(deepest + NUM_KEYPOINTS, deepest, deepest, config.norm)})
        for side in sides:
            self.encoder[str(side)] = _block(c(side), c(side), c(side // 2), config.norm)
            self.decoder[str(side)] = _block(c(side // 2) + c(side) + hint, c(side), c(side), config.norm)
        outermost = c(config.resolution)
        self.from_rgb = nn.Conv2d(3, outermost, 1)
        self.to_rgb = nn.Conv2d(outermost, 3 + config.copy + config.person, 1)
        self.apply(_initialize)

    def forward(
        self, image: Tensor, pose: Tensor, flow: Tensor | None = None, agreement: Tensor | None = None
    ) -> HPNOutput:
        """The person of the picture in another pose.

        Args:
            image: ``(B, 3, R, R)`` RGB in [-1, 1], R = ``config.resolution``; 0 where there is no person.
            pose: ``(B, 18, 32, 32)`` Gaussians of the target pose, from :func:`hpn.inputs.pose_maps`.
            flow: ``(B, 2, R, R)`` backward flow in pixels, target to source, and
            agreement: ``(B, 1, R, R)`` in [0, 1], both from :func:`hpn.inputs.alignment`; with ``align`` only.

        Raises:
            ShapeError: other shapes.
            ConfigError: flow and agreement are missing for a network that aligns, or given to one that does not.
        """
        side = self.config.resolution
        check_shape(image, "image", (None, 3, side, side))
        check_shape(pose, "pose", (None, NUM_KEYPOINTS, BOTTLENECK, BOTTLENECK))
        if (flow is None or agreement is None) == self.config.align:
            wanted = "needs" if self.config.align else "takes no"
            raise ConfigError(f"this network (align={self.config.align}) {wanted} flow and agreement")
        skips = {}
        x = self.from_rgb(image)
        sides = sorted((int(name) for name in self.encoder), reverse=True)
        for r in sides[:-1]:
            first, second = self.encoder[str(r)].children()
            skips[r] = x = first(x)
            x = F.avg_pool2d(second(x), 2)
        x = self.encoder[str(BOTTLENECK)](x)
        x = self.decoder[str(BOTTLENECK)](torch.cat((x, pose.to(x.dtype)), 1))
        for r in reversed(sides[:-1]):
            skip = skips[r] if flow is None or agreement is None else _aligned(skips[r], flow, agreement)
            x = self.decoder[str(r)](torch.cat((F.interpolate(x, scale_factor=2.0), skip), 1))
        return self._output(self.to_rgb(x), image, flow, agreement)

    def grow(self) -> Self:
        """The network of twice the resolution, with the weights of this one and a new, random outermost block.

        Raises:
            ConfigError: this is the largest one.
        """
        if self.config.resolution == RESOLUTIONS[-1]:
            raise ConfigError(f"the network has its largest resolution, {self.config.resolution}; it cannot grow")
        grown = type(self)(replace(self.config, resolution=2 * self.config.resolution))
        for ours, theirs in ((self.encoder, grown.encoder), (self.decoder, grown.decoder)):
            for name, block in ours.items():
                theirs[name].load_state_dict(block.state_dict())
        return grown

    def _output(self, last: Tensor, image: Tensor, flow: Tensor | None, agreement: Tensor | None) -> HPNOutput:
        result = drawn = last[:, :3]
        copied = person = None
        if self.config.copy and flow is not None and agreement is not None:
            copied = (last[:, 3:4] + _TRUST * (2 * agreement - 1)).sigmoid()
            result = copied * warp(image, flow) + (1 - copied) * drawn
        if self.config.person:
            person = last[:, -1:]
            result = person.sigmoid() * result
        return HPNOutput(result, drawn, copied, person)


def _aligned(skip: Tensor, flow: Tensor, agreement: Tensor) -> Tensor:
    """A skip warped to the target pose, and beside it where source and target show the same part of the body."""
    factor = flow.shape[-1] // skip.shape[-1]
    if factor > 1:
        flow = F.avg_pool2d(flow, factor) / factor
        agreement = F.avg_pool2d(agreement, factor)
    # In bfloat16 the flow's positions would be pixels off.
    warped = warp(skip.float(), flow.float()).to(skip.dtype)
    return torch.cat((warped, agreement.to(skip.dtype)), 1)


def _block(inside: int, middle: int, outside: int, norm: str) -> nn.Sequential:
    return nn.Sequential(_convolution(inside, middle, norm), _convolution(middle, outside, norm))


def _convolution(inside: int, outside: int, norm: str) -> nn.Sequential:
    if norm == "batch":
        normalization: nn.Module = nn.BatchNorm2d(outside)
    else:
        normalization = nn.GroupNorm(math.gcd(outside, max(outside // _GROUP_CHANNELS, 1)), outside)
    return nn.Sequential(nn.Conv2d(inside, outside, 3, padding=1, bias=False), normalization, nn.LeakyReLU(LEAK))


def _initialize(module: nn.Module) -> None:
    """He's initialization (section 3.4)."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, a=LEAK, nonlinearity="leaky_relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)
