"""``tryon evaluate flat``; what is measured is :mod:`tryon.evaluate.flat`. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tryon.commands.options import File, Folder
from tryon.core.errors import ConfigError

if TYPE_CHECKING:
    from tryon.pipeline import TryOn
    from tryon.read.flat.read import FlatReader

_PAIRS, _CELL = 48, (400, 300)


@dataclass(frozen=True, kw_only=True)
class EvaluateFlat:
    """Measure how garments that nobody wears are read: cut out, named, and their points found."""

    data: Path
    """Folder with photos of such garments, in folders by their kind; every fifth is measured, those that no network
    was trained on."""
    mattes: Path
    """Folder of their mattes, laid out the same."""
    people: Folder = None
    """Folder of the Clothing Co-Parsing data set, or of your own people: photos of val, to be told apart from garments
    without a wearer."""
    triplets: Folder = None
    """Folder of rendered triplets whose garments lie flat; those of val are measured."""
    weights: Folder = None
    """Folder with the folders matte and points, instead of the released weights."""
    sheet: File = None
    """Picture of 48 random pairs of a photo of --people and a garment, and what came of them."""
    json: File = None
    """File for the figures, as one JSON object with flat keys."""

    def run(self) -> None:
        """Measure, print the table, and write the file that was asked for."""
        from tryon import draw
        from tryon.core import photo
        from tryon.datasets.flat_garments import FlatGarments
        from tryon.datasets.people import open_people
        from tryon.datasets.renders import RenderedTriplets
        from tryon.evaluate import flat as evaluation
        from tryon.evaluate.report import check_outputs, report, table, used_weights
        from tryon.read.flat.read import FlatReader

        if self.sheet and not self.people:
            raise ConfigError("--sheet needs --people: those who are dressed")
        check_outputs(self.json, self.sheet)
        reader = FlatReader.from_pretrained(self.weights)
        garments = FlatGarments(self.data, self.mattes, "val")
        figures = evaluation.measure_photos(reader, self.data, garments)
        if self.people:
            people = open_people(self.people, "val", labeled=False)
            figures |= evaluation.measure_people(reader, (people[i] for i in range(len(people))), len(people))
            everybody = (people[i] for i in range(len(people)))
            labeled = [one for one in everybody if one.parsing is not None]
            figures |= evaluation.measure_things(reader, labeled, garments)
            figures |= evaluation.measure_prints(reader, labeled, garments)
            figures |= evaluation.measure_turned(reader, labeled, garments)
            if self.sheet:
                figures["dressed"], rows = evaluation.dress(self._tryon(reader), people, garments, _PAIRS)
                cells = [[cell for row in rows[i : i + 4] for cell in row] for i in range(0, len(rows), 4)]
                photo.save(draw.contact_sheet(cells, _CELL), self.sheet)
        if self.triplets:
            figures |= evaluation.measure_triplets(reader, RenderedTriplets(self.triplets, "val"))
        figures |= evaluation.measure_drawn(reader)
        report(self.json, "val", len(garments), figures, used_weights(self.weights, "matte", "points"))
        print(f"{len(garments)} photos of garments of val\n")
        print(table(("measure", "value"), figures.items()))

    def _tryon(self, reader: "FlatReader") -> "TryOn":
        from appearance_flow.refine import Refiner
        from tryon.core.engine import load
        from tryon.pipeline import TryOn
        from tryon.read.parser.network import PARSER
        from tryon.read.pose.network import POSE

        return TryOn(load(PARSER), load(POSE), refiner=Refiner.from_pretrained(), flat=reader)
