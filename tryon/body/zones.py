"""Where the parts of the wearer's body are, whatever is worn there."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body import skeleton as sk

_REACH = 3.0  # in halves of a bare limb's width: farther from it nothing depends on it
_NECKLINE = 0.16  # depth below the neck point, in torso lengths, down to which skin may be invented: a hand's breadth
# Bones of arms, legs and neck; how far the limb goes on past the second point, as a share of the bone, for cuffs that
# reach over the wrist; half its bare width in torso lengths at even steps along the bone.
_UPPER_ARM, _FOREARM = (0.1, 0.088, 0.072), (0.072, 0.074, 0.048)
_THIGH, _SHANK = (0.15, 0.13, 0.1), (0.1, 0.095, 0.055)
BARE_ARMS = (
    (sk.R_SHOULDER, sk.R_ELBOW, 0.0, _UPPER_ARM), (sk.R_ELBOW, sk.R_WRIST, 0.25, _FOREARM),
    (sk.L_SHOULDER, sk.L_ELBOW, 0.0, _UPPER_ARM), (sk.L_ELBOW, sk.L_WRIST, 0.25, _FOREARM),
)  # fmt: skip
BARE_LEGS = (
    (sk.R_HIP, sk.R_KNEE, 0.0, _THIGH), (sk.R_KNEE, sk.R_ANKLE, 0.0, _SHANK),
    (sk.L_HIP, sk.L_KNEE, 0.0, _THIGH), (sk.L_KNEE, sk.L_ANKLE, 0.0, _SHANK),
)  # fmt: skip
BARE_NECK = ((sk.NECK, sk.NOSE, 0.0, (0.14, 0.11)),)


@dataclass(frozen=True, eq=False, slots=True)
class Zones:
    """Where the parts of the wearer's body are, whatever is worn there. All ``(H, W)`` ``bool``."""

    unit: float
    """Length of the torso in pixels."""
    torso: np.ndarray
    """Shoulders to mid-thigh: no skin is invented here."""
    arms: np.ndarray
    legs: np.ndarray
    """From mid-thigh to the ankles."""
    neck: np.ndarray
    """Neck and a hand's breadth below the collar-bone."""
    head: np.ndarray
    """Above the chin."""
    hands: np.ndarray
    depth: np.ndarray
    """``(H, W)`` ``float32``: torso lengths below the neck along the torso's axis; 1 at the hips."""


def zones(keypoints: np.ndarray, size: tuple[int, int], unit: float) -> Zones:
    """Body zones from completed key points (:func:`tryon.body.torso.complete_torso`)."""
    points = keypoints[:, :2]
    neck = points[sk.NECK]
    hips = points[[sk.R_HIP, sk.L_HIP]].mean(0)
    down = (hips - neck) / max(np.linalg.norm(hips - neck), 1e-6)
    ys, xs = np.ogrid[: size[0], : size[1]]
    x, y = ((xs - neck[0]) / unit).astype(np.float32), ((ys - neck[1]) / unit).astype(np.float32)
    depth = x * np.float32(down[0]) + y * np.float32(down[1])
    across = np.abs(x * np.float32(down[1]) - y * np.float32(down[0]))
    chin = _chin(keypoints, neck, down, unit)
    # A half ellipse below the neck point.
    round_below = (across / 0.13) ** 2 + (np.maximum(depth, 0) / _NECKLINE) ** 2 < 1
    near_neck = (depth > chin) & round_below
    hands = np.zeros(size, np.uint8)
    for elbow, wrist in ((sk.R_ELBOW, sk.R_WRIST), (sk.L_ELBOW, sk.L_WRIST)):
        if min(keypoints[elbow, 2], keypoints[wrist, 2]) > 0:
            tip = points[wrist] + 0.45 * (points[wrist] - points[elbow])
            start = points[wrist] + 0.05 * (points[wrist] - points[elbow])
            cv2.line(hands, _pixel(start), _pixel(tip), 1, max(1, round(0.28 * unit)))
    legs = capsules(keypoints, size, unit, "legs")
    return Zones(
        unit,
        _torso_zone(keypoints, size, down, unit),
        capsules(keypoints, size, unit, "arms"),
        legs & (depth > _mid_thigh(keypoints, neck, down, unit)),
        near_neck,
        depth < chin,
        hands > 0,
        depth,
    )


def _chin(keypoints: np.ndarray, neck: np.ndarray, down: np.ndarray, unit: float) -> float:
    """Depth of the chin below the neck point, in torso lengths; negative."""
    if keypoints[sk.NOSE, 2] > 0:
        return 0.5 * float((keypoints[sk.NOSE, :2] - neck) @ down) / unit
    return -0.2


def _mid_thigh(keypoints: np.ndarray, neck: np.ndarray, down: np.ndarray, unit: float) -> float:
    depths = [
        float((keypoints[[hip, knee], :2].mean(0) - neck) @ down) / unit
        for hip, knee in ((sk.R_HIP, sk.R_KNEE), (sk.L_HIP, sk.L_KNEE))
        if min(keypoints[hip, 2], keypoints[knee, 2]) > 0
    ]
    return max(depths) if depths else 1.45


def _torso_zone(keypoints: np.ndarray, size: tuple[int, int], down: np.ndarray, unit: float) -> np.ndarray:
    """Shoulders, hips and thighs down to the middle, as wide as the body there."""
    points = keypoints[:, :2]
    across = points[sk.L_HIP] - points[sk.R_HIP]
    thigh = []
    for hip, knee in ((sk.R_HIP, sk.R_KNEE), (sk.L_HIP, sk.L_KNEE)):
        seen = min(keypoints[hip, 2], keypoints[knee, 2]) > 0
        thigh.append(points[[hip, knee]].mean(0) if seen else points[hip] + 0.45 * unit * down)
    outward = 0.25 * across + 1e-6
    corners = np.array(
        (
            points[sk.R_SHOULDER], points[sk.L_SHOULDER], points[sk.L_HIP] + outward, thigh[1] + outward,
            thigh[0] - outward, points[sk.R_HIP] - outward,
        )
    )  # fmt: skip
    out = np.zeros(size, np.uint8)
    cv2.fillPoly(out, [np.round(corners).astype(np.int32)], 1)
    return out > 0


def _pixel(point: np.ndarray) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def limb_segments(keypoints: np.ndarray, unit: float) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Start, end and radius (in torso lengths) of the arm and leg bones that are seen."""
    radii = {
        (sk.R_SHOULDER, sk.R_ELBOW): 0.105, (sk.R_ELBOW, sk.R_WRIST): 0.075,
        (sk.L_SHOULDER, sk.L_ELBOW): 0.105, (sk.L_ELBOW, sk.L_WRIST): 0.075,
        (sk.R_HIP, sk.R_KNEE): 0.15, (sk.R_KNEE, sk.R_ANKLE): 0.1,
        (sk.L_HIP, sk.L_KNEE): 0.15, (sk.L_KNEE, sk.L_ANKLE): 0.1,
    }  # fmt: skip
    return [
        (keypoints[a, :2], keypoints[b, :2], radius)
        for (a, b), radius in radii.items()
        if min(keypoints[a, 2], keypoints[b, 2]) > 0
    ]


def bare_limbs(
    keypoints: np.ndarray, size: tuple[int, int], unit: float, bones: tuple
) -> tuple[np.ndarray, np.ndarray]:
    """Where bare limbs lie, as thin as limbs are without cloth, and how far from their middle lines.

    Args:
        keypoints: ``(18, 3)``.
        size: height and width of the picture.
        unit: length of the torso in pixels.
        bones: :data:`BARE_ARMS`, :data:`BARE_LEGS`, :data:`BARE_NECK`, or some of them together.

    Returns:
        ``(H, W)`` ``float32``, distance from the nearest limb's middle line in halves of its width there, below 1
        inside; and ``(H, W, 2)``, x and y of that offset. Large and zero where no limb is near.
    """
    # Smooth, so a fraction of the resolution is enough.
    scale = min(1.0, 80 / unit)
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    rows, columns = ((np.arange(n, dtype=np.float32) + 0.5) * (m / n) - 0.5 for n, m in zip(small, size, strict=True))
    nearest, offset = np.full(small, 9, np.float32), np.zeros((*small, 2), np.float32)
    for a, b, beyond, widths in bones:
        if min(keypoints[a, 2], keypoints[b, 2]) <= 0:
            continue
        start, bone = keypoints[a, :2], keypoints[b, :2] - keypoints[a, :2]
        ends, reach = np.stack((start, start + (1 + beyond) * bone)), _REACH * max(widths) * unit
        (left, top), (right, bottom) = ends.min(0) - reach, ends.max(0) + reach
        part = slice(*np.searchsorted(rows, (top, bottom))), slice(*np.searchsorted(columns, (left, right)))
        ys, xs = rows[part[0], None], columns[None, part[1]]
        along = ((xs - start[0]) * bone[0] + (ys - start[1]) * bone[1]) / max(float(bone @ bone), 1e-6)
        along = np.clip(along, 0, 1 + beyond)
        radius = unit * np.interp(along, np.linspace(0, 1, len(widths)), widths).astype(np.float32)
        away = np.stack((xs - start[0] - along * bone[0], ys - start[1] - along * bone[1]), -1) / radius[..., None]
        distance = np.hypot(away[..., 0], away[..., 1])
        closer = distance < nearest[part]
        nearest[part][closer], offset[part][closer] = distance[closer], away[closer]
    across = size[1], size[0]
    return cv2.resize(nearest, across), cv2.resize(offset, across)


def capsules(keypoints: np.ndarray, size: tuple[int, int], unit: float, bones: str) -> np.ndarray:
    """``(H, W)`` ``bool``: where ``arms`` or ``legs`` may be, a little thicker than :func:`bare_limbs`."""
    out = np.zeros(size, np.uint8)
    legs = {tuple(keypoints[i, :2]) for i in (sk.R_HIP, sk.L_HIP, sk.R_KNEE, sk.L_KNEE)}
    for start, end, radius in limb_segments(keypoints, unit):
        if (tuple(start) in legs) == (bones == "legs"):
            cv2.line(out, _pixel(start), _pixel(end), 1, max(1, round(2 * radius * unit)))
    return out > 0


def grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """The mask widened by a radius in pixels, by one at least."""
    size = 2 * max(1, round(radius)) + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0


def arm_position(keypoints: np.ndarray, part: str, where: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """How far along an arm pixels lie, 0 at the shoulder, 1 at the elbow, 2 at the wrist; and how far from its bones.

    Args:
        keypoints: ``(18, 3)``.
        part: ``left_arm`` or ``right_arm``.
        where: ``(H, W)`` ``bool``, the pixels that matter; the answer for all others is 0 and infinite.

    Returns:
        Both ``(H, W)`` ``float32``, the second in pixels; without a wrist, the upper arm alone counts. ``None`` where
        the elbow is missing.
    """
    shoulder, elbow, wrist = (
        (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST) if part == "left_arm" else (sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST)
    )
    if min(keypoints[shoulder, 2], keypoints[elbow, 2]) <= 0:
        return None
    ys, xs = np.nonzero(where)
    best, position = np.full(len(xs), np.inf, np.float32), np.zeros(len(xs), np.float32)
    for first, (a, b) in enumerate(((shoulder, elbow), (elbow, wrist))):
        if keypoints[b, 2] <= 0:
            continue
        start, bone = keypoints[a, :2], keypoints[b, :2] - keypoints[a, :2]
        t = ((xs - start[0]) * bone[0] + (ys - start[1]) * bone[1]) / max(float(bone @ bone), 1e-6)
        inside = np.clip(t, 0, 1)
        distance = np.hypot(xs - start[0] - inside * bone[0], ys - start[1] - inside * bone[1])
        nearer = distance < best
        best[nearer] = distance[nearer]
        position[nearer] = (first + inside)[nearer]
    along, away = np.zeros(where.shape, np.float32), np.full(where.shape, np.inf, np.float32)
    along[ys, xs], away[ys, xs] = position, best
    return along, away
