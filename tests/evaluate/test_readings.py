"""Garments without a wearer, read without a mistake."""

import numpy as np
import pytest

from tests.drawn import drawn_people, drawn_tryon
from tryon.body import skeleton as sk
from tryon.core.errors import PersonNotFoundError
from tryon.core.labels import UNKNOWN, Label
from tryon.evaluate.readings import garment_of, read, unworn
from tryon.evaluate.selfpairs import GREY
from tryon.types import PersonSample, TripletSample


def shown(*labels: int) -> PersonSample:
    """One class a row, from the second row on."""
    parsing = np.zeros((40, 30), np.uint8)
    for row, label in enumerate(labels, 1):
        parsing[row, 10:20] = label
    points = np.zeros((18, 3), np.float32)
    points[[sk.R_SHOULDER, sk.L_SHOULDER]] = (12, 2, 1), (18, 2, 1)
    return PersonSample(np.full((40, 30, 3), 7, np.uint8), points, parsing, "coat")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ((Label.UPPER, UNKNOWN), Label.UPPER),
        ((Label.PANTS,), Label.PANTS),
        ((Label.UPPER, Label.SKIN), None),
        ((Label.UPPER, Label.PANTS), None),
        ((Label.HAIR,), None),
        ((UNKNOWN,), None),
    ],
)
def test_one_class_alone_is_a_garment_without_a_wearer(labels: tuple[int, ...], expected: Label | None):
    assert unworn(shown(*labels)) == expected


def test_the_record_of_a_coat_has_a_torso_and_no_inside():
    garment = garment_of(shown(Label.OUTER, UNKNOWN), Label.OUTER)
    assert (garment.category, garment.labels) == ("outer", (Label.OUTER,))
    assert np.unique(garment.source.parsing).tolist() == [0, Label.OUTER]
    assert garment.source.parsing.dtype == np.uint8
    assert garment.source.box == (10, 1, 20, 2)
    assert (garment.source.keypoints[[sk.NECK, sk.R_HIP, sk.L_HIP], 2] > 0).all()
    assert garment.source.facing == "front"
    assert not garment.source.seated


def test_a_person_who_was_painted_over_is_read_before_that():
    """A top of 173 x 182 pixels, painted 10 pixels farther to either side."""
    photo = drawn_people((150, 40, 520))
    labels = np.zeros(photo.shape[:2], np.uint8)
    labels[144:326, 150:323] = Label.UPPER
    image, parsing = photo.copy(), labels.copy()
    image[144:326, 140:333], parsing[144:326, 140:333] = GREY, Label.OUTER
    points = np.zeros((18, 3), np.float32)
    truth = PersonSample(photo, points, labels)
    sample = TripletSample(PersonSample(image, points, parsing), truth, truth)
    tryon = drawn_tryon()
    person, _ = read(tryon, sample, "own", "auto", painted=True)
    assert person.photo is image
    np.testing.assert_array_equal(person.keypoints, tryon.read_person(photo).keypoints)
    assert (person.parsing == Label.OUTER).sum() == 182 * 193
    assert (person.parsing[144:326, 140:333] == Label.OUTER).all()
    assert (person.parsing == Label.PANTS).sum() > 10000  # those that the program sees
    with pytest.raises(PersonNotFoundError):  # as it is read when nobody says that it was painted
        read(tryon, sample, "own", "auto")
