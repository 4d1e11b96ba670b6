"""``tryon evaluate render``; what is measured is :mod:`tryon.evaluate.render`. Free of torch until it runs.

Groups are those of :mod:`tryon.commands.evaluate_tryon`: ``triplets``, ``unseen_outfit`` and ``photos``, the garment of
a photo put back on its wearer.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tryon.commands.options import File, KnownTruth
from tryon.core.errors import DataError, TryOnError


@dataclass(frozen=True, kw_only=True)
class EvaluateRender(KnownTruth):
    """Measure pictures of the compositing network beside those of the rules."""

    triplets: Path
    """Folder of rendered triplets, from tryon data render --avatars AVATARS --kind triplets."""
    weights: Path
    """Folder of saved weights of the compositing network."""
    vgg_weights: File = None
    """State dict file of torchvision's vgg16 or of its features; without it, no perceptual distance is measured."""

    def run(self) -> None:
        """Measure, print the tables, and write the files that were asked for."""
        from appearance_flow.refine import Refiner
        from tryon.commands.evaluate_tryon import SelfPairs, Triplets
        from tryon.core.engine import load, ready
        from tryon.core.perceptual import VGGFeatures
        from tryon.evaluate.render import compare, figures, table
        from tryon.evaluate.report import progress, report, used_weights, write_markdown
        from tryon.pipeline import TryOn
        from tryon.render.composite.network import COMPOSITOR, composited

        self.check()
        network = partial(composited, ready(load(COMPOSITOR, self.weights)))
        features = VGGFeatures.from_file(self.vgg_weights) if self.vgg_weights else None
        tryon, refiner = TryOn.from_pretrained(), Refiner.from_pretrained()
        sources = (
            Triplets(self.triplets, self.split, self.number),
            SelfPairs(self.data, self.split, self.number, self.seed, tryon),
        )
        compared, refused = [], 0
        for source, place in progress([(one, i) for one in sources for i in range(len(one))], "samples"):
            try:
                compared.append(compare(source[place], tryon, refiner, network, features))
            except TryOnError:
                refused += 1
        if not compared:
            raise DataError("every sample was refused; check the data with tryon data check")
        found = figures(compared) | {"refused": float(refused)}
        print(table(found))
        print(f"{refused} samples were refused by the program.")
        used = used_weights(None, "flow", "amodal") | {"render": self.weights}
        report(self.json, self.split, len(compared), found, used)
        write_markdown(self.markdown, table(found), used)
