"""Reading drawn garments that nobody wears, and putting them on."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tests.drawn import drawn_people, drawn_tryon
from tests.read.flat.colors import CLOTH, INSIDE, SKIN, BoxPoints, ColorMatte, drawn_reader
from tests.read.flat.test_matte import drawn
from tryon.body import skeleton as sk
from tryon.core.errors import CheckpointError, ConfigError, GarmentNotFoundError, NobodyFoundError
from tryon.core.labels import Label
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import NEITHER
from tryon.read.flat.read import FlatReader, cut_off
from tryon.read.flat.things import laid, things_of
from tryon.types import PersonSample

TEE = (CLOTH, 60, 100, 240, 350), (INSIDE, 130, 100, 170, 120)
PERSON = (150, 40, 520)


@pytest.fixture(scope="module")
def tryon() -> TryOn:
    reads_people = drawn_tryon()
    return TryOn(reads_people.parser, reads_people.pose, flat=drawn_reader())


def test_a_garment_is_read_as_if_somebody_wore_it():
    lying = drawn_reader().read(drawn(*TEE))
    # The drawn joints are 250 pixels apart: shoulders go up by a twentieth of that, hips down by .03 of it.
    assert lying.keypoints[sk.NECK, :2] == pytest.approx((150, 100 - 12.5), abs=2)
    assert lying.keypoints[sk.R_SHOULDER, :2] == pytest.approx((105, 100 - 12.5), abs=2)
    assert lying.keypoints[sk.L_HIP, :2] == pytest.approx((180, 350 + 7.5), abs=2)
    front = lying.parsing == Label.UPPER
    assert front.sum() == pytest.approx(180 * 250 - 40 * 20, rel=0.02)
    assert not front[102:118, 135:165].any()  # the inside of the back stays behind
    assert lying.kinds is not None


def test_edges_that_cut_the_garment_off_are_noted():
    lower = drawn((CLOTH, 60, 100, 240, 400))
    assert drawn_reader().read(lower).warnings == (
        "the photo's lower edge cuts the garment off; what lies beyond it is missing",
    )
    front = np.zeros((100, 100), bool)
    front[20:80, 0:60] = True
    front[30:35, 60:] = True  # a sleeve that only just reaches the edge
    assert cut_off(front) == ["the photo's left edge cuts the garment off; what lies beyond it is missing"]
    assert cut_off(np.zeros((9, 9), bool)) == []


def test_garments_with_and_without_a_wearer_are_told_apart_by_the_photo(tryon):
    assert tryon.nobody_wears(drawn(*TEE))
    assert not tryon.nobody_wears(drawn(*TEE, (SKIN, 130, 40, 170, 100)))
    assert tryon.read_garment(drawn(*TEE)).source.kinds is not None
    assert tryon.read_garment(drawn(*TEE, (SKIN, 130, 40, 170, 100))).source.kinds is None


def test_what_the_photo_shows_can_be_said(tryon):
    worn = drawn(*TEE, (SKIN, 130, 40, 170, 100))
    assert tryon.read_garment(worn, garment_photo="flat").source.kinds is not None
    with pytest.raises(NobodyFoundError, match=r"garment photo: nobody was found who wears .* --garment-photo flat"):
        tryon.read_garment(drawn(*TEE), garment_photo="worn")
    with pytest.raises(ConfigError, match="choose auto, worn or flat"):
        tryon.read_garment(worn, garment_photo="lying")  # type: ignore[arg-type]


class OnlyThings(ColorMatte):
    """Takes whatever it sees for shoes and the like."""

    def forward(self, image):
        said = super().forward(image)
        said.shows[:, NEITHER] = 30
        return said


def test_what_is_no_garment_is_refused_unless_the_caller_knows_better(tryon):
    unsure = TryOn(tryon.parser, tryon.pose, flat=FlatReader(OnlyThings(), BoxPoints()))
    assert not unsure.nobody_wears(drawn(*TEE))
    with pytest.raises(GarmentNotFoundError, match=r"^garment photo: neither a garment nor .* shoes"):
        unsure.read_garment(drawn(*TEE))
    assert unsure.read_garment(drawn(*TEE), garment_photo="flat").source.kinds is not None


def test_the_released_networks_take_no_shoes_and_bags_of_the_samples_for_garments():
    reader, paper = FlatReader.from_pretrained(), np.full((384, 384, 3), 245, np.uint8)
    read = [people.person(name) for name in people.NAMES]
    things = [thing for one in read for thing in things_of(PersonSample(one.photo, one.keypoints, one.parsing))]
    shown = [laid(thing, paper, np.random.default_rng(i)) for i, thing in enumerate(things)]
    assert len(shown) >= 6
    assert sum(map(reader.nobody_wears, shown)) <= 1


def test_a_photo_of_nothing_is_told_from_one_of_a_garment_whose_wearer_is_not_found(tryon):
    with pytest.raises(GarmentNotFoundError, match=r"^garment photo: neither a garment nor somebody who wears one was"):
        tryon.read_garment(drawn())
    for photo, said in ((drawn(), "worn"), (drawn((SKIN, 5, 5, 25, 25)), "auto")):
        with pytest.raises(NobodyFoundError, match=r"^garment photo: nobody was found who wears"):
            tryon.read_garment(photo, garment_photo=said)  # type: ignore[arg-type]


def test_it_is_put_on_like_any_other_garment(tryon):
    person = tryon.read_person(drawn_people(PERSON))
    garment = tryon.read_garment(drawn(*TEE))
    result = tryon(person, garment)
    assert (result.garment.category, result.warnings) == ("upper", ())
    chest = result.image[200:300, 200:270].reshape(-1, 3)
    assert np.median(chest, 0) == pytest.approx(CLOTH, abs=12)
    flow = result.flow[250, 236] + (236, 250)
    assert (flow > (60, 100)).all()
    assert (flow < (240, 350)).all()
    # Nobody's pose has to be changed for it.
    assert tryon.take_garment(replace(garment.source)).labels == (int(Label.UPPER),)


def test_another_half_of_the_body_is_refused(tryon):
    with pytest.raises(GarmentNotFoundError, match="garment photo: it shows a t-shirt that nobody wears"):
        tryon.read_garment(drawn(*TEE), category="lower")


def test_missing_weights_are_told_of(tmp_path):
    with pytest.raises(CheckpointError, match="matte"):
        FlatReader.from_pretrained(tmp_path)
