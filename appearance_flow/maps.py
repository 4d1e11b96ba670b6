"""Affine maps of complex points, and how two of them go into each other around a joint."""

import numpy as np


def apply_affine(matrix: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Complex points after the affine map ``matrix`` ``(2, 3)``."""
    (a, b, x), (c, d, y) = matrix.tolist()
    return 0.5 * complex(a + d, c - b) * z + 0.5 * complex(a - d, c + b) * z.conj() + complex(x, y)


def anchored(linear: np.ndarray, target: np.ndarray, source: np.ndarray) -> np.ndarray:
    """``(2, 3)``: the map with this linear part that takes ``target`` to ``source``."""
    return np.column_stack((linear, source - linear @ target))


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
