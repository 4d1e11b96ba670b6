"""Dressing pair after pair: each photo is read once, and what goes wrong is told and no more."""

from dataclasses import replace

import numpy as np
import pytest

from tests.batch.drawn_batch import SIZE, Asked, Counting, drawn, drawn_folders
from tests.drawn import drawn_people, drawn_tryon
from tryon.batch.dress import Dresser, saving_in
from tryon.batch.pairs import Options
from tryon.core import photo
from tryon.core.errors import CheckpointError, OutputError


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_each_photo_is_read_once(tmp_path, out):
    tryon, pairs = Counting(), drawn_folders(tmp_path)
    dress = Dresser(tryon, saving_in(out))
    # The garments of a person one after the other, and the people of a garment: either way most are seen again later.
    for pair in (*pairs[::2], *pairs[1::2]):
        outcome = dress(pair)
        assert (outcome.status, outcome.category, outcome.message) == ("ok", "upper", "")
        assert outcome.seconds > 0
        assert outcome.sizes == (pair.person_file.stat().st_size, pair.garment_file.stat().st_size)
    assert len(tryon.read) == 5
    again = drawn_tryon()
    for pair in pairs:
        expected = again(again.read_person(pair.person_file), again.read_garment(pair.garment_file))
        assert (photo.load(out / pair.picture) == expected.image).all()


def test_a_photo_that_was_decoded_already_and_pictures_that_are_kept_in_memory(tmp_path):
    tryon, kept, pairs = Counting(), {}, drawn_folders(tmp_path, people=1, garments=2)
    taken = photo.read(pairs[0].person_file)
    dress = Dresser(tryon, lambda image, name: kept.update({name: image}))
    assert [dress(replace(pair, person_file=taken)).sizes[0] for pair in pairs] == [None, None]
    assert len(tryon.read) == 3
    again = drawn_tryon()
    expected = again(again.read_person(drawn(0)), again.read_garment(drawn(1)))
    assert list(kept) == ["p0--g0.png", "p0--g1.png"]
    assert (kept["p0--g1.png"] == expected.image).all()


def test_a_photo_that_changes_meanwhile_is_read_again(tmp_path, out):
    tryon, pairs = Counting(), drawn_folders(tmp_path, people=1, garments=2)
    dress = Dresser(tryon, saving_in(out))
    for pair in pairs:
        dress(pair)
    photo.save(drawn(3), pairs[0].garment_file)
    dress(pairs[0])
    assert len(tryon.read) == 4
    again = drawn_tryon()
    expected = again(again.read_person(drawn(0)), again.read_garment(drawn(3))).image
    assert (photo.load(out / pairs[0].picture) == expected).all()


def test_options_and_notes(tmp_path, out):
    (pair,) = drawn_folders(tmp_path, people=1, garments=1)
    outcome = Dresser(drawn_tryon(), saving_in(out))(replace(pair, options=Options(category="lower", person_number=1)))
    assert (outcome.status, outcome.category) == ("ok", "lower")
    outcome = Dresser(drawn_tryon(), saving_in(out))(replace(pair, options=Options(wearer_number=2)))
    assert outcome.status == "failed"
    assert outcome.message == "garment photo: person 2 was asked for, but 1 was found in the photo"


def test_one_of_two_people(tmp_path, out):
    (pair,) = drawn_folders(tmp_path, people=1, garments=1)
    two = drawn_people((20, 10, 200), (110, 10, 180), size=SIZE)
    photo.save(two, pair.person_file)
    dress = Dresser(drawn_tryon(), saving_in(out))
    (note,) = dress(pair).notes
    assert note.startswith("person photo: 2 people are in the photo; number 1 from the left was taken")
    middles = []
    for number in (1, 2):
        outcome = dress(replace(pair, options=Options(person_number=number)))
        assert (outcome.status, outcome.notes) == ("ok", ())
        changed = np.flatnonzero((photo.load(out / pair.picture) != two).any((0, 2)))
        middles.append(np.median(changed))
    assert middles == pytest.approx([20 + 200 / 6, 110 + 180 / 6], abs=15)


def test_how_is_passed_on(tmp_path, out):
    tryon, (pair,) = Asked(), drawn_folders(tmp_path, people=1, garments=1)
    Dresser(tryon, saving_in(out))(
        replace(pair, options=Options(below="keep", tuck="in", inner="keep", normalize="auto"))
    )
    assert tryon.asked == [("keep", "in", "keep", "auto")]


def test_a_photo_that_was_refused_is_not_looked_at_again(tmp_path, out):
    pairs = drawn_folders(tmp_path, people=1, garments=2)
    photo.save(drawn(0)[:, :30], pairs[0].person_file)
    dress = Dresser(drawn_tryon(), saving_in(out))
    first = dress(pairs[0])
    assert (first.status, first.category) == ("failed", "auto")
    assert first.message.startswith("person photo: ")
    assert "30 x 240 pixels" in first.message
    photo.save(drawn(0), pairs[0].person_file)
    assert dress(pairs[1]).message == first.message
    assert list(out.iterdir()) == []


def test_a_fault_of_ours_is_told_with_its_place(tmp_path, out):
    class Broken(Counting):
        def take_garment(self, wearer, *, category="auto"):
            return 1 // 0

    (pair,) = drawn_folders(tmp_path, people=1, garments=1)
    outcome = Dresser(Broken(), saving_in(out))(pair)
    assert outcome.status == "error"
    assert outcome.message.startswith("ZeroDivisionError: integer division or modulo by zero (test_dress.py, line ")


def test_what_no_photo_is_to_blame_for_ends_the_work(tmp_path, out):
    class WithoutWeights(Counting):
        def read_person(self, photo, *, person=None):
            raise CheckpointError("no weights")

    (pair,) = drawn_folders(tmp_path, people=1, garments=1)
    dress = Dresser(WithoutWeights(), saving_in(out))
    for _ in range(2):
        with pytest.raises(CheckpointError):
            dress(pair)
    with pytest.raises(OutputError):
        Dresser(drawn_tryon(), saving_in(out / "missing"))(pair)
