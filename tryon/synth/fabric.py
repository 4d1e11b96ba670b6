"""Textures of garments, hair and eyes in other colors and patterns; the folds and seams of the original stay."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

_DENIM = np.array([(66, 88, 122), (42, 52, 74), (120, 140, 165), (40, 40, 44), (200, 200, 196), (120, 108, 90)])
_DULL = np.array([
    (24, 24, 28), (60, 60, 64), (120, 120, 120), (180, 178, 172), (238, 236, 230), (36, 44, 72), (70, 52, 40),
    (150, 120, 88), (205, 186, 156), (74, 80, 58), (96, 28, 36), (50, 66, 96),
])  # fmt: skip
_HAIR = np.array([
    (20, 16, 15), (34, 24, 19), (58, 38, 26), (86, 56, 34), (116, 60, 36), (150, 108, 62), (196, 162, 104),
    (130, 128, 126), (206, 204, 200),
])  # fmt: skip
_PATTERNS = ("plain", "stripes", "checks", "dots", "flowers", "noise")


def fill_transparent(texture: np.ndarray) -> np.ndarray:
    """RGBA with the colors of transparent texels taken from the nearest opaque ones, against dark seams."""
    opaque = texture[..., 3] > 128
    if opaque.all() or not opaque.any():
        return texture
    _, nearest = cv2.distanceTransformWithLabels(
        (~opaque).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros((int(nearest.max()) + 1, 3), np.uint8)
    table[nearest[opaque]] = texture[opaque][:, :3]
    return np.dstack((table[nearest], texture[..., 3]))


def random_color(rng: np.random.Generator) -> np.ndarray:
    """RGB ``(3,)`` in [0, 255]: what clothes are dyed in, mostly dull, sometimes bright."""
    if rng.random() < 0.55:
        return np.clip(_DULL[rng.integers(len(_DULL))] + rng.normal(0, 10, 3), 8, 245)
    hsv = np.array([[[rng.uniform(0, 180), rng.uniform(60, 230), rng.uniform(70, 240)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0].astype(float)


def _detail(texture: np.ndarray) -> np.ndarray:
    """``(H, W, 1)`` brightness against the surroundings, about 1: folds, seams, weave."""
    gray = cv2.cvtColor(np.ascontiguousarray(texture[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float32) + 12
    around = cv2.GaussianBlur(gray, (0, 0), 24)
    return np.clip(gray / around, 0.55, 1.35)[..., None]


def _noise(rng: np.random.Generator, side: int, octaves: tuple[int, ...]) -> np.ndarray:
    out = np.zeros((side, side), np.float32)
    for octave in octaves:
        grid = rng.standard_normal((2**octave, 2**octave)).astype(np.float32)
        out += cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC) / (octave + 1)
    return out


def pattern(rng: np.random.Generator, side: int) -> np.ndarray:
    """``(side, side, 3)`` ``float32`` RGB in [0, 255] of cloth without folds."""
    kind = str(rng.choice(_PATTERNS, p=(0.52, 0.14, 0.11, 0.08, 0.13, 0.02)))
    first, second = random_color(rng), random_color(rng)
    rows, columns = np.mgrid[:side, :side].astype(np.float32) / side
    if rng.random() < 0.5:
        rows, columns = columns, rows
    period = rng.uniform(8, 45)
    if kind == "stripes":
        mix = (np.mod(rows * period, 1) < rng.uniform(0.15, 0.6)).astype(np.float32)
    elif kind == "checks":
        width = rng.uniform(0.2, 0.6)
        mix = 0.5 * (np.mod(rows * period, 1) < width) + 0.5 * (np.mod(columns * period, 1) < width)
    elif kind == "dots":
        shifted = columns * period + 0.5 * np.mod(np.floor(rows * period), 2)
        mix = (np.hypot(np.mod(rows * period, 1) - 0.5, np.mod(shifted, 1) - 0.5) < rng.uniform(0.15, 0.32)) * 1.0
    elif kind == "noise":
        mix = np.clip(_noise(rng, side, (4, 5, 6)) + 0.3, 0, 1)
    else:
        mix = np.zeros((side, side), np.float32)
    cloth = first + (second - first) * mix[..., None]
    if kind == "flowers":
        colors = [random_color(rng) for _ in range(4)]
        for _ in range(int(rng.uniform(80, 320))):
            x, y = rng.integers(0, side, 2)
            size, color = int(rng.uniform(3, 14)), colors[rng.integers(4)].tolist()
            for petal in range(5):
                turn = petal * 1.2566 + x
                at = (int(x + size * np.cos(turn)), int(y + size * np.sin(turn)))
                cv2.circle(cloth, at, max(size * 2 // 3, 2), color, -1, cv2.LINE_AA)
    return np.asarray(cloth, np.float32)


def recolor(
    texture: np.ndarray, rng: np.random.Generator, kind: str = "cloth", swatches: list[np.ndarray] | None = None
) -> np.ndarray:
    """A garment's texture RGBA in another color or pattern, or, one time in four, as it is.

    Args:
        texture: ``(H, W, 4)`` ``uint8``.
        rng: chooses.
        kind: ``cloth`` of any pattern, ``plain`` cloth, ``flat`` cloth without the texture's own shadows, ``denim`` in
            the colors of jeans, or ``leather`` in dull colors.
        swatches: pieces of real cloth, ``(n, n, 3)`` ``uint8``; used for a third of the garments.
    """
    if kind != "flat" and rng.random() < (0.5 if kind == "leather" else 0.25):
        return texture
    side = texture.shape[0]
    if kind == "denim" or kind == "leather":
        colors = _DENIM if kind == "denim" else _DULL
        cloth = np.clip(colors[rng.integers(len(colors))] + rng.normal(0, 8, 3), 0, 255)[None, None]
    elif kind in ("plain", "flat"):
        cloth = random_color(rng)[None, None]
    elif swatches and rng.random() < 0.35:
        piece = swatches[rng.integers(len(swatches))]
        times = int(rng.integers(2, 5))
        both = np.concatenate((piece, piece[:, ::-1]), 1)
        tile = cv2.resize(np.concatenate((both, both[::-1])), (-(-side // times),) * 2, interpolation=cv2.INTER_AREA)
        cloth = np.tile(tile, (times, times, 1))[:side, :side].astype(np.float32)
    else:
        cloth = pattern(rng, side)
    cloth = cloth * (1 + 0.05 * _noise(rng, side, (2, 3, 4))[..., None])
    if kind != "flat":
        cloth = cloth * _detail(texture)
    return np.dstack((np.clip(cloth, 0, 255).astype(np.uint8), texture[..., 3]))


def dye_hair(texture: np.ndarray, rng: np.random.Generator, gray: float) -> np.ndarray:
    """A hair texture RGBA in another natural color; ``gray`` is the chance of gray or white."""
    color = _HAIR[rng.integers(7, 9)] if rng.random() < gray else _HAIR[rng.integers(7)]
    light = texture[..., :3].mean(2, keepdims=True)
    shown = texture[..., 3] > 128
    middle = float(np.median(light[shown])) if shown.any() else 128.0
    out = color * np.clip((light + 15) / (middle + 15), 0.35, 1.9)
    return np.dstack((np.clip(out, 0, 255).astype(np.uint8), texture[..., 3]))


def eye_texture(rng: np.random.Generator, side: int) -> np.ndarray:
    """``(side, side, 4)`` an eye seen from the front, its ball filling the picture."""
    iris = np.array([(74, 48, 30), (50, 32, 22), (92, 104, 74), (88, 116, 140)])[
        rng.choice(4, p=(0.4, 0.3, 0.15, 0.15))
    ]
    y, x = np.mgrid[:side, :side] / (side - 1) * 2 - 1
    radius = np.hypot(x, y)[..., None]
    ring = iris * (0.7 + 0.6 * np.clip(radius / 0.46, 0, 1)) * np.where(radius > 0.41, 0.55, 1)
    color = np.where(radius < 0.46, np.where(radius < 0.19, 12, ring), np.array((222, 214, 208)))
    return np.dstack((np.clip(color, 0, 255), np.full((side, side), 255))).astype(np.uint8)


def read_swatches(photos: list[Path]) -> list[np.ndarray]:
    """The middle fifth of each photo of a garment, ``(96, 96, 3)`` ``uint8``, where it is cloth.

    Pieces with strong edges (prints, zips, the ground) are left out, so that what is left can be laid out as cloth.
    """
    out = []
    for path in photos:
        with Image.open(path) as image:
            image.draft("RGB", (480, 480))
            picture = np.asarray(image.convert("RGB"))
        height, width = picture.shape[:2]
        side = min(height, width) // 5
        top, left = (height - side) // 2, (width - side) // 2
        piece = picture[top : top + side, left : left + side]
        if side >= 32 and np.ptp(cv2.GaussianBlur(piece, (0, 0), side / 8).mean(2)) < 30:
            out.append(cv2.resize(piece, (96, 96), interpolation=cv2.INTER_AREA))
    return out
