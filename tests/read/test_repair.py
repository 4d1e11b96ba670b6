"""What is mended of a reading."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tests.figure import figure
from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.read.arms import limbs
from tryon.read.repair import REPAIRS, repaired

HEIGHT = 384


@pytest.fixture(scope="module")
def crossed():
    return people.person("man_crossed_arms", HEIGHT)


def half_misread(crossed):
    """The person with one half of both forearms called a part of the shirt, and where that is."""
    middle = int(crossed.keypoints[[sk.R_HIP, sk.L_HIP], 0].mean())
    forearms = limbs(crossed.body, (2, 3, 4))[1] | limbs(crossed.body, (5, 6, 7))[1]
    wrong = forearms & (crossed.parsing == Label.SKIN)
    wrong[:, :middle] = False
    return replace(crossed, parsing=np.where(wrong, Label.UPPER, crossed.parsing).astype(np.uint8)), wrong


def test_a_forearm_read_as_shirt_is_found_by_its_color(crossed):
    misread, wrong = half_misread(crossed)
    found = repaired(misread, {"skin": REPAIRS["skin"]}).parsing
    assert wrong.sum() > 200
    assert (found[wrong] == Label.SKIN).mean() > 0.9
    shirt = crossed.parsing == Label.UPPER
    assert (found[shirt] == Label.SKIN).mean() < 0.01
    assert (found == misread.parsing)[crossed.parsing != Label.SKIN].mean() > 0.999


def test_a_shirt_of_the_color_of_skin_stays_a_shirt(crossed):
    misread, _ = half_misread(crossed)
    photo = crossed.photo.copy()
    shirt = crossed.parsing == Label.UPPER
    photo[shirt] = np.random.default_rng(0).choice(photo[crossed.parsing == Label.SKIN], shirt.sum())
    assert (repaired(replace(misread, photo=photo)).parsing == misread.parsing).mean() > 0.999


@pytest.mark.parametrize("name", people.NAMES)
def test_a_right_reading_stays(name):
    person = people.person(name, HEIGHT)
    mended = repaired(person)
    assert (mended.parsing == person.parsing).mean() > 0.995
    assert mended.keypoints is person.keypoints


def test_mending_twice_is_mending_once(crossed):
    once = repaired(half_misread(crossed)[0])
    assert (repaired(once).parsing == once.parsing).mean() > 0.999


def test_a_large_photo_is_mended_as_a_small_one(crossed):
    misread, wrong = half_misread(crossed)
    times = 5  # larger than the close view may be
    large = people.read(
        np.kron(misread.photo, np.ones((times, times, 1), np.uint8)),
        (misread.keypoints * (times, times, 1)).astype(np.float32),
        np.kron(misread.parsing, np.ones((times, times), np.uint8)),
    )
    assert large.close.frame.reduced
    found = repaired(large).parsing[::times, ::times]
    assert (found[wrong] == Label.SKIN).mean() > 0.9


def test_a_head_printed_on_a_top_becomes_the_top():
    printed = np.s_[110:130, 94:106]
    assert (repaired(figure((printed, Label.HAIR))).parsing[printed] == Label.UPPER).all()
