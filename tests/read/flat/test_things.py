"""What is shown to the matte network as no garment to put on."""

import numpy as np

from tryon.core.labels import Label
from tryon.read.flat.sample import FlatGarment
from tryon.read.flat.things import heap, laid, things_of
from tryon.types import PersonSample

RED = (200, 30, 30)


def person(*areas) -> PersonSample:
    image, parsing = np.full((300, 200, 3), 90, np.uint8), np.zeros((300, 200), np.uint8)
    for area, label, color in areas:
        image[area], parsing[area] = color, label
    return PersonSample(image, np.zeros((18, 3), np.float32), parsing)


def test_shoes_bags_and_hats_are_cut_out_each_together():
    both = (np.s_[250:290, 60:90], Label.SHOES, RED), (np.s_[250:290, 110:140], Label.SHOES, RED)
    bag = np.s_[100:160, 20:60], Label.BAG, (30, 30, 200)
    shoes, handbag = things_of(person(*both, bag, (np.s_[80:200, 80:120], Label.UPPER, (0, 200, 0))))
    assert (shoes.name, handbag.name) == ("shoes", "bags")
    assert shoes.image.shape == (40, 80, 3)
    assert shoes.alpha[20, 10] == shoes.alpha[20, 70] == 1
    assert shoes.alpha[20, 40] == 0
    assert (handbag.image[30, 20] == (30, 30, 200)).all()


def test_what_is_too_small_stays_where_it_is():
    assert things_of(person((np.s_[250:270, 60:80], Label.SHOES, RED))) == []


def test_a_strap_is_no_bag():
    strap = [(np.s_[y : y + 6, y - 60 : y - 54], Label.BAG, RED) for y in range(100, 200, 6)]
    assert things_of(person(*strap)) == []


def test_a_thing_lies_on_its_ground():
    (shoes,) = things_of(person((np.s_[240:290, 60:140], Label.SHOES, RED)))
    ground = np.full((128, 128, 3), 240, np.uint8)
    for seed in range(10):
        made = laid(shoes, ground, np.random.default_rng(seed)).astype(int)
        red = (made[..., 0] - made[..., 1]) > 100
        assert 0.04 < red.mean() < 0.8
        assert (made[0, 0] > 200).all()


def test_a_heap_is_of_the_cloth_of_its_garments():
    matte = np.zeros((100, 80), np.uint8)
    matte[10:90, 10:70] = 255
    image = np.full((100, 80, 3), (0, 0, 255), np.uint8)
    image[matte > 0] = RED
    made = heap([FlatGarment(image, matte, 7, "t-shirt/a")], np.random.default_rng(0))
    lies = made.alpha == 1
    assert made.name == "heaps"
    assert 0.1 < lies.mean() < 0.95
    assert (made.image[lies][:, 0] > made.image[lies][:, 2]).mean() > 0.95
    assert np.std(made.image[lies][:, 0].astype(float)) > 5  # folds
