"""A person whose clothes are painted over, as if they wore something else: for samples whose truth is the photo."""

from dataclasses import replace

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.proportions import WAIST
from tryon.body.skeleton import transform
from tryon.body.torso import complete_torso
from tryon.core.labels import LOWER_BODY, UNKNOWN, Label, mask_of
from tryon.outfit import UPPER_BODY
from tryon.render.layout.erase import erased
from tryon.render.layout.inputs import GRID, OUTSIDE, cut_labels, window
from tryon.render.layout.views import classes
from tryon.types import Category, PersonSample

_OLD: dict[Category, tuple[Label, ...]] = {
    "upper": (Label.UPPER, Label.OUTER),
    "outer": (Label.OUTER,),
    "dress": (Label.DRESS, Label.OUTER),
    "lower": (Label.PANTS, Label.SKIRT),
    "outfit": (Label.OUTER, Label.DRESS),
}
"""What is painted over the person may be: each comes off for a garment of the category."""
_HIDES = (Label.HAIR, Label.BAG)


def painted_over(
    sample: PersonSample, other: PersonSample, category: Category, new: tuple[int, ...], rng: np.random.Generator
) -> PersonSample:
    """The person in something else of one color: over the garment that is to be put back on, and beyond it.

    Args:
        sample: a labeled photo.
        other: somebody whose clothes give an outline.
        category: of the garment that is put back on.
        new: its labels.
        rng: of the shapes and colors.

    Raises:
        PersonNotFoundError: the shoulders of one of them are missing.
    """
    assert sample.parsing is not None
    points, matrix = _window(sample)
    labels = cut_labels(sample.parsing, matrix)
    neck, hips = points[sk.NECK, 1], points[[sk.R_HIP, sk.L_HIP], 1].mean()
    depth = (np.arange(GRID[0])[:, None] - neck) / max(hips - neck, 1.0)
    below = np.broadcast_to(depth > WAIST, GRID) if category in ("upper", "outer") else None
    truth = np.where(labels == OUTSIDE, np.uint8(UNKNOWN), classes(labels, new, below))
    kinds = UPPER_BODY if category in ("upper", "outer") else (*UPPER_BODY, *LOWER_BODY)
    hole = erased(labels, truth, points, category, rng, _outline(other, *kinds))
    size = sample.parsing.shape
    back = cv2.warpAffine(hole.astype(np.float32), matrix, size[::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    old = back > 0.5
    color = rng.uniform(10, 245, 3) + cv2.resize(rng.normal(0, 12, (9, 6)), size[::-1])[..., None]
    image, parsing = sample.image.copy(), sample.parsing.copy()
    image[old] = np.clip(color + rng.normal(0, 4, (*size, 1)), 0, 255)[old].astype(np.uint8)
    parsing[old] = rng.choice([int(label) for label in _OLD[category]])
    return replace(sample, image=image, parsing=parsing)


def partly_hidden(sample: PersonSample, other: PersonSample) -> PersonSample:
    """The wearer of a garment behind somebody else's hair, bag and arms, which lie where they do on that person.

    Raises:
        PersonNotFoundError: the shoulders of one of them are missing.
    """
    assert sample.parsing is not None
    assert other.parsing is not None
    neck = transform(other.keypoints, _window(other)[1])[sk.NECK, 1]
    hides = _outline(other, *_HIDES) | (_outline(other, Label.SKIN) & (np.arange(GRID[0])[:, None] > neck))
    matrix = _window(sample)[1]
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    hidden = cv2.warpAffine(hides.view(np.uint8), matrix, sample.parsing.shape[::-1], flags=flags) > 0
    hidden &= mask_of(sample.parsing, *UPPER_BODY, *LOWER_BODY)
    image, parsing = sample.image.copy(), sample.parsing.copy()
    image[hidden], parsing[hidden] = 128, Label.BAG
    return replace(sample, image=image, parsing=parsing)


def _window(sample: PersonSample) -> tuple[np.ndarray, np.ndarray]:
    """Key points in the window, with a complete torso, and the way there."""
    points = complete_torso(sample.keypoints)[0]
    matrix = window(points)
    return transform(points, matrix), matrix


def _outline(sample: PersonSample, *labels: Label) -> np.ndarray:
    assert sample.parsing is not None
    return mask_of(cut_labels(sample.parsing, _window(sample)[1]), *labels)
