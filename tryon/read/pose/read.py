"""Reading the key points of a person, and what they tell about how the person stands."""

import cv2
import numpy as np

from tryon.body import skeleton
from tryon.core import photo as photos
from tryon.core.engine import Network
from tryon.read.pose.decode import average_mirrored, decode
from tryon.read.pose.network import heat_maps

MIN_CONFIDENCE = 0.2  # a lower peak is no point


def read_keypoints(
    estimator: Network,
    photo: np.ndarray,
    box: tuple[float, float, float, float],
    *,
    mirror: bool = True,
    beyond: np.ndarray | None = None,
) -> np.ndarray:
    """Key points of the person in a box.

    Args:
        estimator: the network.
        photo: ``(H, W, 3)`` ``uint8``.
        box: x0, y0, x1, y1 with a margin around the person, of the proportions of the network's input.
        mirror: average with the mirrored reading.
        beyond: ``(H, W)`` ``bool``: where others are who touch this person; no point lies there, but a little way in.

    Returns:
        ``(18, 3)`` in pixels of the photo; points with a low peak or outside the photo are missing.
    """
    crop, matrix = photos.crop_and_resize(photo, box, estimator.config.input_size)
    views = [crop, np.ascontiguousarray(crop[:, ::-1])] if mirror else [crop]
    maps = heat_maps(estimator, views)
    maps = average_mirrored(*maps) if mirror else maps[0]
    if beyond is not None:
        others = cv2.warpAffine(beyond.astype(np.float32), matrix, crop.shape[1::-1])
        others = cv2.resize(others, maps.shape[:0:-1], interpolation=cv2.INTER_AREA)
        # A joint lies inside of a limb, at times under the other's, whose joint there is of the other side.
        near = cv2.erode(others, np.ones((5, 5)))
        maps = np.stack([heat * ((others if k in skeleton.HEAD else near) < 0.5) for k, heat in enumerate(maps)])
    keypoints = decode(np.ascontiguousarray(maps), crop.shape[:2])
    keypoints = skeleton.transform(keypoints, photos.invert_affine(matrix)).astype(np.float32)
    return drop_missing(keypoints, photo.shape[:2])


def drop_missing(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Set points with a low confidence or outside a picture of ``size`` to zero."""
    out = keypoints.copy()
    outside = (out[:, :2] < -0.5).any(1) | (out[:, :2] > np.array((size[1], size[0])) - 0.5).any(1)
    out[outside | (out[:, 2] < MIN_CONFIDENCE)] = 0
    return out
