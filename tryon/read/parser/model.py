"""The garment parser: which of the 14 classes a person photo shows at all, and which each of its pixels shows."""

from typing import NamedTuple

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from tryon.core.checks import check_shape
from tryon.core.labels import NUM_LABELS
from tryon.core.weights import Pretrained
from tryon.read.parser.network import ParserConfig

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PRESENCE_DROPOUT = 0.2  # of the pooled features, while training


class Parsed(NamedTuple):
    """What the garment parser says of a batch of pictures."""

    labels: Tensor
    """``(B, 14, H, W)`` logits of the classes of each pixel, of which one is true."""
    presence: Tensor
    """``(B, 14)`` logits of each class being in the picture at all; any number of them are true."""


class GarmentParser(nn.Module, Pretrained):
    """U-Net on a light ImageNet encoder, whose deepest features also say, pooled, which classes there are.

    A pixel's class is decided by what is around it, and whether somebody wears a dress or a top with a skirt by all of
    the picture: the second is a question of its own, and photos that only name what is worn can teach it.

    The same network reads a whole photo coarsely, to find the person, and then the person closely; see
    :mod:`tryon.read.parser.read`.
    """

    config_class = ParserConfig
    mean: Tensor
    std: Tensor
    weights_name = "parser"

    def __init__(self, config: ParserConfig | None = None):
        super().__init__()
        self.config = config or ParserConfig()
        self.unet = smp.Unet(
            self.config.encoder,
            encoder_weights=None,  # never from the network; a training hands the encoder its weights
            decoder_channels=self.config.decoder_channels,
            classes=NUM_LABELS,
            aux_params={"classes": NUM_LABELS, "pooling": "avg", "dropout": PRESENCE_DROPOUT},
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Parsed:
        """Scores of the classes.

        Args:
            image: ``(B, 3, H, W)`` RGB in [0, 1], height and width multiples of 32.

        Returns:
            logits of the pixels and of the picture.

        Raises:
            ShapeError: another number of channels, or a size that 32 does not divide.
        """
        check_shape(image, "image", (None, 3, "/32", "/32"))
        return Parsed(*self.unet((image - self.mean) / self.std))
