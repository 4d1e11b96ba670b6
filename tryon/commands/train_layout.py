"""``tryon train layout``: binds label maps to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Folder, LabelMapTraining


@dataclass(frozen=True, kw_only=True)
class TrainLayout(LabelMapTraining):
    """Train the layout network, which says what is where on the dressed person."""

    triplets: Folder = None
    """Folder of rendered triplets, whose train split is three tenths of the views: the true removal of garments."""

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
