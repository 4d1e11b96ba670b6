"""Which patches of a picture have the color of one thing rather than of another, told by the picture's own colors.

The ratio of two color histograms tells one from the other (Jones and Rehg, Statistical Color Models with Application to
Skin Detection, 2002). Here both are taken from the one photo, so any tone of skin and any light will do, and where
both have the same colors nothing is found.
"""

import cv2
import numpy as np

from tryon.core.masks import shrunk

_INSIDE = 2  # pixels from the edge of a label from which its color counts as its own
_SMALLEST = 200  # pixels below which colors are not known
# How many times likelier a color must be, all over a patch, and somewhere in it. Cloth in shadow reaches the first here
# and there, not the second.
_LIKELY, _SURE = 4.0, 30.0
_BINS = 4, 32, 32  # of L, a and b over [0, 100], [-64, 64] and [-64, 64]


def likelier(
    bins: np.ndarray, like: np.ndarray, unlike: np.ndarray, candidates: np.ndarray, blur: tuple[float, float]
) -> np.ndarray:
    """The patches of ``candidates`` that are likelier to have their colors from ``like`` than from ``unlike``."""
    samples = shrunk(like, _INSIDE), shrunk(unlike, _INSIDE)
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


def color_bins(photo: np.ndarray) -> np.ndarray:
    """``(H, W)``: number of the bin of each pixel's color in CIELAB."""
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    share = (lab - (0, -64, -64)) / (100, 128, 128)
    return np.ravel_multi_index(tuple(np.moveaxis((share * _BINS).astype(int), -1, 0)), _BINS, mode="clip")


def _histogram(bins: np.ndarray, blur: float) -> np.ndarray:
    """Share of each color, blurred over a and b."""
    counts = np.bincount(bins, minlength=int(np.prod(_BINS))).astype(np.float32).reshape(_BINS)
    blurred = cv2.GaussianBlur(counts.transpose(1, 2, 0), (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    return blurred.transpose(2, 0, 1).ravel() / blurred.sum()
