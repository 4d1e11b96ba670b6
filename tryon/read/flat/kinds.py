"""The kinds of garments that are told apart in a photo without a wearer."""

from typing import NamedTuple

from tryon.core.labels import Label
from tryon.types import Category


class Kind(NamedTuple):
    """A kind of garment."""

    name: str
    """As the shop writes it."""
    folder: str
    """As the data set of flat garments names its folder."""
    category: Category
    label: Label


KINDS = (
    Kind("dress", "dress", "dress", Label.DRESS),
    Kind("long sleeve", "longsleeve", "upper", Label.UPPER),
    Kind("outerwear", "outwear", "outer", Label.OUTER),
    Kind("trousers", "pants", "lower", Label.PANTS),
    Kind("shirt", "shirt", "upper", Label.UPPER),
    Kind("shorts", "shorts", "lower", Label.PANTS),
    Kind("skirt", "skirt", "lower", Label.SKIRT),
    Kind("t-shirt", "t-shirt", "upper", Label.UPPER),
)
WORN, NEITHER = len(KINDS), len(KINDS) + 1
"""Classes after the kinds: somebody wears what is shown, and there is no garment."""
NUM_CLASSES = len(KINDS) + 2
