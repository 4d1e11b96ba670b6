"""``tryon evaluate layout``; what is measured is :mod:`tryon.evaluate.layout`. Free of torch until it runs.

Groups are those of :mod:`tryon.commands.evaluate_tryon`: ``triplets``, ``unseen_outfit`` and ``photos``, the garment of
a photo put back on its wearer. Person and garment are known by exact key points and labels.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tryon.commands.options import Folder, KnownTruth
from tryon.core.errors import DataError, TryOnError


@dataclass(frozen=True, kw_only=True)
class EvaluateLayout(KnownTruth):
    """Measure what is where on the dressed person: by the rules, and by the layout network."""

    triplets: Path
    """Folder of rendered triplets, from tryon data render --avatars AVATARS --kind triplets."""
    weights: Folder = None
    """Folder of saved weights of the layout network; without it, only the rules are measured."""

    def run(self) -> None:
        """Measure, print the tables, and write the files that were asked for."""
        from appearance_flow.refine import Refiner
        from tryon.commands.evaluate_tryon import SelfPairs, Triplets
        from tryon.evaluate.layout import compare, figures, tables
        from tryon.evaluate.report import progress, report, used_weights, write_markdown
        from tryon.pipeline import TryOn
        from tryon.render.layout.model import Layout, predict

        self.check()
        layouts = partial(predict, Layout.from_pretrained(self.weights)) if self.weights else None
        sources = (
            Triplets(self.triplets, self.split, self.number),
            SelfPairs(self.data, self.split, self.number, self.seed, TryOn.from_pretrained()),
        )
        refiner, outcomes, refused = Refiner.from_pretrained(), [], 0
        for source, place in progress([(one, i) for one in sources for i in range(len(one))], "samples"):
            try:
                outcomes.append(compare(source[place], refiner, layouts))
            except TryOnError:
                refused += 1
        if not outcomes:
            raise DataError("every sample was refused; check the data with tryon data check")
        found = figures(outcomes) | {"refused": float(refused)}
        text = tables(found, outcomes, self.split)
        print(text)
        print(f"{refused} samples were refused by the program.")
        used = used_weights(None, "flow", "amodal") | ({"layout": self.weights} if self.weights else {})
        report(self.json, self.split, len(outcomes), found, used)
        write_markdown(self.markdown, text, used)
