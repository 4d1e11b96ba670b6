"""A worn garment laid back on its wearer as a try-on lays one: parts moved each by itself, continued behind what hides
it, and in places missing. For training views."""

import cv2
import numpy as np

from appearance_flow.parts import garment_parts
from appearance_flow.sleeves import SLEEVES
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.torso import ARMS, torso_size
from tryon.core.labels import Label, mask_of
from tryon.render.layout.inputs import GRID, NEW_LOWER, NEW_UPPER, OUTSIDE, WORN
from tryon.types import Below, Category

_CONTINUED = 0.12  # torso lengths over which a garment is closed behind hair, bags and arms
_BEND = 0.03  # torso lengths by which it is bent
_SHIFT, _TURN, _STRETCH = 0.02, 0.05, 0.05  # of each part: torso lengths, radians, logarithm
_HIDDEN = 0.6  # share of the views in which something of somebody else lay before it
_CUT = 0.2  # share in which the garment photo ended before it did
_LOST = 0.06  # share in which a sleeve was not carried over


def laid_back(
    labels: np.ndarray,
    truth: np.ndarray,
    keypoints: np.ndarray,
    category: Category,
    rng: np.random.Generator,
    outline: np.ndarray,
) -> np.ndarray:
    """The garment as if it had been carried over from another photo.

    Args:
        labels: ``(H, W)`` label map in the window.
        truth: ``(H, W)`` classes, by which the garment is known.
        keypoints: ``(18, 3)`` in the window, with a complete torso.
        category: of the garment.
        rng: of the change.
        outline: ``(H, W)`` ``bool``, what may have hidden a piece of it.

    Returns:
        ``(5, H, W)`` ``uint8``, :data:`tryon.render.layout.inputs.WORN`.
    """
    body, unit = Body(keypoints, GRID), torso_size(keypoints)
    in_front = mask_of(labels, Label.HAIR, Label.BAG, Label.ACCESSORY, Label.SCARF)
    bare = labels == Label.SKIN
    hiding = in_front | (bare & (body.arms | body.hands))
    shown, parts = np.zeros(GRID, bool), []
    below: Below = "torso" if category == "upper" else "skirt"
    hips: Below = "legs" if (labels == Label.PANTS).any() else "skirt"
    for new, hang in ((NEW_LOWER, hips), (NEW_UPPER, below)):
        cloth = truth == new
        if not cloth.any():
            continue
        shown |= cloth
        whole = cloth | (hiding & _closed(cloth, _CONTINUED * unit * rng.uniform(0.3, 2.0)))
        found = garment_parts(cloth, body, hang, bare)
        sleeves = {name: found[name] for name in SLEEVES if name in found and new == NEW_UPPER}
        trunk = whole & ~np.any([found[name] for name in sleeves], axis=0) if sleeves else whole
        parts.append(("trunk" if new == NEW_UPPER else "lower", trunk))
        parts += list(sleeves.items())
    bend = _bend(unit, rng)
    out = np.zeros((len(WORN), *GRID), np.uint8)
    lost = str(rng.choice(SLEEVES)) if rng.random() < _LOST else ""
    seen, there = _missing(keypoints, unit, outline, rng)
    for name, part in parts:
        if name == lost:
            continue
        joints = keypoints[list(ARMS[name]), :2] if name in ARMS else keypoints[[sk.NECK], :2]
        x, y = _moved(joints, unit, bend, rng, sleeve=name in ARMS)
        alpha = np.where(part & there, 255, 0).astype(np.uint8)
        own = np.where(part & there & seen & shown, 255, 0).astype(np.uint8)
        plane = WORN.index(name)
        out[plane] = np.maximum(out[plane], cv2.remap(alpha, x, y, cv2.INTER_LINEAR))
        out[-1] = np.maximum(out[-1], cv2.remap(own, x, y, cv2.INTER_LINEAR))
    out[:, labels == OUTSIDE] = 0
    return out


def _closed(mask: np.ndarray, radius: float) -> np.ndarray:
    side = 2 * max(1, round(radius)) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0


def _bend(unit: float, rng: np.random.Generator) -> np.ndarray:
    """``(H, W, 2)`` ``float32``: smooth shifts."""
    cells = rng.normal(0, _BEND * unit * rng.random() * 1.5, (6, 5, 2)).astype(np.float32)
    return cv2.resize(cells, GRID[::-1], interpolation=cv2.INTER_CUBIC)


def _moved(
    joints: np.ndarray, unit: float, bend: np.ndarray, rng: np.random.Generator, *, sleeve: bool
) -> tuple[np.ndarray, np.ndarray]:
    """``(H, W)`` ``float32`` x and y that a part is drawn from: turned and stretched about its first joint."""
    more = 2.0 if sleeve else 1.0
    angle = rng.normal(0, _TURN * more * 0.7)
    wide, long = np.exp(rng.normal(0, _STRETCH, 2) * (1, more))
    axis = joints[-1] - joints[0] if len(joints) > 1 else np.array((0.0, 1.0))
    tilt = np.arctan2(axis[0], axis[1])  # 0 where it hangs straight down
    turn = np.array(((np.cos(tilt), np.sin(tilt)), (-np.sin(tilt), np.cos(tilt))))
    cos, sin = np.cos(angle), np.sin(angle)
    linear = np.array(((cos, -sin), (sin, cos))) @ turn @ np.diag((wide, long)) @ turn.T
    shift = joints[0] - linear @ joints[0] + rng.normal(0, _SHIFT * unit, 2)
    rows, columns = np.mgrid[: GRID[0], : GRID[1]].astype(np.float32)
    (a, b), (c, d) = linear.astype(np.float32)
    x = a * columns + b * rows + np.float32(shift[0]) + bend[..., 0]
    y = c * columns + d * rows + np.float32(shift[1]) + bend[..., 1]
    return x, y


def _missing(
    keypoints: np.ndarray, unit: float, outline: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """``(H, W)`` ``bool``: what the garment photo showed, and what of the garment was there or could be continued."""
    seen, there = np.ones(GRID, bool), np.ones(GRID, bool)
    if rng.random() < _HIDDEN:
        shift = np.array(((1, 0, rng.normal(0, 0.3 * unit)), (0, 1, rng.normal(0.2 * unit, 0.4 * unit))), np.float32)
        hidden = cv2.warpAffine(outline.view(np.uint8), shift, GRID[::-1], flags=cv2.INTER_NEAREST) > 0
        seen &= ~hidden
        if rng.random() < 0.4:
            there &= ~hidden
    if rng.random() < _CUT:
        rows, columns = np.ogrid[: GRID[0], : GRID[1]]
        if rng.random() < 0.6:
            end = keypoints[sk.NECK, 1] + unit * rng.uniform(0.6, 1.6)
            there &= rows < end
        else:
            end = unit * rng.uniform(0.3, 0.7)
            there &= np.abs(columns - keypoints[sk.NECK, 0]) < end
    return seen & there, there
