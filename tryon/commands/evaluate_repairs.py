"""``tryon evaluate repairs``; what is measured is :mod:`tryon.evaluate.repairs`. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Evaluation, Folder

_SEED = 3  # of who is printed on whom


@dataclass(frozen=True, kw_only=True)
class EvaluateRepairs(Evaluation):
    """Measure what mending a reading is worth, repair by repair."""

    triplets: Folder = None
    """Folder of rendered triplets, whose people are measured on too."""
    weights: Folder = None
    """Folder with the folders parser and pose of saved weights, instead of the released ones."""

    def run(self) -> None:
        """Measure, print the table, and write the file that was asked for."""
        from collections.abc import Iterable

        from tryon.core.engine import load, ready
        from tryon.datasets.people import open_people
        from tryon.datasets.renders import RenderedTriplets
        from tryon.evaluate.repairs import measure, with_prints
        from tryon.evaluate.report import check_outputs, progress, report, table, used_weights
        from tryon.read.parser.network import PARSER
        from tryon.read.pose.network import POSE
        from tryon.types import PersonSample

        check_outputs(self.json)
        photos = open_people(self.data, self.split)
        people = [photos[i] for i in range(len(photos))]
        groups: dict[str, Iterable[PersonSample]] = {"photos": people, "printed": with_prints(people, _SEED)}
        if self.triplets:
            triplets = RenderedTriplets(self.triplets, self.split)
            groups["triplets"] = (triplets[i].person for i in range(len(triplets)))
        parser = ready(load(PARSER, self.weights and self.weights / "parser"))
        pose = ready(load(POSE, self.weights and self.weights / "pose"))
        figures: dict[str, float] = {}
        lines = []
        for group, samples in groups.items():
            number, found = measure(parser, pose, progress(samples, group))
            figures[f"{group}_number"] = number
            for name, worth in found.items():
                values = worth.figures(f"{group}_{name}")
                figures |= values
                lines.append((f"{name} ({group})", *values.values()))
        report(self.json, self.split, len(photos), figures, used_weights(self.weights, "parser", "pose"))
        print(table(("repair", "people", "changed", "right before", "right after"), lines))
