"""What drawn cloth looks like: its weave, prints and wrinkles."""

import cv2
import numpy as np

from tryon.synth.drawn.ground import smooth_noise
from tryon.synth.drawn.pattern import Pattern
from tryon.synth.fabric import pattern, random_color

SIDE = 256


def random_cloth(rng: np.random.Generator, swatches: list[np.ndarray] | None) -> np.ndarray:
    """``(256, 256, 3)`` ``float32`` RGB in [0, 255]: a pattern, or, half of the time where there are some, a swatch."""
    if swatches and rng.random() < 0.5:
        piece = swatches[rng.integers(len(swatches))]
        both = np.concatenate((piece, piece[:, ::-1]), 1)
        side = int(rng.integers(80, SIDE + 1))
        tile = cv2.resize(np.concatenate((both, both[::-1])), (side, side), interpolation=cv2.INTER_AREA)
        cloth = np.tile(tile, (-(-SIDE // side),) * 2 + (1,))[:SIDE, :SIDE].astype(np.float32)
        return cloth * rng.uniform(0.8, 1.15)
    cloth = pattern(rng, SIDE)
    if rng.random() < 0.5:  # knit or coarse weave
        rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        step = rng.uniform(0.8, 2.2)
        cloth = (
            cloth
            * (1 + rng.uniform(0.02, 0.08) * np.sin(rows * step) * np.cos(columns * step * rng.uniform(0, 1)))[
                ..., None
            ]
        )
    return cloth


def spread(cloth: np.ndarray, size: tuple[int, int], angle: float, scale: float, shift: np.ndarray) -> np.ndarray:
    """``(H, W, 3)`` ``float32``: cloth laid out over a picture, turned, repeated at its ends."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array(((c, -s, shift[0]), (s, c, shift[1])), np.float32)
    # The map is that from the picture to the cloth.
    return cv2.warpAffine(
        cloth, matrix, size[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101
    )


def wrinkles(rng: np.random.Generator, laid: Pattern) -> np.ndarray:
    """``(H, W)`` ``float32``: the height of cloth in pixels, with soft waves, and folds that begin at the creases."""
    height, width = laid.size
    unit = laid.unit
    out = smooth_noise(rng, laid.size, (2, 3, 4)) * rng.uniform(0.2, 1.6) * unit / 60
    lines = np.zeros(laid.size, np.float32)
    thick = max(1, round(unit * rng.uniform(0.01, 0.03)))
    strength = rng.uniform(0.3, 2.2)
    for at, angle in laid.creases:
        if rng.random() < 0.3:
            continue
        turn, length = angle + rng.normal(0, 0.25), unit * rng.uniform(0.15, 0.6)
        t = np.linspace(0, 1, 8)[:, None]
        way = np.array((np.cos(turn), np.sin(turn)))
        bow = rng.normal(0, 0.12) * np.sin(t * np.pi) * length * np.array((-way[1], way[0]))
        path = at + rng.normal(0, 0.03, 2) * unit + t * length * way + bow
        value = strength * rng.uniform(0.4, 1) * thick * (1 if rng.random() < 0.6 else -1)
        cv2.polylines(lines, [np.round(path * 16).astype(np.int32)], False, value, thick, cv2.LINE_AA, 4)
    for _ in range(int(rng.integers(0, 14))):  # and some anywhere
        start = rng.uniform(0, 1, 2) * (width, height)
        end = start + rng.normal(0, 0.25, 2) * unit
        bend = (start + end) / 2 + rng.normal(0, 0.04, 2) * unit
        path = np.stack((start, bend, end))
        cv2.polylines(
            lines,
            [np.round(path * 16).astype(np.int32)],
            False,
            rng.normal(0, 1) * strength * thick * 0.6,
            thick,
            cv2.LINE_AA,
            4,
        )
    return out + cv2.GaussianBlur(lines, (0, 0), max(0.8, thick * rng.uniform(0.6, 1.2)))


def print_motif(rng: np.random.Generator, picture: np.ndarray, laid: Pattern, middle: np.ndarray) -> None:
    """Draw a print on cloth: blobs, strokes like letters, or bands."""
    unit, kind = laid.unit, rng.choice(("blobs", "letters", "bands"))
    colors = [random_color(rng).tolist() for _ in range(3)]
    if kind == "blobs":
        for _ in range(int(rng.integers(2, 9))):
            at = middle + rng.normal(0, 0.12, 2) * unit
            axes = np.maximum(rng.uniform(0.02, 0.14, 2) * unit, 1)
            cv2.ellipse(
                picture,
                (at.tolist(), (2 * axes).tolist(), float(rng.uniform(0, 180))),
                colors[rng.integers(3)],
                -1,
                cv2.LINE_AA,
            )
    elif kind == "letters":
        size = unit * rng.uniform(0.04, 0.12)
        for row in range(int(rng.integers(1, 4))):
            number = int(rng.integers(3, 8))
            for letter in range(number):
                corner = middle + np.array(((letter - number / 2) * size * 1.1, row * size * 1.7))
                strokes = corner + rng.uniform(0, 1, (4, 2)) * (size * 0.9, size * 1.3)
                cv2.polylines(
                    picture,
                    [np.round(strokes * 16).astype(np.int32)],
                    False,
                    colors[0],
                    max(1, round(size * 0.2)),
                    cv2.LINE_AA,
                    4,
                )
    else:
        for band in range(int(rng.integers(1, 4))):
            y = middle[1] + band * unit * 0.15
            a, b = np.array((0, y - unit * 0.02)), np.array((laid.size[1], y + unit * 0.02))
            cv2.line(
                picture,
                tuple(a.astype(int).tolist()),
                tuple(b.astype(int).tolist()),
                colors[band],
                max(1, round(unit * rng.uniform(0.02, 0.09))),
                cv2.LINE_AA,
            )
