"""From a request to a picture: categories, formats, who is read once."""

import io

import numpy as np
import pytest
from PIL import Image

from tests import people
from tests.drawn import drawn_people
from tests.read.flat.colors import CLOTH, INSIDE
from tests.read.flat.test_matte import drawn
from tests.serve.asking import NOBODY, PERSON, WEARER, CountingTryOn, png
from tryon.core import photo
from tryon.core.errors import GarmentNotFoundError, InputImageError, PersonNotFoundError
from tryon.serve import dressing
from tryon.serve.dressing import Dresser, category_of
from tryon.serve.fields import Request


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tryon() -> CountingTryOn:
    return CountingTryOn()


@pytest.fixture
def dresser(tryon, clock) -> Dresser:
    return Dresser(tryon, clock, 1000)


def dress(dresser: Dresser, *arguments, **fields) -> dressing.Dressed:
    return dresser(Request(*arguments, **fields), lambda: None)


def test_a_picture_is_what_the_pipeline_makes(dresser, tryon):
    expected = tryon(tryon.read_person(PERSON), tryon.read_garment(WEARER)).image
    done = dress(dresser, PERSON, WEARER)
    assert (photo.load(done.data) == expected).all()
    assert Image.open(io.BytesIO(done.data)).format == "PNG"
    jpeg = dress(dresser, PERSON, WEARER, output_format="jpeg")
    assert Image.open(io.BytesIO(jpeg.data)).format == "JPEG"
    assert np.abs(photo.load(jpeg.data).astype(int) - expected).mean() < 2


def test_notes_are_handed_on(dresser):
    cut = png(drawn_people((100, 200, 1100)))
    words = "person photo: the photo ends above the hips; only garments for the upper body can be put on"
    assert words in dress(dresser, cut, WEARER).notes


def test_the_categories():
    assert category_of(people.person("man_suit"), "tops") == "outer"
    assert category_of(people.person("man_tshirt"), "tops") == "upper"
    for asked, category in (("auto", "auto"), ("bottoms", "lower"), ("one-pieces", "dress")):
        assert category_of(people.person("man_suit"), asked) == category


def test_the_category_reaches_the_pipeline(dresser):
    with pytest.raises(GarmentNotFoundError, match=r"garment photo: .*does not show a dress clearly enough"):
        dress(dresser, PERSON, WEARER, category="one-pieces")
    top, legs = (photo.load(dress(dresser, PERSON, WEARER, category=one).data) for one in ("tops", "bottoms"))
    assert (top != legs).any()


def test_several_garments_on_one_person_read_the_person_once(dresser, tryon):
    other = png(drawn_people((160, 60, 480)))
    for garment in (WEARER, other, WEARER):
        dress(dresser, PERSON, garment)
    assert tryon.reads == 3


def test_whoever_is_not_used_for_long_is_read_again(dresser, tryon, clock):
    dress(dresser, PERSON, WEARER)
    clock.now = 100
    dress(dresser, PERSON, PERSON)
    dresser.forget(50)
    dress(dresser, PERSON, PERSON)
    assert tryon.reads == 3  # PERSON as a wearer, too, who might have been a garment that nobody wears
    dress(dresser, PERSON, WEARER)
    assert tryon.reads == 4


@pytest.mark.parametrize(("name", "limit"), [("MAX_READ", 2), ("MAX_PIXELS", 2 * 600 * 500)])
def test_no_more_than_some_are_remembered(dresser, tryon, monkeypatch, name, limit):
    monkeypatch.setattr(dressing, name, limit)
    third = png(drawn_people((160, 60, 480)))
    dress(dresser, PERSON, WEARER)
    dress(dresser, PERSON, third)  # the wearer goes, who was used longest ago
    assert tryon.reads == 3
    dress(dresser, PERSON, third)
    assert tryon.reads == 3
    dress(dresser, PERSON, WEARER)
    assert tryon.reads == 4


def test_photos_that_cannot_serve_are_named(dresser):
    with pytest.raises(InputImageError, match="person photo: the picture"):
        dress(dresser, b"GIF89a?", WEARER)
    with pytest.raises(PersonNotFoundError, match="person photo: no person was found"):
        dress(dresser, NOBODY, WEARER)
    with pytest.raises(GarmentNotFoundError, match="garment photo: neither a garment nor somebody who wears one"):
        dress(dresser, PERSON, NOBODY)


def test_a_garment_that_lies_flat(dresser):
    tee = png(drawn((CLOTH, 60, 100, 240, 350), (INSIDE, 130, 100, 170, 120)))
    with pytest.raises(PersonNotFoundError):
        dress(dresser, PERSON, tee, garment_photo_type="model")
    done = photo.load(dress(dresser, PERSON, tee, garment_photo_type="flat-lay").data)
    assert (np.abs(done[200:300, 200:270].astype(int) - CLOTH).mean((0, 1)) < 20).all()


def test_an_address_is_fetched_when_its_turn_comes(dresser):
    with pytest.raises(InputImageError, match=r"person photo: it could not be fetched from localhost:1 \(.*refused\)"):
        dress(dresser, "https://localhost:1/a.jpg", WEARER)


def test_the_work_can_be_stopped_between_all_steps(dresser):
    steps: list[None] = []
    dresser(Request(PERSON, WEARER), lambda: steps.append(None))
    assert len(steps) == 5  # two photos to read, three stages
