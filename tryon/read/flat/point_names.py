"""The 25 points of a garment that nobody wears: joints of its wearer, and corners of the cloth.

Points are ``float32`` ``(25, 3)``: x, y in pixels, visibility; the center of the top left pixel is (0, 0). Right and
left are the wearer's. A joint is the point of the cloth that lies in front of the body's joint when the garment is
worn. What a garment does not reach (the wrist of a T-shirt, the neck of trousers) has visibility 0.
"""

import numpy as np

NAMES = (
    "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow", "left wrist", "right hip",
    "right knee", "right ankle", "left hip", "left knee", "left ankle", "right collar", "left collar", "throat",
    "right armpit", "left armpit", "right cuff", "left cuff", "right waist", "left waist", "right hem", "left hem",
    "crotch",
)  # fmt: skip
NUM_POINTS = len(NAMES)
(
    NECK, R_SHOULDER, R_ELBOW, R_WRIST, L_SHOULDER, L_ELBOW, L_WRIST, R_HIP, R_KNEE, R_ANKLE, L_HIP, L_KNEE, L_ANKLE,
    R_COLLAR, L_COLLAR, THROAT, R_ARMPIT, L_ARMPIT, R_CUFF, L_CUFF, R_WAIST, L_WAIST, R_HEM, L_HEM, CROTCH,
) = range(NUM_POINTS)  # fmt: skip

PRESENT = 0.25
"""Confidence from which a point counts."""

JOINTS = slice(0, 13)
"""The joints of the body: point ``i`` of these is key point ``i + 1`` of :mod:`tryon.body.skeleton`."""

MIRROR = np.array((0, 4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22, 24))
"""Point i of a mirrored garment is point ``MIRROR[i]`` of the original."""


def mirror(points: np.ndarray, width: int) -> np.ndarray:
    """Points ``(25, 3)`` of the mirrored picture of ``width`` pixels: x reflected, right and left exchanged."""
    out = points[MIRROR].copy()
    out[:, 0] = np.where(out[:, 2] > 0, width - 1 - out[:, 0], 0)
    return out
