"""Reading, posing and key points of avatars, on a rig of seven bones and, where there is one, on a real avatar."""

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from tryon.body import skeleton
from tryon.core.errors import DataError
from tryon.synth.poses import STANCES, aim, clear_torso, natural_pose, retarget, street_poses
from tryon.synth.rig import Avatar, keypoints3d, load_avatar, pose_joints, skin

UP = np.array((0.0, 0.0, np.pi / 2))  # turns x to y


def real_avatar(name: str) -> Path:
    folder = os.environ.get("TRYON_AVATARS")
    if not folder:
        pytest.skip("TRYON_AVATARS names no folder of avatars")
    return Path(folder) / f"{name}.glb"


@pytest.fixture
def arm() -> Avatar:
    """A chest at the origin, a shoulder at x = 1 and an elbow at x = 2, with one vertex in the middle of each bone."""
    return Avatar(
        name="arm",
        joint_names=("Spine", "LeftArm", "LeftForeArm"),
        parents=np.array((-1, 0, 1)),
        rest_joints=np.float32([[0, 0, 0], [1, 0, 0], [2, 0, 0]]),
        vertices=np.float32([[0.5, 0, 0], [1.5, 0, 0], [2.5, 0, 0], [2, 0, 0]]),
        faces=np.array([[0, 1, 2]]),
        face_mesh=np.array([0]),
        mesh_names=("body",),
        mesh_textures=(0,),
        uv=np.zeros((4, 2), np.float32),
        skin_joints=np.array([[0, 0, 0, 0], [1, 0, 0, 0], [2, 0, 0, 0], [1, 2, 0, 0]]),
        skin_weights=np.float32([[1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0.5, 0.5, 0, 0]]),
        textures=(np.full((2, 2, 4), 255, np.uint8),),
    )


def test_rest_pose_reproduces_the_bind_vertices(arm):
    np.testing.assert_allclose(skin(arm, *pose_joints(arm, {})), arm.vertices, atol=1e-6)


def test_a_turned_shoulder_carries_the_forearm(arm):
    rotations, positions = pose_joints(arm, {"LeftArm": UP})
    np.testing.assert_allclose(positions, [[0, 0, 0], [1, 0, 0], [1, 1, 0]], atol=1e-6)
    expected = [[0.5, 0, 0], [1, 0.5, 0], [1, 1.5, 0], [1, 1, 0]]
    np.testing.assert_allclose(skin(arm, rotations, positions), expected, atol=1e-6)


def test_turns_add_up_along_the_chain(arm):
    _, positions = pose_joints(arm, {"Spine": UP, "LeftArm": UP})
    np.testing.assert_allclose(positions, [[0, 0, 0], [0, 1, 0], [-1, 1, 0]], atol=1e-6)


def test_blended_vertex_moves_half_way(arm):
    rotations, positions = pose_joints(arm, {"LeftForeArm": UP})
    moved = skin(arm, rotations, positions)
    np.testing.assert_allclose(moved[3], [2, 0, 0], atol=1e-6)
    np.testing.assert_allclose(moved[2], [2, 0.5, 0], atol=1e-6)


def test_unknown_joint_is_refused(arm):
    with pytest.raises(KeyError, match="Tail"):
        pose_joints(arm, {"Tail": UP})


def test_a_file_that_is_no_glb_is_refused(tmp_path):
    path = tmp_path / "avatar.glb"
    path.write_bytes(b"not a model at all, just some text")
    with pytest.raises(DataError, match="no binary glTF"):
        load_avatar(path)


def test_a_rig_without_the_joints_is_refused(tmp_path):
    gltf = {"nodes": [{"name": "Tail"}], "skins": [{"joints": [0], "inverseBindMatrices": 0}]}
    text = json.dumps(gltf).encode()
    path = tmp_path / "tail.glb"
    path.write_bytes(struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + 8, len(text), 0x4E4F534A) + text + bytes(8))
    with pytest.raises(DataError, match="lacks the joints Head"):
        load_avatar(path)


def standing_points() -> np.ndarray:
    """MediaPipe's 33 points of somebody who stands straight with hanging arms, seen from the front."""
    points = np.zeros((33, 3))
    for side, sign in ((0, 1), (1, -1)):  # left is to the right of the picture
        for index, x, y in ((11, 0.2, -0.5), (13, 0.25, -0.2), (15, 0.25, 0.05), (23, 0.1, 0), (25, 0.1, 0.4)):
            points[index + side] = (sign * x, y, 0)
        points[27 + side] = (sign * 0.1, 0.8, 0)
    return points


def test_retarget_points_arms_down_and_outward():
    turns, directions = retarget(standing_points())
    np.testing.assert_allclose(directions["LeftArm"], (0.05, -0.3, 0), atol=1e-6)
    np.testing.assert_allclose(directions["RightArm"], (-0.05, -0.3, 0), atol=1e-6)
    np.testing.assert_allclose(turns["Spine"], 0, atol=1e-6)


def test_retarget_leaves_out_which_way_the_person_faces():
    points = standing_points()
    turned = points[:, [2, 1, 0]] * (1, 1, -1)  # a quarter turn about the vertical
    _, expected = retarget(points)
    _, directions = retarget(turned)
    np.testing.assert_allclose(directions["LeftArm"], expected["LeftArm"], atol=1e-6)


def test_retarget_refuses_somebody_who_sits():
    points = standing_points()
    points[[25, 26], 1:] = (0.05, -0.4)
    assert retarget(points) is None


def test_street_poses_names_what_is_missing(tmp_path):
    with pytest.raises(DataError, match=r"lacks keypoints\.npz"):
        street_poses(tmp_path)
    np.savez(tmp_path / "keypoints.npz", photo=["0001"], coco18=np.zeros((1, 18, 3)))
    with pytest.raises(DataError, match=r"lacks split\.csv"):
        street_poses(tmp_path)
    (tmp_path / "split.csv").write_text("photo,labelled,split\n0001,1,train\n")
    with pytest.raises(DataError, match=r"has no 3-D key points; add MediaPipe's world landmarks as the array world33"):
        street_poses(tmp_path)


def test_street_poses_are_those_of_train_that_are_sure(tmp_path):
    (tmp_path / "split.csv").write_text("photo,labelled,split\n0001,1,train\n0002,1,val\n0003,0,train\n")
    names, world = ["0001", "0002", "0003"], np.arange(3 * 33 * 3.0).reshape(3, 33, 3)
    np.savez(tmp_path / "keypoints.npz", photo=names, world33=world)
    assert [pose[0, 0] for pose in street_poses(tmp_path)] == [0, 198]
    np.savez(tmp_path / "keypoints.npz", photo=names, world33=world, score=[0.5, 0.9, 0.9])
    assert [pose[0, 0] for pose in street_poses(tmp_path)] == [198]
    np.savez(tmp_path / "keypoints.npz", photo=names, world33=world, score=[0.5, 0.9, 0.5])
    with pytest.raises(DataError, match="no 3-D key points of the photos of train"):
        street_poses(tmp_path)


def test_raised_left_arm_lifts_the_left_wrist_only():
    avatar = load_avatar(real_avatar("White_F_2_Casual"))
    rest = keypoints3d(avatar, *pose_joints(avatar, {}))
    posed = keypoints3d(avatar, *pose_joints(avatar, {"LeftArm": UP}))
    assert rest[skeleton.L_WRIST, 0] > 0.5 > -0.5 > rest[skeleton.R_WRIST, 0]
    assert posed[skeleton.L_WRIST, 1] > rest[skeleton.L_WRIST, 1] + 0.4
    np.testing.assert_allclose(posed[skeleton.R_WRIST], rest[skeleton.R_WRIST], atol=1e-6)


def test_real_head_points_lie_where_a_face_has_them():
    avatar = load_avatar(real_avatar("Black_M_2_Busi"))
    points = keypoints3d(avatar, *pose_joints(avatar, {}))
    nose, r_eye, l_eye = points[[skeleton.NOSE, skeleton.R_EYE, skeleton.L_EYE]]
    assert r_eye[0] < nose[0] < l_eye[0]
    assert nose[1] < r_eye[1]
    assert nose[2] > r_eye[2]
    assert points[skeleton.R_EAR, 0] < r_eye[0]
    assert points[skeleton.R_EAR, 2] < r_eye[2] - 0.05


def test_stances_keep_wrists_out_of_the_torso():
    avatar = load_avatar(real_avatar("Black_M_1_Casual"))
    for stance in STANCES:
        pose = natural_pose(avatar, stance, np.random.default_rng(1))
        _, positions = pose_joints(avatar, pose)
        wrist = positions[avatar.joint_index["LeftHand"]]
        spine = positions[avatar.joint_index["Spine1"]]
        assert np.hypot(*(wrist - spine)[[0, 2]]) > 0.14, stance


def test_clear_torso_pushes_arms_out_of_the_body():
    avatar = load_avatar(real_avatar("Black_M_1_Casual"))
    turns, directions = retarget(standing_points())
    directions["LeftForeArm"] = np.array((-0.6, -1.0, 0.0))  # straight into the belly
    hand, spine = avatar.joint_index["LeftHand"], avatar.joint_index["Spine"]
    inside = pose_joints(avatar, aim(avatar, turns, directions))[1]
    cleared = pose_joints(avatar, clear_torso(avatar, turns, directions))[1]
    assert np.hypot(*(inside[hand] - inside[spine])[[0, 2]]) < 0.15
    assert np.hypot(*(cleared[hand] - cleared[spine])[[0, 2]]) > 0.18
