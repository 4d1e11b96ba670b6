"""``tryon evaluate normalize``; what is measured is :mod:`tryon.evaluate.normalize`. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Evaluation, File, Folder
from tryon.core.errors import ConfigError, DataError


@dataclass(frozen=True, kw_only=True)
class EvaluateNormalize(Evaluation):
    """Measure how people of photos come out in the canonical pose."""

    number: int = 24
    """People to draw, a third of them with arms in front of the body."""
    seed: int = 0
    """The same seed draws the same people."""
    weights: Folder = None
    """Folder with the folders parser, pose and hpn of saved weights, instead of the released ones."""
    sheet: File = None
    """Picture of all of them, before and after."""

    def run(self) -> None:
        """Normalize, measure, print the table, and write the files that were asked for."""
        from tryon.core import photo
        from tryon.datasets.people import open_people
        from tryon.evaluate import normalize as evaluation
        from tryon.evaluate.report import check_outputs, progress, report, table, used_weights
        from tryon.pipeline import TryOn

        check_outputs(self.json, self.sheet)
        if self.number < 3:
            raise ConfigError(f"--number {self.number} has no third; give 3 or more")
        data = open_people(self.data, self.split, labeled=False)
        tryon = TryOn.from_pretrained(self.weights)
        people = progress(evaluation.people(tryon, data, self.number, self.seed), "people")
        measured = [evaluation.normalize_person(tryon, *one) for one in people]
        if not measured:
            raise DataError(f"nobody was found in the photos of {self.split} in {self.data}")
        figures = evaluation.summarize([values for values, _ in measured])
        report(self.json, self.split, len(measured), figures, used_weights(self.weights, "parser", "pose", "hpn"))
        if self.sheet:
            photo.save(evaluation.sheet([cell for _, cell in measured]), self.sheet)
        print(f"{len(measured)} people of {self.split}\n")
        print(table(("measure", "value"), figures.items()))
