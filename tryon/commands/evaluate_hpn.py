"""``tryon evaluate hpn``; what is measured is :mod:`tryon.evaluate.hpn`. Free of torch until it runs."""

from dataclasses import dataclass
from typing import Literal

from tryon.commands.options import Evaluation, File, Folder, Folders
from tryon.core.errors import OutputError


@dataclass(frozen=True, kw_only=True)
class EvaluateHPN(Evaluation):
    """Measure the pose transfer network on pairs, beside simple methods."""

    data: Folders  # type: ignore[assignment]
    """Folders of pairs with label maps: of tryon data render, or of any layout that has pairs."""
    split: Literal["train", "val", "test"] = "val"  # type: ignore[assignment]
    """Part of the data to measure on; the network was trained on train."""
    weights: Folder = None
    """Folder of saved weights, instead of the released ones."""
    vgg_weights: File = None
    """State dict file of torchvision's vgg16 or of its features; without it, no perceptual distance is measured."""
    number: int = 200
    """Pairs to measure, at most, spread evenly over the split."""
    markdown: File = None
    """File for the table."""
    sheet: File = None
    """Picture of 24 pairs, spread evenly: source, target, limb warp, result."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where to compute; cuda is an NVIDIA GPU."""

    def run(self) -> None:
        """Measure, print the table, and write the files that were asked for."""
        from hpn.evaluate import mean_target, network_method, score, simple_methods
        from hpn.model import HPN
        from tryon.core import photo
        from tryon.core.weight_files import RELEASED
        from tryon.evaluate import hpn as evaluation
        from tryon.evaluate.report import check_outputs, progress, report, write_markdown

        check_outputs(self.json, self.sheet)
        if self.markdown and not self.markdown.parent.is_dir():
            raise OutputError(f"{self.markdown} cannot be written because its folder is missing; make it first")
        evaluation.check_device(self.device)
        pairs = evaluation.Chosen(self.data, self.split, self.number)
        network = HPN.from_pretrained(self.weights).to(self.device)
        resolution, sigma = network.config.resolution, network.config.sigma
        features = evaluation.load_features(self.vgg_weights)
        judge = evaluation.load_judge(features, self.vgg_weights).to(self.device)
        mean = mean_target(progress(pairs, "mean image"), resolution)
        methods = {**simple_methods(mean), "hpn": network_method(network)}
        scores = score(progress(pairs, "pairs"), resolution, methods, judge, sigma=sigma, device=self.device)
        facts = {
            "resolution": resolution,
            "identities": len(set(scores.identities)),
            "left_out": len(pairs) - len(scores),
        }
        weights = {"hpn": self.weights or RELEASED / "hpn"}
        report(self.json, self.split, len(scores), facts | evaluation.figures(scores), weights, "torch")
        text = evaluation.markdown(scores, self.split, facts, has_vgg=features is not None)
        print(text)
        write_markdown(self.markdown, text, weights)
        if self.sheet:
            photo.save(evaluation.sheet(pairs, network, methods, self.device), self.sheet)
