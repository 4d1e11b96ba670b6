"""How somebody stands, as far as the key points tell."""

from typing import Literal

import numpy as np

from tryon.body import skeleton
from tryon.body.skeleton import (
    L_ANKLE,
    L_EAR,
    L_EYE,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    NOSE,
    R_ANKLE,
    R_EAR,
    R_EYE,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
)  # fmt: skip

Facing = Literal["front", "side", "back", "unknown"]


def facing(keypoints: np.ndarray) -> Facing:
    """How far the person stands turned.

    The shoulders tell front from back by their order in the picture, and the side by their distance: seen from the
    front, it is about .75 of the torso's length, and turned by sixty degrees half of that.

    Args:
        keypoints: ``(18, 3)``.

    Returns:
        ``front``, ``side``, ``back``, or ``unknown`` when the shoulders are missing.
    """
    if min(keypoints[R_SHOULDER, 2], keypoints[L_SHOULDER, 2]) <= 0:
        return "unknown"
    across = keypoints[L_SHOULDER, 0] - keypoints[R_SHOULDER, 0]
    length = skeleton.torso_length(keypoints)
    if length <= 0:  # an upper-body crop: the head is the measure
        shown = [i for i in (NOSE, R_EAR, L_EAR, R_EYE, L_EYE) if keypoints[i, 2] > 0]
        if not shown:
            return "unknown"
        neck = keypoints[[R_SHOULDER, L_SHOULDER], :2].mean(0)
        length = 2.2 * float(np.linalg.norm(keypoints[shown, :2].mean(0) - neck))
    if abs(across) < 0.32 * length:
        return "side"
    return "front" if across > 0 else "back"


def seated(keypoints: np.ndarray) -> bool:
    """Whether the person sits: both thighs are seen foreshortened, less than half as long as the shanks or torso."""
    torso = skeleton.torso_length(keypoints)
    if torso <= 0:
        return False
    short = []
    for hip, knee, ankle in ((R_HIP, R_KNEE, R_ANKLE), (L_HIP, L_KNEE, L_ANKLE)):
        if min(keypoints[[hip, knee], 2]) <= 0:
            return False
        drop = keypoints[knee, 1] - keypoints[hip, 1]
        shank = keypoints[ankle, 1] - keypoints[knee, 1] if keypoints[ankle, 2] > 0 else torso * 0.8
        short.append(drop < 0.5 * max(shank, 0.6 * torso))
    return all(short)
