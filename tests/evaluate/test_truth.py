"""All methods on samples whose truth is known, by a program that reads none of the photos."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tests.drawn import drawn_people, drawn_tryon
from tryon.body import skeleton as sk
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label, mask_of
from tryon.evaluate.baselines import Dressed, unchanged
from tryon.evaluate.readings import person_of
from tryon.evaluate.truth import MEASURES, METHODS, Case, Examiner, Outcome, figures, measure, program, rows
from tryon.types import PersonSample, TripletSample

LABELS = (int(Label.UPPER), int(Label.SCARF))
GREY, RED = (100, 100, 100), (151, 100, 100)


def dyed(name: str, color: tuple[int, int, int]) -> PersonSample:
    """A sample person whose top has one color."""
    person = people.person(name, 192)
    picture = person.photo.copy()
    picture[mask_of(person.parsing, *LABELS)] = color
    return PersonSample(picture, person.keypoints, person.parsing, name, name)


@pytest.fixture(scope="module")
def sample() -> TripletSample:
    """A grey top is exchanged for the red one of the same person, so that the flow is 0."""
    person, garment = dyed("man_tshirt", GREY), dyed("man_tshirt", RED)
    flow = np.full((*person.image.shape[:2], 2), np.nan, np.float32)
    worn = mask_of(person.parsing, *LABELS)
    flow[worn] = 0
    return TripletSample(person, garment, garment, flow, worn, "first")


def test_the_truth_itself_has_no_error(sample):
    outline = mask_of(sample.target.parsing, *LABELS)
    found = Examiner(sample, LABELS, None)(Dressed(sample.target.image, outline, sample.flow))
    assert {*found, "done"} == set(MEASURES)
    ones = [value for name, value in found.items() if "ssim" in name or name in ("outline_iou", "flow_known")]
    assert ones == pytest.approx(12 * [1])
    zeros = [name for name, value in found.items() if value == 0]
    assert zeros == [
        "l1_whole", "l1_changed", "l1_garment", "l1_seen", "l1_skin", "sleeve_error", "hem_error", "flow_error",
        "flow_error_95", "folded",
    ]  # fmt: skip


def test_the_unchanged_person_has_the_error_of_the_color(sample):
    found = Examiner(sample, LABELS, None)(unchanged(person_of(sample.person), LABELS))
    assert found["l1_changed"] == pytest.approx(51 / 255 / 3)
    assert found["l1_garment"] == pytest.approx(51 / 255 / 3)
    assert found["l1_skin"] == 0
    share = mask_of(sample.target.parsing, *LABELS).mean()
    assert found["l1_whole"] == pytest.approx(51 / 255 / 3 * share)
    assert found["outline_iou"] == 1
    assert found["sleeve_error"] == 0
    assert math.isnan(found["flow_error"])


def test_a_garment_at_the_wrong_place_is_told_from_the_right_one(sample):
    examiner, truth = Examiner(sample, LABELS, None), sample.target
    outline = mask_of(truth.parsing, *LABELS)
    moved = Dressed(np.roll(truth.image, 5, 0), np.roll(outline, 5, 0), sample.flow + 5)
    found = examiner(moved)
    assert found["flow_error"] == pytest.approx(5 * math.sqrt(2))
    assert 0.6 < found["outline_iou"] < 0.95
    assert found["ssim_garment"] < 0.99
    assert found["l1_whole"] > 0.01
    assert found["sleeve_error"] > 2


def test_every_method_with_either_reading(sample):
    outcome = measure(drawn_tryon(), Case(sample, "upper", LABELS, ("photos",)), None, keep=[("true", "program")])
    assert set(outcome.values) == {(reading, method) for reading in ("true", "own") for method in METHODS}
    true = {method: outcome.values["true", method] for method in METHODS}
    for method in ("affine", "tps", "pose_flow", "plain_fill", "program"):
        assert true[method]["done"] == 1
        assert true[method]["flow_error"] < 0.05
        assert true[method]["l1_changed"] < 0.01
        assert true[method]["outline_iou"] > 0.9
    assert list(outcome.pictures) == [("true", "program")]
    assert np.abs(outcome.pictures["true", "program"].astype(int) - sample.target.image).mean() < 3
    # The drawn networks see nobody in these photos: the user keeps the photo as it is.
    assert outcome.values["own", "unchanged"] == pytest.approx(true["unchanged"], nan_ok=True)
    for method in METHODS[1:]:
        own = outcome.values["own", method]
        assert own.pop("done") == 0
        np.testing.assert_equal(own, {name: true["unchanged"][name] for name in own})
        assert "no person was found" in outcome.failures["own", method]
    assert math.isnan(outcome.seconds)


def test_a_painted_person_is_read_without_the_paint():
    photo, tryon = drawn_people((150, 40, 520)), drawn_tryon()
    worn = tryon.read_person(photo)
    top = worn.parsing == Label.UPPER
    truth = PersonSample(photo, worn.keypoints, worn.parsing, "drawn")
    grey = replace(truth, image=np.where(top[..., None], np.uint8(128), photo))
    flow = np.where(top[..., None], np.float32((0, 0)), np.float32(np.nan))
    case = Case(TripletSample(grey, truth, truth, flow, top), "upper", (int(Label.UPPER),), ("photos",), painted=True)
    outcome = measure(tryon, case, None)
    assert outcome.failures == {}
    assert outcome.values["own", "program"]["outline_iou"] > 0.95
    unknowing = measure(tryon, replace(case, painted=False), None)
    assert "somebody was found, but not their shoulders" in unknowing.failures["own", "program"]


@pytest.fixture(scope="module")
def lying(sample) -> TripletSample:
    """The red top without its wearer, its inside unknown, in a picture where all else is white."""
    worn = sample.garment
    points = worn.keypoints.copy()
    points[[sk.NOSE, *range(sk.R_KNEE, sk.L_HIP), *range(sk.L_KNEE, sk.NUM_KEYPOINTS)]] = 0
    parsing = np.where(mask_of(worn.parsing, Label.UPPER), worn.parsing, np.uint8(0))
    top = np.flatnonzero(parsing.any(1))[0]
    parsing[top - 3 : top, 60:70] = UNKNOWN
    picture = np.where(parsing[..., None] > 0, worn.image, np.uint8(255))
    return replace(sample, garment=PersonSample(picture, points, parsing, "red_top"))


def test_a_garment_without_a_wearer_is_measured_like_any_other(lying):
    outcome = measure(drawn_tryon(), Case(lying, "upper", (int(Label.UPPER),), ("flat",)), None)
    assert [key for key in outcome.values if key[0] == "true"] == [("true", method) for method in METHODS]
    assert not [key for key in outcome.failures if key[0] == "true"]
    for method in ("affine", "tps", "pose_flow", "plain_fill", "program"):
        assert outcome.values["true", method]["flow_error"] < 0.5
        assert outcome.values["true", method]["outline_iou"] > 0.9
    found = figures([outcome, outcome])
    assert found["flat_true_program_done"] == 1
    assert "flat_own_program_done" in found


def test_a_garment_that_hangs_from_nothing_counts_as_not_done(lying):
    nothing = replace(lying.garment, keypoints=np.zeros((18, 3), np.float32))
    case = Case(replace(lying, garment=nothing), "upper", (int(Label.UPPER),), ("flat",))
    outcome = measure(drawn_tryon(), case, None)
    assert outcome.values["true", "program"]["done"] == 0
    assert "neither a shoulder nor both hips" in outcome.failures["true", "program"]


def test_trousers_that_come_along_are_no_part_of_the_garment():
    person, garment = people.person("woman_dress", 192), people.garment("man_tshirt", "upper", 192)
    result = drawn_tryon()(person, garment, below="bring")
    below = slice(130, 150)  # of the hips, where the dress gave way to the trousers
    assert (result.warped_garment[below, :, 3] > 127).sum() > 500
    outline = program(drawn_tryon(), person, garment).outline
    assert outline[below].sum() < 10  # an edge
    assert outline.sum() > 1500


def test_errors_are_those_over_people():
    def outcome(identity: str, value: float) -> Outcome:
        values = {(r, m): dict.fromkeys(MEASURES, value) for r in ("true", "own") for m in METHODS}
        return Outcome(identity, identity, ("triplets",), values, seconds=2.0)

    found = figures([outcome("ann", 1), outcome("ann", 3), outcome("bob", 5)])
    assert found["triplets_true_program_l1_skin"] == 3
    # The people's means are 2 and 5: their standard deviation of 2.121 over the root of 2.
    assert found["triplets_true_program_l1_skin_se"] == pytest.approx(1.5)
    assert (found["triplets_number"], found["triplets_identities"], found["triplets_seconds"]) == (3, 2, 2)
    assert len(rows()) == 2 * len(METHODS) - 1
    assert "triplets_own_unchanged_l1_skin" not in found


def test_samples_that_cannot_be_measured(sample):
    def measured(changed: TripletSample) -> None:
        measure(drawn_tryon(), Case(changed, "upper", LABELS, ("photos",)), None)

    with pytest.raises(DataError, match="first has no flow; render the triplets"):
        measured(replace(sample, flow=None))
    with pytest.raises(DataError, match="man_tshirt has no labels of a person"):
        measured(replace(sample, garment=replace(sample.garment, parsing=None)))
    with pytest.raises(DataError, match="man_tshirt has no key points; this measurement needs people who wear"):
        measured(replace(sample, garment=replace(sample.garment, keypoints=np.zeros((18, 3), np.float32))))
