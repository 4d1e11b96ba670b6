"""Drawn garments, as many as are asked for: what the networks for garments without a wearer are trained on."""

from pathlib import Path

import numpy as np

from tryon.core.errors import DataError
from tryon.synth.drawn.picture import Drawn, draw
from tryon.synth.fabric import random_color, read_swatches
from tryon.synth.recolor import fabric_photos

SIZE = (224, 224)
"""At which the cut-outs come out at about the input size of the point network."""


class DrawnGarments:
    """Draws a garment for a random generator; other processes can be given it.

    Args:
        folder: with photos of garments, of whose cloth in those of the train split half of the garments are made;
            none where it is left out.
        size: height and width of the pictures.

    Raises:
        DataError: there is no photo in the folder, or none that shows a piece of even cloth.
    """

    def __init__(self, folder: Path | None = None, size: tuple[int, int] = SIZE):
        self.size = size
        self.swatches = read_swatches(fabric_photos(folder, "train")) if folder else None
        if self.swatches is not None and not self.swatches:
            raise DataError(f"no picture of even cloth in {folder}; give a folder with photos of flat garments")

    def __call__(self, rng: np.random.Generator, ground: np.ndarray | None = None) -> Drawn:
        """A garment on a ground ``(H, W, 3)`` ``uint8``, or on a drawn one."""
        return draw(rng, self.size, self.swatches, ground)

    def plain(self, rng: np.random.Generator) -> Drawn:
        """A garment on plain ground, for a network that sees only what is on it."""
        return self(rng, np.tile(random_color(rng).astype(np.uint8), (*self.size, 1)))
