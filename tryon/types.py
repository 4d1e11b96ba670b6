"""What the stages hand to each other. Sizes are ``(height, width)``, points ``(x, y)``, boxes ``(x0, y0, x1, y1)``.

Pictures are RGB ``uint8`` ``(H, W, 3)``. Key points are ``float32`` ``(18, 3)``: x, y in pixels of the picture
(the center of the top left pixel is 0, 0) and a confidence in [0, 1], 0 for a missing point; order as in
:mod:`tryon.body.skeleton`. Label maps are ``uint8`` ``(H, W)`` of :class:`tryon.core.labels.Label`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import cv2
import numpy as np

from tryon.body.body import Body
from tryon.body.stance import Facing
from tryon.core.frame import Frame

Category = Literal["upper", "outer", "dress", "lower", "outfit"]
Box = tuple[int, int, int, int]
Below = Literal["torso", "skirt", "legs"]
"""What hangs below the hips of a garment: nothing but its hem, one skirt, or two legs."""
Tuck = Literal["auto", "in", "out"]

WORKING_SIDE = 1280
"""Pixels of the longer side of a :class:`CloseView`: larger photos are carried up to their own size at the end."""
_MARGIN = 0.12  # around a person, of the larger side of their box


@dataclass(frozen=True, eq=False, slots=True)
class PersonSample:
    """One labeled picture of a person, as the data adapters give it and the training tasks take it."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    keypoints: np.ndarray
    """``(18, 3)`` ``float32`` x, y, visibility; visibility 0 is unknown."""
    parsing: np.ndarray | None
    """``(H, W)`` ``uint8`` label map, or ``None`` where the data set has none."""
    name: str = ""
    identity: str = ""
    """Who it is, where the data set says so: no identity may stand in two splits."""


@dataclass(frozen=True, eq=False, slots=True)
class PairSample:
    """One person in the same clothes, twice: in two poses, or before and after a change."""

    source: PersonSample
    target: PersonSample
    flow: np.ndarray | None = None
    """``(H, W, 2)`` ``float32`` in the frame of ``target``: target pixel + flow = source pixel of the same point of
    the surface; NaN where no surface is seen. ``None`` where the data set does not know it."""
    visible: np.ndarray | None = None
    """``(H, W)`` ``bool`` in the frame of ``target``: the surface point is seen in ``source``, too."""
    name: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class TripletSample:
    """A try-on whose result is known: a person, somebody else in other clothes, and the person in those."""

    person: PersonSample
    garment: PersonSample
    """The other person, who wears the garment; or the garment alone, lying flat."""
    target: PersonSample
    """The person in the pose of ``person``, wearing the clothes of ``garment``; where that lies flat, all else that is
    worn is as in ``person``."""
    flow: np.ndarray | None = None
    """As in :class:`PairSample`, from ``target`` to ``garment``, on the surface of the clothes."""
    visible: np.ndarray | None = None
    name: str = ""


@dataclass(frozen=True, eq=False)
class CloseView:
    """A person cut out of their photo, at a size at which masks and maps are found; arrays are in its ``frame``."""

    frame: Frame
    photo: np.ndarray
    """``(h, w, 3)`` ``uint8`` RGB."""
    keypoints: np.ndarray
    """``(18, 3)`` ``float32``."""
    parsing: np.ndarray
    """``(h, w)`` ``uint8`` label map."""

    @cached_property
    def body(self) -> Body:
        """Where the parts of the body are in this view."""
        return Body(self.keypoints, self.parsing.shape)


@dataclass(frozen=True, eq=False)
class Person:
    """A person photo that was read: everything the later stages need, in pixels of the whole photo."""

    photo: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    keypoints: np.ndarray
    """``(18, 3)`` ``float32``."""
    parsing: np.ndarray
    """``(H, W)`` ``uint8`` label map of this person alone; other people are background."""
    box: Box
    """The person's part of the photo that the networks read closely."""
    facing: Facing = "front"
    seated: bool = False
    warnings: tuple[str, ...] = ()
    kinds: np.ndarray | None = None
    """Of a garment that nobody wears, posed as if somebody did: ``(8,)`` probabilities of
    :data:`tryon.read.flat.kinds.KINDS`. ``None`` for a person."""
    reposed: np.ndarray | None = None
    """``(H, W)`` ``bool``, of a person brought into another pose or before another background: the region that this
    might change, decided before anything was painted; all other pixels are those of the photo before. ``None`` for a
    photo as it was read."""

    @cached_property
    def body(self) -> Body:
        """Where the parts of the body are in the photo."""
        return Body(self.keypoints, self.parsing.shape)

    @cached_property
    def close(self) -> CloseView:
        """The person cut out of the photo with a margin, no larger than :data:`WORKING_SIDE`."""
        height, width = self.photo.shape[:2]
        x0, y0, x1, y1 = self.box
        margin = round(_MARGIN * max(x1 - x0, y1 - y0))
        # A long dress may reach lower than what is seen of the legs.
        box = max(0, x0 - margin), max(0, y0 - margin), min(width, x1 + margin), min(height, y1 + 3 * margin)
        frame = Frame.of(box, WORKING_SIDE)
        parsing = frame.cut(self.parsing, cv2.INTER_NEAREST_EXACT)
        return CloseView(frame, frame.cut(self.photo), frame.points(self.keypoints), parsing)


@dataclass(frozen=True, eq=False, slots=True)
class Garment:
    """A garment to put on: a posed garment, worn by the person of ``source``."""

    source: Person
    category: Category
    """What was asked for, with ``auto`` resolved."""
    labels: tuple[int, ...]
    """The classes of ``source.parsing`` that are carried over."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Swap:
    """Which garments change hands: what :func:`tryon.outfit.plan` decides before any pixel is moved."""

    upper: tuple[int, ...]
    """Classes that are carried over and hang from the shoulders."""
    lower: tuple[int, ...]
    """Classes that are carried over and hang from the hips."""
    off: np.ndarray
    """``(h, w)`` ``bool`` in the close view of who is dressed: what is taken off for them."""
    must_cover: np.ndarray
    """``(h, w)`` ``bool``: hips and legs that ``off`` covered."""
    parsing: np.ndarray
    """``(h, w)`` label map of the garment's wearer in their close view, by which garments are divided here."""
    own: np.ndarray
    """``(h, w)`` ``bool``: trousers, skirt and lower part of a dress as far as they are seen, where the person keeps
    them on and they go on under what is taken off."""
    tuck: Tuck
    """Whether ``upper`` ends in the waistband or hangs over it; ``auto`` as its wearer has it."""
    hang: Below = "torso"
    """How ``upper`` ends."""
    legs: int | None = None
    """What the legs show below ``off``, and where that hid them: skin, stockings or trousers."""
    bring: tuple[int, ...] = ()
    """Classes for the lower body that come along, should ``upper`` leave bare what has to be covered."""


@dataclass(frozen=True, eq=False, slots=True)
class TryOnResult:
    """What one try-on made. Arrays are in the frame of the person photo."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB, the person wearing the garment."""
    mask: np.ndarray
    """``(H, W)`` ``bool``: the region that may change, decided before anything is painted, where the person was
    normalized first, with the region of that; all other pixels are those of the photo, bit for bit."""
    warped_garment: np.ndarray
    """``(H, W, 4)`` ``uint8`` RGBA, the garment carried over to the person."""
    flow: np.ndarray
    """``(H, W, 2)`` ``float32``: for each pixel of the person photo, the offset in x and y, in pixels of the
    garment photo, such that garment pixel = person pixel + flow; NaN where nothing was carried over."""
    person: Person
    garment: Garment
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds for each stage."""
    warnings: tuple[str, ...] = ()
