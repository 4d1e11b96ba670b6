"""Sampling photos along a flow, as arrays; conventions as in :mod:`appearance_flow.flow`, without its tensors."""

from typing import Literal

import cv2
import numpy as np

from tryon.core.errors import ShapeError

Padding = Literal["border", "zeros"]
_MAX_MIP = 5
# The local scale of a map is measured over cells of this many pixels: cheap, and steady where the flow is rough.
_SCALE_CELL = 4


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
