"""From the points of a garment that nobody wears to the key points of a wearer, and which kind it is put on as."""

import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.core.labels import Label
from tryon.read.flat import point_names as at
from tryon.read.flat.garment import (
    kinds_with_points,
    likely_kind,
    take_flat,
    wearer_points,
)
from tryon.read.flat.kinds import KINDS
from tryon.types import Person

TEE = {
    at.NECK: (100, 20), at.R_SHOULDER: (70, 22), at.L_SHOULDER: (130, 22), at.R_HIP: (77, 120), at.L_HIP: (123, 120),
    at.R_CUFF: (46, 46), at.L_CUFF: (154, 46),
}  # fmt: skip
TROUSERS = {
    at.R_WAIST: (60, 10), at.L_WAIST: (140, 10), at.R_HIP: (77, 20), at.L_HIP: (123, 20),
    at.R_KNEE: (75, 100), at.L_KNEE: (125, 100),
}  # fmt: skip


def kind(name):
    return next(one for one in KINDS if one.name == name)


def points(**named):
    out = np.zeros((at.NUM_POINTS, 3))
    for index, place in named["of"].items():
        out[index] = (*place, 1)
    return out


def shares(**named):
    return np.array([named.get(one.name.replace("-", "_").replace(" ", "_"), 0.0) for one in KINDS])


def test_arms_go_on_along_the_sleeves_of_a_tee():
    found = wearer_points(points(of=TEE), kind("t-shirt"))
    # As people mark them: of the 100 pixels from neck to hips, five up and three down.
    assert found[sk.NECK].tolist() == [100, 15, 1]
    assert found[sk.R_SHOULDER].tolist() == [70, 17, 1]
    assert found[sk.R_HIP].tolist() == [77, 123, 1]
    # The torso is 101.7 pixels long (60 / .59, more than the 98 to the hips): an upper arm .59 of it, at 45 degrees.
    assert found[sk.R_ELBOW, :2] == pytest.approx((70 - 42.43, 22 + 42.43), abs=0.1)
    assert found[sk.L_ELBOW, :2] == pytest.approx((130 + 42.43, 22 + 42.43), abs=0.1)
    assert 0 < found[sk.R_ELBOW, 2] < 1
    # The forearm, half a torso long, goes straight on.
    assert found[sk.R_WRIST, :2] == pytest.approx((70 - 78.38, 22 + 78.38), abs=0.1)
    assert (found[[sk.NOSE, sk.R_KNEE, sk.L_ANKLE], 2] == 0).all()


def test_a_top_without_sleeves_has_no_arms():
    bare = {place: where for place, where in TEE.items() if place not in (at.R_CUFF, at.L_CUFF)}
    found = wearer_points(points(of=bare), kind("t-shirt"))
    assert (found[[sk.R_ELBOW, sk.L_ELBOW, sk.R_WRIST, sk.L_WRIST], 2] == 0).all()


ELBOWS = [sk.R_ELBOW, sk.L_ELBOW, sk.R_WRIST, sk.L_WRIST]
VEST = TEE | {
    at.R_ARMPIT: (66, 60), at.L_ARMPIT: (134, 60), at.R_CUFF: (67, 44), at.L_CUFF: (134, 44), at.R_ELBOW: (72, 80),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "sleeved"),
    [
        ({}, False),
        ({at.R_CUFF: (64, 44), at.L_CUFF: (136, 44)}, True),  # farther out than the armpits: a short sleeve
        ({at.L_CUFF: (136, 44)}, True),
        ({at.R_CUFF: (67, 64), at.L_CUFF: (133, 64)}, True),  # farther down: a sleeve beside the trunk
    ],
)
def test_an_armhole_is_no_sleeve(changed, sleeved):
    found = wearer_points(points(of=VEST | changed), kind("t-shirt"))
    assert (found[ELBOWS, 2] > 0).tolist() == [sleeved] * 4


def test_of_armholes_one_may_be_hidden_and_armpits_have_to_be_seen():
    one = points(of=VEST)
    one[at.L_CUFF] = 0
    assert (wearer_points(one, kind("t-shirt"))[ELBOWS, 2] == 0).all()
    without = points(of=VEST)
    without[at.L_ARMPIT] = 0
    assert (wearer_points(without, kind("t-shirt"))[ELBOWS, 2] > 0).all()


def test_sleeves_of_which_the_network_is_unsure_on_both_sides_are_none():
    guessed = points(of=TEE | {at.R_ELBOW: (30, 62), at.R_CUFF: (30, 100)})
    guessed[[at.R_CUFF, at.L_CUFF, at.R_ELBOW], 2] = 0.35, 0.4, 0.5
    assert (wearer_points(guessed, kind("outerwear"))[ELBOWS, 2] == 0).all()
    guessed[at.L_CUFF, 2] = 0.45
    assert (wearer_points(guessed, kind("outerwear"))[ELBOWS, 2] > 0).all()


def test_a_strapless_top_hangs_from_shoulders_above_its_armpits():
    top = {at.R_ARMPIT: (70, 50), at.L_ARMPIT: (130, 50), at.R_HIP: (77, 120), at.L_HIP: (123, 120)}
    found = wearer_points(points(of=top), kind("t-shirt"))
    # .3 of the distance between them, and a twentieth of the 88 pixels down to the hips.
    assert found[sk.R_SHOULDER, :2] == pytest.approx((70, 32 - 4.4), abs=0.01)
    assert found[sk.L_SHOULDER, :2] == pytest.approx((130, 32 - 4.4), abs=0.01)


def test_trousers_get_a_trunk_above_their_hips():
    found = wearer_points(points(of=TROUSERS), kind("trousers"))
    # Thighs of 80 pixels, .8 torso lengths: a torso of 100 pixels above the hips at (100, 20), and as people mark it.
    assert found[sk.NECK, :2] == pytest.approx((100, -85), abs=0.1)
    assert found[sk.R_SHOULDER, :2] == pytest.approx((70.5, -85), abs=0.1)
    assert found[sk.L_SHOULDER, :2] == pytest.approx((129.5, -85), abs=0.1)
    assert found[[sk.R_HIP, sk.L_HIP], :2].mean(0) == pytest.approx((100, 23), abs=0.1)
    assert found[sk.L_KNEE].tolist() == [125, 100, 1]


def test_a_skirt_is_as_long_as_its_waistband_tells():
    skirt = {place: where for place, where in TROUSERS.items() if place not in (at.R_KNEE, at.L_KNEE)}
    found = wearer_points(points(of=skirt), kind("skirt"))
    assert found[sk.NECK, :2] == pytest.approx((100, 20 - 1.05 * 80 / 0.83), abs=0.1)


def test_a_turned_skirt_has_its_trunk_where_its_waist_is():
    turned = {place: (y, 200 - x) for place, (x, y) in TROUSERS.items() if place not in (at.R_KNEE, at.L_KNEE)}
    found = wearer_points(points(of=turned), kind("skirt"))
    assert found[sk.NECK, :2] == pytest.approx((20 - 1.05 * 80 / 0.83, 100), abs=0.1)


def test_a_long_sleeve_that_hides_its_wrist_bends_at_the_elbow():
    sleeved = TEE | {at.R_ELBOW: (30, 62), at.R_CUFF: (30, 100)}
    found = wearer_points(points(of=sleeved), kind("long sleeve"))
    assert found[sk.R_WRIST, :2] == pytest.approx((30, 62 + 0.5 * 60 / 0.59), abs=0.1)


def test_what_cannot_be_placed_on_a_body_is_refused():
    bare = {at.NECK: (100, 20), at.R_HIP: (77, 120)}
    with pytest.raises(GarmentNotFoundError, match="neither a shoulder nor both hips"):
        wearer_points(points(of=bare), kind("t-shirt"))
    with pytest.raises(GarmentNotFoundError, match="one shoulder of the garment was made out"):
        wearer_points(points(of={at.R_SHOULDER: (70, 22)}), kind("t-shirt"))


def test_trousers_have_no_arms_whatever_looks_like_a_cuff():
    found = wearer_points(points(of=TROUSERS | {at.R_CUFF: (50, 60), at.R_ELBOW: (40, 40)}), kind("trousers"))
    assert (found[[sk.R_ELBOW, sk.R_WRIST, sk.L_ELBOW], 2] == 0).all()


def test_the_likeliest_kind_is_taken_unless_a_category_is_asked_for():
    told = shares(long_sleeve=0.6, outerwear=0.3, t_shirt=0.1)
    assert likely_kind(told, "auto") == (kind("long sleeve"), "upper")
    assert likely_kind(told, "outer") == (kind("outerwear"), "outer")
    assert likely_kind(shares(t_shirt=1.0), "outer") == (kind("t-shirt"), "outer")
    assert likely_kind(shares(dress=1.0), "outer") == (kind("outerwear"), "outer")
    assert likely_kind(shares(dress=0.97, shirt=0.02, t_shirt=0.01), "upper") == (kind("shirt"), "upper")
    with pytest.raises(GarmentNotFoundError, match=r"shows a long sleeve that nobody wears; choose --category auto"):
        likely_kind(told, "lower")
    # Posed as trousers, it cannot be put on as the top that it may be.
    with pytest.raises(GarmentNotFoundError, match="shows trousers that nobody wears"):
        likely_kind(shares(trousers=0.6, t_shirt=0.4), "upper")
    with pytest.raises(ConfigError, match="hat"):
        likely_kind(told, "hat")


def test_a_garment_without_shoulders_and_armpits_is_no_top():
    told = shares(long_sleeve=0.6, skirt=0.3, trousers=0.1)
    assert kinds_with_points(told, points(of=TEE)) is told
    assert kinds_with_points(told, points(of={at.L_ARMPIT: (130, 50)})) is told
    left = kinds_with_points(told, points(of=TROUSERS))
    assert left == pytest.approx(shares(skirt=0.75, trousers=0.25))
    surely = shares(t_shirt=1.0)
    assert kinds_with_points(surely, points(of=TROUSERS)) is surely


def test_what_lies_there_gets_the_label_of_its_kind():
    parsing = np.zeros((4, 4), np.uint8)
    parsing[1:3] = Label.UPPER
    lying = Person(
        np.zeros((4, 4, 3), np.uint8), np.zeros((18, 3), np.float32), parsing, (0, 1, 4, 3),
        kinds=shares(shirt=0.6, outerwear=0.4), warnings=("two garments",),
    )  # fmt: skip
    garment = take_flat(lying, "outer")
    assert (garment.category, garment.labels, garment.warnings) == ("outer", (int(Label.OUTER),), ("two garments",))
    assert np.unique(garment.source.parsing).tolist() == [0, Label.OUTER]
