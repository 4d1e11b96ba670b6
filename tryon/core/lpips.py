"""LPIPS, the learned perceptual distance of Zhang et al. (2018), from weights on disk: nothing is downloaded."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from tryon.core.errors import CheckpointError, reason_of
from tryon.core.perceptual import VGGFeatures

_CHANNELS = (64, 128, 256, 512, 512)


class LPIPS(nn.Module):
    """Learned perceptual distance: weighted squared differences of unit-length activations of VGG-16.

    Args:
        features: VGG-16 up to relu4_3.
        tail: VGG-16 from there to relu5_3.
        weights: a factor for each channel of the five layers.
    """

    def __init__(self, features: VGGFeatures, tail: nn.Module, weights: Sequence[Tensor]):
        super().__init__()
        self._scale = features.scales[-1].item()
        self.tail, self.weights = tail.requires_grad_(False).eval(), nn.ParameterList(weights).requires_grad_(False)

    @classmethod
    def from_files(cls, features: VGGFeatures, vgg: Path, linear: Path) -> "LPIPS":
        """Load what goes beyond ``features``.

        Args:
            features: loaded from ``vgg``.
            vgg: state dict of torchvision's vgg16, or of its features.
            linear: LPIPS's own weights for VGG-16, version 0.1, see :func:`lpips_weights`.

        Raises:
            CheckpointError: one of the files is missing, damaged or something else.
        """
        layers: list[nn.Module] = [nn.MaxPool2d(2)]
        for _ in range(3):
            layers += [nn.Conv2d(512, 512, 3, padding=1), nn.ReLU()]
        tail = nn.Sequential(*layers)
        try:
            state = torch.load(vgg, map_location="cpu", weights_only=True)
            state = {name.removeprefix("features."): tensor for name, tensor in state.items()}
            # The pooling before the fifth group is layer 23 of the features.
            tail.load_state_dict({name: state[_plus(name, 23)].float() for name in tail.state_dict()})
            factors = torch.load(linear, map_location="cpu", weights_only=True)
            weights = [
                factors[f"lin{i}.model.1.weight"].float().reshape(1, channels, 1, 1)
                for i, channels in enumerate(_CHANNELS)
            ]
        except Exception as error:  # torch.load lets many kinds through
            raise CheckpointError(
                f"LPIPS cannot be loaded from {vgg} and {linear} ({reason_of(error)}); give torchvision's vgg16, "
                "and reinstall torchmetrics"
            ) from error
        return cls(features, tail, weights)

    def forward(self, found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> Tensor:
        """``(B,)`` of activations, from the same :class:`VGGFeatures`; those wanted may have a batch of 1."""
        total = torch.zeros((), device=self.weights[0].device)
        for ours, theirs, weight in zip(self._layers(found), self._layers(wanted), self.weights, strict=True):
            total = total + (weight * (ours - theirs).square()).sum(1).mean((1, 2))
        return total

    def _layers(self, activations: Mapping[str, Tensor]) -> list[Tensor]:
        layers = list(activations.values())
        layers.append(self.tail(layers[-1] * self._scale))
        return [layer / (layer.square().sum(1, keepdim=True) + 1e-8).sqrt() for layer in layers]


def lpips_weights() -> Path | None:
    """The file of LPIPS's own weights for VGG-16, which comes with torchmetrics; ``None`` without that package."""
    package = find_spec("torchmetrics")
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "functional" / "image" / "lpips_models" / "vgg.pth"
    return path if path.is_file() else None


def _plus(name: str, offset: int) -> str:
    number, rest = name.split(".", 1)
    return f"{int(number) + offset}.{rest}"
