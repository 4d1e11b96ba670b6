"""Metrics against values worked out by hand."""

import math

import numpy as np
import pytest

from tryon import metrics
from tryon.body.skeleton import L_HIP, L_KNEE, L_SHOULDER, NECK, NOSE, R_HIP, R_KNEE, R_SHOULDER
from tryon.core.errors import ShapeError
from tryon.core.labels import Label


def confusion(predicted, truth):
    counted = metrics.Confusion()
    counted.add(np.array(predicted, np.uint8), np.array(truth, np.uint8))
    return counted


def person():
    """Torso of 100 pixels, upright."""
    points = np.zeros((18, 3), np.float32)
    points[NECK] = (100, 50, 1)
    points[R_SHOULDER], points[L_SHOULDER] = (60, 50, 1), (140, 50, 1)
    points[R_HIP], points[L_HIP] = (80, 150, 1), (120, 150, 1)
    return points


def test_iou_of_a_shifted_class():
    # Skin in columns 0-1 of 4, predicted in columns 1-2: one pixel common, three in all.
    counted = confusion([[0, 3, 3, 0]], [[3, 3, 0, 0]])
    assert counted.iou(Label.SKIN) == pytest.approx(1 / 3)
    assert counted.iou_person() == pytest.approx(1 / 3)
    assert counted.accuracy() == 0.5
    assert counted.person_accuracy() == 0.5
    assert math.isnan(counted.iou(Label.BAG))
    assert counted.matrix[Label.SKIN, Label.BACKGROUND] == 1
    assert counted.matrix[Label.BACKGROUND, Label.SKIN] == 1


def test_merged_classes_do_not_count_what_is_confused_within_a_group():
    counted = confusion([[Label.OUTER, Label.PANTS, Label.SKIN]], [[Label.UPPER, Label.SKIRT, Label.SKIN]])
    assert counted.miou_merged5() == 1
    assert counted.miou_9() == pytest.approx(1 / 5)  # upper, outer, skirt and pants are wrong, skin is right
    assert counted.iou_person() == 1


def test_classes_outside_the_nine_do_not_count():
    counted = confusion([[Label.SKIN, Label.HAT]], [[Label.SKIN, Label.SCARF]])
    assert counted.miou_9() == 1


def test_confusion_adds_up():
    counted = confusion([[3, 3]], [[3, 0]])
    counted.add(np.array([[3, 3]], np.uint8), np.array([[3, 3]], np.uint8))
    assert counted.iou(Label.SKIN) == 0.75


def test_confusion_of_nothing_is_nan():
    assert math.isnan(metrics.Confusion().miou_9())
    assert math.isnan(metrics.Confusion().accuracy())


def test_confusion_refuses_maps_of_different_size():
    with pytest.raises(ShapeError, match="predicted label map"):
        confusion([[1, 2]], [[1], [2]])


def test_pck_of_a_shift_a_missing_and_an_invisible_point():
    truth, predicted = person(), person()
    truth[NOSE] = (100, 20, 0.5)  # not sure enough to count
    predicted[R_SHOULDER, 0] += 10  # a tenth of the torso
    predicted[L_SHOULDER, 0] += 15
    predicted[R_HIP] = 0
    errors = metrics.keypoint_errors(predicted[None], truth[None])
    assert errors.shape == (1, 18)
    assert math.isnan(errors[0, NOSE])
    assert errors[0, R_HIP] == np.inf
    assert errors[0, L_SHOULDER] == pytest.approx(0.15)
    assert metrics.pck(errors, 0.1) == pytest.approx(3 / 5)
    assert metrics.pck(errors, 0.2) == pytest.approx(4 / 5)
    assert metrics.pck(errors[:, R_HIP], 0.2) == 0
    assert math.isnan(metrics.pck(errors[:, NOSE], 0.2))


def test_without_a_torso_in_the_truth_nothing_counts():
    truth = person()
    truth[L_HIP] = 0
    assert math.isnan(metrics.pck(metrics.keypoint_errors(person()[None], truth[None]), 0.1))


def test_key_point_errors_refuse_another_skeleton():
    with pytest.raises(ShapeError):
        metrics.keypoint_errors(np.zeros((1, 17, 3)), np.zeros((1, 17, 3)))


def test_drift_is_over_the_points_that_both_have():
    after = person()
    after[NECK, 1] -= 20
    after[L_HIP] = 0
    assert metrics.keypoint_drift(person(), after) == pytest.approx(0.2 / 4)


def test_torso_mask_ends_at_mid_thigh():
    points = person()
    mask = metrics.torso_mask(points, (300, 200))
    assert np.flatnonzero(mask.any(1))[[0, -1]].tolist() == [50, 190]  # without knees: .4 torso lengths
    assert np.flatnonzero(mask.any(0))[[0, -1]].tolist() == [60, 140]
    points[R_KNEE], points[L_KNEE] = (80, 250, 1), (120, 250, 1)
    assert np.flatnonzero(metrics.torso_mask(points, (300, 200)).any(1))[-1] == 200


def test_torso_mask_without_the_neckline():
    mask = metrics.torso_mask(person(), (300, 200), neckline=False)
    assert not mask[60, 100]
    assert mask[60, 70]
    assert mask[70, 100]


def test_no_torso_mask_without_hips():
    points = person()
    points[R_HIP] = 0
    assert metrics.torso_mask(points, (300, 200)) is None


def test_exposed_skin_is_what_was_added():
    before, after = np.full((10, 10), Label.UPPER, np.uint8), np.full((10, 10), Label.UPPER, np.uint8)
    region = np.zeros((10, 10), bool)
    region[:5] = True
    before[0, 0] = Label.SKIN
    after[0, :6] = Label.SKIN
    after[9] = Label.SKIN  # outside the region
    assert metrics.exposed_skin(before, after, region) == pytest.approx(5 / 50)
    assert metrics.exposed_skin(after, before, region) == 0
