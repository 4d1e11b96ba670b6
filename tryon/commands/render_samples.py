"""What the training of the compositing network is shown: try-ons whose truth is known, made by the program itself.

Most are self-reconstructions of a labeled photo, as for the layout network, in colors: the person's own garment is
painted over together with more than that, and laid back from a changed photo of itself. The others are triplets.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from appearance_flow.refine import Refiner
from appearance_flow.warp import warp
from tryon.commands import telling
from tryon.commands.person_training import label_tagged, shrink
from tryon.core.errors import DataError, OutputError, TryOnError
from tryon.core.labels import Label, mask_of
from tryon.core.masks import grown
from tryon.core.threads import one_thread
from tryon.datasets.corrupt import Readable
from tryon.datasets.people import open_people
from tryon.datasets.renders import RenderedTriplets
from tryon.evaluate.readings import person_of
from tryon.outfit import choose, plan
from tryon.read.parser.model import GarmentParser
from tryon.render.composite.apply import show
from tryon.render.composite.inputs import cut
from tryon.render.composite.over import painted_over, partly_hidden
from tryon.render.composite.views import ROW_BYTES, Sample, packed
from tryon.render.render import paint
from tryon.render.undress import take_off
from tryon.synth.selfpairs import GarmentSelfPairs
from tryon.types import Garment, Person

_SIZE = (432, 288)  # of the photos; the window has less
_AUTO = 0.7  # share of the photos on which what is worn outermost is laid back
_HIDDEN = 0.5  # share of the photos on which something of somebody else lies before the garment
_NOT_CARRIED = (Label.HAT, Label.LEGWEAR, Label.SHOES, Label.BAG, Label.ACCESSORY)


@dataclass(frozen=True)
class Source:
    """Where samples come from: the photos of a folder, and more of them that have only tags; or triplets."""

    folder: Path
    split: Literal["train", "val"]
    number: int | None
    """How many samples are made of photos; ``None`` of a folder of triplets, each of which is one."""
    seed: int = 0
    tags: Path | None = None
    run: Path | None = None
    """Folder in which the labels of the photos with tags are kept."""


def rows(source: Source, stored: Path, workers: int) -> np.ndarray:
    """Packed samples ``(N, ROW_BYTES)`` ``uint8``, mapped from the file ``stored``, which is made where it is missing.

    Args:
        source: of the samples.
        stored: in the folder of the run, so that a training that was interrupted goes on with the same.
        workers: processes that make them.

    Raises:
        DataError: a folder is not what is expected, or nothing can be used.
        OutputError: the file cannot be written.
    """
    if not stored.is_file():
        stored.parent.mkdir(parents=True, exist_ok=True)
        partly = stored.with_name(f"{stored.name}.part")
        try:
            with partly.open("wb") as file:
                for row in _made(source, workers):
                    if row is not None:
                        file.write(row.tobytes())
        except OSError as error:
            partly.unlink(missing_ok=True)
            raise OutputError(f"{stored} cannot be written ({error.strerror}); see whether the disk is full") from error
        if not partly.stat().st_size:
            raise DataError(f"nothing in {source.folder} can be used; expected labeled people with shoulders")
        partly.replace(stored)
    number = stored.stat().st_size // ROW_BYTES
    return np.memmap(stored, np.uint8, "r", shape=(number, ROW_BYTES))


def _made(source: Source, workers: int) -> Iterator[np.ndarray | None]:
    number = source.number or len(RenderedTriplets(source.folder, source.split))
    if source.tags and source.run:
        label_tagged(GarmentParser.from_pretrained(), source.tags, source.run)
    telling.say(f"dressing {number} people of {source.folder}")
    with ProcessPoolExecutor(max(workers, 1), get_context("spawn"), _start, (source,)) as pool:
        yield from pool.map(_work, range(number), chunksize=8)


_MAKER: "_Maker | None" = None


def _start(source: Source) -> None:
    global _MAKER
    one_thread()
    _MAKER = _Maker(source)


def _work(number: int) -> np.ndarray | None:
    assert _MAKER is not None
    return _MAKER(number)


class _Maker:
    """Makes sample ``number``: a function of the source and the number alone."""

    def __init__(self, source: Source):
        self.source, self.refiner = source, Refiner.from_pretrained()
        if source.number is None:
            self.triplets = Readable(RenderedTriplets(source.folder, source.split))
            return
        labeled = Readable(open_people(source.folder, source.split, correct=source.split == "train"))
        self.photos = [shrink(sample) for sample in labeled if sample.parsing is not None and sample.parsing.any()]
        if source.tags and source.run:
            self.photos += label_tagged(GarmentParser.from_pretrained(), source.tags, source.run)
        self.pairs = GarmentSelfPairs(self.photos, source.seed, _SIZE, light=False)

    def __call__(self, number: int) -> np.ndarray | None:
        try:
            if self.source.number is None:
                return self._triplet(number)
            return self._self(number, np.random.default_rng((self.source.seed, number, 2)))
        except TryOnError:  # the program refuses some photos
            return None

    def _self(self, number: int, rng: np.random.Generator) -> np.ndarray | None:
        pair = self.pairs.pair(number)
        asked = "auto" if rng.random() < _AUTO else str(rng.choice(("lower", "outfit", "upper")))
        other, another = (self.photos[int(rng.integers(len(self.photos)))] for _ in range(2))
        wearer = person_of(partly_hidden(pair.source, another) if rng.random() < _HIDDEN else pair.source)
        category, new = choose(wearer.parsing, wearer.keypoints, asked)
        person = painted_over(pair.target, other, category, new, rng)
        known = np.ones(_SIZE, bool)
        return self._sample(person_of(person), Garment(wearer, category, new), pair.target.image, known)

    def _triplet(self, number: int) -> np.ndarray | None:
        triplet = self.triplets[number]
        wearer = person_of(triplet.garment)
        category, new = choose(wearer.parsing, wearer.keypoints, "outfit")
        # What no garment brings along, such as shoes, is another on the truth.
        assert triplet.person.parsing is not None
        assert triplet.target.parsing is not None
        others = mask_of(triplet.person.parsing, *_NOT_CARRIED) | mask_of(triplet.target.parsing, *_NOT_CARRIED)
        known = ~grown(others, 2)
        return self._sample(person_of(triplet.person), Garment(wearer, category, new), triplet.target.image, known)

    def _sample(self, person: Person, garment: Garment, truth: np.ndarray, known: np.ndarray) -> np.ndarray | None:
        swap = plan(person, garment, "bring")
        warped = warp(person, garment, swap, self.refiner)
        undressed = take_off(person, garment, swap, warped)
        view = person.close
        shown = show(paint(view, warped, undressed).picture(), view, warped, undressed, swap)
        if shown is None:
            return None
        judged = (shown.where & (view.frame.cut(known.astype(np.uint8), cv2.INTER_NEAREST) > 0)).astype(np.uint8) * 255
        target = view.frame.cut(truth)
        return packed(Sample(shown.given, cut(target, shown.matrix), cut(judged, shown.matrix, cv2.BORDER_CONSTANT)))
