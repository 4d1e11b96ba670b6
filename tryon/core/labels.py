"""The 14 classes of a label map, and maps from the label lists of public data sets.

A label map is a ``uint8`` array ``(H, W)`` of :class:`Label` values. A face is skin; eyes and mouth too.
"""

from enum import IntEnum

import numpy as np


class Label(IntEnum):
    BACKGROUND = 0
    HAT = 1
    HAIR = 2
    SKIN = 3
    UPPER = 4
    """Worn next to the skin on the upper body: shirt, T-shirt, blouse, sweater."""
    OUTER = 5
    """Worn over it: coat, jacket, blazer, cardigan."""
    DRESS = 6
    SKIRT = 7
    PANTS = 8
    LEGWEAR = 9
    """Socks, stockings and tights."""
    SHOES = 10
    BAG = 11
    SCARF = 12
    """Scarfs and ties."""
    ACCESSORY = 13


NUM_LABELS = len(Label)
GARMENTS = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
LOWER_BODY = (Label.SKIRT, Label.PANTS)
"""Stockings are no garment: neither carried over nor taken off, they lie on the legs like skin."""
UNKNOWN = 255
"""In label maps to train on: a pixel of which nobody knows the class; no loss counts it."""

# Colors for pictures of label maps, RGB: close for what is worn together, far apart for what touches.
PALETTE = np.array(
    [
        (32, 32, 36), (230, 120, 40), (120, 72, 40), (245, 200, 170), (66, 135, 245), (30, 70, 150),
        (200, 70, 160), (160, 90, 220), (40, 160, 120), (150, 200, 180), (220, 60, 60), (240, 200, 60),
        (120, 220, 240), (170, 170, 170),
    ],
    dtype=np.uint8,
)  # fmt: skip

_B, _HAT, _HAIR, _SKIN, _UP, _OUT, _DRESS, _SKIRT, _PANTS, _LEGW, _SHOES, _BAG, _SCARF, _ACC = (
    int(label) for label in Label
)

# Each tuple is indexed by the label of the data set and gives ours.
CCP_TO_LABEL = (
    _B, _ACC, _BAG, _ACC, _OUT, _UP, _UP, _SHOES, _UP, _ACC, _OUT, _OUT, _SHOES, _OUT, _DRESS, _ACC, _SHOES, _ACC,
    _ACC, _HAIR, _HAT, _SHOES, _UP, _UP, _OUT, _PANTS, _UP, _PANTS, _SHOES, _ACC, _PANTS, _PANTS, _SHOES, _BAG, _ACC,
    _DRESS, _SHOES, _SCARF, _UP, _SHOES, _PANTS, _SKIN, _SKIRT, _SHOES, _LEGW, _LEGW, _OUT, _ACC, _UP, _UP, _UP, _UP,
    _SCARF, _LEGW, _UP, _UP, _BAG, _ACC, _SHOES,
)  # fmt: skip
"""Clothing Co-Parsing, 59 labels (Yang, Luo, Lin, CVPR 2014)."""

CCP_NAMES = (
    "null", "accessories", "bag", "belt", "blazer", "blouse", "bodysuit", "boots", "bra", "bracelet", "cape",
    "cardigan", "clogs", "coat", "dress", "earrings", "flats", "glasses", "gloves", "hair", "hat", "heels", "hoodie",
    "intimate", "jacket", "jeans", "jumper", "leggings", "loafers", "necklace", "panties", "pants", "pumps", "purse",
    "ring", "romper", "sandals", "scarf", "shirt", "shoes", "shorts", "skin", "skirt", "sneakers", "socks",
    "stockings", "suit", "sunglasses", "sweater", "sweatshirt", "swimwear", "t-shirt", "tie", "tights", "top", "vest",
    "wallet", "watch", "wedges",
)  # fmt: skip
"""What Clothing Co-Parsing calls them."""

LIP_TO_LABEL = (
    _B, _HAT, _HAIR, _ACC, _ACC, _UP, _DRESS, _OUT, _LEGW, _PANTS, _DRESS, _SCARF, _SKIRT, _SKIN, _SKIN, _SKIN,
    _SKIN, _SKIN, _SHOES, _SHOES,
)  # fmt: skip
"""Look Into Person, 20 labels; jumpsuits (10) count as a dress."""

CIHP_TO_LABEL = (*LIP_TO_LABEL[:10], _SKIN, *LIP_TO_LABEL[11:])
"""Crowd Instance-level Human Parsing, 20 labels: LIP's, but 10 is the skin of the torso and neck."""

ATR_TO_LABEL = (
    _B, _HAT, _HAIR, _ACC, _UP, _SKIRT, _PANTS, _DRESS, _ACC, _SHOES, _SHOES, _SKIN, _SKIN, _SKIN, _SKIN, _SKIN,
    _BAG, _SCARF,
)  # fmt: skip
"""ATR, 18 labels."""


def remap(label_map: np.ndarray, table: tuple[int, ...]) -> np.ndarray:
    """Translate the label map of a data set.

    Args:
        label_map: ``(H, W)`` integers, each an index into ``table``.
        table: one of the ``*_TO_LABEL`` tuples.

    Returns:
        ``(H, W)`` ``uint8`` of :class:`Label` values.

    Raises:
        ValueError: a label lies outside the table.
    """
    if label_map.size and (label_map.min() < 0 or label_map.max() >= len(table)):
        outside = label_map[(label_map < 0) | (label_map >= len(table))]
        raise ValueError(
            f"label {int(outside[0])} lies outside the {len(table)} labels of this data set; "
            "is the label map of another kind?"
        )
    return np.asarray(table, np.uint8)[label_map]


def lone_garment(label_map: np.ndarray) -> Label | None:
    """The class of a garment that is shown without a wearer; ``None`` where there is anything besides it."""
    found = set(np.unique(label_map).tolist()) - {Label.BACKGROUND, UNKNOWN}
    return Label(found.pop()) if len(found) == 1 and found <= set(GARMENTS) else None


def mask_of(label_map: np.ndarray, *labels: int) -> np.ndarray:
    """``(H, W)`` ``bool``: where ``label_map`` holds one of ``labels``."""
    return np.isin(label_map, labels)
