"""The point network of flat garments as it is asked, by whichever engine runs it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask

STRIDE = 4  # pixels of the square for one of the maps


@dataclass(frozen=True)
class PointsConfig:
    channels: int = 64
    """Of the pyramid; a multiple of 8."""
    input_size: int = 192
    """Pixels along each side of the square in which a garment is read."""
    sigma: float = 1.5
    """Standard deviation, in pixels of the maps, of the Gaussians that the network was trained on."""


POINTS = Spec("points", PointsConfig, "tryon.read.flat.points_model.GarmentPoints")


def heat_maps(network: Network, inputs: Sequence[np.ndarray]) -> np.ndarray:
    """Heat maps of the points.

    Args:
        network: the network.
        inputs: planes ``(H, W, 3)`` ``float32`` each, of the network's input size.

    Returns:
        ``(B, 25, h, w)`` ``float32``.
    """
    return ask(network, np.stack(inputs).transpose(0, 3, 1, 2))[0]
