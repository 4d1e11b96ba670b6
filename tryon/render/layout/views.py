"""Views to train the layout network on: swaps as they come out, on label maps whose truth is known.

Most are self-reconstructions of a labeled photo: the person's own garment is taken off, together with more than that
(somebody else's garment, arms, legs, odd shapes), laid back deformed and in part hidden, and the photo says what is
where. The others are true removals: triplets, of which the dressed person is known. Both are shown with the edges that
a parser draws. View number n is a function of the seed and n alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso, torso_size
from tryon.core.errors import DataError, GarmentNotFoundError, PersonNotFoundError
from tryon.core.labels import LOWER_BODY, UNKNOWN, Label, mask_of
from tryon.core.noisy_labels import as_parsed
from tryon.outfit import UPPER_BODY, choose
from tryon.render.layout.erase import erased
from tryon.render.layout.inputs import (
    GRID,
    NEW_LOWER,
    NEW_UPPER,
    OUTSIDE,
    LayoutInput,
    cut_labels,
    layout_input,
    other_sides,
    window,
)
from tryon.render.layout.lay import laid_back
from tryon.types import Category, PersonSample

_TRIPLETS = 0.3  # share of the views, where there are any
_HEIGHT = 288  # pixels of the label maps that are kept
_CATALOG = 0.35  # share of the views that are cut as shops cut photos
_AUTO = 0.7  # share of the views with the category that a try-on chooses by itself


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """A labeled photo."""

    labels: np.ndarray
    """``(H, W)`` ``uint8`` label map; what is unknown in it is shown as a hole and not judged."""
    keypoints: np.ndarray
    """``(18, 3)``, with a complete torso."""


@dataclass(frozen=True, eq=False, slots=True)
class Removal:
    """A triplet after the garment was carried over: true removal."""

    labels: np.ndarray
    """``(H, W)`` ``uint8`` label map of the person as photographed."""
    hole: np.ndarray
    """``(H, W)`` ``bool``: what the old garment leaves."""
    worn: np.ndarray
    """``(5, H, W)`` ``uint8``, from :func:`tryon.render.layout.inputs.worn_planes`."""
    truth: np.ndarray
    """``(H, W)`` ``uint8`` classes of the dressed person, from :func:`classes`."""
    keypoints: np.ndarray
    """``(18, 3)``, with a complete torso."""
    category: Category


class View(NamedTuple):
    given: LayoutInput
    truth: np.ndarray
    """``(H, W)`` ``uint8`` classes, or :data:`~tryon.core.labels.UNKNOWN`."""
    changes: np.ndarray
    """``(H, W)`` ``bool``: what the network decides: the hole, and what the new garment may cover."""


def figure_of(sample: PersonSample) -> Figure | None:
    """A labeled photo as the views keep it, small; ``None`` where its key points are no torso or it shows nobody."""
    if sample.parsing is None or not sample.parsing.any():
        return None
    scale = min(1.0, _HEIGHT / sample.parsing.shape[0])
    size = round(sample.parsing.shape[1] * scale), round(sample.parsing.shape[0] * scale)
    labels = cv2.resize(sample.parsing, size, interpolation=cv2.INTER_NEAREST_EXACT)
    keypoints = sample.keypoints.astype(np.float32).copy()
    keypoints[:, :2] = (keypoints[:, :2] + 0.5) * scale - 0.5
    try:
        return Figure(labels, complete_torso(keypoints)[0])
    except PersonNotFoundError:
        return None


def classes(labels: np.ndarray, new: Sequence[int], below: np.ndarray | None = None) -> np.ndarray:
    """The classes of a dressed person.

    Args:
        labels: ``(H, W)`` label map of them in the new garment.
        new: labels of the new garment.
        below: ``(H, W)`` ``bool``: where a dress is no part of it.

    Returns:
        ``(H, W)`` ``uint8``.
    """
    upper = mask_of(labels, *(label for label in new if label in UPPER_BODY))
    if below is not None:
        upper &= ~((labels == Label.DRESS) & below)
    lower = mask_of(labels, *(label for label in new if label in LOWER_BODY))
    return np.where(upper, np.uint8(NEW_UPPER), np.where(lower, np.uint8(NEW_LOWER), labels))


class LayoutViews:
    """Endless views.

    Args:
        figures: labeled photos.
        removals: triplets; may be empty.
        seed: number that all views depend on.
        weights: how often each photo is drawn; all alike where ``None``.

    Raises:
        DataError: no photo.
    """

    def __init__(
        self,
        figures: Sequence[Figure],
        removals: Sequence[Removal],
        seed: int,
        weights: np.ndarray | None = None,
    ):
        if not figures:
            raise DataError("no labeled photo of a person with shoulders; give a folder of people with label maps")
        self.figures, self.removals, self.seed = figures, removals, seed
        even = np.ones(len(figures)) if weights is None else np.asarray(weights, float)
        self._cumulative = np.cumsum(even / even.sum())

    def view(self, number: int) -> View:
        """View ``number``, 0 or more."""
        rng = np.random.default_rng((self.seed, number))
        if len(self.removals) and rng.random() < _TRIPLETS:
            return self._triplet(self.removals[int(rng.integers(len(self.removals)))], rng)
        return self._self(self._pick(rng), rng)

    def _pick(self, rng: np.random.Generator) -> Figure:
        return self.figures[min(int(np.searchsorted(self._cumulative, rng.random())), len(self.figures) - 1)]

    def _self(self, figure: Figure, rng: np.random.Generator) -> View:
        matrix, keypoints = _random_window(figure.keypoints, rng)
        labels = _cut_by_frame(cut_labels(figure.labels, matrix), keypoints, rng)
        category, new = _category(labels, keypoints, rng)
        depth = _depth(keypoints)
        below = depth > 0.9 if category in ("upper", "outer") else None
        truth = np.where(labels == OUTSIDE, np.uint8(UNKNOWN), classes(labels, new, below))
        worn = laid_back(labels, truth, keypoints, category, rng, self._outline(rng))
        hole = erased(labels, truth, keypoints, category, rng, self._clothes(rng, category))
        return _view(labels, hole, worn, keypoints, category, truth, rng)

    def _triplet(self, removal: Removal, rng: np.random.Generator) -> View:
        matrix, keypoints = _random_window(removal.keypoints, rng)
        labels = _cut_by_frame(cut_labels(removal.labels, matrix), keypoints, rng)
        truth = _nearest(removal.truth, matrix)
        hole = (_nearest(removal.hole.view(np.uint8), matrix) > 0) & (labels != OUTSIDE)
        worn = np.stack([cv2.warpAffine(plane, matrix, GRID[::-1]) for plane in removal.worn])
        worn = other_sides(worn) if matrix[0, 0] < 0 else worn
        return _view(labels, hole, worn, keypoints, removal.category, truth, rng)

    def _outline(self, rng: np.random.Generator) -> np.ndarray:
        """``(H, W)`` ``bool``: hair, bag and bare arms of somebody, in their window."""
        other = self._pick(rng)
        labels = cut_labels(other.labels, window(other.keypoints))
        skin = (labels == Label.SKIN) & (np.arange(GRID[0])[:, None] > window(other.keypoints)[1] @ _neck(other))
        return mask_of(labels, Label.HAIR, Label.BAG) | skin

    def _clothes(self, rng: np.random.Generator, category: Category) -> np.ndarray:
        """``(H, W)`` ``bool``: what somebody wears on the upper body, or all of it, in their window."""
        other = self._pick(rng)
        clothes = UPPER_BODY if category in ("upper", "outer") else (*UPPER_BODY, *LOWER_BODY)
        return mask_of(cut_labels(other.labels, window(other.keypoints)), *clothes)


def _neck(figure: Figure) -> np.ndarray:
    return np.append(figure.keypoints[sk.NECK, :2], 1.0)


def _nearest(picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return cv2.warpAffine(picture, matrix, GRID[::-1], flags=cv2.INTER_NEAREST)


def _random_window(keypoints: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The window, moved and turned a little and mirrored half of the time, and the key points in it."""
    matrix = window(keypoints)
    scale, angle = np.exp(rng.normal(0, 0.08)), rng.normal(0, 0.06)
    mirrored = -1.0 if rng.random() < 0.5 else 1.0
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array(((cos * mirrored, -sin), (sin * mirrored, cos)))
    middle = np.array((GRID[1] - 1, GRID[0] - 1)) / 2
    shift = middle + rng.normal(0, 2.0, 2) - linear @ middle
    matrix = np.column_stack((linear @ matrix[:, :2], linear @ matrix[:, 2] + shift))
    moved = sk.transform(keypoints, matrix)
    return matrix, moved[sk.MIRROR] if mirrored < 0 else moved


def _cut_by_frame(labels: np.ndarray, keypoints: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The labels of a photo that ends at the neck, or between waist and knees, as shops cut them."""
    if rng.random() > _CATALOG:
        return labels
    neck, unit = keypoints[sk.NECK, 1], torso_size(keypoints)
    top, bottom = 0, GRID[0]
    if rng.random() < 0.4:
        top = max(0, round(neck - unit * rng.uniform(0.05, 0.5)))
    if rng.random() < 0.8 or not top:
        bottom = min(GRID[0], round(neck + unit * rng.uniform(0.8, 1.9)))
    out = labels.copy()
    out[:top] = out[bottom:] = OUTSIDE
    lost = (keypoints[:, 1] < top) | (keypoints[:, 1] >= bottom)
    lost[[sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP]] = False  # completed, as in use
    keypoints[lost] = 0
    return out


def _category(labels: np.ndarray, keypoints: np.ndarray, rng: np.random.Generator) -> tuple[Category, tuple[int, ...]]:
    """What is put on and the labels of it; an outfit of nothing where nobody can say."""
    shown = np.where(labels == OUTSIDE, np.uint8(0), labels)
    asked = "auto" if rng.random() < _AUTO else str(rng.choice(("lower", "outfit", "auto")))
    for one in (asked, "auto", "outfit"):
        try:
            category, new = choose(shown, keypoints, one)
        except GarmentNotFoundError:
            continue
        return category, new
    return "outfit", tuple(map(int, (*UPPER_BODY, *LOWER_BODY)))


def _depth(keypoints: np.ndarray) -> np.ndarray:
    """``(H, W)``: torso lengths below the neck."""
    hips = keypoints[[sk.R_HIP, sk.L_HIP], :2].mean(0)
    axis = hips - keypoints[sk.NECK, :2]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-6) / torso_size(keypoints)
    rows, columns = np.ogrid[: GRID[0], : GRID[1]]
    return (columns - keypoints[sk.NECK, 0]) * axis[0] + (rows - keypoints[sk.NECK, 1]) * axis[1]


def _view(
    labels: np.ndarray,
    hole: np.ndarray,
    worn: np.ndarray,
    keypoints: np.ndarray,
    category: Category,
    truth: np.ndarray,
    rng: np.random.Generator,
) -> View:
    """The view, its labels as a parser draws them."""
    changes = (hole | (worn[:4] > 0).any(0)) & (labels != OUTSIDE)
    # What is to come off and stays on below a hem, say, is nobody's decision here.
    nobodys = (labels == OUTSIDE) | (~changes & (truth != labels))
    truth = np.where(nobodys, np.uint8(UNKNOWN), truth)
    parsed = as_parsed(labels, rng, OUTSIDE)
    return View(layout_input(parsed, hole | (parsed == UNKNOWN), worn, keypoints, category), truth, changes)
