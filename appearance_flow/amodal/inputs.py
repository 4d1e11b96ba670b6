"""What the network of whole garments is shown: planes in the window around the garment's wearer. Free of torch."""

from collections.abc import Collection

import cv2
import numpy as np

from appearance_flow.planes import BONE_PLANES, bone_planes
from tryon.body.body import Body
from tryon.body.proportions import WAIST
from tryon.body.window import Window
from tryon.core.labels import LOWER_BODY, NUM_LABELS, Label, mask_of
from tryon.core.masks import grown
from tryon.types import CloseView

SIZE = (192, 144)
"""Height and width of the window."""
OUTSIDE = NUM_LABELS
"""Value of a label map in the window where the photo has ended."""
_HIDES = (Label.HAIR, Label.BAG, Label.ACCESSORY, Label.SCARF, Label.HAT)
TOPS = (Label.UPPER, Label.OUTER, Label.DRESS)
"""What hangs over a waistband."""
_FINGERS = 0.05  # torso lengths around where hands are thought to be
NUM_PLANES = NUM_LABELS + 2 + BONE_PLANES


def planes(labels: np.ndarray, cloth: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """``(P, H, W)`` ``uint8``: the wearer's labels, one plane each, the garment as far as it is seen, and the bones.

    Args:
        labels: ``(H, W)`` label map in the window; :data:`OUTSIDE` where the photo has ended.
        cloth: ``(H, W)`` ``bool``, the garment.
        keypoints: ``(18, 3)`` in pixels of the window.
    """
    numbers = np.arange(NUM_LABELS + 1, dtype=np.uint8)[:, None, None]
    shown = np.concatenate((labels == numbers, cloth[None])).astype(np.uint8) * np.uint8(255)
    return np.concatenate((shown, bone_planes(keypoints, labels.shape)))


def window_planes(view: CloseView, parsing: np.ndarray, cloth: np.ndarray) -> tuple[np.ndarray, Window]:
    """:func:`planes` of a garment's wearer, and the window that they are of.

    Args:
        view: of the wearer.
        parsing: ``(h, w)`` their label map.
        cloth: ``(h, w)`` ``bool``, the garment.
    """
    window = Window.of(view.keypoints, SIZE)
    flags = cv2.INTER_NEAREST
    labels = cv2.warpAffine(parsing, window.matrix, SIZE[::-1], flags=flags, borderValue=OUTSIDE)
    seen = window.cut(cloth.astype(np.uint8), flags) > 0
    return planes(labels, seen, window.points(view.keypoints)), window


def may_hide(parsing: np.ndarray, body: Body, labels: Collection[int]) -> np.ndarray:
    """``(h, w)`` ``bool``: what a garment may go on behind: hair, bags, hands, and bare arms before the trunk, but not
    neck and chest; and trousers and skirts behind what hangs over their waistband.

    Args:
        parsing: ``(h, w)`` label map.
        body: of the wearer, in its pixels.
        labels: of the garment.
    """
    hands = grown(body.hands, _FINGERS * body.unit)
    skin = (parsing == Label.SKIN) & (hands | (body.arms & body.torso)) & ~body.neck
    hiding = mask_of(parsing, *_HIDES) | skin
    if set(labels) <= {*LOWER_BODY}:
        hiding |= mask_of(parsing, *TOPS) & (body.depth > WAIST)
    return hiding
