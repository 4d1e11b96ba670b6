"""OpenPose files written out here in its layout."""

import json

import numpy as np
import pytest

from tryon.core.errors import DataError
from tryon.read.pose.openpose import read_openpose


def person(count, *, start=0.0, spread=10.0, confidence=0.5):
    """Point i at (start + spread i, start + 100 + i)."""
    return [value for i in range(count) for value in (start + spread * i, start + 100 + i, confidence)]


def write(path, people, key="pose_keypoints_2d"):
    path.write_text(json.dumps({"version": 1.3, "people": [{"person_id": [-1], key: values} for values in people]}))
    return path


@pytest.mark.parametrize("key", ["pose_keypoints_2d", "pose_keypoints"])
def test_coco(tmp_path, key):
    points = read_openpose(write(tmp_path / "a.json", [person(18)], key))
    assert points.dtype == np.float32
    assert points.tolist() == [[10 * i, 100 + i, 0.5] for i in range(18)]


def test_body25_drops_the_middle_of_the_hips_and_the_feet(tmp_path):
    points = read_openpose(write(tmp_path / "a.json", [person(25)]))
    order = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
    assert points.tolist() == [[10 * i, 100 + i, 0.5] for i in order]


def test_zeros_are_missing(tmp_path):
    values = person(18, confidence=1.25)
    values[3 * 4 : 3 * 5] = 0, 0, 0
    points = read_openpose(write(tmp_path / "a.json", [values]))
    assert points[4].tolist() == [0, 0, 0]
    assert points[5].tolist() == [50, 105, 1]  # some versions give a little more than 1


def test_the_largest_of_several_people(tmp_path):
    small, large = person(25, spread=2), person(18, start=5, spread=20)
    far = person(18, spread=1)
    far[-3:] = 9000, 9000, 0  # a missing point does not make anybody large
    points = read_openpose(write(tmp_path / "a.json", [small, large, far]))
    assert points[1].tolist() == [25, 106, 0.5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no key point file of OpenPose"),
        ("no json", "is no key point file of OpenPose"),
        ("[]", "is no key point file of OpenPose"),
        ('{"people": 3}', "is no key point file of OpenPose"),
        ('{"people": [[1, 2]]}', "is no key point file of OpenPose"),
        ('{"people": [{"face_keypoints_2d": []}]}', "is no key point file of OpenPose"),
        ('{"people": [{"pose_keypoints_2d": ["a", "b"]}]}', "is no key point file of OpenPose"),
        ('{"people": []}', "holds no person"),
        (json.dumps({"people": [{"pose_keypoints_2d": [0] * 75}]}), "holds no person"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "a person with 3 values; expected 75"),
        (json.dumps({"people": [{"pose_keypoints_2d": [float("nan")] * 54}]}), "finite numbers"),
    ],
)
def test_other_files(tmp_path, text, words):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        read_openpose(path)


def test_a_picture_and_a_missing_file(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xd8\xff\xe0 a picture")
    with pytest.raises(DataError, match="is no key point file of OpenPose"):
        read_openpose(tmp_path / "a.json")
    with pytest.raises(DataError, match=r"b\.json cannot be read \(No such file or directory\)"):
        read_openpose(tmp_path / "b.json")
    with pytest.raises(DataError, match="cannot be read"):
        read_openpose(tmp_path)
