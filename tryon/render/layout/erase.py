"""What comes off in a training view: the garment that is laid back, and more than that. For training views."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.proportions import HAND, SLEEVE
from tryon.body.torso import ARMS, LEGS, torso_size
from tryon.core.labels import LOWER_BODY, Label, mask_of
from tryon.core.masks import grown
from tryon.render.layout.inputs import GRID, NEW_LOWER, NEW_UPPER, OUTSIDE
from tryon.types import Category

# Shares of the views in which each comes off, too.
_OTHER = 0.5  # where somebody else wears cloth
_ARM = 0.35  # each arm: in the sleeve of the old garment
_SKIRT = 0.3  # what a skirt or a long coat hid
_SHAPES = 0.35  # odd shapes
_LOOSE = 0.25  # all around the garment: the old one was wider
_IN_FRONT = (Label.HAIR, Label.HAT, Label.BAG, Label.SHOES, Label.SCARF)


def erased(
    labels: np.ndarray,
    truth: np.ndarray,
    keypoints: np.ndarray,
    category: Category,
    rng: np.random.Generator,
    clothes: np.ndarray,
) -> np.ndarray:
    """What the old garment leaves.

    Args:
        labels: ``(H, W)`` label map in the window.
        truth: ``(H, W)`` classes, by which the own garment is known.
        keypoints: ``(18, 3)`` in the window, with a complete torso.
        category: of the garment.
        rng: of the shapes.
        clothes: ``(H, W)`` ``bool``, where somebody else is dressed.

    Returns:
        ``(H, W)`` ``bool``.
    """
    body, unit = Body(keypoints, GRID), torso_size(keypoints)
    own = (truth == NEW_UPPER) | (truth == NEW_LOWER)
    if category != "lower":
        own |= mask_of(labels, Label.UPPER, Label.OUTER) | ((labels == Label.DRESS) & (category != "outer"))
    if category in ("lower", "outfit"):
        own |= mask_of(labels, *LOWER_BODY)
    more = np.zeros(GRID, np.uint8)
    if rng.random() < _OTHER:
        shift = np.array(((1, 0, rng.normal(0, 0.04 * unit)), (0, 1, rng.normal(0, 0.04 * unit))), np.float32)
        more[cv2.warpAffine(clothes.view(np.uint8), shift, GRID[::-1], flags=cv2.INTER_NEAREST) > 0] = 1
    if category != "lower":
        for joints in ARMS.values():
            if rng.random() < _ARM:
                _sleeve(more, keypoints[list(joints)], unit, rng)
    if rng.random() < _SKIRT:
        _skirt(more, keypoints, unit, rng)
    if rng.random() < _SHAPES:
        _shapes(more, keypoints, unit, rng)
    kept = mask_of(labels, *_IN_FRONT) | ((labels == Label.SKIN) & (body.head | body.hands))
    kept |= (labels == Label.ACCESSORY) & body.head
    if rng.random() < 0.1:  # a reading may take hands and hair for cloth
        kept &= body.head
    # A top stays on over new trousers, and what was hidden by a top is seldom more than the rim of trousers.
    if category in ("upper", "outer"):
        kept |= mask_of(labels, *LOWER_BODY) & (body.depth > rng.uniform(0.9, 2.0))
    elif category == "lower":
        kept |= mask_of(labels, Label.UPPER, Label.OUTER) & (body.depth < rng.uniform(0.7, 1.1))
    if rng.random() < _LOOSE:
        more[grown(own, rng.uniform(1, 0.12 * unit))] = 1
    off = own | ((more > 0) & ~kept)
    rim = grown(off, rng.uniform(0.5, 3.0)) & ((labels == Label.BACKGROUND) | off)
    return rim & (labels != OUTSIDE)


def _line(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    first, last = np.round(np.clip((start, end), -1000, 1000)).astype(int).tolist()
    cv2.line(canvas, first, last, 1, max(1, round(width)))


def _sleeve(canvas: np.ndarray, arm: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """From anywhere on the upper arm or the elbow down to anywhere, to the fingers at most; as wide as sleeves are."""
    if arm[:, 2].min() <= 0:
        return
    shoulder, elbow, wrist = arm[:, :2]
    points = np.stack((shoulder, elbow, wrist, wrist + HAND * rng.uniform(0, 1) * (wrist - elbow)))
    start, end = rng.choice((0.0, 0.0, 0.5, 1.0, 1.5)), rng.choice((1.0, 1.5, 1.9, 2.0, 2.2, 3.0))
    wide = rng.uniform(0.8, 1.9)
    for bone, radius in enumerate((SLEEVE["upper arm"], SLEEVE["forearm"], SLEEVE["forearm"])):
        low, high = np.clip((start - bone, end - bone), 0, 1)
        if high > low:
            axis = points[bone + 1] - points[bone]
            _line(canvas, points[bone] + low * axis, points[bone] + high * axis, 2 * wide * radius * unit)


def _skirt(canvas: np.ndarray, keypoints: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    """A trapezoid from the waist to a hem between mid-thigh and the ankles; wider than the legs."""
    hips, neck = keypoints[[sk.R_HIP, sk.L_HIP], :2], keypoints[sk.NECK, :2]
    down = hips.mean(0) - neck
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    across = np.array((down[1], -down[0]))
    top = hips.mean(0) - rng.uniform(0, 0.3) * unit * down
    hem = hips.mean(0) + rng.uniform(0.3, 1.7) * unit * down
    knees = [keypoints[knee, :2] for _, knee, _ in LEGS.values() if keypoints[knee, 2] > 0]
    if knees:  # it hangs where the legs are
        hem = hem + across * ((np.mean(knees, axis=0) - hem) @ across) * rng.uniform(0, 1)
    narrow, wide = rng.uniform(0.24, 0.34) * unit, rng.uniform(0.25, 0.7) * unit
    corners = (top - narrow * across, top + narrow * across, hem + wide * across, hem - wide * across)
    cv2.fillPoly(canvas, [np.round(np.clip(corners, -1000, 1000)).astype(np.int32)], 1)


def _shapes(canvas: np.ndarray, keypoints: np.ndarray, unit: float, rng: np.random.Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        point = keypoints[sk.NECK, :2] + unit * np.array((rng.normal(0, 0.4), rng.uniform(-0.2, 2.2)))
        for _ in range(int(rng.integers(1, 5))):
            end = point + rng.normal(0, 0.25 * unit, 2)
            _line(canvas, point, end, unit * rng.uniform(0.06, 0.3))
            point = end
