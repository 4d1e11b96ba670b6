"""VGG-16 features for perceptual losses and distances."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models.vgg import cfgs, make_layers

from tryon.core.errors import CheckpointError, reason_of

LAYERS = {"relu1_2": 3, "relu2_2": 8, "relu3_3": 15, "relu4_3": 22}
"""Layers and their place in ``torchvision.models.vgg16().features``: those of Johnson et al. (2016)."""


class VGGFeatures(nn.Module):
    """Activations of VGG-16 (Simonyan and Zisserman, 2015), each divided by its usual size. Never trained.

    The usual size of a layer is its root mean square on one fixed picture of smooth noise, measured here: it makes the
    layers weigh alike, and weights of another scale (the original ones, torchvision's) give the same distances.
    """

    mean: Tensor
    std: Tensor
    scales: Tensor

    def __init__(self, features: nn.Sequential):
        super().__init__()
        self.features = features[: max(LAYERS.values()) + 1].requires_grad_(False).eval()
        self.register_buffer("mean", torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scales", torch.ones(len(LAYERS)), persistent=False)
        with torch.no_grad():
            sizes = [layer.square().mean().sqrt() for layer in self(_smooth_noise()).values()]
        self.scales.copy_(torch.stack(sizes).clamp(min=1e-6))

    @classmethod
    def from_file(cls, path: str | Path) -> "VGGFeatures":
        """Load torchvision's ImageNet weights from a state dict of ``vgg16()`` or of its ``features``.

        Raises:
            CheckpointError: the file is missing, damaged, or of another network.
        """
        features = make_layers(cfgs["D"])  # those of vgg16(), without its large classifier
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
            state = {name.removeprefix("features."): tensor for name, tensor in state.items()}
            features.load_state_dict(
                {name: state[name].float() for name in features.state_dict()},  # not the classifier
            )
        except Exception as error:  # torch.load lets many kinds through
            raise CheckpointError(
                f"no VGG-16 weights from {path} ({reason_of(error)}); give the state dict of torchvision's vgg16 "
                "(IMAGENET1K_V1) or of its features"
            ) from error
        return cls(features)

    def train(self, mode: bool = True) -> "VGGFeatures":
        """Stays in evaluation mode."""
        return super().train(False)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Activations by layer.

        Args:
            image: ``(B, 3, H, W)`` RGB in [-1, 1], at least 8 pixels a side.
        """
        x = ((image + 1) / 2 - self.mean) / self.std
        found: dict[str, Tensor] = {}
        names = {place: name for name, place in LAYERS.items()}
        for place, module in enumerate(self.features):
            x = module(x)
            if place in names:
                found[names[place]] = x / self.scales[len(found)]
        return found


def _smooth_noise() -> Tensor:
    """``(1, 3, 64, 64)`` in [-1, 1]: noise at five sizes, coarse ones stronger, as in photos; always the same."""
    generator = torch.Generator().manual_seed(0)
    sizes = (4, 8, 16, 32, 64)
    layers = [
        nn.functional.interpolate(torch.randn(1, 3, n, n, generator=generator), 64, mode="bilinear") for n in sizes
    ]
    return torch.stack([layer * 4 / n for layer, n in zip(layers, sizes, strict=True)]).sum(0).tanh()
