"""The adapter to an optional package: its conversion always, its errors with and without the package."""

import importlib.util

import numpy as np
import pytest

from tryon.core.errors import CheckpointError, DependencyError
from tryon.read.pose.mediapipe import from_landmarks, read_mediapipe

PHOTO = np.zeros((64, 48, 3), np.uint8)
installed = importlib.util.find_spec("mediapipe") is not None


def test_landmarks_become_pixels():
    landmarks = [(i / 40, i / 80, 0.9) for i in range(33)]
    landmarks[15] = (0.5, 1.2, 0.9)  # left wrist below the picture
    landmarks[16] = (0.5, 0.5, 0.01)  # right wrist hidden
    landmarks[27] = (0.5, 0.5, None)
    points = from_landmarks(landmarks, (200, 100))
    assert points.dtype == np.float32
    assert points[0] == pytest.approx((-0.5, -0.5, 0.9))  # the corner of the picture
    assert points[2] == pytest.approx((29.5, 29.5, 0.9))  # right shoulder: number 12, (.3, .15)
    assert points[1] == pytest.approx((28.25, 28.25, 0.9))  # neck: between 11 and 12
    assert points[14] == pytest.approx((12.0, 12.0, 0.9))  # right eye: number 5
    for missing in (4, 7, 13):
        assert points[missing].tolist() == [0, 0, 0]


@pytest.mark.skipif(installed, reason="mediapipe is installed")
def test_without_the_package():
    with pytest.raises(DependencyError, match="install it with `pip install mediapipe`"):
        read_mediapipe(PHOTO, "pose_landmarker.task")


@pytest.mark.skipif(not installed, reason="mediapipe is not installed")
def test_a_model_that_is_none(tmp_path):
    (tmp_path / "a.task").write_text("no model")
    with pytest.raises(CheckpointError, match="is no model of MediaPipe's Pose Landmarker"):
        read_mediapipe(PHOTO, tmp_path / "a.task")
    with pytest.raises(CheckpointError, match="No such file"):
        read_mediapipe(PHOTO, tmp_path / "b.task")
