"""What somebody wears: random choices from the wardrobe, their cut, color and order."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.synth import fabric, wardrobe
from tryon.synth.drape import Cloth, hang_skirt
from tryon.synth.wardrobe import Garment

HANGING = (Label.DRESS, Label.SKIRT, Label.OUTER)
"""What is pushed off the legs in every pose."""


@dataclass(frozen=True)
class Item:
    """A garment in a cut and color of its own, which are the same on every body."""

    garment: Garment
    seed: int
    """Decides about cut and color."""
    under_coat: bool = False
    """Cut narrow, because a coat goes over it."""


def choose_outfit(rng: np.random.Generator, female: bool, held_out: bool) -> list[Item]:
    """Garments from the innermost to the outermost, shoes last: always a dress, or something above and below.

    Args:
        rng: chooses.
        female: whose clothes; nearly all dresses and skirts among the assets are cut for women.
        held_out: take mostly those that are kept for validation, and at least one; else none of them.

    Raises:
        DataError: no such outfit is found.
    """
    for _ in range(50):
        if female and rng.random() < 0.45:
            outfit = [_choose(rng, wardrobe.DRESSES, female, held_out)]
        else:
            lower = _lower(rng, female)
            outfit = [_choose(rng, wardrobe.UPPERS, female, held_out), _choose(rng, lower, female, held_out)]
            if rng.random() < 0.5:
                outfit.reverse()  # worn over the waistband instead of tucked in
        coat = not any(g.wide for g in outfit) and rng.random() < (0.3 if female else 0.45)
        if coat:
            outer = _choose(rng, wardrobe.OUTERS, female, held_out)
            if outer.asset == wardrobe.SUIT_SHIRT[0].asset:
                outfit = [*wardrobe.SUIT_SHIRT, next(g for g in wardrobe.PANTS if g.asset == outer.asset)]
            outfit.append(outer)
        if rng.random() < 0.97:
            shoes = _choose(rng, wardrobe.SHOES, female, held_out)
            socks = [g for g in wardrobe.SOCKS if g.asset == shoes.asset and rng.random() < 0.5]
            outfit = [*socks, *outfit, shoes]
        if any(g.held_out for g in outfit) == held_out:
            return [Item(g, int(rng.integers(2**32)), coat) for g in outfit]
    raise DataError("no outfit with a held-out garment was found; expected one in every part of the wardrobe")


def exchange(
    rng: np.random.Generator, outfit: list[Item], female: bool, held_out: bool
) -> tuple[list[Item], int] | None:
    """Another garment in place of the one that is worn over all others, shoes aside; the others stay as they are.

    A coat gives way to a coat; trousers, a skirt or a top give way to another, or, on women, together with what is
    worn below or above to a dress; a dress gives way to another, or to a top, with which a skirt or trousers are worn.

    Args:
        rng: chooses.
        outfit: of :func:`choose_outfit`.
        female: whose clothes.
        held_out: whether the new outfit has to have a garment that is kept for validation; else it has none.

    Returns:
        The new outfit and the place of the new garment in it; ``None`` for a suit, of whose shirt and tie nothing is
        there under the jacket, and where chance chose the same asset again, or no garment that will do.
    """
    body = [item for item in outfit if item.garment.label not in (Label.SHOES, Label.LEGWEAR)]
    inner, top = body[:-1], body[-1].garment
    kinds: list[tuple[Garment, ...]]
    if top.label == Label.OUTER:
        kinds = [wardrobe.OUTERS]
    elif female and rng.random() < (0.6 if top.label == Label.DRESS else 0.25):
        inner, kinds = [], [wardrobe.DRESSES]
    elif top.label == Label.DRESS:
        kinds = [_lower(rng, female), wardrobe.UPPERS]
    else:
        kinds = [wardrobe.UPPERS if top.label == Label.UPPER else _lower(rng, female)]
    new = [Item(_choose(rng, kind, female, held_out), int(rng.integers(2**32)), body[-1].under_coat) for kind in kinds]
    suit = top.label == Label.OUTER and wardrobe.SUIT_SHIRT[0].asset in (top.asset, new[-1].garment.asset)
    if suit or new[-1].garment.asset == top.asset:
        return None
    start = outfit.index(body[0])
    changed = [*outfit[:start], *inner, *new, *outfit[start + len(body) :]]
    if any(item.garment.held_out for item in changed) != held_out:
        return None
    return changed, start + len(inner) + len(new) - 1


def _lower(rng: np.random.Generator, female: bool) -> tuple[Garment, ...]:
    return wardrobe.SKIRTS if female and rng.random() < 0.6 else wardrobe.PANTS


def _choose(rng: np.random.Generator, garments: tuple[Garment, ...], female: bool, held_out: bool) -> Garment:
    fitting = [g for g in garments if ("f" if female else "m") in g.sex]
    wanted = [g for g in fitting if g.held_out] if held_out and rng.random() < 0.7 else []
    wanted = wanted or [g for g in fitting if not g.held_out]
    return wanted[rng.integers(len(wanted))]


def choose_tights(rng: np.random.Generator, outfit: list[Item], female: bool) -> int | None:
    """A seed for tights, now and then, for women whose legs are bare, in shoes without socks."""
    worn = [item.garment for item in outfit]
    bare = not any(g.label == Label.LEGWEAR or (g.label == Label.PANTS and g.asset != "ShortJeans") for g in worn)
    if female and bare and worn[-1].label == Label.SHOES and rng.random() < 0.4:
        return int(rng.integers(2**32))
    return None


def put_on(folder: Path, item: Item, body: np.ndarray, joints: np.ndarray, swatches: list[np.ndarray]) -> Cloth:
    """A garment in its cut and color on a shaped body at rest.

    Args:
        folder: of MakeHuman assets.
        item: the garment.
        body: ``(19158, 3)`` of :func:`tryon.synth.body.shape_body`.
        joints: ``(J, 3)`` of the body.
        swatches: pieces of cloth of :func:`tryon.synth.fabric.read_swatches`; may be empty.

    Raises:
        DataError: the asset is missing or damaged.
    """
    cloth = wardrobe.make(folder, item.garment, body)
    if item.garment in wardrobe.SUIT_SHIRT:
        return cloth
    rng = np.random.default_rng(item.seed)
    cloth = _tailor(cloth, item.garment, joints, item.under_coat, rng)
    return replace(cloth, texture=fabric.recolor(cloth.texture, rng, _kind(item.garment, rng), swatches))


def _tailor(cloth: Cloth, garment: Garment, joints: np.ndarray, under_coat: bool, rng: np.random.Generator) -> Cloth:
    """Random sleeves, length and width; narrow, if a coat goes over it."""
    if garment.open_front:
        cloth = wardrobe.open_front(cloth, rng.uniform(0.06, 0.2))
    reach = np.abs(cloth.canonical[:, 0]).max()
    if reach > 0.36 and garment.label != Label.OUTER and rng.random() < 0.4:
        cloth = wardrobe.shorten_sleeves(cloth, rng.uniform(0.08, 0.32))
    skirted = garment.label in (Label.DRESS, Label.SKIRT)
    own = wardrobe.hem_of(cloth)
    if skirted or (garment.label == Label.OUTER and rng.random() < 0.6):
        hem = own if own < -0.15 and rng.random() < 0.3 else rng.choice((-0.17, -0.3, -0.45, -0.6))
        hem = float(hem + rng.uniform(-0.05, 0.05)) if skirted else max(float(hem), -0.5)
        wide = skirted and not garment.wide and not under_coat and rng.random() < 0.55
        flare = rng.uniform(0.3, 1.1) if wide else 0.0 if garment.wide else rng.uniform(-0.05, 0.2)
        folds = rng.uniform(0.0, 0.02) * (1.0 if wide else 0.3)
        cloth = wardrobe.let_down(cloth, joints, hem, flare, folds, rng.uniform(0, 6.3))
        own = hem
    return hang_skirt(cloth, float(joints[0, 1])) if own < -0.05 and garment.label in HANGING else cloth


def _kind(garment: Garment, rng: np.random.Generator) -> str:
    if garment.flat:
        return "flat"
    if garment.denim or garment.label == Label.SHOES:
        return "denim" if garment.denim else "leather"
    return "plain" if rng.random() < (0.8 if garment.label == Label.PANTS else 0.2) else "cloth"
