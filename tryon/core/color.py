"""Colors as a picture's file means them, brought to sRGB.

What a file says of its colors counts in the order of the PNG specification: coding-independent code points (cICP; nclx
in HEIC), an ICC profile, "this is sRGB", and last a gamma and chromaticities. Without any of them the colors are sRGB.
"""

import io
from collections.abc import Sequence
from typing import cast

import numpy as np
from PIL import Image, ImageCms

# Chromaticities x, y of white, red, green and blue.
_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_D65, _DCI_WHITE = _SRGB[:2], (0.314, 0.351)
_P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
# By the numbers of ITU-T H.273, table 2. All others are taken for those of sRGB.
_PRIMARIES: dict[int, tuple[float, ...]] = {
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (*_DCI_WHITE, *_P3),
    12: (*_D65, *_P3),
}
_GAMMA_22, _GAMMA_28, _LINEAR, _PQ, _HLG = 4, 5, 8, 16, 18  # table 3; all others are taken for that of sRGB
_FROM_VIDEO = [min(max(round((level - 16) * 255 / 219), 0), 255) for level in range(256)]
_WHITE_NITS = 203  # of paper in a picture of high dynamic range (ITU-R BT.2408); what is brighter becomes white
_HLG_PEAK_NITS = 1000
_BRADFORD = np.array(((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296)))
_SRGB_GAMMA = 0.45455  # what PNG writers give for the curve of sRGB, although that is no power
_SAME_LEVELS = 2  # of 255, by which conversions of the same color may differ: profiles of sRGB are rounded differently


def to_srgb(image: Image.Image) -> Image.Image:
    """A picture without transparency, of the modes ``L``, ``RGB``, ``CMYK`` or ``LAB``, as ``RGB`` in sRGB.

    Pixels that are sRGB already are not changed. Descriptions that are broken, or of other channels than the picture
    has, are ignored as browsers do. The description is taken from ``image.info``; ``cicp`` there is a pair of numbers
    and whether the values go from 0 to 255: those of video go from 16 to 235.
    """
    info = image.info
    if image.mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        return cast(
            Image.Image, ImageCms.profileToProfile(image, lab, ImageCms.createProfile("sRGB"), outputMode="RGB")
        )
    cicp = info.get("cicp")
    if cicp is None and info.get("icc_profile"):
        return _apply_profile(image, info["icc_profile"]).convert("RGB")
    image = image.convert("RGB")
    if cicp is not None:
        primaries, transfer, full_range = cicp
        image = image if full_range else image.point(_FROM_VIDEO * 3)
        return _apply_curves(image, _linear(transfer), _PRIMARIES.get(primaries, _SRGB))
    if "srgb" in info:
        return image
    gamma, chromaticity = info.get("gamma", _SRGB_GAMMA), info.get("chromaticity", _SRGB)
    curve = None if gamma <= 0 or abs(gamma - _SRGB_GAMMA) < 1e-3 else np.linspace(0, 1, 256) ** (1 / gamma)
    return _apply_curves(image, curve, chromaticity)


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        # Converting sRGB to itself would only round.
        if image.mode == "RGB" and _converts_nothing(opened, srgb):
            return image
        converted = ImageCms.profileToProfile(image, opened, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if converted is None else converted


def _converts_nothing(profile: ImageCms.ImageCmsProfile, srgb: ImageCms.core.CmsProfile) -> bool:
    """Whether a profile, whatever its name is, has the curves and primaries of sRGB: it leaves ramps as they are."""
    ramps = np.arange(256, dtype=np.uint8)[:, None] * np.array(((1, 1, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1)))[:, None]
    probe = Image.fromarray(ramps.astype(np.uint8))
    converted = ImageCms.profileToProfile(probe, profile, srgb, outputMode="RGB")
    return converted is not None and np.abs(np.asarray(converted, int) - ramps).max() <= _SAME_LEVELS


def _linear(transfer: int) -> np.ndarray | None:
    """``(256,)`` linear light for each level, 1 is white; ``None`` for the curve of sRGB."""
    level = np.linspace(0, 1, 256)
    if transfer in (_GAMMA_22, _GAMMA_28, _LINEAR):
        return level ** {_GAMMA_22: 2.2, _GAMMA_28: 2.8, _LINEAR: 1.0}[transfer]
    if transfer == _PQ:
        root = level ** (1 / 78.84375)
        nits = 10_000 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
        return nits / _WHITE_NITS
    if transfer == _HLG:
        scene = np.where(level <= 0.5, level**2 / 3, (np.exp((level - 0.55991073) / 0.17883277) + 0.28466892) / 12)
        return _HLG_PEAK_NITS / _WHITE_NITS * scene**1.2
    return None


def _apply_curves(image: Image.Image, linear: np.ndarray | None, chromaticity: Sequence[float]) -> Image.Image:
    """``RGB`` from other curves and primaries; ``linear`` as from :func:`_linear`."""
    matrix = _to_srgb_primaries(chromaticity)
    if linear is None and matrix is None:
        return image
    if linear is None:
        level = np.linspace(0, 1, 256)
        linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    light = np.linspace(0, 1, 65536)
    encoded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    levels = (255 * encoded + 0.5).astype(np.uint8)
    pixels = np.array(image)
    for start in range(0, len(pixels), 256):  # in strips: linear light takes eight times the memory
        strip = linear[pixels[start : start + 256]]
        if matrix is not None:
            strip = strip @ matrix.T
        pixels[start : start + 256] = levels[(65535 * np.clip(strip, 0, 1) + 0.5).astype(np.uint16)]
    return Image.fromarray(pixels)


def _to_srgb_primaries(chromaticity: Sequence[float]) -> np.ndarray | None:
    """``(3, 3)`` from linear RGB of these primaries to that of sRGB; ``None`` for the same, or for none that can be."""
    if len(chromaticity) != len(_SRGB) or np.allclose(chromaticity, _SRGB, atol=1e-3) or min(chromaticity[1::2]) <= 0:
        return None
    (ours, our_white), (theirs, their_white) = _to_xyz(_SRGB), _to_xyz(chromaticity)
    if abs(np.linalg.det(theirs)) < 1e-6:
        return None
    adapted = np.diag((_BRADFORD @ our_white) / (_BRADFORD @ their_white))
    return np.linalg.inv(ours) @ np.linalg.inv(_BRADFORD) @ adapted @ _BRADFORD @ theirs


def _to_xyz(chromaticity: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """``(3, 3)`` from linear RGB to XYZ, and XYZ of white."""
    x, y = np.reshape(chromaticity, (4, 2)).T
    xyz = np.stack((x / y, np.ones(4), (1 - x - y) / y))
    white, primaries = xyz[:, 0], xyz[:, 1:]
    if abs(np.linalg.det(primaries)) < 1e-6:
        return np.zeros((3, 3)), white
    return primaries * np.linalg.solve(primaries, white), white
