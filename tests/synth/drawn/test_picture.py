"""Drawn photos of garments: the same by seed, with mattes that agree with the picture."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.read.flat import point_names as pn
from tryon.synth.drawn.pattern import GARMENTS, random_pattern
from tryon.synth.drawn.picture import Drawn, draw, sew_on

SIZE = (96, 80)


def drawn(seed: int, **options) -> Drawn:
    return draw(np.random.default_rng(seed), SIZE, **options)


def test_a_picture_depends_on_the_seed_alone():
    first, same, other = drawn(4), drawn(4), drawn(5)
    for name in ("image", "cloth", "inside", "points"):
        assert np.array_equal(getattr(first, name), getattr(same, name))
    assert not np.array_equal(first.image, other.image)
    assert (first.image.shape, first.image.dtype) == ((96, 80, 3), np.uint8)
    assert (first.cloth.shape, first.cloth.dtype, first.points.shape) == ((96, 80), np.float32, (25, 3))


@pytest.mark.parametrize("garment", GARMENTS)
def test_mattes(garment):
    for seed in range(4):
        picture = drawn(seed, garment=garment)
        both = picture.cloth + picture.inside
        assert both.max() <= 1.001
        assert min(picture.cloth.min(), picture.inside.min()) >= 0
        assert 0.03 < both.mean() < 0.9
        assert picture.cloth.sum() > picture.inside.sum()
    assert picture.kind in ("dress", "longsleeve", "outwear", "pants", "shirt", "shorts", "skirt", "t-shirt")


def test_the_inside_of_a_neck_lies_above_the_throat():
    seen = 0
    for seed in range(12):
        picture = drawn(seed, garment="t-shirt")
        if not picture.points[[pn.THROAT, pn.NECK, pn.R_HIP, pn.L_HIP], 2].all() or picture.inside.max() < 0.5:
            continue
        rows, columns = np.nonzero(picture.inside > 0.5)
        throat, neck = picture.points[pn.THROAT, :2], picture.points[pn.NECK, :2]
        hips = picture.points[[pn.R_HIP, pn.L_HIP], :2].mean(0)
        down = (hips - neck) / np.linalg.norm(hips - neck)
        assert ((np.stack((columns, rows), 1) - throat) @ down).max() <= 3
        seen += 1
    assert seen >= 6


def test_a_background_of_ones_own_stays_beside_the_garment():
    black = np.zeros((*SIZE, 3), np.uint8)
    for seed in range(5):
        picture = drawn(seed, background=black, garment="skirt")
        ground = picture.cloth + picture.inside == 0
        assert picture.image[ground].mean() < 6
        assert picture.image[picture.cloth > 0.9].mean() > 10


def test_swatches_give_half_of_the_garments_their_color():
    green = [np.full((96, 96, 3), (20, 230, 20), np.uint8)]

    def is_green(picture: Drawn) -> bool:
        r, g, b = np.median(picture.image[picture.cloth > 0.9], 0)
        return bool(g > 3 * r and g > 3 * b)

    with_swatches = [is_green(drawn(seed, swatches=green)) for seed in range(20)]
    assert 4 <= sum(with_swatches) <= 16
    assert sum(is_green(drawn(seed)) for seed in range(20)) <= 2


@pytest.mark.parametrize("garment", ["t-shirt", "trousers"])
def test_some_garments_hang_from_something_that_is_no_cloth(garment):
    black = np.zeros((*SIZE, 3), np.uint8)
    hanging = 0
    for seed in range(40):
        picture = drawn(seed, background=black, garment=garment)
        ground = picture.cloth + picture.inside == 0
        hanging += np.count_nonzero(picture.image[ground].max(1) > 60) > 3
    assert 3 <= hanging <= 16


def test_seams_are_on_the_cloth_alone():
    laid = random_pattern(np.random.default_rng(2), SIZE, "shirt")
    picture = np.full((*SIZE, 3), 200, np.float32)
    left = np.zeros(SIZE, np.float32)
    left[:, :40] = 1
    sew_on(np.random.default_rng(0), picture, replace(laid, buttons=()), left)
    assert (picture[:, 40:] == 200).all()
    changed = (picture[:, :40] != 200).any(2)
    assert 30 < changed.sum() < 0.3 * changed.size


def test_seams_are_seen_in_the_picture():
    contrast = []
    for seed in range(12):
        laid = random_pattern(np.random.default_rng(seed), SIZE, "shirt")  # as the picture of this seed begins
        light = drawn(seed, garment="shirt").image.mean(2)
        around = cv2.blur(light, (9, 9))
        x, y = np.round(np.concatenate(laid.seams)).astype(int).T
        shown = (x >= 0) & (x < SIZE[1]) & (y >= 0) & (y < SIZE[0])
        contrast.append((light[y[shown], x[shown]] - around[y[shown], x[shown]]).mean())
    assert np.mean(contrast) < -6  # edges of the parts alone give -3
