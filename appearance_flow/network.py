"""The appearance-flow network as it is asked, by whichever engine runs it."""

from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask
from tryon.core.logits import sigmoid


@dataclass(frozen=True)
class FlowConfig:
    size: tuple[int, int] = (192, 144)
    """Height and width of the window around the person, multiples of 16."""
    channels: tuple[int, ...] = (16, 40, 72, 112)
    """Width of both encoders, from half the window's resolution to a sixteenth of it."""
    decoder_channels: tuple[int, ...] = (16, 48, 64, 96)
    """Width of the decoder at the same resolutions."""
    bounds: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
    """How far each of these resolutions may move a pixel, in torso lengths."""


FLOW = Spec("flow", FlowConfig, "appearance_flow.model.AppearanceFlowNet")


def offsets(network: Network, garment: np.ndarray, person: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """Where each part of a garment has to move, and where it is seen.

    Args:
        network: the network.
        garment: ``(B, GARMENT_PLANES, H, W)`` ``uint8``, from :func:`appearance_flow.planes.garment_planes`.
        person: ``(PERSON_PLANES, H, W)`` ``uint8``, from :func:`appearance_flow.planes.person_planes`.
        unit: torso length in pixels.

    Returns:
        ``(B, H / 2, W / 2, 2)`` ``float32`` in pixels of the window, and ``(B, H / 2, W / 2)`` ``float32`` in [0, 1].
    """
    scale = np.float32(255)
    offset, visible = ask(network, garment / scale, person[None] / scale, np.array([unit]))
    return np.ascontiguousarray(offset.transpose(0, 2, 3, 1)), sigmoid(visible[:, 0])
