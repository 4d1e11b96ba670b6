"""Photos of garments that lie on their side or are upside down: sideways, somebody who wears a garment looks like one
that nobody wears, and that one like a garment of another kind."""

import numpy as np

from tryon.core.engine import Network
from tryon.core.errors import PhotoTurnedError
from tryon.read.flat.kinds import KINDS, WORN
from tryon.read.flat.matte import what_is_shown
from tryon.read.plausible import TURNS

# Probabilities of one kind, or of a wearer. Of 122 upright garments one counts as turned by these, and half of them do
# once they are; of people who were turned and taken for a garment, 58 of 60.
_SURE, _CLEARLY = 0.7, 0.3  # after the turn, and by how much less before it
_UNSURE, _UNSURE_OF_WEARER = 0.5, 0.7  # before the turn, from which on it is a garment, or a garment and nobody in it


def refuse_turned(network: Network, photo: np.ndarray, shows: np.ndarray) -> None:
    """Refuse a photo that shows a garment or its wearer far more surely once it is turned.

    It is turned only where what it shows is not sure.

    Args:
        network: prepared by :func:`tryon.core.engine.ready`.
        photo: ``(H, W, 3)`` ``uint8``.
        shows: from :func:`tryon.read.flat.matte.what_is_shown`, of the photo as it is.

    Raises:
        PhotoTurnedError: the photo lies on its side or is upside down.
    """
    found = float(shows[: len(KINDS)].max())
    if found >= _UNSURE_OF_WEARER:
        return
    looks = {turn: what_is_shown(network, np.ascontiguousarray(np.rot90(photo, turn))) for turn in TURNS}
    best = max(looks, key=lambda turn: looks[turn][: WORN + 1].max())
    class_there = int(looks[best][: WORN + 1].argmax())
    if looks[best][class_there] <= max(_SURE, found + _CLEARLY):
        return
    if class_there == WORN or found < _UNSURE:
        raise PhotoTurnedError(
            f"{TURNS[best]}, or choose --garment-photo flat where a garment without a wearer lies there as it should"
        )
