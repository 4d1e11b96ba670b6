"""Cutting garments out of photos that are drawn, with a network that reads them exactly."""

import numpy as np
import pytest
import torch

from tests.read.flat.colors import CLOTH, GROUND, INSIDE, SKIN, ColorMatte
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.read.flat.matte import like_the_ground, read_matte, shows_nothing, shows_wearer, what_is_shown


def drawn(*boxes, size=(400, 300)):
    """A white picture with boxes (color, x0, y0, x1, y1)."""
    picture = np.full((*size, 3), GROUND, np.uint8)
    for color, x0, y0, x1, y1 in boxes:
        picture[y0:y1, x0:x1] = color
    return picture


def test_cloth_and_its_inside_are_found_in_pixels_of_the_photo():
    picture = drawn((CLOTH, 60, 100, 240, 350), (INSIDE, 130, 100, 170, 120))
    reading = read_matte(ColorMatte(), picture)
    cloth, inside = reading.cloth > 0.5, reading.inside > 0.5
    assert reading.cloth.shape == (400, 300)
    truth = np.zeros((400, 300), bool)
    truth[100:350, 60:240] = True
    assert (cloth != truth).sum() < 0.01 * truth.sum()
    back = np.zeros((400, 300), bool)
    back[100:120, 130:170] = True
    assert (inside != back).sum() < 0.2 * back.sum()
    assert (reading.box[0], reading.box[3]) == (pytest.approx(40, abs=3), pytest.approx(370, abs=3))
    assert reading.kinds[7] == pytest.approx(1, abs=1e-3)
    assert reading.warnings == ()


def test_of_several_garments_the_largest_is_taken_with_a_warning_or_the_one_asked_for():
    picture = drawn((CLOTH, 20, 100, 100, 300), (CLOTH, 150, 100, 280, 300), (CLOTH, 5, 5, 15, 15))
    reading = read_matte(ColorMatte(), picture)
    assert reading.warnings == ("2 garments are in the photo; number 2 from the left was taken as the largest",)
    assert (reading.cloth[:, :120] == 0).all()
    first = read_matte(ColorMatte(), picture, item=1)
    assert first.front[200, 60] == pytest.approx(1, abs=0.01)
    assert (first.cloth[200, 60], first.cloth[200, 200], first.warnings) == (pytest.approx(1, abs=0.01), 0, ())
    with pytest.raises(GarmentNotFoundError, match="item 3 was asked for, but 2 were found"):
        read_matte(ColorMatte(), picture, item=3)
    with pytest.raises(ConfigError, match="from 1"):
        read_matte(ColorMatte(), picture, item=0)


class SecondLook(ColorMatte):
    """Says shirt (4) of the whole photo and skirt (6) of a closer look."""

    def forward(self, image):
        self.kind = 4 if image.shape[2] * image.shape[3] < 100_000 else 6
        return super().forward(image)


def test_of_one_garment_among_several_only_the_closer_look_tells_the_kind():
    two = drawn((CLOTH, 20, 100, 100, 300), (CLOTH, 150, 100, 280, 300))
    assert read_matte(SecondLook(), two, item=1).kinds[[4, 6]] == pytest.approx((0, 1), abs=0.01)
    one = drawn((CLOTH, 150, 100, 280, 300))
    assert read_matte(SecondLook(), one).kinds[[4, 6]] == pytest.approx((0.5, 0.5), abs=0.01)


def test_an_opening_through_which_the_ground_is_seen_stays_open():
    picture = drawn((CLOTH, 60, 100, 240, 350), (GROUND, 140, 200, 152, 212))
    cloth = read_matte(ColorMatte(), picture).cloth
    assert cloth[206, 146] < 0.5
    assert cloth[206, 180] > 0.99


class Doubting(ColorMatte):
    """Takes all between two sides of cloth for cloth, .73 of it."""

    def forward(self, image):
        read = super().forward(image)
        cloth = read.cloth > 0
        left, right = cloth.cummax(-1).values, cloth.flip(-1).cummax(-1).values.flip(-1)
        return read._replace(cloth=torch.where(left & right & ~cloth, 1.0, read.cloth))


def test_what_the_network_doubts_is_no_cloth_where_it_has_the_colors_of_the_ground():
    sleeve_and_trunk = ((CLOTH, 60, 100, 240, 350), (GROUND, 90, 160, 110, 350), (INSIDE, 150, 200, 180, 230))
    cloth = read_matte(Doubting(), drawn(*sleeve_and_trunk)).cloth
    assert cloth[300, 100] < 0.1
    assert cloth[[300, 300, 215], [75, 200, 165]] == pytest.approx(1, abs=0.01)


def test_prints_in_the_colors_of_the_ground_are_cloth_where_the_network_is_sure_of_them():
    picture = drawn((CLOTH, 60, 100, 240, 350), (GROUND, 100, 200, 140, 240), (GROUND, 160, 200, 200, 240))
    matte = (picture == CLOTH).all(2).astype(np.float32)
    matte[200:240, 100:140], matte[200:240, 160:200] = 0.92, 0.8
    ground = like_the_ground(matte, picture)
    assert ground[205:235, 165:195].all()
    assert not ground[101:349, 61:150].any()


def test_a_photo_without_cloth_is_refused():
    with pytest.raises(GarmentNotFoundError, match="no garment was made out"):
        read_matte(ColorMatte(), drawn((CLOTH, 10, 10, 15, 15)))


def test_worn_flat_and_nothing_are_told_apart():
    worn = what_is_shown(ColorMatte(), drawn((CLOTH, 60, 100, 240, 350), (SKIN, 130, 40, 170, 100)))
    flat = what_is_shown(ColorMatte(), drawn((CLOTH, 60, 100, 240, 350)))
    nothing = what_is_shown(ColorMatte(), drawn())
    assert (shows_wearer(worn), shows_nothing(worn)) == (True, False)
    assert (shows_wearer(flat), shows_nothing(flat)) == (False, False)
    assert shows_nothing(nothing)
    assert worn.sum() == pytest.approx(1, abs=1e-5)
