import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appearance_flow import parts as parts_of
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.core.errors import PersonNotFoundError, ShapeError

SIZE = (192, 128)
TORSO = [(46, 37), (82, 37), (78, 94), (50, 94)]


def garment_parts(mask, keypoints, *options, **masks):
    """By key points."""
    return parts_of.garment_parts(mask, Body(keypoints, mask.shape[:2]), *options, **masks)


def draw(keypoints: np.ndarray, bones: list[tuple[int, int]], thickness: int) -> np.ndarray:
    mask = np.zeros(SIZE, np.uint8)
    for a, b in bones:
        ends = [tuple(int(v) for v in keypoints[i, :2]) for i in (a, b)]
        cv2.line(mask, *ends, 1, thickness)
    return mask > 0


def torso_mask() -> np.ndarray:
    return cv2.fillPoly(np.zeros(SIZE, np.uint8), [np.array(TORSO)], 1) > 0


UPPER_ARMS = [(2, 3), (5, 6)]
ARMS = [*UPPER_ARMS, (3, 4), (6, 7)]


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return (a & b).sum() / (a | b).sum()


def test_long_sleeves_go_with_the_arms(person):
    sleeves = draw(person, ARMS, 9)
    shirt = torso_mask() | sleeves
    parts = garment_parts(shirt, person)
    assert list(parts) == ["torso", "left_arm", "right_arm"]
    assert parts["left_arm"][75, 91]
    assert not parts["left_arm"][75, 37]
    assert parts["right_arm"][75, 37]
    assert not parts["right_arm"][75, 64]
    assert parts["torso"][75, 64]
    assert not parts["torso"][75, 91]
    lower = np.s_[60:]
    assert iou(parts["torso"][lower], torso_mask()[lower]) > 0.85
    assert np.array_equal(np.any(list(parts.values()), axis=0), shirt)


def test_a_sleeve_wider_than_the_arm_goes_with_it_down_to_the_fingers(person):
    hung = torso_mask() | draw(person, ARMS, 9)
    hung[45:110, 84:114] = True  # a coat over the shoulders: its empty sleeve hangs beyond the arm
    parts = garment_parts(hung, person)
    for row, column in ((75, 112), (94, 112)):
        assert parts["left_arm"][row, column]
        assert not parts["torso"][row, column]
    assert parts["torso"][108, 112]


def test_bare_arms_beside_the_torso_are_no_sleeves(person):
    bare = draw(person, ARMS, 9) & ~torso_mask()
    parts = garment_parts(torso_mask(), person, skin=bare)
    assert list(parts) == ["torso"]
    assert np.array_equal(parts["torso"], torso_mask())


def test_an_arm_across_the_torso_takes_its_sleeve_along(person):
    person[sk.L_ELBOW, :2], person[sk.L_WRIST, :2] = (88, 68), (58, 64)
    shirt = torso_mask() | draw(person, ARMS, 9)
    parts = garment_parts(shirt, person)
    assert parts["left_arm"][66, 70]
    assert not parts["torso"][66, 70]
    assert parts["torso"][80, 66]
    assert parts["torso"][52, 60]


def test_a_bare_arm_across_the_torso_takes_nothing(person):
    person[sk.L_ELBOW, :2], person[sk.L_WRIST, :2] = (88, 68), (58, 64)
    arm = draw(person, ARMS, 9)
    parts = garment_parts(torso_mask() & ~arm, person, skin=arm)
    assert "left_arm" not in parts


def test_an_arm_that_is_hardly_seen_is_behind_the_torso(person):
    person[sk.L_ELBOW], person[sk.L_WRIST] = (88, 68, 0.1), (58, 64, 0.1)
    parts = garment_parts(torso_mask(), person)
    assert parts["torso"][66, 70]


def test_a_dress_has_a_skirt_that_meets_the_torso(person):
    dress = torso_mask()
    dress[90:140, 44:84] = True
    parts = garment_parts(dress, person, "skirt", skin=draw(person, ARMS, 9) & ~dress)
    assert list(parts) == ["skirt", "torso"]
    assert parts["skirt"][130, 64]
    assert not parts["torso"][130, 64]
    assert parts["torso"][60, 64]
    assert not parts["skirt"][60, 64]
    assert (parts["skirt"] & parts["torso"])[88, 64]


def test_pants_are_divided_between_the_legs(person):
    pants = draw(person, [(8, 9), (9, 10), (11, 12), (12, 13)], 13)
    pants[86:100, 48:80] = True
    parts = garment_parts(pants, person, "legs")
    assert list(parts) == ["left_leg", "right_leg"]
    assert parts["left_leg"][150, 74]
    assert not parts["right_leg"][150, 74]
    assert parts["right_leg"][150, 54]
    assert not parts["left_leg"][150, 54]
    assert (parts["left_leg"] & parts["right_leg"])[90, 60:69].all()
    assert not (parts["left_leg"] & parts["right_leg"])[120:].any()


@settings(max_examples=40)
@given(seed=st.integers(0, 1000), below=st.sampled_from(["torso", "skirt", "legs"]), points=st.data())
def test_no_pixel_is_lost_and_none_is_added(seed, below, points):
    rng = np.random.default_rng(seed)
    keypoints = np.concatenate((rng.uniform(0, 60, (18, 2)), np.ones((18, 1))), 1).astype(np.float32)
    hidden = points.draw(st.sets(st.sampled_from([3, 4, 6, 7, 8, 9, 10, 11, 12, 13])))
    keypoints[list(hidden)] = 0
    mask, skin = rng.random((64, 64)) < 0.5, rng.random((64, 64)) < 0.2
    parts = garment_parts(mask, keypoints, below, skin)
    assert np.array_equal(np.any(list(parts.values()), axis=0), mask)


def test_an_empty_mask_has_no_parts(person):
    assert garment_parts(np.zeros(SIZE, bool), person) == {}


def test_errors(person):
    with pytest.raises(ShapeError, match="mask"):
        garment_parts(np.zeros((4, 4, 1), bool), person)
    with pytest.raises(ShapeError, match="skin"):
        garment_parts(np.zeros(SIZE, bool), person, skin=np.zeros((4, 4), bool))
    person[[sk.R_SHOULDER, sk.L_SHOULDER]] = 0
    with pytest.raises(PersonNotFoundError):
        garment_parts(np.ones(SIZE, bool), person)
