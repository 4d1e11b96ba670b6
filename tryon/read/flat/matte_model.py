"""The matte network: which pixels of a photo are a garment without a wearer, and which kind of garment that is."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2
from torchvision.ops import FeaturePyramidNetwork

from tryon.core.checks import check_shape
from tryon.core.weights import Pretrained
from tryon.read.flat.kinds import NUM_CLASSES
from tryon.read.flat.matte_network import MatteConfig
from tryon.read.parser.model import IMAGENET_MEAN, IMAGENET_STD

# Blocks of MobileNetV2 at whose ends its maps are taken, at strides of 2 to 32, and their channels. The last layer of
# its features, a fifth of all parameters, is left out.
_TAPS = {"1": 16, "3": 24, "6": 32, "13": 96, "17": 320}
_DEEPEST = 320
_DROPOUT = 0.2


class Matte(NamedTuple):
    """What the network says of a batch of photos."""

    cloth: Tensor
    """``(B, 1, H, W)`` logits of each pixel being cloth of the garment."""
    inside: Tensor
    """``(B, 1, H, W)`` logits of cloth being the inside of the garment's back, seen above the neckline or in an opening
    in front."""
    shows: Tensor
    """``(B, 10)`` logits of what the photo shows: one of :data:`tryon.read.flat.kinds.KINDS`, somebody who wears it, or
    neither."""


class GarmentMatte(nn.Module, Pretrained):
    """Feature pyramid (Lin et al., CVPR 2017) on MobileNetV2, and a head for what the photo shows.

    What kind of garment it is, is said by the deepest features where there is cloth, and of the whole picture: the
    ground must not decide it, and whether somebody wears the garment is seen beside it.
    """

    config_class = MatteConfig
    weights_name = "matte"
    mean: Tensor
    std: Tensor

    def __init__(self, config: MatteConfig | None = None):
        super().__init__()
        self.config = config or MatteConfig()
        width = self.config.pyramid_channels
        # Never from the network; a training hands the encoder its weights, under torchvision's names.
        self.encoder = nn.ModuleDict({"features": mobilenet_v2(weights=None).features[:18]})
        self.pyramid = FeaturePyramidNetwork(list(_TAPS.values())[1:], width)
        self.fine = nn.Sequential(
            nn.Conv2d(width + _TAPS["1"], self.config.head_channels, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(self.config.head_channels, 2, 1),
        )
        self.classes = nn.Sequential(nn.Dropout(_DROPOUT), nn.Linear(2 * _DEEPEST, NUM_CLASSES))
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Matte:
        """Matte and kind.

        Args:
            image: ``(B, 3, H, W)`` RGB in [0, 1], height and width multiples of 32.

        Returns:
            logits of the pixels and of the photo.

        Raises:
            ShapeError: another number of channels, or a size that 32 does not divide.
        """
        check_shape(image, "image", (None, 3, "/32", "/32"))
        maps, x = {}, (image - self.mean) / self.std
        for name, block in self.encoder["features"].named_children():
            x = block(x)
            if name in _TAPS:
                maps[name] = x
        shallow, deep = maps.pop("1"), maps["17"]
        quarter = self.pyramid(maps)["3"]
        half = F.interpolate(quarter, scale_factor=2.0, mode="bilinear", align_corners=False)
        scores = F.interpolate(
            self.fine(torch.cat((half, shallow), 1)), scale_factor=2.0, mode="bilinear", align_corners=False
        )
        cloth, inside = scores.split(1, 1)
        where = F.adaptive_avg_pool2d(cloth.detach().sigmoid(), deep.shape[-2:])
        of_cloth = (deep * where).sum((2, 3)) / (where.sum((2, 3)) + 1)
        return Matte(cloth, inside, self.classes(torch.cat((of_cloth, deep.mean((2, 3))), 1)))
