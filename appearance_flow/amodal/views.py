"""Views to train the network of whole garments on: photos with somebody else's hair, bag or arms laid over them.

What lies below is known there, so the photo itself says how far the garment reaches behind it. View number n is a
function of the seed and n alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from appearance_flow.amodal.inputs import OUTSIDE, SIZE, TOPS, may_hide, planes
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.window import Window
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label, mask_of
from tryon.core.noisy_labels import as_parsed

_LONG_HAIR = 0.8  # how often hair laid over is such that reaches below the shoulders
_BELOW = 0.05  # torso lengths below the neck from which hair is long
_MUCH = 0.01  # squared torso lengths of it
_TORSO = Window.torso(SIZE)


@dataclass(frozen=True, eq=False, slots=True)
class Wearer:
    """A labeled photo, and the garments in it."""

    labels: np.ndarray
    """``(H, W)`` ``uint8`` label map."""
    keypoints: np.ndarray
    """``(18, 3)`` with a complete torso."""
    garments: tuple[tuple[int, ...], ...]
    """Labels of each garment that can be carried over."""


class View(NamedTuple):
    shown: np.ndarray
    """``(P, H, W)`` ``uint8``, from :func:`appearance_flow.amodal.inputs.planes`."""
    truth: np.ndarray
    """``(H, W)`` ``bool``: the garment."""
    hidden: np.ndarray
    """``(H, W)`` ``bool``: behind what was laid over, where the truth is known."""
    known: np.ndarray
    """``(H, W)`` ``bool``: where the truth is known."""


class AmodalViews:
    """Endless views.

    Args:
        wearers: photos with at least one garment.
        seed: number that all views depend on.
        weights: how often each photo is drawn; all alike where ``None``.

    Raises:
        DataError: no photo.
    """

    def __init__(self, wearers: Sequence[Wearer], seed: int, weights: np.ndarray | None = None):
        if not wearers:
            raise DataError("no labeled photo of a garment; give a folder of people with label maps")
        self.wearers, self.seed = wearers, seed
        even = np.ones(len(wearers)) if weights is None else np.asarray(weights, float)
        self._cumulative = np.cumsum(even / even.sum())
        self._long_haired = [one for one in wearers if _has_long_hair(one)] or list(wearers)

    def view(self, number: int) -> View:
        """View ``number``, 0 or more."""
        rng = np.random.default_rng((self.seed, number))
        wearer = self.wearers[min(int(np.searchsorted(self._cumulative, rng.random())), len(self.wearers) - 1)]
        labels, keypoints = _moved(wearer, rng, scale=0.06, turn=0.06, shift=0.04)
        body = Body(keypoints, SIZE)
        garment = wearer.garments[int(rng.integers(len(wearer.garments)))]
        cloth = mask_of(labels, *garment)
        hiding = may_hide(labels, body, garment) & ~cloth & ~body.head
        unknown = mask_of(labels, OUTSIDE, UNKNOWN) | hiding
        over = self._laid_over(rng, body, garment)
        seen = as_parsed(np.where((over > 0) & (labels != OUTSIDE), over, labels), rng, OUTSIDE)
        # Edges move with the labels, so what is seen of the garment is read from them, and not cut out of the truth.
        shown = planes(seen, mask_of(seen, *garment), keypoints)
        return View(shown, cloth, (over > 0) & ~unknown, ~unknown)

    def _laid_over(self, rng: np.random.Generator, body: Body, garment: tuple[int, ...]) -> np.ndarray:
        """``(H, W)`` ``uint8``: labels of what lies before a garment, 0 where nothing does."""
        over = np.zeros(SIZE, np.uint8)

        def lay(labels: tuple[Label, ...], wearers: Sequence[Wearer], shift: float) -> None:
            other = wearers[int(rng.integers(len(wearers)))]
            theirs, keypoints = _moved(other, rng, scale=0.1, turn=0.06, shift=shift)
            mask = mask_of(theirs, *labels)
            if Label.SKIN in labels:
                mask &= Body(keypoints, SIZE).depth > 0
            over[mask] = theirs[mask]

        if rng.random() < 0.5 and not {*garment} & {*TOPS}:
            lay(TOPS, self.wearers, 0.1)
        if rng.random() < 0.25:
            lay((Label.SKIN,), self.wearers, 0.15)
        if rng.random() < 0.3:
            lay((Label.BAG, Label.SCARF, Label.ACCESSORY), self.wearers, 0.3)
        if rng.random() < 0.2:
            _strap(over, body, rng)
        if rng.random() < 0.3:
            _blob(over, body, rng)
        if rng.random() < 0.8:
            lay((Label.HAIR,), self._long_haired if rng.random() < _LONG_HAIR else self.wearers, 0.06)
        return over


def _has_long_hair(wearer: Wearer) -> bool:
    body = Body(wearer.keypoints, wearer.labels.shape)
    return bool(((wearer.labels == Label.HAIR) & (body.depth > _BELOW)).sum() > _MUCH * body.unit**2)


def _moved(
    wearer: Wearer, rng: np.random.Generator, *, scale: float, turn: float, shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Labels and key points in the window, moved, turned and stretched a little, and mirrored half of the time."""
    mirrored = -1.0 if rng.random() < 0.5 else 1.0
    size, angle = np.exp(rng.normal(0, scale)), rng.normal(0, turn)
    cos, sin = size * np.cos(angle), size * np.sin(angle)
    linear = np.array(((cos * mirrored, -sin), (sin * mirrored, cos)))
    matrix = Window.of(wearer.keypoints, SIZE).matrix
    neck = sk.transform(wearer.keypoints, matrix)[sk.NECK, :2]
    offset = neck + rng.normal(0, shift * _TORSO, 2) - linear @ neck
    matrix = np.column_stack((linear @ matrix[:, :2], linear @ matrix[:, 2] + offset))
    labels = cv2.warpAffine(wearer.labels, matrix, SIZE[::-1], flags=cv2.INTER_NEAREST, borderValue=OUTSIDE)
    points = sk.transform(wearer.keypoints, matrix)
    return labels, points[sk.MIRROR] if mirrored < 0 else points


def _strap(over: np.ndarray, body: Body, rng: np.random.Generator) -> None:
    """The strap of a bag from a shoulder to anywhere beside the hips."""
    shoulder = body.keypoints[rng.choice((sk.R_SHOULDER, sk.L_SHOULDER)), :2]
    hip = body.keypoints[rng.choice((sk.R_HIP, sk.L_HIP)), :2]
    ends = np.stack((shoulder, hip)) + rng.normal(0, 0.12 * body.unit, (2, 2))
    first, last = np.round(ends).astype(int).tolist()
    cv2.line(over, first, last, int(Label.BAG), max(1, round(rng.uniform(0.02, 0.07) * body.unit)))


def _blob(over: np.ndarray, body: Body, rng: np.random.Generator) -> None:
    """A bag, a phone, a hand: an ellipse somewhere on the trunk or before the legs."""
    neck = body.keypoints[sk.NECK, :2]
    middle = neck + body.unit * np.array((rng.normal(0, 0.4), rng.uniform(0, 1.8)))
    axes = body.unit * rng.uniform(0.04, 0.3, 2)
    center, radii = np.round(middle).astype(int).tolist(), np.maximum(np.round(axes), 1).astype(int).tolist()
    label = int(rng.choice((Label.BAG, Label.SKIN, Label.ACCESSORY)))
    cv2.ellipse(over, center, radii, rng.uniform(0, 180), 0, 360, label, -1)
