"""Pictures of what is no garment to put on: shoes, bags and hats cut out of photos of people, and heaps of cloth."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from tryon.core.labels import Label
from tryon.read.flat.sample import FlatGarment
from tryon.types import PersonSample

THINGS = {"shoes": Label.SHOES, "bags": Label.BAG, "hats": Label.HAT}
"""What is cut out, and its class in label maps."""
_SMALLEST, _LARGEST = 40, 256  # pixels of the longer side of what is kept
_FULL = 0.25  # of the box of what is cut out: less is a strap or a rest
_LAYERS = 3, 7  # pieces of cloth in a heap


class Thing(NamedTuple):
    """Something cut out of a photo."""

    image: np.ndarray
    """``(h, w, 3)`` ``uint8`` RGB."""
    alpha: np.ndarray
    """``(h, w)`` ``float32`` in [0, 1]."""
    name: str
    """One of :data:`THINGS`, or ``heaps``."""


def things_of(sample: PersonSample) -> list[Thing]:
    """What a labeled person wears or holds that is no garment to put on: everything of one class together.

    Args:
        sample: with a label map.
    """
    assert sample.parsing is not None
    found = []
    for name, label in THINGS.items():
        mask = cv2.morphologyEx((sample.parsing == label).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            continue
        part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        alpha, longer = cv2.GaussianBlur(mask[part].astype(np.float32), (3, 3), 0), max(mask[part].shape)
        if longer < _SMALLEST or alpha.mean() < _FULL:
            continue
        size = np.maximum(np.round(np.array(alpha.shape) * min(1, _LARGEST / longer)).astype(int), 1)[::-1]
        image = cv2.resize(sample.image[part], size, interpolation=cv2.INTER_AREA)
        found.append(Thing(image, cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), name))
    return found


def heap(garments: Sequence[FlatGarment], rng: np.random.Generator) -> Thing:
    """Crumpled cloth of several garments on one another.

    Args:
        garments: whose cloth it is.
        rng: chooses pieces, folds and light.
    """
    side = _LARGEST
    image, alpha = np.zeros((side, side, 3), np.float32), np.zeros((side, side), np.float32)
    for _ in range(rng.integers(*_LAYERS)):
        cloth, own = _crumpled(garments[int(rng.integers(len(garments)))], rng, side)
        # The edge of what lies on top throws a shadow on what lies below.
        shade = 1 - 0.5 * cv2.GaussianBlur(own, (0, 0), side * 0.03)[..., None]
        image = image * shade * (1 - own[..., None]) + cloth * own[..., None]
        alpha = np.maximum(alpha, own)
    return Thing(np.clip(image, 0, 255).astype(np.uint8), alpha, "heaps")


def laid(thing: Thing, ground: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A thing on a ground, with a soft shadow, at a random place and size.

    Args:
        thing: what lies there.
        ground: ``(H, W, 3)`` ``uint8``.
        rng: chooses place, size and shadow.

    Returns:
        ``(H, W, 3)`` ``uint8`` RGB.
    """
    height, width = ground.shape[:2]
    h, w = thing.alpha.shape
    scale = rng.uniform(0.35, 0.95) * min(height / h, width / w)
    angle = np.radians(rng.normal(0, 15))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array(((cos, -sin), (sin, cos))) @ np.diag((rng.choice((-1.0, 1.0)), 1.0))
    place = np.array((width, height)) * (0.5 + rng.uniform(-0.1, 0.1, 2))
    matrix = np.column_stack((linear, place - linear @ np.array((w / 2, h / 2))))
    image = cv2.warpAffine(thing.image, matrix, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(thing.alpha, matrix, (width, height), flags=cv2.INTER_AREA)
    shadow = cv2.GaussianBlur(np.roll(alpha, int(0.01 * height), 0), (0, 0), width * rng.uniform(0.01, 0.04))
    below = ground * (1 - rng.uniform(0, 0.5) * shadow[..., None])
    return np.clip(image * alpha[..., None] + below * (1 - alpha[..., None]), 0, 255).astype(np.uint8)


def _crumpled(garment: FlatGarment, rng: np.random.Generator, side: int) -> tuple[np.ndarray, np.ndarray]:
    """A piece of a garment's cloth ``(side, side, 3)``, with folds, and where it lies ``(side, side)``."""
    cloth = garment.matte > 127
    rows, columns = np.flatnonzero(cloth.any(1)), np.flatnonzero(cloth.any(0))
    middle = np.array((columns[0] + columns[-1], rows[0] + rows[-1])) / 2
    reach = np.array((columns[-1] - columns[0], rows[-1] - rows[0])) * rng.uniform(0.25, 0.45)
    across = (np.mgrid[0:side, 0:side][::-1].transpose(1, 2, 0) / side - 0.5) * 2
    moved = across + np.stack([_smooth(rng, side, 4) for _ in range(2)], -1) * rng.uniform(0.15, 0.4)
    places = (middle + moved * reach).astype(np.float32)
    image = cv2.remap(
        garment.image, places[..., 0], places[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    folds = 1 + 0.22 * _smooth(rng, side, int(rng.integers(4, 9))) + 0.1 * _smooth(rng, side, 14)
    place, radius = rng.uniform(-0.3, 0.3, 2), rng.uniform(0.35, 0.75, 2)
    edge = 1 - np.hypot(*((across - place) / radius).transpose(2, 0, 1)) + 0.25 * _smooth(rng, side, 5)
    return image * folds[..., None].clip(0.3, 1.4), np.clip(edge * side / 12, 0, 1).astype(np.float32)


def _smooth(rng: np.random.Generator, side: int, cells: int) -> np.ndarray:
    """``(side, side)`` smooth noise of about unit size, in so many cells across."""
    grid = rng.normal(0, 1, (cells, cells)).astype(np.float32)
    return cv2.resize(grid, (side, side), interpolation=cv2.INTER_CUBIC)
