"""Pictures of people printed on cloth."""

import numpy as np
import pytest

from tryon.core.labels import UNKNOWN, Label
from tryon.read.printing import printed, printed_on
from tryon.types import PersonSample

SIZE = 120, 100
CLOTH = np.s_[20:100, 20:80]
GREEN, RED, BLUE = (20, 200, 20), (200, 20, 20), (20, 20, 200)


@pytest.fixture
def garment():
    image = np.full((*SIZE, 3), GREEN, np.uint8)
    image[CLOTH] = RED
    front = np.zeros(SIZE, np.float32)
    front[CLOTH] = 1
    return image, front


def blue_person():
    picture = np.full((60, 40, 3), 255, np.uint8)
    somebody = np.zeros((60, 40), np.float32)
    somebody[10:50, 15:25] = 1
    picture[somebody > 0] = BLUE
    return picture, somebody


def test_prints_lie_on_the_cloth_alone(garment):
    image, front = garment
    for seed in range(20):
        made = printed(image, front, *blue_person(), np.random.default_rng(seed))
        changed = (made != image).any(-1)
        assert changed[CLOTH].sum() > 20
        assert not changed[front == 0].any()


def test_they_are_photos_cut_out_on_the_cloth_and_cut_out_on_paper(garment):
    image, front = garment
    kinds = set()
    for seed in range(30):
        made = printed(image, front, *blue_person(), np.random.default_rng(seed)).astype(int)
        ink = np.abs(made - image).max(-1) > 40
        blue = ink & (made[..., 2] > made[..., 0] + 40)
        assert blue.any()
        rest = made[ink & ~blue]
        if len(rest) < 0.3 * blue.sum():
            kinds.add("bare")
        else:
            kinds.add(
                "white" if np.median(rest, 0).min() > 150 else "green" if np.median(rest, 0)[1] > 120 else "paper"
            )
    assert {"bare", "white", "green"} <= kinds  # green is the ground


def test_no_cloth_takes_no_print():
    image = np.full((*SIZE, 3), GREEN, np.uint8)
    assert printed(image, np.zeros(SIZE, np.float32), *blue_person(), np.random.default_rng(0)) is image


def test_folds_show_through_the_print(garment):
    image, front = garment
    folded, picture, found = image.copy(), np.full((60, 40, 3), 200, np.uint8), 0
    folded[20:100, 46:54] //= 2
    for seed in range(20):
        flat, fold = (
            printed(one, front, picture, np.ones((60, 40), np.float32), np.random.default_rng(seed))[20:100, 50]
            for one in (image, folded)
        )
        ink = flat[:, 1] > 120
        found += ink.sum()
        assert (fold[ink].mean(-1) < 0.9 * flat[ink].mean(-1)).all()
    assert found > 50


def test_somebody_is_printed_on_somebody():
    image, front = np.full((*SIZE, 3), GREEN, np.uint8), np.zeros(SIZE, np.uint8)
    front[20:60, 20:80], front[60:100, 20:80] = Label.UPPER, Label.PANTS
    picture, somebody = blue_person()
    picture[30:50, 15:25] = RED  # the legs
    labels = np.where(somebody > 0, Label.UPPER, UNKNOWN).astype(np.uint8)
    one = PersonSample(image, np.zeros((18, 3), np.float32), front)
    other = PersonSample(picture, np.zeros((18, 3), np.float32), labels)
    with_legs = []
    for seed in range(20):
        made = printed_on(one, other, np.random.default_rng(seed))
        changed = (made.image != image).any(-1)
        assert changed.sum() > 20
        assert not changed[front != Label.UPPER].any()
        assert made.parsing is one.parsing
        red, _, blue = np.moveaxis(made.image.astype(int), -1, 0)
        assert (changed & (blue > red + 40)).any()
        with_legs.append((changed & (red > blue + 80)).any())
    assert 5 < sum(with_legs) < 15  # the others show head and shoulders
