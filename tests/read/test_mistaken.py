"""Skin that the label map takes for cloth, and cloth that it takes for hair or a scarf."""

import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.read.mistaken import skin_taken_for_cloth

LIGHT, DARK, BLUE, CAMEL = (225, 180, 155), (95, 60, 45), (40, 60, 150), (220, 175, 145)
POINTS = {
    sk.NOSE: (100, 50), sk.NECK: (100, 80), sk.R_SHOULDER: (65, 85), sk.L_SHOULDER: (135, 85), sk.R_ELBOW: (50, 130),
    sk.R_WRIST: (75, 160), sk.R_HIP: (75, 180), sk.L_HIP: (125, 180),
}  # fmt: skip


@pytest.fixture
def scene():
    """Somebody with a bare arm whose hand, on the belly, is labeled as the top that it lies on.

    Returns:
        a function of the colors of skin and cloth that gives photo, label map, key points and the true hand.
    """

    def draw(skin, cloth):
        noise = np.random.default_rng(0).normal(0, 4, (260, 200, 3))
        photo, parsing = np.full((260, 200, 3), 128.0), np.zeros((260, 200), np.uint8)
        hand = np.zeros((260, 200), bool)
        hand[155:170, 76:96] = True
        for color, label, area in (
            (skin, Label.SKIN, np.s_[25:80, 80:120]),
            (cloth, Label.UPPER, np.s_[80:200, 60:140]),
            (skin, Label.SKIN, np.s_[90:150, 42:60]),
        ):
            photo[area], parsing[area] = color, label
        photo[hand] = skin
        keypoints = np.zeros((18, 3), np.float32)
        for point, (x, y) in POINTS.items():
            keypoints[point] = x, y, 1
        return np.clip(photo + noise, 0, 255).astype(np.uint8), parsing, keypoints, hand

    return draw


@pytest.mark.parametrize("skin", [LIGHT, DARK])
def test_a_hand_on_the_top_is_found(scene, skin):
    photo, parsing, keypoints, hand = scene(skin, BLUE)
    found = skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape))
    assert (found & hand).sum() > 0.8 * hand.sum()
    assert (found & ~hand).sum() < 0.2 * hand.sum()


@pytest.mark.parametrize("scale", [0.5, 3])
def test_photos_of_any_size(scene, scale):
    photo, parsing, keypoints, hand = scene(LIGHT, BLUE)
    at = np.ix_((np.arange(260 * scale) / scale).astype(int), (np.arange(200 * scale) / scale).astype(int))
    found = skin_taken_for_cloth(
        photo[at], parsing[at], Body(keypoints * np.float32((scale, scale, 1)), parsing[at].shape)
    )
    assert found.shape == hand[at].shape
    assert (found & hand[at]).sum() > 0.7 * hand[at].sum()


def test_cloth_of_the_color_of_skin_stays_whole(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, CAMEL)
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape)).any()


def test_a_print_of_the_color_of_skin_away_from_the_arms_stays(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, BLUE)
    photo[110:125, 105:125] = LIGHT
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape))[110:125, 105:125].any()


def test_without_skin_its_color_is_unknown(scene):
    photo, parsing, keypoints, _ = scene(LIGHT, BLUE)
    parsing[parsing == Label.SKIN] = Label.BACKGROUND
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape)).any()
