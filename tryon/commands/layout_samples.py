"""What the training of the layout network is shown: where its data sets meet it."""

import io
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np

from appearance_flow.refine import Refiner
from appearance_flow.warp import warp
from tryon.body.torso import complete_torso
from tryon.commands import telling
from tryon.commands.person_training import label_tagged
from tryon.core.errors import DataError, GarmentNotFoundError, PersonNotFoundError, reason_of
from tryon.core.files import write_atomically
from tryon.core.labels import Label
from tryon.datasets.ccp import Split
from tryon.datasets.corrupt import Readable
from tryon.datasets.people import open_people
from tryon.datasets.renders import RenderedTriplets
from tryon.evaluate.readings import person_of
from tryon.outfit import choose, plan
from tryon.read.parser.model import GarmentParser
from tryon.render.layout.inputs import worn_planes
from tryon.render.layout.views import Figure, Removal, classes, figure_of
from tryon.render.undress import take_off
from tryon.types import Garment, TripletSample

_RARE = (Label.DRESS, Label.SKIRT, Label.OUTER, Label.BAG, Label.SCARF)
_OFTEN = 0.5  # more often is a photo drawn for each of these that it shows
_TAGS_SHARE = 0.45


def figures(data: Path, tags: Path | None, run: Path) -> tuple[list[Figure], np.ndarray]:
    """Labeled photos of the train split, those of ``tags`` as the released parser labels them, and how often each is
    drawn.

    Raises:
        DataError: a folder is not what is expected.
    """
    telling.say(f"reading the label maps of {data}")
    photos = Readable(open_people(data, "train", correct=True))
    labeled = [figure for sample in photos if (figure := figure_of(sample))]
    weights = _weights(labeled)
    if not tags:
        return labeled, weights
    tagged = [
        figure for sample in label_tagged(GarmentParser.from_pretrained(), tags, run) if (figure := figure_of(sample))
    ]
    if not tagged:
        return labeled, weights
    share = np.concatenate((weights * (1 - _TAGS_SHARE), _weights(tagged) * _TAGS_SHARE))
    return labeled + tagged, share


def labeled_figures(data: Path, split: Split) -> list[Figure]:
    """Labeled photos of a split."""
    photos = Readable(open_people(data, split))
    return [figure for sample in photos if (figure := figure_of(sample))]


def _weights(labeled: list[Figure]) -> np.ndarray:
    shows = [sum(bool((one.labels == label).sum() > 50) for label in _RARE) for one in labeled]
    weights = 1 + _OFTEN * np.array(shows, float)
    return weights / max(weights.sum(), 1e-9)


def removals(folder: Path, run: Path) -> list[Removal]:
    """The rendered triplets of a folder to train on, each outfit carried over to its person by the program.

    They are kept in the folder of the run, so that a training that was interrupted goes on with the same, even where
    the renderer has added some.

    Raises:
        DataError: the folder is none of rendered triplets, or the kept file is damaged.
    """
    stored = run / "triplets.npz"
    if not stored.is_file():
        triplets, refiner = Readable(RenderedTriplets(folder, "train")), Refiner.from_pretrained()
        telling.say(f"carrying the garments of the {len(triplets)} triplets in {folder} over")
        found = [one for triplet in triplets if (one := removal_of(triplet, refiner))]
        if not found:
            raise DataError(
                f"{folder} has no triplets of train that can be used; render some with tryon data render --split train"
            )
        arrays = {f"{number}_{name}": value for number, one in enumerate(found) for name, value in _packed(one).items()}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # NumPy's stubs take a name for an option
        run.mkdir(parents=True, exist_ok=True)
        write_atomically(stored, buffer.getvalue())
    try:
        with np.load(stored) as arrays:
            names = [field.name for field in fields(Removal)]
            number = len(arrays.files) // len(names)
            return [_unpacked({name: arrays[f"{i}_{name}"] for name in names}) for i in range(number)]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{stored} cannot be read ({reason_of(error)}); remove it to have the triplets prepared again"
        ) from error


def _packed(removal: Removal) -> dict[str, np.ndarray]:
    return {field.name: np.asarray(getattr(removal, field.name)) for field in fields(Removal)}


def _unpacked(arrays: dict[str, np.ndarray]) -> Removal:
    return Removal(**(arrays | {"category": str(arrays["category"])}))  # type: ignore[arg-type]


def removal_of(triplet: TripletSample, refiner: Refiner | None) -> Removal | None:
    """A triplet with its outfit carried over; ``None`` where the program refuses it."""
    assert triplet.target.parsing is not None
    try:
        person, wearer = person_of(triplet.person), person_of(triplet.garment)
        category, new = choose(wearer.parsing, wearer.keypoints, "outfit")
        garment = Garment(wearer, category, new)
        swap = plan(person, garment, "bring")
        warped = warp(person, garment, swap, refiner)
        undressed = take_off(person, garment, swap, warped)
        keypoints = complete_torso(person.close.keypoints)[0]
    except (DataError, GarmentNotFoundError, PersonNotFoundError):
        return None
    size, nothing = person.close.frame.size, np.array(((1.0, 0, 0), (0, 1.0, 0)))
    if person.close.frame.reduced:
        raise DataError(f"{triplet.name} is larger than {size}; render triplets to train on with smaller sides")
    truth = classes(person.close.frame.cut(triplet.target.parsing), new)
    hole = undressed.off | undressed.hole
    return Removal(person.close.parsing, hole, worn_planes(warped, swap, nothing, size), truth, keypoints, category)
