"""The try-on's evaluation: its pairs, and its measures on literal numbers."""

import numpy as np
import pytest

from tests.evaluate.blind import SIZE, blind_pose, constant_parser, keypoints
from tryon.core.labels import Label
from tryon.evaluate.swap import exposed_skin, label_agreement, measure, random_pairs, summarize
from tryon.metrics import torso_mask
from tryon.pipeline import TryOn
from tryon.types import Garment, Person, TryOnResult


def test_pairs_are_different_photos_and_follow_the_seed():
    pairs = random_pairs(5, 40, seed=1)
    assert pairs == random_pairs(5, 40, seed=1) != random_pairs(5, 40, seed=2)
    assert all(person != other for person, other in pairs)
    assert {photo for pair in pairs for photo in pair} == set(range(5))


def result(shift):
    """A garment of 20 × 10 pixels brought from ``shift`` pixels further right."""
    photo = np.zeros((*SIZE, 3), np.uint8)
    mask = np.zeros(SIZE, bool)
    mask[50:70, 40:50] = True
    worn = np.zeros(SIZE, np.uint8)
    worn[50:70, 45:55] = Label.UPPER
    flow = np.where(mask[..., None], np.array((shift, 0)), np.nan).astype(np.float32)
    warped = np.dstack((photo, mask.astype(np.uint8) * 255))
    person = Person(photo, keypoints(), np.zeros(SIZE, np.uint8), (0, 0, 96, 160))
    source = Person(photo, keypoints(), worn, (0, 0, 96, 160))
    return TryOnResult(photo.copy(), mask, warped, flow, person, Garment(source, "upper", (Label.UPPER,)))


def test_label_agreement_follows_the_flow():
    read = np.where(result(5).mask, Label.UPPER, 0).astype(np.uint8)
    assert label_agreement(result(5), read) == 1
    assert label_agreement(result(5), np.zeros_like(read)) == 0
    read[result(5).mask.nonzero()[0][0]] = Label.SKIN  # one row of twenty
    assert label_agreement(result(5), read) == pytest.approx(0.95)
    assert label_agreement(result(0), np.where(read, Label.UPPER, 0)) == 1  # half of it shows no garment in its photo


def test_skin_counts_as_exposed_only_where_something_was_edited():
    one, read = result(5), np.zeros(SIZE, np.uint8)
    region = torso_mask(one.person.keypoints, SIZE, neckline=True)
    read[55:60, 40:50] = Label.SKIN  # within the edit
    read[75:79, 40:50] = Label.SKIN  # the photo's own pixels, below it
    assert exposed_skin(one, read, one.person, neckline=True) == pytest.approx(50 / region.sum())
    one.person.parsing[60:62, 40:50] = Label.SKIN  # shown by the photo, no longer by the result
    assert exposed_skin(one, read, one.person, neckline=True) == pytest.approx(30 / region.sum())


def test_a_changed_pixel_outside_the_edit_is_seen():
    tryon = TryOn(constant_parser(Label.BACKGROUND), blind_pose())
    changed = result(5)
    assert measure(tryon, changed, result(5).person)["preserved"] == 1
    changed.image[60, 45] = 255
    assert measure(tryon, changed, result(5).person)["preserved"] == 1
    changed.image[0, 0] = 1
    values = measure(tryon, changed, result(5).person)
    assert values["preserved"] == values["reread"] == 0
    assert values["edited"] == pytest.approx(200 / (160 * 96))


def test_summary_leaves_out_what_could_not_be_measured():
    nan = float("nan")
    values = [
        {"preserved": 1.0, "reread": 1.0, "keypoint_drift": 0.1, "exposed_skin": 0.0, "edited": 0.2},
        {"preserved": 1.0, "reread": 1.0, "keypoint_drift": 0.3, "exposed_skin": 0.04, "edited": 0.4},
        {"preserved": 1.0, "reread": 0.0, "keypoint_drift": nan, "exposed_skin": nan, "edited": 0.3},
        {},
    ]
    figures = summarize(values, [{"swap": 1.0}, {"swap": 2.0}, {"swap": 3.0}, {}])
    assert figures["done"] == 0.75
    assert figures["reread"] == pytest.approx(2 / 3)
    assert figures["keypoint_drift"] == pytest.approx(0.2)
    assert figures["keypoint_drift_max"] == 0.3
    assert figures["exposed_skin_mean"] == pytest.approx(0.02)
    assert figures["exposed_skin_max"] == 0.04
    assert figures["exposed_skin_above_1_percent"] == 0.5
    assert figures["seconds_swap"] == 2
