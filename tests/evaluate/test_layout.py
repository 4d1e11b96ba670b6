"""What is painted where, and its measures, on drawn figures with literal counts."""

import math

import numpy as np
import pytest

from appearance_flow.warp import Layer
from tests.figure import SIZE, carried, figure
from tryon.core.labels import Label
from tryon.evaluate.layout import MEASURES, METHODS, Compared, compare, figures, measure, nearest, painted, tables
from tryon.evaluate.truth import Case
from tryon.outfit import plan
from tryon.render.layout.inputs import GRID, NEW_LOWER, NEW_UPPER, LayoutInput
from tryon.render.undress import take_off
from tryon.types import Garment, PersonSample, TripletSample

BACKGROUND, SKIN, PANTS = int(Label.BACKGROUND), int(Label.SKIN), int(Label.PANTS)


def test_measures_of_a_row_of_pixels():
    truth = np.array([[NEW_UPPER, NEW_UPPER, SKIN, SKIN, BACKGROUND, PANTS, SKIN]], np.uint8)
    found = np.array([[NEW_UPPER, SKIN, SKIN, BACKGROUND, BACKGROUND, NEW_UPPER, BACKGROUND]], np.uint8)
    region = np.array([[True] * 6 + [False]])
    values = measure(found, truth, region)
    assert set(values) == set(MEASURES)
    assert values["right_all"] == pytest.approx(3 / 6)
    assert values["right_outside"] == pytest.approx(2 / 4)
    assert values["iou_skin_all"] == pytest.approx(1 / 3)
    assert values["iou_skin_outside"] == pytest.approx(1 / 2)
    assert values["iou_background_all"] == pytest.approx(1 / 2)
    assert values["iou_new_all"] == pytest.approx(1 / 3)
    assert values["iou_cloth_all"] == 0
    assert math.isnan(measure(truth[:, :2], truth[:, :2], region[:, :2])["iou_skin_all"])


def test_another_garment_for_the_same_half_is_the_same_kind_of_own_cloth_and_stockings_are_skin():
    truth = np.array([[Label.UPPER, Label.LEGWEAR, Label.HAIR, NEW_LOWER]], np.uint8)
    found = np.array([[Label.OUTER, Label.SKIN, Label.BAG, NEW_UPPER]], np.uint8)
    assert measure(found, truth, np.ones((1, 4), bool))["right_all"] == 0.75


@pytest.fixture
def swapped():
    """A figure whose top ends above the waist of the old one, in front of which hair lies."""
    person = figure((np.s_[70:160, 132:148], Label.UPPER), (np.s_[40:90, 76:84], Label.HAIR))
    person.photo[person.parsing == Label.HAIR] = 40, 25, 15
    garment = Garment(figure(), "upper", (int(Label.UPPER),))
    alpha = np.zeros(SIZE, np.float32)
    alpha[60:110, 70:130] = 1
    layer = Layer("torso", np.zeros((*SIZE, 3), np.uint8), alpha, np.zeros((*SIZE, 2), np.float32), None)
    swap, warped = plan(person, garment, "keep"), carried((layer,))
    return person.close, warped, take_off(person, garment, swap, warped)


def test_what_the_rules_paint(swapped):
    found = painted(*swapped)
    assert (found[70:108, 90:128] == NEW_UPPER).all()
    assert (found[72:88, 78:82] == Label.HAIR).all()
    assert (found[100:150, 137:143] == Label.SKIN).all()  # the arm in the old sleeve
    assert (found[120:145, 80:120] == NEW_UPPER).all()  # cloth goes on, of what is nearest above the waist
    assert (found[155:160, 80:120] == Label.PANTS).all()  # and below it
    assert (found[200:300, 75:90] == Label.PANTS).all()
    assert (found[100:150, 10:40] == Label.BACKGROUND).all()


def test_the_nearest_label_fills_the_hole_from_all_around(swapped):
    found = nearest(*swapped)
    assert (found[72:88, 78:82] == Label.HAIR).all()
    assert (found[115:120, 90:110] == NEW_UPPER).all()
    assert (found[158:162, 75:90] == Label.PANTS).all()
    assert (found[120:150, 146:148] == Label.BACKGROUND).all()


def case(groups=("photos",)) -> Case:
    person, dressed = figure((np.s_[70:160, 132:148], Label.UPPER)), figure((np.s_[70:160, 134:146], Label.SKIN))
    people = [PersonSample(one.photo, one.keypoints, one.parsing, "1", "anna") for one in (person, figure(), dressed)]
    return Case(TripletSample(*people), "auto", (int(Label.UPPER),), groups)


def test_the_rules_and_a_network_beside_the_truth():
    def trousers(given: LayoutInput) -> np.ndarray:
        return np.eye(16, dtype=np.float32)[PANTS][:, None, None] * np.ones((1, *GRID), np.float32)

    outcome = compare(case(), None, trousers)
    assert tuple(outcome.values) == METHODS
    assert outcome.made_up == 0
    assert outcome.values["rules"]["iou_skin_outside"] > 0.7
    assert outcome.values["layout"]["iou_skin_outside"] < 0.2  # it says trousers where the bare arm is
    assert outcome.values["network"]["right_all"] < 0.1
    assert outcome.values["rules"]["right_all"] > 0.9
    assert tuple(compare(case(), None, None).values) == METHODS[:2]


def test_figures_over_people():
    values = dict.fromkeys(MEASURES, 0.5)
    outcomes = [
        Compared(who, ("triplets",), {"rules": values | {"right_all": right}})
        for who, right in (("anna", 0.6), ("anna", 0.8), ("bert", 1.0))
    ]
    found = figures(outcomes)
    assert (found["triplets_number"], found["triplets_identities"], found["triplets_made_up"]) == (3, 2, 0)
    assert found["triplets_rules_right_all"] == pytest.approx(0.8)
    assert found["triplets_rules_right_all_se"] == pytest.approx(0.15)  # of .7 and 1
    text = tables(found, outcomes, "val")
    assert "3 samples of val with 2 people" in text
    assert "| rules | 0.800 ± 0.150 |" in text
