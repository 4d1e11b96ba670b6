"""Pictures printed on cloth: a photo of somebody, with its ground or cut out, as on many t-shirts."""

from dataclasses import replace

import cv2
import numpy as np

from tryon.core.labels import UNKNOWN, Label, mask_of
from tryon.types import PersonSample

_WIDTH = 0.25, 0.85  # of the garment
_PAPER = 0.4  # of the prints: the person cut out, on a plain ground
_LIKE_THE_GROUND = 0.4  # of the plain grounds
_BARE = 0.35  # of the prints: the person cut out, on the cloth itself
_BUST = 0.5  # of the people on people: head and shoulders alone
_BUST_HEIGHT = 0.12, 0.4  # of the person


def printed(
    image: np.ndarray, front: np.ndarray, picture: np.ndarray, person: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """A garment with a picture printed on it, which takes on the light and the folds of the cloth.

    Args:
        image: ``(H, W, 3)`` ``uint8`` RGB of the garment.
        front: ``(H, W)`` ``float32`` in [0, 1], its cloth without the inside.
        picture: ``(h, w, 3)`` ``uint8`` RGB, what is printed.
        person: ``(h, w)`` ``float32`` in [0, 1], where somebody is on it.
        rng: chooses what of it is printed, how large and where.

    Returns:
        ``(H, W, 3)`` ``uint8`` RGB.
    """
    rows, columns = np.flatnonzero((front > 0.5).any(1)), np.flatnonzero((front > 0.5).any(0))
    if not len(rows):
        return image
    low, high = np.array((columns[0], rows[0])), np.array((columns[-1] + 1, rows[-1] + 1))
    picture, person = _around(picture, person, rng)
    h, w = person.shape
    scale = rng.uniform(*_WIDTH) * (high - low) / (w, h)
    scale = scale if rng.random() < 0.3 else np.full(2, scale.min())
    place = low + (high - low) * rng.uniform((0.4, 0.35), (0.6, 0.6))
    matrix = np.column_stack((np.diag(scale), place - scale * (w / 2, h / 2)))

    ink, kind = np.ones((h, w), np.float32), rng.random()
    if kind < _BARE:
        ink = person
    elif kind < _BARE + _PAPER:
        around = image[front < 0.1]
        # Of the color of what the garment lies on, a print is hardest to tell from a hole.
        like_the_ground = len(around) and rng.random() < _LIKE_THE_GROUND
        paper = np.median(around, axis=0) if like_the_ground else np.full(3, rng.uniform(0, 255))
        paper = paper + rng.normal(0, 6, 3)
        picture = (picture * person[..., None] + paper * (1 - person[..., None])).clip(0, 255).astype(np.uint8)
    size = image.shape[1::-1]
    drawn = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_AREA) * front * rng.uniform(0.8, 1)
    gray = image.mean(2)
    light = (gray + 40) / (cv2.GaussianBlur(gray, (0, 0), size[0] / 12) + 40)
    drawn *= light[..., None].clip(0.6, 1.3)
    return np.clip(drawn * alpha[..., None] + image * (1 - alpha[..., None]), 0, 255).astype(np.uint8)


def printed_on(one: PersonSample, other: PersonSample, rng: np.random.Generator) -> PersonSample:
    """Somebody, with somebody else printed on what they wear above the waist.

    Args:
        one: with a label map, which stays as it is; so do the key points.
        other: with a label map.
        rng: as for :func:`printed`.
    """
    assert one.parsing is not None
    assert other.parsing is not None
    front = mask_of(one.parsing, Label.UPPER, Label.OUTER, Label.DRESS).astype(np.float32)
    somebody = ((other.parsing > 0) & (other.parsing != UNKNOWN)).astype(np.float32)
    rows = np.flatnonzero(somebody.any(1))
    if len(rows) and rng.random() < _BUST:
        below = rows[0] + 1 + round(rng.uniform(*_BUST_HEIGHT) * (rows[-1] - rows[0]))
        return replace(one, image=printed(one.image, front, other.image[:below], somebody[:below], rng))
    return replace(one, image=printed(one.image, front, other.image, somebody, rng))


def _around(picture: np.ndarray, person: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture about the person; all of it, where nobody is."""
    rows, columns = np.flatnonzero((person > 0.5).any(1)), np.flatnonzero((person > 0.5).any(0))
    if not len(rows):
        return picture, person
    around = np.array(((rows[0], rows[-1]), (columns[0], columns[-1])), float)
    around += np.ptp(around, axis=1, keepdims=True) * rng.uniform((-0.5, 0), (-0.02, 0.5), (2, 2))
    (top, bottom), (left, right) = around.round().astype(int).clip(0, np.array(person.shape)[:, None] - 1)
    part = np.s_[top : bottom + 1, left : right + 1]
    return picture[part], person[part]
