"""What is taken from a garment photo, on literal label maps."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tests.figure import LEGS, TRUNK, figure
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.core.labels import Label, mask_of
from tryon.outfit import choose, legs_show, plan, untucked
from tryon.types import Garment, Person

# A torso of 100 pixels: a garment counts as shown from .06 × 100² = 600 pixels on.
KEYPOINTS = np.zeros((18, 3), np.float32)
KEYPOINTS[[1, 8, 11]] = (100, 50, 1), (80, 150, 1), (120, 150, 1)
STANDING = KEYPOINTS.copy()
STANDING[[2, 5]] = (70, 50, 1), (130, 50, 1)


def label_map(**pixels: int) -> np.ndarray:
    """A label map with so many pixels of each class."""
    out = np.zeros((300, 200), np.uint8)
    at = 0
    for name, number in pixels.items():
        out.reshape(-1)[at : at + number] = Label[name.upper()]
        at += number
    return out


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ({"upper": 5000}, "upper"),
        ({"upper": 5000, "pants": 9000}, "upper"),
        ({"upper": 5000, "outer": 3000}, "outer"),
        ({"upper": 5000, "dress": 3000}, "dress"),
        ({"dress": 5000, "outer": 3000}, "outer"),
        ({"upper": 5000, "outer": 590}, "upper"),  # a speck of a jacket
        ({"upper": 5000, "outer": 610}, "outer"),
    ],
)
def test_auto_takes_what_is_worn_outermost(pixels, expected):
    category, labels = choose(label_map(**pixels), KEYPOINTS, "auto")
    assert category == expected
    assert Label[expected.upper()] in labels
    assert not {Label.PANTS, Label.SKIRT, Label.SKIN, Label.HAIR, Label.BACKGROUND} & set(labels)


def test_every_category_takes_its_own():
    everything = label_map(upper=4000, outer=4000, dress=4000, skirt=4000, pants=4000)
    for category in ("upper", "outer", "dress"):
        chosen, labels = choose(everything, KEYPOINTS, category)
        assert chosen == category
        assert Label[category.upper()] in labels
        assert not {Label.PANTS, Label.SKIRT} & set(labels)
    assert choose(everything, KEYPOINTS, "lower") == ("lower", (Label.SKIRT, Label.PANTS))
    chosen, labels = choose(everything, KEYPOINTS, "outfit")
    assert chosen == "outfit"
    assert {Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS} <= set(labels)


@pytest.mark.parametrize(
    ("pixels", "category", "words"),
    [
        ({"upper": 5000, "pants": 5000}, "outer", "does not show a coat or jacket clearly enough; it shows a top"),
        ({"upper": 5000, "pants": 5000}, "outer", "and trousers or a skirt; choose another"),
        ({"pants": 5000}, "auto", "does not show a coat, dress or top clearly enough; it shows trousers or a skirt"),
        (
            {"dress": 5000, "legwear": 5000},
            "lower",
            "does not show trousers or a skirt clearly enough; it shows a dress",
        ),
        ({"dress": 5000}, "upper", "does not show a top clearly enough; it shows a dress"),
        ({"skin": 5000}, "outfit", "does not show any garment clearly enough; no garment was found on the person"),
        ({}, "auto", "no garment was found on the person"),
    ],
)
def test_a_category_that_is_not_shown(pixels, category, words):
    with pytest.raises(GarmentNotFoundError) as raised:
        choose(label_map(**pixels), KEYPOINTS, category)
    assert words in str(raised.value)


def test_an_unknown_category():
    with pytest.raises(ConfigError, match="'shoes' is unknown; choose one of auto, upper, outer, dress, lower, outfit"):
        choose(label_map(upper=5000), KEYPOINTS, "shoes")


def test_without_hips_the_area_of_the_person_is_the_measure():
    missing = np.zeros((18, 3), np.float32)
    assert choose(label_map(upper=5000, skin=2000), missing, "auto")[0] == "upper"
    with pytest.raises(GarmentNotFoundError):
        choose(label_map(upper=20, skin=9000), missing, "auto")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("man_crossed_arms", "upper"),
        ("man_floral", "upper"),
        ("man_suit", "outer"),
        ("man_tshirt", "upper"),
        ("woman_coat", "outer"),
        ("woman_dress", "dress"),
        ("woman_shirt", "upper"),
        ("woman_sweater", "upper"),
    ],
)
def test_the_samples(name, expected):
    assert people.garment(name).category == expected


def test_what_is_taken_off():
    wearer = Person(
        np.zeros((300, 200, 3), np.uint8),
        STANDING,
        label_map(upper=1000, outer=1000, dress=1000, skirt=1000, pants=1000, legwear=1000, skin=1000),
        (0, 0, 200, 300),
    )

    def off(category: str) -> set[int]:
        garment = Garment(wearer, *choose(wearer.parsing, KEYPOINTS, category))
        return set(wearer.parsing[plan(wearer, garment, "bring").off].tolist())

    assert off("upper") == {Label.UPPER, Label.OUTER, Label.DRESS}
    assert off("outer") == {Label.UPPER, Label.OUTER}
    assert off("dress") == {Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT}
    assert off("lower") == {Label.SKIRT, Label.PANTS}  # stockings stay, and so does a dress above the waist
    assert off("outfit") == {Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS}


def test_under_a_coat_without_a_wearer_ones_own_top_stays():
    wearer = people.person("woman_coat", 192)
    own = people.person("man_tshirt", 192)
    alone = replace(wearer, parsing=np.where(wearer.parsing == Label.OUTER, wearer.parsing, np.uint8(0)))
    off = {labels: plan(own, Garment(alone, "outer", labels), "bring").off for labels in ((5,), (5, 4))}
    assert off[(5,)].sum() == 0
    assert off[(5, 4)].sum() == (own.close.parsing == Label.UPPER).sum() > 500


def test_a_fragment_of_another_class_comes_along_and_a_garment_does_not():
    """A sleeve of a shirt is now and then read as a coat."""
    assert set(choose(label_map(upper=5000, outer=590), KEYPOINTS, "upper")[1]) >= {Label.UPPER, Label.OUTER}
    assert Label.OUTER not in choose(label_map(upper=5000, outer=610), KEYPOINTS, "upper")[1]


def test_below_the_waist_a_dress_is_a_skirt():
    """It can come along under a top, and makes way for a new skirt."""
    dress = np.s_[60:250, 70:130]
    source = figure((dress, Label.DRESS), (np.s_[60:100, 70:130], Label.UPPER))
    swap = plan(figure(), Garment(source, "upper", (int(Label.UPPER),)), "bring")
    assert (swap.parsing[155:250, 70:130] == Label.SKIRT).all()
    assert (swap.parsing[100:145, 70:130] == Label.DRESS).all()
    assert Label.SKIRT in swap.bring
    new = Garment(figure((TRUNK, Label.UPPER)), "lower", (int(Label.SKIRT), int(Label.PANTS)))
    off = plan(source, new, "keep").off
    assert off[155:250, 70:130].all()
    assert not off[:145].any()


COAT, SLEEVE = np.s_[60:260, 66:134], np.s_[120:165, 136:150]
TOP = (int(Label.UPPER),)


def test_ones_own_trousers_stay_on_under_a_coat_and_the_skirt_of_a_dress_stays():
    source = figure((np.s_[165:320, 72:128], Label.PANTS))
    coat, dress = figure((COAT, Label.OUTER)), figure((COAT, Label.DRESS), (SLEEVE, Label.DRESS))
    for below in ("auto", "keep"):
        swap = plan(coat, Garment(source, "upper", TOP), below)
        assert np.array_equal(swap.off, coat.parsing == Label.OUTER)
        assert np.array_equal(swap.own, coat.parsing == Label.PANTS)
        swap = plan(dress, Garment(source, "upper", TOP), below)
        assert not swap.off[152:, 72:128].any()
        assert swap.own[152:260, 72:128].all()
        assert swap.off[60:148, 72:128].all()
        assert swap.off[SLEEVE].all()
        assert not swap.own[SLEEVE].any()
    swap = plan(dress, Garment(source, "upper", TOP), "bring")
    assert np.array_equal(swap.off, dress.parsing == Label.DRESS)
    assert not swap.own.any()


def test_another_lower_garment_may_come_along_unless_ones_own_is_kept():
    source, hidden = figure(), figure(*((leg, Label.BACKGROUND) for leg in LEGS), (COAT, Label.OUTER))
    swaps = {below: plan(hidden, Garment(source, "upper", TOP), below) for below in ("auto", "bring", "keep")}
    assert {below: swap.bring for below, swap in swaps.items()} == {
        "auto": (Label.SKIRT, Label.PANTS), "bring": (Label.SKIRT, Label.PANTS), "keep": ()
    }  # fmt: skip
    assert all(swap.must_cover[165:200, 80:120].all() and not swap.own.any() for swap in swaps.values())


def test_a_coat_comes_over_ones_own_top_where_that_is_kept():
    source = figure((np.s_[60:240, 66:90], Label.OUTER), (np.s_[60:240, 110:134], Label.OUTER))
    garment = Garment(source, *choose(source.parsing, source.keypoints, "outer"))
    swap = plan(figure(), garment, "auto", inner="keep")
    assert Label.OUTER in swap.upper
    assert Label.UPPER not in swap.upper
    assert not swap.off.any()
    swap = plan(figure(), garment, "auto", inner="bring")
    assert {Label.OUTER, Label.UPPER} <= set(swap.upper)
    assert swap.off[TRUNK].all()
    fragment = figure((np.s_[60:240, 66:134], Label.OUTER), (np.s_[100:110, 70:80], Label.UPPER))
    garment = Garment(fragment, *choose(fragment.parsing, fragment.keypoints, "outer"))
    assert Label.UPPER in plan(figure(), garment, "auto", inner="keep").upper  # a speck of the coat itself


def test_a_coat_alone_has_an_opening_and_keeps_its_sleeves_and_scarf():
    """However small the opening is; and a speck on a sleeve is the coat's."""
    opening, speck, scarf = np.s_[60:90, 95:105], np.s_[100:112, 136:142], np.s_[60:90, 106:130]
    source = figure((np.s_[60:240, 66:134], Label.OUTER), (opening, Label.UPPER), (speck, Label.UPPER))
    source.parsing[scarf] = Label.SCARF
    garment = Garment(source, *choose(source.parsing, source.keypoints, "outer"))
    swap = plan(figure(), garment, "auto", inner="keep")
    assert not swap.parsing[opening].any()
    assert (swap.parsing[speck] == Label.UPPER).all()
    assert {Label.OUTER, Label.UPPER, Label.SCARF} <= set(swap.upper)
    assert not swap.off.any()


def test_only_a_top_is_tucked_in():
    person = figure()
    for category, label in (("upper", Label.UPPER), ("outer", Label.OUTER), ("dress", Label.DRESS)):
        swap = plan(person, Garment(figure((TRUNK, label)), category, (int(label),)), "bring", "in")
        assert swap.tuck == ("in" if category == "upper" else "auto")
        assert not swap.own.any()


def test_a_tuck_of_something_else_than_a_top_is_told():
    assert untucked("in", "upper") == untucked("auto", "lower") == ()
    assert untucked("in", "lower") == (
        "tuck in was left aside: it is of tops (category upper), and the garment is of category lower",
    )


def legs(*areas: tuple[tuple[int, int], Label], gown: Label = Label.DRESS) -> Person:
    """Somebody whose legs show something in some rows, under a gown or a coat that ends at row 250."""
    gown = (np.s_[60:250, 70:130], gown)
    shown = [(np.s_[rows[0] : rows[1], columns], label) for rows, label in areas for _, columns in LEGS]
    return figure(*((leg, Label.BACKGROUND) for leg in LEGS), gown, *shown)


@pytest.mark.parametrize(
    ("areas", "found"),
    [
        ([((250, 318), Label.SKIN)], Label.SKIN),
        ([((250, 318), Label.LEGWEAR)], Label.LEGWEAR),
        ([((250, 318), Label.PANTS)], Label.PANTS),
        ([((250, 270), Label.SKIN), ((270, 318), Label.LEGWEAR)], Label.SKIN),  # socks
    ],
)
def test_legs_go_on_as_they_show_right_below_the_hem(areas, found):
    for gown in (Label.DRESS, Label.OUTER):
        view = legs(*areas, gown=gown).close
        assert legs_show(view, view.parsing == gown) == found


@pytest.mark.parametrize("areas", [((250, 318), Label.SHOES), ((250, 252), Label.SKIN), ((250, 318), Label.PANTS)])
def test_behind_a_skirt_are_bare_legs_and_behind_a_coat_is_nobody_knows_what(areas):
    for gown, found in ((Label.DRESS, Label.SKIN), (Label.SKIRT, Label.SKIN), (Label.OUTER, None)):
        view = legs(areas, gown=gown).close
        assert legs_show(view, mask_of(view.parsing, gown, Label.PANTS)) == found
