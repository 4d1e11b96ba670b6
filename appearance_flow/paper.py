"""The appearance-flow network of the HPN paper, section 4.4: an encoder-decoder learned from pictures alone."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from appearance_flow.flow import warp
from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained

PAPER_PLANES = 5


@dataclass(frozen=True)
class PaperFlowConfig:
    """The paper gives neither; both are choices of this project."""

    size: tuple[int, int] = (256, 192)
    """Height and width of the windows around both bodies, multiples of 2 to the number of ``channels``."""
    channels: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    """Width of the encoder, from half the window's resolution down by halves, and of the decoder the other way round:
    those of Zhou et al. (2016)."""


class PaperFlowNet(nn.Module, Pretrained):
    """From the garment image and the garment's masks in the reference and the target pose to an appearance flow (Zhou
    et al., View synthesis by appearance flow, ECCV 2016), by which a bilinear sampling layer makes the garment image
    of the target pose.

    The section says "encoder-decoder" and "autoencoder", so there are no skips. It does not say what the layers are.
    Chosen here: 3 x 3 convolutions with batch normalization and ReLU, of stride 2 in the encoder and after a bilinear
    enlargement in the decoder, and at the bottom one more instead of the fully connected layers of Zhou et al., so that
    windows of other sizes fit. The last convolution starts at zero, so that an untrained network is the identity.
    """

    config_class = PaperFlowConfig
    weights_name = "paper_flow"

    def __init__(self, config: PaperFlowConfig | None = None):
        super().__init__()
        self.config = config or PaperFlowConfig()
        channels = self.config.channels
        down = zip((PAPER_PLANES, *channels[:-1]), channels, strict=True)
        up = zip(channels[::-1], (*channels[-2::-1], channels[0]), strict=True)
        self.encoder = nn.Sequential(*(_conv(i, o, 2) for i, o in down), _conv(channels[-1], channels[-1]))
        self.decoder = nn.ModuleList(_conv(i, o) for i, o in up)
        self.flow = nn.Conv2d(channels[0], 2, 3, padding=1)
        for start in self.flow.parameters():
            nn.init.zeros_(start)

    def forward(self, planes: Tensor) -> Tensor:
        """The appearance flow.

        Args:
            planes: ``(B, 5, H, W)``: the garment image in [-1, 1], 0 where the garment is not, its mask, both in the
                window around the reference body, and the mask of the garment in the window around the target body,
                0 or 1. See :func:`on_neutral` and :class:`tryon.body.window.Window`.

        Returns:
            ``(B, 2, H, W)`` in pixels of the window, as :mod:`appearance_flow.flow` has it: the target's pixel p shows
            the garment image at p + flow.

        Raises:
            ShapeError: another number of planes, or a size that the halvings do not divide.
        """
        multiple = f"/{2 ** len(self.config.channels)}"
        check_shape(planes, "planes", (None, PAPER_PLANES, multiple, multiple))
        maps = self.encoder(planes)
        for level in self.decoder:
            maps = level(F.interpolate(maps, scale_factor=2, mode="bilinear", align_corners=False))
        # The sampling layer counts from -1 to 1 across the picture, and so does the last convolution.
        half = torch.tensor((planes.shape[3] / 2, planes.shape[2] / 2), device=planes.device).view(1, 2, 1, 1)
        return self.flow(maps).float() * half

    def sample(self, garment: Tensor, flow: Tensor) -> Tensor:
        """The bilinear sampling layer.

        Args:
            garment: ``(B, C, H, W)``, what to carry over, in the window around the reference body.
            flow: ``(B, 2, H, W)`` from :meth:`forward`.

        Returns:
            ``(B, C, H, W)`` in the window around the target body.

        Raises:
            ShapeError: they do not fit together.
        """
        return warp(garment, flow)


def on_neutral(photo: Tensor, mask: Tensor) -> Tensor:
    """``(B, 3, H, W)`` in [-1, 1]: what the mask shows of the photo, on middle gray, which is 0.

    Args:
        photo: ``(B, 3, H, W)`` ``uint8`` RGB.
        mask: ``(B, 1, H, W)`` ``bool``.
    """
    return (photo.float() / 127.5 - 1) * mask


def _conv(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    layers = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    return nn.Sequential(*layers)
