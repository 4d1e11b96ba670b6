"""The pictures of the sample products in ``tryon/samples/shop``: garments on rendered people, some of them lying, too.

``python -m tryon.synth.shop_samples --avatars DIR --makehuman DIR`` makes them again. Names, prices and sizes are in
the table beside them, which is written by hand.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from tryon.core.labels import Label
from tryon.synth import wardrobe
from tryon.synth.backdrop import studio
from tryon.synth.body import BodyShape
from tryon.synth.dressed import DressedPerson, pose_person, random_look, wear
from tryon.synth.flat import Lay, lay_flat
from tryon.synth.outfits import Item
from tryon.synth.poses import STANCES, clear_torso, natural_pose
from tryon.synth.raycast import Light
from tryon.synth.recolor import dyed
from tryon.synth.render import Camera, Render, atlas_labels, render
from tryon.synth.rig import Avatar, Pose, load_avatar
from tryon.synth.samples import SAMPLES
from tryon.synth.wardrobe import Garment

PICTURES = SAMPLES / "shop" / "pictures"
SIZE = (800, 600)
_GROUND = 2  # seed of plain paper and its light
_PAPERS = ((0.86, 0.84, 0.81), (0.82, 0.84, 0.86), (0.85, 0.82, 0.83), (0.81, 0.84, 0.82), (0.88, 0.87, 0.85))
_UPPER, _DRESS, _PANTS, _OUTER = Label.UPPER, Label.DRESS, Label.PANTS, Label.OUTER


@dataclass(frozen=True)
class Worn:
    """A product worn by an avatar of the VALID library."""

    avatar: str
    dye: tuple[Label, tuple[int, int, int]] | None = None
    """The garment that gets another color, and that color, sRGB; as it is, if left out."""


@dataclass(frozen=True)
class Dressed:
    """A product worn by a body in MakeHuman clothes, all of them under CC0."""

    garments: tuple[Garment, ...]
    """From the innermost to the outermost, shoes last."""
    seed: int
    """Of the colors and the cut of the garments."""
    shape: BodyShape


def _garment(garments: tuple[Garment, ...], asset: str, open_front: bool = False) -> Garment:
    return next(one for one in garments if one.asset == asset and one.open_front == open_front)


_TEE = _garment(wardrobe.UPPERS, "male_casualsuit06")
_JEANS = _garment(wardrobe.PANTS, "female_casualsuit01")
_SKIRT = _garment(wardrobe.SKIRTS, "female_elegantsuit01")
_COAT = _garment(wardrobe.OUTERS, "male_casualsuit05")
_SHOES = _garment(wardrobe.SHOES, "shoes04")
_WOMAN = BodyShape(proportions=0.0, weight=0.45, cup=0.4, height=0.45, african=0.1, asian=0.1)
_OTHER = BodyShape(proportions=0.0, weight=0.5, cup=0.4, height=0.42, african=0.1, asian=0.8)

RECIPES: dict[str, Worn | Dressed] = {
    "cotton-tee-navy": Worn("AIAN_M_1_Casual"),
    "cotton-tee-blue": Worn("Hispanic_M_2_Casual"),
    "cotton-tee-white": Worn("Asian_M_2_Casual"),
    "cotton-tee-mustard": Worn("Black_M_2_Casual", (_UPPER, (196, 148, 48))),
    "soft-tee-gray": Worn("Black_F_2_Casual"),
    "soft-tee-rose": Worn("MENA_F_2_Casual", (_UPPER, (196, 120, 132))),
    "ringer-tee": Worn("White_F_1_Casual"),
    "crew-sweater-red": Worn("Asian_F_2_Casual"),
    "crew-sweater-forest": Worn("Asian_F_2_Casual", (_UPPER, (44, 82, 62))),
    "polo-charcoal": Worn("Asian_M_3_Casual"),
    "polo-navy": Worn("Asian_M_1_Casual"),
    "polo-white": Worn("Hispanic_M_3_Casual"),
    "floral-shirt-red": Worn("NHPI_M_1_Casual"),
    "floral-shirt-navy": Worn("MENA_M_1_Casual"),
    "checked-shirt": Worn("MENA_M_2_Casual"),
    "chambray-shirt": Worn("Black_M_1_Casual"),
    "oxford-shirt": Worn("NHPI_M_2_Casual"),
    "blouse-cobalt": Worn("AIAN_F_1_Casual"),
    "blouse-slate": Worn("Black_F_1_Casual"),
    "blouse-cocoa": Worn("MENA_F_1_Casual"),
    "summer-blouse-cream": Worn("Asian_F_1_Casual"),
    "summer-blouse-azure": Worn("White_F_2_Casual"),
    "shift-dress-blue": Worn("White_F_3_Casual"),
    "shift-dress-burgundy": Worn("White_F_3_Casual", (_DRESS, (122, 34, 52))),
    "sheath-dress-umber": Worn("Black_F_3_Casual"),
    "sheath-dress-emerald": Worn("Black_F_3_Casual", (_DRESS, (28, 110, 84))),
    "suit-jacket-black": Worn("Black_M_2_Busi"),
    "blazer-black": Worn("AIAN_F_2_Busi"),
    "blazer-navy": Worn("Black_F_2_Busi"),
    "field-coat-mustard": Dressed((_TEE, _JEANS, _COAT, _SHOES), 3, _WOMAN),
    "field-coat-brown": Dressed((_TEE, _JEANS, _COAT, _SHOES), 71, _OTHER),
    "light-jeans": Worn("MENA_M_3_Casual"),
    "bootcut-jeans": Worn("Asian_F_3_Casual"),
    "chinos-sand": Worn("Black_M_1_Casual", (_UPPER, (226, 224, 218))),
    "jersey-skirt-charcoal": Dressed((_SKIRT, _TEE, _SHOES), 3, _OTHER),
}
"""By the handle of the product."""


def render_product(handle: str, avatars: Path, makehuman: Path) -> Render:
    """Render one of :data:`RECIPES`.

    Args:
        handle: which one.
        avatars: folder of the VALID library's ``.glb`` files.
        makehuman: folder of MakeHuman assets, see :mod:`tryon.synth.makehuman`.

    Raises:
        DataError: an asset is missing or damaged.
        DependencyError: a package of the extra ``train`` is missing.
    """
    number = list(RECIPES).index(handle)
    recipe, rng = RECIPES[handle], np.random.default_rng(number)
    avatar: Avatar
    pose: Pose
    if isinstance(recipe, Worn):
        avatar = load_avatar(avatars / f"{recipe.avatar}.glb", 1024)
        atlas = atlas_labels(avatar.name)
        if recipe.dye:
            avatar = dyed(avatar, atlas, *recipe.dye)
        turns, directions = STANCES["contrapposto" if number % 2 else "standing"](rng)
        pose = clear_torso(avatar, turns | {"Head": np.array((0.04, 0.0, 0.0))}, directions)
    else:
        person = _dress(handle, recipe, rng, makehuman)
        avatar, atlas, pose = pose_person(person, natural_pose(person.figure, "canonical", rng)), person.atlas, {}
    tall = float(np.ptp(avatar.vertices[:, 1]))
    camera = Camera(height=1.25, distance=4.5, target=0.5 * tall + 0.01, span=1.12 * tall)
    light = Light(
        yaw=0.65, elevation=0.85, softness=0.45, key=(0.62, 0.6, 0.57), sky=(0.62, 0.63, 0.66), bounce=(0.42, 0.41, 0.4)
    )
    paper = np.array(_PAPERS[number % len(_PAPERS)])
    backdrop = studio(tuple(paper * 1.05), tuple(paper * 0.92))
    return render(avatar, pose, camera, light, backdrop, atlas, SIZE, samples=3, rays=64, seed=number)


def render_lying(handle: str, makehuman: Path) -> Render:
    """Render the garment of a :class:`Dressed` product as it lies on a ground, of the same cut and color.

    Args:
        handle: which one.
        makehuman: as of :func:`render_product`.

    Raises:
        DataError, DependencyError: as :func:`render_product`.
    """
    recipe, rng = RECIPES[handle], np.random.default_rng(list(RECIPES).index(handle))
    assert isinstance(recipe, Dressed)
    *garments, shoes = recipe.garments
    sold = _COAT if _COAT in garments else _SKIRT
    garments.remove(sold)
    outfit = (*garments, sold, shoes)  # outermost, so that all of it is left
    person = _dress(handle, replace(recipe, garments=outfit), rng, makehuman)
    lay = Lay(arms=(0.9, 0.95), wide=1.1, below=1.1)
    return lay_flat(person, 1 + len(garments), np.random.default_rng(_GROUND), SIZE, lay)


def _dress(handle: str, recipe: Dressed, rng: np.random.Generator, makehuman: Path) -> DressedPerson:
    look = random_look(rng, makehuman, handle, recipe.shape)
    coat = any(one.label == _OUTER for one in recipe.garments)
    return wear(look, [Item(one, recipe.seed, coat) for one in recipe.garments], makehuman, [], None)


def main() -> None:
    """Write the pictures of all products, or of those that are named."""
    parser = argparse.ArgumentParser(description="Render the pictures of the sample products.")
    parser.add_argument("--avatars", type=Path, required=True, help="folder of .glb files of the VALID library")
    parser.add_argument("--makehuman", type=Path, required=True, help="folder of MakeHuman assets")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("handles", nargs="*", default=list(RECIPES))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for handle in args.handles:
        picture = render_product(handle, args.avatars, args.makehuman)
        Image.fromarray(picture.image).save(args.out / f"{handle}.jpg", quality=86, optimize=True)
        if isinstance(RECIPES[handle], Dressed):
            lying = render_lying(handle, args.makehuman)
            Image.fromarray(lying.image).save(args.out / f"{handle}-lying.jpg", quality=86, optimize=True)


if __name__ == "__main__":
    main()
