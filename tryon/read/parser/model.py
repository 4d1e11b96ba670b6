"""The garment parser: which of the 14 classes each pixel of a person photo shows."""

from dataclasses import dataclass

import numpy as np
import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from tryon.core.checks import check_shape
from tryon.core.labels import NUM_LABELS
from tryon.core.weights import Pretrained

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class ParserConfig:
    encoder: str = "mobilenet_v2"
    """Encoder name of segmentation-models-pytorch."""
    decoder_channels: tuple[int, ...] = (128, 64, 40, 24, 16)
    """Width of the U-Net's decoder, from deep to shallow: narrow, as two cores must read a photo in a second."""
    input_size: tuple[int, int] = (384, 256)
    """Height and width at which a person is read closely."""


class GarmentParser(nn.Module, Pretrained):
    """U-Net on a light ImageNet encoder.

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
        )
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            image: ``(B, 3, H, W)`` RGB in [0, 1], height and width multiples of 32.

        Returns:
            ``(B, 14, H, W)`` logits.

        Raises:
            ShapeError: another number of channels, or a size that 32 does not divide.
        """
        check_shape(image, "image", (None, 3, "/32", "/32"))
        return self.unet((image - self.mean) / self.std)


def probabilities(parser: GarmentParser, image: np.ndarray) -> np.ndarray:
    """Class probabilities of a picture.

    Args:
        parser: the network.
        image: ``(H, W, 3)`` ``uint8``, sides multiples of 32.

    Returns:
        ``(H, W, 14)`` ``float32``.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        return parser(tensor).softmax(1)[0].permute(1, 2, 0).contiguous().numpy()
