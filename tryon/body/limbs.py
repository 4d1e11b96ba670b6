"""Arms and legs as bones with a thickness."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.proportions import BONES, HALF_WIDTHS, RADIUS
from tryon.body.torso import ARMS, torso_size

_REACH = 3.0  # in halves of a bare limb's width: farther from it nothing depends on it
_CUFF = 0.25  # of a forearm: how far the bare limb goes on past the wrist, for cuffs that reach over it
_SHORTEST, _LONGEST = 0.85, 1.25  # of the typical length: shorter is foreshortened, longer is a wrong point


def bone_length(points: np.ndarray, bone: str) -> float:
    """Pixels of a bone that is not foreshortened: the longer side, within what is typical for the torso.

    Args:
        points: ``(18, 3)`` with a complete torso.
        bone: a name of :data:`tryon.body.proportions.BONES`.
    """
    sides, typical = BONES[bone]
    unit = torso_size(points)
    seen = [np.linalg.norm(points[b, :2] - points[a, :2]) for a, b in sides if points[[a, b], 2].min() > 0]
    return float(np.clip(max(seen, default=typical * unit), _SHORTEST * typical * unit, _LONGEST * typical * unit))


def draw_line(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """Set a thick line between two points (x, y) of a ``uint8`` picture ``(H, W)`` to 1, in place."""
    a, b = ((round(float(x)), round(float(y))) for x, y in (start, end))
    cv2.line(canvas, a, b, 1, max(1, round(width)))


def thick_bones(points: np.ndarray, size: tuple[int, int], unit: float, *bones: str) -> np.ndarray:
    """``(H, W)`` ``bool``: the bones of both sides that are seen, as thick all along as the bare limb is at most."""
    out = np.zeros(size, np.uint8)
    for bone in bones:
        for a, b in BONES[bone][0]:
            if min(points[a, 2], points[b, 2]) > 0:
                draw_line(out, points[a, :2], points[b, :2], 2 * RADIUS[bone] * unit)
    return out > 0


def bare_limbs(points: np.ndarray, size: tuple[int, int], unit: float, *bones: str) -> tuple[np.ndarray, np.ndarray]:
    """Where bare limbs lie, as thin as limbs are without cloth, and how far from their middle lines.

    Args:
        points: ``(18, 3)``.
        size: height and width of the picture.
        unit: length of the torso in pixels.
        bones: names of :data:`tryon.body.proportions.HALF_WIDTHS`.

    Returns:
        ``(H, W)`` ``float32``, distance from the nearest limb's middle line in halves of its width there, below 1
        inside; and ``(H, W, 2)``, x and y of that offset. Large and zero where no limb is near.
    """
    # Smooth, so a fraction of the resolution is enough.
    scale = min(1.0, 80 / unit)
    small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    rows, columns = ((np.arange(n, dtype=np.float32) + 0.5) * (m / n) - 0.5 for n, m in zip(small, size, strict=True))
    nearest, offset = np.full(small, 9, np.float32), np.zeros((*small, 2), np.float32)
    for bone in bones:
        widths, beyond = HALF_WIDTHS[bone], _CUFF if bone == "forearm" else 0.0
        for a, b in ((sk.NECK, sk.NOSE),) if bone == "neck" else BONES[bone][0]:
            if min(points[a, 2], points[b, 2]) <= 0:
                continue
            start, way = points[a, :2], points[b, :2] - points[a, :2]
            ends, reach = np.stack((start, start + (1 + beyond) * way)), _REACH * max(widths) * unit
            (left, top), (right, bottom) = ends.min(0) - reach, ends.max(0) + reach
            part = slice(*np.searchsorted(rows, (top, bottom))), slice(*np.searchsorted(columns, (left, right)))
            ys, xs = rows[part[0], None], columns[None, part[1]]
            along = ((xs - start[0]) * way[0] + (ys - start[1]) * way[1]) / max(float(way @ way), 1e-6)
            along = np.clip(along, 0, 1 + beyond)
            radius = unit * np.interp(along, np.linspace(0, 1, len(widths)), widths).astype(np.float32)
            away = np.stack((xs - start[0] - along * way[0], ys - start[1] - along * way[1]), -1) / radius[..., None]
            distance = np.hypot(away[..., 0], away[..., 1])
            closer = distance < nearest[part]
            nearest[part][closer], offset[part][closer] = distance[closer], away[closer]
    across = size[1], size[0]
    return cv2.resize(nearest, across), cv2.resize(offset, across)


def arm_position(points: np.ndarray, part: str, where: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """How far along an arm pixels lie, 0 at the shoulder, 1 at the elbow, 2 at the wrist; and how far from its bones.

    Args:
        points: ``(18, 3)``.
        part: ``left_arm`` or ``right_arm``.
        where: ``(H, W)`` ``bool``, the pixels that matter; the answer for all others is 0 and infinite.

    Returns:
        Both ``(H, W)`` ``float32``, the second in pixels; without a wrist, the upper arm alone counts. ``None`` where
        the elbow is missing.
    """
    shoulder, elbow, wrist = ARMS[part]
    if min(points[shoulder, 2], points[elbow, 2]) <= 0:
        return None
    ys, xs = np.nonzero(where)
    best, position = np.full(len(xs), np.inf, np.float32), np.zeros(len(xs), np.float32)
    for first, (a, b) in enumerate(((shoulder, elbow), (elbow, wrist))):
        if points[b, 2] <= 0:
            continue
        start, bone = points[a, :2], points[b, :2] - points[a, :2]
        t = ((xs - start[0]) * bone[0] + (ys - start[1]) * bone[1]) / max(float(bone @ bone), 1e-6)
        inside = np.clip(t, 0, 1)
        distance = np.hypot(xs - start[0] - inside * bone[0], ys - start[1] - inside * bone[1])
        nearer = distance < best
        best[nearer] = distance[nearer]
        position[nearer] = (first + inside)[nearer]
    along, away = np.zeros(where.shape, np.float32), np.full(where.shape, np.inf, np.float32)
    along[ys, xs], away[ys, xs] = position, best
    return along, away
