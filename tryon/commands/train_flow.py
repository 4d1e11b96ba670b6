"""``tryon train flow``: binds renders and photos whose flow is known to a network. Free of torch until it runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tryon.commands.options import File, Folder, Number, Training
from tryon.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from appearance_flow.views import Example, FlowSample, FlowViews
    from tryon.core.train.loop import Task
    from tryon.datasets.ccp import Split
    from tryon.types import PairSample, TripletSample

IMAGES = 60_000


@dataclass(frozen=True, kw_only=True)
class TrainFlow(Training):
    """Train the appearance-flow network."""

    data: tuple[Path, ...]
    """Folders of rendered triplets or pairs, from tryon data render; the train split is used, and that of val measured
    on the way."""
    preset: Literal["release", "paper"] = "release"
    """Network and loss: release moves what the pose flow carries over and learns from the true flow; paper is the
    paper's encoder-decoder, which learns from pictures by a perceptual loss."""
    vgg_weights: File = None
    """State dict file of torchvision's vgg16 or of its features, for the perceptual loss of --preset paper."""
    photos: Folder = None
    """Folder of the Clothing Co-Parsing data set: labeled photos of train, whose people are moved as puppets, to
    mix in."""
    photo_pairs: int = 1200
    """Pairs made of the photos before the training begins."""
    photos_share: float = 0.25
    """How often such a pair is drawn, of 1."""
    images: Number = None
    """Training examples in all, each of three parts of a garment, in the paper's network of a whole one: 60000, or
    with --minutes as many as they allow."""
    batch: int = 8
    """Examples a step, of each process."""
    lr: float = 1e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if not 0 < self.photos_share < 1:
            raise ConfigError(f"--photos-share {self.photos_share:g} must lie between 0 and 1")
        if self.photo_pairs < 1:
            raise ConfigError(f"--photo-pairs {self.photo_pairs} must be 1 or more")
        if self.preset == "paper" and self.vgg_weights is None:
            raise ConfigError(
                "--preset paper needs --vgg-weights; give the state dict file of torchvision's vgg16 (IMAGENET1K_V1)"
            )
        if self.preset == "release" and self.vgg_weights is not None:
            raise ConfigError(
                "--vgg-weights serves the loss of --preset paper alone; leave it out, or give that preset"
            )

    def run(self) -> None:
        from tryon.commands.run_training import run_task, train_config

        config = train_config(self, IMAGES)
        task = self._paper_task() if self.preset == "paper" else self._release_task()
        measure = None if self.preset == "paper" else ["tryon", "--data", "TRIPLETS", "--weights", "FOLDER"]
        # What older runs do not tell is taken to be the same, so that those of the release go on.
        run_task(self, config, task, measure, {"preset": self.preset})

    def _release_task(self) -> "Task":
        import torch

        from appearance_flow.model import AppearanceFlowNet
        from appearance_flow.task import FlowTask
        from appearance_flow.views import parts_example

        torch.manual_seed(self.seed)
        network = AppearanceFlowNet.from_pretrained(self.init) if self.init else AppearanceFlowNet()
        size = network.config.size
        return FlowTask(network, self._views(size, parts_example), validation=self._validation(size, parts_example))

    def _paper_task(self) -> "Task":
        import torch

        from appearance_flow.paper import PaperFlowNet
        from appearance_flow.paper_task import PaperFlowTask
        from appearance_flow.views import garment_example
        from tryon.core.perceptual import VGGFeatures

        assert self.vgg_weights is not None
        features = VGGFeatures.from_file(self.vgg_weights).to(memory_format=torch.channels_last)
        torch.manual_seed(self.seed)
        network = PaperFlowNet.from_pretrained(self.init) if self.init else PaperFlowNet()
        size = network.config.size
        views, validation = self._views(size, garment_example), self._validation(size, garment_example)
        return PaperFlowTask(network, views, features, validation)

    def _views(self, size: tuple[int, int], example: "Example") -> "FlowViews":
        import numpy as np

        from appearance_flow.views import FlowViews, flow_samples
        from tryon.commands import telling

        telling.say(f"reading the renders of {', '.join(map(str, self.data))}")
        samples = flow_samples((one for folder in self.data for one in _rendered(folder, "train")), size)
        weights = np.full(len(samples), 1 / max(len(samples), 1))
        if self.photos:
            telling.say(f"moving people of {self.photos} as puppets")
            photos = self._puppets(self.photos, size)
            share = np.full(len(photos), self.photos_share / len(photos))
            weights = np.concatenate((weights * (1 - self.photos_share), share))
            samples += photos
        return FlowViews(samples, weights, self.seed, example=example)

    def _puppets(self, folder: Path, size: tuple[int, int]) -> "list[FlowSample]":
        from appearance_flow.views import flow_samples
        from tryon.datasets.ccp import ClothingCoParsing
        from tryon.datasets.corrupt import Readable
        from tryon.synth.selfpairs import GarmentSelfPairs

        pairs = GarmentSelfPairs(Readable(ClothingCoParsing(folder, "train", correct=True)), self.seed, size)
        return flow_samples((pairs.pair(i) for i in range(self.photo_pairs)), size)

    def _validation(self, size: tuple[int, int], example: "Example") -> "FlowViews | None":
        import numpy as np

        from appearance_flow.views import FlowViews, flow_samples

        samples = flow_samples((one for folder in self.data for one in _rendered(folder, "val")), size)
        if not samples:
            return None
        return FlowViews(samples, np.full(len(samples), 1 / len(samples)), 0, vary=False, example=example)


def _rendered(folder: Path, split: "Split") -> "Iterator[PairSample | TripletSample]":
    """The pairs or triplets of a folder.

    Raises:
        DataError: the folder has neither.
    """
    from tryon.datasets.pair_folder import PairFolder
    from tryon.datasets.renders import RenderedTriplets

    if (folder / "triplets").is_dir():
        samples: RenderedTriplets | PairFolder = RenderedTriplets(folder, split)
    elif (folder / "pairs").is_dir():
        samples = PairFolder(folder, split)
    else:
        raise DataError(f"{folder} holds no pairs or triplets; make some with tryon data render --kind triplets")
    return (samples[i] for i in range(len(samples)))
