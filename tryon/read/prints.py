"""Faces and hair that are printed on a garment, and are read as the wearer's own."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label, mask_of

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
_OF_THE_BODY = (Label.HAT, Label.HAIR, Label.SKIN)
# Where the wearer's own hair and skin can be: on the bones of neck and limbs, the hand beyond the wrist with them.
_BONES = (
    (sk.NECK, sk.NOSE, 0.0),
    (sk.R_SHOULDER, sk.R_ELBOW, 0.0), (sk.R_ELBOW, sk.R_WRIST, 0.6),
    (sk.L_SHOULDER, sk.L_ELBOW, 0.0), (sk.L_ELBOW, sk.L_WRIST, 0.6),
    (sk.R_HIP, sk.R_KNEE, 0.0), (sk.R_KNEE, sk.R_ANKLE, 0.0),
    (sk.L_HIP, sk.L_KNEE, 0.0), (sk.L_KNEE, sk.L_ANKLE, 0.0),
)  # fmt: skip
_NEAR = 0.15  # torso lengths from a bone within which skin is the wearer's: half the width of an upper thigh
_ENCLOSED = 0.9  # share of a patch's surroundings that are one garment


def without_prints(parsing: np.ndarray, body: Body) -> np.ndarray:
    """The label map with printed people given the label of the garment that they are printed on.

    Print is a patch of hair, skin and hat that lies wholly inside one garment and away from head, neck and limbs.
    Where a wrist is not seen, a patch without hair may be the hand, and stays.

    Args:
        parsing: ``(H, W)`` label map.
        body: of the wearer.

    Returns:
        ``(H, W)`` ``uint8``; ``parsing`` itself where nothing is printed.
    """
    patches = mask_of(parsing, *_OF_THE_BODY).astype(np.uint8)
    own = _bones(body.keypoints, parsing.shape, _NEAR * body.unit)
    hands_seen = min(body.keypoints[[sk.R_WRIST, sk.L_WRIST], 2]) > 0
    number, components, stats, _ = cv2.connectedComponentsWithStats(patches, connectivity=8)
    out = parsing
    wearers = np.bincount(components[own], minlength=number) > 0
    for i in range(1, number):
        x, y, w, h, _ = stats[i]
        if wearers[i] or min(x, y) == 0 or x + w == parsing.shape[1] or y + h == parsing.shape[0]:
            continue
        window = np.s_[y - 1 : y + h + 1, x - 1 : x + w + 1]
        inside = components[window] == i
        if not hands_seen and not (inside & (parsing[window] == Label.HAIR)).any():
            continue
        ring = (cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~inside
        around = np.bincount(parsing[window][ring])
        garment = int(around.argmax())
        if garment in _CLOTH and around[garment] >= _ENCLOSED * ring.sum():
            out = out.copy() if out is parsing else out
            out[window][inside] = garment
    return out


def _bones(points: np.ndarray, size: tuple[int, int], reach: float) -> np.ndarray:
    """``(H, W)`` ``bool``: less than ``reach`` pixels from a bone that is seen."""
    drawn = np.zeros(size, np.uint8)
    for start, end, beyond in _BONES:
        if min(points[[start, end], 2]) > 0:
            tip = points[end, :2] + beyond * (points[end, :2] - points[start, :2])
            ends = np.round([points[start, :2], tip]).astype(int)
            cv2.line(drawn, ends[0].tolist(), ends[1].tolist(), 1, max(1, round(2 * reach)))
    return drawn > 0
