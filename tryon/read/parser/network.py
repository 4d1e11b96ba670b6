"""The garment parser as it is asked, by whichever engine runs it."""

from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask
from tryon.core.logits import sigmoid, softmax


@dataclass(frozen=True)
class ParserConfig:
    encoder: str = "mobilenet_v2"
    """Encoder name of segmentation-models-pytorch."""
    decoder_channels: tuple[int, ...] = (128, 64, 40, 24, 16)
    """Width of the U-Net's decoder, from deep to shallow: narrow, as two cores must read a photo in a second."""
    input_size: tuple[int, int] = (384, 256)
    """Height and width at which a person is read closely."""


PARSER = Spec("parser", ParserConfig, "tryon.read.parser.model.GarmentParser")


def probabilities(parser: Network, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class probabilities of a picture.

    Args:
        parser: the network.
        image: ``(H, W, 3)`` ``uint8``, sides multiples of 32.

    Returns:
        ``(H, W, 14)`` ``float32``, of each pixel, and ``(14,)`` ``float32``, of each class being there at all.
    """
    labels, presence = ask(parser, image.transpose(2, 0, 1)[None] / np.float32(255))
    return np.ascontiguousarray(softmax(labels[0], 0).transpose(1, 2, 0)), sigmoid(presence[0])
