"""``tryon train amodal``: binds label maps to the network. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path

from tryon.commands.options import Folder, Number, Training
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class TrainAmodal(Training):
    """Train the network that says how far a garment reaches behind hair, bags and arms."""

    data: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: images, parsing, keypoints.npz, meta.csv;
    the train split is used, and val for the figures on the way."""
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

        from appearance_flow.amodal.model import AmodalNet
        from appearance_flow.amodal.task import AmodalTask
        from appearance_flow.amodal.views import AmodalViews
        from tryon.commands import telling
        from tryon.commands.amodal_samples import labeled_wearers, wearers
        from tryon.commands.run_training import run_task, train_config

        config = train_config(self, 400_000)
        torch.manual_seed(self.seed)
        network = AmodalNet.from_pretrained(self.init) if self.init else AmodalNet()
        labeled, weights = wearers(self.data, self.tags, self.out)
        shown = AmodalViews(labeled, self.seed, weights)
        held_out = labeled_wearers(self.data, "val")
        if not held_out:
            telling.say(f"no labeled photo of val in {self.data}: nothing is measured on the way")
        task = AmodalTask(network, shown, AmodalViews(held_out, 0) if held_out else None)
        saved = str(self.out / "weights")
        run_task(self, config, task, ["amodal", "--data", str(self.data), "--weights", saved])
