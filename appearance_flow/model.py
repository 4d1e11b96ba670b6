"""The appearance-flow network: how a part of a garment that the pose flow carried over has to move to sit."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from appearance_flow.flow import upsample_flow, warp
from appearance_flow.network import FlowConfig
from appearance_flow.planes import GARMENT_PLANES, PERSON_PLANES
from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained


class Refined(NamedTuple):
    """What the network says of a batch of garment parts."""

    offset: Tensor
    """``(B, 2, H / 2, W / 2)``, in pixels of the window: at pixel p of the person shows what the pose flow carried to
    p + offset."""
    visible: Tensor
    """``(B, 1, H / 2, W / 2)`` logit: this part of the garment is seen here on the person."""
    coarse: tuple[Tensor, ...]
    """The offsets of the coarser resolutions, the coarsest first, in pixels of the window."""


class AppearanceFlowNet(nn.Module, Pretrained):
    """Coarse to fine: two encoders, of the carried-over garment and of the person, and a decoder that moves the
    features of the first onto those of the second (the pyramid of PWC-Net, Sun et al., CVPR 2018, and of ClothFlow,
    Han et al., ICCV 2019; the separate parts of GP-VTON, Xie et al., CVPR 2023).

    Its last convolutions start at zero, so that an untrained network is the pose flow.
    """

    config_class = FlowConfig
    weights_name = "flow"

    def __init__(self, config: FlowConfig | None = None):
        super().__init__()
        self.config = config or FlowConfig()
        encoder, decoder = self.config.channels, self.config.decoder_channels
        self.garment = _encoder(GARMENT_PLANES, encoder)
        self.person = _encoder(PERSON_PLANES, encoder)
        above = (*decoder[1:], 0)
        self.decoder = nn.ModuleList(
            nn.Sequential(_conv(2 * e + a + 2, d), _conv(d, d)) for e, a, d in zip(encoder, above, decoder, strict=True)
        )
        self.move = nn.ModuleList(nn.Conv2d(d, 2, 3, padding=1) for d in decoder)
        self.show = nn.Conv2d(decoder[0], 1, 3, padding=1)
        for head in (*self.move, self.show):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(self, garment: Tensor, person: Tensor, unit: float | Tensor) -> Refined:
        """Where each part has to move, and where it is seen.

        Args:
            garment: ``(B, GARMENT_PLANES, H, W)`` in [0, 1], from :func:`appearance_flow.planes.garment_planes`.
            person: ``(B, PERSON_PLANES, H, W)`` in [0, 1], from :func:`appearance_flow.planes.person_planes`; or one
                person, ``(1, …)``, who wears all the parts.
            unit: torso length in pixels.

        Raises:
            ShapeError: another number of planes, or a size that 16 does not divide.
        """
        check_shape(garment, "garment", (None, GARMENT_PLANES, "/16", "/16"))
        number = garment.shape[0]
        check_shape(person, "person", (1 if person.shape[0] == 1 else number, PERSON_PLANES, *garment.shape[2:]))
        carried = _features(self.garment, garment)
        worn = [one.expand(number, -1, -1, -1) for one in _features(self.person, person)]
        offset = context = None
        offsets: list[Tensor] = []
        for level in reversed(range(len(self.decoder))):
            size = carried[level].shape[2], carried[level].shape[3]
            if offset is None or context is None:
                offset = garment.new_zeros((number, 2, *size))
                seen: tuple[Tensor, ...] = (carried[level], worn[level], offset)
            else:
                offset = upsample_flow(offset, size)
                moved = warp(carried[level], offset.to(carried[level].dtype))
                context = F.interpolate(context, size=size, mode="bilinear", align_corners=False)
                seen = (moved, worn[level], context, offset.to(moved.dtype))
            context = self.decoder[level](torch.cat(seen, 1))
            step = torch.tanh(self.move[level](context).float())
            offset = offset.float() + step * (self.config.bounds[level] * unit / 2 ** (level + 1))
            offsets.append(offset * 2 ** (level + 1))
        return Refined(offsets[-1], self.show(context).float(), tuple(offsets[:-1]))


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    layers = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    return nn.Sequential(*layers)


def _encoder(inputs: int, channels: tuple[int, ...]) -> nn.ModuleList:
    levels = zip((inputs, *channels[:-1]), channels, strict=True)
    return nn.ModuleList(nn.Sequential(_conv(i, o, 2), _conv(o, o)) for i, o in levels)


def _features(encoder: nn.ModuleList, planes: Tensor) -> list[Tensor]:
    found = []
    for level in encoder:
        planes = level(planes)
        found.append(planes)
    return found
