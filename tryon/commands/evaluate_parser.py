"""``tryon evaluate parser``; what is measured is :mod:`tryon.evaluate.parser`. Free of torch until it runs."""

from dataclasses import dataclass

from tryon.commands.options import Evaluation, File, Folder, Folders


@dataclass(frozen=True, kw_only=True)
class EvaluateParser(Evaluation):
    """Measure the garment parser: whole photos, from finding the person on."""

    renders: Folders = ()
    """Folders of rendered people to measure on too."""
    garments: Folder = None
    """Folder with pictures of garments without a person, in which nobody should be found."""
    weights: Folder = None
    """Folder of saved weights, instead of the released ones."""
    mirror: bool = True
    """Average the close reading with that of the mirrored photo, as the try-on does."""
    sheet: File = None
    """Picture of 24 readings beside the truth, spread evenly over the split."""

    def run(self) -> None:
        """Measure, print the tables, and write the files that were asked for."""
        from tryon.core import photo
        from tryon.core.engine import load, ready
        from tryon.core.weight_files import RELEASED
        from tryon.datasets.ccp import ClothingCoParsing
        from tryon.datasets.people import open_people
        from tryon.datasets.renders import Renders
        from tryon.evaluate import parser as evaluation
        from tryon.evaluate.report import check_outputs, report
        from tryon.read.parser.network import PARSER

        check_outputs(self.json, self.sheet)
        parser = ready(load(PARSER, self.weights))
        data = open_people(self.data, self.split)
        audited = open_people(self.data, self.split, correct=True) if isinstance(data, ClothingCoParsing) else None
        renders = [Renders(folder, self.split) for folder in self.renders]
        garments = evaluation.pictures_in(self.garments) if self.garments else []
        number, figures, cells = evaluation.measure_photos(parser, data, audited=audited, mirror=self.mirror)
        if renders:
            figures |= evaluation.measure_renders(parser, renders, mirror=self.mirror)
        if garments:
            figures["found_in_garments"] = evaluation.found_in(parser, garments)
        report(self.json, self.split, number, figures, {"parser": self.weights or RELEASED / "parser"})
        if self.sheet:
            photo.save(evaluation.sheet(cells), self.sheet)
        print(f"{number} photos of {self.split}\n")
        print(evaluation.tables(figures))
