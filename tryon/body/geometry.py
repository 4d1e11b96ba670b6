"""Points of the picture as complex numbers ``x + iy``: distances of many pixels are fast that way."""

import numpy as np


def to_complex(points: np.ndarray) -> np.ndarray:
    """Points ``(..., 2)`` as complex numbers ``x + iy``: distances and turns of many points are fast that way."""
    return points[..., 0] + 1j * points[..., 1]


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


def bone_distances(z: np.ndarray, points: np.ndarray, joints: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Distances from both bones of a limb, very large for a missing one."""
    far = np.full(z.shape, 1e6)
    first, middle, last = to_complex(points[list(joints)])
    if points[joints[1], 2] <= 0:
        return far, far
    upper = segment_distance(z, first, middle)
    return upper, segment_distance(z, middle, last) if points[joints[2], 2] > 0 else far
