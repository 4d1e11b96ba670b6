"""Key points from the JSON files that OpenPose writes (``--write_json``), and data sets made with it."""

import json
from pathlib import Path

import numpy as np

from tryon.body import skeleton
from tryon.core.errors import DataError

_SKELETONS = {75: "body25", 54: "coco18"}  # by the number of values
_KEYS = ("pose_keypoints_2d", "pose_keypoints")  # the second is that of old versions


def read_openpose(path: str | Path) -> np.ndarray:
    """Key points of the largest person in an OpenPose file.

    Args:
        path: JSON with ``people``, each with 25 (BODY_25) or 18 (COCO) points as x, y, confidence in pixels.

    Returns:
        ``(18, 3)`` ``float32`` x, y in pixels of the picture that OpenPose was given, confidence in [0, 1]; missing
        points are 0, 0, 0.

    Raises:
        DataError: the file cannot be read, is of another kind, or holds nobody.
    """
    path = Path(path)
    try:
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        found = [_points(person, path) for person in people]
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); give a JSON file written by OpenPose") from error
    except DataError:
        raise
    except (ValueError, LookupError, TypeError) as error:
        raise DataError(
            f"{path} is no key point file of OpenPose; expected JSON with people and their key points"
        ) from error
    found = [points for points in found if points[:, 2].any()]
    if not found:
        raise DataError(f"{path} holds no person; run OpenPose on a photo that shows one")
    return largest(found)


def largest(people: list[np.ndarray]) -> np.ndarray:
    """Of several people's key points ``(18, 3)`` those whose present points span the largest box."""
    return max(people, key=lambda points: float(np.prod(np.ptp(points[points[:, 2] > 0, :2], axis=0) + 1)))


def _points(person: dict, path: Path) -> np.ndarray:
    numbers = np.array(person[_KEYS[0] if _KEYS[0] in person else _KEYS[1]], np.float32)
    if numbers.shape not in ((75,), (54,)) or not np.isfinite(numbers).all():
        raise DataError(
            f"{path} has a person with {numbers.size} values; expected 75 (BODY_25) or 54 (COCO) finite numbers"
        )
    points = skeleton.convert(numbers.reshape(-1, 3), _SKELETONS[numbers.size])
    points[:, 2] = np.minimum(points[:, 2], 1)
    return points
