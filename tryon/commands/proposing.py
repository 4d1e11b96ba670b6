"""What the picture of a product says of it, where its table does not: category and colors."""

from collections.abc import Callable
from pathlib import Path

from tryon.catalog.importing import Proposal
from tryon.catalog.kinds import kind_of
from tryon.catalog.models import Product
from tryon.core.labels import GARMENTS, LOWER_BODY, Label, mask_of
from tryon.pipeline import TryOn
from tryon.read.colors import main_colors
from tryon.read.flat.garment import likely_kind
from tryon.types import Category, Garment

# What of the labels that are carried over is the garment itself.
_OWN: dict[Category, tuple[Label, ...]] = {
    "upper": (Label.UPPER,), "outer": (Label.OUTER,), "dress": (Label.DRESS,), "lower": LOWER_BODY, "outfit": GARMENTS,
}  # fmt: skip
_NAMES: dict[Category, str] = {"upper": "top", "outer": "outerwear", "dress": "dress", "outfit": "outfit"}


def proposer(tryon: TryOn) -> Callable[[Product, Path], Proposal]:
    """What reads the pictures of products.

    The words of a product's title or category say which garment of its picture is meant; where they say none, it is
    what is worn on top, or what lies there.

    Args:
        tryon: the networks.

    Returns:
        For :func:`tryon.catalog.importing.import_into`; raises InputImageError, PersonNotFoundError or
        GarmentNotFoundError where a picture does not show the garment.
    """

    def propose(product: Product, picture: Path) -> Proposal:
        garment = tryon.read_garment(picture, category=kind_of(product))
        source = garment.source
        lying = source.kinds is not None
        cloth = source.parsing > 0 if lying else mask_of(source.parsing, *_OWN[garment.category])
        return Proposal(_name(garment), main_colors(source.photo[cloth]))

    return propose


def _name(garment: Garment) -> str:
    """In words of the shop."""
    if garment.source.kinds is not None:
        return likely_kind(garment.source.kinds, garment.category)[0].name
    if garment.category == "lower":
        skirt, pants = (mask_of(garment.source.parsing, label).sum() for label in (Label.SKIRT, Label.PANTS))
        return "skirt" if skirt > pants else "trousers"
    return _NAMES[garment.category]
