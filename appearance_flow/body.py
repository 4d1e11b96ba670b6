"""Geometry of the 18 key points that pose flow, width fitting and garment parts share."""

import numpy as np

from tryon.core import skeleton as sk
from tryon.core.errors import PersonNotFoundError, ShapeError

# Proportions of frontal standing people in units of the torso length (neck to mid-hip), medians over street photos.
SHOULDER_WIDTH = 0.59
HIP_WIDTH = 0.34

ARMS = {
    "left_arm": (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST),
    "right_arm": (sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST),
}
LEGS = {"left_leg": (sk.L_HIP, sk.L_KNEE, sk.L_ANKLE), "right_leg": (sk.R_HIP, sk.R_KNEE, sk.R_ANKLE)}
TORSO_POINTS = (sk.R_SHOULDER, sk.L_SHOULDER, sk.L_HIP, sk.R_HIP)

_ESTIMATED = 0.3  # confidence of a point that was put where the others suggest


def complete_torso(keypoints: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Fill in neck, shoulders and hips where they are missing.

    Args:
        keypoints: ``(18, 3)`` x, y, confidence.

    Returns:
        ``(18, 3)`` ``float64`` with a torso whose confidences are all positive, and a warning for each guess.

    Raises:
        ShapeError: not 18 key points.
        PersonNotFoundError: no shoulder is known, or one shoulder and nothing to place the other by.
    """
    if keypoints.shape != (sk.NUM_KEYPOINTS, 3):
        raise ShapeError("keypoints", "(18, 3)", keypoints.shape)
    points = keypoints.astype(np.float64)
    warnings = []

    def known(*indices: int) -> bool:
        return bool((points[list(indices), 2] > 0).all())

    def put(index: int, xy: np.ndarray) -> None:
        points[index] = (*xy, _ESTIMATED)

    right, left = sk.R_SHOULDER, sk.L_SHOULDER
    if not known(right) and not known(left):
        raise PersonNotFoundError(
            "neither shoulder of the person was found, and garments hang from them; "
            "use a photo that shows the upper body"
        )
    for missing, other, side in ((right, left, -1), (left, right, 1)):
        if known(missing):
            continue
        if known(sk.NECK):
            put(missing, 2 * points[sk.NECK, :2] - points[other, :2])
        elif known(sk.R_HIP, sk.L_HIP):
            hips = points[sk.L_HIP, :2] - points[sk.R_HIP, :2]
            put(missing, points[other, :2] + side * hips * SHOULDER_WIDTH / HIP_WIDTH)
        else:
            raise PersonNotFoundError(
                "only one shoulder of the person was found and neither neck nor hips; "
                "use a photo that shows the whole upper body"
            )
        warnings.append("one shoulder is not visible; its place is estimated")
    if not known(sk.NECK):
        put(sk.NECK, points[[right, left], :2].mean(0))
    _complete_hips(points, warnings, known, put)
    return points, warnings


def _complete_hips(points: np.ndarray, warnings: list[str], known, put) -> None:
    shoulders = points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2]
    half = 0.5 * shoulders * HIP_WIDTH / SHOULDER_WIDTH
    if not known(sk.R_HIP) and not known(sk.L_HIP):
        # Down is a quarter turn from right to left shoulder; a person from behind has the head to tell up from down.
        down = np.array((-shoulders[1], shoulders[0])) / SHOULDER_WIDTH
        if known(sk.NOSE) and down @ (points[sk.NOSE, :2] - points[sk.NECK, :2]) > 0:
            down = -down
        middle = points[sk.NECK, :2] + down
        put(sk.R_HIP, middle - half)
        put(sk.L_HIP, middle + half)
        warnings.append("the hips are not in the photo; their place is estimated from the shoulders")
        return
    for missing, other, side in ((sk.R_HIP, sk.L_HIP, -1), (sk.L_HIP, sk.R_HIP, 1)):
        if not known(missing):
            put(missing, points[other, :2] + 2 * side * half)
            warnings.append("one hip is not visible; its place is estimated")


def torso_size(points: np.ndarray) -> float:
    """Length of the torso in pixels, for a completed torso; taken from the shoulders where it is foreshortened."""
    length = np.linalg.norm(points[[sk.R_HIP, sk.L_HIP], :2].mean(0) - points[sk.NECK, :2])
    shoulders = np.linalg.norm(points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2])
    return max(float(length), float(shoulders), 1.0)


def to_complex(points: np.ndarray) -> np.ndarray:
    """Points ``(..., 2)`` as complex numbers ``x + iy``: distances and turns of many points are fast that way."""
    return points[..., 0] + 1j * points[..., 1]


def apply_affine(matrix: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Complex points after the affine map ``matrix`` ``(2, 3)``."""
    (a, b, x), (c, d, y) = matrix.tolist()
    return 0.5 * complex(a + d, c - b) * z + 0.5 * complex(a - d, c + b) * z.conj() + complex(x, y)


def segment_distance(z: np.ndarray, start: complex, end: complex) -> np.ndarray:
    """Distance of complex points from the segment between two points."""
    direction = end - start
    offset = z - start
    along = offset.real * direction.real + offset.imag * direction.imag
    return np.abs(offset - np.clip(along / max(abs(direction) ** 2, 1e-12), 0, 1) * direction)


def polygon_distance(z: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Distance of complex points from the polygon with the complex ``corners``, 0 inside (even-odd rule)."""
    inside = np.zeros(z.shape, bool)
    distance = np.full(z.shape, np.inf)
    for a, b in zip(corners, np.roll(corners, -1), strict=True):
        distance = np.minimum(distance, segment_distance(z, a, b))
        if a.imag != b.imag:
            slope = (b.real - a.real) / (b.imag - a.imag)
            crosses = (z.imag >= a.imag) != (z.imag >= b.imag)
            inside ^= crosses & (z.real < a.real + (z.imag - a.imag) * slope)
    distance[inside] = 0
    return distance


def smoothstep(x: np.ndarray | float, low: float, high: float) -> np.ndarray:
    """0 up to ``low``, 1 from ``high`` on, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def anchored(linear: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """``(2, 3)``: the map with this linear part that takes ``target`` to ``source``."""
    return np.column_stack((linear, source - linear @ target))


def signed_width(points: np.ndarray) -> float:
    """Width of the torso in torso lengths, negative from behind: about .46 frontally, 0 from the side."""
    axis = points[[sk.R_HIP, sk.L_HIP], :2].mean(0) - points[sk.NECK, :2]
    across = 0.5 * (points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2] + points[sk.L_HIP, :2] - points[sk.R_HIP, :2])
    return float((axis[1] * across[0] - axis[0] * across[1]) / max(axis @ axis, 1e-12))


def rotation_between(first: np.ndarray, second: np.ndarray) -> float:
    turn = second[:, :2] @ np.linalg.inv(first[:, :2])
    return float(np.arctan2(turn[1, 0] - turn[0, 1], turn[0, 0] + turn[1, 1]))


def blend_around(
    first: np.ndarray, second: np.ndarray, weight: np.ndarray, anchors: tuple[np.ndarray, np.ndarray], rotation: float
) -> np.ndarray:
    """Blend two maps around a joint by turning, not by averaging, which would shrink what is bent far.

    Args:
        first, second: mapped points, complex.
        weight: share of the second, of the same shape.
        anchors: where each map puts the joint.
        rotation: angle in radians from the first map to the second, which settles the sense of the turn.
    """
    a, b = first - anchors[0], second - anchors[1]
    angle = np.angle(b * a.conj() * np.exp(-1j * rotation)) + rotation
    length = np.abs(a)
    stretch = 1 + weight * (np.abs(b) / np.maximum(length, 1e-9) - 1)
    return anchors[0] + weight * (anchors[1] - anchors[0]) + a * stretch * np.exp(1j * weight * angle)


def bone_distances(z: np.ndarray, points: np.ndarray, joints: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Distances from both bones of a limb, very large for a missing one."""
    far = np.full(z.shape, 1e6)
    first, middle, last = to_complex(points[list(joints)])
    if points[joints[1], 2] <= 0:
        return far, far
    upper = segment_distance(z, first, middle)
    return upper, segment_distance(z, middle, last) if points[joints[2], 2] > 0 else far
