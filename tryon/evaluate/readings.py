"""What is known of a sample before a try-on: by its exact labels, or as the program reads the photos itself.

Exact key points and labels agree between the two photos to the pixel, as no two readings do: what follows key points
closely, the thin-plate spline before all, is flattered by them.
"""

from dataclasses import replace

import numpy as np

from tryon.body.stance import facing, seated
from tryon.body.torso import garment_torso
from tryon.core.errors import DataError
from tryon.core.labels import Label, lone_garment
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import KINDS
from tryon.types import Category, Garment, Person, PersonSample, TripletSample

READINGS = ("true", "own")
CATEGORIES: dict[Label, Category] = {
    Label.UPPER: "upper",
    Label.OUTER: "outer",
    Label.DRESS: "dress",
    Label.SKIRT: "lower",
    Label.PANTS: "lower",
}
"""What a garment of each class is asked for as."""


def person_of(sample: PersonSample) -> Person:
    """The record of a person who is read without a mistake.

    Raises:
        DataError: the sample has no label map, an empty one, or no key points.
    """
    if sample.parsing is None or not sample.parsing.any():
        raise DataError(f"{sample.name} has no labels of a person; this measurement needs labeled photos of people")
    if not (sample.keypoints[:, 2] > 0).any():
        raise DataError(f"{sample.name} has no key points; this measurement needs people who wear their clothes")
    rows, columns = np.flatnonzero(sample.parsing.any(1)), np.flatnonzero(sample.parsing.any(0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    keypoints = sample.keypoints.astype(np.float32)
    return Person(sample.image, keypoints, sample.parsing, box, facing(keypoints), seated(keypoints))


def unworn(sample: PersonSample) -> Label | None:
    """The class of a garment that is shown without a wearer; ``None`` where somebody wears it."""
    return None if sample.parsing is None else lone_garment(sample.parsing)


def garment_of(sample: PersonSample, label: Label) -> Garment:
    """A garment without a wearer that is read without a mistake.

    Args:
        sample: with the joints as points of the cloth.
        label: its class, of :func:`unworn`. The inside of its back is taken for background.

    Raises:
        GarmentNotFoundError: it reaches neither a shoulder nor both hips.
    """
    assert sample.parsing is not None
    only = np.where(sample.parsing == label, np.uint8(label), np.uint8(Label.BACKGROUND))
    points = garment_torso(sample.keypoints)
    source = person_of(replace(sample, keypoints=points, parsing=only))
    kinds = np.array([kind.label == label for kind in KINDS], np.float32)
    source = replace(source, facing="front", seated=False, kinds=kinds / kinds.sum())
    return Garment(source, CATEGORIES[label], (int(label),))


def read(
    tryon: TryOn, sample: TripletSample, reading: str, category: str, *, painted: bool = False
) -> tuple[Person, Garment]:
    """Person and garment of a triplet.

    Args:
        tryon: reads the photos, where asked to.
        sample: the triplet.
        reading: ``true``, the key points and label maps of the sample, or ``own``.
        category: as in :meth:`tryon.pipeline.TryOn.read_garment`.
        painted: the photo of the person is the truth with paint over the garment, as in
            :func:`tryon.evaluate.selfpairs.self_pair`. Nobody brings such a photo, and the networks are lost on it: the
            person is read on the truth, and the paint laid over the reading.

    Raises:
        TryOnError: what the program raises where it cannot read one of the photos.
    """
    if reading == "true":
        label = unworn(sample.garment)
        if label is not None:
            return person_of(sample.person), garment_of(sample.garment, label)
        return person_of(sample.person), tryon.take_garment(person_of(sample.garment), category=category)
    person = _under_paint(tryon, sample) if painted else tryon.read_person(sample.person.image)
    return person, tryon.read_garment(sample.garment.image, category=category)


def _under_paint(tryon: TryOn, sample: TripletSample) -> Person:
    """The person as read without the paint; below it, the label map is that of the sample, who knows what it shows."""
    found = tryon.read_person(sample.target.image)
    paint = (sample.person.image != sample.target.image).any(-1)
    assert sample.person.parsing is not None
    parsing = np.where(paint, sample.person.parsing, found.parsing)
    return replace(found, photo=sample.person.image, parsing=parsing)
