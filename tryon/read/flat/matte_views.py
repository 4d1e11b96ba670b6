"""Random views of garments without a wearer: what the matte network is trained on.

Garments are photographed on beds, floors and doors, and shops show them on white; pictures are printed on some; photos
of people, of shoes, bags and heaps, and of nothing at all come to the same network. Every view is a function of the
seed and its number alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from tryon.read.flat.kinds import KINDS, NEITHER, WORN
from tryon.read.flat.points_views import PointedGarment
from tryon.read.flat.sample import UNKNOWN_KIND, FlatGarment
from tryon.read.flat.things import Thing, heap, laid
from tryon.read.printing import printed
from tryon.read.views import PersonViews, photometric

# Of the views; the others show people, or nothing.
_AS_PHOTOGRAPHED, _ON_OTHER_GROUND, _DRAWN, _THINGS = 0.4, 0.26, 0.13, 0.09
_PRINTED = 0.2  # of the photographed garments
_HEAPS = 0.3  # of the things
_WHITE = 0.2  # of the garments on another ground: white on white
_NECKLINE = 0.35  # of the height of a garment, from which on its inside is not seen any more
_ANGLE = 12.0, 25.0  # degrees: as photographed, and cut out


class MatteView(NamedTuple):
    """One view, and where its mattes are known."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    cloth: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1], the inside included."""
    inside: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]."""
    known: np.ndarray
    """``(2, H, W)`` ``bool``: where ``cloth`` and where ``inside`` are known."""
    shows: int
    """Class of what is shown, or -1."""


Draw = Callable[[np.random.Generator, np.ndarray | None], PointedGarment]


class MatteViews:
    """Random views ``n`` of garments without a wearer.

    Args:
        garments: kept in memory.
        people: views of people and of nothing; their backgrounds serve as other grounds.
        size: height and width of a view.
        seed: number that all views depend on.
        draw: draws a garment for a random generator, on a ground ``(H, W, 3)`` ``uint8`` where one is given.
        things: what is no garment to put on, and is shown beside heaps of the garments.
    """

    def __init__(
        self,
        garments: Sequence[FlatGarment],
        people: PersonViews,
        size: tuple[int, int],
        seed: int,
        draw: Draw,
        things: Sequence[Thing] = (),
    ):
        self._draw, self._things = draw, things
        self.garments, self.people, self.size, self.seed = list(garments), people, size, seed
        kinds = np.array([garment.kind for garment in garments])
        # Each kind as often as the others, half of the way: there are three times as many t-shirts as skirts.
        weights = np.bincount(kinds + 1)[kinds + 1] ** -0.5
        self._ends = np.cumsum(weights / weights.sum())
        self._photometric = photometric()

    def view(self, number: int) -> MatteView:
        """View ``number``."""
        rng = np.random.default_rng((self.seed, number))
        kind = rng.random()
        if kind < _AS_PHOTOGRAPHED:
            view = self._photo(self._printed(rng), rng)
        elif kind < _AS_PHOTOGRAPHED + _ON_OTHER_GROUND:
            view = self._cut_out(self._printed(rng), rng)
        elif kind < _AS_PHOTOGRAPHED + _ON_OTHER_GROUND + _DRAWN:
            ground = self.people.background(rng) if rng.random() < 0.5 else None
            drawn = self._draw(rng, ground)
            cloth = np.minimum(drawn.cloth + drawn.inside, 1)
            view = MatteView(drawn.image, cloth, drawn.inside, np.ones((2, *self.size), bool), UNKNOWN_KIND)
        elif kind < _AS_PHOTOGRAPHED + _ON_OTHER_GROUND + _DRAWN + _THINGS:
            view = self._thing(rng)
        else:
            return self._people(int(rng.integers(2**31)))
        self._photometric.set_random_seed(int(rng.integers(2**31)))
        return view._replace(image=self._photometric(image=view.image)["image"])

    def _pick(self, rng: np.random.Generator) -> FlatGarment:
        return self.garments[min(int(np.searchsorted(self._ends, rng.random())), len(self.garments) - 1)]

    def _printed(self, rng: np.random.Generator) -> FlatGarment:
        """A garment, sometimes with somebody printed on it."""
        garment = self._pick(rng)
        if rng.random() >= _PRINTED:
            return garment
        picture, _, parsing = self.people.view(int(rng.integers(2**31)))
        inside = 0 if garment.inside is None else garment.inside.astype(np.float32)
        front = ((garment.matte - inside) / 255).clip(0, 1).astype(np.float32)
        somebody = cv2.GaussianBlur((parsing > 0).astype(np.float32), (3, 3), 0)
        return replace(garment, image=printed(garment.image, front, picture, somebody, rng))

    def _thing(self, rng: np.random.Generator) -> MatteView:
        """What is no garment to put on, on white or on another ground; whether it is cloth is left open."""
        if not self._things or rng.random() < _HEAPS:
            thing = heap(self.garments, rng)
        else:
            thing = self._things[int(rng.integers(len(self._things)))]
        paper = np.full((*self.size, 3), rng.uniform(225, 255), np.uint8)
        image = laid(thing, paper if rng.random() < 0.4 else self.people.background(rng), rng)
        nothing = np.zeros(self.size, np.float32)
        return MatteView(image, nothing, nothing, np.zeros((2, *self.size), bool), NEITHER)

    def _people(self, number: int) -> MatteView:
        image, _, parsing = self.people.view(number)
        nothing = np.zeros(self.size, np.float32)
        shown = bool(parsing.any())
        return MatteView(image, nothing, nothing, np.full((2, *self.size), not shown), WORN if shown else NEITHER)

    def _photo(self, garment: FlatGarment, rng: np.random.Generator) -> MatteView:
        """A part of the photo that has nearly all of the garment, its sides a little stretched."""
        height, width = garment.matte.shape
        x0, y0, x1, y1 = box_of(garment.matte)
        beyond = rng.uniform(-0.06, 1.0, 4)  # of the way from the garment's box to the photo's edge
        left, top = x0 - beyond[0] * max(x0, 0.05 * width), y0 - beyond[1] * max(y0, 0.05 * height)
        right = x1 + beyond[2] * max(width - x1, 0.05 * width)
        bottom = y1 + beyond[3] * max(height - y1, 0.05 * height)
        span = np.array((right - left, bottom - top))
        long = span.max()
        span = np.maximum(span, long / rng.uniform(1.1, 1.7))
        matrix = _similarity(
            np.array(((left + right) / 2, (top + bottom) / 2)), np.array(self.size[::-1]) / span,
            np.radians(rng.uniform(-1, 1) * _ANGLE[0]), rng.random() < 0.5, np.array(self.size[::-1]) / 2,
        )  # fmt: skip
        image, matte, inside, known = _moved(garment, matrix, self.size, cv2.BORDER_REFLECT_101)
        return MatteView(image, matte, inside, known, garment.kind)

    def _cut_out(self, garment: FlatGarment, rng: np.random.Generator) -> MatteView:
        """The garment on another ground, often white on white, with a soft shadow."""
        height, width = self.size
        x0, y0, x1, y1 = box_of(garment.matte)
        scale = rng.uniform(0.4, 1.05) * min(height / (y1 - y0), width / (x1 - x0))
        stretch = np.exp(rng.normal(0, 0.1, 2))
        place = np.array((width, height)) * (0.5 + rng.uniform(-0.08, 0.08, 2))
        matrix = _similarity(
            np.array(((x0 + x1) / 2, (y0 + y1) / 2)), scale * stretch,
            np.radians(rng.normal(0, 0.4) * _ANGLE[1]), rng.random() < 0.5, place,
        )  # fmt: skip
        image, matte, inside, known = _moved(garment, matrix, self.size, cv2.BORDER_REPLICATE)
        # What is half cloth, half old ground at the outline stays behind.
        matte = np.clip(cv2.erode(matte, np.ones((3, 3), np.uint8)) * 1.3 - 0.15, 0, 1)
        white = rng.random() < _WHITE
        if white or rng.random() < 0.25:
            ground = np.broadcast_to(np.float32(rng.uniform(225, 255) + rng.normal(0, 3, 3)), image.shape)
            grade = np.linspace(0, rng.uniform(-20, 5), height)[:, None, None]
            ground = np.clip(ground + grade, 0, 255)
        else:
            ground = self.people.background(rng).astype(np.float32)
        if white:
            gray = image.mean(2, keepdims=True)
            middle = np.median(gray[matte > 0.5]) if (matte > 0.5).any() else 128
            image = np.clip(rng.uniform(215, 250) + rng.uniform(0.3, 0.8) * (gray - middle), 0, 255)
            image = image + rng.normal(0, 3, 3)
        image = image.astype(np.float32)
        shift = np.array(((1, 0, rng.normal(0, 0.012) * width), (0, 1, rng.uniform(0, 0.02) * height)), np.float32)
        shadow = cv2.GaussianBlur(
            cv2.warpAffine(matte, shift, (width, height)), (0, 0), width * rng.uniform(0.005, 0.04)
        )
        ground = ground * (1 - rng.uniform(0, 0.5) * shadow[..., None])
        alpha = matte[..., None]
        picture = np.clip(image * alpha + ground * (1 - alpha), 0, 255).astype(np.uint8)
        return MatteView(picture, matte, inside, known, garment.kind)


def box_of(matte: np.ndarray) -> tuple[int, int, int, int]:
    """The box of what is mostly cloth; the whole picture, where nothing is.

    Args:
        matte: ``(H, W)`` ``uint8``.
    """
    cloth = matte > 127
    if not cloth.any():
        return 0, 0, matte.shape[1], matte.shape[0]
    rows, columns = np.flatnonzero(cloth.any(1)), np.flatnonzero(cloth.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _similarity(center: np.ndarray, scale: np.ndarray, angle: float, mirrored: bool, place: np.ndarray) -> np.ndarray:
    """``(2, 3)``: ``center`` goes to ``place``, stretched by ``scale`` along x and y, then turned."""
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array(((cos, -sin), (sin, cos))) @ np.diag(scale * ((-1, 1) if mirrored else (1, 1)))
    return np.column_stack((linear, place - linear @ center))


def _moved(
    garment: FlatGarment, matrix: np.ndarray, size: tuple[int, int], border: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Picture, cloth and inside ``float32`` in [0, 1], and where they are known, through an affine map."""
    inside = np.zeros_like(garment.matte) if garment.inside is None else garment.inside
    layers = [garment.image, garment.matte, inside, _no_inside(garment)]
    shrink = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if shrink < 0.7:  # or it would alias
        old = garment.matte.shape
        layers = [cv2.resize(one, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) for one in layers]
        back = np.array((old[1] / layers[1].shape[1], old[0] / layers[1].shape[0]))
        matrix = np.column_stack((matrix[:, :2] * back, matrix[:, 2] + matrix[:, :2] @ (0.5 * back - 0.5)))
    around = border if border == cv2.BORDER_REFLECT_101 else cv2.BORDER_CONSTANT
    image, cloth, inside, without = (
        cv2.warpAffine(one, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=border if i == 0 else around)
        for i, one in enumerate(layers)
    )
    known = np.stack((np.ones(size, bool), (without > 127) | (garment.inside is not None)))
    return image, cloth.astype(np.float32) / 255, inside.astype(np.float32) / 255, known


def _no_inside(garment: FlatGarment) -> np.ndarray:
    """``(H, W)`` ``uint8``: 255 where a garment cannot show its inside: far below the neckline, unless it opens in
    front as coats and jackets do; and where there is no cloth."""
    out = np.where(garment.matte < 64, np.uint8(255), np.uint8(0))
    if garment.kind != UNKNOWN_KIND and KINDS[garment.kind].category != "outer":
        _, top, _, bottom = box_of(garment.matte)
        out[round(top + _NECKLINE * (bottom - top)) :] = 255
    return out
