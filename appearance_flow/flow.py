"""Grids, warping, up-sampling and smoothness of flows as tensors, for networks and their losses.

A flow is a backward map: ``source pixel = target pixel + flow``, in index coordinates (the center of the top left
pixel is 0, 0) and in pixels of its own resolution; channel 0 is x, channel 1 is y. Resizing follows the half-pixel
convention, ``align_corners=False``: pixel i of a picture made r times as large lies at ``(i + .5) / r - .5``.
"""

import torch
import torch.nn.functional as F

from appearance_flow.sampling import Padding
from tryon.core.errors import ShapeError


def base_grid(size: tuple[int, int], like: torch.Tensor) -> torch.Tensor:
    """``(1, 2, H, W)`` x and y of every pixel, with the device and dtype of ``like``."""
    ys = torch.arange(size[0], device=like.device, dtype=like.dtype)
    xs = torch.arange(size[1], device=like.device, dtype=like.dtype)
    grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack((grid_x, grid_y))[None]


def warp(image: torch.Tensor, flow: torch.Tensor, padding: Padding = "border") -> torch.Tensor:
    """Sample ``image`` where ``flow`` points to, bilinearly.

    Args:
        image: ``(B, C, Hs, Ws)``, the source.
        flow: ``(B, 2, Ht, Wt)``; source and target may differ in size.
        padding: what lies outside the source: its ``border`` pixels repeated, or ``zeros``.

    Returns:
        ``(B, C, Ht, Wt)``, differentiable in both arguments.

    Raises:
        ShapeError: ``flow`` has not two channels or not the batch size of ``image``.
    """
    _check_flow(flow)
    if image.ndim != 4 or image.shape[0] != flow.shape[0]:
        raise ShapeError("image", f"(B, C, H, W) with B = {flow.shape[0]} as the flow", image.shape)
    source_size = flow.new_tensor((image.shape[3], image.shape[2]))
    points = (base_grid((flow.shape[2], flow.shape[3]), flow) + flow).permute(0, 2, 3, 1)
    grid = (2 * points + 1) / source_size - 1
    return F.grid_sample(image, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def upsample_flow(flow: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """The same map between two pictures that are both brought to another resolution by the same factors.

    Half-pixel offsets of source and target cancel, so values are only multiplied by the factors. The flow continues
    linearly beyond its outermost pixel centers, so that an affine map stays exact up to the border.

    Args:
        flow: ``(B, 2, h, w)``.
        size: the new height and width, usually larger: nothing is filtered.

    Returns:
        ``(B, 2, H, W)``.
    """
    _check_flow(flow)
    height, width = flow.shape[2:]
    ratio = flow.new_tensor((size[1] / width, size[0] / height)).view(1, 2, 1, 1)
    grid = base_grid(size, flow)
    low = (grid + 0.5) / ratio - 0.5 + 1  # + 1: one ring is laid around the flow
    padded = _extrapolate(_extrapolate(flow, 2), 3)
    return warp(padded, (low - grid).expand(flow.shape[0], -1, -1, -1)) * ratio


def total_variation(flow: torch.Tensor) -> torch.Tensor:
    """Scalar: mean absolute difference of neighbors, in x plus in y."""
    _check_flow(flow)
    return flow.diff(dim=3).abs().mean() + flow.diff(dim=2).abs().mean()


def second_order_smoothness(flow: torch.Tensor) -> torch.Tensor:
    """Scalar: how far the flow is from locally affine.

    Second differences [1, -2, 1] along x, y and both diagonals under the generalized Charbonnier penalty
    ``(d^2 + .001^2)^.45``, averaged over pixels and summed over the directions (PF-AFN, Ge et al., CVPR 2021).
    """
    _check_flow(flow)
    center = flow[:, :, 1:-1, 1:-1]
    neighbors = (
        (flow[:, :, 1:-1, :-2], flow[:, :, 1:-1, 2:]),
        (flow[:, :, :-2, 1:-1], flow[:, :, 2:, 1:-1]),
        (flow[:, :, :-2, :-2], flow[:, :, 2:, 2:]),
        (flow[:, :, :-2, 2:], flow[:, :, 2:, :-2]),
    )
    return torch.stack([((a - 2 * center + b).square() + 1e-6).pow(0.45).mean() for a, b in neighbors]).sum()


def flow_jacobian(flow: torch.Tensor) -> torch.Tensor:
    """``(B, 2, 2, H - 1, W - 1)``: derivative of the map ``p + flow(p)`` by forward differences.

    Entry ``[:, i, j]`` is the change of source coordinate i (0 = x) for one target pixel along axis j.
    """
    _check_flow(flow)
    along_x = flow.diff(dim=3)[:, :, :-1]
    along_y = flow.diff(dim=2)[:, :, :, :-1]
    identity = torch.eye(2, device=flow.device, dtype=flow.dtype).view(1, 2, 2, 1, 1)
    return torch.stack((along_x, along_y), 2) + identity


def fold_rate(flow: torch.Tensor) -> torch.Tensor:
    """``(B,)``: fraction of the pixels where the map folds over (Jacobian determinant not positive)."""
    jacobian = flow_jacobian(flow)
    determinant = jacobian[:, 0, 0] * jacobian[:, 1, 1] - jacobian[:, 0, 1] * jacobian[:, 1, 0]
    return (determinant <= 0).to(flow.dtype).mean((1, 2))


def _extrapolate(flow: torch.Tensor, dim: int) -> torch.Tensor:
    """One more value at both ends of ``dim``, continued linearly (or repeated, where there is only one)."""
    if flow.shape[dim] == 1:
        return torch.cat((flow, flow, flow), dim)
    n = flow.shape[dim]
    first = 2 * flow.narrow(dim, 0, 1) - flow.narrow(dim, 1, 1)
    last = 2 * flow.narrow(dim, n - 1, 1) - flow.narrow(dim, n - 2, 1)
    return torch.cat((first, flow, last), dim)


def _check_flow(flow: torch.Tensor) -> None:
    if flow.ndim != 4 or flow.shape[1] != 2:
        raise ShapeError("flow", "(B, 2, H, W)", tuple(flow.shape))
