"""``tryon evaluate amodal``; what is measured is :mod:`tryon.evaluate.amodal`. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Evaluation, Folder
from tryon.core.errors import ConfigError, DataError


@dataclass(frozen=True, kw_only=True)
class EvaluateAmodal(Evaluation):
    """Measure how far garments reach behind what hides them: labeled photos with things laid over."""

    number: int = 1000
    """Views to measure."""
    seed: int = 0
    """Of what is laid over."""
    weights: Folder = None
    """Folder of saved weights of the network, instead of the released ones."""

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ConfigError(f"--number {self.number} is no number of views; give 1 or more")

    def run(self) -> None:
        """Measure, print the table, and write the file that was asked for."""
        from appearance_flow.amodal.network import AMODAL
        from appearance_flow.amodal.views import AmodalViews
        from tryon.commands.amodal_samples import labeled_wearers
        from tryon.core.engine import load, ready
        from tryon.core.weight_files import RELEASED
        from tryon.evaluate.amodal import measure, tables
        from tryon.evaluate.report import check_outputs, progress, report

        check_outputs(self.json)
        network = ready(load(AMODAL, self.weights))
        wearers = labeled_wearers(self.data, self.split)
        if not wearers:
            raise DataError(f"no labeled photo of a garment of {self.split} in {self.data}; take another split")
        views = AmodalViews(wearers, self.seed)
        figures = measure(network, (views.view(i) for i in progress(range(self.number), "views")))
        print(f"{self.number} views of {len(wearers)} photos of {self.split}\n")
        print(tables(figures))
        report(self.json, self.split, self.number, figures, {"amodal": self.weights or RELEASED / "amodal"})
