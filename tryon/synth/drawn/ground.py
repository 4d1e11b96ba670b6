"""What drawn garments lie on or hang before."""

import cv2
import numpy as np

from tryon.synth.fabric import pattern, random_color

KINDS = ("plain", "gradient", "boards", "tiles", "cloth", "patterned", "room")


def smooth_noise(rng: np.random.Generator, size: tuple[int, int], octaves: tuple[int, ...]) -> np.ndarray:
    """``(H, W)`` ``float32`` of mean 0 and deviation about 1; octave ``n`` has ``2 ** n`` cells along each side."""
    out = np.zeros(size, np.float32)
    for octave in octaves:
        grid = rng.standard_normal((2**octave + 1, 2**octave + 1)).astype(np.float32)
        layer = cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC)
        out += np.asarray(layer, np.float32) / 1.6 ** (octave - octaves[0])
    return out / max(float(out.std()), 1e-6)


def relief(height: np.ndarray, light: float, strength: float) -> np.ndarray:
    """``(H, W)`` brightness about 1 of a surface of this height in pixels, lit from an angle in radians."""
    dx = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125)
    dy = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    return 1 + strength * np.tanh(2 * (np.cos(light) * dx + np.sin(light) * dy))


def random_ground(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """``(H, W, 3)`` ``float32`` RGB in [0, 255]."""
    height, width = size
    kind = str(rng.choice(KINDS, p=(0.2, 0.12, 0.17, 0.08, 0.18, 0.13, 0.12)))
    first, second = _color(rng), _color(rng)
    out: np.ndarray
    rows, columns = np.mgrid[:height, :width].astype(np.float32) / max(size)
    angle = rng.normal(0, 0.1) + rng.choice((0, np.pi / 2))
    across, along = columns * np.cos(angle) + rows * np.sin(angle), rows * np.cos(angle) - columns * np.sin(angle)
    if kind == "plain":
        out = np.tile(first, (height, width, 1))
    elif kind == "gradient":
        out = first + (second - first) * rng.uniform(0.2, 0.6) * np.clip(along + 0.3, 0, 1)[..., None]
    elif kind == "boards":
        out = _boards(rng, first, across, along)
    elif kind == "tiles":
        period = rng.uniform(2, 6)
        gap = np.minimum(np.abs(np.mod(across * period, 1) - 0.5), np.abs(np.mod(along * period, 1) - 0.5)) < 0.012
        out = np.where(gap[..., None], second * 0.6, first)
    elif kind == "cloth":
        folds = smooth_noise(rng, size, (2, 3, 4)) * rng.uniform(1, 5) * max(size) / 256
        out = first * relief(folds, rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.4))[..., None]
    elif kind == "patterned":
        out = cv2.resize(pattern(rng, 256), (width, height), interpolation=cv2.INTER_AREA)
    else:
        out = _room(rng, size)
    out = out * (1 + rng.uniform(0.01, 0.07) * smooth_noise(rng, size, (2, 3, 4, 6))[..., None])
    return np.ascontiguousarray(out, np.float32)


def _color(rng: np.random.Generator) -> np.ndarray:
    """Floors, sheets and walls are pale more often than clothes."""
    if rng.random() < 0.55:
        return np.clip(rng.uniform(120, 245) + rng.normal(0, 1, 3) * (12, 5, 14), 0, 250)
    return random_color(rng)


def _boards(rng: np.random.Generator, color: np.ndarray, across: np.ndarray, along: np.ndarray) -> np.ndarray:
    """A wooden floor."""
    if rng.random() < 0.6:
        color = np.array((150, 110, 75)) * rng.uniform(0.5, 1.5) + rng.normal(0, 10, 3)
    number = rng.uniform(3, 10)
    board = np.floor(across * number).astype(int)
    tone = rng.normal(1, rng.uniform(0.03, 0.15), 64)[board % 64]
    grain = smooth_noise(rng, (8, 256), (2, 3))[0]
    stripe = grain[(np.mod(across * rng.uniform(150, 400) / 4 + 0.1 * np.sin(along * 9 + board), 1) * 255).astype(int)]
    gap = np.mod(across * number, 1) < 0.04
    ends = np.mod(along * rng.uniform(0.6, 2) + board * 0.37, 1) < 0.006
    light = tone * (1 + rng.uniform(0.02, 0.09) * stripe) * np.where(gap | ends, rng.uniform(0.4, 0.8), 1)
    return color * light[..., None]


def _room(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Furniture and edges out of focus, before which a garment hangs."""
    height, width = size
    out = np.empty((height, width, 3), np.float32)
    out[:] = _color(rng)
    for _ in range(int(rng.integers(2, 9))):
        x, y = rng.integers(-width // 4, width), rng.integers(-height // 4, height)
        w, h = rng.integers(width // 12, width), rng.integers(height // 12, height)
        cv2.rectangle(out, (int(x), int(y)), (int(x + w), int(y + h)), _color(rng).tolist(), -1)
    return cv2.GaussianBlur(out, (0, 0), rng.uniform(0.3, 3.0))
