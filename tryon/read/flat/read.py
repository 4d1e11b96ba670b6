"""Reading a garment that nobody wears: cut it out, name it, find its points, and pose it like a worn one."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tryon.core.engine import Network, load, ready
from tryon.core.errors import GarmentNotFoundError
from tryon.read.flat.garment import kinds_with_points, wearer_points
from tryon.read.flat.kinds import KINDS
from tryon.read.flat.matte import FlatReading, read_matte, shows_nothing, shows_wearer, what_is_shown
from tryon.read.flat.matte_network import MATTE
from tryon.read.flat.points import read_points
from tryon.read.flat.points_network import POINTS
from tryon.read.flat.turned import turned_notes
from tryon.types import Person

_OPAQUE = 0.5
_CONTACT = 0.1  # longer sides of the garment: how much of an edge of the photo it must touch to be cut off by it


class FlatReader:
    """The two networks that read garments without a wearer.

    Args:
        matte: cuts the garment out and names its kind.
        points: finds where its joints and corners are.
    """

    def __init__(self, matte: Network, points: Network):
        self.matte, self.points = ready(matte), ready(points)

    @classmethod
    def from_pretrained(cls, weights: str | Path | None = None) -> "FlatReader":
        """Load the released networks, or those in the folders ``matte`` and ``points`` of ``weights``.

        Raises:
            CheckpointError: weights are missing, damaged or of another network.
        """
        folder = None if weights is None else Path(weights)
        return cls(load(MATTE, folder and folder / "matte"), load(POINTS, folder and folder / "points"))

    def nobody_wears(self, photo: np.ndarray) -> bool:
        """Whether a photo ``(H, W, 3)`` ``uint8`` shows a garment, and nobody who wears it."""
        return _alone(what_is_shown(self.matte, photo))

    def look(self, photo: np.ndarray) -> tuple[bool, tuple[str, ...]]:
        """As :meth:`nobody_wears`, and a note where such a photo seems to be turned.

        Raises:
            PhotoTurnedError: it shows somebody who wears the garment once it is turned.
        """
        shows = what_is_shown(self.matte, photo)
        return (True, turned_notes(self.matte, photo, shows)) if _alone(shows) else (False, ())

    def refuse_nothing(self, photo: np.ndarray) -> None:
        """Refuse a photo ``(H, W, 3)`` ``uint8`` of something else altogether.

        Raises:
            PhotoTurnedError: it shows one once it is turned.
            GarmentNotFoundError: it shows neither a garment nor somebody who wears one.
        """
        shows = what_is_shown(self.matte, photo)
        if shows_nothing(shows):
            turned_notes(self.matte, photo, shows)  # raises where it shows something once it is turned
            raise GarmentNotFoundError(
                "neither a garment nor somebody who wears one was made out; a garment has to be spread out and seen "
                "whole, and shoes, bags, hats, underwear and heaps of cloth are not put on; use another photo, or "
                "choose --garment-photo flat where this is one"
            )

    def cut_out(self, photo: np.ndarray, item: int | None = None) -> tuple[FlatReading, np.ndarray]:
        """The garment of a photo, and its points ``(25, 3)`` as in :mod:`tryon.read.flat.point_names`.

        Args and errors as of :meth:`read`.
        """
        reading = read_matte(self.matte, photo, item)
        points = read_points(self.points, photo, reading)
        return replace(reading, kinds=kinds_with_points(reading.kinds, points)), points

    def read(self, photo: np.ndarray, item: int | None = None) -> Person:
        """The garment of a photo, as if somebody wore it just as it lies.

        Args:
            photo: ``(H, W, 3)`` ``uint8`` RGB.
            item: which garment, counted from the left, from 1; by default the largest.

        Returns:
            A record with ``kinds``, for :func:`tryon.read.flat.garment.take_flat`; its label map shows the front of the
            cloth alone, not the inside of the back that is seen above the neckline.

        Raises:
            GarmentNotFoundError: there is no garment, not that many, or its points were not made out.
            ConfigError: ``item`` is below 1.
        """
        reading, points = self.cut_out(photo, item)
        kind = KINDS[int(reading.kinds.argmax())]
        keypoints = wearer_points(points, kind)
        parsing = np.where(reading.front > _OPAQUE, np.uint8(kind.label), np.uint8(0))
        warnings = (*reading.warnings, *cut_off(parsing > 0))
        return Person(photo, keypoints, parsing, reading.box, kinds=reading.kinds, warnings=warnings)


def _alone(shows: np.ndarray) -> bool:
    return not shows_wearer(shows) and not shows_nothing(shows)


def cut_off(front: np.ndarray) -> list[str]:
    """Notes on edges of the photo that cut a garment off.

    Args:
        front: ``(H, W)`` ``bool``, the garment in its photo.
    """
    rows, columns = (np.flatnonzero(front.any(axis)) for axis in (1, 0))
    if not len(rows):
        return []
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    edges = {"left": front[:, 0], "right": front[:, -1], "upper": front[0], "lower": front[-1]}
    return [
        f"the photo's {side} edge cuts the garment off; what lies beyond it is missing"
        for side, edge in edges.items()
        if edge.sum() > _CONTACT * longer
    ]
