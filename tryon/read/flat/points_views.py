"""Garments as the point network sees them while it learns: with mattes as networks make them, which err."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from tryon.read.flat import point_names as pn
from tryon.read.flat.planes import MARGIN, planes, square_around


class PointedGarment(Protocol):
    """A photo of a garment whose mattes and points are known."""

    @property
    def image(self) -> np.ndarray:
        """``(H, W, 3)`` ``uint8`` RGB."""
        ...

    @property
    def cloth(self) -> np.ndarray:
        """``(H, W)`` ``float32`` in [0, 1]: the outer side of the garment."""
        ...

    @property
    def inside(self) -> np.ndarray:
        """``(H, W)`` ``float32`` in [0, 1]: its inner side."""
        ...

    @property
    def points(self) -> np.ndarray:
        """``(25, 3)``; visibility -1 where nobody knows."""
        ...


@dataclass(frozen=True, eq=False)
class View:
    planes: np.ndarray
    """``(size, size, 3)`` ``float32`` in [0, 1]."""
    points: np.ndarray
    """``(25, 3)`` ``float32`` in pixels of the planes; visibility is 1 or 0, or -1 where nobody knows."""
    side: float
    """The longer side of the garment in pixels of the planes."""


class PointViews:
    """An endless row of views.

    Args:
        garment: gives a garment for a random generator.
        size: pixels along each side of a view.
        seed: view ``i`` depends on the seed and ``i`` alone.
    """

    def __init__(self, garment: Callable[[np.random.Generator], PointedGarment], size: int, seed: int):
        self.garment, self.size, self.seed = garment, size, seed

    def view(self, number: int) -> View:
        rng = np.random.default_rng((self.seed, number))
        shown = self.garment(rng)
        while (shown.cloth > 0.5).mean() < 0.01:  # all but cut off by the frame
            shown = self.garment(rng)
        cloth, inside = damage(rng, shown.cloth, shown.inside, shown.points)
        shape = np.minimum(cloth + inside, 1)
        if (shape > 0.5).mean() < 0.005:
            cloth, inside, shape = shown.cloth, shown.inside, np.minimum(shown.cloth + shown.inside, 1)
        square, unknown = square_around(shape, self.size, MARGIN + rng.uniform(-0.05, 0.06)), shown.points[:, 2] < 0
        image = square.cut(tone(rng, shown.image), cv2.BORDER_REPLICATE)
        side = square_around(np.minimum(shown.cloth + shown.inside, 1), self.size, 0).side
        inputs = planes(image, square.cut(cloth), square.cut(inside))
        points = square.points(shown.points)
        points[unknown] = 0, 0, -1
        return View(inputs, points, side * self.size / square.side)


def damage(
    rng: np.random.Generator, cloth: np.ndarray, inside: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mattes as a network may have made them.

    They are blurred, ragged, too wide or too narrow, with holes and pieces of the ground, with the hanger; the inside
    is missing, taken for cloth, or leaks into the cloth.

    Args:
        rng: chooses.
        cloth: ``(H, W)`` ``float32`` in [0, 1].
        inside: of the same shape.
        points: ``(25, 3)``; where they are, a hanger may be.

    Returns:
        Both mattes; their sum is at most 1.
    """
    shape = np.minimum(cloth + inside, 1)
    part = _misread_inside(rng, inside, shape)
    if rng.random() < 0.2:
        shape = _with_hanger(rng, shape, points)
    if rng.random() < 0.6:
        shape = _ragged(rng, shape)
    if rng.random() < 0.2:
        shape = shape * (1 - _blob(rng, shape) * rng.uniform(0.3, 1))
    if rng.random() < 0.15:
        shape = np.maximum(shape, _blob(rng, shape) * rng.uniform(0.5, 1))
    if rng.random() < 0.5:
        shape = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.5, 2.0))
    return shape * (1 - part), shape * part


def _misread_inside(rng: np.random.Generator, inside: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """``(H, W)``: the share of the garment that is called its inside; a fifth of the time what is not called cloth."""
    chance = rng.random()
    if chance < 0.25:
        return np.zeros_like(inside)
    if chance < 0.4:  # grown over its edge or shrunk
        moved = cv2.GaussianBlur(inside, (0, 0), rng.uniform(1, 4))
        return np.clip((moved - rng.uniform(0.2, 0.8)) * 3 + 0.5, 0, 1)
    if chance < 0.5:  # half seen
        return inside * rng.uniform(0.2, 0.9)
    if chance < 0.57:  # somewhere else, too
        return np.maximum(inside, _blob(rng, shape) * (shape > 0.5)).astype(np.float32)
    if chance < 0.67:  # taken for ground
        shape *= 1 - inside
        return np.zeros_like(inside)
    return inside


def _ragged(rng: np.random.Generator, shape: np.ndarray) -> np.ndarray:
    """The outline moved in and out, by some pixels."""
    unit = max(shape.shape) / 256
    cells = int(rng.integers(8, 48))
    noise = cv2.resize(rng.standard_normal((cells, cells)).astype(np.float32), shape.shape[::-1])
    soft = cv2.GaussianBlur(shape, (0, 0), rng.uniform(0.7, 4) * unit)
    # Near the outline only: what is surely garment or surely ground stays.
    level = 0.5 + (rng.normal(0, 0.12) + rng.uniform(0, 0.4) * noise) * np.minimum(1, 8 * soft * (1 - soft))
    return np.clip((soft - level) * rng.uniform(2, 8) + 0.5, 0, 1).astype(np.float32)


def _blob(rng: np.random.Generator, shape: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``float32``: an uneven spot that begins on the outline or on the garment."""
    rows, columns = np.nonzero(shape > 0.5)
    out = np.zeros_like(shape)
    if len(rows):
        at, size = int(rng.integers(len(rows))), np.sqrt(len(rows)) * rng.uniform(0.03, 0.18, 2)
        box = ((float(columns[at]), float(rows[at])), (2 * size).tolist(), float(rng.uniform(0, 180)))
        cv2.ellipse(out, box, 1, -1, cv2.LINE_AA)
        out = _ragged(rng, out)
    return out


def _with_hanger(rng: np.random.Generator, shape: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The matte with a hanger: its hook above the neck and its bar in the neckline, or, of trousers and skirts, its bar
    above the waistband. Without any where the points that it hangs from are not in the picture."""
    trunk = points[[pn.NECK, pn.R_SHOULDER, pn.L_SHOULDER]]
    waist = points[[pn.R_WAIST, pn.L_WAIST]]
    if (trunk[:, 2] > 0).all():
        neck, right, left = trunk[:, :2].astype(float)
        rise = rng.uniform(0.2, 0.4)
    elif (waist[:, 2] > 0).all() and points[pn.NECK, 2] <= 0:
        right, left = waist[:, :2].astype(float)
        neck, rise = (right + left) / 2, rng.uniform(0.0, 0.12)
    else:
        return shape
    across = left - right
    up = np.array((across[1], -across[0]))
    top = neck + up * rise
    if not (trunk[:, 2] > 0).all():  # a bar with clips
        right, left = (
            end + up * rise + turn * across * rng.uniform(-0.2, 0.1) for end, turn in ((right, -1), (left, 1))
        )
    lines = [np.stack((right, top, left)), np.stack((top, top + up * rng.uniform(0.1, 0.45)))]
    ring = np.linspace(0, rng.uniform(3, 6), 12)[:, None]
    radius = rng.uniform(0.05, 0.13)
    lines.append(lines[1][1] + radius * (np.sin(ring) * up + (1 - np.cos(ring)) * across))
    drawn = shape.copy()
    thick = max(1, round(float(np.linalg.norm(across)) * rng.uniform(0.015, 0.08)))
    cv2.polylines(drawn, [np.round(line * 16).astype(np.int32) for line in lines], False, 1, thick, cv2.LINE_AA, 4)
    return np.maximum(drawn, shape)


def tone(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """The picture ``(H, W, 3)`` ``uint8``, sometimes gray, faint or noisy."""
    picture = image.astype(np.float32)
    if rng.random() < 0.2:
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.4:
        mean = picture.mean()
        picture = mean + (picture - mean) * rng.uniform(0.2, 1.0)
    if rng.random() < 0.3:
        picture = picture + rng.standard_normal(picture.shape, np.float32) * rng.uniform(1, 10)
    return np.clip(picture, 0, 255).astype(np.uint8)
