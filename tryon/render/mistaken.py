"""Skin that a label map takes for cloth, and cloth that it takes for hair or skin, found by the photo's own colors.

The ratio of two color histograms tells one from the other (Jones and Rehg, Statistical Color Models with Application to
Skin Detection, 2002). Here both are taken from the one photo, so any tone of skin and any light will do, and where
cloth has the color of the wearer's skin or hair nothing is found.
"""

import cv2
import numpy as np

from tryon.body.torso import complete_torso, torso_size
from tryon.body.zones import grown, zones
from tryon.core.labels import Label, mask_of

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, Label.SKIRT, Label.PANTS)
_UNIT = 100.0  # length of the torso in pixels at which to look: patches are large, and this is fast
_REACH = 0.06  # torso lengths around arms, hands and labeled skin in which skin may have been missed
_BESIDE = 0.2  # torso lengths around cloth in which its parts may have been taken for hair or skin
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
    small, labels, worn = _small(photo, parsing, keypoints)
    unit = torso_size(worn)
    body = zones(worn, labels.shape, unit)
    skin, cloth = labels == Label.SKIN, mask_of(labels, *_CLOTH)
    beside = grown(skin | body.hands, _REACH * unit)
    candidates = cloth & (beside | grown(body.arms, _REACH * unit))
    found = _colored(_color_bins(small), skin, cloth & ~beside, candidates, _BLUR)
    return _at_full_size(found, parsing) & mask_of(parsing, *_CLOTH)


def cloth_taken_for_wearer(
    photo: np.ndarray, parsing: np.ndarray, keypoints: np.ndarray, cloth: np.ndarray
) -> np.ndarray:
    """Pixels labeled as hair, skin, scarf or jewelry with the color of the cloth beside: collars, seen through hair.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        keypoints: ``(18, 3)`` of the wearer.
        cloth: ``(H, W)`` ``bool``, the garment.

    Returns:
        ``(H, W)`` ``bool``, below the chin and away from the hands; empty where colors are not known.
    """
    small, labels, worn = _small(photo, parsing, keypoints)
    unit = torso_size(worn)
    body = zones(worn, labels.shape, unit)
    whole = cv2.resize(cloth.astype(np.uint8), labels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    beside, bins = grown(whole, _BESIDE * unit), _color_bins(small)
    found = np.zeros(parsing.shape, bool)
    may = beside & ~body.head & ~grown(body.hands, _REACH * unit)
    # What scarves and jewelry look like is not known: they are told by what is neither hair nor skin.
    hair, skin = (Label.HAIR,), (Label.SKIN,)
    for taken, known in ((hair, hair), (skin, skin), ((Label.SCARF, Label.ACCESSORY), hair + skin)):
        candidates = may & mask_of(labels, *taken)
        unlike = mask_of(labels, *known) & ~may
        # Around it lie pixels of both colors.
        one = grown(_colored(bins, whole, unlike, candidates, _BLUR[::-1]), 2)
        found |= _at_full_size(one, parsing) & mask_of(parsing, *taken)
    return found


def _small(photo: np.ndarray, parsing: np.ndarray, keypoints: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photo, labels and completed key points in the size at which to look."""
    worn, _ = complete_torso(keypoints)
    scale = min(1.0, _UNIT / torso_size(worn))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small, cv2.resize(parsing, small.shape[1::-1], interpolation=cv2.INTER_NEAREST), worn * (scale, scale, 1)


def _at_full_size(mask: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    return cv2.resize(mask.astype(np.uint8), parsing.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0


def _colored(
    bins: np.ndarray, like: np.ndarray, unlike: np.ndarray, candidates: np.ndarray, blur: tuple[float, float]
) -> np.ndarray:
    """The patches of ``candidates`` that are likelier to have their colors from ``like`` than from ``unlike``."""
    samples = _inside(like), _inside(unlike)
    if min(sample.sum() for sample in samples) < _SMALLEST:
        return np.zeros(like.shape, bool)
    first, second = (_histogram(bins[sample], width) for sample, width in zip(samples, blur, strict=True))
    nothing = 1 / first.size  # a color that neither has is no evidence
    evidence = np.log((first + nothing) / (second + nothing))[bins].astype(np.float32)
    evidence = cv2.GaussianBlur(evidence, (0, 0), 1.0)  # single pixels have any color
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
