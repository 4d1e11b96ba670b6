"""``tryon train points``: binds drawn garments to the network. Free of torch until it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tryon.commands.options import Encoder, Folder, Number, Training
from tryon.core.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from tryon.read.flat.points_views import PointedGarment

VALIDATION_SEED = 2**31 - 1
_RENDERED = 1 / 3  # of the views


@dataclass(frozen=True, kw_only=True)
class TrainPoints(Training):
    """Train the point network, which finds shoulders, cuffs, hems and joints on a flat garment, on drawn garments."""

    encoder_weights: Encoder = None
    """Weights of the encoder: a state dict file, the folder of a trained parser, or imagenet to download them."""
    init: Folder = None
    """Folder of saved weights to start from, instead of the encoder's alone; one of the two is needed."""
    swatches: Folder = None
    """Folder with photos of flat garments, whose cloth the drawn garments are made of, half of the time."""
    triplets: tuple[Path, ...] = ()
    """Folders of rendered triplets whose garments lie flat, to mix in: a third of the views."""
    images: Number = None
    """Training views in all: 200000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 2e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")

    def run(self) -> None:
        """Train the network and save it."""
        import torch

        from tryon.commands.person_training import load_encoder
        from tryon.commands.run_training import run_task, train_config
        from tryon.read.flat.points_model import GarmentPoints
        from tryon.read.flat.points_task import PointsTask
        from tryon.read.flat.points_views import PointViews
        from tryon.synth.drawn.plain import DrawnGarments

        config = train_config(self, 200_000)
        torch.manual_seed(self.seed)
        network = GarmentPoints.from_pretrained(self.init) if self.init else GarmentPoints()
        if self.encoder_weights:
            load_encoder(network.encoder, self.encoder_weights)
        size, drawn = network.config.input_size, DrawnGarments(self.swatches).plain
        garments = _Mixed(drawn, self.triplets) if self.triplets else drawn
        views, held_out = PointViews(garments, size, self.seed), PointViews(drawn, size, VALIDATION_SEED)
        task = PointsTask(network, views, held_out)
        measure = ["flat", "--data", "GARMENTS", "--mattes", "MATTES", "--weights", "FOLDER"]
        run_task(self, config, task, measure)


class _Mixed:
    """Drawn garments and rendered ones; other processes can be given it."""

    def __init__(self, drawn: "Callable[[np.random.Generator], PointedGarment]", folders: tuple[Path, ...]):
        from tryon.datasets.flat_garments import jointed
        from tryon.datasets.renders import RenderedTriplets

        self._drawn = drawn
        sets = [RenderedTriplets(folder, "train") for folder in folders]
        self._rendered = [jointed(triplets[i].garment) for triplets in sets for i in range(len(triplets))]

    def __call__(self, rng: "np.random.Generator") -> "PointedGarment":
        if rng.random() < _RENDERED:
            return self._rendered[int(rng.integers(len(self._rendered)))].turned(rng)
        return self._drawn(rng)
