"""A photo of a garment that nobody wears, as the data adapters give it and the training takes it."""

from dataclasses import dataclass

import numpy as np

UNKNOWN_KIND = -1


@dataclass(frozen=True, eq=False, slots=True)
class FlatGarment:
    """A garment without a wearer."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    matte: np.ndarray
    """``(H, W)`` ``uint8``: how much of each pixel is cloth, its inside included."""
    kind: int
    """Index into :data:`tryon.read.flat.kinds.KINDS`, or :data:`UNKNOWN_KIND`."""
    name: str
    """``KIND/NAME``, as the files."""
    inside: np.ndarray | None = None
    """``(H, W)`` ``uint8``: how much of each pixel is the inside of the garment's back; ``None`` where nobody knows."""
