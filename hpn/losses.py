"""Perceptual loss over the whole picture and at the local descriptors: equations 2 to 4."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hpn.descriptors import COUNTS, Reading, boxes, crops, points
from hpn.model import HPNOutput
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """What the paper leaves open of its loss."""

    descriptors: int = 18
    """Local descriptors: 0, 18, 31 or 44."""
    reading: Reading = "thirds"
    """Where the 44 lie, see :func:`hpn.descriptors.points`."""
    local_reduction: Literal["sum", "mean"] = "sum"
    """Equation 3 adds the descriptors up, so that they outweigh the whole picture; ``mean`` gives both one weight.
    A sum is scaled by all / valid descriptors of the batch, so that hidden points do not change the ratio."""
    pixel_weight: float = 0.0
    """Weight of the criterion on the colors themselves, beside VGG's layers; the paper has none."""
    person_weight: float = 0.3
    """Weight of the cross-entropy of where the person is, for a network that says so."""

    def __post_init__(self) -> None:
        if self.descriptors not in COUNTS:
            raise ConfigError(f"{self.descriptors} descriptors; choose 0, 18, 31 or 44")
        if self.local_reduction not in ("sum", "mean"):
            raise ConfigError(f"local_reduction is {self.local_reduction!r}; choose sum or mean")


class HPNLoss(nn.Module):
    """Equation 4, with the paper's criterion: L2 in the first half of a stage, L1 in the second (section 3.1).

    Args:
        features: VGG-16, or any module that maps ``(B, 3, H, W)`` in [-1, 1] to activations by name.
        config: see there.
    """

    def __init__(self, features: nn.Module, config: LossConfig):
        super().__init__()
        self.features, self.config = features, config

    def forward(
        self, output: HPNOutput, target: Tensor, keypoints: Tensor, person: Tensor, *, first_half: bool
    ) -> dict[str, Tensor]:
        """The loss and its parts, scalars.

        Args:
            output: of the network.
            target: ``(B, 3, R, R)`` in [-1, 1].
            keypoints: ``(B, 18, 3)`` of the target, in pixels.
            person: ``(B, 1, R, R)`` in [0, 1], where the target shows the person.
            first_half: take the squared difference instead of the absolute one.
        """
        criterion = F.mse_loss if first_half else F.l1_loss
        parts = {"global": self._distance(output.image, target, criterion)}
        if self.config.descriptors:
            parts["local"] = self._local(output.image, target, keypoints, criterion)
        if self.config.pixel_weight:
            parts["pixels"] = self.config.pixel_weight * criterion(output.image, target)
        if output.person is not None:
            logits = output.person
            parts["person"] = self.config.person_weight * F.binary_cross_entropy_with_logits(logits, person)
        return {"loss": torch.stack(list(parts.values())).sum(), **parts}

    def _distance(self, image: Tensor, target: Tensor, criterion) -> Tensor:
        with torch.no_grad():
            wanted = self.features(target)
        found = self.features(image)
        return torch.stack([criterion(found[name], wanted[name]) for name in found]).sum()

    def _local(self, image: Tensor, target: Tensor, keypoints: Tensor, criterion) -> Tensor:
        centers = points(keypoints, self.config.descriptors, self.config.reading)
        corners, valid = boxes(centers, target.shape[-1])
        if not valid.any():
            return image.sum() * 0
        ours, theirs = crops(image, corners, valid), crops(target, corners, valid)
        # All squares have one size, so the mean over all is the mean of the squares' means.
        mean = self._distance(ours, theirs, criterion)
        return mean * self.config.descriptors if self.config.local_reduction == "sum" else mean
