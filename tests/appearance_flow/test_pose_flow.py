import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from appearance_flow.flow import flow_jacobian, fold_rate
from appearance_flow.pose_flow import BODY_PARTS, PARTS, PoseFlow, pose_flow
from tryon.body import skeleton as sk
from tryon.body.torso import garment_torso
from tryon.core.errors import PersonNotFoundError, ShapeError

SIZE = (192, 128)


def grid(size: tuple[int, int]) -> np.ndarray:
    ys, xs = np.mgrid[: size[0], : size[1]].astype(np.float32)
    return np.stack((xs, ys), -1)


def all_flows(pose: PoseFlow) -> dict[str, np.ndarray]:
    return {name: pose.part_flow(name) for name in PARTS} | {"whole": pose.flow}


def largest_stretch(flow: np.ndarray) -> float:
    jacobian = flow_jacobian(torch.from_numpy(flow).permute(2, 0, 1)[None])[0].permute(2, 3, 0, 1)
    return float(torch.linalg.matrix_norm(jacobian, 2).max())


def raise_arm(keypoints: np.ndarray) -> np.ndarray:
    moved = keypoints.copy()
    moved[sk.L_ELBOW, :2], moved[sk.L_WRIST, :2] = (104, 42), (112, 20)
    return moved


def cross_arms(keypoints: np.ndarray) -> np.ndarray:
    moved = keypoints.copy()
    moved[sk.L_ELBOW, :2], moved[sk.L_WRIST, :2] = (84, 66), (58, 62)
    moved[sk.R_ELBOW, :2], moved[sk.R_WRIST, :2] = (44, 66), (70, 68)
    return moved


@pytest.mark.parametrize("size", [SIZE, (193, 131), (770, 514), (16, 16)])
def test_same_pose_is_the_identity(person, size):
    pose = pose_flow(person, person, size)
    for name, flow in all_flows(pose).items():
        assert flow.shape == (*size, 2)
        assert flow.dtype == np.float32
        assert np.abs(flow).max() < 1e-3, name
    assert pose.warnings == ()
    assert all((pose.support(name) == 1).all() for name in PARTS)


@settings(max_examples=25)
@given(
    scale=st.floats(0.4, 2.5),
    angle=st.floats(-0.6, 0.6),
    dx=st.floats(-60, 60),
    dy=st.floats(-60, 60),
    hidden=st.sets(st.sampled_from([sk.L_WRIST, sk.R_ELBOW, sk.L_KNEE, sk.NOSE, sk.R_HIP, sk.L_HIP])),
)
def test_a_person_moved_turned_and_scaled_gives_that_similarity(scale, angle, dx, dy, hidden):
    xy = [(64, 22), (64, 40), (49, 42), (39, 64), (35, 86), (79, 38), (95, 58), (80, 76), (56, 90), (54, 130),
          (50, 165), (72, 90), (80, 128), (74, 170), (61, 19), (67, 19), (57, 20), (71, 20)]  # fmt: skip
    target = np.array([(x, y, 1) for x, y in xy], np.float32)
    target[list(hidden), 2] = 0
    rotation = scale * np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    source = sk.transform(target, np.column_stack((rotation, (dx, dy))).astype(np.float32))
    expected = grid(SIZE) @ rotation.T + (dx, dy) - grid(SIZE)
    for name, flow in all_flows(pose_flow(source, target, SIZE)).items():
        assert np.abs(flow - expected).max() < 2e-3, name


@pytest.mark.parametrize("change", [raise_arm, cross_arms])
def test_joints_go_to_joints(person, change):
    target = change(person)
    pose = pose_flow(person, target, SIZE)
    for name, joints in (
        ("torso", (sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP)),
        ("left_arm", (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST)),
        ("right_arm", (sk.R_ELBOW, sk.R_WRIST)),
        ("left_leg", (sk.L_HIP, sk.L_KNEE, sk.L_ANKLE)),
    ):
        for joint in joints:
            x, y = target[joint, :2].astype(int)
            reached = pose.part_flow(name)[y, x] + (x, y)
            assert np.abs(reached - person[joint, :2]).max() < 1.5, (name, joint)


def test_a_dropped_shoulder_is_met_and_the_other_points_stay(person):
    """No affine map puts one shoulder lower, and leaves the other one and the hips where they are."""
    target = person.copy()
    target[sk.L_SHOULDER, 1] += 4
    torso = pose_flow(person, target, SIZE).part_flow("torso")
    for joint in (sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP):
        x, y = target[joint, :2].astype(int)
        assert np.abs(torso[y, x] + (x, y) - person[joint, :2]).max() < 0.6, joint


def correction(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How far the torso's flow is from its affine map, in pixels."""
    pose = pose_flow(source, target, SIZE)
    matrix, there = pose.matrices["torso"], grid(SIZE)
    return np.linalg.norm(pose.part_flow("torso") + there - there @ matrix[:, :2].T - matrix[:, 2], axis=-1)


def test_a_shoulder_that_was_read_far_off_moves_the_torso_little(person):
    target = person.copy()
    target[sk.L_SHOULDER, :2] = 64, 80
    target[[sk.L_ELBOW, sk.L_WRIST], 2] = 0
    assert correction(person, target).max() < 9


def test_from_the_side_shoulders_are_not_brought_apart(person):
    side = person.copy()
    side[:, 0] = 64 + 0.05 * (side[:, 0] - 64)
    side[sk.L_SHOULDER, 1] += 6
    assert correction(person, side).max() < 1e-3


def test_a_foreshortened_arm_is_stretched_twice_at_most_and_a_dot_of_an_arm_not_at_all(person):
    source = person.copy()
    source[sk.L_ELBOW, :2] = (83, 49.6)  # 10 long, 26 here
    source[sk.L_WRIST, :2] = (84, 50)
    target = person.copy()
    matrices = pose_flow(target, source, SIZE).matrices
    assert np.linalg.svd(matrices["left_arm.0"][:, :2])[1] == pytest.approx((2, 1), abs=0.01)
    np.testing.assert_allclose(matrices["left_arm.1"][:, :2], matrices["left_arm.0"][:, :2])


def test_the_skirt_of_somebody_seated_hangs_as_the_torso_leans(person):
    seated = person.copy()
    seated[[sk.R_KNEE, sk.L_KNEE], :2] = (56, 98), (72, 98)
    matrices = pose_flow(person, seated, SIZE).matrices
    np.testing.assert_array_equal(matrices["skirt"], matrices["torso"])


def test_the_cap_of_the_shoulder_follows_a_raised_arm(person):
    target = raise_arm(person)
    pose = pose_flow(person, target, SIZE)
    arm, torso = pose.part_flow("left_arm")[41, 88], pose.part_flow("torso")[41, 88]
    assert np.abs(arm - (88, 41)).max() > 1
    assert np.abs(torso).max() > 1


def test_crossing_arms_leave_the_torso_alone(person):
    torso = pose_flow(person, cross_arms(person), SIZE).part_flow("torso")
    chest = np.s_[45:88, 55:74]
    assert np.abs(torso[chest]).max() < 0.01


def test_a_mirrored_pair_gives_the_mirrored_flow(person):
    source, target = raise_arm(person), cross_arms(person)
    target[:, 0] += 3
    pose = pose_flow(source, target, SIZE)
    mirrored = pose_flow(sk.mirror(source, 128), sk.mirror(target, 128), SIZE)
    swap = {"left_arm": "right_arm", "right_arm": "left_arm", "left_leg": "right_leg", "right_leg": "left_leg"}
    for name in PARTS:
        expected = pose.part_flow(name)[:, ::-1] * (-1, 1)
        assert np.allclose(mirrored.part_flow(swap.get(name, name)), expected, atol=2e-3), name


def test_front_and_back_give_a_reflection_and_a_warning(person):
    source = person.copy()
    source[:, 0] = 127 - source[:, 0]  # seen from behind: left and right keep their names
    pose = pose_flow(source, person, SIZE)
    expected = np.zeros((*SIZE, 2))
    expected[..., 0] = 127 - 2 * grid(SIZE)[..., 0]
    for name, flow in all_flows(pose).items():
        assert np.allclose(flow, expected, atol=2e-3), name
    seen = "garment photo: its wearer is seen from behind and the person from the front; the garment is mirrored"
    assert pose.warnings == (seen,)
    seen = "garment photo: its wearer is seen from the front and the person from behind; the garment is mirrored"
    assert pose_flow(person, source, SIZE).warnings == (seen,)


def test_the_photo_of_who_is_seen_from_the_side_is_named(person):
    side = person.copy()
    side[:, 0] = 64 + 0.05 * (side[:, 0] - 64)
    note = "the person is seen from the side; the garment may not fit"
    assert pose_flow(side, person, SIZE).warnings == (f"garment photo: {note}",)
    assert pose_flow(person, side, SIZE).warnings == (f"person photo: {note}",)


def test_missing_hips_are_estimated(person):
    source = person.copy()
    source[8:14] = 0
    pose = pose_flow(source, person, SIZE)
    assert any("hips" in w for w in pose.warnings)
    x, y = 64, 65
    assert np.abs(pose.part_flow("torso")[y, x]).max() < 6
    assert fold_rate(torch.from_numpy(pose.part_flow("torso")).permute(2, 0, 1)[None]).item() == 0


def test_estimated_hips_lie_below_the_shoulders_even_from_behind(person):
    back = person.copy()
    back[:, 0] = 127 - back[:, 0]
    back[8:14] = 0
    torso = pose_flow(back, person, SIZE).part_flow("torso")[65, 64]
    assert abs(torso[1]) < 6


def test_without_shoulders_there_is_no_flow(person):
    headless = person.copy()
    headless[[sk.R_SHOULDER, sk.L_SHOULDER]] = 0
    with pytest.raises(PersonNotFoundError, match="shoulder"):
        pose_flow(headless, person, SIZE)
    one = person.copy()
    one[[sk.R_SHOULDER, sk.NECK, sk.R_HIP]] = 0
    with pytest.raises(PersonNotFoundError, match="only one shoulder"):
        pose_flow(person, one, SIZE)
    with pytest.raises(ShapeError, match=r"\(18, 3\)"):
        pose_flow(person[:17], person, SIZE)


def test_one_missing_shoulder_is_taken_from_neck_and_the_other(person):
    source = person.copy()
    source[sk.L_SHOULDER] = 0
    pose = pose_flow(source, person, SIZE)
    assert np.abs(pose.part_flow("torso")[65, 64]).max() < 1
    assert any("one shoulder" in w for w in pose.warnings)


@settings(max_examples=25)
@given(width=st.floats(0, 0.3), swap=st.booleans())
def test_side_views_neither_squash_to_nothing_nor_blow_up(width, swap):
    xy = [(64, 22), (64, 40), (49, 40), (39, 64), (35, 86), (79, 40), (89, 64), (93, 86), (56, 90), (54, 130),
          (54, 170), (72, 90), (74, 130), (74, 170), (61, 19), (67, 19), (57, 20), (71, 20)]  # fmt: skip
    front = np.array([(x, y, 1) for x, y in xy], np.float32)
    side = front.copy()
    side[:, 0] = 64 + (side[:, 0] - 64) * width
    pose = pose_flow(front, side, SIZE) if swap else pose_flow(side, front, SIZE)
    for name in ("torso", "skirt"):
        flow = pose.part_flow(name)
        assert np.isfinite(flow).all()
        assert largest_stretch(flow) < 2.6, name
    linear = pose.matrices["torso"][:, :2]
    assert np.linalg.svd(linear)[1].min() > 0.3
    assert all(np.isfinite(flow).all() for flow in all_flows(pose).values())


def test_skirts_do_not_follow_the_legs_one_by_one(person):
    walking = person.copy()
    walking[sk.R_KNEE, :2], walking[sk.L_KNEE, :2] = (44, 130), (84, 130)
    pose = pose_flow(person, walking, SIZE)
    assert np.abs(pose.part_flow("skirt")[95:130, 44:84]).max() < 0.01
    assert np.abs(pose.part_flow("left_leg")[128, 82]).max() > 5


def test_a_longer_thigh_lengthens_the_skirt_but_not_the_waist(person):
    tall = person.copy()
    tall[[sk.R_KNEE, sk.L_KNEE], 1] = 140  # 50 instead of 40 below the hips
    skirt = pose_flow(person, tall, SIZE).part_flow("skirt")
    assert skirt[140, 64] == pytest.approx((0, -10), abs=0.05)
    assert np.abs(skirt[60, 64]).max() < 0.01


def test_trousers_and_skirts_that_lie_flat_come_out_narrower_and_as_long(person):
    lying = person.copy()
    lying[: sk.R_HIP, 2] = lying[sk.L_ANKLE + 1 :, 2] = 0
    pose = pose_flow(garment_torso(lying), person, SIZE)
    assert pose.warnings == ()
    worn = pose_flow(person, person, SIZE)
    for name, middle in (("left_leg", sk.L_KNEE), ("skirt", None)):
        x, y = person[[sk.R_KNEE, sk.L_KNEE], :2].mean(0) if middle is None else person[middle, :2]
        row, column = round(float(y)), round(float(x))
        narrower = np.gradient(pose.part_flow(name)[..., 0], axis=1)[row, column]
        assert narrower == pytest.approx(0.3, abs=0.02), name
        assert np.abs(pose.part_flow(name)[row, column]).max() < 0.5, name
        assert np.abs(worn.part_flow(name)[row, column]).max() < 0.01, name


def test_a_missing_forearm_continues_the_upper_arm(person):
    source = person.copy()
    source[sk.L_WRIST] = 0
    pose = pose_flow(source, raise_arm(person), SIZE)
    assert np.array_equal(pose.matrices["left_arm.0"], pose.matrices["left_arm.1"])


def test_weights_are_a_partition_of_the_picture(person):
    weights = pose_flow(person, person, SIZE).weights
    assert weights.shape == (*SIZE, len(BODY_PARTS))
    assert np.allclose(weights.sum(-1), 1, atol=1e-5)
    owner = weights.argmax(-1)
    assert [BODY_PARTS[owner[y, x]] for x, y in ((64, 65), (91, 75), (37, 75), (74, 150), (54, 150), (64, 15))] == list(
        BODY_PARTS
    )


def test_support_forbids_a_second_sleeve_inside_a_bent_arm(person):
    bent = person.copy()
    bent[sk.L_WRIST, :2] = (62, 60)
    pose = pose_flow(bent, person, SIZE)
    support = pose.support("left_arm")
    assert support[75, 91] > 0.99  # on the forearm
    assert support[75, 55] < 0.01  # on the other side of the torso
    assert (pose.support("torso") == 1).all()
