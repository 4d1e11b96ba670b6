"""``tryon train render``: binds try-ons of known truth to the compositing network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import File, Folder, LabeledTraining, Number
from tryon.core.errors import ConfigError

_TRIPLETS = 0.3  # share of the views, where there are any


@dataclass(frozen=True, kw_only=True)
class TrainRender(LabeledTraining):
    """Train the compositing network, which makes the picture where nothing can be copied."""

    triplets: Folder = None
    """Folder of rendered triplets, whose train split is three tenths of the views: the true removal of garments."""
    photos: int = 2000
    """Try-ons made of photos before the training; each is shown many times. They are kept in the folder of the run."""
    vgg_weights: File = None
    """VGG-16 as torchvision saves it, for a perceptual loss beside that of the colors."""
    images: Number = None
    """Training views in all: 60000, or with --minutes as many as they allow."""
    batch: int = 8
    """Views a step, of each process."""
    lr: float = 1e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if self.batch < 1 or self.photos < 1:
            raise ConfigError(f"--batch {self.batch} and --photos {self.photos} must be 1 or more")

    def run(self) -> None:
        """Train the network and save it."""
        import torch

        from tryon.commands import telling
        from tryon.commands.render_samples import Source, rows
        from tryon.commands.run_training import run_task, train_config
        from tryon.core.perceptual import VGGFeatures
        from tryon.read.parser.model import GarmentParser
        from tryon.render.composite.model import Compositor
        from tryon.render.composite.task import VALIDATION_VIEWS, CompositeTask
        from tryon.render.composite.views import CompositeViews

        config = train_config(self, 60_000)
        features = VGGFeatures.from_file(self.vgg_weights) if self.vgg_weights else None
        torch.manual_seed(self.seed)
        if self.init:
            network = Compositor.from_pretrained(self.init)
        else:
            network = Compositor()
            network.start_from(GarmentParser.from_pretrained().unet.encoder.state_dict())
        of_photos = Source(self.data, "train", self.photos, self.seed, self.tags, self.out)
        groups, shares = [rows(of_photos, self.out / "photos.bin", self.workers)], [1.0]
        if self.triplets:
            removals = Source(self.triplets, "train", None)
            groups.append(rows(removals, self.out / "triplets.bin", self.workers))
            shares = [1 - _TRIPLETS, _TRIPLETS]
        others = Source(self.data, "val", min(VALIDATION_VIEWS, self.photos))
        held_out = rows(others, self.out / "validation.bin", self.workers)
        telling.say(f"{' and '.join(str(len(group)) for group in groups)} try-ons to train on")
        views = CompositeViews(groups, shares, self.seed)
        task = CompositeTask(network, views, CompositeViews([held_out], [1.0], 0, vary=False), features)
        samples = f"{self.photos} of {self.data} and {self.tags}, {self.triplets}"  # as the kept ones are
        run_task(self, config, task, None, {"samples": samples})
