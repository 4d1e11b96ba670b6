"""Training of the network of whole garments."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from appearance_flow.amodal.model import AmodalNet
from appearance_flow.amodal.views import AmodalViews, View
from tryon.core.labels import NUM_LABELS, PALETTE

VALIDATION_VIEWS = 256
_ELSEWHERE = 0.1  # weight of what nothing was laid over: there it is seen


class AmodalTask:
    """Cross entropy of the garment's mask, mostly behind what was laid over it.

    Args:
        network: to train.
        views: to train on.
        validation: views of other people, for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: AmodalNet,
        views: AmodalViews,
        validation: AmodalViews | None = None,
        sheet_numbers: Sequence[int] = range(16),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``shown`` ``(P, H, W)`` ``uint8``; ``truth``, ``hidden``, ``known`` ``(H, W)`` ``bool``."""
        return _tensors(self.views.view(number))

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        logits, truth = _ask(network, batch), batch["truth"]
        each = F.binary_cross_entropy_with_logits(logits, truth.float(), reduction="none")
        weight = torch.where(batch["hidden"], 1.0, _ELSEWHERE) * batch["known"]
        loss = (each * weight).sum() / weight.sum().clamp(min=1)
        with torch.no_grad():
            hidden = batch["hidden"]
            right = (((logits > 0) == truth) & hidden).sum() / hidden.sum().clamp(min=1)
        return {"loss": loss, "right": right}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Behind what was laid over: the share of right pixels and the garment's IoU; and those of saying that it is
        nowhere there."""
        if self.validation is None:
            return {}
        right, nowhere, hidden, both, either = np.zeros(5)
        for number in range(VALIDATION_VIEWS):
            view = self.validation.view(number)
            found, truth, where = self._mask(network, view), view.truth, view.hidden
            right += ((found == truth) & where).sum()
            nowhere += (~truth & where).sum()
            hidden += where.sum()
            both += (found & truth & where).sum()
            either += ((found | truth) & where).sum()
        counted = max(hidden, 1)
        return {"right": right / counted, "right_of_nowhere": nowhere / counted, "iou": both / max(either, 1)}

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Three rows: the labels that are shown, what the network says, and the truth; of training views."""
        colors = np.concatenate((PALETTE, np.array(((255, 255, 255),), np.uint8)))
        columns = []
        for number in self._sheet_numbers:
            view = self.views.view(number)
            labels = colors[view.shown[: NUM_LABELS + 1].argmax(0)]
            masks = [np.repeat(255 * mask[..., None].astype(np.uint8), 3, 2) for mask in
                     (self._mask(network, view), view.truth)]  # fmt: skip
            masks[1][~view.known] //= 2
            columns.append(np.concatenate((labels, *masks)))
        return np.concatenate(columns, 1)

    def _mask(self, network: nn.Module, view: View) -> np.ndarray:
        device = next(network.parameters()).device
        one = {name: tensor[None].to(device) for name, tensor in _tensors(view).items()}
        return (_ask(network, one)[0] > 0).cpu().numpy()


def _tensors(view: View) -> dict[str, Tensor]:
    return {name: torch.from_numpy(part) for name, part in view._asdict().items()}


def _ask(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    """``(B, H, W)`` logits."""
    shown = batch["shown"].contiguous(memory_format=torch.channels_last).float() / 255
    return network(shown).float()[:, 0]
