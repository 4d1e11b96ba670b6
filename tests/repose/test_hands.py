"""Which hands and arms are seen well enough to be brought elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.body.poses import canonical_pose
from tryon.core.labels import Label
from tryon.repose.hands import figure, seen_arms
from tryon.repose.transfer import normalized_pose

HEIGHT = 384


# --- arms of which too little is seen -------------------------------------------------------------------------------


def with_points(person, places: dict[int, tuple[float, float]]):
    keypoints = person.keypoints.copy()
    for joint, place in places.items():
        keypoints[joint, :2] = place
    return replace(person, keypoints=keypoints)


def with_the_left_hand_as(person, color, label=Label.SKIN):
    """The person with all that lies around the left wrist in a color and a label."""
    x, y = person.keypoints[sk.L_WRIST, :2]
    ys, xs = np.mgrid[: person.parsing.shape[0], : person.parsing.shape[1]]
    hand = (np.hypot(xs - x, ys - y) < 30) & (person.parsing == Label.SKIN)
    photo, parsing = person.photo.copy(), person.parsing.copy()
    photo[hand], parsing[hand] = color, label
    return replace(person, photo=photo, parsing=parsing)


def test_crossed_arms_are_both_seen_and_brought_down():
    crossed = people.person("man_crossed_arms", HEIGHT)
    assert seen_arms(crossed) == ("left_arm", "right_arm")
    pose, warnings = normalized_pose(crossed)
    assert (pose == canonical_pose(crossed.keypoints, crossed.photo.shape[:2])).all()
    assert warnings == ()


def test_an_arm_behind_the_body_is_not_made_up():
    crossed = people.person("man_crossed_arms", HEIGHT)
    hidden = people.relabeled(crossed, {Label.SKIN: Label.UPPER})
    assert seen_arms(hidden) == ()
    pose, warnings = normalized_pose(hidden)
    assert (pose == hidden.keypoints).all()
    assert warnings == (
        "the left arm stays as it is, because too little of it is seen to bring it elsewhere",
        "the right arm stays as it is, because too little of it is seen to bring it elsewhere",
    )


def test_an_arm_whose_wrist_is_unknown_is_not_seen():
    person = people.person("man_suit", HEIGHT)
    keypoints = person.keypoints.copy()
    keypoints[sk.L_WRIST] = 0
    assert seen_arms(replace(person, keypoints=keypoints)) == ("right_arm",)


def test_a_hand_in_a_bag_is_not_seen():
    person = people.person("man_suit", HEIGHT)
    assert seen_arms(with_the_left_hand_as(person, (40, 40, 40), Label.BAG)) == ("right_arm",)


def test_a_wrist_read_at_the_other_hand_is_not_seen():
    person = people.person("man_suit", HEIGHT)
    x, y = person.keypoints[sk.R_WRIST, :2]
    assert seen_arms(with_points(person, {sk.L_WRIST: (x + 4, y)})) == ("right_arm",)


def test_a_forearm_of_cloth_beside_a_bare_one_is_behind_the_body():
    person = people.person("man_tshirt", HEIGHT)
    assert seen_arms(person) == ("left_arm", "right_arm")
    x, y = person.keypoints[sk.L_WRIST, :2]
    behind = with_points(person, {sk.R_WRIST: (x - 10, y)})
    assert seen_arms(behind) == ("left_arm",)


def test_hands_that_touch_stay_together():
    crossed = people.person("man_crossed_arms", HEIGHT)
    keypoints = crossed.keypoints.copy()
    keypoints[sk.R_WRIST] = 0
    assert seen_arms(replace(crossed, keypoints=keypoints)) == ()


@pytest.mark.parametrize("length", [0.3, 1.8])
def test_a_forearm_too_short_or_too_long_is_not_seen(length):
    person = people.person("man_suit", HEIGHT)
    elbow, wrist = person.keypoints[[sk.L_ELBOW, sk.L_WRIST], :2]
    moved = with_points(person, {sk.L_ELBOW: wrist + length * (elbow - wrist)})
    assert seen_arms(moved) == ("right_arm",)


# --- large photos ---------------------------------------------------------------------------------------------------


def test_a_person_is_cut_out_whole_and_no_larger_than_needed():
    person = people.person("man_suit", HEIGHT)
    parsing, body = figure(person)
    assert np.bincount(parsing.ravel())[1:].tolist() == np.bincount(person.parsing.ravel())[1:].tolist()
    assert body.unit == person.body.unit
    parsing, body = figure(people.enlarged(person, 8))
    assert max(parsing.shape) == 1280
    on_the_wrist = np.round(body.keypoints[sk.L_WRIST, :2]).astype(int)
    assert parsing[on_the_wrist[1], on_the_wrist[0]] == Label.SKIN


def test_what_is_seen_does_not_depend_on_the_size_of_the_photo():
    person = people.person("man_tshirt", HEIGHT)
    x, y = person.keypoints[sk.L_WRIST, :2]
    behind = people.enlarged(with_points(person, {sk.R_WRIST: (x - 10, y)}), 8)
    assert seen_arms(behind) == ("left_arm",)
