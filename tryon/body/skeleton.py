"""The 18 key points (OpenPose's COCO order), their limbs, left/right swap, heat maps, and other skeletons.

Left and right are the person's own. Key points are ``float32`` ``(18, 3)``: x, y in pixels, confidence; the center
of the top left pixel is (0, 0); a confidence of 0 marks a missing point, whose x and y mean nothing.
"""

import numpy as np

NAMES = (
    "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist",
    "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle", "right eye", "left eye",
    "right ear", "left ear",
)  # fmt: skip
NUM_KEYPOINTS = len(NAMES)
(
    NOSE, NECK, R_SHOULDER, R_ELBOW, R_WRIST, L_SHOULDER, L_ELBOW, L_WRIST,
    R_HIP, R_KNEE, R_ANKLE, L_HIP, L_KNEE, L_ANKLE, R_EYE, L_EYE, R_EAR, L_EAR,
) = range(NUM_KEYPOINTS)  # fmt: skip
HEAD = (NOSE, R_EYE, L_EYE, R_EAR, L_EAR)

LIMBS = (
    (1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
    (0, 14), (14, 16), (0, 15), (15, 17),
)  # fmt: skip
"""OpenPose's limbs, without its two from shoulder to ear; the first 13 are those of the body."""

MIRROR = np.array((0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16))
"""Point i of a mirrored person is point ``MIRROR[i]`` of the original."""

_MISSING = -1
# Position i names the source point of our point i; a pair is the midpoint of two; -1 is not in that skeleton.
_SOURCES: dict[str, tuple[int | tuple[int, int], ...]] = {
    "coco18": tuple(range(18)),
    "body25": (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18),
    "coco17": (0, (5, 6), 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3),
    "h36m17": (9, 8, 14, 15, 16, 11, 12, 13, 1, 2, 3, 4, 5, 6, -1, -1, -1, -1),
    "h36m32": (14, 13, 25, 26, 27, 17, 18, 19, 1, 2, 3, 6, 7, 8, -1, -1, -1, -1),
    "mediapipe33": (0, (11, 12), 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7),
}
_NUM_SOURCE_POINTS = {"coco18": 18, "body25": 25, "coco17": 17, "h36m17": 17, "h36m32": 32, "mediapipe33": 33}


def convert(points: np.ndarray, skeleton: str) -> np.ndarray:
    """Bring the key points of another skeleton into ours.

    Args:
        points: ``(N, 3)`` x, y, confidence in the order of ``skeleton``. MediaPipe's x and y must be in pixels.
        skeleton: ``coco18``, ``body25``, ``coco17``, ``h36m17``, ``h36m32`` or ``mediapipe33``.

    Returns:
        ``(18, 3)`` ``float32``. A midpoint (the neck of COCO and MediaPipe) has the lower confidence of its two
        points, so that it is missing when one of them is.

    Raises:
        ValueError: an unknown skeleton or a wrong number of points.
    """
    if skeleton not in _SOURCES:
        raise ValueError(f"unknown skeleton {skeleton!r}; known are {', '.join(_SOURCES)}")
    points = np.asarray(points, np.float32)
    expected = (_NUM_SOURCE_POINTS[skeleton], 3)
    if points.shape != expected:
        raise ValueError(f"key points of {skeleton} have shape {expected}, got {points.shape}")
    out = np.zeros((NUM_KEYPOINTS, 3), np.float32)
    for i, source in enumerate(_SOURCES[skeleton]):
        if isinstance(source, tuple):
            pair = points[list(source)]
            out[i, :2] = pair[:, :2].mean(0)
            out[i, 2] = pair[:, 2].min()
        elif source != _MISSING:
            out[i] = points[source]
    out[out[:, 2] <= 0] = 0
    return out


def mirror(keypoints: np.ndarray, width: int) -> np.ndarray:
    """Key points ``(18, 3)`` of the mirrored picture of ``width`` pixels: x reflected, left and right exchanged."""
    out = keypoints[MIRROR].copy()
    out[:, 0] = np.where(out[:, 2] > 0, width - 1 - out[:, 0], 0)
    return out


def transform(keypoints: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Key points ``(18, 3)`` after the affine map ``matrix`` ``(2, 3)`` of pixel coordinates."""
    out = keypoints.copy()
    out[:, :2] = keypoints[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    out[keypoints[:, 2] <= 0] = 0
    return out


def heatmaps(keypoints: np.ndarray, size: tuple[int, int], picture_size: tuple[int, int], sigma: float) -> np.ndarray:
    """Gaussian maps of the key points, equation 1 of the HPN paper, exact between the pixels.

    ``P(x; k) = exp(-||x - u(k)||^2 / (2 sigma^2))`` with u in pixels of the map:
    ``u = (p + .5) * size / picture - .5``.
    A point outside the map keeps only its tail, and only when it lies within two sigma of the map; a missing point
    gives an empty map.

    Args:
        keypoints: ``(18, 3)`` in pixels of a picture of ``picture_size``.
        size: height and width of the maps.
        picture_size: height and width of the picture.
        sigma: standard deviation in pixels of the map.

    Returns:
        ``(18, H, W)`` ``float32`` in [0, 1].
    """
    height, width = size
    scale = np.array((width / picture_size[1], height / picture_size[0]), np.float32)
    centers = (keypoints[:, :2] + 0.5) * scale - 0.5
    beyond = np.maximum(np.maximum(-0.5 - centers, centers - (np.array((width, height)) - 0.5)), 0)
    shown = (keypoints[:, 2] > 0) & (np.hypot(beyond[:, 0], beyond[:, 1]) <= 2 * sigma)
    dx2 = (np.arange(width, dtype=np.float32)[None] - centers[:, :1]) ** 2
    dy2 = (np.arange(height, dtype=np.float32)[None] - centers[:, 1:]) ** 2
    maps = np.exp(-(dy2[:, :, None] + dx2[:, None, :]) / (2 * sigma * sigma))
    return (maps * shown[:, None, None]).astype(np.float32)


def torso_length(keypoints: np.ndarray) -> float:
    """Pixels from the neck to the middle of the hips; 0 when one of the three points is missing."""
    needed = keypoints[[NECK, R_HIP, L_HIP]]
    if (needed[:, 2] <= 0).any():
        return 0.0
    return float(np.linalg.norm(needed[0, :2] - needed[1:, :2].mean(0)))
