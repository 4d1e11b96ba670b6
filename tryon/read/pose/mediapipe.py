"""Key points from MediaPipe's Pose Landmarker, for users who have the package and its ``.task`` file."""

from pathlib import Path

import numpy as np

from tryon.body import skeleton
from tryon.core.errors import CheckpointError, DependencyError, PersonNotFoundError
from tryon.read.pose.openpose import largest
from tryon.read.pose.read import drop_missing

_MOST_PEOPLE = 5


def read_mediapipe(photo: np.ndarray, task_file: str | Path) -> np.ndarray:
    """Key points of the largest person in a photo.

    Args:
        photo: ``(H, W, 3)`` ``uint8`` RGB.
        task_file: the model, for instance ``pose_landmarker_heavy.task``.

    Returns:
        ``(18, 3)`` ``float32`` in pixels of the photo, with MediaPipe's visibility as confidence; points that it
        places outside the photo are missing.

    Raises:
        DependencyError: the package mediapipe is not installed.
        CheckpointError: the model cannot be read.
        PersonNotFoundError: the photo shows nobody.
    """
    try:
        from mediapipe import Image, ImageFormat
        from mediapipe.tasks.python import BaseOptions
        from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerOptions
    except ImportError as error:
        raise DependencyError(
            f"MediaPipe's key points need the package mediapipe ({error}); install it with `pip install mediapipe`"
        ) from error
    # Read here: MediaPipe's own messages name neither the file nor what to do.
    try:
        model = Path(task_file).read_bytes()
        options = PoseLandmarkerOptions(base_options=BaseOptions(model_asset_buffer=model), num_poses=_MOST_PEOPLE)
        landmarker = PoseLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:
        raise CheckpointError(
            f"{task_file} is no model of MediaPipe's Pose Landmarker ({error}); download its .task file again"
        ) from error
    with landmarker:
        result = landmarker.detect(Image(image_format=ImageFormat.SRGB, data=np.ascontiguousarray(photo)))
    people = [
        from_landmarks([(mark.x, mark.y, mark.visibility) for mark in marks], photo.shape[:2])
        for marks in result.pose_landmarks
    ]
    people = [points for points in people if points[:, 2].any()]
    if not people:
        raise PersonNotFoundError("MediaPipe finds no person in the photo; give one that shows a person")
    return largest(people)


def from_landmarks(landmarks: list[tuple[float, float, float | None]], size: tuple[int, int]) -> np.ndarray:
    """Key points from the 33 landmarks of a person.

    Args:
        landmarks: x, y as shares of the picture's width and height, visibility in [0, 1].
        size: height and width of the picture.

    Returns:
        ``(18, 3)`` ``float32`` in pixels; points outside the picture or hardly visible are missing.
    """
    points = np.array([(x, y, 0 if visibility is None else visibility) for x, y, visibility in landmarks], np.float32)
    # A share of 0 is the left edge of the first pixel, whose center is our 0.
    points[:, :2] = points[:, :2] * (size[1], size[0]) - 0.5
    return drop_missing(skeleton.convert(points, "mediapipe33"), size)
