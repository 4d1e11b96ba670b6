"""Divide a worn garment into the parts that are warped each by its own flow."""

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.geometry import polygon_distance, segment_distance, to_complex
from tryon.body.proportions import SLEEVE
from tryon.body.torso import ARMS, LEGS, torso_outline
from tryon.core.errors import ShapeError
from tryon.types import Below

# In torso lengths, but where it says otherwise.
MIN_SHOWN = 0.06
"""Squared torso lengths that a garment shows at least to count as one."""
_UPPER_RADIUS, _LOWER_RADIUS = SLEEVE["upper arm"], SLEEVE["forearm"]
_FLANK = 0.15  # how far cloth of the torso reaches beyond the joints
_JOINT_OVERLAP = 0.17
_CAP_SLEEVE = 0.25  # a sleeve that covers less of the upper arm goes with the torso
_MIN_CONFIDENCE = 0.3  # an arm seen less surely may be behind the torso


def garment_parts(
    mask: np.ndarray,
    body: Body,
    below: Below = "torso",
    skin: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Which part of the body each pixel of a garment moves with.

    Args:
        mask: ``(H, W)`` ``bool``, the garment as worn.
        body: of the wearer, in pixels of ``mask``.
        below: what hangs below the hips: ``torso`` for tops and jackets, ``skirt`` for dresses, skirts and long
            coats, ``legs`` for pants.
        skin: ``(H, W)`` ``bool``, the wearer's skin, by which bare arms are told from sleeves; without it all of an
            arm that lies near the mask is taken to be covered.

    Returns:
        ``(H, W)`` ``bool`` masks, named as the parts of :class:`~appearance_flow.pose_flow.PoseFlow`, in the order
        in which they are laid upon each other: ``skirt`` or ``torso`` first, arms last. Together they are ``mask``.
        They overlap at shoulders, hip line and crotch, where their flows go into each other, so that no seam opens.

    Raises:
        ShapeError: ``mask`` or ``skin`` is not of the size of ``body``.
    """
    for name, one in (("mask", mask), ("skin", skin)):
        if one is not None and one.shape != body.size:
            raise ShapeError(name, f"{body.size} as the body", one.shape)
    skin = np.zeros(mask.shape, bool) if skin is None else skin
    points, unit = body.keypoints, body.unit
    rows, columns = np.nonzero(mask)
    pixels = columns + 1j * rows

    joints = to_complex(points)
    hips = 0.5 * (joints[sk.R_HIP] + joints[sk.L_HIP])
    down = (hips - joints[sk.NECK]) / max(abs(hips - joints[sk.NECK]), 1e-12)
    depth = ((pixels - hips) * np.conj(down)).real / unit
    torso_distance = polygon_distance(pixels, torso_outline(points, 0.8 if below == "skirt" else 0.2)) / unit

    sleeves = _sleeves(mask, skin, pixels, points, torso_distance, unit)
    shoulders = {name: np.abs(pixels - joints[ARMS[name][0]]) < _JOINT_OVERLAP * unit for name in ARMS}
    trunk = ~(sleeves["left_arm"] | sleeves["right_arm"]) | shoulders["left_arm"] | shoulders["right_arm"]
    chosen: dict[str, np.ndarray] = {}
    if below == "legs":
        chosen = _divide_legs(pixels, points, depth, trunk, unit)
    elif below == "skirt":
        chosen = {"skirt": trunk & (depth > -_JOINT_OVERLAP), "torso": trunk & (depth < 0.05)}
    else:
        chosen = {"torso": trunk}
    for name, sleeve in sleeves.items():
        if sleeve.any():
            chosen[name] = sleeve | (shoulders[name] & (torso_distance > 0))

    parts = {}
    for name, members in chosen.items():
        if members.any():
            parts[name] = np.zeros(mask.shape, bool)
            parts[name][rows[members], columns[members]] = True
    return parts


def _sleeves(
    mask: np.ndarray,
    skin: np.ndarray,
    pixels: np.ndarray,
    points: np.ndarray,
    torso_distance: np.ndarray,
    unit: float,
) -> dict[str, np.ndarray]:
    """For each arm, which pixels belong to its sleeve; none belongs to both."""
    beside, crossing = {}, {}
    for name, joints in ARMS.items():
        shoulder, elbow, wrist = to_complex(points[list(joints)])
        confidence = points[list(joints), 2]
        beside[name] = np.full(len(pixels), np.inf)
        crossing[name] = np.full(len(pixels), np.inf)
        covered = _covered(mask, skin, shoulder, elbow, _UPPER_RADIUS * unit) if confidence[1] > 0 else 0.0
        if covered < _CAP_SLEEVE:
            continue
        end = shoulder + covered * (elbow - shoulder)
        beside[name] = segment_distance(pixels, shoulder + 0.2 * (elbow - shoulder), end) / (_UPPER_RADIUS * unit)
        if confidence[1] >= _MIN_CONFIDENCE and covered > 0.6:
            lower_half = segment_distance(pixels, shoulder + 0.55 * (elbow - shoulder), end)
            crossing[name] = lower_half / (0.85 * _UPPER_RADIUS * unit)
        covered = (
            _covered(mask, skin, elbow, wrist, _LOWER_RADIUS * unit) if covered > 0.8 and confidence[2] > 0 else 0.0
        )
        if covered > 0:
            end = elbow + covered * (wrist - elbow)
            forearm = segment_distance(pixels, elbow, end) / (_LOWER_RADIUS * unit)
            beside[name] = np.minimum(beside[name], forearm)
            if confidence[1:].min() >= _MIN_CONFIDENCE:
                crossing[name] = np.minimum(crossing[name], forearm)
    sleeves = {}
    for name, other in (("left_arm", "right_arm"), ("right_arm", "left_arm")):
        # Beside the torso the nearer of both wins, however wide a sleeve is, as that of a coat hung over the shoulders;
        # over it, only what lies within the arm's own thickness.
        outside = (torso_distance > 0) & (beside[name] < torso_distance / _FLANK)
        nearer = beside[name] <= beside[other] if name == "left_arm" else beside[name] < beside[other]
        sleeves[name] = (outside | (crossing[name] < 1)) & nearer
    return sleeves


def _covered(mask: np.ndarray, skin: np.ndarray, start: complex, end: complex, radius: float) -> float:
    """How far along a bone, 0 to 1, the garment reaches: a bare arm beside a garment is no sleeve."""
    share = np.linspace(0.05, 1, 20)
    bone = end - start
    across = 0.9 * radius * 1j * bone / max(abs(bone), 1e-12) * np.linspace(-1, 1, 9)
    z = start + share[:, None] * bone + across
    x, y = np.rint(z.real).astype(int), np.rint(z.imag).astype(int)
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    cloth = (mask[y, x] & inside).mean(1)
    bare = (skin[y, x] & inside).mean(1)
    # Key points may lie a little beside the arm, so that a strip over a bare arm may hold some of the flank.
    covered = np.nonzero((cloth >= 0.25) & (bare < 0.2))[0]
    # A strap or a hand may hide a piece of the sleeve; after a longer bare stretch it has ended.
    gaps = np.nonzero(np.diff(covered, prepend=-1) > 8)[0]
    if len(gaps):
        covered = covered[: gaps[0]]
    return float(share[covered[-1]]) if len(covered) else 0.0


def _divide_legs(
    pixels: np.ndarray, points: np.ndarray, depth: np.ndarray, trunk: np.ndarray, unit: float
) -> dict[str, np.ndarray]:
    """Left and right leg by the nearer bones; what lies above the crotch goes with both."""
    distances = {}
    for name, indices in LEGS.items():
        hip, knee, ankle = to_complex(points[list(indices)])
        distances[name] = np.abs(pixels - hip)
        if points[indices[1], 2] > 0:
            distances[name] = segment_distance(pixels, hip, knee)
            if points[indices[2], 2] > 0:
                distances[name] = np.minimum(distances[name], segment_distance(pixels, knee, ankle))
    nearer = distances["left_leg"] - distances["right_leg"]
    # The overlap across the middle shrinks from the hips to nothing a little below the crotch.
    overlap = np.clip(0.35 - depth, 0, 0.2) * unit
    return {"left_leg": trunk & (nearer <= overlap), "right_leg": trunk & (-nearer <= overlap)}
