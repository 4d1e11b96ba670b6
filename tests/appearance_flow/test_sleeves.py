"""Where sleeves end, and what takes the place of a hidden one."""

from dataclasses import replace

import numpy as np
import pytest

from appearance_flow.parts import garment_parts
from appearance_flow.sleeves import sleeve_end, wrong_sleeve
from tests import people
from tests.figure import figure
from tryon.body.limbs import arm_position
from tryon.core.labels import Label
from tryon.core.masks import grown

HEIGHT = 512
ARM = np.ones((200, 40), bool)
ALONG = np.repeat(np.linspace(0, 2, 200, endpoint=False, dtype=np.float32)[:, None], 40, 1)


def test_a_sleeve_with_a_slanting_hem_ends_where_it_covers_less_than_two_fifths_of_the_arm():
    rows, columns = np.mgrid[:200, :40]
    shown = columns < 140 - rows  # whole down to the elbow, in row 100; nothing from row 140 on
    assert sleeve_end(ALONG, ARM, shown) == 1.25


def test_a_sleeve_beside_the_arm_ends_at_the_shoulder():
    assert sleeve_end(ALONG, ARM, np.zeros_like(ARM)) == 0


@pytest.fixture
def sweater():
    """Somebody in a sweater, and the same with a bag over the whole left sleeve."""
    whole = people.garment("woman_sweater", "upper", HEIGHT)
    source = whole.source
    parts = garment_parts(np.isin(source.parsing, whole.labels), source.body, "torso")
    parsing = np.where(parts["left_arm"], np.uint8(Label.BAG), source.parsing)
    return whole, replace(whole, source=replace(source, parsing=parsing)), parts


def test_a_hidden_sleeve_is_the_mirror_image_of_the_other(sweater):
    whole, hidden, parts = sweater
    person = people.person("man_tshirt", HEIGHT)
    assert not any("mirrored" in note for note in people.dress(person, whole).warnings)
    result = people.dress(person, hidden)
    assert "garment photo: one sleeve is hidden; the other one was mirrored" in result.warnings
    along, _ = arm_position(person.keypoints, "left_arm", np.ones(person.photo.shape[:2], bool))
    zone = person.body
    forearm = zone.arms & (along > 1.1) & (along < 1.7) & (result.warped_garment[..., 3] > 250)
    assert forearm.sum() > 50
    ys, xs = np.nonzero(forearm)
    x, y = (np.stack((xs, ys), -1) + result.flow[ys, xs]).round().astype(int).T
    assert grown(parts["right_arm"], 2)[y, x].mean() > 0.95


def test_there_is_no_sleeve_where_the_other_arm_is_bare(sweater):
    """Of a wearer who stands turned, the trunk is taken for the sleeve of the far arm."""
    whole, _, parts = sweater
    parsing = np.where(parts["left_arm"], np.uint8(Label.SKIN), whole.source.parsing)
    person = people.person("man_tshirt", HEIGHT)
    result = people.dress(person, replace(whole, source=replace(whole.source, parsing=parsing)))
    assert not any("sleeve" in note for note in result.warnings)
    for arm in ("left_arm", "right_arm"):
        along, distance = arm_position(person.keypoints, arm, np.ones(person.photo.shape[:2], bool))
        middle = (distance < 0.03 * person.body.unit) & (along > 0.4) & (along < 1.9)
        assert (result.warped_garment[middle, 3] > 128).mean() < 0.01


def test_short_sleeves_and_none_are_left_alone():
    person = people.person("man_suit", HEIGHT)
    for name in ("man_tshirt", "woman_dress"):
        garment = people.garment(name, "auto", HEIGHT)
        assert not any("mirrored" in note for note in people.dress(person, garment).warnings)


def test_a_short_sleeve_covers_no_forearm():
    """The other arm's pixels lie beside this one's shoulder, too: each arm counts for itself."""
    person, garment = people.person("man_tshirt", HEIGHT), people.garment("man_floral", "upper", HEIGHT)
    result = people.dress(person, garment)
    body = person.body
    for part in ("left_arm", "right_arm"):
        along, distance = arm_position(person.keypoints, part, np.ones(person.photo.shape[:2], bool))
        forearm = body.arms & (along > 1.2) & (along < 1.9) & (distance < 0.06 * body.unit)
        assert forearm.sum() > 100
        assert not result.mask[forearm & (person.parsing == Label.SKIN)].any()


def test_a_sleeve_that_the_photo_shows_is_not_told_to_be_hidden():
    """The network may not see it on somebody who stands turned; it is mirrored all the same."""
    source = figure((np.s_[62:165, 44:70], Label.UPPER), (np.s_[62:165, 130:156], Label.UPPER)).close
    body = source.body
    only_right = {"right_arm": source.parsing == Label.UPPER}
    only_right["right_arm"][:, 100:] = False
    assert wrong_sleeve(body, only_right, source) == ("left_arm", False)
    without = figure((np.s_[62:165, 44:70], Label.UPPER)).close
    assert wrong_sleeve(body, only_right, without) == ("left_arm", True)
