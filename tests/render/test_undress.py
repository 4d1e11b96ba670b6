"""What comes off and what is closed, each rule on a drawn figure; and what is closed after the layers are laid."""

from dataclasses import replace

import numpy as np
import pytest

from appearance_flow.warp import Layer
from tests import people
from tests.figure import LEGS, SIZE, TRUNK, carried, figure
from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.render import render
from tryon.render.undress import Undressed, take_off
from tryon.types import Garment, Person

GREEN, NAVY = np.uint8((0, 255, 0)), np.uint8((20, 20, 90))


@pytest.fixture
def narrow_trousers():
    """Somebody whose legs are bare and green, and trousers down to the shins that are a little narrower than they."""
    person = people.person("man_tshirt", 512)
    legs = person.parsing == Label.PANTS
    person = people.relabeled(person, {Label.PANTS: Label.SKIN})
    photo = np.where(legs[..., None], GREEN, person.photo)
    knees, ankles = (float(person.keypoints[[a, b], 1].mean()) for a, b in ((9, 12), (10, 13)))
    rows, hem = np.arange(512)[:, None], (knees + ankles) / 2
    inner = np.zeros(legs.shape, bool)
    inner[:, 6:-6] = legs[:, 6:-6] & legs[:, 12:] & legs[:, :-12]
    layers = []
    for part, hip in (("left_leg", 11), ("right_leg", 8)):
        side = np.arange(legs.shape[1]) * np.sign(person.keypoints[hip, 0] - person.keypoints[1, 0])
        one = inner & (side > person.keypoints[1, 0] * np.sign(person.keypoints[hip, 0] - person.keypoints[1, 0]))
        alpha = (one & (rows < hem)).astype(np.float32)
        frame = person.close.frame
        alpha, one = frame.cut(alpha), frame.cut(one)
        color, flow = np.full((*alpha.shape, 3), NAVY), np.zeros((*alpha.shape, 2), np.float32)
        layers.append(Layer(part, color, alpha, flow, one))
    shins = legs & (rows > knees) & (rows < hem - 15)
    return person, photo, layers, shins


def test_bare_legs_do_not_look_out_beside_trousers(narrow_trousers):
    person, photo, layers, shins = narrow_trousers
    person = replace(person, photo=photo)
    garment = people.garment("man_suit", "lower", 512)
    swap = plan(person, garment, "bring")
    warped = carried((), tuple(layers), size=swap.off.shape)
    undressed = take_off(person, garment, replace(swap, off=np.zeros_like(swap.off)), warped)
    image = render(person, garment, swap, warped, undressed).image
    covered = np.zeros(shins.shape, bool)
    covered[person.close.frame.window] = warped.covered(swap.off.shape) > 0
    assert (shins & ~covered).sum() > 50
    assert people.near(image, tuple(GREEN))[shins & person.body.legs].mean() < 0.03
    below = (person.parsing == Label.SKIN) & people.near(photo, tuple(GREEN)) & ~shins
    assert people.near(image, tuple(GREEN))[below].any()  # below the hem legs stay bare


# --- on a drawn figure ----------------------------------------------------------------------------------------------

LEFT_SLEEVE = np.s_[70:165, 126:152]


def layer(part: str, *areas: tuple[slice, slice]) -> Layer:
    alpha = np.zeros(SIZE, np.float32)
    for area in areas:
        alpha[area] = 1
    return Layer(part, np.full((*SIZE, 3), NAVY), alpha, np.zeros((*SIZE, 2), np.float32), alpha > 0)


def undress(person: Person, category: str, upper: tuple[Layer, ...] = (), lower: tuple[Layer, ...] = ()) -> Undressed:
    labels = {"upper": (Label.UPPER,), "lower": (Label.PANTS, Label.SKIRT), "dress": (Label.DRESS,)}[category]
    garment = Garment(figure(), category, tuple(map(int, labels)))
    return take_off(person, garment, plan(person, garment, "keep"), carried(upper, lower))


@pytest.mark.parametrize(("before", "skin"), [(Label.HAIR, False), (Label.SKIN, True)])
def test_below_the_collar_bone_skin_shows_only_where_a_photo_shows_it(before, skin):
    chest, cut_out = np.s_[62:72, 94:107], np.s_[60:80, 88:113]
    trunk = layer("torso", TRUNK)
    trunk.alpha[cut_out] = 0
    garment = Garment(figure((cut_out, before)), "upper", (int(Label.UPPER),))
    person = figure()
    warped = carried((trunk,))
    undressed = take_off(person, garment, plan(person, garment, "keep"), warped)
    assert undressed.hole[chest].all()
    assert (undressed.skin[chest] == skin).all()
    assert (undressed.cloth[chest] != skin).all()


def test_behind_a_collar_that_reaches_above_the_chin_is_the_neck():
    collar = np.s_[40:60, 90:110]  # the chin is guessed at row 47
    undressed = undress(figure((collar, Label.UPPER)), "upper", (layer("torso", TRUNK),))
    assert undressed.skin[collar].all()


def trousers(end: int) -> tuple[Layer, ...]:
    return tuple(layer(part, np.s_[160:end, leg[1]]) for part, leg in zip(("right_leg", "left_leg"), LEGS, strict=True))


def test_a_bag_and_its_strap_stay_in_front():
    strap, bag = np.s_[70:150, 98:102], np.s_[150:190, 20:50]
    in_front = undress(figure((strap, Label.BAG), (bag, Label.BAG)), "upper", (layer("torso", TRUNK),)).in_front
    assert in_front[strap].all()
    assert in_front[bag].all()


BELT = np.s_[148:158, 60:130]


def adorned(*areas: tuple[slice, slice], points: dict[int, tuple[int, int]] | None = None) -> Person:
    """The figure with green things on it, as which belts, bracelets and the like are read."""
    person = figure(*((area, Label.ACCESSORY) for area in areas), points=points)
    return replace(person, photo=np.where((person.parsing == Label.ACCESSORY)[..., None], GREEN, person.photo))


@pytest.mark.parametrize(
    ("hem", "things", "off"),
    [
        (190, (), True),
        (190, (np.s_[140:156, 50:62],), True),  # a bracelet that the belt touches
        (145, (), False),
    ],
)
def test_a_belt_goes_where_the_new_top_hangs_over_it(hem, things, off):
    seen = layer("torso", np.s_[60:hem, 70:130])
    seen.alpha[BELT] = 0  # what the network takes for something before the top
    undressed = undress(adorned(*things, BELT), "upper", (seen,))
    assert undressed.off[BELT].all() == undressed.off[BELT].any() == off
    assert not (undressed.in_front[152, 90:128] & off).any()


def test_a_belt_in_the_opening_of_the_new_coat_stays():
    coat = layer("torso", np.s_[60:190, 62:85], np.s_[60:190, 115:138])
    assert not undress(adorned(BELT), "upper", (coat,)).off[BELT].any()


def test_what_hands_hold_before_a_new_top_stays_and_a_necklace_too():
    clutch, necklace = np.s_[160:180, 70:100], np.s_[62:90, 96:104]
    held = {sk.R_ELBOW: (60, 140), sk.R_WRIST: (80, 164)}
    person = adorned(necklace, clutch, points=held)
    off = undress(person, "upper", (layer("torso", np.s_[60:190, 70:130]),)).off
    assert not off[clutch].any()
    assert not off[necklace].any()


def test_trousers_beside_a_new_skirt_come_off_and_stay_below_it():
    skirt = layer("skirt", np.s_[155:230, 90:110])
    undressed = undress(figure(), "dress", (layer("torso", TRUNK), skirt))
    assert undressed.off[180:220, 74:88].all()
    assert not undressed.off[240:, 74:126].any()


def test_trousers_far_below_the_new_hem_stay_on():
    undressed = undress(figure(), "lower", lower=trousers(230))
    assert undressed.off[180:220, 74:90].all()
    assert not undressed.off[240:318, 74:90].any()
    assert "trousers stay on" in " ".join(undressed.notes)


def test_cloth_is_continued_where_trousers_end_a_little_higher():
    undressed = undress(figure(), "lower", lower=trousers(300))
    assert undressed.notes == ()
    assert undressed.off[305:318, 76:88].all()
    assert undressed.cloth[305:318, 78:86].all()


def test_a_rim_of_the_old_garment_goes_where_it_lies_on_the_background():
    undressed = undress(figure(), "upper")
    assert undressed.hole[100:140, 68:70].all()
    assert undressed.region[100:140, 68:70].all()
    assert not undressed.hole[100:140, 60:64].any()


def test_skin_along_the_old_garment_is_made_up_anew_and_hands_are_not():
    forearm = np.s_[120:166, 130:150]
    person = figure((forearm, Label.SKIN), points={6: (140, 110), 7: (140, 200)})
    undressed = undress(person, "upper")
    assert undressed.skin[125:160, 130].all()
    assert undressed.region[125:160, 130].all()
    assert not undressed.skin[125:160, 136:].any()
    hand = figure((np.s_[140:165, 130:150], Label.SKIN), points={6: (140, 90), 7: (140, 140)})
    assert not undress(hand, "upper").skin[148:160, 130:].any()


def test_made_up_skin_takes_no_glow_of_the_old_garment():
    sleeve, forearm, glow = np.s_[60:120, 126:152], np.s_[120:166, 130:150], np.s_[120:124, 130:150]
    person = figure((sleeve, Label.UPPER), (forearm, Label.SKIN), points={6: (140, 112), 7: (140, 200)})
    person.photo[glow] = (255, 90, 30)
    trunk, garment = layer("torso", TRUNK), Garment(figure(), "upper", (int(Label.UPPER),))
    warped, swap = carried((trunk,)), plan(person, garment, "keep")
    picture = render(person, garment, swap, warped, take_off(person, garment, swap, warped)).image
    upper_arm = picture[100:116, 138:142].astype(int)
    assert np.abs(upper_arm[..., 1] - upper_arm[..., 0] * 150 / 200).max() < 12  # of the tone of the rest


def test_what_is_made_up_is_smooth_farther_from_the_photos_texture():
    person = figure((np.s_[60:165, 20:44], Label.UPPER))
    person.photo[:, :20] = np.where(np.indices((SIZE[0], 20)).sum(0)[..., None] % 4 < 2, 90, 160)
    person.photo[:, 44:56] = GREEN  # no other piece of the ground is like this one
    trunk = layer("torso", TRUNK)
    warped, garment = carried((trunk,)), Garment(figure(), "upper", (int(Label.UPPER),))
    swap = plan(person, garment, "keep")
    picture = render(person, garment, swap, warped, take_off(person, garment, swap, warped)).image
    assert picture[80:150, 19:21].std(0).min() > 12
    assert picture[80:150, 27:30].std(0).max() < 6


def test_remains_of_the_old_garment_beside_its_label_come_off():
    person = figure((np.s_[90:140, 127:130], Label.BACKGROUND))
    assert undress(person, "upper").off[92:138, 127:130].mean() > 0.9


GOWN, HEM, KNEES = np.s_[60:285, 66:134], np.s_[60:215, 66:134], np.s_[230:280, 78:86]


def gowned(shanks: Label) -> Person:
    """Somebody in a long gown, below which the shanks show something."""
    legs = [(np.s_[285:318, columns], shanks) for _, columns in LEGS]
    person = figure(*((leg, Label.BACKGROUND) for leg in LEGS), (GOWN, Label.DRESS), *legs)
    person.photo[GOWN] = NAVY
    person.photo[285:318][person.parsing[285:318] == shanks] = GREEN
    return person


@pytest.mark.parametrize(
    ("shanks", "made"), [(Label.SKIN, "skin"), (Label.LEGWEAR, "skin"), (Label.PANTS, "cloth"), (Label.SHOES, "skin")]
)
def test_under_a_shorter_dress_legs_are_what_the_shanks_show(shanks, made):
    person = gowned(shanks)
    warped = carried((layer("torso", HEM),))
    garment = Garment(figure(), "dress", (int(Label.DRESS),))
    swap = plan(person, garment, "keep")
    assert not swap.must_cover[KNEES].any()
    undressed = take_off(person, garment, swap, warped)
    assert undressed.off[KNEES].all()
    assert undressed.skin[KNEES].all() == (made == "skin")
    assert undressed.cloth[245:280, 78:86].all() == (made == "cloth")
    assert not (undressed.skin | undressed.cloth)[245:280, 95:105].any()  # between the legs
    picture = render(person, garment, swap, warped, undressed).image
    green = (picture[KNEES].astype(int) - GREEN)[..., 1].mean()
    assert (green > -60) == (shanks != Label.SHOES)  # the legs are in the color of what shows of them
    assert not people.near(picture, tuple(GREEN))[:210].any()


@pytest.mark.parametrize(("category", "must"), [("dress", False), ("upper", True)])
def test_only_for_a_dress_are_legs_made_up_instead_of_covered(category, must):
    person = gowned(Label.SKIN)
    source = figure((HEM, Label.DRESS)) if category == "dress" else figure()
    label = Label.DRESS if category == "dress" else Label.UPPER
    assert plan(person, Garment(source, category, (int(label),)), "bring").must_cover[KNEES].any() == must


@pytest.mark.parametrize("below", [Label.SKIN, Label.SHOES])
def test_where_a_long_skirt_makes_way_for_a_short_one_legs_are_made_up_right_below_the_hem(below):
    skirt, shanks = np.s_[160:285, 66:134], np.s_[285:318, 76:124]
    person = figure(*((leg, Label.BACKGROUND) for leg in LEGS), (skirt, Label.SKIRT), (shanks, below))
    undressed = undress(person, "lower", lower=(layer("skirt", np.s_[160:210, 66:134]),))
    assert undressed.off[240:280, 78:86].all()
    assert undressed.skin[215:280, 78:86].all()
    assert not undressed.skin[170:195].any()  # down to mid-thigh


def test_behind_a_dress_over_trousers_cloth_goes_on():
    person = figure((np.s_[60:250, 66:134], Label.DRESS))
    garment, warped = Garment(figure(), "upper", (int(Label.UPPER),)), carried((layer("torso", np.s_[60:215, 66:134]),))
    swap = plan(person, garment, "bring")
    assert swap.legs == Label.PANTS
    undressed = take_off(person, garment, swap, warped)
    for leg in LEGS:
        assert undressed.cloth[217:236, leg[1].start + 3 : leg[1].stop - 3].all()


def test_behind_a_coat_legs_are_made_up_above_bare_shanks_alone():
    coat = np.s_[60:285, 66:134]
    person = figure(*((leg, Label.BACKGROUND) for leg in LEGS), (coat, Label.OUTER))
    assert not undress(person, "dress", (layer("torso", HEM),)).skin[215:280].any()


def test_a_bare_arm_stays_before_the_new_trunk_and_the_chest_does_not():
    forearm, chest = np.s_[112:124, 92:138], np.s_[68:84, 74:80]
    person = figure((forearm, Label.SKIN), (chest, Label.SKIN), points={6: (140, 120), 7: (80, 116)})
    over_trunk = undress(person, "upper", (layer("torso", TRUNK),)).over_trunk
    assert over_trunk[114:122, 100:130].all()
    assert not over_trunk[chest].any()


def test_gaps_beside_a_narrow_sleeve_are_closed():
    person = figure((LEFT_SLEEVE, Label.UPPER))
    gaps = undress(person, "upper", (layer("left_arm", np.s_[66:165, 134:145]),)).gaps
    assert gaps[100:112, 130:133].all()
    assert gaps[100:112, 146:148].all()
    assert not gaps[:, :60].any()


def test_gaps_between_sleeve_and_trunk_are_closed():
    person = figure((LEFT_SLEEVE, Label.UPPER))
    trunk, sleeve = layer("torso", np.s_[60:165, 70:117]), layer("left_arm", np.s_[66:165, 123:152])
    gaps = undress(person, "upper", (trunk, sleeve)).gaps
    assert gaps[130:150, 118:122].all()


def test_hands_and_jewelry_stay_in_front_and_a_brooch_does_not():
    hand, bracelet, brooch = np.s_[170:186, 138:150], np.s_[164:170, 138:150], np.s_[90:96, 96:104]
    person = figure((hand, Label.SKIN), (bracelet, Label.ACCESSORY), (brooch, Label.ACCESSORY))
    in_front = undress(person, "upper", (layer("torso", TRUNK),)).in_front
    assert in_front[172:184, 140:148].all()
    assert in_front[25:45, 90:110].all()  # the face
    assert in_front[bracelet].all()
    assert not in_front[brooch].any()


def test_ones_own_trousers_go_on_without_a_seam_where_the_coat_was():
    person = figure((np.s_[60:250, 66:134], Label.OUTER))
    person.photo[np.isin(person.parsing, (Label.PANTS, Label.OUTER))] = NAVY
    person.photo[247:252, 66:134] = 255, 255, 255  # its hem mixes with what lies beside it
    garment, reach = Garment(figure(), "upper", (int(Label.UPPER),)), np.zeros(SIZE, bool)
    for leg in LEGS:
        reach[150:320, leg[1]] = True
    warped, swap = carried((layer("torso", TRUNK),), own=reach), plan(person, garment, "keep")
    undressed = take_off(person, garment, swap, warped)
    picture = render(person, garment, swap, warped, undressed).image
    for leg in LEGS:
        columns = slice(leg[1].start + 3, leg[1].stop - 3)
        assert undressed.cloth[172:248, columns].all()
        assert np.abs(picture[172:310, columns].astype(int) - NAVY).max() < 15
    assert not undressed.cloth[175:, 98:102].any()  # between the legs is the ground


def test_no_ground_shows_between_trousers_and_what_goes_on_above_them():
    person = figure((np.s_[60:250, 66:134], Label.OUTER))
    person.photo[:] = GREEN
    person.photo[np.isin(person.parsing, (Label.PANTS, Label.OUTER))] = NAVY
    garment, warped = Garment(figure(), "dress", (int(Label.DRESS),)), carried((layer("torso", np.s_[60:210, 66:134]),))
    swap = plan(person, garment, "keep")
    assert swap.legs == Label.PANTS
    picture = render(person, garment, swap, warped, take_off(person, garment, swap, warped)).image
    for leg in LEGS:
        assert picture[225:300, leg[1].start + 4 : leg[1].stop - 4, 1].max() < 60


def test_no_ground_shows_between_made_up_shanks_and_the_wearers():
    legs = tuple((leg, Label.SKIN) for leg in LEGS)
    person = figure(*legs, (np.s_[60:250, 66:134], Label.DRESS))
    person.photo[person.parsing == Label.BACKGROUND] = GREEN
    garment, warped = Garment(figure(), "dress", (int(Label.DRESS),)), carried((layer("torso", np.s_[60:210, 66:134]),))
    swap = plan(person, garment, "keep")
    assert swap.legs == Label.SKIN
    picture = render(person, garment, swap, warped, take_off(person, garment, swap, warped)).image.astype(int)
    for leg in LEGS:
        shank = picture[235:300, leg[1].start + 5 : leg[1].stop - 5]
        assert (shank[..., 0] > shank[..., 1] + 30).all()


def test_no_ground_shows_through_hips_and_thighs_where_ones_own_is_seen_too_short():
    person = figure((np.s_[60:250, 66:134], Label.OUTER))
    garment, reach = Garment(figure(), "upper", (int(Label.UPPER),)), np.zeros(SIZE, bool)
    for leg in LEGS:
        reach[215:320, leg[1]] = True
    undressed = take_off(person, garment, plan(person, garment, "keep"), carried((layer("torso", TRUNK),), own=reach))
    for leg in LEGS:
        assert undressed.cloth[168:198, leg[1].start + 6 : leg[1].stop - 6].all()  # down to mid-thigh


@pytest.mark.parametrize(("dress", "told"), [(np.s_[60:280, 66:134], True), (np.s_[270:280, 72:82], False)])
def test_only_of_a_skirt_that_stays_is_it_said(dress, told):
    person, garment = figure((dress, Label.DRESS)), Garment(figure(), "upper", (int(Label.UPPER),))
    undressed = undress(person, "upper", (layer("torso", TRUNK),))
    swap = plan(person, garment, "keep")
    assert swap.own.any()
    assert ("person photo: the lower part of the old garment stays on" in undressed.notes) == told


def test_where_the_lower_part_of_a_coat_stays_its_sleeves_come_off():
    coat, sleeve = np.s_[60:260, 66:134], np.s_[120:166, 136:150]
    person = figure(*((leg, Label.BACKGROUND) for leg in LEGS), (coat, Label.OUTER), (sleeve, Label.OUTER))
    garment, warped = Garment(figure(), "upper", (int(Label.UPPER),)), carried((layer("torso", TRUNK),))
    undressed = take_off(person, garment, plan(person, garment, "keep"), replace(warped, bare=True))
    assert not undressed.off[170:258, 72:128].any()
    assert undressed.off[sleeve].all()


def test_where_a_coat_hid_the_ground_a_like_piece_of_it_shows():
    person, height = people.person("woman_coat", 384), 384
    stripes = np.where(np.arange(person.photo.shape[1]) // 6 % 2, 170, 90)[None, :, None]
    stripes = np.broadcast_to(stripes, person.photo.shape).astype(np.uint8)
    person = replace(person, photo=np.where((person.parsing == 0)[..., None], stripes, person.photo))
    result, body = people.dress(person, people.garment("man_tshirt", "upper", height)), person.body
    limbs = body.torso | body.legs | body.arms | body.head | body.neck | body.hands
    ground = (person.parsing == Label.OUTER) & result.mask & (result.warped_garment[..., 3] == 0) & ~limbs
    assert ground.sum() > 1000
    assert np.abs(result.image.astype(int) - stripes)[ground].mean() < 36
