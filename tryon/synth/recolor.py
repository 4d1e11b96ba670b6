"""Other colors and fabrics for the clothes of an avatar, put into its texture. Labels stay as they are."""

from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.datasets.flat_garments import is_held_out
from tryon.synth.rig import Avatar

GARMENTS = (
    Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.LEGWEAR, Label.SHOES, Label.SCARF,
)  # fmt: skip
"""What is colored anew, each label by itself."""
_FABRICS = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
_CROP = 256  # pixels of a side of a fabric


def fabric_photos(folder: Path, split: str) -> list[Path]:
    """Photos of garments below a folder that belong to a split; every fifth, by its name, is kept for validation.

    Args:
        folder: searched for .jpg, .jpeg and .png files, also in its folders.
        split: ``train``, ``val`` or ``all``.

    Raises:
        DataError: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = [path for path in found if split == "all" or (split == "val") == is_held_out(path)]
    if not chosen:
        raise DataError(f"no .jpg or .png photos of garments for {split} in {folder}; give a folder with such photos")
    return chosen


@lru_cache(maxsize=128)
def _fabric(path: Path) -> np.ndarray:
    """``(256, 256, 3)`` ``float32`` in [0, 1]: the middle of a photo, where the garment lies."""
    picture = photo.load(path)
    height, width = picture.shape[:2]
    half = round(0.17 * min(height, width))
    middle = picture[height // 2 - half : height // 2 + half, width // 2 - half : width // 2 + half]
    return cv2.resize(middle, (_CROP, _CROP), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def recolor(avatar: Avatar, atlas: np.ndarray, rng: np.random.Generator, fabrics: list[Path]) -> Avatar:
    """The avatar with some of its garments in other colors, or made of the fabric of a photo.

    Folds and seams of the texture stay: they are taken from its brightness.

    Args:
        avatar: the person; its body texture comes first.
        atlas: ``(N, N)`` labels of the body texture.
        rng: decides about each garment: a quarter stay.
        fabrics: photos of garments whose middle is used; without any, garments change their color only.
    """
    place = avatar.mesh_textures[0]
    texture = avatar.textures[place].copy()
    texels = texture.reshape(-1, 4)
    labels = cv2.resize(atlas, texture.shape[1::-1], interpolation=cv2.INTER_NEAREST).ravel()
    for label in GARMENTS:
        here = np.flatnonzero(labels == label)
        if not len(here) or rng.random() < 0.25:
            continue
        colors = texels[here, :3].astype(np.float32) / 255
        if fabrics and label in _FABRICS and rng.random() < 0.4:
            fabric = _fabric(fabrics[rng.integers(len(fabrics))])
            repeat = rng.uniform(0.15, 0.5) * len(texture)  # texels of one copy
            row, column = np.divmod(here, texture.shape[1])
            across, down = (_mirrored((axis + rng.uniform(0, 2) * repeat) / repeat) for axis in (column, row))
            colors = fabric[down, across] * _folds(colors)
        else:
            saturation = np.ptp(colors[::16], axis=1).mean()
            colors = _shifted(colors, rng) if saturation > 0.1 and rng.random() < 0.6 else _dyed(colors, rng)
        texels[here, :3] = np.clip(colors * 255, 0, 255)
    textures = tuple(texture if i == place else old for i, old in enumerate(avatar.textures))
    return avatar.with_textures(textures)


def dyed(avatar: Avatar, atlas: np.ndarray, label: Label, color: tuple[int, int, int]) -> Avatar:
    """The avatar with one garment in a color, folds and seams kept.

    Args:
        avatar: the person; its body texture comes first.
        atlas: ``(N, N)`` labels of the body texture.
        label: the garment.
        color: sRGB, 0 to 255.
    """
    place = avatar.mesh_textures[0]
    texture = avatar.textures[place].copy()
    texels = texture.reshape(-1, 4)
    here = cv2.resize(atlas, texture.shape[1::-1], interpolation=cv2.INTER_NEAREST).ravel() == label
    texels[here, :3] = np.clip(np.array(color) * _folds(texels[here, :3].astype(np.float32) / 255), 0, 255)
    return avatar.with_textures(tuple(texture if i == place else old for i, old in enumerate(avatar.textures)))


def _mirrored(place: np.ndarray) -> np.ndarray:
    """Pixels of a fabric that is laid side by side with its mirror image, for places in copies."""
    return np.minimum(np.abs(np.mod(place, 2) - 1) * _CROP, _CROP - 1).astype(int)


def _folds(colors: np.ndarray) -> np.ndarray:
    """``(N, 1)`` brightness of folds, 1 in the middle."""
    brightness = colors @ np.array((0.299, 0.587, 0.114), np.float32)
    middle = np.median(brightness)
    return np.clip(1 + (brightness - middle) / max(float(middle), 0.25), 0.35, 1.6)[:, None]


def _dyed(colors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One color, from black over gray and bright to white."""
    hue, saturation, value = rng.uniform(0, 360), rng.beta(1.2, 2), rng.uniform(0.08, 0.95)
    color = cv2.cvtColor(np.array([[[hue, saturation, value]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0]
    return color * _folds(colors)


def _shifted(colors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every hue turned by the same angle, lighter or darker."""
    values = cv2.cvtColor(colors[None], cv2.COLOR_RGB2HSV)[0]
    values[:, 0] = np.mod(values[:, 0] + rng.uniform(0, 360), 360)
    values[:, 1] *= rng.uniform(0.6, 1.2)
    values[:, 2] = values[:, 2] ** rng.uniform(0.6, 1.6)
    return cv2.cvtColor(np.clip(values, 0, (360, 1, 1)).astype(np.float32)[None], cv2.COLOR_HSV2RGB)[0]
