"""The tables against the label lists of the data sets, written out by name."""

import numpy as np
import pytest

from tryon.core.labels import (
    ATR_TO_LABEL,
    CCP_TO_LABEL,
    CIHP_TO_LABEL,
    LIP_TO_LABEL,
    NUM_LABELS,
    PALETTE,
    UNKNOWN,
    Label,
    lone_garment,
    mask_of,
    remap,
)

CCP = (
    ("null", "background"), ("accessories", "accessory"), ("bag", "bag"), ("belt", "accessory"), ("blazer", "outer"),
    ("blouse", "upper"), ("bodysuit", "upper"), ("boots", "shoes"), ("bra", "upper"), ("bracelet", "accessory"),
    ("cape", "outer"), ("cardigan", "outer"), ("clogs", "shoes"), ("coat", "outer"), ("dress", "dress"),
    ("earrings", "accessory"), ("flats", "shoes"), ("glasses", "accessory"), ("gloves", "accessory"),
    ("hair", "hair"), ("hat", "hat"), ("heels", "shoes"), ("hoodie", "upper"), ("intimate", "upper"),
    ("jacket", "outer"), ("jeans", "pants"), ("jumper", "upper"), ("leggings", "pants"), ("loafers", "shoes"),
    ("necklace", "accessory"), ("panties", "pants"), ("pants", "pants"), ("pumps", "shoes"), ("purse", "bag"),
    ("ring", "accessory"), ("romper", "dress"), ("sandals", "shoes"), ("scarf", "scarf"), ("shirt", "upper"),
    ("shoes", "shoes"), ("shorts", "pants"), ("skin", "skin"), ("skirt", "skirt"), ("sneakers", "shoes"),
    ("socks", "legwear"), ("stockings", "legwear"), ("suit", "outer"), ("sunglasses", "accessory"),
    ("sweater", "upper"), ("sweatshirt", "upper"), ("swimwear", "upper"), ("t-shirt", "upper"), ("tie", "scarf"),
    ("tights", "legwear"), ("top", "upper"), ("vest", "upper"), ("wallet", "bag"), ("watch", "accessory"),
    ("wedges", "shoes"),
)  # fmt: skip
LIP = (
    ("background", "background"), ("hat", "hat"), ("hair", "hair"), ("glove", "accessory"),
    ("sunglasses", "accessory"), ("upper-clothes", "upper"), ("dress", "dress"), ("coat", "outer"),
    ("socks", "legwear"), ("pants", "pants"), ("jumpsuits", "dress"), ("scarf", "scarf"), ("skirt", "skirt"),
    ("face", "skin"), ("left-arm", "skin"), ("right-arm", "skin"), ("left-leg", "skin"), ("right-leg", "skin"),
    ("left-shoe", "shoes"), ("right-shoe", "shoes"),
)  # fmt: skip
CIHP = (*LIP[:10], ("torso-skin", "skin"), *LIP[11:])
ATR = (
    ("background", "background"), ("hat", "hat"), ("hair", "hair"), ("sunglasses", "accessory"),
    ("upper-clothes", "upper"), ("skirt", "skirt"), ("pants", "pants"), ("dress", "dress"), ("belt", "accessory"),
    ("left-shoe", "shoes"), ("right-shoe", "shoes"), ("face", "skin"), ("left-leg", "skin"), ("right-leg", "skin"),
    ("left-arm", "skin"), ("right-arm", "skin"), ("bag", "bag"), ("scarf", "scarf"),
)  # fmt: skip


def test_the_labels():
    assert [label.name.lower() for label in Label] == [
        "background", "hat", "hair", "skin", "upper", "outer", "dress", "skirt", "pants", "legwear", "shoes", "bag",
        "scarf", "accessory",
    ]  # fmt: skip
    assert [int(label) for label in Label] == list(range(14))
    assert NUM_LABELS == 14


@pytest.mark.parametrize(
    ("table", "names", "count"),
    [(CCP_TO_LABEL, CCP, 59), (LIP_TO_LABEL, LIP, 20), (CIHP_TO_LABEL, CIHP, 20), (ATR_TO_LABEL, ATR, 18)],
    ids=["ccp", "lip", "cihp", "atr"],
)
def test_tables(table, names, count):
    assert len(names) == count
    found = [(name, Label(label).name.lower()) for (name, _), label in zip(names, table, strict=True)]
    assert found == list(names)


def test_palette_has_a_color_of_its_own_for_each_label():
    assert PALETTE.dtype == np.uint8
    assert PALETTE.shape == (14, 3)
    assert len({tuple(color) for color in PALETTE.tolist()}) == 14


def test_remap():
    lip = np.array([[0, 13, 5], [19, 10, 7]], np.int32)
    ours = remap(lip, LIP_TO_LABEL)
    assert ours.dtype == np.uint8
    assert ours.tolist() == [[0, 3, 4], [10, 6, 5]]
    assert remap(np.array([[10]], np.uint8), CIHP_TO_LABEL).tolist() == [[3]]


@pytest.mark.parametrize("wrong", [20, 255, -1])
def test_remap_refuses_a_label_of_another_data_set(wrong):
    with pytest.raises(ValueError, match="lies outside the 20 labels of this data set"):
        remap(np.array([[0, wrong]], np.int32), LIP_TO_LABEL)


def test_mask_of():
    label_map = np.array([[0, 4, 5], [6, 4, 13]], np.uint8)
    assert mask_of(label_map, Label.UPPER, Label.DRESS).tolist() == [[False, True, False], [True, True, False]]
    assert not mask_of(label_map).any()


def test_a_garment_alone_is_told_from_one_that_is_worn():
    for expected, *labels in (
        (Label.OUTER, Label.OUTER, UNKNOWN),
        (None, Label.OUTER, Label.SKIN),
        (None, Label.HAIR),
        (None, UNKNOWN),
    ):
        assert lone_garment(np.array([[Label.BACKGROUND, *labels]], np.uint8)) == expected
