"""Random garments without a wearer as polygons and points: sewn for a random body, laid down, put into a frame."""

from dataclasses import dataclass, replace

import numpy as np

from tryon.synth.drawn.lower import sew_skirt, sew_trousers
from tryon.synth.drawn.measures import CUTS, random_body
from tryon.synth.drawn.shapes import Part, Sewn, turned, waves
from tryon.synth.drawn.upper import sew_upper

_CHANCES = {
    "t-shirt": 12, "polo": 3, "cap sleeves": 4, "tank top": 7, "strapless": 2, "long sleeves": 8, "sweater": 6,
    "hoodie": 5, "shirt": 7, "short shirt": 3, "blouse": 5, "jacket": 8, "coat": 5, "cardigan": 5, "vest": 3,
    "dress": 9, "summer dress": 9, "shirt dress": 3, "skirt": 10, "shorts": 9, "trousers": 12,
}  # fmt: skip
"""How often each garment is drawn, of their sum."""
GARMENTS = tuple(_CHANCES)


@dataclass(frozen=True)
class Pattern:
    """A garment in a frame; all lengths in pixels, the center of the top left pixel is (0, 0)."""

    kind: str
    """A category of flat garments: dress, longsleeve, outwear, pants, shirt, shorts, skirt or t-shirt."""
    size: tuple[int, int]
    """Height and width of the frame."""
    parts: tuple[Part, ...]
    """Laid one over the other in this order."""
    seams: tuple[np.ndarray, ...]
    """``(N, 2)`` lines."""
    buttons: tuple[np.ndarray, ...]
    """``(N, 2)`` centers."""
    creases: tuple[tuple[np.ndarray, float], ...]
    """Where wrinkles begin, and their angles."""
    points: np.ndarray
    """``(25, 3)`` ``float32`` in the order of :mod:`tryon.read.flat.point_names`; visibility is 1 or 0."""
    unit: float
    """Length of the trunk, in pixels."""


def sew(rng: np.random.Generator, garment: str) -> Sewn:
    """A garment for a random body, in torso lengths, as it would lie exactly straight.

    Args:
        rng: chooses.
        garment: one of :data:`GARMENTS`.
    """
    body = random_body(rng)
    if garment == "skirt":
        return sew_skirt(rng, body)
    if garment in ("shorts", "trousers"):
        return sew_trousers(rng, body, garment == "shorts")
    return sew_upper(rng, body, CUTS[garment])


def random_pattern(rng: np.random.Generator, size: tuple[int, int], garment: str | None = None) -> Pattern:
    """A garment as it lies or hangs in a picture.

    Args:
        rng: chooses.
        size: height and width of the picture.
        garment: one of :data:`GARMENTS`; any of them where it is left out.
    """
    chances = np.array(list(_CHANCES.values()), float)
    sewn = sew(rng, garment or str(rng.choice(GARMENTS, p=chances / chances.sum())))
    return lay(rng, sewn, size)


def lay(rng: np.random.Generator, sewn: Sewn, size: tuple[int, int]) -> Pattern:
    """Lay a garment down, never quite straight, and put it into a frame of height and width ``size``."""
    broad, fine = waves(rng, rng.uniform(0.005, 0.03), 1.2), waves(rng, rng.uniform(0.002, 0.008), 0.25)
    spread = rng.normal(0, (12, 4)[int(rng.random() < 0.85)])
    angle = np.radians(np.clip(spread, -35, 35) if rng.random() < 0.97 else rng.uniform(-90, 90))
    stretch = np.array((rng.uniform(0.92, 1.08), 1.0))
    tilt, skew = rng.normal(0, 0.03), rng.normal(0, 0.03)  # the camera is not quite above the middle

    def laid(points: np.ndarray) -> np.ndarray:
        points = fine(broad(points)) * stretch
        points = points * (1 + tilt * (points[:, 1:] - 0.8)) + points[:, 1:] * np.array((skew, 0.0))
        return turned(points, np.zeros(2), angle)

    parts = [replace(part, outline=laid(part.outline), turn=part.turn + angle) for part in sewn.parts]
    everything = np.concatenate([part.outline for part in parts])
    low, high = everything.min(0), everything.max(0)
    height, width = size
    fill = rng.uniform(0.6, 0.95) if rng.random() < 0.75 else rng.uniform(0.35, 0.6)
    scale = fill * float((np.array((width, height)) / (high - low)).min())
    free = np.array((width, height)) - scale * (high - low)
    place = free * rng.beta(3, 3, 2)
    if rng.random() < 0.08:  # cut off by the frame
        axis, beyond = int(rng.integers(2)), rng.uniform(0.02, 0.2) * scale * (high - low)
        place[axis] = -beyond[axis] if rng.random() < 0.5 else free[axis] + beyond[axis]
    shift = place - scale * low - 0.5

    points = sewn.points.copy()
    points[:, :2] = laid(points[:, :2]) * scale + shift
    within = ((points[:, :2] >= -0.5) & (points[:, :2] < np.array((width, height)) - 0.5)).all(1)
    points[:, 2] *= within
    points[points[:, 2] == 0] = 0
    return Pattern(
        kind=sewn.kind,
        size=size,
        parts=tuple(replace(part, outline=part.outline * scale + shift) for part in parts),
        seams=tuple(laid(seam) * scale + shift for seam in sewn.seams),
        buttons=tuple(laid(some) * scale + shift for some in sewn.buttons),
        creases=tuple((laid(at[None])[0] * scale + shift, turn + angle) for at, turn in sewn.creases),
        points=points.astype(np.float32),
        unit=scale,
    )
