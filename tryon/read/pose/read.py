"""Reading the key points of a person, and what they tell about how the person stands."""

import numpy as np
import torch

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
from tryon.core import photo as photos
from tryon.read.pose.decode import average_mirrored, decode
from tryon.read.pose.model import PoseEstimator
from tryon.types import Facing

MIN_CONFIDENCE = 0.2  # a lower peak is no point


def read_keypoints(
    estimator: PoseEstimator, photo: np.ndarray, box: tuple[float, float, float, float], *, mirror: bool = True
) -> np.ndarray:
    """Key points of the person in a box.

    Args:
        estimator: the network.
        photo: ``(H, W, 3)`` ``uint8``.
        box: x0, y0, x1, y1 with a margin around the person, of the proportions of the network's input.
        mirror: average with the mirrored reading.

    Returns:
        ``(18, 3)`` in pixels of the photo; points with a low peak or outside the photo are missing.
    """
    crop, matrix = photos.crop_and_resize(photo, box, estimator.config.input_size)
    tensor = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        if mirror:
            both = estimator(torch.cat((tensor, tensor.flip(-1)))).numpy()
            maps = average_mirrored(both[0], both[1])
        else:
            maps = estimator(tensor)[0].numpy()
    keypoints = decode(np.ascontiguousarray(maps), crop.shape[:2])
    keypoints = skeleton.transform(keypoints, photos.invert_affine(matrix)).astype(np.float32)
    return drop_missing(keypoints, photo.shape[:2])


def drop_missing(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Set points with a low confidence or outside a picture of ``size`` to zero."""
    out = keypoints.copy()
    outside = (out[:, :2] < -0.5).any(1) | (out[:, :2] > np.array((size[1], size[0])) - 0.5).any(1)
    out[outside | (out[:, 2] < MIN_CONFIDENCE)] = 0
    return out


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
