"""What the compositing network is shown and what becomes of its answer, on sample people in each other's clothes."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from appearance_flow.warp import warp
from tests import people
from tests.figure import figure
from tryon.core.labels import Label, mask_of
from tryon.outfit import plan
from tryon.render.composite.apply import laid_over, show
from tryon.render.composite.inputs import MAPS, NUM_PLANES, PLATES, SIZE, made_up, mirrored, never_bare, window_matrix
from tryon.render.composite.over import painted_over, partly_hidden
from tryon.render.composite.views import ROW_BYTES, CompositeViews, Sample, packed, unpacked
from tryon.render.layout.inputs import HOLE
from tryon.render.plates import make_plates
from tryon.render.render import paint, render
from tryon.render.undress import take_off
from tryon.types import PersonSample


@cache
def tried_on():
    """A bare-armed dress on somebody in a coat, and what the stages before make of it."""
    person, garment = people.person("woman_coat", 512), people.garment("woman_dress", "dress", 512)
    swap = plan(person, garment, "bring")
    warped = warp(person, garment, swap)
    return person, garment, swap, warped, take_off(person, garment, swap, warped)


@cache
def shown():
    person, _, swap, warped, undressed = tried_on()
    picture = paint(person.close, warped, undressed).picture()
    found = show(picture, person.close, warped, undressed, swap)
    assert found
    return found


def answer(plate: str) -> tuple[np.ndarray, np.ndarray]:
    weights = np.zeros((len(PLATES), *SIZE), np.float32)
    weights[PLATES.index(plate)] = 1
    return weights, np.zeros((*SIZE, 3), np.float32)


def test_made_up_is_what_neither_photo_shows():
    _, _, swap, warped, undressed = tried_on()
    where = made_up(warped, undressed, swap)
    assert where[undressed.hole & ~undressed.in_front].all()
    assert not (where & ~undressed.region).any()
    assert not (where & undressed.in_front).any()
    seen = np.zeros(where.shape, bool)
    for layer in warped.layers:
        seen |= layer.alpha > 0.99
    inner = seen & ~undressed.gaps
    assert where[inner].mean() < 0.35  # most of the garment is copied
    nothing = replace(undressed, hole=np.zeros_like(where), gaps=np.zeros_like(where))
    assert 0 < made_up(warped, nothing, swap).sum() < where.sum()  # what the garment photo hides


def test_no_skin_is_made_up_between_collar_bone_and_mid_thigh():
    body = people.person("man_tshirt", 512).close.body
    never = never_bare(people.person("man_tshirt", 512).close)
    assert never[body.torso & (body.depth > 0.2)].all()
    assert not never[body.neck | (body.depth > 1.9)].any()


def test_the_window_holds_what_may_change():
    where = np.zeros((300, 200), bool)
    where[100:180, 20:60] = True
    matrix = window_matrix(where)
    corners = np.array(((20, 100, 1), (59, 179, 1)), float) @ matrix.T
    assert (corners > 0).all()
    assert (corners < (SIZE[1] - 1, SIZE[0] - 1)).all()
    # 80 rows and a margin of an eighth at either end fill the height.
    assert matrix[0, 0] == pytest.approx(256 / (80 + 2 * 0.12 * 80))


def test_what_is_shown():
    given = shown().given
    assert given.plates.shape == (5, *SIZE, 3)
    assert given.planes.shape == (NUM_PLANES, *SIZE)
    hole = given.stay == HOLE
    assert hole.mean() > 0.03
    assert (given.planes[MAPS.index("made up")] > 127)[hole].mean() > 0.3
    assert given.planes[MAPS.index("trunk")].max() == 255


def test_a_mirror_exchanges_left_and_right():
    given = shown().given
    twice = mirrored(mirrored(given))
    assert np.array_equal(twice.planes, given.planes)
    assert np.array_equal(twice.plates, given.plates)
    once = mirrored(given)
    left, right = MAPS.index("left_arm"), MAPS.index("right_arm")
    assert np.array_equal(once.planes[left], given.planes[right, :, ::-1])
    assert np.array_equal(once.stay, given.stay[:, ::-1])


@pytest.mark.parametrize("plate", ["ground", "skin", "garment"])
def test_the_plate_that_is_chosen_is_seen_and_all_else_stays(plate):
    found = shown()
    picture, kept = laid_over(found, *answer(plate))
    inner = found.where & (kept < 0.01)
    assert inner.sum() > 200
    assert np.abs(picture - found.pictures[PLATES.index(plate)])[inner].max() < 3
    assert np.array_equal(picture[~found.where], found.pictures[0][~found.where])
    assert (kept[~found.where] == 1).all()


def test_the_plate_of_the_rules_and_no_light_change_nothing():
    picture, kept = laid_over(shown(), *answer("rules"))
    np.testing.assert_allclose(picture, shown().pictures[0], atol=1e-3)
    assert (kept == 1).all()


def test_light_is_added_where_nothing_could_be_copied():
    weights, light = answer("rules")
    picture, _ = laid_over(shown(), weights, light + np.float32(0.1))
    change = (picture - shown().pictures[0])[..., 0]
    assert change.max() == pytest.approx(25.5, abs=0.1)
    assert not change[~shown().where].any()


def test_the_program_composes_what_it_makes_up_and_keeps_the_photo():
    person, garment, swap, warped, undressed = tried_on()
    plain = render(person, garment, swap, warped, undressed)
    other = render(person, garment, swap, warped, undressed, lambda given: answer("ground"))
    assert (plain.image != other.image).any(-1).sum() > 500
    assert np.array_equal(plain.mask, other.mask)
    assert np.array_equal(other.image[~other.mask], person.photo[~other.mask])


def test_plates_are_made_where_they_are_asked_for():
    person, _, _, warped, undressed = tried_on()
    nowhere = np.zeros_like(undressed.hole)
    plates = make_plates(person.close, warped, undressed, undressed.hole, False, nowhere)
    assert plates.skin is None
    assert plates.cloth is None
    changed = (plates.ground != person.close.photo).any(-1)
    assert not changed[~undressed.hole].any()
    assert changed[undressed.hole].mean() > 0.9


# --- samples and views ----------------------------------------------------------------------------------------------


def sample_of(person) -> PersonSample:
    return PersonSample(person.photo, person.keypoints, person.parsing, "anna", "anna")


def test_what_is_painted_over_covers_the_garment_and_is_one_of_its_kind():
    person, other = sample_of(figure()), sample_of(figure((np.s_[60:230, 70:130], Label.DRESS)))
    labels, more = set(), []
    for seed in range(12):
        done = painted_over(person, other, "upper", (int(Label.UPPER),), np.random.default_rng(seed))
        changed = (done.image != person.image).any(-1)
        cloth = person.parsing == Label.UPPER
        assert changed[cloth].mean() > 0.97
        labels |= set(np.unique(done.parsing[changed & cloth]).tolist())
        more.append((changed & ~cloth).sum() / cloth.sum())
        assert np.array_equal(done.image[~changed], person.image[~changed])
    assert labels == {int(Label.UPPER), int(Label.OUTER)}
    assert max(more) > 3 * min(more)


def test_what_lies_before_a_garment_hides_it():
    bag = np.s_[120:170, 80:120]
    done = partly_hidden(sample_of(figure()), sample_of(figure((bag, Label.BAG))))
    hidden = done.parsing != figure().parsing
    assert hidden[130:160, 85:115].all()
    assert (done.parsing[hidden] == Label.BAG).all()
    assert not (hidden & ~mask_of(figure().parsing, Label.UPPER, Label.PANTS)).any()


def sample() -> Sample:
    truth = np.full((*SIZE, 3), 90, np.uint8)
    truth[:, :20] = 200
    return Sample(shown().given, truth, shown().given.planes[0])


def test_a_packed_sample_comes_back():
    row = packed(sample())
    assert row.shape == (ROW_BYTES,)
    again = unpacked(row)
    assert np.array_equal(again.given.plates, shown().given.plates)
    assert np.array_equal(again.given.planes, shown().given.planes)
    assert np.array_equal(again.given.stay, shown().given.stay)
    assert np.array_equal(again.truth, sample().truth)
    assert np.array_equal(again.judged, sample().judged)


def test_a_view_depends_on_the_seed_and_its_number_alone():
    rows = packed(sample())[None]
    views, again = CompositeViews([rows], [1.0], 3), CompositeViews([rows], [1.0], 3)
    assert np.array_equal(views.view(5).truth, again.view(5).truth)
    assert not np.array_equal(views.view(5).truth, views.view(6).truth)
    sides = {bool(views.view(n).truth[0, 0, 0] > views.view(n).truth[0, -1, 0]) for n in range(12)}
    assert sides == {True, False}
    assert np.array_equal(CompositeViews([rows], [1.0], 3, vary=False).view(7).truth, sample().truth)


def test_plates_and_truth_are_in_the_same_light():
    rows = packed(replace(sample(), truth=shown().given.plates[1].copy()))[None]
    for number in range(4):
        view = CompositeViews([rows], [1.0], 0).view(number)
        assert np.array_equal(view.given.plates[1], view.truth)


def test_groups_are_drawn_by_their_shares():
    dark, light = (packed(replace(sample(), truth=np.full((*SIZE, 3), level, np.uint8))) for level in (20, 230))
    views = CompositeViews([dark[None], light[None]], [0.75, 0.25], 0)
    assert sum(views.view(n).truth.mean() > 100 for n in range(60)) == pytest.approx(15, abs=8)
