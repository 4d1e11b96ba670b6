"""Bag straps and necklaces drawn on labeled people, for training.

Annotations of street photos seldom tell a thin strap from the coat below it, so that a parser trained on them alone
takes straps for cloth, and they would come along with the garment.
"""

import cv2
import numpy as np

from tryon.body import skeleton
from tryon.core.labels import Label

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF)
_FINE = 4  # lines are drawn at so many times the resolution, as straps are a few pixels wide
_TORSO = (skeleton.NECK, skeleton.R_SHOULDER, skeleton.L_SHOULDER, skeleton.R_HIP, skeleton.L_HIP)


def with_straps(
    image: np.ndarray, keypoints: np.ndarray, parsing: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The person with the strap of a bag, or a necklace, over what they wear; hair, arms and hands stay in front, but
    for the soft edge of the strap.

    Args:
        image: ``(H, W, 3)`` ``uint8``.
        keypoints: ``(18, 3)``; without neck, shoulders and hips, or on a torso below 12 pixels, nothing is drawn.
        parsing: ``(H, W)`` labels.
        rng: chooses the kind, the way, the width and the color.

    Returns:
        The picture, ``(H, W, 3)`` ``uint8``, and its label map, ``(H, W)``, on which straps are bags and necklaces
        accessories.
    """
    if (keypoints[list(_TORSO), 2] <= 0).any():
        return image, parsing
    points = keypoints[:, :2].astype(float)
    neck = points[skeleton.NECK]
    hips = (points[skeleton.R_HIP] + points[skeleton.L_HIP]) / 2
    unit = float(np.linalg.norm(hips - neck))
    if unit < 12:
        return image, parsing
    sides = ("R", "L") if rng.random() < 0.5 else ("L", "R")
    if rng.random() < 0.25:
        lines, width, label = [_necklace(points, neck, hips, rng)], unit * rng.uniform(0.006, 0.03), Label.ACCESSORY
    else:
        lines, width, label = _straps(points, neck, sides, rng), unit * rng.uniform(0.012, 0.085), Label.BAG
    alpha = _drawn(lines, max(width, 0.8), parsing.shape)
    down = (np.stack(np.meshgrid(*map(np.arange, parsing.shape[::-1])), -1) - neck) @ (hips - neck) / unit**2
    over = np.isin(parsing, _CLOTH) | ((parsing == Label.SKIN) & (down > -0.12) & (down < 0.3))
    alpha *= cv2.GaussianBlur(over.astype(np.float32), (3, 3), 0)
    return _painted(image, alpha, over, width, rng), np.where((alpha > 0.5) & over, np.uint8(label), parsing)


def _straps(points: np.ndarray, neck: np.ndarray, sides: tuple[str, str], rng) -> list[np.ndarray]:
    """Across the trunk, down one side, or down both as a backpack's: each a curve ``(N, 2)``."""
    ends = {"R": (skeleton.R_SHOULDER, skeleton.R_HIP), "L": (skeleton.L_SHOULDER, skeleton.L_HIP)}
    (shoulder, hip), (_, other_hip) = (points[list(ends[side])] for side in sides)
    start = neck + (shoulder - neck) * rng.uniform(0.4, 0.9) + (0, -rng.uniform(0.15, 0.5) * abs(shoulder - neck).max())
    kind = rng.random()
    if kind < 0.6:
        middle = (points[skeleton.R_HIP] + points[skeleton.L_HIP]) / 2
        return [_curve(start, middle + (other_hip - middle) * rng.uniform(0.9, 1.9), rng)]
    end = shoulder + (hip - shoulder) * rng.uniform(0.5, 1.3) + (shoulder - neck) * rng.uniform(-0.2, 0.35)
    lines = [_curve(start, end, rng)]
    if kind > 0.85:
        far = points[ends[sides[1]][0]]
        share = float(np.linalg.norm(start - neck)) / max(float(np.linalg.norm(shoulder - neck)), 1.0)
        lines.append(_curve(neck + (far - neck) * share, far + (other_hip - far) * rng.uniform(0.5, 0.9), rng))
    return lines


def _necklace(points: np.ndarray, neck: np.ndarray, hips: np.ndarray, rng) -> np.ndarray:
    """A chain from one side of the neck to the other, ``(N, 2)``."""
    across = (points[skeleton.L_SHOULDER] - points[skeleton.R_SHOULDER]) * rng.uniform(0.13, 0.24)
    down = (hips - neck) * rng.uniform(0.1, 0.75)
    turn = np.linspace(0, np.pi, 32)[:, None]
    shape = rng.uniform(0.6, 1.2)  # below 1 round, above it pointed
    return neck + np.cos(turn) * across + np.sin(turn) ** shape * down - 0.06 * (hips - neck)


def _curve(start: np.ndarray, end: np.ndarray, rng) -> np.ndarray:
    """A line that bulges sideways a little, as over a chest."""
    aside = np.array((-(end - start)[1], (end - start)[0])) * rng.normal(0, 0.06)
    t = np.linspace(0, 1, 24)[:, None]
    return start + (end - start) * t + 4 * t * (1 - t) * aside


def _drawn(lines: list[np.ndarray], width: float, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)`` ``float32`` in [0, 1]: how far each pixel is covered."""
    canvas = np.zeros((size[0] * _FINE, size[1] * _FINE), np.uint8)
    for line in lines:
        places = np.round((line + 0.5) * _FINE).astype(np.int32)
        cv2.polylines(canvas, [places], False, 255, max(1, round(width * _FINE)))
    return cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _painted(image: np.ndarray, alpha: np.ndarray, over: np.ndarray, width: float, rng) -> np.ndarray:
    """In one color with the light of what lies below, a paler or darker seam along the middle, and a soft shadow."""
    tone = rng.uniform(10, 90) if rng.random() < 0.55 else rng.uniform(10, 245)
    color = np.clip(tone + rng.normal(0, 1, 3) * rng.uniform(2, 45), 0, 255)
    gray = cv2.GaussianBlur(image.mean(-1).astype(np.float32), (0, 0), 2)
    inside = alpha > 0.5
    light = np.clip(gray / max(float(gray[inside].mean()) if inside.any() else 1.0, 1), 0.6, 1.5)
    middle = cv2.GaussianBlur(alpha, (0, 0), max(width / 3, 0.5)) ** 2
    strap = color * light[..., None] + (middle * rng.normal(0, 30))[..., None] + rng.normal(0, 5, (*alpha.shape, 1))
    shadow = cv2.GaussianBlur(alpha, (0, 0), max(width / 3, 0.6)) * rng.uniform(0, 0.45) * over
    picture = image * (1 - shadow[..., None]) * (1 - alpha[..., None]) + strap * alpha[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)
