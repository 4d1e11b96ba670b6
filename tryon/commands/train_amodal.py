"""``tryon train amodal``: binds label maps to the network. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import LabelMapTraining


@dataclass(frozen=True, kw_only=True)
class TrainAmodal(LabelMapTraining):
    """Train the network that says how far a garment reaches behind hair, bags and arms."""

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
