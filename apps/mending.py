"""What a visitor corrects of a reading: masks with a brush, key points by moving them. Nothing is read again."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.stance import facing, seated
from tryon.core.errors import ConfigError, TryOnError, about
from tryon.core.labels import GARMENTS, LOWER_BODY, Label, mask_of
from tryon.outfit import CATEGORIES, UPPER_BODY, BelowPolicy, Inner, choose, plan
from tryon.types import Garment, Person

POINTS = range(sk.NOSE, sk.L_ANKLE + 1)
"""The key points that can be moved: all but eyes and ears, from which nothing hangs."""
MAX_STROKES, MAX_STROKE_POINTS = 200, 500
_LARGEST_BRUSH = 0.25  # of the photo's width
_LEAST_TORSO = 0.5  # of the torso as it was read
_TORN = "the corrections cannot be understood; undo all and begin anew"
# Worn in front of everything new, and no other rule is about them.
_STAYS = Label.SHOES


@dataclass(frozen=True)
class Stroke:
    """One movement of the brush over a photo."""

    adds: bool
    """To the garment, old or new; otherwise it is taken away from it."""
    radius: float
    """As a share of the photo's width."""
    points: tuple[tuple[float, float], ...]
    """x and y as shares of the photo's width and height."""


@dataclass(frozen=True)
class Correction:
    """All that is corrected of one photo. Empty, it changes nothing."""

    strokes: tuple[Stroke, ...] = ()
    points: tuple[tuple[int, float, float], ...] = ()
    """Key points that were moved: index, and x and y as shares of the photo's width and height."""

    def __bool__(self) -> bool:
        return bool(self.strokes or self.points)


def read_correction(told: Any) -> Correction:
    """A correction as the page's script tells it.

    Raises:
        ConfigError: it is none, or larger than :data:`MAX_STROKES` strokes of :data:`MAX_STROKE_POINTS` points.
    """
    try:
        strokes = tuple(
            Stroke(bool(one["adds"]), float(one["radius"]), tuple((float(x), float(y)) for x, y in one["points"]))
            for one in told["strokes"]
        )
        points = tuple((int(index), float(x), float(y)) for index, x, y in told["points"])
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(_TORN) from error
    numbers = np.array([xy for stroke in strokes for xy in stroke.points] + [one[1:] for one in points], np.float64)
    if (
        not all(stroke.points and 0 < stroke.radius <= _LARGEST_BRUSH for stroke in strokes)
        or not all(index in POINTS for index, _, _ in points)
        or not ((numbers >= 0) & (numbers <= 1)).all()
    ):
        raise ConfigError(_TORN)
    if len(strokes) > MAX_STROKES or any(len(stroke.points) > MAX_STROKE_POINTS for stroke in strokes):
        raise ConfigError(f"more than {MAX_STROKES} strokes were drawn; undo some of them")
    return Correction(strokes, points)


def mended_person(person: Person, correction: Correction, category: str) -> Person:
    """Who is dressed, corrected.

    Args:
        person: as read.
        correction: strokes add to what is taken off, or say what stays in front.
        category: of the new garment, resolved; it tells what is taken off.

    Raises:
        ConfigError: the moved points leave no torso.
    """
    # What is painted comes off, of whichever garment it is: of a dress, the skirt would stay.
    off = _most_common(person.parsing, LOWER_BODY) if category == "lower" else int(Label.OUTER)
    return _mended(person, correction, off, _STAYS)


def mended_wearer(wearer: Person, correction: Correction, category: str) -> Person:
    """Who wears the garment, or a garment that nobody wears, corrected.

    Args:
        wearer: as read.
        correction: strokes add to the garment, or take away from it.
        category: of :data:`tryon.outfit.CATEGORIES`.

    Raises:
        ConfigError: the moved points leave no torso.
        GarmentNotFoundError: a wearer in underwear or swimwear, which no correction makes a garment.
    """
    assert category in CATEGORIES
    if not correction:
        return wearer
    if wearer.kinds is not None:
        return _mended(wearer, correction, int(wearer.parsing.max()), Label.BACKGROUND)
    from tryon.read.worn import refuse_scanty  # Here, because it imports torch: the page is drawn before.

    with about("garment photo"):
        refuse_scanty(wearer)
    garment = {
        "upper": (Label.UPPER,), "outer": (Label.OUTER,), "dress": (Label.DRESS,), "lower": LOWER_BODY,
    }.get(category, UPPER_BODY[:3])  # fmt: skip
    return _mended(wearer, correction, _most_common(wearer.parsing, garment), Label.BACKGROUND)


def old_garment(person: Person, garment: Garment, below: BelowPolicy, inner: Inner) -> np.ndarray:
    """``(H, W)`` ``bool``: what is taken off a person for a garment, before any correction."""
    frame, out = person.close.frame, np.zeros(person.parsing.shape, bool)
    off = plan(person, garment, below, inner=inner).off
    out[frame.window] = frame.enlarge(off.astype(np.uint8), cv2.INTER_NEAREST_EXACT) > 0
    return out


def new_garment(wearer: Person, category: str) -> np.ndarray:
    """``(H, W)`` ``bool``: what is carried over from a garment photo; all garments where that is not clear."""
    if wearer.kinds is not None:
        return wearer.parsing > 0
    try:
        return mask_of(wearer.parsing, *choose(wearer.parsing, wearer.keypoints, category)[1])
    except TryOnError:
        return mask_of(wearer.parsing, *GARMENTS)


def painted(strokes: tuple[Stroke, ...], size: tuple[int, int]) -> np.ndarray:
    """Strokes as pixels, a later one over an earlier one.

    Args:
        strokes: in the order in which they were drawn.
        size: height and width of the photo.

    Returns:
        ``(H, W)`` ``int8``: 1 where something is added, -1 where it is taken away, 0 elsewhere.
    """
    height, width = size
    out = np.zeros(size, np.int8)
    for stroke in strokes:
        xy = (*stroke.points, stroke.points[-1])  # of a single point, OpenCV draws no line
        points = np.round(np.array(xy) * (width, height) - 0.5).astype(np.int32)
        thickness = max(1, round(2 * stroke.radius * width))
        cv2.polylines(out, [points.reshape(-1, 1, 2)], False, 1 if stroke.adds else -1, thickness)
    return out


def _mended(person: Person, correction: Correction, added: int, taken: int) -> Person:
    """``added`` and ``taken`` are the labels of what strokes add and take away."""
    if correction.points:
        person = _moved(person, correction.points)
    if correction.strokes:
        paint = painted(correction.strokes, person.parsing.shape)
        parsing = np.where(paint > 0, np.uint8(added), person.parsing)
        person = replace(person, parsing=np.where(paint < 0, np.uint8(taken), parsing))
    return person


def _moved(person: Person, points: tuple[tuple[int, float, float], ...]) -> Person:
    height, width = person.parsing.shape
    keypoints = person.keypoints.copy()
    for index, x, y in points:
        keypoints[index] = x * width - 0.5, y * height - 0.5, 1.0
    if sk.torso_length(keypoints) < _LEAST_TORSO * sk.torso_length(person.keypoints):
        raise ConfigError(
            "the points that were moved leave less than half of the torso; put neck, shoulders and hips where they are"
        )
    moved = replace(person, keypoints=keypoints)
    return moved if person.kinds is not None else replace(moved, facing=facing(keypoints), seated=seated(keypoints))


def _most_common(parsing: np.ndarray, labels: tuple[Label, ...]) -> Label:
    """The first where there is none of them."""
    return max(labels, key=lambda label: int((parsing == label).sum()))
