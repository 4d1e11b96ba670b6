"""Garments told apart by their colors: what the network says of a photo also says what color each garment of it has.

The network knows what a skirt looks like in general, and gives pixels that might be a skirt or a coat to either. But
one garment has few colors, and the pixels of which it is sure show them. Each color's frequency in a garment is a Bayes
factor between it and its rivals, as in GrabCut (Rother, Kolmogorov and Blake, SIGGRAPH 2004), with histograms in place
of mixtures and no graph to cut: the edges are followed before.
"""

import cv2
import numpy as np

from tryon.core.labels import Label
from tryon.core.masks import window_of

_RIVALS = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
_LIGHT_BINS, _BINS = 6, 12  # of the lightness, which folds and shadows change, and of each channel of color
_SEEN = 1e-3  # frequency that every color has in every garment
_LEAST = 0.01  # share of the person below which a garment's colors are not known
_STEADY = 1.5  # pixels over which the evidence is averaged: weave and stripes are no patchwork


def by_color(scores: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Class probabilities in which the colors of a photo's garments count, too.

    Args:
        scores: ``(H, W, 14)`` ``float32``; single values may lie slightly outside [0, 1].
        image: ``(H, W, 3)`` ``uint8``.

    Returns:
        ``(H, W, 14)``: tops, coats, dresses, skirts and trousers share at each pixel what they had together; all else
        is as it was.
    """
    labels = scores.argmax(-1)
    least = _LEAST * np.count_nonzero(labels)
    there = [label for label in _RIVALS if np.count_nonzero(labels == label) > least]
    if len(there) < 2:
        return scores
    window = window_of(labels > 0)
    labels, before, colors = labels[window], np.maximum(scores[window][..., there], 0), _color_bins(image[window])
    frequencies = np.stack([_frequencies(colors[labels == k], before[labels == k, i]) for i, k in enumerate(there)], -1)
    evidence = np.log((frequencies + _SEEN) / (frequencies.mean(-1, keepdims=True) + _SEEN)).astype(np.float32)
    after = before * np.exp(cv2.GaussianBlur(evidence[colors], (0, 0), _STEADY))
    out = scores.copy()
    out[window][..., there] = after * (before.sum(-1, keepdims=True) / np.maximum(after.sum(-1, keepdims=True), 1e-6))
    return out


def _color_bins(image: np.ndarray) -> np.ndarray:
    """``(H, W)``: the bin of CIE Lab into which each pixel falls, without grain."""
    lab = cv2.bilateralFilter(cv2.cvtColor(image, cv2.COLOR_RGB2LAB), 5, 20, 3).astype(np.int64)
    light, across, along = lab[..., 0] * _LIGHT_BINS // 256, lab[..., 1] * _BINS // 256, lab[..., 2] * _BINS // 256
    return (light * _BINS + across) * _BINS + along


def _frequencies(colors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """``(K,)``: how often each bin is among pixels, smoothed over the bins beside it, of sum 1."""
    counts = np.bincount(colors, weights, _LIGHT_BINS * _BINS**2).reshape(_LIGHT_BINS, _BINS, _BINS)
    light, color = _smoothing(_LIGHT_BINS), _smoothing(_BINS)
    smooth = np.einsum("ijk,ai,bj,ck->abc", counts, light, color, color, optimize=True)
    return smooth.ravel() / smooth.sum()


def _smoothing(bins: int) -> np.ndarray:
    """``(bins, bins)``: half of each bin stays, and a quarter goes to each side."""
    return 0.5 * np.eye(bins) + 0.25 * (np.eye(bins, k=1) + np.eye(bins, k=-1))
