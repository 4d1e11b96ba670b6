"""``tryon train``: binds data sets to networks. Free of torch until a command runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tryon.core.errors import ConfigError

Encoder = Annotated[Path, tyro.conf.arg(metavar="FILE|FOLDER|imagenet")]


@dataclass(frozen=True, kw_only=True)
class _PersonTraining:
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
    images: int | None = None
    """Training views in all: 24000, or with --minutes as many as they allow."""
    minutes: float | None = None
    """Stop by the clock, with the learning rate falling to the end of these minutes; a checkpoint each minute."""
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
    dry_run: bool = False
    """Time some steps on this machine, tell how long the training takes, and stop."""

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")


@dataclass(frozen=True, kw_only=True)
class TrainParser(_PersonTraining):
    """Train the garment parser."""

    def run(self) -> None:
        from tryon.commands import training

        training.train_parser(self)


@dataclass(frozen=True, kw_only=True)
class TrainPose(_PersonTraining):
    """Train the pose network."""

    def run(self) -> None:
        from tryon.commands import training

        training.train_pose(self)


@dataclass(frozen=True, kw_only=True)
class TrainHPN:
    """Train the pose transfer network, stage after stage."""

    data: tuple[Path, ...] = ()
    """Folders of pairs with label maps: of tryon data render or pack, or of any layout that tryon data check knows."""
    puppets: tuple[Path, ...] = ()
    """Folders of tryon data puppet, whose targets alone are real photos."""
    puppets_share: float = 0.4
    """How often a puppet is drawn, of 1, beside --data."""
    out: Path
    """Folder of the run; a run that was interrupted goes on, in the middle of a stage, too."""
    vgg_weights: Path | None = None
    """State dict file of torchvision's vgg16 or of its features, for the perceptual loss."""
    preset: Literal["paper", "half", "quarter", "eighth", "release"] = "paper"
    """Width of the network; release is an eighth with aligned skips, copied pixels and a matte of the person."""
    norm: Literal["batch", "group"] | None = None
    """Normalization, instead of the preset's: group suits batches of fewer than four."""
    align: bool | None = None
    """Warp the skips by the pose flow, instead of what the preset does."""
    copy: bool | None = None
    """Copy pixels along the pose flow, instead of what the preset does; needs align."""
    schedule: Literal["paper", "short", "cpu"] = "paper"
    """Table of the stages."""
    until: Literal[64, 128, 256, 512, 1024] = 1024
    """Resolution of the last stage."""
    images: tuple[int, ...] = ()
    """Training views of each stage, instead of the schedule's."""
    minutes: float | None = None
    """Stop by the clock, with the learning rate falling to the end of each stage; a checkpoint each minute. The stages
    share the minutes by what their views cost, and show as many views as they allow, or at most --images."""
    batch: int | None = None
    """Views a step, instead of the schedule's."""
    lr: float | None = None
    """Learning rate at the start of each stage, instead of the schedule's."""
    descriptors: bool = True
    """Look closely at the local descriptors; without it the loss is global."""
    local_reduction: Literal["sum", "mean"] = "sum"
    """Add the descriptors up, as in the paper, or average them."""
    pixel_weight: float = 0.0
    """Weight of a plain color loss beside the perceptual one."""
    init: Path | None = None
    """Folder of saved weights to start from, of the first stage's resolution or half of it."""
    first: Literal[64, 128, 256, 512, 1024] = 64
    """Resolution of the first stage."""
    accumulate: int = 1
    """Parts in which a batch is computed, to need less memory."""
    seed: int = 0
    workers: int = 1
    """Processes that prepare views."""
    bf16: bool = False
    compile: bool = False
    device: Literal["cpu", "cuda"] = "cpu"
    dry_run: bool = False
    """Print the stages and what they cost, with data and --vgg-weights also the hours on this machine, and stop."""

    def run(self) -> None:
        from tryon.commands import training_hpn

        training_hpn.train_hpn(self)
