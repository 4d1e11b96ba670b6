"""Drawn people in two poses: as little as the network needs to have something to learn."""

import cv2
import numpy as np

from tryon.core.labels import Label
from tryon.types import PairSample, PersonSample

SIZE = (160, 128)
_UPRIGHT = {
    0: (64, 22), 1: (64, 38), 2: (50, 40), 5: (78, 40), 8: (56, 84), 11: (72, 84), 9: (54, 114), 12: (74, 114),
    10: (53, 144), 13: (75, 144), 14: (61, 19), 15: (67, 19), 16: (57, 21), 17: (71, 21),
}  # fmt: skip
ARMS = {
    "down": {3: (43, 60), 4: (40, 80), 6: (85, 60), 7: (88, 80)},
    "crossed": {3: (43, 60), 4: (70, 62), 6: (85, 60), 7: (58, 66)},
    "up": {3: (36, 28), 4: (34, 10), 6: (92, 28), 7: (94, 10)},
    "hip": {3: (34, 60), 4: (54, 78), 6: (94, 60), 7: (74, 78)},
}


def keypoints(arms: str) -> np.ndarray:
    """``(18, 3)`` of a drawn person."""
    points = np.ones((18, 3), np.float32)
    for i, place in (_UPRIGHT | ARMS[arms]).items():
        points[i, :2] = place
    return points


def person(arms: str, shirt: tuple[int, int, int], name: str = "", identity: str = "") -> PersonSample:
    """A person with a striped shirt before a lively background."""
    points = keypoints(arms)
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (*SIZE, 3)).astype(np.uint8)
    parsing = np.zeros(SIZE, np.uint8)

    def paint(mask: np.ndarray, color: tuple[int, int, int], label: Label) -> None:
        image[mask > 0], parsing[mask > 0] = color, label

    def line(start: int, end: int, width: int) -> np.ndarray:
        ends = (tuple(round(float(v)) for v in points[i, :2]) for i in (start, end))
        return cv2.line(np.zeros(SIZE, np.uint8), *ends, 1, width)

    for hip, knee, ankle in ((8, 9, 10), (11, 12, 13)):
        paint(line(hip, knee, 12) | line(knee, ankle, 12), (40, 50, 110), Label.PANTS)
    torso = cv2.fillPoly(np.zeros(SIZE, np.uint8), [points[[2, 5, 11, 8], :2].astype(np.int32)], 1)
    paint(torso, shirt, Label.UPPER)
    stripes = torso.copy()
    stripes[np.arange(SIZE[0]) // 12 % 2 == 0] = 0
    paint(stripes, tuple(255 - value for value in shirt), Label.UPPER)
    for shoulder, elbow, wrist in ((2, 3, 4), (5, 6, 7)):
        paint(line(shoulder, elbow, 8) | line(elbow, wrist, 7), (205, 160, 130), Label.SKIN)
    paint(cv2.circle(np.zeros(SIZE, np.uint8), (64, 22), 12, 1, -1), (205, 160, 130), Label.SKIN)
    return PersonSample(image, points, parsing, name, identity)


def pairs(number: int = 4) -> list[PairSample]:
    """Pairs of different people in different poses."""
    poses = [("crossed", "down"), ("down", "hip"), ("up", "down"), ("hip", "crossed")]
    shirts = [(200, 40, 40), (40, 160, 60), (230, 200, 60), (30, 30, 60)]
    made = []
    for i in range(number):
        (source, target), shirt = poses[i % 4], shirts[i % 4]
        two = [person(arms, shirt, f"pair{i}", f"who{i}") for arms in (source, target)]
        made.append(PairSample(*two, name=f"pair{i}"))
    return made
