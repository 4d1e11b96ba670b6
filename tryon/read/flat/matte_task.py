"""Training of the matte network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tryon.read.flat.kinds import WORN
from tryon.read.flat.matte_model import GarmentMatte, Matte
from tryon.read.flat.matte_views import MatteView, MatteViews
from tryon.read.flat.sample import UNKNOWN_KIND

_INSIDE_WEIGHT = 4.0  # of the pixels of the inside: there are few
_SMOOTHING = 0.05  # of the classes


class MatteTask:
    """Binary cross entropy of both mattes, the Dice loss of the cloth, and cross entropy of what the photo shows.

    Args:
        network: to train.
        views: to train on.
        validation: of other garments and people, for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: GarmentMatte,
        views: MatteViews,
        validation: Sequence[MatteView] = (),
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``image`` ``(3, H, W)`` ``uint8``, ``mattes`` ``(2, H, W)`` in [0, 1], ``known`` of that shape, ``shows``."""
        view = self.views.view(number)
        return {
            "image": torch.from_numpy(view.image).permute(2, 0, 1).contiguous(),
            "mattes": torch.from_numpy(np.stack((view.cloth, view.inside))),
            "known": torch.from_numpy(view.known.astype(np.float32)),
            "shows": torch.tensor(view.shows),
        }

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        said: Matte = network(batch["image"].float() / 255)
        logits = torch.cat((said.cloth, said.inside), 1).float()
        truth, known = batch["mattes"], batch["known"]
        weight = known * torch.where(
            torch.arange(2, device=truth.device)[:, None, None] == 1, 1 + _INSIDE_WEIGHT * truth, 1
        )
        entropy = F.binary_cross_entropy_with_logits(logits, truth, weight, reduction="sum") / truth[:, :1].numel()
        cloth, true_cloth = logits[:, :1].sigmoid() * known[:, :1], truth[:, :1] * known[:, :1]
        dice = 1 - (2 * (cloth * true_cloth).sum() + 1) / (cloth.sum() + true_cloth.sum() + 1)
        shows = F.cross_entropy(
            said.shows.float(),
            batch["shows"],
            ignore_index=UNKNOWN_KIND,
            label_smoothing=_SMOOTHING,
            reduction="sum",
        ) / (batch["shows"] != UNKNOWN_KIND).sum().clamp(min=1)
        return {"loss": entropy + dice + 0.5 * shows, "entropy": entropy, "dice": dice, "shows": shows}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean IoU of the cloth, share of the kinds named rightly, and of worn and flat told apart."""
        if not self.validation:
            return {}
        overlap, kind, worn = [], [], []
        for view in self.validation:
            said = self._said(network, view.image)
            shown = int(said.shows[0].argmax())
            worn.append((shown == WORN) == (view.shows == WORN))
            if view.shows < WORN:
                kind.append(int(said.shows[0, :WORN].argmax()) == view.shows)
                found, truth = (said.cloth[0, 0] > 0).cpu().numpy(), view.cloth > 0.5
                overlap.append((found & truth).sum() / max((found | truth).sum(), 1))
        return {
            "iou_cloth": float(np.mean(overlap)),
            "right_kind": float(np.mean(kind)),
            "right_worn": float(np.mean(worn)),
        }

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Three rows: views, what is found (cloth green, inside red), and the truth, black where it is not known."""
        columns = []
        for number in self._sheet_numbers:
            view = self.views.view(number)
            said = self._said(network, view.image)
            found = (said.cloth[0, 0].sigmoid().cpu().numpy(), said.inside[0, 0].sigmoid().cpu().numpy())
            truth = [matte * known for matte, known in zip((view.cloth, view.inside), view.known, strict=True)]
            columns.append(np.concatenate((view.image, *(_overlay(view.image, *pair) for pair in (found, truth)))))
        return np.concatenate(columns, 1)

    def _said(self, network: nn.Module, image: np.ndarray) -> Matte:
        device = next(network.parameters()).device
        tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device) / 255
        return network(tensor)


def _overlay(image: np.ndarray, cloth: np.ndarray, inside: np.ndarray) -> np.ndarray:
    color = np.stack((255 * inside, 255 * cloth * (1 - inside), np.zeros_like(cloth)), -1)
    return (0.35 * image + 0.65 * color).astype(np.uint8)
