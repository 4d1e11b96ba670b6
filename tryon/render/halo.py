"""What a label map misses of a garment that is taken off, or of an arm before one: pixels beside it of its color."""

import cv2
import numpy as np

from tryon.body.zones import grown
from tryon.core.labels import Label
from tryon.render.fill import around

_REACH = 0.06  # torso lengths beside the label in which its color is looked for
_SPREAD = 0.12  # torso lengths over which colors are averaged
# A pixel belongs to what it lies beside when its color is this much closer to that than to what it is labeled as:
# between strands of hair much of the garment shows, while backgrounds have any color.
BESIDE_CLOTH = {Label.BACKGROUND: 0.6, Label.HAIR: 1.0, Label.SKIN: 0.6}
BESIDE_SKIN = {Label.UPPER: 0.8, Label.OUTER: 0.8, Label.DRESS: 0.8}
_CONTRAST = 30.0  # distance in CIELAB by which the two colors must differ at least


def halo(
    photo: np.ndarray, parsing: np.ndarray, off: np.ndarray, unit: float, beside: dict[Label, float]
) -> np.ndarray:
    """Pixels beside something that show its color rather than that of what they are labeled as.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        off: ``(H, W)`` ``bool``, what is beside them: a garment or an arm.
        unit: length of the wearer's torso in pixels.
        beside: labels to look at, with the share of the distance to their own color that a pixel may be from ``off``'s:
            ``BESIDE_CLOTH`` or ``BESIDE_SKIN``.

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
    other = _local_mean(lab, inner, unit)
    to_other = np.linalg.norm(lab - other, axis=2)
    for label, ratio in beside.items():
        own = parsing == label
        band = own & near & ~off
        sure = own & ~near
        if not band.any() or sure.sum() < 50:
            continue
        color = _local_mean(lab, sure, unit)
        closer = to_other < ratio * np.linalg.norm(lab - color, axis=2)
        out[window] |= band & closer & (np.linalg.norm(other - color, axis=2) > _CONTRAST)
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
