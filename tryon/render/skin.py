"""Skin that a label map takes for cloth, found by the colors of its own photo.

The ratio of two color histograms tells skin from what is not (Jones and Rehg, Statistical Color Models with Application
to Skin Detection, 2002). Here both are taken from the one photo, so any tone of skin and any light will do, and where
cloth has the color of the wearer's skin nothing is found.
"""

import cv2
import numpy as np

from appearance_flow.body import complete_torso, torso_size
from tryon.core.labels import Label, mask_of
from tryon.render.zones import grown, zones

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, Label.SKIRT, Label.PANTS)
_UNIT = 100.0  # length of the torso in pixels at which to look: patches are large, and this is fast
_REACH = 0.06  # torso lengths around arms, hands and labeled skin in which skin may have been missed
_INSIDE = 2  # pixels from the edge of a label from which its color counts as its own
_SMALLEST = 200  # pixels of skin or cloth below which their colors are not known
# How many times likelier a color must be as skin than as cloth: all over a patch, and somewhere in it. Cloth in shadow
# reaches the first here and there, not the second.
_LIKELY, _SURE = 4.0, 30.0
_BINS = 4, 32, 32  # of L, a and b over [0, 100], [-64, 64] and [-64, 64]
# Bins by which the histograms of skin and of cloth are blurred: folds and shadows give cloth colors that the sample
# lacks, and cloth that goes missing is worse than a rest of skin.
_BLUR = 1.0, 2.0


def skin_taken_for_cloth(photo: np.ndarray, parsing: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """Pixels labeled as cloth that have the color of the wearer's skin, and lie where skin can be.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        keypoints: ``(18, 3)`` of the wearer.

    Returns:
        ``(H, W)`` ``bool``, part of the cloth; empty where too little skin or cloth shows to know its colors.
    """
    worn, _ = complete_torso(keypoints)
    scale = min(1.0, _UNIT / torso_size(worn))
    worn = worn * (scale, scale, 1)
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    labels = cv2.resize(parsing, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    found = _find(small, labels, worn)
    whole = cv2.resize(found.astype(np.uint8), parsing.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return whole & mask_of(parsing, *_CLOTH)


def _find(photo: np.ndarray, parsing: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    unit = torso_size(keypoints)
    body = zones(keypoints, parsing.shape, unit)
    skin, cloth = parsing == Label.SKIN, mask_of(parsing, *_CLOTH)
    beside = grown(skin | body.hands, _REACH * unit)
    samples = _inside(skin), _inside(cloth & ~beside)
    if min(sample.sum() for sample in samples) < _SMALLEST:
        return np.zeros(skin.shape, bool)
    bins = _color_bins(photo)
    of_skin, of_cloth = (_histogram(bins[sample], blur) for sample, blur in zip(samples, _BLUR, strict=True))
    nothing = 1 / of_skin.size  # a color that neither has is no evidence
    evidence = np.log((of_skin + nothing) / (of_cloth + nothing))[bins].astype(np.float32)
    evidence = cv2.GaussianBlur(evidence, (0, 0), 1.0)  # single pixels have any color
    candidates = cloth & (beside | grown(body.arms, _REACH * unit))
    likely = candidates & (evidence > np.log(_LIKELY))
    number, patches = cv2.connectedComponents(likely.astype(np.uint8))
    sure = np.bincount(patches[likely & (evidence > np.log(_SURE))], minlength=number) > 0
    return sure[patches] & likely


def _inside(mask: np.ndarray) -> np.ndarray:
    return cv2.erode(mask.astype(np.uint8), np.ones((2 * _INSIDE + 1,) * 2, np.uint8)) > 0


def _color_bins(photo: np.ndarray) -> np.ndarray:
    """``(H, W)``: number of the bin of each pixel's color in CIELAB."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    share = (lab - (0, -64, -64)) / (100, 128, 128)
    return np.ravel_multi_index(tuple(np.moveaxis((share * _BINS).astype(int), -1, 0)), _BINS, mode="clip")


def _histogram(bins: np.ndarray, blur: float) -> np.ndarray:
    """Share of each color, blurred over a and b."""
    counts = np.bincount(bins, minlength=int(np.prod(_BINS))).astype(np.float32).reshape(_BINS)
    blurred = cv2.GaussianBlur(counts.transpose(1, 2, 0), (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    return blurred.transpose(2, 0, 1).ravel() / blurred.sum()
