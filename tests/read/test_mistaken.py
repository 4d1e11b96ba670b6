"""Skin that the label map takes for cloth, and cloth that it takes for hair or a scarf."""

import numpy as np
import pytest

from tests.hand_on_top import BLUE, CAMEL, DARK, LIGHT, draw
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.read.mistaken import skin_taken_for_cloth


@pytest.mark.parametrize("skin", [LIGHT, DARK])
def test_a_hand_on_the_top_is_found(skin):
    photo, parsing, keypoints, hand = draw(skin, BLUE)
    found = skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape))
    assert (found & hand).sum() > 0.8 * hand.sum()
    assert (found & ~hand).sum() < 0.2 * hand.sum()


@pytest.mark.parametrize("scale", [0.5, 3])
def test_photos_of_any_size(scale):
    photo, parsing, keypoints, hand = draw(LIGHT, BLUE)
    at = np.ix_((np.arange(260 * scale) / scale).astype(int), (np.arange(200 * scale) / scale).astype(int))
    found = skin_taken_for_cloth(
        photo[at], parsing[at], Body(keypoints * np.float32((scale, scale, 1)), parsing[at].shape)
    )
    assert found.shape == hand[at].shape
    assert (found & hand[at]).sum() > 0.7 * hand[at].sum()


def test_cloth_of_the_color_of_skin_stays_whole():
    photo, parsing, keypoints, _ = draw(LIGHT, CAMEL)
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape)).any()


def test_a_print_of_the_color_of_skin_away_from_the_arms_stays():
    photo, parsing, keypoints, _ = draw(LIGHT, BLUE)
    photo[110:125, 105:125] = LIGHT
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape))[110:125, 105:125].any()


def test_without_skin_its_color_is_unknown():
    photo, parsing, keypoints, _ = draw(LIGHT, BLUE)
    parsing[parsing == Label.SKIN] = Label.BACKGROUND
    assert not skin_taken_for_cloth(photo, parsing, Body(keypoints, parsing.shape)).any()
