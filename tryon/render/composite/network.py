"""The compositing network as it is asked, by whichever engine runs it."""

from dataclasses import dataclass

import numpy as np

from tryon.core.engine import Network, Spec, ask
from tryon.render.composite.inputs import SIZE, CompositeInput
from tryon.render.layout.inputs import NUM_STAY


@dataclass(frozen=True)
class CompositorConfig:
    pyramid_channels: int = 64
    head_channels: int = 32
    coarse: int = 4
    """Pixels of the window to one of the light that is added: a network of this size draws no texture."""
    light: float = 0.15
    """The most that is added to a color in [0, 1]."""
    trust: float = 1.5
    """Logit by which an untrained network prefers the plate of the rules."""


COMPOSITOR = Spec("render", CompositorConfig, "tryon.render.composite.model.Compositor")


def channels(given: CompositeInput) -> np.ndarray:
    """``(C, H, W)`` ``uint8``, 255 for 1: the colors of the plates, the planes, and one plane for each label."""
    colors = given.plates.transpose(0, 3, 1, 2).reshape(-1, *SIZE)
    one_hot = (given.stay == np.arange(NUM_STAY, dtype=np.uint8)[:, None, None]).astype(np.uint8) * np.uint8(255)
    return np.concatenate((colors, given.planes, one_hot))


def composited(network: Network, given: CompositeInput) -> tuple[np.ndarray, np.ndarray]:
    """What the network says of one window: weights of the plates ``(5, H, W)`` in [0, 1], and light ``(H, W, 3)``."""
    weights, light = ask(network, channels(given)[None] / np.float32(255))
    return weights[0], np.ascontiguousarray(light[0].transpose(1, 2, 0))
