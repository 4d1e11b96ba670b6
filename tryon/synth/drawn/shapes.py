"""Curves and cloth in torso lengths: x to the right of the picture, y down, the neck point at the origin."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tryon.read.flat.point_names import NUM_POINTS


@dataclass(frozen=True)
class Part:
    """A piece of cloth. The parts of a garment are laid one over the other in their order."""

    outline: np.ndarray
    """``(N, 2)`` closed polygon."""
    inside: bool = False
    """Whether it shows the inner side of the cloth: the back of the neck, the lining, the back of a waistband."""
    turn: float = 0.0
    """Angle of the weave, in radians."""
    shade: float = 1.0
    """Brightness against the other parts."""
    trim: bool = False
    """Of another color than the rest: collars, cuffs, bands and yokes, sometimes."""


@dataclass
class Sewn:
    """A garment before it is laid down."""

    kind: str
    """A category of flat garments: dress, longsleeve, outwear, pants, shirt, shorts, skirt or t-shirt."""
    parts: list[Part] = field(default_factory=list)
    seams: list[np.ndarray] = field(default_factory=list)
    """``(N, 2)`` lines of stitches, hems and the edges of pockets and plackets."""
    buttons: list[np.ndarray] = field(default_factory=list)
    """``(N, 2)`` centers."""
    creases: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Where wrinkles begin, and the angle in which they run."""
    points: np.ndarray = field(default_factory=lambda: np.zeros((NUM_POINTS, 3)))
    """``(25, 3)``."""

    def put(self, index: int, at: np.ndarray) -> None:
        """Say that a point is there, and where."""
        self.points[index] = at[0], at[1], 1


def xy(x: float, y: float) -> np.ndarray:
    return np.array((x, y), float)


def line(*corners: np.ndarray, step: float = 0.03) -> np.ndarray:
    """``(N, 2)``: the corners joined by straight lines, with points at every ``step``, so that they can be bent."""
    pieces = []
    for a, b in pairwise(corners):
        number = max(2, int(np.linalg.norm(b - a) / step) + 1)
        pieces.append(a + (b - a) * np.linspace(0, 1, number, endpoint=False)[:, None])
    return np.concatenate([*pieces, corners[-1][None]])


def arc(a: np.ndarray, b: np.ndarray, bulge: float, number: int = 16, lean: float = 0.5) -> np.ndarray:
    """``(number, 2)``: a curve from a to b whose middle stands ``bulge`` lengths of the chord to the right of the way.

    ``lean`` says where along the way it stands off most.
    """
    t = np.linspace(0, 1, number)[:, None]
    way = b - a
    middle = a + way * lean + 2 * bulge * np.array((-way[1], way[0]))
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * middle + t**2 * b


def corner(a: np.ndarray, b: np.ndarray, control: np.ndarray, number: int = 16) -> np.ndarray:
    """``(number, 2)``: the quadratic Bézier curve from a to b with this control point."""
    t = np.linspace(0, 1, number)[:, None]
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * control + t**2 * b


def closed(*pieces: np.ndarray) -> np.ndarray:
    """Pieces of outline one after the other as a polygon."""
    return np.concatenate(pieces)


def flip(points: np.ndarray, side: int) -> np.ndarray:
    """Points made for the left of the wearer, for the side -1 (right) or 1 (left)."""
    return points * np.array((side, 1.0))


def turned(points: np.ndarray, center: np.ndarray, angle: float) -> np.ndarray:
    """Points turned by an angle in radians, clockwise in the picture."""
    c, s = np.cos(angle), np.sin(angle)
    return (points - center) @ np.array(((c, s), (-s, c))) + center


def bent(points: np.ndarray, center: np.ndarray, along: np.ndarray, angle: float, soft: float) -> np.ndarray:
    """Points beyond a center along a unit vector turned about it; ``soft`` is the length over which the cloth bends."""
    beyond = np.clip(((points - center) @ along) / soft + 0.5, 0, 1)
    turn = angle * beyond * beyond * (3 - 2 * beyond)
    x, y = (points - center).T
    return np.stack((x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)), 1) + center


def profile(depths: tuple[float, ...], widths: tuple[float, ...]) -> "Profile":
    """Half a width over the depth, smooth between the given ones."""
    order = np.argsort(depths)
    at = np.linspace(min(depths), max(depths), 49)
    values = np.interp(at, np.array(depths)[order], np.array(widths)[order])
    smooth = np.convolve(np.pad(values, 5, mode="reflect", reflect_type="odd"), np.ones(11) / 11, mode="valid")
    return Profile(at, smooth)


@dataclass(frozen=True)
class Profile:
    depths: np.ndarray
    widths: np.ndarray

    def __call__(self, depth: float) -> float:
        return float(np.interp(depth, self.depths, self.widths))

    def edge(self, top: float, bottom: float) -> np.ndarray:
        """``(N, 2)``: the edge on the wearer's left, from top to bottom."""
        y = np.linspace(top, bottom, max(4, int((bottom - top) / 0.04)))
        return np.stack((np.interp(y, self.depths, self.widths), y), 1)


def waves(rng: np.random.Generator, size: float, length: float, number: int = 3) -> "Waves":
    """Smooth random displacements of about ``size``, in waves of ``length`` and more."""
    direction = rng.uniform(0, 2 * np.pi, number)
    frequency = 2 * np.pi / (length * rng.uniform(1, 2.5, number))
    return Waves(
        frequency * np.stack((np.cos(direction), np.sin(direction))),
        rng.uniform(0, 2 * np.pi, (2, number)),
        rng.normal(0, size / np.sqrt(number), (2, number)),
    )


@dataclass(frozen=True)
class Waves:
    vectors: np.ndarray
    phases: np.ndarray
    sizes: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        phase = points @ self.vectors
        return points + np.stack(
            [(np.sin(phase + p) * s).sum(1) for p, s in zip(self.phases, self.sizes, strict=True)], 1
        )
