"""Hands that were read beside the body."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.core.labels import Label
from tryon.read.hands import find_hands
from tryon.repose.transfer import needs_normalizing

HEIGHT = 384


def test_a_hand_before_the_belly_is_found_by_its_skin():
    person = people.person("man_suit", HEIGHT)
    assert find_hands(person.keypoints, person.parsing) is person.keypoints
    parsing = np.where(person.parsing == Label.SKIN, Label.PANTS, person.parsing).astype(np.uint8)
    middle = person.keypoints[[sk.R_HIP, sk.L_HIP], :2].mean(0)
    x, y = int(middle[0]) - 4, int(0.6 * middle[1] + 0.4 * person.keypoints[sk.NECK, 1])
    parsing[y - 6 : y + 6, x - 8 : x + 4] = Label.SKIN
    found = find_hands(person.keypoints, parsing)
    assert found[sk.R_WRIST, :2] == pytest.approx((x - 2, y), abs=8)
    assert (found[sk.L_WRIST] == person.keypoints[sk.L_WRIST]).all()
    assert needs_normalizing(replace(person, parsing=parsing, keypoints=found)) is not None


def test_hands_where_they_were_read_stay():
    crossed = people.person("man_crossed_arms", HEIGHT)
    assert find_hands(crossed.keypoints, crossed.parsing) is crossed.keypoints
