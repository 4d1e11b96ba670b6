"""Human3.6M on trees as h36m-fetch and H36M-Toolbox write them."""

import json
import sys

import h5py
import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError, DependencyError
from tryon.datasets.human36m import Human36M, thin_out

CAMERA = "54138969"
SIZE = (200, 200)


def joints32(step):
    """Joint i at (10 + 5 i, 20 + 4 i), moved to the right by ``step``."""
    return np.array([(10 + 5 * i + step, 20 + 4 * i) for i in range(32)], np.float32)


def write_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(path)


def write_fetched(root, subject, take, count=12, cameras=(CAMERA,)):
    """Every fifth of 5 * count frames, 12 of them by default: 1, 6, ... 56."""
    numbers = np.arange(count) * 5 + 1
    folder = root / subject / take
    for camera in cameras:
        for number in numbers:
            write_picture(folder / "imageSequence" / camera / f"img_{number:06d}.jpg")
    with h5py.File(folder / "annot.h5", "w") as file:
        file["frame"] = np.tile(numbers, len(cameras))
        file["camera"] = np.repeat([int(camera) for camera in cameras], count)
        file["pose/2d"] = np.tile(np.stack([joints32(i) for i in range(count)]), (len(cameras), 1, 1))


@pytest.fixture
def fetched(tmp_path):
    for subject, take in (("S1", "Posing-1"), ("S1", "Greeting-2"), ("S9", "Posing-1"), ("S9", "Directions-1"),
                          ("S1", "Directions-1"), ("S1", "Eating-1")):  # fmt: skip
        write_fetched(tmp_path / "processed", subject, take)
    return tmp_path


def write_toolbox(root, shift_after_rotation):
    """Subject 1 posing before one camera, 60 frames; the annotations in either meaning of t."""
    folder = "s_01_act_07_subact_01_ca_01"
    for number in range(1, 61):
        write_picture(root / "images" / folder / f"{folder}_{number:06d}.jpg")
    # A camera 1 m in front of the world's origin that looks along the world's y axis.
    rotation = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    place = [0, -1000, 0]
    t = [[0], [0], [1000]] if shift_after_rotation else [[value] for value in place]
    camera = {"1": {"R": rotation, "t": t, "f": [100, 100], "c": [100, 100]}}
    # Joint i appears at x = 20 + 5 i, y = 40 + 6 i, as its depth is 1000 mm and the focal length 100 pixels.
    joints = [[(20 + 5 * i - 100) * 10, 0, -(40 + 6 * i - 100) * 10] for i in range(17)]
    annotations = root / "annotations"
    annotations.mkdir(parents=True)
    (annotations / "Human36M_subject1_camera.json").write_text(json.dumps(camera))
    poses = {"7": {"1": {str(number): joints for number in range(60)}}}
    (annotations / "Human36M_subject1_joint_3d.json").write_text(json.dumps(poses))


def test_three_of_fifty_frames_a_second():
    assert thin_out(np.arange(100)).tolist() == [0, 17, 33, 50, 67, 83]
    every_fifth = np.arange(0, 100, 5)
    assert every_fifth[thin_out(every_fifth)].tolist() == [0, 15, 35, 50, 65, 85]
    assert thin_out(np.array([9])).tolist() == []
    gap = np.array([0, 17, 40, 50])
    assert gap[thin_out(gap)].tolist() == [0, 17, 50]


def test_h36m_fetch(fetched):
    data = Human36M(fetched, "train")
    names = [sample.name for sample in data]
    assert names[:4] == [f"S1_Greeting-2_{CAMERA}_{number:06d}" for number in (1, 16, 36, 51)]
    assert len(names) == 12  # Greeting and Posing of S1, Posing of S9
    sample = data[1]
    assert sample.identity == "S1"
    assert sample.parsing is None
    assert sample.image.shape == (200, 200, 3)
    # The fourth frame that is there, so moved by 3. The nose is joint 14, the neck 13, the right shoulder 25.
    assert sample.keypoints[0].tolist() == [10 + 70 + 3, 20 + 56, 1]
    assert sample.keypoints[1].tolist() == [10 + 65 + 3, 20 + 52, 1]
    assert sample.keypoints[2].tolist() == [10 + 125 + 3, 20 + 100, 1]
    assert sample.keypoints[8].tolist() == [10 + 5 + 3, 20 + 4, 1]  # right hip, joint 1
    assert not sample.keypoints[14:].any()
    assert len(Human36M(fetched / "processed", "train")) == 12


def test_splits(fetched):
    def clips(split, by):
        return sorted({frame.clip for frame in Human36M(fetched, split, by=by).frames})

    assert clips("train", "action") == ["S1_Greeting-2", "S1_Posing-1", "S9_Posing-1"]
    assert clips("test", "action") == ["S1_Directions-1", "S9_Directions-1"]
    assert clips("train", "subject") == ["S1_Greeting-2", "S1_Posing-1"]
    assert clips("test", "subject") == ["S9_Directions-1"]


def test_pairs_are_of_one_clip_and_two_poses(tmp_path):
    # The person is 100 pixels tall, frame numbers 0, 15, 35, 50, so shifts 0, 3, 7, 10: all differ by 2 % or more.
    write_fetched(tmp_path, "S1", "Posing-1", cameras=(CAMERA, "55011271"))
    write_fetched(tmp_path, "S5", "Posing-1")
    data = Human36M(tmp_path, "train")
    pairs = data.pairs(per_target=10)
    assert len(pairs) == 3 * 4 * 3
    for source, target in pairs.indices:
        first, second = data.frames[source], data.frames[target]
        assert first.number != second.number
        assert (first.clip, first.camera) == (second.clip, second.camera)
    assert len(data.pairs(per_target=2)) == 3 * 4 * 2
    assert (data.pairs(2, seed=1).indices == data.pairs(2, seed=1).indices).all()
    assert len(data.pairs(per_target=10, cross_camera=True)) > len(pairs)
    pair = pairs[0]
    assert pair.source.identity == pair.target.identity == "S1"


def test_poses_that_hardly_differ_are_no_pair(tmp_path):
    write_fetched(tmp_path, "S1", "Posing-1")
    with h5py.File(tmp_path / "S1" / "Posing-1" / "annot.h5", "r+") as file:
        file["pose/2d"][:] = joints32(0)
        file["pose/2d"][10] += 3  # Only frame 51 is elsewhere: it pairs with each of the three others, both ways.
    assert len(Human36M(tmp_path, "train").pairs(per_target=10)) == 6


@pytest.mark.parametrize("shift_after_rotation", [True, False])
def test_the_toolbox(tmp_path, shift_after_rotation):
    write_toolbox(tmp_path, shift_after_rotation)
    data = Human36M(tmp_path, "train")
    assert [frame.number for frame in data.frames] == [0, 17, 33, 50]
    sample = data[1]
    assert data.frames[1].path.name == "s_01_act_07_subact_01_ca_01_000018.jpg"
    assert sample.name == "S1_Posing-1_1_000018"
    # Joint 9 is the nose, 8 the neck, 14 the right shoulder, 11 the left one.
    np.testing.assert_allclose(
        sample.keypoints[[0, 1, 2, 5]], [[65, 94, 1], [60, 88, 1], [90, 124, 1], [75, 106, 1]], atol=1e-3
    )


def test_other_layouts(tmp_path):
    with pytest.raises(DataError, match=r"nowhere is no folder; expected S1/Posing-1/annot.h5"):
        Human36M(tmp_path / "nowhere")
    (tmp_path / "S1.zip").write_text("")
    with pytest.raises(DataError, match=r"holds S1.zip; expected S1/Posing-1/annot.h5 .* \(H36M-Toolbox\)"):
        Human36M(tmp_path)


def test_a_split_without_pictures(tmp_path):
    write_fetched(tmp_path, "S1", "Posing-1")
    with pytest.raises(DataError, match=r"has no pictures of Directions by S1, S5, .* which the test split needs"):
        Human36M(tmp_path, "test")


def test_without_h5py(fetched, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(DependencyError, match=r"h36m-fetch need h5py; install it with: pip install -e '.\[train\]'"):
        Human36M(fetched)


def test_wrong_annotations(fetched):
    file = fetched / "processed" / "S1" / "Posing-1" / "annot.h5"
    with h5py.File(file, "w") as stored:
        stored["frame"], stored["camera"], stored["pose/2d"] = np.arange(3), np.zeros(3), np.zeros((3, 17, 2))
    with pytest.raises(DataError, match=r"annot.h5 holds pose/2d of shape \(3, 17, 2\); expected \(3, 32, 2\)"):
        Human36M(fetched)
    with h5py.File(file, "w") as stored:
        stored["frame"] = np.arange(3)
    with pytest.raises(DataError, match="expected frame, camera and pose/2d of h36m-fetch"):
        Human36M(fetched)
    file.write_bytes(b"no HDF5")
    with pytest.raises(DataError, match=r"annot.h5 cannot be read"):
        Human36M(fetched)


def test_wrong_annotations_of_the_toolbox(tmp_path):
    write_toolbox(tmp_path, True)
    poses = tmp_path / "annotations" / "Human36M_subject1_joint_3d.json"
    poses.write_text(json.dumps({"7": {"1": {"0": [[0, 0, 0]] * 17}}}))
    with pytest.raises(DataError, match=r"joint_3d.json do not fit s_01_act_07_subact_01_ca_01 \(KeyError\('17'\)\)"):
        Human36M(tmp_path)
    poses.write_text(json.dumps({"7": {"1": {str(i): [[0, -9000, 0]] * 17 for i in range(60)}}}))
    with pytest.raises(DataError, match="the camera sees the joints in neither reading of t"):
        Human36M(tmp_path)
    poses.write_text("{")
    with pytest.raises(DataError, match="expected the annotations of H36M-Toolbox"):
        Human36M(tmp_path)


def test_joints_outside_the_picture(tmp_path):
    write_fetched(tmp_path, "S1", "Posing-1")
    with h5py.File(tmp_path / "S1" / "Posing-1" / "annot.h5", "r+") as file:
        poses = file["pose/2d"][()]
        poses[0, 3] = (100, 250)  # the right ankle
        poses[3] += 500
        file["pose/2d"][:] = poses
    data = Human36M(tmp_path)
    assert data[0].keypoints[10].tolist() == [0, 0, 0]
    assert data[0].keypoints[9].tolist() == [20, 28, 1]
    with pytest.raises(DataError, match=r"img_000016.jpg shows fewer than 8 of its joints"):
        data[1]
