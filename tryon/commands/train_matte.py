"""``tryon train matte``: binds photos of garments without a wearer to the network. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tryon.commands.options import Encoder, Folder, Folders, Number, Training
from tryon.core.errors import ConfigError

if TYPE_CHECKING:
    from tryon.datasets.ccp import Split
    from tryon.read.flat.matte_views import MatteView
    from tryon.read.flat.sample import FlatGarment
    from tryon.read.flat.things import Thing
    from tryon.read.views import PersonViews

IMAGES = 40_000
_RENDERS = 0.2  # of the people
_VALIDATION = 120  # garments, and as many views of people


@dataclass(frozen=True, kw_only=True)
class TrainMatte(Training):
    """Train the network that cuts garments without a wearer out of their photos and names their kind."""

    data: Path
    """Folder with photos of garments without a wearer, in folders by their kind: t-shirt, longsleeve, shirt, outwear,
    dress, skirt, pants, shorts; four of five are trained on, the others measured on the way."""
    mattes: Path
    """Folder of their mattes, laid out the same."""
    people: Path
    """Folder of the Clothing Co-Parsing data set, or of your own people: views of somebody who wears the garment, and
    of nobody."""
    renders: Folders = ()
    """Folders of rendered people to mix in, a fifth of all people."""
    triplets: Folder = None
    """Folder of rendered triplets whose garments lie flat, which know the inside of the garment, to mix in: the more
    there are, the more often, by the square root of their number."""
    encoder_weights: Encoder = None
    """Weights of the encoder, MobileNetV2: a state dict file, or imagenet to download them."""
    init: Folder = None
    """Folder of saved weights to start from, instead of the encoder's alone; one of the two is needed."""
    size: tuple[int, int] = (256, 256)
    """Height and width of the training views."""
    images: Number = None
    """Training views in all: 40000, or with --minutes as many as they allow."""
    batch: int = 16
    """Views a step, of each process."""
    lr: float = 1e-3
    """Highest learning rate."""

    def __post_init__(self) -> None:
        if (self.init is None) == (self.encoder_weights is None):
            raise ConfigError("give either --encoder-weights or --init: no training starts from random weights")

    def run(self) -> None:
        """Train the network and save it."""
        import torch

        from tryon.commands import telling
        from tryon.commands.person_training import load_encoder
        from tryon.commands.run_training import run_task, train_config
        from tryon.datasets.flat_garments import FlatGarments
        from tryon.read.flat.matte_model import GarmentMatte
        from tryon.read.flat.matte_task import MatteTask
        from tryon.read.flat.matte_views import MatteViews
        from tryon.synth.drawn.plain import DrawnGarments

        config = train_config(self, IMAGES)
        torch.manual_seed(self.seed)
        network = GarmentMatte.from_pretrained(self.init) if self.init else GarmentMatte()
        if self.encoder_weights:
            load_encoder(network.encoder, self.encoder_weights)
        telling.say(f"reading the photos of {self.data} and {self.people}")
        garments = FlatGarments(self.data, self.mattes, "train")
        shown = [*(garments[i] for i in range(len(garments))), *self._rendered()]
        draw, things = DrawnGarments(self.data, self.size), self._things()
        views = MatteViews(shown, self._people("train"), self.size, self.seed, draw, things)
        task = MatteTask(network, views, self._validation())
        measure = ["flat", "--data", str(self.data), "--mattes", str(self.mattes), "--weights", "FOLDER"]
        run_task(self, config, task, measure)

    def _people(self, split: "Split") -> "PersonViews":
        import numpy as np

        from tryon.core.errors import DataError
        from tryon.datasets.corrupt import Readable
        from tryon.datasets.people import open_people
        from tryon.datasets.renders import Renders
        from tryon.read.views import PersonViews, ViewConfig, shrink

        folders = [open_people(self.people, split)]
        if split == "train":
            folders += [Renders(folder) for folder in self.renders]
        samples, weights = [], []
        for i, folder in enumerate(folders):
            found = [shrink(one) for one in Readable(folder) if one.parsing is not None and (one.parsing > 0).any()]
            if not found:
                raise DataError(f"no labeled photo of {split} in {self.people}; expected people who wear their clothes")
            share = 1 - _RENDERS if i == 0 else _RENDERS / len(self.renders)
            weights += [share / len(found)] * len(found)
            samples += found
        return PersonViews(samples, self.size, self.seed, weights=np.array(weights), config=ViewConfig(empty=0.25))

    def _things(self) -> "list[Thing]":
        """Shoes, bags and hats of the people, at the resolution of their photos."""
        from tryon.datasets.corrupt import Readable
        from tryon.datasets.people import open_people
        from tryon.read.flat.things import things_of

        people = Readable(open_people(self.people, "train"))
        return [thing for one in people if one.parsing is not None for thing in things_of(one)]

    def _rendered(self) -> "list[FlatGarment]":
        from tryon.datasets.flat_garments import rendered
        from tryon.datasets.renders import RenderedTriplets

        if self.triplets is None:
            return []
        triplets = RenderedTriplets(self.triplets, "train")
        return [rendered(triplets[i].garment) for i in range(len(triplets))]

    def _validation(self) -> "list[MatteView]":
        """Whole photos of garments at the views' size, and views of people; none where there are no photos."""
        import cv2
        import numpy as np

        from tryon.core.errors import DataError
        from tryon.datasets.flat_garments import FlatGarments
        from tryon.read.flat.kinds import NEITHER, WORN
        from tryon.read.flat.matte_views import MatteView

        try:
            garments = FlatGarments(self.data, self.mattes, "val")
        except DataError:
            return []
        found, size = [], self.size[::-1]
        nothing, known = np.zeros(self.size, np.float32), np.ones((2, *self.size), bool)
        for i in np.linspace(0, len(garments), min(_VALIDATION, len(garments)), endpoint=False).astype(int):
            one = garments[i]
            image, matte = (
                cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (one.image, one.matte)
            )
            found.append(MatteView(image, matte.astype(np.float32) / 255, nothing, known, one.kind))
        try:
            people = self._people("val")
        except DataError:
            return found
        for number in range(_VALIDATION):
            image, _, parsing = people.view(number)
            found.append(MatteView(image, nothing, nothing, ~known, WORN if parsing.any() else NEITHER))
        return found
