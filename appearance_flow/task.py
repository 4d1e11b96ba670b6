"""Training of the appearance-flow network."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from appearance_flow.flow import fold_rate, warp
from appearance_flow.losses import FlowLossConfig, flow_losses, moved_error, unmoved_error
from appearance_flow.model import AppearanceFlowNet, Refined
from appearance_flow.views import FlowViews
from tryon.body.window import Window

SHEET_NUMBERS = tuple(range(10**9, 10**9 + 8))  # views that training never reaches
VALIDATION_VIEWS = 96
_VALIDATION_BATCH = 8


class FlowTask:
    """For :func:`tryon.core.train.loop.train`.

    Args:
        network: what is trained.
        views: examples.
        loss: weights of the loss.
        validation: views of other people and clothes, for the figures on the way.
    """

    def __init__(
        self,
        network: AppearanceFlowNet,
        views: FlowViews,
        loss: FlowLossConfig | None = None,
        validation: FlowViews | None = None,
    ):
        self.network, self.views, self.validation = network, views, validation
        self._loss = loss or FlowLossConfig()
        self._unit = Window.torso(network.config.size)

    def example(self, number: int) -> dict[str, Tensor]:
        """See :meth:`appearance_flow.views.FlowViews.view`."""
        return self.views.view(number)

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        """The same all along."""
        batch = _flat(batch)
        refined = self._ask(network, batch)
        return flow_losses(refined, batch, self._loss, batch["trunk"])

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Errors in pixels of the window without and with the network, their ratio, share of the pixels that fold,
        and intersection over union of where the parts are seen."""
        if self.validation is None:
            return {}
        device = next(network.parameters()).device
        sums = np.zeros(5)
        for first in range(0, VALIDATION_VIEWS, _VALIDATION_BATCH):
            views = [self.validation.view(first + i) for i in range(_VALIDATION_BATCH)]
            batch = _flat({key: torch.stack([view[key] for view in views]).to(device) for key in views[0]})
            refined = self._ask(network, batch)
            found, true = refined.visible > 0, batch["shown"] > 0.5
            both, either = (found & true).sum(), (found | true).sum()
            folded = fold_rate(refined.offset / 2).mean()
            values = (unmoved_error(batch), moved_error(refined, batch), folded, both, either)
            sums += [float(value) for value in values]
        rounds = VALIDATION_VIEWS / _VALIDATION_BATCH
        before, after, folded = sums[:3] / rounds
        return {
            "pose_flow_error": before,
            "flow_error": after,
            "ratio": after / max(before, 1e-6),
            "folded": folded,
            "visible_iou": sums[3] / max(sums[4], 1),
        }

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """A column for each fixed view: what the pose flow carries over, what the network makes of it, where it says
        that this is seen, and where it truly is."""
        device = next(network.parameters()).device
        columns = []
        for number in SHEET_NUMBERS:
            view = {name: value[:1].to(device) for name, value in self.example(number).items()}
            refined = self._ask(network, view)
            carried = view["garment"][:, 1:4].float() / 255
            moved = warp(carried, F.interpolate(refined.offset, scale_factor=2, mode="bilinear", align_corners=False))
            masks = [
                F.interpolate(mask, scale_factor=2).expand(-1, 3, -1, -1)
                for mask in (refined.visible.sigmoid(), view["shown"])
            ]
            column = torch.cat((carried, moved, *masks), 2)[0].cpu().clamp(0, 1)
            columns.append((column * 255).byte().permute(1, 2, 0).numpy())
        return np.concatenate(columns, 1)

    def _ask(self, network: nn.Module, batch: dict[str, Tensor]) -> Refined:
        return network(batch["garment"].float() / 255, batch["person"].float() / 255, self._unit)


def _flat(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The parts of all examples along one dimension."""
    return {name: value.flatten(0, 1) for name, value in batch.items()}
