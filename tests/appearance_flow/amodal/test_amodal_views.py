"""Views of garments behind other people's hair, bags, arms and tops, from drawn figures."""

import numpy as np
import pytest

from appearance_flow.amodal.inputs import OUTSIDE, SIZE, may_hide
from appearance_flow.amodal.views import AmodalViews, Wearer
from tests.figure import LEGS, figure
from tryon.body.torso import complete_torso
from tryon.core.errors import DataError
from tryon.core.labels import NUM_LABELS, Label, mask_of

TOP, TROUSERS = (int(Label.UPPER),), (int(Label.PANTS),)
HAIR = np.s_[30:100, 76:90], Label.HAIR


def wearer(*areas, garments=(TOP, TROUSERS)) -> Wearer:
    person = figure(*areas)
    return Wearer(person.parsing, complete_torso(person.keypoints)[0], garments)


def labels_of(view) -> np.ndarray:
    return view.shown[: NUM_LABELS + 1].argmax(0)


def test_a_view_depends_on_seed_and_number_alone():
    one, same, other = (AmodalViews([wearer(HAIR)], seed).view(3) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one.shown, other.shown)


def test_what_is_laid_over_hides_the_garment_and_the_truth_stays():
    views = AmodalViews([wearer(HAIR)], 0)
    lost = []
    for number in range(40):
        view = views.view(number)
        seen = view.shown[NUM_LABELS + 1] > 0
        assert view.shown.shape[1:] == SIZE
        assert not (view.hidden & ~view.known).any()
        assert (seen & view.hidden).sum() <= 0.1 * view.hidden.sum() + 20  # edges are a little beside
        lost.append((view.truth & view.hidden).sum() / max(view.truth.sum(), 1))
    assert np.mean(lost) > 0.03
    assert max(lost) > 0.2


def test_all_kinds_of_things_are_laid_over():
    views = AmodalViews([wearer(HAIR)], 0)
    over = [labels_of(view)[view.hidden] for view in map(views.view, range(60))]
    for label in (Label.HAIR, Label.BAG, Label.SKIN, Label.UPPER):
        assert any((labels == label).sum() > 20 for labels in over), label


def test_tops_are_laid_over_trousers_alone():
    views = AmodalViews([wearer(HAIR, garments=(TOP,))], 0)
    for view in map(views.view, range(40)):
        assert ((labels_of(view) == Label.UPPER) & view.hidden).sum() <= 0.1 * view.hidden.sum() + 20


def test_nobody_knows_what_the_wearers_own_hair_and_bag_hide():
    bag = np.s_[120:160, 60:100], Label.BAG
    bare, whole = AmodalViews([wearer()], 0), AmodalViews([wearer(bag)], 0)
    for number in range(20):
        hidden, known = bare.view(number), whole.view(number)
        assert (known.known <= hidden.known).all()
    assert (~whole.view(0).known & bare.view(0).known).sum() > 100


def test_trousers_may_go_on_behind_a_top_and_tops_not_behind_trousers():
    person = figure((np.s_[150:180, 70:130], Label.UPPER))
    view = person.close
    behind = may_hide(view.parsing, view.body, TROUSERS)
    assert behind[165:180, 75:125].all()
    assert not behind[60:120, 80:120].any()
    assert not may_hide(view.parsing, view.body, TOP)[mask_of(view.parsing, Label.PANTS)].any()


def test_bare_arms_hide_and_the_neck_does_not():
    view = figure((np.s_[100:110, 92:140], Label.SKIN), points={6: (140, 110), 7: (95, 105)}).close
    hiding = may_hide(view.parsing, view.body, TOP)
    assert hiding[102:108, 100:125].all()  # before the trunk,
    assert not hiding[102:108, 136:].any()  # and not beside it, where a sleeve would end
    assert not hiding[50:58, 92:108].any()


def test_beyond_the_frame_nothing_is_judged():
    half = Wearer(figure().parsing[:150], complete_torso(figure().keypoints)[0], (TOP,))
    view = AmodalViews([half], 0).view(0)
    outside = labels_of(view) == OUTSIDE
    assert outside[-20].all()
    assert not view.known[outside].any()


def test_left_and_right_of_the_key_points_go_along_in_a_mirror():
    one_sided = wearer((LEGS[0], Label.SKIRT), garments=((int(Label.SKIRT),),))
    views = AmodalViews([one_sided], 0)
    sides = set()
    for number in range(12):
        view = views.view(number)
        bones = view.shown[NUM_LABELS + 2 :]
        right_thigh, left_thigh = bones[5] > 0, bones[7] > 0
        on_right, on_left = ((view.truth & thigh).sum() for thigh in (right_thigh, left_thigh))
        middle = np.nonzero(right_thigh | left_thigh)[1].mean()
        at_the_left = bool(np.nonzero(view.truth)[1].mean() < middle)
        assert (on_right > on_left) == at_the_left
        sides.add(at_the_left)
    assert sides == {True, False}


def test_without_photos_there_are_no_views():
    with pytest.raises(DataError, match="no labeled photo of a garment"):
        AmodalViews([], 0)
