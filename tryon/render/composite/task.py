"""Training of the compositing network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tryon.core.perceptual import VGGFeatures
from tryon.render.composite.inputs import SIZE
from tryon.render.composite.model import Composite, Compositor, blended
from tryon.render.composite.network import channels
from tryon.render.composite.views import CompositeViews, Sample

VALIDATION_VIEWS = 128
_VALIDATION_BATCH = 8
_CROP = 128  # pixels a side that are compared perceptually
_SMOOTH = 0.002  # weight of the total variation of the shares; ten times that, and nothing but the rules is chosen
_CHOICE = 0.05  # weight of the cross entropy of the nearest plate: by colors alone, the rules are soon chosen for good
_AROUND = 5  # pixels a side over which a plate is compared with the truth
_PERCEPTUAL = 0.05


class CompositeTask:
    """Colors where nothing could be copied, near to the truth's; and the nearest plate chosen, without a patchwork.

    Args:
        network: to train.
        views: to train on.
        validation: views of other people, for the figures on the way.
        features: VGG-16, to compare what is made up in a square around its middle; without it, colors alone.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: Compositor,
        views: CompositeViews,
        validation: CompositeViews | None = None,
        features: VGGFeatures | None = None,
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self.features, self._sheet_numbers = features, sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``shown`` ``(C, H, W)``, ``plates`` ``(5, H, W, 3)``, ``truth`` ``(H, W, 3)``, ``judged`` ``(H, W)``:
        ``uint8``."""
        return _tensors(self.views.view(number))

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        answer = _ask(network, batch)
        made, truth, judged = _pictures(answer, batch)
        color = _mean((made - truth).abs(), judged)
        weights = answer.weights
        variation = (weights.diff(dim=2).abs().mean() + weights.diff(dim=3).abs().mean()) * weights.shape[1]
        choice = _choice(weights, batch["plates"], truth, judged)
        loss = color + _SMOOTH * variation + _CHOICE * choice
        found = {"color": color, "choice": choice, "of_rules": _mean(weights[:, :1], judged)}
        if self.features is not None:
            found["perceptual"] = self._perceptual(made, truth, judged)
            loss = loss + _PERCEPTUAL * found["perceptual"]
        return {"loss": loss, **found}

    def _perceptual(self, made: Tensor, truth: Tensor, judged: Tensor) -> Tensor:
        assert self.features is not None
        shown = truth + (made - truth) * judged
        corners = [_corner(mask[0]) for mask in judged]
        pair = torch.cat([_crops(picture, corners) for picture in (shown, truth)])
        features = self.features.to(pair.device)
        layers = features(2 * pair - 1).values()
        return torch.stack([(a - b).abs().mean() for a, b in (layer.chunk(2) for layer in layers)]).mean()

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean absolute difference of the colors in [0, 1] of what is made up, of the rules and of the network; and
        their ratio."""
        if self.validation is None:
            return {}
        device = next(network.parameters()).device
        sums = np.zeros(3)
        for first in range(0, VALIDATION_VIEWS, _VALIDATION_BATCH):
            views = [_tensors(self.validation.view(first + i)) for i in range(_VALIDATION_BATCH)]
            batch = {key: torch.stack([view[key] for view in views]).to(device) for key in views[0]}
            answer = _ask(network, batch)
            made, truth, judged = _pictures(answer, batch)
            rules = batch["plates"][:, 0].permute(0, 3, 1, 2).float() / 255
            values = [((picture - truth).abs() * judged).mean(1).sum() for picture in (rules, made)]
            sums += [*(float(value) for value in values), float(judged.sum())]
        rules_error, error = sums[:2] / max(sums[2], 1e-6)
        return {"rules_l1": rules_error, "l1": error, "ratio": error / max(rules_error, 1e-6)}

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Rows: what the rules make, what is made up, the network's picture, and the truth; of training views."""
        device = next(network.parameters()).device
        columns = []
        for number in self._sheet_numbers:
            one = {name: tensor[None].to(device) for name, tensor in self.example(number).items()}
            made, truth, judged = _pictures(_ask(network, one), one)
            rules = one["plates"][:, 0].permute(0, 3, 1, 2).float() / 255
            column = torch.cat((rules, judged.expand_as(rules), rules + (made - rules) * judged, truth), 2)
            columns.append((column[0].clamp(0, 1) * 255).byte().permute(1, 2, 0).cpu().numpy())
        return np.concatenate(columns, 1)


def _tensors(sample: Sample) -> dict[str, Tensor]:
    parts = {"shown": channels(sample.given), "plates": sample.given.plates}
    parts |= {"truth": sample.truth, "judged": sample.judged}
    return {name: torch.from_numpy(part) for name, part in parts.items()}


def _ask(network: nn.Module, batch: dict[str, Tensor]) -> Composite:
    answer: Composite = network(batch["shown"].contiguous(memory_format=torch.channels_last).float() / 255)
    return answer


def _pictures(answer: Composite, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """What is made, the truth ``(B, 3, H, W)`` and how far they are judged ``(B, 1, H, W)``; all about in [0, 1]."""
    truth = batch["truth"].permute(0, 3, 1, 2).float() / 255
    return blended(answer, batch["plates"]), truth, batch["judged"][:, None].float() / 255


def _choice(weights: Tensor, plates: Tensor, truth: Tensor, judged: Tensor) -> Tensor:
    """Cross entropy of the plate that is nearest to the truth, by how much nearer it is than the second."""
    with torch.no_grad():
        colors = plates.permute(0, 1, 4, 2, 3).float() / 255
        apart = (colors - truth[:, None]).abs().mean(2)
        apart = F.avg_pool2d(apart, _AROUND, 1, _AROUND // 2, count_include_pad=False)
        nearest, which = apart.topk(2, 1, largest=False)
        margin = (nearest[:, 1] - nearest[:, 0]) * judged[:, 0]
    each = -weights.gather(1, which[:, :1])[:, 0].clamp(min=1e-6).log()
    return (each * margin).sum() / margin.sum().clamp(min=1e-6)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1)


def _corner(mask: Tensor) -> tuple[int, int]:
    """Of the square around the middle of what is judged."""
    top, left = (
        min(max(round(_middle(mask.sum(axis))) - _CROP // 2, 0), side - _CROP)
        for axis, side in zip((1, 0), SIZE, strict=True)
    )
    return top, left


def _middle(line: Tensor) -> float:
    return float((line * torch.arange(len(line), device=line.device)).sum() / line.sum().clamp(min=1e-6))


def _crops(pictures: Tensor, corners: list[tuple[int, int]]) -> Tensor:
    cut = [one[:, top : top + _CROP, left : left + _CROP] for one, (top, left) in zip(pictures, corners, strict=True)]
    return torch.stack(cut)
