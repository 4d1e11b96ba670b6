"""``tryon evaluate swap``; what is measured is :mod:`tryon.evaluate.swap`. Free of torch until it runs."""

from dataclasses import dataclass
from typing import Literal

from tryon.commands.options import Evaluation, File, Folder
from tryon.core.errors import ConfigError, DataError


@dataclass(frozen=True, kw_only=True)
class EvaluateSwap(Evaluation):
    """Measure the try-on on random pairs of photos, none of them picked by hand."""

    number: int = 24
    """Pairs to draw."""
    seed: int = 0
    """The same seed draws the same pairs."""
    normalize: Literal["auto", "always", "never"] = "never"
    """As in tryon swap."""
    weights: Folder = None
    """Folder with the folders parser, pose and hpn of saved weights, instead of the released ones."""
    sheet: File = None
    """Picture of all pairs: garment photo, person, result."""
    full: Folder = None
    """Folder for every result and every row of three at full size."""

    def run(self) -> None:
        """Swap, measure, print the tables, and write the files that were asked for."""
        from tryon.core import photo
        from tryon.datasets.people import open_people
        from tryon.evaluate import swap as evaluation
        from tryon.evaluate.report import NETWORKS, check_outputs, progress, report, used_weights
        from tryon.pipeline import TryOn

        check_outputs(self.json, self.sheet)
        if self.number < 1:
            raise ConfigError(f"--number {self.number} is no number of pairs; give 1 or more")
        if self.full:
            evaluation.make_folder(self.full)
        data = open_people(self.data, self.split, labeled=False)
        if len(data) < 2:
            raise DataError(f"{self.data} has {len(data)} photos of {self.split}; a pair needs two")
        tryon = TryOn.from_pretrained(self.weights)
        rows, values, seconds, cells = [], [], [], []  # the pictures of all pairs together would fill the memory
        for i, pair in enumerate(progress(evaluation.random_pairs(len(data), self.number, self.seed), "pairs")):
            swap = evaluation.swap_pair(tryon, data, pair, i + 1, self.normalize)
            if self.full:
                evaluation.save(swap, self.full)
            rows.append(evaluation.row(swap))
            values.append(swap.values)
            seconds.append(swap.seconds)
            cells.append((swap.title, evaluation.thumbnail(swap)))
        figures = evaluation.summarize(values, seconds)
        networks = NETWORKS[:-1] if self.normalize == "never" else NETWORKS  # the last one normalizes
        report(self.json, self.split, self.number, figures, used_weights(self.weights, *networks))
        if self.sheet:
            photo.save(evaluation.sheet(cells), self.sheet)
        print(f"{self.number} pairs of {self.split}\n")
        print(evaluation.tables(figures, rows))
