"""Fit the width of a warped garment part to the body that wears it now.

Key points say where the joints are, not how wide a person is. After the pose flow, the outline of the garment is
compared with that of the body, left and right of the part's axis, and the flow is stretched across the axis.
"""

from itertools import pairwise

import numpy as np

from appearance_flow.pose_flow import PoseFlow
from tryon.body import skeleton as sk
from tryon.body.geometry import smoothstep, to_complex
from tryon.body.torso import ARMS, LEGS, torso_size
from tryon.core.errors import ShapeError

_BANDS = 32
_LIMITS = (0.75, 1.4)
# A gap at the flank shows, so a narrow garment is widened most of the way; a loose one stays mostly as loose.
_WIDEN, _NARROW = 0.7, 0.3


def fit_width(pose: PoseFlow, part: str, source_mask: np.ndarray, target_mask: np.ndarray) -> np.ndarray:
    """The flow of a part, stretched across its axis so that the garment's outline meets the body's.

    In bands along the axis (neck to hips, shoulder to wrist, hip to ankle) the half-widths of garment and body are
    compared on either side; their ratio is limited to .75 to 1.4, smoothed along the axis, followed only partly, and
    faded out at shoulders and hips, where parts meet.

    Args:
        pose: the pose flow from target to source.
        part: ``torso``, ``skirt``, ``left_arm``, ``right_arm``, ``left_leg`` or ``right_leg``.
        source_mask: ``(Hs, Ws)`` ``bool``, this part of the garment in its photo.
        target_mask: ``(H, W)`` ``bool``, the same part of the body that is to wear it, arms not counted as torso:
            :func:`~appearance_flow.parts.garment_parts` of the whole person's mask divides it.

    Returns:
        ``(H, W, 2)`` ``float32``, to be used in place of ``pose.part_flow(part)``.

    Raises:
        ShapeError: ``target_mask`` is not of the size of ``pose``.
    """
    if target_mask.shape != pose.size:
        raise ShapeError("target_mask", f"{pose.size} as the pose flow", target_mask.shape)
    nodes = pose.nodes()
    unit = torso_size(pose.target_keypoints)
    along, across, normal = _axis_coordinates(nodes, _axis(pose.target_keypoints, part))
    source = nodes + to_complex(pose.coarse[part])
    garment = _look_up(source_mask, source)
    if part in pose.coarse_support:
        garment &= pose.coarse_support[part] > 0.5
    body = _look_up(target_mask, nodes)
    if not (garment.any() and body.any()):
        return pose.part_flow(part)

    low, high = np.percentile(along[garment], (1, 99))
    band = (along - low) / max(high - low, 1e-6) * _BANDS
    index = np.clip(band.astype(int), 0, _BANDS - 1)
    fade = 1.0 if part == "skirt" else smoothstep(along / unit, 0.05, 0.35)
    ratio = np.ones(nodes.shape)
    for side in (across > 0, across <= 0):
        log_ratio = _log_ratios(index, np.abs(across), garment & side, body & side)
        ratio[side] = np.exp(fade * np.interp(band, np.arange(_BANDS) + 0.5, log_ratio))[side]
    return pose.moved_flow(part, (across / ratio - across) * normal)


def _axis(points: np.ndarray, part: str) -> np.ndarray:
    """Complex corners of the line down the middle of a part, without missing points."""
    z, known = to_complex(points), points[:, 2] > 0
    if part in ARMS or part in LEGS:
        joints = (ARMS | LEGS)[part]
        count = 1 + int(known[joints[1]]) + int(known[joints[1]] and known[joints[2]])
        line = z[list(joints[:count])]
        return line if count > 1 else np.array((line[0], line[0] + 1j))
    torso = [z[sk.NECK], z[[sk.R_HIP, sk.L_HIP]].mean()]
    knees = [sk.R_KNEE, sk.L_KNEE]
    if part == "skirt" and known[knees].all():
        torso.append(z[knees].mean())
    return np.array(torso)


def _axis_coordinates(z: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Length along a line, signed distance across it, and the unit normal, for each point; the ends reach on."""
    nearest = np.full(z.shape, np.inf)
    along, across = np.zeros(z.shape), np.zeros(z.shape)
    normal = np.zeros(z.shape, complex)
    start = 0.0
    for i, (a, b) in enumerate(pairwise(line)):
        length = max(abs(b - a), 1e-6)
        local = (z - a) * np.conj((b - a) / length)
        clipped = np.clip(local.real, -np.inf if i == 0 else 0, np.inf if i == len(line) - 2 else length)
        distance = np.abs(local - clipped)
        closer = distance < nearest
        nearest[closer] = distance[closer]
        along[closer] = start + clipped[closer]
        across[closer] = (np.where(local.imag < 0, -1, 1) * distance)[closer]
        outward = z - (a + clipped * (b - a) / length)
        unit = outward / np.maximum(distance, 1e-9) * np.where(local.imag < 0, -1, 1)
        normal[closer] = unit[closer]
        start += length
    return along, across, normal


def _look_up(mask: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Nearest pixel of a mask at complex points, false outside."""
    x, y = np.rint(z.real).astype(int), np.rint(z.imag).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    found = np.zeros(z.shape, bool)
    found[inside] = mask[y[inside], x[inside]]
    return found


def _log_ratios(index: np.ndarray, distance: np.ndarray, garment: np.ndarray, body: np.ndarray) -> np.ndarray:
    """``(_BANDS,)``: log of how much wider each band is to become; 0 where garment or body is missing."""
    garment_width, body_width = _half_widths(index, distance, garment), _half_widths(index, distance, body)
    known = (garment_width > 0) & (body_width > 0)
    ratio = np.log(np.clip(body_width[known] / garment_width[known], *_LIMITS))
    values = np.zeros(_BANDS)
    values[known] = ratio * np.where(ratio > 0, _WIDEN, _NARROW)
    offsets = np.arange(_BANDS)[:, None] - np.arange(_BANDS)
    kernel = np.exp(-0.5 * (offsets / 2.0) ** 2) * known
    total = kernel.sum(1)
    return np.where(total > 1e-6, kernel @ values / np.maximum(total, 1e-6), 0)


def _half_widths(index: np.ndarray, distance: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """``(_BANDS,)``: how far the mask reaches from the axis in each band, less its outermost twentieth; 0 if empty."""
    bands, distances = index[mask], distance[mask]
    order = np.lexsort((distances, bands))
    bands, distances = bands[order], distances[order]
    first = np.searchsorted(bands, np.arange(_BANDS))
    count = np.searchsorted(bands, np.arange(_BANDS), side="right") - first
    widths = np.zeros(_BANDS)
    filled = count > 0
    widths[filled] = distances[first[filled] + (0.95 * (count[filled] - 1)).astype(int)]
    return widths
