"""The matte network as it is asked, by whichever engine runs it."""

from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask
from tryon.core.logits import sigmoid, softmax


@dataclass(frozen=True)
class MatteConfig:
    pyramid_channels: int = 40
    head_channels: int = 24
    area: int = 256 * 256
    """Pixels at which a photo is looked at; a garment that was found is looked at again at :attr:`close_area`."""
    close_area: int = 384 * 384


MATTE = Spec("matte", MatteConfig, "tryon.read.flat.matte_model.GarmentMatte")


def mattes(network: Network, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cloth and its inside, and what a picture shows; mean of the picture and its mirror image.

    Args:
        network: the network.
        picture: ``(H, W, 3)`` ``uint8``, sides multiples of 32.

    Returns:
        ``(H, W, 2)`` ``float32`` in [0, 1], and ``(10,)`` ``float32`` probabilities.
    """
    both = np.stack((picture, picture[:, ::-1]))
    cloth, inside, shows = ask(network, both.transpose(0, 3, 1, 2) / np.float32(255))
    scores = sigmoid(np.concatenate((cloth, inside), 1).transpose(0, 2, 3, 1))
    return (scores[0] + scores[1, :, ::-1]) / 2, softmax(shows).mean(0)
