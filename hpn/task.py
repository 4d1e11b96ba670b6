"""Training of one stage of the network."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from hpn.losses import HPNLoss
from hpn.model import HPN
from hpn.schedule import Stage
from hpn.views import PairViews

SHEET_NUMBERS = tuple(range(10**9, 10**9 + 8))  # views that training never reaches
VALIDATION_VIEWS = 24


class HPNTask:
    """Pose transfer at one resolution, for :func:`tryon.core.train.loop.train`.

    Args:
        network: at the resolution of the stage.
        views: pairs.
        loss: equation 4.
        stage: says whether the pictures are varied.
        validation: pairs of other people, for the figure on the way.
        sheet_numbers: views that the sheets show.
    """

    def __init__(
        self,
        network: HPN,
        views: PairViews,
        loss: HPNLoss,
        stage: Stage,
        validation: PairViews | None = None,
        sheet_numbers: Sequence[int] = SHEET_NUMBERS,
    ):
        self.network, self.views, self.stage, self.validation = network, views, stage, validation
        self._loss, self._sheet_numbers = loss, sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """View ``number``, see :func:`hpn.views.prepare`."""
        return self.views.view(number, self.network.config.resolution, augment=self.stage.augment)

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        """The criterion changes after half of the stage; a batch across its middle belongs to the second half."""
        self._loss.to(batch["image"].device)
        output = network(*self._inputs(batch))
        target = batch["target"], batch["target_keypoints"], batch["person"]
        return self._loss(output, *target, first_half=share <= 0.5)

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean loss over the first validation views, by the criterion of the second half all along."""
        if self.validation is None:
            return {}
        device = next(network.parameters()).device
        losses = []
        for number in range(VALIDATION_VIEWS):
            view = self.validation.view(number, self.network.config.resolution, augment=self.stage.augment)
            batch = {name: value[None].to(device) for name, value in view.items()}
            losses.append(float(self.loss(network, batch, 1.0)["loss"]))
        return {"loss": sum(losses) / len(losses)}

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """A column for each fixed view: source, target, result, and what the network drew itself."""
        device = next(network.parameters()).device
        columns = []
        for number in self._sheet_numbers:
            view = {name: value[None].to(device) for name, value in self.example(number).items()}
            output = network(*self._inputs(view))
            column = torch.cat((view["image"], view["target"], output.image, output.drawn), 2)[0]
            columns.append(((column.cpu().clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).numpy())
        return np.concatenate(columns, 1)

    def _inputs(self, batch: dict[str, Tensor]) -> tuple[Tensor, ...]:
        plain = batch["image"], batch["pose"]
        return (*plain, batch["flow"], batch["agreement"]) if self.network.config.align else plain
