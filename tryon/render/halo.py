"""What a label map misses of a garment that is taken off: pixels beside it of its color."""

import cv2
import numpy as np

from tryon.body.body import Body, reduced
from tryon.core.fill import around
from tryon.core.labels import Label, mask_of
from tryon.core.likelihood import color_bins, likelier
from tryon.core.masks import grown

_REACH = 0.06  # torso lengths beside the label in which its color is looked for
_SPREAD = 0.12  # torso lengths over which colors are averaged
# A pixel belongs to what it lies beside when its color is this much closer to that than to what it is labeled as:
# between strands of hair much of the garment shows, while backgrounds have any color.
_BESIDE = {Label.BACKGROUND: 0.6, Label.HAIR: 1.0, Label.SKIN: 0.6}
_CONTRAST = 30.0  # distance in CIELAB by which the two colors must differ at least
_UNIT = 100.0  # length of the torso in pixels at which collars are looked for: patches are large, and this is fast
_BESIDE_CLOTH = 0.2  # torso lengths around cloth in which its parts may have been taken for hair or skin
_BLUR = 2.0, 1.0  # bins by which the histograms of cloth and of all else are blurred


def halo(photo: np.ndarray, parsing: np.ndarray, off: np.ndarray, unit: float) -> np.ndarray:
    """Pixels beside a garment that show its color rather than that of what they are labeled as.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        off: ``(H, W)`` ``bool``, the garment.
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
    other = _local_mean(lab, inner, unit)
    to_other = _distance(lab, other)
    for label, ratio in _BESIDE.items():
        own = parsing == label
        band = own & near & ~off
        sure = own & ~near
        if not band.any() or sure.sum() < 50:
            continue
        color = _local_mean(lab, sure, unit)
        closer = to_other < ratio * _distance(lab, color)
        out[window] |= band & closer & (_distance(other, color) > _CONTRAST)
    return out


def _distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    difference = first - second
    return np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))


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


def cloth_taken_for_wearer(photo: np.ndarray, parsing: np.ndarray, body: Body, cloth: np.ndarray) -> np.ndarray:
    """Pixels labeled as hair, skin, scarf or jewelry with the color of the cloth beside: collars, seen through hair.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        body: of the wearer.
        cloth: ``(H, W)`` ``bool``, the garment.

    Returns:
        ``(H, W)`` ``bool``, below the chin and away from the hands; empty where colors are not known.
    """
    small, labels, body = reduced(photo, parsing, body, _UNIT)
    unit = body.unit
    whole = cv2.resize(cloth.astype(np.uint8), labels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    beside, bins = grown(whole, _BESIDE_CLOTH * unit), color_bins(small)
    found = np.zeros(parsing.shape, bool)
    may = beside & ~body.head & ~grown(body.hands, _REACH * unit)
    # What scarves and jewelry look like is not known: they are told by what is neither hair nor skin.
    hair, skin = (Label.HAIR,), (Label.SKIN,)
    for taken, known in ((hair, hair), (skin, skin), ((Label.SCARF, Label.ACCESSORY), hair + skin)):
        candidates = may & mask_of(labels, *taken)
        unlike = mask_of(labels, *known) & ~may
        # Around it lie pixels of both colors.
        one = grown(likelier(bins, whole, unlike, candidates, _BLUR), 2)
        found |= _enlarged(one, parsing.shape) & mask_of(parsing, *taken)
    return found


def _enlarged(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(mask.astype(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST) > 0
