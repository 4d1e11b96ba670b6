"""Grids, warping, up-sampling and smoothness of flows: the one place where pixel coordinates are turned around.

A flow is a backward map: ``source pixel = target pixel + flow``, in index coordinates (the center of the top left
pixel is 0, 0) and in pixels of its own resolution; channel 0 is x, channel 1 is y. Resizing follows the half-pixel
convention, ``align_corners=False``: pixel i of a picture made r times as large lies at ``(i + .5) / r - .5``.
"""

from typing import Literal

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from tryon.core.errors import ShapeError

Padding = Literal["border", "zeros"]
_MAX_MIP = 5
# The local scale of a map is measured over cells of this many pixels: cheap, and steady where the flow is rough.
_SCALE_CELL = 4


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


def warp_photo(photo: np.ndarray, flow: np.ndarray, padding: Padding = "border") -> np.ndarray:
    """Sample a photo at full resolution, without aliasing where the map shrinks it.

    A pyramid of the photo, each level half the size, is sampled at the level that fits the local scale of the map
    (trilinear, as graphics cards do); level 0 is sampled bicubically, so that enlarged fabric stays sharp;
    masks ``(Hs, Ws)`` bilinearly, because cubic weights would ring around their edges.

    Args:
        photo: ``(Hs, Ws)`` or ``(Hs, Ws, C)``, C at most 4, ``uint8`` or ``float32``; a mask as 0/255 or 0/1 floats.
        flow: ``(Ht, Wt, 2)`` ``float32``; NaN where there is no source.
        padding: what lies outside the photo: ``border`` for colors, ``zeros`` for masks.

    Returns:
        ``(Ht, Wt[, C])`` of the photo's type, 0 where the flow is NaN.
    """
    if flow.ndim != 3 or flow.shape[2] != 2:
        raise ShapeError("flow", "(H, W, 2)", flow.shape)
    height, width = flow.shape[:2]
    map_x = flow[..., 0] + np.arange(width, dtype=np.float32)
    map_y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    level = _mip_level(map_x, map_y)
    outside = np.isnan(map_x) | np.isnan(map_y)
    if outside.any():
        map_x[outside] = map_y[outside] = 0
    border = cv2.BORDER_REPLICATE if padding == "border" else cv2.BORDER_CONSTANT

    result = None
    reached = np.zeros((height, width), np.float32)  # weight of the levels so far
    small = photo
    for i in range(int(np.ceil(level.max())) + 1):
        if i:
            half = (-(-small.shape[1] // 2), -(-small.shape[0] // 2))
            small = cv2.resize(small, half, interpolation=cv2.INTER_AREA)
        weight = np.clip(1 - np.abs(level - i), 0, 1)
        if weight.max() == 0:
            continue
        x, y = map_x, map_y
        if i:
            rx, ry = small.shape[1] / photo.shape[1], small.shape[0] / photo.shape[0]
            x, y = map_x * rx + (rx - 1) / 2, map_y * ry + (ry - 1) / 2
        kernel = cv2.INTER_CUBIC if i == 0 and photo.ndim == 3 else cv2.INTER_LINEAR
        sample = cv2.remap(small, x, y, kernel, borderMode=border)
        weight = cv2.resize(weight, (width, height), interpolation=cv2.INTER_LINEAR)
        result = sample if result is None else cv2.blendLinear(result, sample, reached, weight)
        reached += weight
    result = np.asarray(result).reshape(height, width, *photo.shape[2:])
    result[outside] = 0
    return result


def _mip_level(map_x: np.ndarray, map_y: np.ndarray) -> np.ndarray:
    """``(ceil(H / cell), ceil(W / cell))``: log2 of how many source pixels a target pixel spans, 0 at least."""
    coarse = np.stack((map_x, map_y), -1)[::_SCALE_CELL, ::_SCALE_CELL] / _SCALE_CELL
    spans = []
    for axis in (0, 1):
        step = np.zeros(coarse.shape[:2], np.float32)
        if coarse.shape[axis] > 1:
            length = np.linalg.norm(np.diff(coarse, axis=axis), axis=-1)
            edge = [(0, 0), (0, 0)]
            edge[axis] = (0, 1)
            step = np.pad(length, edge, mode="edge")
        spans.append(step)
    # Between the larger and the mean of both spans: the larger alone would blur a map that shrinks along one axis.
    span = 0.5 * np.maximum(*spans) + 0.25 * (spans[0] + spans[1])
    span = np.nan_to_num(span, nan=1.0)
    level = np.clip(np.log2(np.maximum(span, 1)), 0, _MAX_MIP).astype(np.float32)
    level[level < 0.05] = 0  # a map of the photo's own scale is not blurred by rounding
    return cv2.blur(level, (5, 5), borderType=cv2.BORDER_REPLICATE)


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
