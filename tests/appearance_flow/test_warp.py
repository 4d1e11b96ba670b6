"""Whole garments on other people: of another width, in another pose, with hair before them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from appearance_flow.refine import Refiner
from appearance_flow.warp import Layer, union, warp
from tests import people
from tests.appearance_flow import drawn_flow
from tests.figure import figure
from tryon.body import skeleton as sk
from tryon.body.limbs import arm_position
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.types import Category, Garment, Person

HEIGHT = 512


def behind_hair(garment: Garment, hair: np.ndarray) -> Garment:
    """The same garment with magenta hair before it."""
    source = garment.source
    photo, parsing = source.photo.copy(), source.parsing.copy()
    photo[hair], parsing[hair] = (255, 0, 255), Label.HAIR
    return replace(garment, source=replace(source, photo=photo, parsing=parsing))


def body_of(person):
    return person.body


def test_a_sleeve_behind_hair_is_continued_in_its_own_color():
    sweater = people.garment("woman_sweater", "upper", HEIGHT)
    source = sweater.source
    body = body_of(source)
    along, _ = arm_position(source.keypoints, "left_arm", body.arms)
    left = np.arange(source.photo.shape[1]) > source.keypoints[1, 0]
    hidden = behind_hair(sweater, (source.parsing == Label.UPPER) & body.arms & (along < 0.8) & left)
    person = people.person("man_tshirt", HEIGHT)
    result = people.dress(person, hidden)
    zone = body_of(person)
    along, away = arm_position(person.keypoints, "left_arm", zone.arms)
    upper_arm = (away < 0.05 * zone.unit) & (along > 0.2) & (along < 0.7)
    assert (result.warped_garment[..., 3][upper_arm] > 250).mean() > 0.9
    whole = people.dress(person, sweater).image[upper_arm].astype(int)
    assert np.abs(result.image[upper_arm] - whole).mean() < 20


def test_a_coat_behind_hair_is_continued_in_its_own_color():
    suit = people.garment("man_suit", "auto", HEIGHT)
    source = suit.source
    x = np.arange(source.photo.shape[1])
    body = body_of(source)
    hair = (source.parsing == Label.OUTER) & (x > source.keypoints[1, 0]) & (body.depth < 0.6)
    beside = hair & (x > np.percentile(np.nonzero(source.parsing == Label.UPPER)[1], 90))
    hidden = behind_hair(suit, hair)
    person = people.person("woman_sweater", HEIGHT)
    result = people.dress(person, hidden)
    coat = np.median(source.photo[source.parsing == Label.OUTER], 0)
    ys, xs = np.nonzero((result.warped_garment[..., 3] > 250) & body_of(person).torso)
    x, y = (np.stack((xs, ys), -1) + result.flow[ys, xs]).round().astype(int).T
    shown = result.image[ys, xs][beside[y, x]].astype(int)
    assert len(shown) > 200
    assert (np.abs(shown - coat).max(-1) < 60).mean() > 0.95


class SeesNothing(Refiner):
    """Says of every part that it is seen nowhere."""

    def __call__(self, *arguments):
        return {part: replace(move, visible=0 * move.visible) for part, move in super().__call__(*arguments).items()}


def test_a_skirt_hangs_whatever_the_network_says_of_where_it_is_seen():
    person, dress = people.person("man_tshirt", HEIGHT), people.garment("woman_dress", "dress", HEIGHT)
    layers = warp(person, dress, plan(person, dress, "bring"), SeesNothing(drawn_flow.network())).upper
    shown = {layer.part: float((layer.alpha > 0.5).sum()) for layer in layers}
    assert shown["skirt"] > 0.05 * person.body.unit**2
    assert shown["torso"] == 0
    skirt = next(layer.alpha for layer in layers if layer.part == "skirt")
    depth = person.close.body.depth
    assert not (skirt[depth < 1.05] > 0.5).any()  # at the hips it goes on from the trunk
    assert (skirt[depth > 1.4] > 0.5).any()


@pytest.mark.parametrize(("of_trunk", "hidden"), [(0.9, True), (0.4, False)])
def test_a_sleeve_goes_behind_the_trunk_where_that_is_seen_more_surely(of_trunk, hidden):
    sleeves = ((np.s_[62:165, 44:70], Label.UPPER), (np.s_[62:165, 130:156], Label.UPPER))
    garment = Garment(figure(*sleeves), "upper", (int(Label.UPPER),))
    across = figure(points={sk.R_WRIST: (108, 125)})

    class Sees(Refiner):
        def __call__(self, *arguments):
            found = super().__call__(*arguments)
            told = {name: of_trunk if name == "torso" else 0.6 for name in found}
            return {name: replace(move, visible=0 * move.visible + told[name]) for name, move in found.items()}

    layers = warp(across, garment, plan(across, garment, "keep"), Sees(drawn_flow.network())).upper
    shown = {layer.part: layer.alpha > 0.5 for layer in layers}
    before = np.s_[118:128, 75:95]  # the forearm, and the trunk behind it
    assert shown["torso"][before].all()
    assert shown["right_arm"][before].any() != hidden
    assert shown["right_arm"][80:110, 58:64].all()  # beside the trunk nothing hides it


def test_the_network_is_shown_trousers_without_the_jacket_over_them():
    """It has only seen jackets that go along, and leaves the hips to them."""
    jacket, hips = np.s_[60:200, 66:134], np.s_[160:198, 68:132]
    person = figure((jacket, Label.OUTER), (np.s_[200:320, 66:134], Label.PANTS))
    person.photo[jacket], person.photo[200:320, 66:134] = (0, 90, 0), (20, 30, 160)
    garment = Garment(person, "lower", (int(Label.PANTS),))
    asked = []

    class Completes(Refiner):
        def reaches(self, wearer, parsing, cloth):
            found = np.zeros(parsing.shape, bool)
            found[155:320, 66:134] = True
            return found

        def __call__(self, wearer, parsing, cloth, parts, person):
            asked.append((wearer.photo, parsing, cloth))
            found = super().__call__(wearer, parsing, cloth, parts, person)
            return {name: replace(move, visible=1 + 0 * move.visible) for name, move in found.items()}

    layers = warp(person, garment, plan(person, garment, "keep"), Completes(drawn_flow.network())).lower
    ((photo, parsing, cloth),) = asked
    assert np.abs(photo[hips].astype(int) - (20, 30, 160)).max() < 10
    assert (parsing[hips] == Label.PANTS).all()
    assert cloth[hips].all()
    assert (parsing[80:150, 70:130] == Label.OUTER).all()
    shown = {layer.part: layer.alpha > 0.5 for layer in layers}
    assert (shown["left_leg"] | shown["right_leg"])[165:310, 75:125].all()
    assert 85 < shown["left_leg"][180].argmax() < 100  # each leg goes a little beyond the middle, and no farther
    assert 85 < shown["right_leg"][180, ::-1].argmax() < 100


@pytest.mark.parametrize(
    ("worn", "category", "label"),
    [(True, "upper", Label.UPPER), (False, "upper", Label.UPPER), (False, "lower", Label.PANTS)],
)
def test_a_top_that_lies_flat_ends_at_its_hem_and_not_where_the_network_is_unsure(worn, category, label):
    person = figure((np.s_[60:190, 66:134], Label.UPPER))
    source = person if worn else replace(person, kinds=np.ones(8, np.float32) / 8)
    garment = Garment(source, category, (int(label),))

    class Doubts(Refiner):
        def __call__(self, *arguments):
            found = super().__call__(*arguments)
            for move in found.values():
                move.visible[:] = 1
                move.visible[16:], move.offset[16:, :, 1] = 0.4, -6
            return found

    layers = warp(person, garment, plan(person, garment, "keep"), Doubts(drawn_flow.network())).layers
    (part,) = (layer for layer in layers if layer.part == ("torso" if category == "upper" else "left_leg"))
    assert np.abs(part.flow[70:100, 80:120]).max() < 1
    up = np.abs(part.flow[140:170, 80:120, 1])
    assert up.max() < 1 if category == "upper" and not worn else up.min() > 8


@pytest.mark.parametrize(("seen", "holds"), [(0.9, True), (0.6, False)])
def test_the_skirt_of_a_dress_that_lies_flat_needs_a_surer_network(seen, holds):
    person = figure((np.s_[60:260, 66:134], Label.DRESS))
    garment = Garment(replace(person, kinds=np.ones(8, np.float32) / 8), "dress", (int(Label.DRESS),))

    class Doubts(Refiner):
        def __call__(self, *arguments):
            found = super().__call__(*arguments)
            for move in found.values():
                move.visible[:] = 1
            found["skirt"].visible[24:], found["skirt"].offset[24:, :, 1] = seen, -6
            return found

    layers = warp(person, garment, plan(person, garment, "keep"), Doubts(drawn_flow.network())).layers
    (skirt,) = (layer for layer in layers if layer.part == "skirt")
    up = np.abs(skirt.flow[240:258, 90:110, 1])
    assert up.min() > 8 if holds else up.max() < 1


def test_a_speck_of_a_garment_is_not_completed():
    """A reading may give a patch of the trousers any name."""
    speck = np.s_[200:212, 110:122]
    person = figure((speck, Label.SKIRT), (np.s_[130:170, 70:130], Label.UPPER))

    class Claims(Refiner):
        def reaches(self, wearer, parsing, cloth):
            return np.ones(parsing.shape, bool)

    garment = Garment(person, "lower", (int(Label.SKIRT), int(Label.PANTS)))
    layers = warp(person, garment, plan(person, garment, "keep"), Claims(drawn_flow.network())).lower
    shown = {layer.part: (layer.alpha > 0.5).sum() for layer in layers}
    assert shown["skirt"] < 250
    assert shown["left_leg"] > 2000


def test_what_the_network_is_asked_about_has_no_scarf_in_it():
    person = figure((np.s_[60:90, 85:115], Label.SCARF))
    asked = []

    class Listens(Refiner):
        def reaches(self, wearer, parsing, cloth):
            asked.append(cloth)
            return cloth

    garment = Garment(person, "upper", (int(Label.UPPER), int(Label.SCARF)))
    (layer,) = warp(person, garment, plan(person, garment, "keep"), Listens(drawn_flow.network())).upper
    assert not asked[0][62:88, 87:113].any()
    assert layer.alpha[62:88, 87:113].min() > 0.9  # and it is carried along


class Reaches(Refiner):
    """Says of trousers that they reach up to a row."""

    top = 150

    def reaches(self, wearer, parsing, cloth):
        out = np.zeros(parsing.shape, bool)
        out[self.top : 320, 72:128] = True
        return out


@pytest.mark.parametrize(("top", "goes_on"), [(150, True), (250, False)])
def test_ones_own_trousers_go_on_under_the_old_coat_where_they_reach_far_enough(top, goes_on):
    person = figure((np.s_[60:260, 66:134], Label.OUTER))
    garment = Garment(figure(), "upper", (int(Label.UPPER),))
    refiner = Reaches(drawn_flow.network())
    refiner.top = top
    warped = warp(person, garment, plan(person, garment, "auto"), refiner)
    assert warped.brought != goes_on
    assert not warped.bare
    assert warped.own.any() == goes_on
    if goes_on:
        assert warped.own[160:258, 76:124].all()
        assert not warped.own[:145].any()


def test_a_top_is_tucked_in_or_hangs_over_the_waistband():
    person, source = figure((np.s_[148:175, 70:130], Label.UPPER)), figure((np.s_[146:200, 70:130], Label.PANTS))
    garment = Garment(source, "upper", (int(Label.UPPER),))
    refiner = Reaches(drawn_flow.network())
    shown = {}
    for tuck in ("auto", "in", "out"):
        swap = plan(person, garment, "auto", tuck)
        trunk = {layer.part: layer.alpha > 0.5 for layer in warp(person, garment, swap, refiner).upper}["torso"]
        shown[tuck] = int(np.nonzero(trunk[:, 100])[0].max())
    assert 138 < shown["auto"] < 154  # as the source has it
    assert shown["out"] > shown["auto"] + 15
    garment = Garment(figure((np.s_[60:190, 70:130], Label.UPPER)), "upper", (int(Label.UPPER),))
    rows = {}
    for tuck in ("auto", "in"):
        trunk = warp(person, garment, plan(person, garment, "auto", tuck), refiner).upper[0].alpha > 0.5
        rows[tuck] = int(np.nonzero(trunk[:, 82])[0].max())
    assert rows["auto"] > 180
    assert 145 < rows["in"] < 155  # where the trousers begin


def test_what_is_brought_along_is_what_a_top_is_tucked_into():
    """One's own skirt of a dress, which makes way, is not."""
    gown = figure(*((np.s_[165:320, columns], Label.BACKGROUND) for columns in (slice(72, 92), slice(108, 128))))
    gown.parsing[60:300, 66:134] = Label.DRESS
    garment = Garment(figure((np.s_[60:190, 70:130], Label.UPPER)), "upper", (int(Label.UPPER),))
    swap = plan(gown, garment, "bring", "in")
    warped = warp(gown, garment, swap, Reaches(drawn_flow.network()))
    assert warped.brought
    assert not warped.own.any()
    trunk = {layer.part: layer.alpha > 0.5 for layer in warped.upper}["torso"]
    assert not (trunk & (union(warped.lower, trunk.shape) > 0.9)).any()


def test_a_top_that_cannot_hang_out_is_told():
    source = figure(*((np.s_[165:320, columns], Label.BACKGROUND) for columns in (slice(72, 92), slice(108, 128))))
    garment = Garment(source, "upper", (int(Label.UPPER),))
    told = {tuck: warp(figure(), garment, plan(figure(), garment, "auto", tuck)).notes for tuck in ("auto", "out")}
    words = "garment photo: what the top would hang over is not in it, so it ends as it does there"
    assert (words in told["auto"], words in told["out"]) == (False, True)


def carried(source: Person, person: Person, category: Category, label: Label) -> dict[str, Layer]:
    """The parts of the source's garment on a person."""
    garment = Garment(source, category, (int(label),))
    return {layer.part: layer for layer in warp(person, garment, plan(person, garment, "keep")).layers}


def test_a_bent_sleeve_is_not_repeated_beside_a_straight_one():
    """The forearm lies across the trunk in the garment photo and hangs straight here."""
    bent = figure(points={6: (140, 118), 7: (85, 90)})
    sleeve = np.zeros(bent.parsing.shape, np.uint8)
    cv2.line(sleeve, (130, 66), (140, 118), 1, 24)
    cv2.line(sleeve, (140, 118), (85, 90), 1, 18)
    bent.parsing[sleeve > 0] = Label.UPPER
    shown = carried(bent, figure(), "upper", Label.UPPER)["left_arm"].alpha > 0.5
    assert shown[80:110, 132:138].all()
    assert not shown[90:150, 75:112].any()


def test_a_skirt_has_no_slits_at_its_hem():
    """The network's answer at the legs below would fray it."""
    person = figure((np.s_[150:260, 60:140], Label.SKIRT))
    person.parsing[220:260, 96:104] = Label.BACKGROUND
    garment = Garment(person, "lower", (int(Label.SKIRT),))
    layers = warp(person, garment, plan(person, garment, "keep")).lower
    (skirt,) = (layer for layer in layers if layer.part == "skirt")
    assert (skirt.alpha[170:250, 90:110] > 0.9).all()
    assert not (skirt.alpha[268:] > 0.1).any()


@pytest.mark.parametrize(("right", "hidden"), [(134, True), (90, False)])
def test_a_wide_skirt_does_not_stick_out_beside_a_coat_that_is_closed(right, hidden):
    person = figure((np.s_[60:240, 66:right], Label.OUTER))
    skirt = figure((np.s_[160:260, 40:160], Label.SKIRT))
    garment = Garment(skirt, "lower", (int(Label.SKIRT), int(Label.PANTS)))
    seen = union(warp(person, garment, plan(person, garment, "keep")).lower, person.parsing.shape) > 0.5
    assert seen[220, 140:150].all() != hidden
    assert seen[220, 50:60].all() != hidden
    assert seen[250, 50:150].all()  # below the coat's hem
