"""Training of the paper's appearance-flow network: the perceptual loss of section 4.4 and nothing else."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from appearance_flow.paper import PaperFlowNet, on_neutral
from appearance_flow.views import FlowViews

SHEET_NUMBERS = tuple(range(10**9, 10**9 + 8))  # views that training never reaches
VALIDATION_VIEWS = 48
_VALIDATION_BATCH = 8


class PaperFlowTask:
    """For :func:`tryon.core.train.loop.train`.

    The paper does not say which layers of which network the perceptual loss compares, nor how. Chosen here: those of
    its own HPN as this project has them (:class:`tryon.core.perceptual.VGGFeatures`), the mean absolute difference of
    each layer, added up; both garments lie on middle gray, and the warped one is cut by the mask in the target pose.

    Args:
        network: what is trained.
        views: examples of :func:`appearance_flow.views.garment_example`.
        features: VGG-16, or any module that maps ``(B, 3, H, W)`` in [-1, 1] to activations by name.
        validation: views of other people and clothes, for the figures on the way.
    """

    def __init__(
        self, network: PaperFlowNet, views: FlowViews, features: nn.Module, validation: FlowViews | None = None
    ):
        self.network, self.views, self.validation = network, views, validation
        self._features = features

    def example(self, number: int) -> dict[str, Tensor]:
        """See :func:`appearance_flow.views.garment_example`."""
        return self.views.view(number)

    def loss(self, network: nn.Module, batch: dict[str, Tensor], share: float) -> dict[str, Tensor]:
        """The same all along."""
        self._features.to(batch["garment"].device)
        flow = _ask(network, batch)
        return {"loss": self._distance(self._warped(batch, flow), on_neutral(batch["target"], batch["worn"]))}

    @torch.inference_mode()
    def validate(self, network: nn.Module) -> dict[str, float]:
        """Mean error in pixels of the window, where the flow is known, of no flow and of the network's; and the mean
        perceptual loss."""
        if self.validation is None:
            return {}
        device = next(network.parameters()).device
        still = moved = known = perceptual = 0.0
        for first in range(0, VALIDATION_VIEWS, _VALIDATION_BATCH):
            views = [self.validation.view(first + i) for i in range(_VALIDATION_BATCH)]
            batch = {key: torch.stack([view[key] for view in views]).to(device) for key in views[0]}
            perceptual += float(self.loss(network, batch, 1.0)["loss"])
            still += float(_error(torch.zeros_like(batch["flow"]), batch))
            moved += float(_error(_ask(network, batch), batch))
            known += float(batch["known"].sum())
        return {
            "identity_error": still / max(known, 1),
            "flow_error": moved / max(known, 1),
            "perceptual": perceptual * _VALIDATION_BATCH / VALIDATION_VIEWS,
        }

    @torch.inference_mode()
    def sheet(self, network: nn.Module) -> np.ndarray:
        """A column for each fixed view: the garment on its wearer, warped, and as it truly is in the target pose."""
        device = next(network.parameters()).device
        columns = []
        for number in SHEET_NUMBERS:
            batch = {name: value[None].to(device) for name, value in self.example(number).items()}
            garment, truth = (on_neutral(batch[a], batch[b]) for a, b in (("garment", "mask"), ("target", "worn")))
            column = torch.cat((garment, self._warped(batch, _ask(network, batch)), truth), 2)[0]
            columns.append(((column.cpu().clamp(-1, 1) + 1) * 127.5).byte().permute(1, 2, 0).numpy())
        return np.concatenate(columns, 1)

    def _warped(self, batch: dict[str, Tensor], flow: Tensor) -> Tensor:
        """The garment in the target pose, cut by its mask there."""
        return self.network.sample(on_neutral(batch["garment"], batch["mask"]), flow) * batch["worn"]

    def _distance(self, warped: Tensor, truth: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self._features(truth)
        found = self._features(warped)
        return torch.stack([F.l1_loss(found[name], wanted[name]) for name in found]).sum()


def _ask(network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    masks = batch["mask"].float(), batch["worn"].float()
    return network(torch.cat((on_neutral(batch["garment"], batch["mask"]), *masks), 1))


def _error(flow: Tensor, batch: dict[str, Tensor]) -> Tensor:
    """Sum over the pixels where the flow is known of how far it is from there, in pixels of the window."""
    return ((flow - batch["flow"]).square().sum(1, keepdim=True).sqrt() * batch["known"]).sum()
