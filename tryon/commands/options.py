"""Options that several commands share. Free of torch."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tryon.core.errors import ConfigError

Encoder = Annotated[Path, tyro.conf.arg(metavar="FILE|FOLDER|imagenet")]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Of the evaluations on labeled photos."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own photos in its layout."""
    split: Literal["train", "val", "all"] = "val"
    """Part of the data to measure on; the networks were trained on train."""
    json: Path | None = None
    """File for the figures, as one JSON object with flat keys."""


@dataclass(frozen=True, kw_only=True)
class PersonTraining:
    """Of the trainings on photos of people."""

    data: Path
    """Folder of the Clothing Co-Parsing data set; its train split is used."""
    out: Path
    """Folder of the run; a run that was interrupted goes on."""
    encoder_weights: Encoder | None = None
    """Weights of the encoder: a state dict file, the folder of a trained parser, or imagenet to download them."""
    renders: tuple[Path, ...] = ()
    """Folders of rendered people to mix in, each of their people as often as the other."""
    renders_share: float = 0.2
    """How often a render is drawn, of 1."""
    garments: Path | None = None
    """Folder with pictures of garments without a person, as views that show nobody."""
    init: Path | None = None
    """Folder of saved weights to start from, instead of the encoder's alone; one of the two is needed."""
    size: tuple[int, int] = (288, 192)
    """Height and width of the training views."""
    images: int = 24000
    """Training views in all."""
    batch: int = 16
    lr: float = 1e-3
    """Highest learning rate."""
    seed: int = 0
    workers: int = 1
    """Processes that prepare views."""
    bf16: bool = False
    compile: bool = False
    """Compile the network first: minutes at the start, a third faster after."""
    device: Literal["cpu", "cuda"] = "cpu"

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")
