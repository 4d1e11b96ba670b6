"""Somebody with a bare arm whose hand, on the belly, is labeled as the top that it lies on."""

import numpy as np

from tryon.body import skeleton as sk
from tryon.core.labels import Label

LIGHT, DARK, BLUE, CAMEL = (225, 180, 155), (95, 60, 45), (40, 60, 150), (220, 175, 145)
POINTS = {
    sk.NOSE: (100, 50), sk.NECK: (100, 80), sk.R_SHOULDER: (65, 85), sk.L_SHOULDER: (135, 85), sk.R_ELBOW: (50, 130),
    sk.R_WRIST: (75, 160), sk.R_HIP: (75, 180), sk.L_HIP: (125, 180),
}  # fmt: skip


def draw(skin, cloth):
    """Photo, label map, key points and the true hand, in these colors of skin and cloth."""
    noise = np.random.default_rng(0).normal(0, 4, (260, 200, 3))
    photo, parsing = np.full((260, 200, 3), 128.0), np.zeros((260, 200), np.uint8)
    hand = np.zeros((260, 200), bool)
    hand[155:170, 76:96] = True
    for color, label, area in (
        (skin, Label.SKIN, np.s_[25:80, 80:120]),
        (cloth, Label.UPPER, np.s_[80:200, 60:140]),
        (skin, Label.SKIN, np.s_[90:150, 42:60]),
    ):
        photo[area], parsing[area] = color, label
    photo[hand] = skin
    keypoints = np.zeros((18, 3), np.float32)
    for point, (x, y) in POINTS.items():
        keypoints[point] = x, y, 1
    return np.clip(photo + noise, 0, 255).astype(np.uint8), parsing, keypoints, hand
