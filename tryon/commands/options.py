"""Kinds of options, and the options that several commands share. Free of torch.

An option that may be left out is of one of the kinds below: its help then shows what to give, and no default, which
would be nothing.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tryon.core.errors import ConfigError, OutputError

File = Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")]
Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")]
Folders = Annotated[tuple[Path, ...], tyro.conf.arg(metavar="FOLDER ...", help_behavior_hint="")]
Encoder = Annotated[Path | None, tyro.conf.arg(metavar="FILE|FOLDER|imagenet", help_behavior_hint="")]
Number = Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")]
Numbers = Annotated[tuple[int, ...], tyro.conf.arg(metavar="N ...", help_behavior_hint="")]
Real = Annotated[float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="")]
Size = Annotated[tuple[int, int] | None, tyro.conf.arg(metavar="HEIGHT WIDTH", help_behavior_hint="")]
Switch = Annotated[bool | None, tyro.conf.arg(metavar="{True,False}", help_behavior_hint="")]
Name = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")]
Names = Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME ...", help_behavior_hint="")]


def check_kept(command: object) -> None:
    """Check, before any work is done, that the files a command writes are none of those in the folders it reads.

    Raises:
        OutputError: one of them is.
    """
    from tryon.core import photo
    from tryon.core.weight_files import CARD, CONFIG, MODEL, ONNX

    given = {one.name: (getattr(command, one.name), one.default) for one in fields(command)}  # type: ignore[arg-type]
    # A default is the name of what the same command wrote before.
    written = {
        name: value
        for name, (value, default) in given.items()
        if name in ("json", "markdown", "sheet") and isinstance(value, Path) and value != default
    }
    read: list[Path] = []
    for name, (value, _) in given.items():
        if name in ("json", "markdown", "sheet", "out", "full"):
            continue
        for path in value if isinstance(value, tuple) else (value,):
            if isinstance(path, Path):
                # Figures often go into the folder of the weights that they are of.
                own = name.endswith("weights") and path.is_dir()
                read += [path / file for file in (CARD, CONFIG, MODEL, ONNX)] if own else [path]
    for name, path in written.items():
        photo.check_kept(path, f"--{name}", read)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Of the evaluations on labeled photos."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: images, parsing, keypoints.npz, meta.csv."""
    split: Literal["train", "val", "all"] = "val"
    """Part of the data to measure on; the networks were trained on train."""
    json: File = None
    """File for the figures, as one JSON object with flat keys."""


@dataclass(frozen=True, kw_only=True)
class KnownTruth(Evaluation):
    """Of the evaluations on try-ons whose result is known."""

    number: int = 220
    """Triplets, and photos, to measure at most, spread evenly over the split."""
    seed: int = 0
    """Of the changes of the photos."""
    markdown: File = None
    """File for the tables."""

    def check(self, sheet: Path | None = None) -> None:
        """Check, before any work is done, that the outputs can be written and something is measured.

        Raises:
            ConfigError, OutputError: they cannot, or nothing is.
        """
        from tryon.evaluate.report import check_outputs

        check_outputs(self.json, sheet)
        if self.markdown and not self.markdown.parent.is_dir():
            raise OutputError(f"{self.markdown} cannot be written because its folder is missing; make it first")
        if self.number < 1:
            raise ConfigError(f"--number {self.number} is no number of samples; give 1 or more")


@dataclass(frozen=True, kw_only=True)
class OfCatalog:
    """Of the commands on a catalog."""

    catalog: File = None
    """File of the catalog; by default that in the environment variable TRYON_CATALOG, else catalog.db here."""
    json: bool = False
    """Print JSON on standard output."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """Of the trainings."""

    out: Path
    """Folder of the run; a run that was interrupted goes on."""
    init: Folder = None
    """Folder of saved weights to start from."""
    minutes: Real = None
    """Stop by the clock, with the learning rate falling to the end of these minutes; a checkpoint each minute."""
    seed: int = 0
    """The same seed, options and files give the same training."""
    workers: int = 1
    """Processes that prepare views."""
    bf16: bool = False
    """Compute in bfloat16 where that is precise enough, as GPUs do fast."""
    compile: bool = False
    """Compile the network first: minutes at the start, faster after."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to compute; cuda is an NVIDIA GPU."""
    dry_run: bool = False
    """Time some steps on this machine, tell how long the training takes, and stop."""


@dataclass(frozen=True, kw_only=True)
class LabeledTraining(Training):
    """Of the trainings on labeled photos, to which photos with tags are added."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: images, parsing, keypoints.npz, meta.csv;
    the train split is used, and val for the figures on the way."""
    tags: Folder = None
    """Folder of photos without label maps whose tags.csv names what is worn, to mix in; the released parser labels
    them first, held to the tags."""


@dataclass(frozen=True, kw_only=True)
class LabelMapTraining(LabeledTraining):
    """Of those that are shown label maps alone."""

    images: Number = None
    """Training views in all: 400000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 2e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ConfigError(f"--batch {self.batch} must be 1 or more")


@dataclass(frozen=True, kw_only=True)
class PersonTraining(Training):
    """Of the trainings on photos of people."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: images, parsing, keypoints.npz, meta.csv;
    the train split is used."""
    encoder_weights: Encoder = None
    """Weights of the encoder: a state dict file, the folder of a trained parser, or imagenet to download them."""
    renders: Folders = ()
    """Folders of rendered people to mix in, each of their people as often as the other."""
    renders_share: float = 0.2
    """How often a render is drawn, of 1."""
    tags: Folder = None
    """Folder of photos without label maps whose tags.csv names what is worn, in the layout of Clothing Co-Parsing, to
    mix in: a parser labels them first, held to the tags; that of --init, or in the training of another network the
    released one."""
    tags_share: float = 0.45
    """How often a photo with tags is drawn, of 1, renders aside."""
    garments: Folder = None
    """Folder with pictures of garments without a person, as views that show nobody."""
    init: Folder = None
    """Folder of saved weights to start from, instead of the encoder's alone; one of the two is needed."""
    size: tuple[int, int] = (288, 192)
    """Height and width of the training views."""
    images: Number = None
    """Training views in all: 24000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 1e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")
        if not 0 < self.tags_share < 1:
            raise ConfigError(f"--tags-share {self.tags_share:g} must lie between 0 and 1")
