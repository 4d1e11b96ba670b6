"""``tryon evaluate pose``; what is measured is :mod:`tryon.evaluate.pose`. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Evaluation, Folder, Folders
from tryon.core.errors import DataError


@dataclass(frozen=True, kw_only=True)
class EvaluatePose(Evaluation):
    """Measure the pose network: whole photos, from finding the person on."""

    renders: Folders = ()
    """Folders of rendered people to measure on too."""
    weights: Folder = None
    """Folder of saved weights of the pose network, instead of the released ones."""
    parser_weights: Folder = None
    """Folder of saved weights of the parser, which finds the person."""

    def run(self) -> None:
        """Measure, print the tables, and write the file that was asked for."""
        from tryon.core.engine import load, ready
        from tryon.core.weight_files import RELEASED
        from tryon.datasets.people import open_people
        from tryon.datasets.renders import Renders
        from tryon.evaluate import pose as evaluation
        from tryon.evaluate.report import check_outputs, progress, report
        from tryon.read.parser.network import PARSER
        from tryon.read.pose.network import POSE

        check_outputs(self.json)
        parser = ready(load(PARSER, self.parser_weights))
        estimator = ready(load(POSE, self.weights))
        data = open_people(self.data, self.split, labeled=False)
        renders = [Renders(folder, self.split) for folder in self.renders]
        if not data:
            raise DataError(f"no photo of {self.split} in {self.data}; check split.csv, or take another split")
        photos = (data[i] for i in progress(range(len(data)), "photos"))
        figures = evaluation.measure_photos(parser, estimator, photos)
        if renders:
            figures |= evaluation.measure_renders(parser, estimator, renders)
        weights = {"parser": self.parser_weights or RELEASED / "parser", "pose": self.weights or RELEASED / "pose"}
        report(self.json, self.split, len(data), figures, weights)
        print(f"{len(data)} photos of {self.split}\n")
        print(evaluation.tables(figures))
