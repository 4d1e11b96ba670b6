"""Photos of garments that lie on their side or are upside down: sideways, somebody who wears a garment looks like one
that nobody wears, and that one like a garment of another kind."""

import numpy as np

from tryon.core.engine import Network
from tryon.core.errors import PhotoTurnedError
from tryon.read.flat.kinds import KINDS, NEITHER, WORN
from tryon.read.flat.matte import what_is_shown
from tryon.read.plausible import TURNS

# Probabilities of one kind, or of a wearer. By these, people who are turned and taken for a garment are told, and half
# of the turned garments, while hardly an upright one seems turned: the shares are in results/flat_val.json.
_SURE, _CLEARLY = 0.7, 0.3  # after the turn, and by how much less before it
_UNSURE, _UNSURE_OF_WEARER = 0.5, 0.7  # before the turn, from which on it is a garment, or a garment and nobody in it


def turned_notes(network: Network, photo: np.ndarray, shows: np.ndarray) -> tuple[str, ...]:
    """A note where a garment would be told far more surely once the photo is turned.

    It is turned only where what it shows is not sure.

    Args:
        network: prepared by :func:`tryon.core.engine.ready`.
        photo: ``(H, W, 3)`` ``uint8``.
        shows: from :func:`tryon.read.flat.matte.what_is_shown`, of the photo as it is.

    Raises:
        PhotoTurnedError: turned, it shows a wearer, or a garment and as it is nothing.
    """
    found = float(shows[: len(KINDS)].max())
    if found >= _UNSURE_OF_WEARER:
        return ()
    looks = {turn: what_is_shown(network, np.ascontiguousarray(np.rot90(photo, turn))) for turn in TURNS}
    best = max(looks, key=lambda turn: looks[turn][: WORN + 1].max())
    there = int(looks[best][: WORN + 1].argmax())
    if looks[best][there] <= max(_SURE, found + _CLEARLY):
        return ()
    if there == WORN:
        raise PhotoTurnedError(f"{TURNS[best]}, or choose --garment-photo flat where nobody wears the garment")
    if shows.argmax() == NEITHER:
        raise PhotoTurnedError(TURNS[best])
    return (f"{TURNS[best]}, should the garment not lie there as it is worn",) if found < _UNSURE else ()
