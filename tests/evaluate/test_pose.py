"""The pose network's evaluation: which photos count as cut, and which arms as crossed."""

import numpy as np
import pytest

from tests.evaluate.blind import SIZE, keypoints
from tryon.body.skeleton import L_HIP, L_KNEE, NECK, R_HIP, R_KNEE
from tryon.evaluate.pose import reliability, upper_body, wrist_over_torso
from tryon.types import PersonSample


def test_crops_end_between_hips_and_mid_thigh():
    rng = np.random.default_rng(0)
    sample = PersonSample(np.zeros((*SIZE, 3), np.uint8), keypoints(), None)
    heights = []
    for _ in range(50):
        photo, points = upper_body(sample, rng)
        heights.append(len(photo))
        assert (points[[R_HIP, L_HIP, NECK], 2] == 1).all()
        assert (points[[R_KNEE, L_KNEE], 2] == 0).all()
    assert 84 <= min(heights) < 88  # the hips are at 80, the torso is 40
    assert 96 < max(heights) <= 100
    sample.keypoints[NECK] = 0
    assert upper_body(sample, rng) is None


def test_a_wrist_before_the_torso_counts_as_crossed():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[2, 5, 8, 11]] = [(10, 10, 1), (50, 10, 1), (15, 60, 1), (45, 60, 1)]  # shoulders and hips
    keypoints[[4, 7]] = [(5, 60, 1), (55, 60, 1)]
    assert not wrist_over_torso(keypoints)
    keypoints[7, :2] = (30, 40)
    assert wrist_over_torso(keypoints)
    keypoints[7, 2] = 0
    assert not wrist_over_torso(keypoints)


def test_reliability_of_a_confidence():
    """Of three points given .55, two lie within a fifth of the torso of 40 pixels; one given .9 does."""
    truth = keypoints()[None]
    predicted = truth.copy()
    predicted[..., 2] = 0
    for k, shift, confidence in ((NECK, 0, 0.55), (R_HIP, 7.5, 0.55), (L_HIP, 9, 0.55), (R_KNEE, 1, 0.9)):
        predicted[0, k] = truth[0, k] + (shift, 0, 0)
        predicted[0, k, 2] = confidence
    told = {key: value for key, value in reliability(predicted, truth).items() if not np.isnan(value)}
    assert told == pytest.approx({"reliable_0.5": 2 / 3, "reliable_0.9": 1.0})
