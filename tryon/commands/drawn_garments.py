"""Where drawn garments meet the training on them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tryon.core.errors import DataError
from tryon.synth.drawn.picture import Drawn, draw
from tryon.synth.fabric import random_color, read_swatches

SIZE = (224, 224)
"""At which the cut-outs come out at about the network's input size."""


def drawn_garments(folder: Path | None) -> Callable[[np.random.Generator], Drawn]:
    """What draws a garment on a plain ground, of the cloth in the photos of a folder half of the time.

    Raises:
        DataError: there is no photo in the folder, or none that shows a piece of even cloth.
    """
    swatches = None
    if folder is not None:
        photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        swatches = read_swatches(photos)
        if not swatches:
            raise DataError(f"no picture of even cloth in {folder}; give a folder with photos of flat garments")
    return _Drawing(swatches)


class _Drawing:
    """Holds its swatches so that other processes can be given it."""

    def __init__(self, swatches: list[np.ndarray] | None):
        self.swatches = swatches

    def __call__(self, rng: np.random.Generator) -> Drawn:
        # The network sees only what is on the garment.
        ground = np.tile(random_color(rng).astype(np.uint8), (*SIZE, 1))
        return draw(rng, SIZE, self.swatches, ground)
