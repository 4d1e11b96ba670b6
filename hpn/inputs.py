"""What the network is given beside the picture: the target pose, and how the source leads to it."""

import cv2
import numpy as np

from appearance_flow.pose_flow import pose_flow
from hpn.network import BOTTLENECK
from tryon.body import skeleton

_SIDE = 64
_LIMB_WIDTH, _HEAD_WIDTH = 0.36, 0.7  # torso lengths, clothes and hair included


def pose_maps(keypoints: np.ndarray, size: tuple[int, int], sigma: float) -> np.ndarray:
    """Gaussians of a pose (equation 1) on the bottleneck's grid.

    Args:
        keypoints: ``(18, 3)`` in pixels of the target picture; a missing point has an empty map.
        size: height and width of that picture.
        sigma: in pixels of the bottleneck.

    Returns:
        ``(18, 32, 32)`` ``float32``, at most 1.
    """
    return skeleton.heatmaps(keypoints, (BOTTLENECK, BOTTLENECK), size, sigma)


def alignment(source: np.ndarray, target: np.ndarray, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """The closed-form way from the target pose back to the source, and where it can be trusted.

    Both are smooth, and computed for pictures of 64 pixels a side, then enlarged.

    Args:
        source: ``(18, 3)`` key points in pixels of the source picture.
        target: ``(18, 3)`` in pixels of the target picture.
        resolution: side of both pictures, a multiple of 64.

    Returns:
        flow ``(R, R, 2)`` ``float32``: target pixel + flow = source pixel; agreement ``(R, R)`` ``float32`` in
        [0, 1]: how likely the same part of the body is seen at both ends. It is low where the torso shows in the
        target and an arm lies over that place in the source, and 0 well beside the body.

    Raises:
        PersonNotFoundError: the shoulders are missing in one of the poses.
    """
    factor = resolution // _SIDE
    small = np.array(((1, 0, 0), (0, 1, 0))) / factor + np.array(((0, 0, 1), (0, 0, 1))) * (0.5 / factor - 0.5)
    source, target = skeleton.transform(source, small), skeleton.transform(target, small)
    there = pose_flow(source, target, (_SIDE, _SIDE))
    flow, ours = there.flow, there.weights
    theirs = pose_flow(source, source, (_SIDE, _SIDE)).weights
    ys, xs = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
    agreement: np.ndarray = np.zeros((_SIDE, _SIDE), np.float32)
    for i in range(ours.shape[-1]):
        agreement += ours[..., i] * cv2.remap(theirs[..., i], xs + flow[..., 0], ys + flow[..., 1], cv2.INTER_LINEAR)
    agreement *= _near_body(target)
    if factor > 1:
        flow = cv2.resize(flow, (resolution, resolution), interpolation=cv2.INTER_LINEAR) * factor
        agreement = cv2.resize(agreement, (resolution, resolution), interpolation=cv2.INTER_LINEAR)
    return flow, agreement.clip(0, 1)


def _near_body(keypoints: np.ndarray) -> np.ndarray:
    """``(64, 64)`` ``float32``: 1 on the body that the points draw, falling to 0 beside it."""
    body = np.zeros((_SIDE, _SIDE), np.float32)
    unit = skeleton.torso_length(keypoints) or _SIDE / 4
    seen = keypoints[:, 2] > 0
    places = [tuple(np.round(point).astype(int).tolist()) for point in keypoints[:, :2]]
    for i, (a, b) in enumerate(skeleton.LIMBS):
        if seen[a] and seen[b]:
            # Those from the neck to the hips stand for the torso; the last five are of the head.
            width = _HEAD_WIDTH if i >= 12 or a == skeleton.NECK else _LIMB_WIDTH
            cv2.line(body, places[a], places[b], 1, max(round(width * unit), 1))
    return cv2.GaussianBlur(body, (0, 0), 0.08 * unit + 0.5)
