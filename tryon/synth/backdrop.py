"""Procedural surroundings for renders: walls and floors without any photo."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True, eq=False)
class Backdrop:
    """What stands behind and under a rendered person."""

    wall: np.ndarray
    """``(H, W, 3)`` ``float32`` sRGB in [0, 1]; stretched over the picture."""
    floor: np.ndarray
    """``(3,)`` sRGB in [0, 1] at the person's feet."""
    seam: float = 0.0
    """How hard the edge between wall and floor is: 0 a seamless studio paper, 1 an edge."""


def studio(top: tuple[float, float, float], bottom: tuple[float, float, float]) -> Backdrop:
    """A seamless paper with a soft vertical gradient; colors are sRGB in [0, 1]."""
    t = np.linspace(0, 1, 256, dtype=np.float32)[:, None, None]
    wall = (1 - t) * np.array(top, np.float32) + t * np.array(bottom, np.float32)
    return Backdrop(np.repeat(wall, 4, axis=1), np.array(bottom, np.float32))


def _noise(rng: np.random.Generator, side: int) -> np.ndarray:
    """Fractal noise ``(side, side)`` in [0, 1]."""
    out = np.zeros((side, side), np.float32)
    for octave in range(2, 8):
        grid = rng.random((2**octave, 2**octave), np.float32)
        layer = cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
        out += np.asarray(layer, np.float32) / 1.8**octave
    return (out - out.min()) / (np.ptp(out) + 1e-6)


def _color(rng: np.random.Generator) -> np.ndarray:
    """A color, more often dull than bright."""
    gray = rng.uniform(0.1, 0.95)
    return np.clip(gray + rng.normal(0, rng.choice((0.03, 0.12, 0.25)), 3), 0, 1).astype(np.float32)


def random_backdrop(rng: np.random.Generator) -> Backdrop:
    """Gradients, noise, stripes, bricks, or blurred boxes like a street out of focus."""
    side = 256
    first, second, floor = _color(rng), _color(rng), _color(rng)
    kind = rng.choice(("plain", "gradient", "noise", "stripes", "bricks", "street"), p=(0.1, 0.2, 0.2, 0.1, 0.15, 0.25))
    rows, columns = np.mgrid[:side, :side].astype(np.float32) / side
    if kind == "plain":
        return studio(tuple(first), tuple(first))
    if kind == "gradient":
        angle = rng.uniform(-np.pi, np.pi)
        mix = np.clip(0.5 + (columns - 0.5) * np.cos(angle) + (rows - 0.5) * np.sin(angle), 0, 1)
    elif kind == "noise":
        mix = _noise(rng, side)
    elif kind == "stripes":
        mix = (np.sin(columns * rng.uniform(20, 120) + rows * rng.choice((0, 0, 30))) > 0).astype(np.float32)
    elif kind == "bricks":
        courses = rng.uniform(12, 30)
        row = np.floor(rows * courses)
        across = columns * courses / 2 + row * 0.5
        mortar = (np.mod(rows * courses, 1) < 0.12) | (np.mod(across, 1) < 0.06)
        mix = np.where(mortar, 1, 0.4 * np.mod(np.sin(row * 12.9 + np.floor(across) * 78.2) * 43758.5, 1))
    else:
        mix = None
    if mix is not None:
        wall = first + (second - first) * mix[..., None].astype(np.float32)
    else:
        wall = np.repeat(np.repeat(first[None, None], side, 0), side, 1)
        for _ in range(rng.integers(15, 60)):
            x, y = rng.integers(-30, side, 2)
            w, h = rng.integers(6, 90, 2)
            cv2.rectangle(wall, (int(x), int(y)), (int(x + w), int(y + h)), _color(rng).tolist(), -1)
        wall = cv2.GaussianBlur(wall, (0, 0), rng.uniform(1.0, 9.0))
    wall = wall + 0.12 * (_noise(rng, side)[..., None] - 0.5)
    return Backdrop(np.clip(wall, 0, 1).astype(np.float32), floor, float(rng.random() < 0.7))


def random_ground(rng: np.random.Generator) -> Backdrop:
    """What a garment lies on, seen from above: one color, often nearly white, boards of wood, or cloth with folds."""
    side = 256
    kind = rng.choice(("plain", "wood", "cloth"), p=(0.5, 0.25, 0.25))
    gray = rng.uniform(0.9, 1.0) if rng.random() < 0.4 else rng.uniform(0.3, 0.95)
    color = np.clip(gray + rng.normal(0, 0.04, 3), 0, 1)
    if kind == "plain":
        light = rng.normal(0, 0.015, (64, 64))
    elif kind == "wood":
        color = np.array((1.0, rng.uniform(0.75, 0.95), rng.uniform(0.5, 0.9))) * gray
        light = _boards(rng, side)
    else:
        light = _folds(rng, side)
    ground = np.clip(color * (1 + light[..., None]), 0, 1).astype(np.float32)
    return Backdrop(ground, ground.mean((0, 1)))


def _boards(rng: np.random.Generator, side: int) -> np.ndarray:
    """How much lighter ``(side, side)`` wood is than its mean: boards with gaps and a grain along them."""
    count = int(rng.integers(3, 9))
    board = np.minimum((np.arange(side) + 0.5) * count / side, count - 1e-3)
    grain = cv2.resize(_noise(rng, side), (4 * side, side))[:, :side]  # stretched along the boards
    light = rng.normal(0, 0.1, count)[board.astype(int)][:, None] + 0.3 * (grain - 0.5)
    light = np.where((np.mod(board, 1) < 0.03)[:, None], -0.6, light)
    return light.T if rng.random() < 0.5 else light


def _folds(rng: np.random.Generator, side: int) -> np.ndarray:
    """How much lighter ``(side, side)`` creased cloth is than its mean: slopes of soft ridges, lit from one side."""
    coarse = cv2.GaussianBlur(_noise(rng, side), (0, 0), side / 40)
    ridges = np.abs(np.sin(coarse * rng.uniform(6, 14)))
    slope = np.gradient(cv2.GaussianBlur(ridges, (0, 0), 3), axis=int(rng.integers(2)))
    return rng.uniform(0.1, 0.3) * slope / (np.abs(slope).max() + 1e-6)
