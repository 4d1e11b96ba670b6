"""The torso that every measure of a body starts from: its points, completed where they are missing, and its length."""

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.geometry import to_complex
from tryon.body.proportions import BONES, HIP_WIDTH, SEAT, SHOULDER_WIDTH
from tryon.core.errors import GarmentNotFoundError, PersonNotFoundError, ShapeError

ARMS = {
    "left_arm": (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST),
    "right_arm": (sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST),
}
LEGS = {"left_leg": (sk.L_HIP, sk.L_KNEE, sk.L_ANKLE), "right_leg": (sk.R_HIP, sk.R_KNEE, sk.R_ANKLE)}
TORSO_POINTS = (sk.R_SHOULDER, sk.L_SHOULDER, sk.L_HIP, sk.R_HIP)

BESIDE_HIPS = 0.15
"""Torso lengths below the hips down to which arms lie over or beside the torso."""
ESTIMATED = 0.3
"""Confidence of a point that was put where the others suggest."""


def complete_torso(keypoints: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Fill in neck, shoulders and hips where they are missing.

    Args:
        keypoints: ``(18, 3)`` x, y, confidence.

    Returns:
        ``(18, 3)`` ``float64`` with a torso whose confidences are all positive, and a warning for each guess.

    Raises:
        ShapeError: not 18 key points.
        PersonNotFoundError: no shoulder is known, or one shoulder and nothing to place the other by.
    """
    if keypoints.shape != (sk.NUM_KEYPOINTS, 3):
        raise ShapeError("keypoints", "(18, 3)", keypoints.shape)
    points = keypoints.astype(np.float64)
    warnings = []

    def known(*indices: int) -> bool:
        return bool((points[list(indices), 2] > 0).all())

    def put(index: int, xy: np.ndarray) -> None:
        points[index] = (*xy, ESTIMATED)

    right, left = sk.R_SHOULDER, sk.L_SHOULDER
    if not known(right) and not known(left):
        raise PersonNotFoundError(
            "neither shoulder of the person was found, and garments hang from them; "
            "use a photo that shows the upper body"
        )
    for missing, other, side in ((right, left, -1), (left, right, 1)):
        if known(missing):
            continue
        if known(sk.NECK):
            put(missing, 2 * points[sk.NECK, :2] - points[other, :2])
        elif known(sk.R_HIP, sk.L_HIP):
            hips = points[sk.L_HIP, :2] - points[sk.R_HIP, :2]
            put(missing, points[other, :2] + side * hips * SHOULDER_WIDTH / HIP_WIDTH)
        else:
            raise PersonNotFoundError(
                "only one shoulder of the person was found and neither neck nor hips; "
                "use a photo that shows the whole upper body"
            )
        warnings.append("one shoulder is not visible; its place is estimated")
    if not known(sk.NECK):
        put(sk.NECK, points[[right, left], :2].mean(0))
    _complete_hips(points, warnings, known, put)
    return points, warnings


def _complete_hips(points: np.ndarray, warnings: list[str], known, put) -> None:
    shoulders = points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2]
    half = 0.5 * shoulders * HIP_WIDTH / SHOULDER_WIDTH
    if not known(sk.R_HIP) and not known(sk.L_HIP):
        # Down is a quarter turn from right to left shoulder; a person from behind has the head to tell up from down.
        down = np.array((-shoulders[1], shoulders[0])) / SHOULDER_WIDTH
        if known(sk.NOSE) and down @ (points[sk.NOSE, :2] - points[sk.NECK, :2]) > 0:
            down = -down
        middle = points[sk.NECK, :2] + down
        put(sk.R_HIP, middle - half)
        put(sk.L_HIP, middle + half)
        warnings.append("the hips are not in the photo; their place is estimated from the shoulders")
        return
    for missing, other, side in ((sk.R_HIP, sk.L_HIP, -1), (sk.L_HIP, sk.R_HIP, 1)):
        if not known(missing):
            put(missing, points[other, :2] + 2 * side * half)
            warnings.append("one hip is not visible; its place is estimated")


def garment_torso(keypoints: np.ndarray) -> np.ndarray:
    """Fill in neck, shoulders and hips of a garment without a wearer, which often reaches some of them only.

    Below the hips of trousers the legs tell how long the torso is that belongs to them, else the distance of the hips;
    a top without sleeves has its neck, and one that ends above the hips its shoulders.

    Args:
        keypoints: ``(18, 3)`` joints as points of the cloth, confidence 0 where it does not reach them.

    Returns:
        ``(18, 3)`` ``float32``; what was filled in has a low confidence.

    Raises:
        ShapeError: not 18 key points.
        GarmentNotFoundError: the garment reaches neither a shoulder nor both hips, or one shoulder alone.
    """
    points = keypoints.astype(np.float64)
    if not (points[[sk.R_SHOULDER, sk.L_SHOULDER], 2] > 0).any():
        if not (points[[sk.R_HIP, sk.L_HIP], 2] > 0).all():
            raise GarmentNotFoundError(
                "the garment reaches neither a shoulder nor both hips, from which it could hang; use another garment"
            )
        hips = points[[sk.R_HIP, sk.L_HIP], :2]
        up = _up_from_hips(points)
        across = np.array((-up[1], up[0])) * SHOULDER_WIDTH / 2
        across *= np.sign(across @ (hips[1] - hips[0]))  # seen from behind, the right side is on the right
        if points[sk.NECK, 2] <= 0:
            points[sk.NECK] = (*(hips.mean(0) + up), ESTIMATED)
        for shoulder, side in ((sk.R_SHOULDER, -1), (sk.L_SHOULDER, 1)):
            points[shoulder] = (*(points[sk.NECK, :2] + side * across), ESTIMATED)
    try:
        return complete_torso(points)[0].astype(np.float32)
    except PersonNotFoundError as error:
        raise GarmentNotFoundError(
            "one shoulder of the garment was made out, and nothing to place the other by; show it whole"
        ) from error


def _up_from_hips(points: np.ndarray) -> np.ndarray:
    """From the middle of the hips to the neck, by the neck, the legs or the hips themselves."""
    middle = points[[sk.R_HIP, sk.L_HIP], :2].mean(0)
    if points[sk.NECK, 2] > 0:
        return points[sk.NECK, :2] - middle
    thigh, shank = BONES["thigh"][1], BONES["shank"][1]
    for joints, length in (((sk.R_KNEE, sk.L_KNEE), thigh), ((sk.R_ANKLE, sk.L_ANKLE), thigh + shank)):
        if (points[list(joints), 2] > 0).all():
            return (middle - points[list(joints), :2].mean(0)) / length
    apart = points[sk.L_HIP, :2] - points[sk.R_HIP, :2]
    return np.array((apart[1], -apart[0])) / HIP_WIDTH


def torso_size(points: np.ndarray) -> float:
    """Length of the torso in pixels, for a completed torso; taken from the shoulders where it is foreshortened."""
    length = np.linalg.norm(points[[sk.R_HIP, sk.L_HIP], :2].mean(0) - points[sk.NECK, :2])
    shoulders = np.linalg.norm(points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2])
    return max(float(length), float(shoulders), 1.0)


def signed_width(points: np.ndarray) -> float:
    """Width of the torso in torso lengths, negative from behind: about .46 frontally, 0 from the side."""
    axis = points[[sk.R_HIP, sk.L_HIP], :2].mean(0) - points[sk.NECK, :2]
    across = 0.5 * (points[sk.L_SHOULDER, :2] - points[sk.R_SHOULDER, :2] + points[sk.L_HIP, :2] - points[sk.R_HIP, :2])
    return float((axis[1] * across[0] - axis[0] * across[1]) / max(axis @ axis, 1e-12))


def torso_outline(points: np.ndarray, below: float | tuple[np.ndarray, np.ndarray] = 0.0) -> np.ndarray:
    """The trunk as wide as the body there: shoulders, the seat, and what hangs or lies below it.

    Args:
        points: ``(18, 3)`` with a complete torso.
        below: where it ends: torso lengths below the hips, or the points (x, y) of the left and right thigh.

    Returns:
        ``(6,)`` complex corners, see :func:`tryon.body.geometry.polygon_distance`.
    """
    right, left, left_hip, right_hip = to_complex(points[list(TORSO_POINTS)])
    down = 0.5 * (left_hip + right_hip) - complex(*points[sk.NECK, :2])
    seat = SEAT * (left_hip - right_hip)
    if isinstance(below, tuple):
        left_end, right_end = (complex(*point) for point in below)
    else:
        left_end, right_end = left_hip + below * down, right_hip + below * down
    return np.array((right, left, left_hip + seat, left_end + seat, right_end - seat, right_hip - seat))
