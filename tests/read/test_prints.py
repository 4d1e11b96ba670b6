"""People printed on garments, composed into the label maps of the sample people."""

import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.read import prints


def without_prints(parsing, keypoints):
    return prints.without_prints(parsing, Body(keypoints, parsing.shape))


def chest(one):
    """The middle of the trunk: x and y."""
    return one.keypoints[[sk.NECK, sk.R_HIP, sk.L_HIP, sk.NECK], :2].mean(0).round().astype(int)


def printed(one, labels=(Label.HAIR, Label.SKIN), size=40):
    """The label map with a square of these labels, one below the other, on the chest."""
    x, y = chest(one)
    parsing, step = one.parsing.copy(), size // len(labels)
    for i, label in enumerate(labels):
        top = y - size // 2 + i * step
        parsing[top : top + step, x - size // 2 : x + size // 2] = label
    return parsing


@pytest.mark.parametrize("name", people.NAMES)
def test_what_people_wear_and_show_is_no_print(name):
    one = people.person(name)
    changed = without_prints(one.parsing, one.keypoints) != one.parsing
    assert changed.sum() < 0.001 * (one.parsing > 0).sum()


@pytest.mark.parametrize("labels", [(Label.HAIR, Label.SKIN), (Label.SKIN,), (Label.HAT, Label.HAIR, Label.SKIN)])
def test_a_print_becomes_part_of_the_garment(labels):
    one = people.person("man_tshirt")
    parsing = printed(one, labels)
    assert (parsing != one.parsing).sum() > 1500
    assert (without_prints(parsing, one.keypoints) == without_prints(one.parsing, one.keypoints)).all()


def test_hands_before_the_body_stay():
    one = people.person("man_tshirt")
    parsing, keypoints = printed(one, (Label.SKIN,)), one.keypoints.copy()
    x, y = chest(one)
    keypoints[sk.R_ELBOW, :2], keypoints[sk.R_WRIST, :2] = (x - 150, y + 20), (x - 40, y)  # the hand beyond the wrist
    assert (without_prints(parsing, keypoints)[y - 20 : y + 20, x - 20 : x + 20] == Label.SKIN).all()


def test_skin_stays_where_a_hand_is_not_found_and_hair_does_not():
    one = people.person("man_tshirt")
    keypoints = one.keypoints.copy()
    keypoints[sk.L_WRIST] = 0
    x, y = chest(one)
    middle = np.s_[y - 20 : y + 20, x - 20 : x + 20]
    assert (without_prints(printed(one, (Label.SKIN,)), keypoints)[middle] == Label.SKIN).all()
    assert (without_prints(printed(one), keypoints)[middle] == Label.UPPER).all()


def test_skin_between_two_garments_stays():
    one = people.person("man_tshirt")
    parsing = printed(one, (Label.SKIN,))
    x, y = chest(one)
    below = parsing[y + 20 :]
    below[below == Label.UPPER] = Label.PANTS
    assert (without_prints(parsing, one.keypoints)[y - 20 : y + 20, x - 20 : x + 20] == Label.SKIN).all()


def test_hair_that_reaches_the_edge_of_the_photo_stays():
    one = people.person("man_tshirt")
    parsing = printed(one)
    x, y = chest(one)
    cut = parsing[: y + 10]
    assert (without_prints(cut, one.keypoints)[y - 20 :, x - 20 : x + 20] == cut[y - 20 :, x - 20 : x + 20]).all()
