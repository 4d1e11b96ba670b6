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


class HPNTask:
    """Pose transfer at one resolution, for :func:`tryon.core.train.loop.train`.

    Args:
        network: at the resolution of the stage.
        views: pairs.
        loss: equation 4.
        stage: its criterion changes after half of its pictures, however they are batched.
    """

    def __init__(
        self,
        network: HPN,
        views: PairViews,
        loss: HPNLoss,
        stage: Stage,
        sheet_numbers: Sequence[int] = SHEET_NUMBERS,
    ):
        self.network, self.views, self.stage = network, views, stage
        self._loss, self._sheet_numbers = loss, sheet_numbers

    def example(self, number: int) -> dict[str, Tensor]:
        """View ``number``, see :func:`hpn.views.prepare`, and ``first_half``, whether it belongs to that."""
        view = self.views.view(number, self.network.config.resolution, augment=self.stage.augment)
        return {**view, "first_half": torch.tensor(number < self.stage.images / 2)}

    def loss(self, network: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        self._loss.to(batch["image"].device)
        output = network(*self._inputs(batch))
        first_half = bool(batch["first_half"].all())
        return self._loss(output, batch["target"], batch["target_keypoints"], batch["person"], first_half=first_half)

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
