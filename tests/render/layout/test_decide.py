"""What follows from the network's word on a drawn figure: every mask, and what may not follow from it."""

import numpy as np
import pytest
import torch

from appearance_flow.warp import Layer
from tests.figure import SIZE, carried, figure
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.layout.decide import Decided, decided
from tryon.render.layout.inputs import GRID, HOLE, NEW_LOWER, NEW_UPPER, LayoutInput
from tryon.render.layout.model import Layout, LayoutConfig, predict
from tryon.render.undress import Undressed, take_off
from tryon.types import Garment, Person

SLEEVE = np.s_[70:160, 132:148]  # of the old top, on the left arm
TOP = np.s_[60:110, 70:130]  # the new one ends above the waist


def says(*classes: int):
    """A network that has the same chances of the given classes everywhere."""

    def layouts(given: LayoutInput) -> np.ndarray:
        out = np.zeros((16, *GRID), np.float32)
        out[list(classes)] = np.linspace(1, 0.9, len(classes))[:, None, None]
        return out / out.sum(0)

    return layouts


def undress(layouts, *areas) -> tuple[Person, Undressed]:
    person = figure((SLEEVE, Label.UPPER), *areas)
    person.photo[person.parsing == Label.HAIR] = 40, 25, 15
    garment = Garment(figure(), "upper", (int(Label.UPPER),))
    alpha = np.zeros(SIZE, np.float32)
    alpha[TOP] = 1
    layer = Layer("torso", np.zeros((*SIZE, 3), np.uint8), alpha, np.zeros((*SIZE, 2), np.float32), None)
    swap = plan(person, garment, "keep")
    return person, take_off(person, garment, swap, carried((layer,)), layouts)


def test_it_is_shown_the_hole_and_the_garment():
    given = []

    def keep(one: LayoutInput) -> np.ndarray:
        given.append(one)
        return says(Label.BACKGROUND)(one)

    undress(keep)
    (one,) = given
    assert (one.stay == HOLE).sum() == pytest.approx((105 * 60 + 90 * 16) * 0.42**2, rel=0.25)
    assert (one.planes[0] > 127).sum() == pytest.approx(50 * 60 * 0.42**2, rel=0.1)
    assert one.category == 1


def test_a_bare_arm_grows_where_it_says_skin():
    _, undressed = undress(says(Label.SKIN))
    assert undressed.skin[100:150, 136:144].all()
    assert not undressed.cloth[100:150, 136:144].any()
    _, background = undress(says(Label.BACKGROUND))
    assert not background.skin[100:150, 136:144].any()
    assert background.hole[100:150, 136:144].all()


@pytest.mark.parametrize("layouts", [says(Label.SKIN), says(Label.SKIN, Label.BACKGROUND)])
def test_no_skin_between_collar_bone_and_mid_thigh_whatever_it_says(layouts):
    person, undressed = undress(layouts)
    trunk = person.close.body.torso & ~person.close.body.neck
    assert (undressed.hole & trunk).sum() > 2000
    assert not (undressed.skin & trunk).any()
    # And not what lies behind the person either: cloth goes on, or the new garment does.
    assert ((undressed.cloth | undressed.gaps) | ~(undressed.off & undressed.hole & trunk)).mean() > 0.9


def test_no_skin_there_by_any_network():
    for seed in range(6):
        torch.manual_seed(seed)
        network = Layout(LayoutConfig(channels=(4, 6))).eval()
        torch.nn.init.normal_(network.unet.head.weight, std=3.0)
        network.unet.head.bias.data.view(16, 4)[Label.SKIN] += 4.0
        person, undressed = undress(lambda given, network=network: predict(network, given))
        trunk = person.close.body.torso & ~person.close.body.neck
        assert undressed.skin.any(), seed
        assert not (undressed.skin & trunk).any(), seed


def test_cloth_goes_on_where_it_says_so_and_the_new_garment_where_it_says_that():
    below = np.s_[120:160, 80:120]  # what the new top does not cover of the old one
    for one, cloth, new in ((Label.PANTS, True, False), (NEW_UPPER, False, True), (NEW_LOWER, False, True)):
        _, undressed = undress(says(one))
        assert undressed.cloth[below].all() == cloth
        assert undressed.gaps[below].all() == new
        assert undressed.cloth[below].any() == cloth


def test_hair_and_a_bare_arm_before_the_garment_stay_or_go_whole():
    hair, arm = np.s_[40:90, 76:84], np.s_[80:100, 100:128]
    for one, stays in ((Label.HAIR, True), (NEW_UPPER, False)):
        _, undressed = undress(says(one), (hair, Label.HAIR), (arm, Label.SKIN))
        assert undressed.in_front[65:90, 76:84].all() == stays
        assert undressed.in_front[65:90, 76:84].any() == stays
        assert undressed.over_trunk[arm].all() == stays
        assert undressed.over_trunk[arm].any() == stays


def test_the_face_stays_whatever_it_says():
    _, undressed = undress(says(NEW_UPPER))
    assert undressed.in_front[22:40, 90:110].all()


def test_what_the_photo_shows_and_the_new_garment_does_not_cover_is_not_repainted():
    for one in (NEW_UPPER, Label.SKIN, Label.BACKGROUND):
        person, undressed = undress(says(one))
        trousers = (person.parsing == Label.PANTS) & (np.arange(SIZE[0])[:, None] > 175)
        assert trousers.sum() > 4000
        assert not (undressed.region & trousers).any()


def test_beyond_the_window_the_rules_decide():
    view, nothing = figure().close, np.zeros(SIZE, bool)
    hole = np.ones(SIZE, bool)
    near = np.array(((0.84, 0, -28.5), (0, 0.84, -12.4)))  # shows columns 34 to 167 alone
    rules = Decided(hole, nothing, nothing, nothing, nothing)
    said = decided(says(Label.BACKGROUND)(None), near, view, nothing, hole, rules)
    assert not said.cloth[100:200, 40:160].any()
    assert said.cloth[:, :30].all()
    assert said.cloth[:, 172:].all()
