"""HPN as it is asked, by whichever engine runs it, and what its configurations are."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from tryon.core.engine import Network, Spec, ask
from tryon.core.errors import ConfigError
from tryon.core.logits import sigmoid

BOTTLENECK = 32
"""Side of the innermost maps (section 3.4)."""
BOTTLENECK_CHANNELS = 1024
RESOLUTIONS = (64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class HPNConfig:
    """What the paper leaves open is a field here, with the reason for its default."""

    resolution: int = 64
    """Side of the pictures: the stage to which the network has grown."""
    width: float = 1.0
    """Factor on all channel numbers; 1 is the paper's network."""
    sigma: float = 3.2
    """Standard deviation of the pose's Gaussians (equation 1) in pixels of the 32 x 32 bottleneck. The paper gives no
    unit; the pose meets the network only there, and in pixels of the picture 3.2 would vanish at 1024."""
    norm: Literal["batch", "group"] = "batch"
    """The paper's batch normalization, or group normalization, which does not depend on the batch: for batches of
    fewer than four, and for pictures unlike those of the training."""
    align: bool = False
    """Warp the skips by the closed-form pose flow, so that they show the source where the target pose has it. The
    paper's skips show the source pose, which the decoder has to learn to ignore. Needs the source's key points."""
    copy: bool = False
    """Give a second output that says how much of the picture, warped by the pose flow, to take for each pixel: a
    correction of what the agreement of the poses suggests. Needs ``align``."""
    person: bool = False
    """Give an output that says where the person is, and make all else background. The paper removes backgrounds and
    never puts the person back; its network has to draw the empty background itself."""

    def __post_init__(self) -> None:
        if self.resolution not in RESOLUTIONS:
            raise ConfigError(f"resolution is {self.resolution}; choose one of {', '.join(map(str, RESOLUTIONS))}")
        if not 0 < self.width <= 4 or BOTTLENECK_CHANNELS * self.width % 64:
            raise ConfigError(f"width is {self.width}; choose a multiple of 1/16 up to 4")
        if self.norm not in ("batch", "group"):
            raise ConfigError(f"norm is {self.norm!r}; choose batch or group")
        if self.copy and not self.align:
            raise ConfigError("copy needs align: what is copied is what the pose flow brings")

    def channels(self, resolution: int) -> int:
        """Channels of the maps of a side: 1024 at 32, halved as the side doubles (section 3.4), times the width."""
        return max(int(BOTTLENECK_CHANNELS * self.width) * BOTTLENECK // resolution, 4)


PRESETS = {
    "paper": HPNConfig(),
    "half": HPNConfig(width=1 / 2),
    "quarter": HPNConfig(width=1 / 4),
    "eighth": HPNConfig(width=1 / 8),
    "release": HPNConfig(width=1 / 8, norm="group", align=True, copy=True, person=True),
}
"""``release`` is what comes with the program; the others are the paper's network, as wide and narrower."""


POSE_TRANSFER = Spec("hpn", HPNConfig, "hpn.model.HPN")


def drawing(
    network: Network, picture: np.ndarray, pose: np.ndarray, aligned: tuple[np.ndarray, np.ndarray] | None
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """What the network makes of one person.

    Args:
        network: of resolution R.
        picture: ``(R, R, 3)`` in [-1, 1], 0 for the background.
        pose: ``(18, 32, 32)`` maps of the new pose.
        aligned: flow ``(R, R, 2)`` and agreement ``(R, R)`` of :func:`hpn.inputs.alignment`, for a network that takes
            them.

    Returns:
        ``(R, R, 3)`` in [-1, 1] as drawn; and ``(R, R)`` in [0, 1] each, or ``None`` for a network without: how much to
        copy instead, and where the person is.
    """
    given = [_planes(picture), pose[None]]
    if aligned is not None:
        given += [_planes(aligned[0]), aligned[1][None, None]]
    _, drawn, *others = ask(network, *given)
    copied = others.pop(0)[0, 0] if network.config.copy else None
    person = sigmoid(others.pop(0)[0, 0]) if network.config.person else None
    return drawn[0].clip(-1, 1).transpose(1, 2, 0), copied, person


def _planes(array: np.ndarray) -> np.ndarray:
    return array.transpose(2, 0, 1)[None]
