"""Main colors of garments in words."""

import numpy as np
import pytest

from tryon.read.colors import main_colors


def cloth(*parts: tuple[int, tuple[int, int, int]]) -> np.ndarray:
    """Pixels, as many of each color as its number says."""
    return np.concatenate([np.full((count, 3), color, np.uint8) for count, color in parts])


@pytest.mark.parametrize(
    ("color", "word"),
    [
        ((0, 0, 0), "black"),
        ((128, 128, 128), "gray"),
        ((255, 255, 255), "white"),
        ((230, 210, 180), "beige"),
        ((101, 67, 33), "brown"),
        ((220, 20, 40), "red"),
        ((115, 20, 40), "burgundy"),
        ((255, 127, 20), "orange"),
        ((250, 220, 60), "yellow"),
        ((110, 110, 50), "olive"),
        ((34, 139, 60), "green"),
        ((64, 190, 180), "turquoise"),
        ((40, 90, 200), "blue"),
        ((0, 0, 255), "blue"),
        ((30, 36, 72), "navy"),
        ((110, 50, 155), "purple"),
        ((240, 160, 180), "pink"),
    ],
)
def test_a_color_has_its_name(color: tuple[int, int, int], word: str):
    assert main_colors(cloth((10, color))) == (word,)


def test_the_larger_of_two_comes_first_and_a_third_is_not_told():
    stripes = cloth((30, (220, 20, 40)), (45, (255, 255, 255)), (25, (40, 90, 200)))
    assert main_colors(stripes) == ("white", "red")


def test_a_small_print_is_no_color_of_the_garment():
    assert main_colors(cloth((81, (30, 36, 72)), (19, (250, 220, 60)))) == ("navy",)
    assert main_colors(cloth((80, (30, 36, 72)), (20, (250, 220, 60)))) == ("navy", "yellow")


def test_shade_in_the_folds_is_no_second_color():
    assert main_colors(cloth((60, (245, 245, 245)), (40, (150, 150, 150)))) == ("white",)
    assert main_colors(cloth((60, (50, 95, 185)), (40, (28, 36, 68)))) == ("blue",)
    assert main_colors(cloth((60, (0, 0, 0)), (40, (255, 255, 255)))) == ("black", "white")


def test_of_many_pixels_those_spread_over_all_decide():
    assert main_colors(cloth((90_000, (220, 20, 40)), (60_000, (255, 255, 255)))) == ("red", "white")
