"""Training of the layout network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tryon.core.labels import PALETTE, UNKNOWN, Label
from tryon.render.layout.inputs import HOLE, NEW_LOWER, NEW_UPPER
from tryon.render.layout.model import Layout
from tryon.render.layout.views import LayoutViews, View

COLORS = np.concatenate((PALETTE, np.array(((255, 255, 255), (255, 150, 150)), np.uint8)))
"""Of the 14 labels and the new garments, or of holes and of what no photo shows."""
VALIDATION_VIEWS = 96
_ELSEWHERE = 0.1  # weight of what the photo shows and nothing new may cover: it stays whatever the network says


class LayoutTask:
    """Cross entropy of the classes, mostly of what the network decides: holes, and what the new garment may cover.

    Args:
        network: to train.
        views: to train on.
        validation: views of other people, for the figures on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: Layout,
        views: LayoutViews,
        validation: LayoutViews | None = None,
        sheet_numbers: Sequence[int] = range(12),
    ):
        self.network, self.views, self.validation = network, views, validation
        self._sheet_numbers = sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """``stay`` ``(H, W)``, ``planes`` ``(P, H, W)``, ``category``, ``truth`` ``(H, W)``, ``changes`` ``(H, W)``."""
        return _tensors(self.views.view(number))

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        logits = network(batch["stay"], batch["planes"], batch["category"]).float()
        truth, changes = batch["truth"].long(), batch["changes"]
        each = F.cross_entropy(logits, truth, ignore_index=UNKNOWN, reduction="none")
        weight = torch.where(changes, 1.0, _ELSEWHERE) * (truth != UNKNOWN)
        loss = (each * weight).sum() / weight.sum().clamp(min=1)
        with torch.no_grad():
            decided = changes & (truth != UNKNOWN)
            right = ((logits.argmax(1) == truth) & decided).sum() / decided.sum().clamp(min=1)
        return {"loss": loss, "right": right}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Shares of right pixels, in [0, 1]: of the hole, of the hole outside of the true new garment, and IoU of skin
        and of the new garment in what is decided; over the first validation views."""
        if self.validation is None:
            return {}
        counts = np.zeros((4, 2))
        for number in range(VALIDATION_VIEWS):
            view = self.validation.view(number)
            found, truth = self._classes(network, view), view.truth
            hole = (view.given.stay == HOLE) & (truth != UNKNOWN)
            new = (truth == NEW_UPPER) | (truth == NEW_LOWER)
            counts[0] += ((found == truth) & hole).sum(), hole.sum()
            counts[1] += ((found == truth) & hole & ~new).sum(), (hole & ~new).sum()
            decided = view.changes & (truth != UNKNOWN)
            found_new = (found == NEW_UPPER) | (found == NEW_LOWER)
            for row, (one, other) in ((2, (found == Label.SKIN, truth == Label.SKIN)), (3, (found_new, new))):
                counts[row] += (one & other & decided).sum(), ((one | other) & decided).sum()
        shares = counts[:, 0] / np.maximum(counts[:, 1], 1)
        return dict(zip(("right_hole", "right_outside", "iou_skin", "iou_new"), shares.tolist(), strict=True))

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """Four rows: what stays, the garment, the network's layout, and the truth; of the first training views."""
        columns = []
        for number in self._sheet_numbers:
            view = self.views.view(number)
            worn = np.maximum(view.given.planes[[0, 1, 3]], view.given.planes[[2, 2, 2]]).transpose(1, 2, 0)
            truth = COLORS[np.where(view.truth == UNKNOWN, 0, view.truth)]
            columns.append(np.concatenate((COLORS[view.given.stay], worn, COLORS[self._classes(network, view)], truth)))
        return np.concatenate(columns, 1)

    def _classes(self, network: nn.Module, view: View) -> np.ndarray:
        device = next(network.parameters()).device
        one = {name: tensor[None].to(device) for name, tensor in _tensors(view).items()}
        return network(one["stay"], one["planes"], one["category"]).argmax(1)[0].cpu().numpy()


def _tensors(view: View) -> dict[str, Tensor]:
    return {
        "stay": torch.from_numpy(view.given.stay),
        "planes": torch.from_numpy(view.given.planes),
        "category": torch.tensor(view.given.category),
        "truth": torch.from_numpy(view.truth),
        "changes": torch.from_numpy(view.changes),
    }
