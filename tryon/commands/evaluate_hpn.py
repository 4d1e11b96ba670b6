"""``tryon evaluate hpn``: what is measured, and on what. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tryon.commands.evaluate import _Evaluation


@dataclass(frozen=True, kw_only=True)
class EvaluateHPN(_Evaluation):
    """Measure the pose transfer network on pairs, beside simple methods."""

    data: tuple[Path, ...]  # type: ignore[assignment]
    """Folders of pairs with label maps: of tryon data render, or of any layout that has pairs."""
    split: Literal["train", "val", "test"] = "val"  # type: ignore[assignment]
    """Part of the data to measure on; the network was trained on train."""
    weights: Path | None = None
    """Folder of saved weights, instead of the released ones."""
    vgg_weights: Path | None = None
    """State dict file of torchvision's vgg16 or of its features; without it, no perceptual distance is measured."""
    number: int = 200
    """Pairs to measure, at most, spread evenly over the split."""
    markdown: Path | None = None
    """File for the table."""
    sheet: Path | None = None
    """Picture of 24 pairs, spread evenly: source, target, limb warp, result."""
    device: Literal["cpu", "cuda"] = "cpu"

    def run(self) -> None:
        from tryon.commands import hpn_evaluation

        hpn_evaluation.run(self)
