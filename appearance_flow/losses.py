"""What the appearance-flow network is trained to do: move the garment to where it is known to be."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from appearance_flow.flow import flow_jacobian, second_order_smoothness, warp
from appearance_flow.model import Refined

_COARSE = 0.4  # weight of an offset against that of the next finer resolution
_SOFT = 0.5  # pixels below which an error counts by its square
_OUTSIDE = 0.15  # weight of a pixel that neither the part nor what was carried over comes near
_STEEP = 0.1  # least area, of 1, that a pixel may shrink to before it counts as folding


@dataclass(frozen=True)
class FlowLossConfig:
    visible: float = 4.0
    """Weight of where the part is seen, against the error of the flow in pixels of the window."""
    smooth: float = 0.6
    """Weight of the second differences of the offset, a part of the trunk counting twice."""
    fold: float = 20.0
    """Weight of folding."""


def flow_losses(refined: Refined, batch: dict[str, Tensor], config: FlowLossConfig, trunk: Tensor) -> dict[str, Tensor]:
    """The sum to be minimized as ``loss``, and its parts.

    The flow is exact wherever it is known, so that a comparison of colors could only repeat it, less surely.

    Args:
        refined: the network's answer.
        batch: ``flow`` ``(B, 2, H / 2, W / 2)`` of the pose flow, ``truth`` of the same shape, both in pixels of the
            window; ``known`` ``(B, 1, …)`` where the truth holds; ``shown`` ``(B, 1, …)`` where the part is seen on
            the person; ``carried`` ``(B, 1, …)`` where the pose flow carries it.
        config: weights.
        trunk: ``(B,)`` of parts that lie on the trunk, 1, or not, 0.
    """
    known, shown, size = batch["known"], batch["shown"], batch["flow"].shape[2:]
    total = known.sum().clamp(min=1)
    errors = []
    for offset in (*refined.coarse, refined.offset):
        full = F.interpolate(offset, size=size, mode="bilinear", align_corners=False)
        # Flows are in pixels of the window and the maps half as large.
        reached = full + warp(batch["flow"], full / 2)
        away = (reached - batch["truth"]).square().sum(1, keepdim=True)
        errors.append((((away + _SOFT**2).sqrt() - _SOFT) * known).sum() / total)
    error = sum(_COARSE ** (len(errors) - 1 - i) * one for i, one in enumerate(errors))

    near = F.max_pool2d(torch.maximum(shown, batch["carried"]), 5, 1, 2)
    weight = near + _OUTSIDE * (1 - near)
    entropy = F.binary_cross_entropy_with_logits(refined.visible, shown, weight=weight, reduction="sum")
    visible = entropy / weight.sum()

    offset = refined.offset / 2
    smooth = second_order_smoothness(offset * (1 + trunk.view(-1, 1, 1, 1)))
    jacobian = flow_jacobian(offset)
    area = jacobian[:, 0, 0] * jacobian[:, 1, 1] - jacobian[:, 0, 1] * jacobian[:, 1, 0]
    fold = F.relu(_STEEP - area).mean()
    loss = error + config.visible * visible + config.smooth * smooth + config.fold * fold
    final = errors[-1].detach()
    parts = {"flow": final, "visible": visible.detach(), "smooth": smooth.detach(), "fold": fold.detach()}
    return {"loss": loss, **parts}


def unmoved_error(batch: dict[str, Tensor]) -> Tensor:
    """Scalar: the mean error of the pose flow itself, in pixels of the window."""
    away = (batch["flow"] - batch["truth"]).square().sum(1, keepdim=True).sqrt()
    return (away * batch["known"]).sum() / batch["known"].sum().clamp(min=1)


def moved_error(refined: Refined, batch: dict[str, Tensor]) -> Tensor:
    """Scalar: the mean error after the network moved the pose flow, in pixels of the window."""
    reached = refined.offset + warp(batch["flow"], refined.offset / 2)
    away = (reached - batch["truth"]).square().sum(1, keepdim=True).sqrt()
    return (away * batch["known"]).sum() / batch["known"].sum().clamp(min=1)
