"""What the layout network is shown: maps in a window of one size around the body. Free of torch.

The window has a scale of its own, so many pixels a torso length, that the network need not learn people of all sizes.
Training and use share :func:`window`, :func:`worn_planes` and :func:`layout_input`.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.sleeves import SLEEVES
from appearance_flow.warp import Layer, Warped
from tryon.body import skeleton as sk
from tryon.body.proportions import FACE, HAND, RADIUS
from tryon.body.torso import ARMS, LEGS, torso_outline, torso_size
from tryon.core.labels import NUM_LABELS, mask_of
from tryon.outfit import CATEGORIES
from tryon.types import Category, Swap

GRID = (160, 112)
"""Height and width of the window."""
UNIT = 42.0
"""Pixels of a torso length in the window, where all of the person fits into it."""
_NECK = 38.0  # row of the neck
_SMALLEST = 0.6  # of that scale: people who stretch out farther reach beyond the window
_AROUND = 0.3  # torso lengths around the key points that belong to the person

NEW_UPPER, NEW_LOWER = NUM_LABELS, NUM_LABELS + 1
"""Classes of the network's result beside the 14 labels: the new garments."""
NUM_CLASSES = NUM_LABELS + 2
HOLE, OUTSIDE = NUM_LABELS, NUM_LABELS + 1
"""Values of what is shown to stay beside the 14 labels: what the old garment leaves, and what no photo shows."""
NUM_STAY = NUM_LABELS + 2

WORN = ("trunk", *SLEEVES, "lower", "seen")
"""The garment as carried over: what hangs from the shoulders but for the sleeves, these, what hangs from the hips; and
where the garment photo shows it, rather than something before it."""
POSE = ("torso", *(f"{limb}.{bone}" for limb in (*ARMS, *LEGS) for bone in (0, 1)), "head")
"""The trunk, each bone of a limb with its part of the hand, and the head."""
NUM_PLANES = len(WORN) + len(POSE)
_OTHER_SIDE = dict(zip(SLEEVES, reversed(SLEEVES), strict=True))
_SURE = 0.3  # confidence from which on a limb is drawn in full


@dataclass(frozen=True, eq=False, slots=True)
class LayoutInput:
    """What the network is shown of one person, in the window."""

    stay: np.ndarray
    """``(H, W)`` ``uint8``: the label of what stays of the photo, :data:`HOLE` or :data:`OUTSIDE`."""
    planes: np.ndarray
    """``(15, H, W)`` ``uint8``: :data:`WORN`, 255 for all of a pixel, and :data:`POSE`, 128 where that is not sure."""
    category: int
    """Place of the garment's kind in :data:`tryon.outfit.CATEGORIES`."""


def window(keypoints: np.ndarray) -> np.ndarray:
    """The affine map ``(2, 3)`` from pixels of a picture to those of the window.

    Args:
        keypoints: ``(18, 3)`` in pixels of the picture, with a complete torso.
    """
    unit = torso_size(keypoints)
    neck = keypoints[sk.NECK, :2]
    middle = (neck[0] + keypoints[[sk.R_HIP, sk.L_HIP], 0].mean()) / 2
    seen = keypoints[keypoints[:, 2] > 0, :2]
    reach = np.array((np.abs(seen[:, 0] - middle).max(), neck[1] - seen[:, 1].min(), seen[:, 1].max() - neck[1]))
    needed = (reach / unit + _AROUND) * UNIT / (GRID[1] / 2, _NECK, GRID[0] - _NECK)
    scale = UNIT / unit * max(1 / max(1.0, needed.max()), _SMALLEST)
    return np.array(((scale, 0, GRID[1] / 2 - 0.5 - scale * middle), (0, scale, _NECK - scale * neck[1])))


def cut_labels(labels: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A label map ``(H, W)`` in the window, :data:`OUTSIDE` where the picture ends."""
    return cv2.warpAffine(labels, matrix, GRID[::-1], flags=cv2.INTER_NEAREST, borderValue=OUTSIDE)


def cut_mask(mask: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A mask ``(H, W)``, ``bool`` or ``uint8`` of 0 to 255, in the window: ``uint8``, the share of each pixel."""
    whole = mask.astype(np.uint8) * 255 if mask.dtype == bool else mask
    side = round(1 / np.hypot(*matrix[:, 0]))
    whole = cv2.blur(whole, (side, side)) if side > 1 else whole
    return cv2.warpAffine(whole, matrix, GRID[::-1], flags=cv2.INTER_LINEAR)


def worn_planes(warped: Warped, swap: Swap, matrix: np.ndarray, size: tuple[int, int] = GRID) -> np.ndarray:
    """The garment as carried over to a person.

    Args:
        warped: from :func:`appearance_flow.warp.warp`.
        swap: from :func:`tryon.outfit.plan`.
        matrix: ``(2, 3)``, from the close view to the maps.
        size: height and width of the maps.

    Returns:
        ``(5, H, W)`` ``uint8``, :data:`WORN`.
    """
    back = cv2.invertAffineTransform(matrix)
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    x, y = ((a * columns + b * rows + c).astype(np.float32) for a, b, c in back)
    shown = mask_of(swap.parsing, *swap.upper, *swap.lower, *swap.bring).astype(np.uint8)
    side = max(1, round(np.hypot(*back[:, 0])))
    out = np.zeros((len(WORN), *size), np.uint8)

    def lay(layer: Layer, plane: int) -> None:
        alpha = cv2.blur(layer.alpha, (side, side)) if side > 1 else layer.alpha
        alpha = cv2.remap(alpha, x, y, cv2.INTER_LINEAR)
        flow = cv2.remap(layer.flow, x, y, cv2.INTER_NEAREST)
        own = cv2.remap(shown, x + flow[..., 0], y + flow[..., 1], cv2.INTER_NEAREST)
        out[plane] = np.maximum(out[plane], np.round(255 * alpha).astype(np.uint8))
        out[-1] = np.maximum(out[-1], np.round(255 * alpha * own).astype(np.uint8))

    for layer in warped.lower:
        lay(layer, WORN.index("lower"))
    for layer in warped.upper:
        lay(layer, WORN.index(layer.part if layer.part in SLEEVES else "trunk"))
    return out


def other_sides(planes: np.ndarray) -> np.ndarray:
    """:data:`WORN` ``(5, H, W)`` with left and right exchanged, as the names go in a mirror."""
    return planes[[WORN.index(_OTHER_SIDE.get(name, name)) for name in WORN]]


def layout_input(
    labels: np.ndarray, hole: np.ndarray, worn: np.ndarray, keypoints: np.ndarray, category: Category
) -> LayoutInput:
    """What the network is shown.

    Args:
        labels: ``(H, W)`` label map of the person in the window, from :func:`cut_labels`.
        hole: ``(H, W)`` ``bool``: what the old garment leaves.
        worn: ``(5, H, W)`` ``uint8``, from :func:`worn_planes`.
        keypoints: ``(18, 3)`` in pixels of the window, with a complete torso.
        category: of the garment.
    """
    stay = np.where(hole & (labels != OUTSIDE), np.uint8(HOLE), labels)
    planes = np.concatenate((worn, pose_planes(keypoints, labels.shape)))
    return LayoutInput(stay, planes, CATEGORIES.index(category))


def pose_planes(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(10, H, W)`` ``uint8``: :data:`POSE`, limbs as thick as they are without cloth; empty where one is not seen."""
    unit = torso_size(keypoints)
    out = np.zeros((len(POSE), *size), np.uint8)
    corners = torso_outline(keypoints, 0.2)
    cv2.fillPoly(out[0], [_pixels(np.stack((corners.real, corners.imag), -1))], 255)
    for limbs, bones in ((ARMS, ("upper arm", "forearm")), (LEGS, ("thigh", "shank"))):
        for name, joints in limbs.items():
            for number, bone in enumerate(bones):
                ends = list(joints[number : number + 2])
                (start, end), confidence = keypoints[ends, :2], keypoints[ends, 2].min()
                if confidence > 0:
                    end = end + HAND * (end - start) if bone == "forearm" else end
                    first, last = _pixels(np.stack((start, end))).tolist()
                    width = max(1, round(2 * RADIUS[bone] * unit))
                    sure = 255 if confidence >= _SURE else 128
                    cv2.line(out[POSE.index(f"{name}.{number}")], first, last, sure, width)
    if keypoints[sk.NOSE, 2] > 0:
        cv2.circle(out[-1], _pixels(keypoints[sk.NOSE, :2]).tolist(), round(FACE * unit), 255, -1)
    return out


def _pixels(points: np.ndarray) -> np.ndarray:
    return np.clip(np.round(points), -10_000, 10_000).astype(np.int32)
