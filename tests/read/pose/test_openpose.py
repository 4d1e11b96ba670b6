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


def read(path, content):
    path.write_text(json.dumps(content))
    return read_openpose(path)


WANTED = [[10 * i, 100 + i, 0.5] for i in range(18)]
FLAT = person(18)
NESTED = [FLAT[i : i + 3] for i in range(0, 54, 3)]
CANVAS = {"canvas_width": 400, "canvas_height": 800}


def shares(flat):
    return [value / (400, 800, 1)[i % 3] for i, value in enumerate(flat)]


@pytest.mark.parametrize(
    "content",
    [
        {"people": [{"pose_keypoints_2d": NESTED}]},
        [{"people": [{"pose_keypoints_2d": FLAT, "face_keypoints_2d": None}], **CANVAS}],
        [
            None,
            {"people": []},
            {"people": [{"pose_keypoints_2d": FLAT}]},
            {"people": [{"pose_keypoints_2d": [0] * 54}]},
        ],
        {"people": [{"pose_keypoints_2d": shares(FLAT)}], **CANVAS},
        {"people": [{"pose_keypoints_2d": FLAT}], **CANVAS},
        {"people": [{"pose_keypoints_2d": None}, {"pose_keypoints_2d": FLAT}, None, 3, {}]},
        {"people": [{"pose_keypoints_2d": FLAT[:30]}, {"pose_keypoints_2d": FLAT}]},
        {"people": [{"pose_keypoints_2d": [float("nan")] * 54}, {"pose_keypoints_2d": FLAT}]},
    ],
    ids=["nested", "a frame", "frames", "shares", "canvas", "null", "too few", "nan"],
)
def test_what_other_tools_write(tmp_path, content):
    np.testing.assert_allclose(read(tmp_path / "a.json", content), WANTED, rtol=1e-6)


@pytest.mark.parametrize(
    "size",
    [{"canvas_width": "400", "canvas_height": "800"}, {"width": 400, "height": 800}, {"width": "400", "height": 800.0}],
    ids=str,
)
def test_sizes_that_other_tools_write(tmp_path, size):
    points = read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": shares(FLAT)}], **size})
    np.testing.assert_allclose(points, WANTED, rtol=1e-6)


def test_shares_with_one_wild_point(tmp_path):
    values = shares(FLAT)
    values[12:14] = 2.5, 3
    points = read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": values}], **CANVAS})
    np.testing.assert_allclose(points, [*WANTED[:4], [1000, 2400, 0.5], *WANTED[5:]], rtol=1e-6)


PERCENT = [value * (0.4, 0.8, 1)[i % 3] for i, value in enumerate(FLAT)]


@pytest.mark.parametrize("size", [{}, CANVAS], ids=["no canvas", "a large canvas"])
def test_percent(tmp_path, size):
    with pytest.raises(DataError) as raised:
        read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": PERCENT}], **size})
    assert str(raised.value) == (
        f"{tmp_path / 'a.json'} has coordinates up to 94, as percent have; expected pixels, and canvas_width and "
        "canvas_height of a picture that is so small"
    )


def test_a_small_picture_is_no_percent(tmp_path):
    content = {"people": [{"pose_keypoints_2d": PERCENT}], "canvas_width": 90, "canvas_height": 120}
    assert read(tmp_path / "a.json", content)[17].tolist() == pytest.approx([68, 93.6, 0.5])


def test_y_from_below(tmp_path):
    values = [0.0] * 54
    for joint, place in {1: (50, 700), 2: (20, 690), 5: (80, 690), 8: (30, 400), 11: (70, 400)}.items():
        values[3 * joint : 3 * joint + 3] = *place, 1
    with pytest.raises(DataError) as raised:
        read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": values}]})
    assert str(raised.value) == (
        f"{tmp_path / 'a.json'} has a person with the shoulders below the hips; expected y in pixels from the top of "
        "the picture"
    )
    values[1::3] = [(1000 - y) * (y > 0) for y in values[1::3]]
    assert read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": values}]})[1].tolist() == [50, 300, 1]


def test_points_that_are_null(tmp_path):
    nested = [None if i == 3 else [None, None, 0.4] if i == 4 else row for i, row in enumerate(NESTED)]
    flat = [None if i in (9, 10, 11, 12) else value for i, value in enumerate(FLAT)]
    for values in (nested, flat):
        points = read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": values}]})
        assert points[3:5].tolist() == [[0, 0, 0], [0, 0, 0]]
        assert points[5].tolist() == [50, 105, 0.5]


def test_points_without_a_confidence(tmp_path):
    nested = [row[:2] for row in NESTED]
    nested[0], nested[4] = [0, 0], [-1, -1]
    points = read(tmp_path / "a.json", {"people": [{"pose_keypoints_2d": nested}]})
    assert points[[0, 4]].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert points[5].tolist() == [50, 105, 1]


def test_a_byte_order_mark(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps({"people": [{"pose_keypoints_2d": FLAT}]}).encode())
    assert read_openpose(path).tolist() == WANTED


KIND = "is no key point file of OpenPose; expected JSON with people"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read as JSON"),
        ("no json", "cannot be read as JSON"),
        ("3", KIND),
        ("[3]", KIND),
        ("[null]", KIND),
        ('{"people": 3}', KIND),
        ("{}", KIND),
        ("[]", "holds no person"),
        ('{"people": []}', "holds no person"),
        ('{"people": [{"face_keypoints_2d": []}]}', "holds no person"),
        ('{"people": [{"person_id": [-1], "pose_keypoints_2d": []}]}', "holds no person"),
        (json.dumps({"people": [{"pose_keypoints_2d": [0] * 75}]}), "holds no person"),
        ('{"people": [[1, 2]]}', "has a person with no key points; expected pose_keypoints_2d"),
        (
            '{"people": [{"keypoints": [1, 2, 1]}]}',
            "has a person with no pose_keypoints_2d, but 'keypoints'; expected x, y and confidence of each point, one "
            "after another, as pose_keypoints_2d$",
        ),
        (
            json.dumps({"people": [{"pose_keypoints_2d": [{"x": 1, "y": 2, "score": 1}] * 18}]}),
            r"points that are objects; expected one flat list of x, y, confidence, x, y, confidence, \.\.\.$",
        ),
        ('{"people": [{"pose_keypoints_2d": "a"}]}', "has a person with no list of key points"),
        ('{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', "has a person with 3 values; expected 75"),
        ('{"people": [{"pose_keypoints_2d": [1, 2]}]}', "has a person with 2 values; expected 75"),
        (
            '{"people": [{"pose_keypoints_2d": [[1, 2, 1]]}]}',
            r"has a person with 1 points; expected 25 \(BODY_25\)",
        ),
        (json.dumps({"people": [{"pose_keypoints_2d": ["a"] * 54}]}), "a point that is not x, y and confidence"),
        (json.dumps({"people": [{"pose_keypoints_2d": [[1, 2, 3, 4]] * 18}]}), "a point that is not x, y and confid"),
        (
            json.dumps({"people": [{"pose_keypoints_2d": [float("nan")] * 54}]}),
            "values that are no finite numbers",
        ),
        (json.dumps({"people": [{"pose_keypoints_2d": [1e300] * 54}]}), "values that are no finite numbers"),
        (
            json.dumps({"people": [{"pose_keypoints_2d": [10**400] * 54}]}),
            "values that are no finite numbers",
        ),
        (json.dumps({"people": [{"pose_keypoints_2d": shares(FLAT)}]}), "coordinates from 0 to 1 and no canvas_width"),
        (
            json.dumps({"people": [{"pose_keypoints_2d": shares(FLAT)}], "canvas_width": 0, "canvas_height": None}),
            "coordinates from 0 to 1 and no canvas_width",
        ),
        (
            json.dumps({"people": [{"pose_keypoints_2d": [value * 0.4 for value in person(18, spread=1)]}]}),
            "has a person whose trunk spans less than 8 pixels; expected coordinates in pixels, or from 0 to 1 with",
        ),
    ],
)
def test_other_files(tmp_path, text, words):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(DataError, match=words):
        read_openpose(path)


def test_a_picture_and_a_missing_file(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xd8\xff\xe0\0 a picture")
    with pytest.raises(DataError, match=r"a\.json is no text; expected JSON with people"):
        read_openpose(tmp_path / "a.json")
    with pytest.raises(DataError, match=r"b\.json cannot be read \(No such file or directory\)"):
        read_openpose(tmp_path / "b.json")
    with pytest.raises(DataError, match="cannot be read"):
        read_openpose(tmp_path)
