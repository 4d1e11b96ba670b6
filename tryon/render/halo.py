"""What a label map misses of a garment that is taken off: pixels beside it that have its color."""

import cv2
import numpy as np

from tryon.core.labels import Label
from tryon.render.fill import around
from tryon.render.zones import grown

_REACH = 0.06  # torso lengths beside the label in which its color is looked for
_SPREAD = 0.12  # torso lengths over which colors are averaged
# A pixel belongs to the garment when its color is this much closer to the garment's than to what it is labeled as:
# between strands of hair much of the garment shows, while backgrounds have any color.
_CLOSER = {Label.BACKGROUND: 0.6, Label.HAIR: 1.0, Label.SKIN: 0.6}
_CONTRAST = 30.0  # distance in CIELAB by which the two colors must differ at least


def halo(photo: np.ndarray, parsing: np.ndarray, off: np.ndarray, unit: float) -> np.ndarray:
    """Pixels of background, hair and skin beside a garment that show its color rather than their own.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        off: ``(H, W)`` ``bool``, the garment's label.
        unit: length of the wearer's torso in pixels.

    Returns:
        ``(H, W)`` ``bool``, disjoint from ``off``.
    """
    out = np.zeros(off.shape, bool)
    if not off.any():
        return out
    near = grown(off, _REACH * unit)
    window = around(off)
    photo, parsing, off, near = photo[window], parsing[window], off[window], near[window]
    lab = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inner = cv2.erode(off.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    cloth = _local_mean(lab, inner, unit)
    to_cloth = np.linalg.norm(lab - cloth, axis=2)
    for label, ratio in _CLOSER.items():
        own = parsing == label
        band = own & near & ~off
        sure = own & ~near
        if not band.any() or sure.sum() < 50:
            continue
        color = _local_mean(lab, sure, unit)
        closer = to_cloth < ratio * np.linalg.norm(lab - color, axis=2)
        out[window] |= band & closer & (np.linalg.norm(cloth - color, axis=2) > _CONTRAST)
    return out


def _local_mean(lab: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """Mean color of the known pixels around each pixel, from those farther away where none is near."""
    scale = min(1.0, 30 / unit)  # the mean is smooth
    weight = cv2.resize(known.astype(np.float32), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    color = cv2.resize(lab * known[..., None], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    total, mass = np.zeros_like(color), np.zeros_like(weight)
    for spread, share in ((_SPREAD, 1.0), (8 * _SPREAD, 1e-3)):
        sigma = spread * unit * scale
        total = total + share * cv2.GaussianBlur(color, (0, 0), sigma)
        mass = mass + share * cv2.GaussianBlur(weight, (0, 0), sigma)
    mean = total / np.maximum(mass, 1e-9)[..., None]
    return cv2.resize(mean, lab.shape[1::-1], interpolation=cv2.INTER_LINEAR)
