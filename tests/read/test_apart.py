"""People who touch each other in a photo are told apart, each with their own key points and labels."""

import numpy as np
import pytest

from tests import people
from tryon.core.labels import Label
from tryon.read.apart import _seam, tell_apart
from tryon.read.parser.read import find_people
from tryon.read.pose.read import read_keypoints

LEFT, RIGHT = "man_tshirt", "woman_coat"


@pytest.fixture(scope="module")
def couple() -> tuple[np.ndarray, int, tuple[np.ndarray, np.ndarray]]:
    """A photo of two people arm on arm, the left one in front; how far the right one was moved; and the true labels."""
    left, right = people.person(LEFT), people.person(RIGHT)
    columns = np.flatnonzero((right.parsing > 0).any(0))
    shift = int(np.flatnonzero((left.parsing > 0).any(0))[-1]) - int(columns[0]) - 40
    photo = np.concatenate((left.photo, np.repeat(left.photo[:, -1:], shift, 1)), 1)
    in_front = np.pad(left.parsing, ((0, 0), (0, shift)))
    behind = np.pad(right.parsing, ((0, 0), (shift, 0)))
    behind[in_front > 0] = 0
    moved = np.pad(right.photo, ((0, 0), (shift, 0), (0, 0)))
    photo[behind > 0] = moved[behind > 0]
    return photo, shift, (in_front, behind)


def test_a_couple_is_one_piece_and_two_people(tryon_released, couple):
    photo, _, truths = couple
    assert len(find_people(tryon_released.parser, photo)) == 1
    boxes, _ = tryon_released.count_people(photo)
    assert len(boxes) == 2
    for box, truth in zip(boxes, truths, strict=True):
        columns = np.flatnonzero((truth > 0).any(0))
        assert (box[0], box[2]) == pytest.approx((columns[0], columns[-1]), abs=30)


@pytest.mark.parametrize("number", [1, 2])
def test_each_has_their_own_labels_and_points(tryon_released, couple, number):
    photo, shift, truths = couple
    found = tryon_released.read_person(photo, person=number)
    mine, other = truths[number - 1] > 0, truths[2 - number] > 0
    assert (found.parsing[mine] > 0).mean() > 0.93
    assert (found.parsing[other] > 0).mean() < 0.03
    true = people.person((LEFT, RIGHT)[number - 1]).keypoints[:, :2] + (shift * (number - 1), 0)
    seen = found.keypoints[:, 2] > 0
    assert seen.sum() >= 16
    assert np.median(np.linalg.norm(found.keypoints[seen, :2] - true[seen], axis=1)) < 12


@pytest.mark.parametrize("number", [1, 2])
def test_no_point_lies_on_the_other(tryon_released, couple, number):
    photo, _, truths = couple
    height, width = photo.shape[:2]
    border = int(np.flatnonzero((truths[0] > 0).any(0))[-1])
    beyond = np.zeros((height, width), bool)
    beyond[:, border:] = number == 1
    beyond[:, :border] = number == 2
    points = read_keypoints(tryon_released.pose, photo, (0, 0, width, height), beyond=beyond)
    seen = points[points[:, 2] > 0, 0]
    assert len(seen) >= 14
    cells = 3 * width / 48  # of a heat map: a joint may lie under the other's limb
    assert (seen < border + cells).all() if number == 1 else (seen > border - cells).all()


@pytest.mark.parametrize("name", [LEFT, RIGHT])
@pytest.mark.parametrize("height", [1024, 450])  # cut at the waist, one person is as wide as two
def test_one_person_stays_as_found(tryon_released, name, height):
    photo = people.person(name).photo[:height]
    found = find_people(tryon_released.parser, photo)
    (alone,) = tell_apart(tryon_released.pose, photo, found)
    assert alone is found[0]


def test_what_belongs_to_the_other_is_no_part_of_the_garment(tryon_released, couple):
    photo, _, truths = couple
    worn = tryon_released.read_garment(photo, category="outer", person=2)
    theirs = (truths[0] == Label.OUTER) & (worn.source.parsing == Label.UPPER)
    assert theirs.sum() < 0.03 * (worn.source.parsing == Label.OUTER).sum()


def test_the_seam_takes_the_cheapest_way_between_its_ends():
    costs = np.ones((6, 7))
    way = [2, 3, 4, 4, 3, 2]
    costs[np.arange(6), way] = 0.1
    costs[:, 0] = 0  # free, but outside
    np.testing.assert_array_equal(_seam(costs, 1, 5), way)


def test_the_seam_moves_one_pixel_a_row_at_most():
    costs = np.ones((5, 9))
    costs[0, 1] = costs[4, 7] = -3
    seam = _seam(costs, 0, 8)
    assert (np.abs(np.diff(seam)) <= 1).all()
