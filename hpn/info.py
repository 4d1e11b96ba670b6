"""What the network of a preset and stage costs: parameters, multiply-adds, memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from hpn.model import HPN
from hpn.network import BOTTLENECK, PRESETS, RESOLUTIONS, HPNConfig
from hpn.schedule import SCHEDULES, Stage
from tryon.body.skeleton import NUM_KEYPOINTS

# VGG-16 up to relu4_3, multiply-adds for a pixel of the picture.
_VGG_MACS = 9 * (3 * 64 + 64 * 64 + (64 * 128 + 128 * 128) / 4 + (128 * 256 + 2 * 256**2) / 16
                 + (256 * 512 + 2 * 512**2) / 64)  # fmt: skip

# Its outputs for a pixel: each convolution and ReLU on the result, the kept layers on the target.
_VGG_OUTPUTS = 2 * (2 * 64 + 2 * 128 / 4 + 3 * 256 / 16 + 3 * 512 / 64) + 64 + 128 / 4 + 256 / 16 + 512 / 64

Timed = Sequence[tuple[float, bool]]
"""Seconds a view of each stage, and whether they were timed or are by the multiply-adds."""


@dataclass(frozen=True)
class Cost:
    """Of one picture."""

    parameters: int
    macs: float
    """Multiply-adds of the convolutions, forward."""
    activations: int
    """Bytes in float32 that a training step keeps of the network: each convolution, normalization and ReLU."""
    vgg_activations: int
    """The same of VGG-16 on the result, its descriptors and the target."""
    training_macs: float
    """Forward and backward, with VGG-16 on result and target, and on the local descriptors."""


def cost(config: HPNConfig, descriptors: int) -> Cost:
    """Counted on the network itself, without computing it."""
    counted = {"macs": 0, "outputs": 0}

    def count(module: nn.Module, _inputs, output: torch.Tensor) -> None:
        assert isinstance(module, nn.Conv2d)
        counted["outputs"] += output.numel()
        counted["macs"] += output.numel() * module.weight[0].numel()

    with torch.device("meta"):
        network = HPN(config)
        side = config.resolution
        image, pose = torch.empty(1, 3, side, side), torch.empty(1, NUM_KEYPOINTS, BOTTLENECK, BOTTLENECK)
        extra = (torch.empty(1, 2, side, side), torch.empty(1, 1, side, side)) if config.align else ()
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(count)
        network(image, pose, *extra)
    pixels = side**2 * (1 + descriptors / 64)
    # Forward and backward of the network are three times its forward; VGG goes forward on the target, and forward and
    # backward (to the picture only) on the result.
    training = 3 * counted["macs"] + 3 * _VGG_MACS * pixels
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(parameters, counted["macs"], 3 * 4 * counted["outputs"], int(4 * _VGG_OUTPUTS * pixels), training)


def table() -> str:
    """Markdown table of all presets and stages."""
    descriptors = {stage.resolution: stage.descriptors for stage in SCHEDULES["paper"]}
    memory = "training memory a picture with VGG-16 and descriptors (MB)"
    lines = [f"preset | side | parameters (M) | forward (G multiply-adds) | {memory}"]
    lines.append("---|---:|---:|---:|---:")
    for name, preset in PRESETS.items():
        for resolution in RESOLUTIONS:
            one = cost(replace(preset, resolution=resolution), descriptors[resolution])
            megabytes = (one.activations + one.vgg_activations) / 2**20
            numbers = f"{one.parameters / 1e6:.2f} | {one.macs / 1e9:.2f} | {megabytes:.0f}"
            lines.append(f"{name} | {resolution} | {numbers}")
    return "\n".join(lines)


def plan(config: HPNConfig, stages: Sequence[Stage], seconds: Timed = ()) -> str:
    """Markdown table of a training and what it costs.

    Args:
        config: of the network.
        stages: of the training.
        seconds: from :func:`hpn.stages.seconds_a_view`, for the hours on this machine.
    """
    lines = ["side | images | batch | learning rate | descriptors | memory a picture (MB) | 10^15 multiply-adds"]
    lines.append("---:|---:|---:|---:|---:|---:|---:")
    if seconds:
        lines = [lines[0] + " | hours here", lines[1] + "|---:"]
    total = 0.0
    for i, stage in enumerate(stages):
        one = cost(replace(config, resolution=stage.resolution), stage.descriptors)
        spent = stage.images * one.training_macs
        total += spent
        lines.append(
            f"{stage.resolution} | {stage.images} | {stage.batch} | {stage.lr:g} | {stage.descriptors} | "
            f"{(one.activations + one.vgg_activations) / 2**20:.0f} | {spent / 1e15:.3g}"
        )
        if seconds:
            lines[-1] += f" | {'' if seconds[i][1] else '≈ '}{stage.images * seconds[i][0] / 3600:.3g}"
    lines.append(f"in all: {total / 1e15:.3g} x 10^15 multiply-adds")
    if seconds:
        hours = sum(stage.images * one for stage, (one, _) in zip(stages, seconds, strict=True)) / 3600
        lines[-1] += f", {hours:.3g} hours on this machine"
        if not all(timed for _, timed in seconds):
            lines.append("≈ not timed: by the multiply-adds, from the stage before")
    return "\n".join(lines)


def fitting(config: HPNConfig, stage: Stage, available: int) -> str:
    """What a training needs to change to fit into memory, in words for a user.

    Args:
        config: of the network.
        stage: the one that did not fit.
        available: bytes.
    """
    narrower = sorted({preset.width for preset in PRESETS.values() if preset.width < config.width}, reverse=True)
    # A batch of one that did not fit leaves a narrower network only.
    for width in ([config.width] if stage.batch > 1 else []) + narrower:
        one = cost(replace(config, resolution=stage.resolution, width=width), stage.descriptors)
        # Weights, gradients, two moments and the average: five times the parameters.
        batch = int((0.8 * available - 5 * 4 * one.parameters) // (one.activations + one.vgg_activations))
        if batch >= 1:
            batch = min(batch, max(stage.batch // 2, 1))
            return f"a batch of {batch} at a width of {width:g} should fit"
    return "no batch and width fit; use a machine with more memory, or a lower --until"
