"""A drawn person who can be cut into a puppet: every part in a color of its own, with grain to see a warp by."""

from itertools import pairwise

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.types import PersonSample

SIZE = (320, 240)
BACKGROUND, TORSO, ARM, LEG, SKIN, HAIR = (
    (90, 90, 90), (40, 60, 200), (200, 40, 40), (40, 160, 60), (230, 180, 150), (90, 50, 20),
)  # fmt: skip

POINTS = {
    sk.NOSE: (120, 50), sk.NECK: (120, 80), sk.R_EYE: (115, 46), sk.L_EYE: (125, 46),
    sk.R_EAR: (109, 49), sk.L_EAR: (131, 49),
    sk.R_SHOULDER: (92, 88), sk.R_ELBOW: (74, 132), sk.R_WRIST: (64, 172),
    sk.L_SHOULDER: (148, 88), sk.L_ELBOW: (166, 132), sk.L_WRIST: (176, 172),
    sk.R_HIP: (106, 172), sk.R_KNEE: (102, 228), sk.R_ANKLE: (100, 282),
    sk.L_HIP: (134, 172), sk.L_KNEE: (138, 228), sk.L_ANKLE: (140, 282),
}  # fmt: skip


def keypoints(**moved: tuple[float, float] | None) -> np.ndarray:
    """``(18, 3)``; a name such as ``r_wrist`` puts a point elsewhere, or takes it away with ``None``."""
    points = np.zeros((18, 3), np.float32)
    for index, place in POINTS.items():
        points[index] = *place, 1
    for name, place in moved.items():
        points[getattr(sk, name.upper())] = (*place, 1) if place else 0
    return points


def drawn_person(name: str = "drawn", **moved: tuple[float, float] | None) -> PersonSample:
    """In long sleeves and trousers, arms hanging a little away from the body unless points are moved."""
    points = keypoints(**moved)
    image, parsing = np.full((*SIZE, 3), BACKGROUND, np.uint8), np.zeros(SIZE, np.uint8)

    def at(index: int) -> tuple[int, int]:
        return int(points[index, 0]), int(points[index, 1])

    def paint(label: Label, color: tuple[int, int, int], draw) -> None:
        draw(image, color)
        draw(parsing, int(label))

    for chain in ((sk.R_HIP, sk.R_KNEE, sk.R_ANKLE), (sk.L_HIP, sk.L_KNEE, sk.L_ANKLE)):
        for a, b in pairwise(chain):
            paint(Label.PANTS, LEG, lambda map, color, a=a, b=b: cv2.line(map, at(a), at(b), color, 22))
    torso = np.array([at(sk.R_SHOULDER), at(sk.L_SHOULDER), (144, 178), (96, 178)])
    paint(Label.UPPER, TORSO, lambda map, color: cv2.fillPoly(map, [torso], color))
    for chain in ((sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST), (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST)):
        if points[list(chain), 2].min() == 0:
            continue
        for a, b in pairwise(chain):
            paint(Label.UPPER, ARM, lambda map, color, a=a, b=b: cv2.line(map, at(a), at(b), color, 15))
        elbow, wrist = points[chain[1], :2], points[chain[2], :2]
        hand = tuple(np.rint(wrist + 0.25 * (wrist - elbow)).astype(int).tolist())
        paint(Label.SKIN, SKIN, lambda map, color, hand=hand: cv2.circle(map, hand, 9, color, -1))
    paint(Label.SKIN, SKIN, lambda map, color: cv2.line(map, (120, 60), (120, 86), color, 12))
    paint(Label.HAIR, HAIR, lambda map, color: cv2.circle(map, (120, 42), 19, color, -1))
    paint(Label.SKIN, SKIN, lambda map, color: cv2.ellipse(map, (120, 50), (13, 17), 0, 0, 360, color, -1))
    grain = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 60, SIZE).astype(np.float32), (0, 0), 3)
    image = np.clip(image + grain[..., None] + 0.5, 0, 255).astype(np.uint8)
    return PersonSample(image, points, parsing, name)
