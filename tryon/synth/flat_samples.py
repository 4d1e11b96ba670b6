"""The sample garments that nobody wears, in ``tryon/samples/flat``, of MakeHuman's clothes under CC0.

``python -m tryon.synth.flat_samples --makehuman DIR`` makes them again.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tryon.body import skeleton as sk
from tryon.core.labels import UNKNOWN, Label
from tryon.synth import wardrobe
from tryon.synth.body import BodyShape
from tryon.synth.dressed import random_look, wear
from tryon.synth.flat import Lay, lay_flat
from tryon.synth.outfits import Item
from tryon.synth.render import Render
from tryon.synth.samples import SAMPLES
from tryon.synth.wardrobe import Garment

PICTURES = SAMPLES / "flat"
SIZE = (800, 600)
_WOMAN = BodyShape(proportions=0.0, weight=0.45, cup=0.35, height=0.45, african=0.1, asian=0.1)
_MAN = BodyShape(female=False, proportions=0.0, weight=0.45, height=0.45, african=0.1, asian=0.1)
_WOOD, _STEEL = (176, 132, 88), (150, 152, 156)


@dataclass(frozen=True)
class Recipe:
    """How one sample picture is made."""

    below: tuple[Garment, ...]
    """What the garment was fitted over, from inside to outside; it is not seen."""
    garment: Garment
    cut: int
    """Seed of cut and color."""
    place: int
    """Seed of light, ground and distance."""
    shape: BodyShape
    """On which the garment was fitted."""
    lay: Lay
    hanger: bool = False
    """Hangs on one."""


def _garment(garments: tuple[Garment, ...], asset: str) -> Garment:
    return next(one for one in garments if one.asset == asset and not one.open_front)


_TEE = _garment(wardrobe.UPPERS, "male_casualsuit06")
_JEANS = _garment(wardrobe.PANTS, "male_casualsuit02")
_SKIRT = _garment(wardrobe.SKIRTS, "female_elegantsuit01")
_SHIRT = _garment(wardrobe.UPPERS, "female_elegantsuit01")
_DRESS = replace(_garment(wardrobe.DRESSES, "female_casualsuit01"), flat=True)  # without the asset's print
_COAT = _garment(wardrobe.OUTERS, "male_casualsuit05")
_SHOES = Item(_garment(wardrobe.SHOES, "shoes04"), 3)

RECIPES = {
    "tshirt_on_wood": Recipe((_JEANS,), _TEE, 14, 24, _MAN, Lay(arms=(0.75, 0.7), turn=0.03, wide=1.1, below=1.1)),
    "skirt_on_cloth": Recipe((_TEE,), _SKIRT, 14, 8, _WOMAN, Lay(turn=-0.04)),
    "trousers_on_paper": Recipe((_TEE,), _JEANS, 5, 2, _MAN, Lay(legs=0.06, turn=0.02, wide=1.1, below=1.1)),
    "coat_as_worn": Recipe((_TEE, _JEANS), _COAT, 12, 2, _MAN, Lay(arms=(1.25, 1.2), depth=0.8)),
    "dress_as_worn": Recipe((), _DRESS, 12, 24, _WOMAN, Lay(arms=(1.1, 1.1), depth=0.8)),
    "shirt_on_hanger": Recipe((_JEANS,), _SHIRT, 6, 1, _WOMAN, Lay(arms=(1.25, 1.3), depth=0.35), hanger=True),
}
"""By the name of the picture."""


def render_garment(name: str, makehuman: Path) -> np.ndarray:
    """The picture ``(800, 600, 3)`` ``uint8`` RGB of one of :data:`RECIPES`.

    Args:
        name: which one.
        makehuman: folder of MakeHuman assets, see :mod:`tryon.synth.makehuman`.

    Raises:
        DataError: an asset is missing or damaged.
        DependencyError: a package of the extra ``train`` is missing.
    """
    recipe = RECIPES[name]
    look = random_look(np.random.default_rng(0), makehuman, name, recipe.shape)
    coat = recipe.garment.label == Label.OUTER
    under = [Item(one, recipe.cut, under_coat=coat) for one in recipe.below]
    person = wear(look, [*under, Item(recipe.garment, recipe.cut), _SHOES], makehuman, [], None)
    picture = lay_flat(person, 1 + len(under), np.random.default_rng(recipe.place), SIZE, recipe.lay)
    return _hung(picture) if recipe.hanger else picture.image


def _hung(picture: Render) -> np.ndarray:
    """The picture with a hanger in the garment, seen above it and in its neckline."""
    neck, right, left = picture.keypoints[[sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER], :2].astype(float)
    wide = float(np.linalg.norm(left - right))
    drawn = picture.image.copy()
    down = np.array((0, 0.05 * wide))
    joint, ends = neck - down, (right + down, left + down)

    def line(points: np.ndarray, color: tuple[int, int, int], share: float) -> None:
        corners = np.round(points * 16).astype(np.int32)
        cv2.polylines(drawn, [corners], False, color, round(share * wide), cv2.LINE_AA, 4)

    angles = np.radians(np.linspace(90, -180, 40))
    radius = 0.09 * wide
    top = joint - (0, 0.42 * wide)
    hook = top - (0, radius) + radius * np.stack((np.cos(angles), np.sin(angles)), 1)
    line(np.stack((ends[0], joint, ends[1])), _WOOD, 0.06)
    line(np.concatenate(([joint], [top], hook)), _STEEL, 0.018)
    cloth = (picture.parsing > 0) & (picture.parsing != UNKNOWN)
    hidden = cv2.GaussianBlur(cloth.astype(np.float32), (0, 0), 0.8)[..., None]
    return np.round(hidden * picture.image + (1 - hidden) * drawn).astype(np.uint8)


def main() -> None:
    """Write the pictures of all garments, or of those that are named."""
    parser = argparse.ArgumentParser(description="Render the sample garments that nobody wears.")
    parser.add_argument("--makehuman", type=Path, required=True, help="folder of MakeHuman assets")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("names", nargs="*", default=list(RECIPES))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.names:
        picture = render_garment(name, args.makehuman)
        Image.fromarray(picture).save(args.out / f"{name}.jpg", quality=88, optimize=True)


if __name__ == "__main__":
    main()
