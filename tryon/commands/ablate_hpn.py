"""``tryon ablate hpn``; what is compared is :mod:`tryon.evaluate.ablation`. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional

from tryon.commands.options import Folders
from tryon.core.errors import ConfigError
from tryon.evaluate.arms import ARMS, ArmName


@dataclass(frozen=True, kw_only=True)
class AblateHPN:
    """Train and score variants of a network at equal images seen: the paper's table 1, and our switches.

    LD are the local descriptors, PT is the progressive training, align and copy are those of the network's
    configuration. A run that was interrupted goes on; arms that are finished are not trained again.
    """

    network: Annotated[Literal["hpn"], Positional]
    """The network whose parts are tried."""
    data: Folders
    """Folders of pairs with label maps; their train split is trained on."""
    out: Path
    """Folder for the runs, results.json and results.md."""
    vgg_weights: Path
    """State dict file of torchvision's vgg16 or of its features, for the perceptual loss and distance."""
    arms: tuple[ArmName, ...] = tuple(ARMS)
    """Variants to train."""
    seeds: int = 2
    """Trainings of each arm, with the seeds 0, 1, ..."""
    preset: Literal["paper", "half", "quarter", "eighth"] = "eighth"
    """Width of the network."""
    resolution: Literal[64, 128, 256, 512, 1024] = 128
    """Of the results; without progressive training, of the whole training."""
    images: int = 5000
    """Training views of each arm, which progressive training shares among its stages."""
    batch: int = 8
    """Views a step."""
    lr: float = 1e-3
    """Learning rate at the start of each stage."""
    split: Literal["val", "test"] = "val"
    """Part of the data to measure on."""
    number: int = 200
    """Pairs to measure on, at most, spread evenly."""
    workers: int = 1
    """Processes that prepare views."""
    bf16: bool = False
    """Compute in bfloat16 where that is precise enough, as GPUs do fast."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to compute; cuda is an NVIDIA GPU."""

    def __post_init__(self) -> None:
        if not self.arms or self.seeds < 1:
            raise ConfigError("there is nothing to train; give at least one of --arms and --seeds 1")
        if len(set(self.arms)) < len(self.arms):
            raise ConfigError("--arms names an arm twice; give each once")
        if self.resolution == 64 and any("pt" in arm for arm in self.arms):
            raise ConfigError(
                "progressive training starts at 64; give a higher --resolution or only --arms baseline ld"
            )
        if self.images < self.batch * 5:
            raise ConfigError(f"--images {self.images} are too few; give at least five batches, {self.batch * 5}")

    def run(self) -> None:
        """Train what is not trained yet, score it, and write and print the results."""
        from tryon.core.perceptual import VGGFeatures
        from tryon.evaluate.ablation import Plan, ablate
        from tryon.evaluate.hpn import check_device, load_judge

        check_device(self.device)
        features = VGGFeatures.from_file(self.vgg_weights)
        plan = Plan(**{name: getattr(self, name) for name in Plan.__dataclass_fields__})
        print(ablate(plan, features, load_judge(features, self.vgg_weights)))
