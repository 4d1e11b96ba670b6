"""``tryon train layout``: binds label maps to the network. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path

from tryon.commands.options import Folder, Number, Training
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class TrainLayout(Training):
    """Train the layout network, which says what is where on the dressed person."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: images, parsing, keypoints.npz, meta.csv;
    the train split is used, and val for the figures on the way."""
    triplets: Folder = None
    """Folder of rendered triplets, whose train split is three tenths of the views: the true removal of garments."""
    tags: Folder = None
    """Folder of photos without label maps whose tags.csv names what is worn, to mix in; the released parser labels
    them first, held to the tags."""
    images: Number = None
    """Training views in all: 400000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 2e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ConfigError(f"--batch {self.batch} must be 1 or more")

    def run(self) -> None:
        """Train the network and save it."""
        import torch

        from tryon.commands import telling
        from tryon.commands.layout_samples import figures, labeled_figures, removals
        from tryon.commands.run_training import run_task, train_config
        from tryon.render.layout.model import Layout
        from tryon.render.layout.task import LayoutTask
        from tryon.render.layout.views import LayoutViews

        config = train_config(self, 400_000)
        torch.manual_seed(self.seed)
        network = Layout.from_pretrained(self.init) if self.init else Layout()
        labeled, weights = figures(self.data, self.tags, self.out)
        removed = removals(self.triplets, self.out) if self.triplets else []
        shown = LayoutViews(labeled, removed, self.seed, weights)
        held_out = labeled_figures(self.data, "val")
        if not held_out:
            telling.say(f"no labeled photo of val in {self.data}: nothing is measured on the way")
        task = LayoutTask(network, shown, LayoutViews(held_out, (), 0) if held_out else None)
        saved = str(self.out / "weights")
        run_task(self, config, task, ["layout", "--triplets", "TRIPLETS", "--data", str(self.data), "--weights", saved])
