"""The check of people: each finding where it belongs, and silence about good data."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.datasets.checked import GOOD, SIZE, Unreadable, changed, found, message, mirrored, person, swap
from tryon.body import skeleton as sk
from tryon.core.errors import DataError
from tryon.datasets.check import check, chosen
from tryon.datasets.check_sheet import sheet
from tryon.datasets.renders import write_renders
from tryon.datasets.sources import open_split
from tryon.types import PersonSample


def test_good_people():
    report = check({"train": GOOD, "val": [person(50, identity="ann"), replace(person(51), parsing=None)]})
    assert report.findings == []
    figures = report.figures
    assert figures["samples_train"] == 12
    assert figures["samples_val"] == 2
    assert figures["people"] == 14
    assert figures["identities"] == 1
    assert figures["labeled"] == pytest.approx(13 / 14)
    assert (figures["width_min"], figures["height_max"]) == (120, 200)
    assert figures["extent_p50"] == pytest.approx(143, abs=2)
    assert figures["extent_share_p50"] == pytest.approx(143 / 200, abs=0.01)
    assert figures["right_is_left"] == 1
    assert figures["outside"] == 0
    assert figures["on_person"] == 1
    assert figures["missing_left_ear"] == 0


def test_nothing_to_check():
    with pytest.raises(DataError, match="no samples in train, val; nothing to check"):
        check({"train": [], "val": []})
    with pytest.raises(DataError, match="no samples to draw"):
        sheet({"train": []}, 3)


def test_a_part_of_a_split_is_evenly_spread():
    assert chosen(10, 4) == [0, 3, 6, 9]
    assert chosen(3, 4) == [0, 1, 2]
    assert chosen(3, None) == [0, 1, 2]
    assert check({"train": GOOD}, 5).figures["people"] == 5


def test_unreadable():
    samples = Unreadable(GOOD)
    assert found(samples) == {"unreadable": ("error", "train/3")}
    assert message(samples, "unreadable") == "the sample cannot be read, first 3.jpg is damaged"
    assert [finding.level for finding in check({"train": samples}, max_corrupt=1 / 12).findings] == ["warning"]
    assert [finding.level for finding in check({"train": samples}, max_corrupt=0.08).findings] == ["error"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"image": np.zeros((*SIZE, 3), np.float32)}, "arrays"),
        ({"image": np.zeros(SIZE, np.uint8)}, "arrays"),
        ({"keypoints": np.zeros((17, 3), np.float32)}, "arrays"),
        ({"parsing": np.ones(SIZE, np.int64)}, "arrays"),
        ({"parsing": np.ones((100, 60), np.uint8)}, "label_size"),
        ({"parsing": np.full(SIZE, 14, np.uint8)}, "label_value"),
    ],
)
def test_arrays_that_do_not_fit(change, code):
    assert found([*GOOD, replace(person(20), **change)]) == {code: ("error", "train/p20")}


def test_label_maps_without_a_person():
    empty = replace(person(20), parsing=np.zeros(SIZE, np.uint8))
    assert found([*GOOD, empty]) == {"empty_labels": ("warning", "train/p20")}


def test_points_that_are_no_numbers():
    for value, column, codes in ((np.nan, 0, "not_finite"), (np.inf, 1, "not_finite"), (1.5, 2, "confidence")):
        one = person(20)
        one.keypoints[sk.R_WRIST, column] = value
        assert found([*GOOD, one]) == {codes: ("error", "train/p20")}
    one = person(20)
    one.keypoints[sk.R_WRIST] = np.nan, np.nan, 0  # missing: its place means nothing
    assert found([*GOOD, one]) == {}


def test_missing_points():
    nobody = replace(person(20), keypoints=np.zeros((18, 3), np.float32))
    assert found([*GOOD, nobody]) == {"no_keypoints": ("warning", "train/p20")}

    def forget(points):
        points[[sk.R_KNEE, sk.R_ANKLE], 2] = 0

    assert found(changed(4, move=forget) + GOOD[4:]) == {}
    samples = changed(8, move=forget) + GOOD[8:]
    assert found(samples) == {"joint_missing": ("warning",)}
    assert message(samples, "joint_missing") == "missing in most people: right knee 67%, right ankle 67%"
    assert check({"train": samples}).figures["missing_right_knee"] == pytest.approx(2 / 3)


def test_tiny_people():
    small = person(20)
    small.keypoints[:, :2] = 60 + (small.keypoints[:, :2] - 60) * 0.4
    assert found([*GOOD, small]) == {"tiny": ("warning", "train/p20")}


def test_points_outside_the_picture():
    one = person(20)
    one.keypoints[sk.R_ANKLE, 1] = 199.6
    assert found([*GOOD, one]) == {"outside": ("warning", "train/p20")}
    one.keypoints[sk.R_ANKLE, 1] = 199.4
    assert found([*GOOD, one]) == {}

    def double(points):
        points[:, :2] *= 2

    samples = changed(move=double)
    assert found(samples)["outside"][0] == "error"
    assert message(samples, "outside").endswith("in 12 of 12 people; are they of another size or crop?")


def test_points_beside_the_labels():
    def shift(points):
        points[:, 0] += 35

    few = changed(1, move=shift)
    assert found([*GOOD[1:], *few]) == {"off_person": ("warning", "train/p0")}
    assert found(changed(move=shift))["off_person"][0] == "error"
    one = replace(person(20), parsing=np.ones(SIZE, np.uint8))
    assert found([*GOOD, one]) == {}


def test_left_and_right_of_some_points():
    samples = changed(move=swap((sk.R_EYE, sk.L_EYE), (sk.R_EAR, sk.L_EAR)))
    assert found(samples) == {"sides": ("error",)}
    assert message(samples, "sides") == (
        "left and right of the eyes and ears lie the other way round than those of the other points in most people; "
        "are they exchanged?"
    )
    samples = changed(move=swap((sk.R_WRIST, sk.L_WRIST), (sk.R_ELBOW, sk.L_ELBOW), (sk.R_ANKLE, sk.L_ANKLE)))
    assert message(samples, "sides").startswith("left and right of the elbows, wrists and ankles lie")
    few = changed(5, move=swap((sk.R_EYE, sk.L_EYE)))
    assert found(few + GOOD[5:]) == {}
    assert found(changed(9, move=swap((sk.R_EYE, sk.L_EYE)))) == {}  # too few to conclude anything


def test_left_and_right_of_all_points():
    samples = changed(move=mirrored)
    assert found(samples) == {"left_right": ("error",)}
    assert message(samples, "left_right") == (
        "the right side lies left in the picture in only 0% of the 12 people who show both eyes; "
        "are left and right exchanged, or pictures mirrored?"
    )
    part = changed(5, move=mirrored) + GOOD[5:]
    assert found(part) == {"left_right_mixed": ("warning",)}
    assert "in only 58% of the 12 people" in message(part, "left_right_mixed")
    assert found(changed(3, move=mirrored) + GOOD[3:]) == {}


def test_people_seen_from_behind_are_no_mistake():
    def turn(points):
        mirrored(points)
        points[[sk.R_EYE, sk.L_EYE], 2] = 0

    assert found(changed(5, move=turn) + GOOD[5:]) == {}

    def turn_without_eyes(points):
        mirrored(points)
        points[[sk.R_EYE, sk.L_EYE, sk.R_EAR, sk.L_EAR], 2] = 0

    # Where nobody has eyes, as in Human3.6M, that most are seen from behind is possible.
    assert found(changed(move=turn_without_eyes)) == {"left_right": ("warning",), "joint_missing": ("warning",)}


def test_up_and_down():
    samples = changed(move=swap((sk.NOSE, sk.NECK)))
    assert found(samples) == {"up_down": ("error",)}
    assert message(samples, "up_down") == (
        "the first stands below the second in most people: nose / neck; is the order of the points another one?"
    )
    samples = changed(move=swap((sk.R_KNEE, sk.R_ANKLE), (sk.R_HIP, sk.R_KNEE)))
    assert "in most people: right hip / right knee;" in message(samples, "up_down")
    assert found(changed(5, move=swap((sk.NOSE, sk.NECK))) + GOOD[5:]) == {}


def test_elbow_and_wrist():
    samples = changed(move=swap((sk.L_ELBOW, sk.L_WRIST)))
    assert found(samples) == {"elbow_wrist": ("error",)}
    assert message(samples, "elbow_wrist") == (
        "the wrist is nearer to the shoulder than the elbow in most people: left elbow / left wrist; "
        "are they exchanged?"
    )
    assert found(changed(5, move=swap((sk.L_ELBOW, sk.L_WRIST))) + GOOD[5:]) == {}


def test_y_before_x():
    def exchange(points):
        points[:, :2] = points[:, 1::-1]

    assert {code: level for code, (level, *_) in found(changed(move=exchange)).items()} == {
        "x_y": "error",
        "outside": "error",
        "off_person": "error",
    }
    one = person(20)
    exchange(one.keypoints)
    assert "x_y" not in found([*GOOD, one])


def test_identities_in_two_splits():
    train = [person(1, identity="ann"), person(2, identity="bob"), person(3)]
    assert found(train, val=[person(4, identity="cem"), person(5)]) == {}
    report = check({"train": train, "val": [person(4, identity="bob"), person(5)]})
    assert [(finding.code, finding.level, finding.message, finding.samples) for finding in report.findings] == [
        (
            "identity_leak", "error", "identities in more than one split: bob",
            ("train/p2", "val/p4"),
        )
    ]  # fmt: skip


def test_somebody_in_two_splits_of_a_folder_of_renders(tmp_path):
    # The same two people in another outfit each: of a render, what the avatar wears is no part of who it is.
    names = {"A_F_1_Casual": "train", "B_M_1_Busi": "train", "B_M_2_Busi": "val", "A_F_1_Medi": "val"}
    rows = list(names.items())
    write_renders(tmp_path, 4, lambda i: (replace(person(i), name=rows[i][0]), rows[i][1]))
    report = check({split: open_split(tmp_path, split) for split in ("train", "val")})
    assert report.figures["identities"] == 3
    (finding,) = report.findings
    assert (finding.code, finding.samples) == ("identity_leak", ("train/000000", "val/000003"))
    assert finding.message == "identities in more than one split: A_F_1"


def saved_anew(image):
    """The picture at three quarters of its size, as JPEG of quality 60."""
    small = cv2.resize(image, (90, 150), interpolation=cv2.INTER_AREA)
    return cv2.imdecode(cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 60))[1], cv2.IMREAD_COLOR)


@pytest.mark.parametrize("again", [np.copy, saved_anew])
def test_the_same_picture_twice(again):
    image = again(person(3).image)
    points = person(20).keypoints * (*(2 * [image.shape[0] / 200]), 1)
    twice = PersonSample(image, points, None, "again")
    assert found([*GOOD, twice]) == {"duplicates": ("warning", "train/p3", "train/again")}
    assert found(GOOD, val=[twice]) == {"split_duplicates": ("error", "train/p3", "val/again")}


def test_different_people_on_the_same_plain_ground_are_no_duplicates():
    samples = []
    for seed, color in enumerate(((200, 40, 40), (40, 200, 40))):
        image = np.full((*SIZE, 3), 180, np.uint8)
        image[20:180, 40:80] = color
        samples.append(person(seed, image=image))
    assert found(samples) == {}
