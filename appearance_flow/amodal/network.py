"""The network of whole garments as it is asked, by whichever engine runs it."""

from dataclasses import dataclass

import numpy as np

from appearance_flow.amodal.inputs import window_planes
from tryon.core.engine import Network, Spec, ask
from tryon.core.logits import sigmoid
from tryon.types import CloseView


@dataclass(frozen=True)
class AmodalConfig:
    channels: tuple[int, ...] = (32, 64, 112, 128)
    """Width of the U-Net at each of its sizes, from fine to coarse."""


AMODAL = Spec("amodal", AmodalConfig, "appearance_flow.amodal.model.AmodalNet")


def mask(network: Network, shown: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``float32``: probability of the garment, from :func:`appearance_flow.amodal.inputs.planes`."""
    (logits,) = ask(network, shown[None] / np.float32(255))
    found: np.ndarray = sigmoid(logits[0, 0])
    return found


def extent(network: Network, view: CloseView, parsing: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """How far a garment reaches, also behind what hides it.

    Args:
        network: the network.
        view: of the garment's wearer.
        parsing: ``(h, w)`` their label map.
        cloth: ``(h, w)`` ``bool``, what is seen of the garment.

    Returns:
        ``(h, w)`` ``float32``, probability; 0 outside of the network's window.
    """
    shown, window = window_planes(view, parsing, cloth)
    return window.lay_back(mask(network, shown), parsing.shape)
