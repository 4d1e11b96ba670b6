"""Key points from JSON files in the layout of OpenPose, also as ControlNet, ComfyUI and DWPose tools write it."""

from pathlib import Path
from typing import Any

import numpy as np

from tryon.body import skeleton
from tryon.core.checks import MIN_TORSO, too_small, upside_down
from tryon.core.errors import DataError
from tryon.core.files import read_json

_SKELETONS = {25: "body25", 18: "coco18"}  # by the number of points
_KEYS = ("pose_keypoints_2d", "pose_keypoints")  # the second is that of old versions
_EXPECTED = "JSON with people and their key points, as OpenPose writes it"
_SHARES = 2  # pixels from the corner: most of a person within them is given in shares of the picture
# Coordinates up to the first, of somebody half as large, are percent, but for pictures with no side above the second.
_PERCENT, _SMALL = 100, 200
_SIZES = (("canvas_width", "canvas_height"), ("width", "height"))


def read_openpose(path: str | Path) -> np.ndarray:
    """Key points of the largest person in an OpenPose file.

    Args:
        path: as for :func:`read_people`.

    Returns:
        ``(18, 3)`` ``float32`` x, y in pixels of the picture that the file is of, confidence in [0, 1]; missing points
        are 0, 0, 0.

    Raises:
        DataError: as :func:`read_people`, or the file holds nobody, or somebody upside down.
    """
    people = read_people(path)
    if not people:
        raise DataError(f"{path} holds no person; run OpenPose on a photo that shows one")
    found = largest(people)
    if upside_down(found):
        raise DataError(
            f"{path} has a person with the shoulders below the hips; expected y in pixels from the top of the picture"
        )
    return found


def read_people(path: str | Path) -> list[np.ndarray]:
    """Key points of the people in an OpenPose file; of several frames, those of the first that shows somebody.

    Args:
        path: JSON with ``people``, or a list of such frames. Each person has 25 (BODY_25) or 18 (COCO) points, flat or
            as a list of lists of x, y and perhaps a confidence. These are in pixels; or in shares of the picture, whose
            size is then given as ``canvas_width`` and ``canvas_height``, or ``width`` and ``height``.

    Returns:
        For each person ``(18, 3)`` as from :func:`read_openpose`. People without points, or whose points cannot be
        used, are left out where others can.

    Raises:
        DataError: the file cannot be read, is of another kind, or nobody in it can be used.
    """
    path = Path(path)
    content = read_json(path, _EXPECTED)
    frames = content if isinstance(content, list) else [content]
    reasons: list[str] = []
    for frame in frames:
        if frame is None and len(frames) > 1:
            continue
        if not isinstance(frame, dict) or not isinstance(frame.get("people"), list):
            raise DataError(f"{path} is no key point file of OpenPose; expected {_EXPECTED}")
        found = []
        for person in frame["people"]:
            try:
                found.append(_points(person))
            except ValueError as error:
                reasons.append(str(error))
        found = [points for points in found if points[:, 2].any()]
        if found:
            return _in_pixels(found, frame, path)
    if reasons:
        raise DataError(f"{path} has a person with {reasons[0]}")
    return []


def largest(people: list[np.ndarray]) -> np.ndarray:
    """Of several people's key points ``(18, 3)`` those whose present points span the largest box."""
    boxes = [np.ptp(points[points[:, 2] > 0, :2].astype(np.float64), axis=0) + 1 for points in people]
    return people[int(np.argmax([box.prod() for box in boxes]))]


def _points(person: Any) -> np.ndarray:
    """Key points ``(18, 3)`` in the unit of the file, all missing for a person without any.

    Raises:
        ValueError: with the end of a sentence, what is wrong with the points.
    """
    if not isinstance(person, dict):
        raise ValueError("no key points; expected pose_keypoints_2d")
    if not any(key in person for key in _KEYS) and (others := [key for key, value in person.items() if value]):
        raise ValueError(
            f"no {_KEYS[0]}, but {', '.join(map(repr, others[:3]))}; expected x, y and confidence of each point, one "
            f"after another, as {_KEYS[0]}"
        )
    values: Any = next((person[key] for key in _KEYS if person.get(key)), [])
    if not isinstance(values, list):
        raise ValueError("no list of key points; expected x, y and confidence of each")
    if not values:
        return np.zeros((skeleton.NUM_KEYPOINTS, 3), np.float32)
    if any(isinstance(value, dict) for value in values):
        raise ValueError("points that are objects; expected one flat list of x, y, confidence, x, y, confidence, ...")
    rows = values
    if not any(isinstance(value, list) for value in values):
        if len(values) % 3:
            raise ValueError(f"{len(values)} values; expected 75 (BODY_25) or 54 (COCO) finite numbers")
        rows = [values[i : i + 3] for i in range(0, len(values), 3)]
    if len(rows) not in _SKELETONS:
        raise ValueError(
            f"{len(values)} values; expected 75 (BODY_25) or 54 (COCO) finite numbers"
            if rows is not values
            else f"{len(rows)} points; expected 25 (BODY_25) or 18 (COCO)"
        )
    points = np.array([_point(row) for row in rows])
    if not (np.abs(points) < np.finfo(np.float32).max).all():
        raise ValueError("values that are no finite numbers; expected x, y and confidence of each point")
    # Missing points are 0, 0 or -1, -1 in files that give every point the same confidence.
    points[(points[:, :2] == 0).all(1) | (points[:, :2] == -1).all(1)] = 0
    converted = skeleton.convert(points, _SKELETONS[len(rows)])
    converted[:, 2] = np.minimum(converted[:, 2], 1)
    return converted


def _point(row: Any) -> tuple[float, float, float]:
    """x, y and confidence of a point; 0, 0, 0 for one that is null."""
    if row is None or (isinstance(row, list) and (not row or None in row)):
        return 0.0, 0.0, 0.0
    numbers = isinstance(row, list) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in row)
    if not numbers or len(row) not in (2, 3):
        raise ValueError("a point that is not x, y and confidence; expected three numbers for each")
    try:
        x, y, confidence = (*map(float, row), 1.0)[:3]
    except OverflowError as error:
        raise ValueError("values that are no finite numbers; expected x, y and confidence of each point") from error
    return x, y, confidence


def _size(frame: dict) -> tuple[float, float] | None:
    """Width and height of the picture of a frame, numbers or text; ``None`` where it does not say them."""
    for names in _SIZES:
        try:
            width, height = (float(frame[name]) for name in names)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if 0 < width < np.inf and 0 < height < np.inf:
            return width, height
    return None


def _span(people: list[np.ndarray]) -> float:
    """The longer side of the largest box around a person."""
    return max(float(np.ptp(points[points[:, 2] > 0, :2], axis=0).max()) for points in people)


def _in_pixels(people: list[np.ndarray], frame: dict, path: Path) -> list[np.ndarray]:
    """The people of a frame in pixels.

    Raises:
        DataError: they are given in shares of a picture whose size is not in the file, or in percent, or are a few
            pixels large.
    """
    seen = np.abs(np.concatenate([points[points[:, 2] > 0, :2] for points in people]))
    size = _size(frame)
    if np.median(seen) <= _SHARES:
        if size is None:
            raise DataError(
                f"{path} has coordinates from 0 to 1 and no canvas_width and canvas_height to scale them by; "
                "expected pixels"
            )
        for points in people:
            points[:, :2] *= np.array(size, np.float32)
    elif seen.max() <= _PERCENT < _span(people) * 2 and (size is None or max(size) > _SMALL):
        raise DataError(
            f"{path} has coordinates up to {seen.max():.0f}, as percent have; expected pixels, and canvas_width and "
            "canvas_height of a picture that is so small"
        )
    usable = [points for points in people if not too_small(points)]
    if not usable:
        raise DataError(
            f"{path} has a person whose trunk spans less than {MIN_TORSO} pixels; expected coordinates in pixels, "
            "or from 0 to 1 with canvas_width and canvas_height"
        )
    return usable
