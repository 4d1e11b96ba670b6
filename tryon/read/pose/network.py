"""The pose network as it is asked, by whichever engine runs it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask

STRIDE = 4  # pixels of the picture for one of the maps


@dataclass(frozen=True)
class PoseConfig:
    encoder: str = "mobilenet_v2"
    """Encoder name of segmentation-models-pytorch."""
    pyramid_channels: int = 128
    head_channels: int = 64
    input_size: tuple[int, int] = (288, 192)
    """Height and width at which a person is read: that of the training views."""
    sigma: float = 1.5
    """Standard deviation, in pixels of the maps, of the Gaussians that the network was trained on."""


POSE = Spec("pose", PoseConfig, "tryon.read.pose.model.PoseEstimator")


def heat_maps(estimator: Network, pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Heat maps of the key points.

    Args:
        estimator: the network.
        pictures: ``(H, W, 3)`` ``uint8`` each, of the network's input size.

    Returns:
        ``(B, 18, h, w)`` ``float32``.
    """
    return ask(estimator, np.stack(pictures).transpose(0, 3, 1, 2) / np.float32(255))[0]
