"""The check of pairs and triplets, and the contact sheet."""

from dataclasses import replace

import numpy as np

from tests.datasets.checked import GOOD, PAIRS, SIZE, Unreadable, found, message, person
from tryon.datasets.check import check
from tryon.datasets.check_sheet import sheet
from tryon.types import PairSample, TripletSample


def test_good_pairs():
    report = check({"train": PAIRS})
    assert report.findings == []
    assert report.figures["people"] == 6
    assert report.figures["flow_error"] == 0
    assert report.figures["flow_error_unwarped"] > 0.1
    assert check({"train": [replace(PAIRS[0], flow=None, visible=None)]}).findings == []


def test_a_picture_in_many_pairs_counts_once():
    a, b, c = person(1), person(2), person(3)
    report = check({"train": [PairSample(a, b, name="ab"), PairSample(a, c, name="ac")]})
    assert report.figures["people"] == 3
    assert report.findings == []


def test_pairs_of_two_people():
    other = replace(PAIRS[0], target=replace(PAIRS[0].target, identity="bob"))
    assert found([other]) == {"other_person": ("error", "train/pair0")}
    assert message([other], "other_person") == "the source and the target show different identities, first ann and bob"
    garment = replace(person(30), identity="cem")
    triplet = TripletSample(PAIRS[0].source, garment, PAIRS[0].target, name="t")
    assert found([triplet]) == {}
    assert found([replace(triplet, target=replace(triplet.target, identity="bob"))]) == {
        "other_person": ("error", "train/t")
    }


def test_flows_that_do_not_fit():
    good = PAIRS[0]
    for change in (
        {"flow": None},
        {"visible": None},
        {"flow": good.flow[1:]},
        {"flow": np.zeros((*SIZE, 2), np.int32)},
        {"visible": good.visible[1:]},
        {"visible": good.visible.astype(np.uint8)},
    ):
        assert found([replace(good, **change)]) == {"arrays": ("error", "train/pair0")}


def test_flows_without_a_value_where_visible():
    flow = PAIRS[0].flow.copy()
    flow[50, 50, 1] = np.nan
    assert found([replace(PAIRS[0], flow=flow)]) == {"flow_not_finite": ("error", "train/pair0")}
    assert message([replace(PAIRS[0], flow=flow)], "flow_not_finite").endswith("first 1 pixels")


def test_flows_out_of_the_source():
    flow = PAIRS[0].flow.copy()
    flow[50, 50, 0] = 80
    assert found([replace(PAIRS[0], flow=flow)]) == {"flow_outside": ("error", "train/pair0")}


def test_flows_of_the_wrong_direction():
    wrong = [replace(one, flow=-one.flow) for one in PAIRS]
    assert {code: level for code, (level, *_) in found(wrong).items()} == {
        "flow_wrong": "error",
        "flow_error": "warning",
    }
    assert message(wrong, "flow_wrong").endswith(
        "is it of the other direction, another size, or another order of x and y?"
    )


def test_one_flow_of_another_pair():
    strange = replace(PAIRS[0], flow=-PAIRS[0].flow)
    assert found([*PAIRS[1:], strange]) == {"flow_error": ("warning", "train/pair0")}


def test_the_flow_of_a_triplet_leads_to_the_garment():
    one = PAIRS[0]
    triplet = TripletSample(person(40), one.source, one.target, one.flow, one.visible, "t")
    triplet = replace(triplet, person=replace(triplet.person, identity="ann"))
    assert found([triplet]) == {}
    assert "flow_error" in found([replace(triplet, garment=triplet.person, person=one.source)])


def test_the_sheet(tmp_path):
    people = sheet({"train": GOOD, "val": GOOD[:3]}, 5)
    # Four people a row, two cells of 170 + 8 pixels each.
    assert people.shape[1] == 8 * 178
    assert people.shape[0] == 2 * (220 + 8) + 2 * 20
    cell = people[21:221, 25:145]
    assert (np.abs(cell.astype(int) - (235, 95, 30)).sum(-1) < 30).sum() > 30  # the right side of a skeleton
    pairs = sheet({"train": PAIRS}, 3)
    assert pairs.shape[1] == 8 * 178
    triplet = TripletSample(person(40), PAIRS[0].source, PAIRS[0].target, PAIRS[0].flow, PAIRS[0].visible, "t")
    assert sheet({"train": [triplet]}, 1).shape[1] == 6 * 178


def test_the_sheet_of_bad_data():
    wild = person(1)
    wild.keypoints[:4] = np.nan, np.inf, 1e30
    labels = replace(person(2), parsing=np.full(SIZE, 99, np.uint8))
    picture = sheet(
        {"train": Unreadable([wild, labels, replace(person(3), parsing=np.zeros((3, 3), np.uint8)), wild])}, 4
    )
    unreadable = picture[30:200, 6 * 178 + 10 : 6 * 178 + 160]
    assert (unreadable == 128).all()


def test_a_flat_garment_needs_no_key_points():
    flat = replace(person(30), keypoints=np.zeros((18, 3), np.float32))
    one = person(1)
    report = check({"train": [TripletSample(one, flat, one, name="t")]})
    assert report.findings == []
    assert report.figures["people"] == 2
    assert found([TripletSample(flat, one, flat, name="t")]) == {"no_keypoints": ("warning", "train/t")}
