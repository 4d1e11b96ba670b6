"""Skin that a label map takes for cloth, found by the photo's own colors."""

import cv2
import numpy as np

from tryon.body.body import Body, reduced
from tryon.core.labels import Label, mask_of
from tryon.core.likelihood import color_bins, likelier
from tryon.core.masks import grown

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, Label.SKIRT, Label.PANTS)
_UNIT = 100.0  # length of the torso in pixels at which to look: patches are large, and this is fast
_REACH = 0.06  # torso lengths around arms, hands and labeled skin in which skin may have been missed
# Bins by which the histograms of skin and of cloth are blurred: folds and shadows give cloth colors that the sample
# lacks, and cloth that goes missing is worse than a rest of skin.
_BLUR = 1.0, 2.0


def skin_taken_for_cloth(photo: np.ndarray, parsing: np.ndarray, body: Body) -> np.ndarray:
    """Pixels labeled as cloth that have the color of the wearer's skin, and lie where skin can be.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        body: of the wearer.

    Returns:
        ``(H, W)`` ``bool``, part of the cloth; empty where too little skin or cloth shows to know its colors.
    """
    small, labels, body = reduced(photo, parsing, body, _UNIT)
    unit = body.unit
    skin, cloth = labels == Label.SKIN, mask_of(labels, *_CLOTH)
    beside = grown(skin | body.hands, _REACH * unit)
    candidates = cloth & (beside | grown(body.arms, _REACH * unit))
    found = likelier(color_bins(small), skin, cloth & ~beside, candidates, _BLUR)
    return _enlarged(found, parsing.shape) & mask_of(parsing, *_CLOTH)


def _enlarged(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(mask.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST) > 0
