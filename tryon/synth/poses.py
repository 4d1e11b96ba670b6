"""Poses for avatars: aiming bones along directions, natural stances, and stances of 3-D key points.

Directions are ``(3,)`` vectors in the axes of :mod:`tryon.synth.rig` (x to the person's left, y up, z to the front),
one for each limb bone, keyed by the joint at its upper end.
"""

import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from tryon.core.errors import DataError, reason_of
from tryon.core.files import read_rows
from tryon.synth.rig import Avatar, Pose, pose_joints, skin, turn_of

_LIMBS = ((("Arm", "ForeArm"), ("ForeArm", "Hand")), (("UpLeg", "Leg"), ("Leg", "Foot")))
_FINGERS = ("Index", "Middle", "Ring", "Pinky")
_SIDES = (("Left", 1.0), ("Right", -1.0))
_ARM, _LEG = ("Arm", "ForeArm", "Hand", "Finger"), ("UpLeg", "Leg", "Foot", "Toe")
_OVERLAP = 0.015  # meters by which a limb may sink into the body, as it does into soft cloth
_NEAR = 0.1  # meters within which a vertex that is inside of something finds its surface
_TRUNK = ("Hips", "Spine", "LeftUpLeg", "RightUpLeg")
_HAND = 0.17  # meters from the wrist to the finger tips
_CLEARANCE = 0.035  # meters between a forearm's axis and the surface of the torso
_HIP, _FOOT, _LEG_BONE = 0.077, 0.06, 0.42  # meters: hip from the middle, foot at least so far from it, thigh or shin
Stance = tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
"""Turns (rotation vectors of hips, spine and head) and directions of the limb bones."""


def _turn_between(start: np.ndarray, end: np.ndarray) -> Rotation:
    """The smallest rotation that takes the direction ``start`` to ``end``."""
    start, end = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(start, end)
    length = np.linalg.norm(axis)
    if length < 1e-8:
        return Rotation.identity()
    return Rotation.from_rotvec(axis / length * np.arctan2(length, start @ end))


def aim(avatar: Avatar, turns: Pose, directions: Mapping[str, np.ndarray]) -> Pose:
    """Turn limb bones along directions, each by the smallest rotation from where its parent has carried it.

    The collar bone takes a share of the upper arm's turn, feet stay half level, fingers bend a little.

    Args:
        avatar: whose rest pose is a T pose.
        turns: rotations of hips, spine, neck and head.
        directions: for ``LeftArm``, ``LeftForeArm``, ``LeftUpLeg``, ``LeftLeg`` and the same of the right.
    """
    pose = dict(turns)
    for side, sign in _SIDES:
        for limb in _LIMBS:
            carried = turn_of(avatar, pose, avatar.parents[avatar.joint_index[side + limb[0][0]]])
            for bone, child in limb:
                rest = avatar.rest_joints[avatar.joint_index[side + child]]
                rest = carried.apply(rest - avatar.rest_joints[avatar.joint_index[side + bone]])
                aimed = _turn_between(rest, directions[side + bone]) * carried
                turn = carried.inv() * aimed
                if bone == "Arm":
                    collar = Rotation.from_rotvec(0.2 * turn.as_rotvec())
                    pose[side + "Shoulder"] = collar.as_rotvec()
                    turn = collar.inv() * turn
                pose[side + bone] = turn.as_rotvec()
                carried = aimed
        level = Rotation.from_rotvec([0, sign * 0.2, 0])
        pose[side + "Foot"] = Rotation.from_rotvec(0.85 * (carried.inv() * level).as_rotvec()).as_rotvec()
        pose[f"{side}HandThumb1"] = np.array((0.0, sign * 0.3, 0.0))
        for finger in _FINGERS:
            for segment, angle in (("1", 0.3), ("2", 0.45), ("3", 0.3)):
                pose[f"{side}Hand{finger}{segment}"] = np.array((0.0, 0.0, -sign * angle))
    return pose


def _share(avatar: Avatar, beginnings: tuple[str, ...]) -> np.ndarray:
    """``(V,)`` the share of each vertex that is moved by the joints whose names begin so."""
    joints = [i for i, name in enumerate(avatar.joint_names) if name.startswith(beginnings)]
    moved = np.zeros(len(avatar.joint_names), np.float32)
    moved[joints] = 1
    return avatar.influence @ moved


def _part(avatar: Avatar, vertices: np.ndarray) -> Avatar:
    """The avatar with some of its vertices only, to be skinned quickly."""
    return replace(
        avatar,
        vertices=avatar.vertices[vertices],
        skin_joints=avatar.skin_joints[vertices],
        skin_weights=avatar.skin_weights[vertices],
    )


def clear_torso(avatar: Avatar, turns: Pose, directions: Mapping[str, np.ndarray], hands: bool = True) -> Pose:
    """:func:`aim`, with the arms pushed off the torso until forearms and hands no longer pass through it.

    The torso is taken as an ellipse at each height. Without ``hands``, these may be inside: in pockets.
    """
    directions = dict(directions)
    trunk = _part(avatar, np.flatnonzero(_share(avatar, _TRUNK) > 0.7)[::2])
    reach, clearance = (_HAND, _CLEARANCE) if hands else (0.0, 0.0)
    for _ in range(20):
        pose = aim(avatar, turns, directions)
        rotations, positions = pose_joints(avatar, pose)
        torso = skin(trunk, rotations, positions)
        moved = False
        for side, _sign in _SIDES:
            elbow, wrist = (positions[avatar.joint_index[side + name]] for name in ("ForeArm", "Hand"))
            tip = wrist + (wrist - elbow) / np.linalg.norm(wrist - elbow) * reach
            push, depth = np.zeros(3), 0.0
            for t in np.linspace(0, 1, 9):
                point = elbow + t * (tip - elbow)
                ring = torso[np.abs(torso[:, 1] - point[1]) < 0.03][:, [0, 2]]
                if len(ring) < 8:
                    continue
                middle = (ring.max(0) + ring.min(0)) / 2
                radii = (ring.max(0) - ring.min(0)) / 2 + clearance
                offset = (point[[0, 2]] - middle) / radii
                inside = 1 - float(np.linalg.norm(offset))
                if inside > depth:
                    normal = offset / radii
                    normal[1] = abs(normal[1])  # around the front: hands do not go behind the back
                    push[[0, 2]] = normal / (np.linalg.norm(normal) + 1e-9)
                    depth = inside
            if depth > 0.01:
                strength = min(0.25, 0.06 + depth * 0.5)
                for bone, share in (("Arm", 0.7), ("ForeArm", 1.0)):
                    direction = directions[side + bone] / np.linalg.norm(directions[side + bone])
                    directions[side + bone] = direction + push * strength * share
                moved = True
        if not moved:
            break
    return pose


def body_overlap(avatar: Avatar, pose: Pose, hands: bool = True) -> float:
    """How deep limbs are inside the body: meters, of the deepest vertices of forearms, hands, shins and feet.

    A vertex is inside where it lies behind the nearest vertex of everything but its own limb. Without ``hands``,
    these may be inside: in pockets.
    """
    rotations, positions = pose_joints(avatar, pose)
    index = np.arange(0, avatar.faces[avatar.face_mesh == 0].max() + 1, 4)
    body = _part(avatar, index)
    places = skin(body, rotations, positions)
    mover = body.skin_joints[np.arange(len(places)), body.skin_weights.argmax(1)]
    normals = np.einsum("vij,vj->vi", rotations[mover], avatar.normals[index])
    deepest = 0.0
    for side, _sign in _SIDES:
        for limb, ends in (_ARM, _ARM[1:] if hands else ("ForeArm",)), (_LEG, _LEG[1:]):
            end = np.flatnonzero(_share(body, tuple(side + bone for bone in ends)) > 0.9)
            others = np.flatnonzero(_share(body, tuple(side + bone for bone in limb)) < 0.05)
            distance, nearest = cKDTree(places[others]).query(places[end], distance_upper_bound=_NEAR)
            end, nearest = end[np.isfinite(distance)], others[nearest[np.isfinite(distance)]]
            behind = -((places[end] - places[nearest]) * normals[nearest]).sum(1)
            if len(behind) > 10:
                deepest = max(deepest, float(np.percentile(behind, 97)))
    return deepest


def least_overlap(avatar: Avatar, poses: Iterable[Pose], hands: bool = True) -> Pose:
    """The first pose whose :func:`body_overlap` is small, or, where none is, the one with the smallest."""
    best: tuple[float, Pose] | None = None
    for pose in poses:
        overlap = body_overlap(avatar, pose, hands)
        if overlap < _OVERLAP:
            return pose
        if best is None or overlap < best[0]:
            best = overlap, pose
    if best is None:
        raise ValueError("no pose to choose from")
    return best[1]


def _standing(rng: np.random.Generator) -> Stance:
    def small(scale: float) -> np.ndarray:
        return rng.normal(0, scale, 3)

    turns = {
        "Spine": small(0.02), "Spine1": small(0.02), "Spine2": small(0.03),
        "Neck": small(0.04), "Head": small(0.07) * (0.7, 1.3, 0.6),
    }  # fmt: skip
    directions = {}
    stride = rng.uniform(0.0, 0.07)
    for side, sign in _SIDES:
        spread = rng.uniform(0.12, 0.38)
        directions[side + "Arm"] = np.array((sign * spread, -1, rng.uniform(-0.12, 0.06)))
        directions[side + "ForeArm"] = np.array((sign * (spread - 0.12), -1, rng.uniform(0.08, 0.35)))
        directions[side + "UpLeg"] = np.array((sign * (0.02 + stride), -1, rng.uniform(-0.01, 0.05)))
        directions[side + "Leg"] = np.array((sign * stride, -1, -0.04))
    return turns, directions


def _contrapposto(rng: np.random.Generator) -> Stance:
    turns, directions = _standing(rng)
    side, sign = _SIDES[rng.integers(2)]
    tilt = sign * rng.uniform(0.05, 0.1)
    turns["Hips"] = np.array((0, -tilt, tilt))
    turns["Spine1"] = np.array((0, 0, -0.7 * tilt))
    turns["Spine2"] = np.array((0, tilt, -0.8 * tilt))
    directions[side + "UpLeg"] = np.array((-sign * 0.03, -1, 0.0))
    directions[side + "Leg"] = np.array((-sign * 0.02, -1, -0.02))
    other, sign = _SIDES[0] if side == "Right" else _SIDES[1]
    directions[other + "UpLeg"] = np.array((sign * rng.uniform(0.14, 0.2), -1, 0.2))
    directions[other + "Leg"] = np.array((sign * 0.1, -1, -0.12))
    return turns, directions


def _hand_on_hip(rng: np.random.Generator) -> Stance:
    turns, directions = _contrapposto(rng)
    for side, sign in _SIDES if rng.random() < 0.4 else [_SIDES[rng.integers(2)]]:
        directions[side + "Arm"] = np.array((sign * 0.75, -1, -0.25))
        directions[side + "ForeArm"] = np.array((-sign * rng.uniform(0.7, 1.0), -0.75, 0.35))
    return turns, directions


def _arm_raised(rng: np.random.Generator) -> Stance:
    turns, directions = _contrapposto(rng)
    side, sign = _SIDES[rng.integers(2)]
    directions[side + "Arm"] = np.array((sign * 0.8, rng.uniform(-0.3, 0.7), 0.3))
    directions[side + "ForeArm"] = np.array((sign * rng.uniform(-0.5, 0.4), 1, rng.uniform(0.2, 0.5)))
    return turns, directions


def _walking(rng: np.random.Generator) -> Stance:
    turns, directions = _standing(rng)
    ahead, behind = _SIDES if rng.random() < 0.5 else _SIDES[::-1]
    step = rng.uniform(0.2, 0.45)
    turns["Spine2"] = np.array((0.03, -ahead[1] * 0.12, 0))
    directions[ahead[0] + "UpLeg"] = np.array((ahead[1] * 0.02, -1, step))
    directions[ahead[0] + "Leg"] = np.array((0, -1, step * 0.5))
    directions[behind[0] + "UpLeg"] = np.array((behind[1] * 0.02, -1, -0.5 * step))
    directions[behind[0] + "Leg"] = np.array((0, -1, -1.3 * step))
    for (side, sign), swing in ((ahead, -step), (behind, step)):
        directions[side + "Arm"] = np.array((sign * 0.2, -1, 0.6 * swing))
        directions[side + "ForeArm"] = np.array((sign * 0.05, -1, 0.25 + 0.7 * swing))
    return turns, directions


def _arms_crossed(rng: np.random.Generator) -> Stance:
    turns, directions = _contrapposto(rng) if rng.random() < 0.5 else _standing(rng)
    upper, lower = _SIDES if rng.random() < 0.5 else _SIDES[::-1]
    lift = rng.uniform(-0.05, 0.1)
    for (side, sign), height, forward, away in ((lower, 0.08, 0.3, 0.12), (upper, 0.26, 0.6, 0.12)):
        directions[side + "Arm"] = np.array((sign * 0.16, -1, forward))
        directions[side + "ForeArm"] = np.array((-sign, height + lift, away))
    return turns, directions


def _hands_in_front(rng: np.random.Generator) -> Stance:
    turns, directions = _standing(rng)
    for side, sign in _SIDES:
        directions[side + "Arm"] = np.array((sign * 0.3, -1, 0.1))
        directions[side + "ForeArm"] = np.array((-sign * rng.uniform(0.4, 0.8), -1, rng.uniform(0.5, 1.0)))
    return turns, directions


def _arm_across(rng: np.random.Generator) -> Stance:
    """One forearm before the belly or the chest, or the hand at the other arm."""
    turns, directions = _contrapposto(rng) if rng.random() < 0.5 else _standing(rng)
    side, sign = _SIDES[rng.integers(2)]
    directions[side + "Arm"] = np.array((sign * rng.uniform(0.15, 0.4), -1, rng.uniform(0.1, 0.45)))
    directions[side + "ForeArm"] = np.array((-sign, rng.uniform(-0.35, 0.75), rng.uniform(0.2, 0.5)))
    return turns, directions


def _hands_in_pockets(rng: np.random.Generator) -> Stance:
    turns, directions = _contrapposto(rng) if rng.random() < 0.5 else _standing(rng)
    for side, sign in _SIDES if rng.random() < 0.6 else [_SIDES[rng.integers(2)]]:
        directions[side + "Arm"] = np.array((sign * rng.uniform(0.42, 0.5), -1, rng.uniform(-0.35, -0.22)))
        directions[side + "ForeArm"] = np.array((-sign * rng.uniform(0.4, 0.52), -1, rng.uniform(0.28, 0.4)))
    return turns, directions


def _canonical(_rng: np.random.Generator) -> Stance:
    """Upright, facing ahead, the arms a little away from the body: always the same."""
    directions = {}
    for side, sign in _SIDES:
        directions[side + "Arm"] = np.array((sign * 0.36, -1, -0.03))
        directions[side + "ForeArm"] = np.array((sign * 0.26, -1, 0.12))
        directions[side + "UpLeg"] = np.array((sign * 0.06, -1, 0.0))
        directions[side + "Leg"] = np.array((sign * 0.05, -1, -0.03))
    return {"Head": np.zeros(3)}, directions


def _anything(rng: np.random.Generator) -> Stance:
    turns, directions = _contrapposto(rng) if rng.random() < 0.5 else _walking(rng)
    turns["Spine1"] = rng.normal(0, (0.08, 0.12, 0.06))
    turns["Head"] = rng.normal(0, (0.1, 0.3, 0.08))
    for side, sign in _SIDES:
        upper = np.array((sign * rng.uniform(0.1, 1.0), rng.uniform(-1.2, 0.5), rng.uniform(-0.2, 0.8)))
        directions[side + "Arm"] = upper
        bend = np.array((-sign * rng.uniform(-0.3, 1.0), rng.uniform(-0.8, 1.0), rng.uniform(0.2, 1.0)))
        directions[side + "ForeArm"] = 0.6 * upper / np.linalg.norm(upper) + bend
    return turns, directions


STANCES: dict[str, Callable[[np.random.Generator], Stance]] = {
    "standing": _standing,
    "contrapposto": _contrapposto,
    "hand on hip": _hand_on_hip,
    "arm raised": _arm_raised,
    "walking": _walking,
    "arms crossed": _arms_crossed,
    "hands in front": _hands_in_front,
    "arm across": _arm_across,
    "hands in pockets": _hands_in_pockets,
    "canonical": _canonical,
    "anything": _anything,
}


def natural_pose(avatar: Avatar, stance: str, rng: np.random.Generator) -> Pose:
    """A random pose of one of :data:`STANCES`, with limbs that do not pass through the body.

    Of up to four draws, the first whose :func:`body_overlap` is small is taken, or the one with the smallest.
    """
    hands = stance != "hands in pockets"
    return least_overlap(avatar, (clear_torso(avatar, *STANCES[stance](rng), hands) for _ in range(4)), hands)


def retarget(world: np.ndarray) -> Stance | None:
    """The stance of 3-D key points, as far as it is a standing one.

    Depth from a single photo is the weakest of the three coordinates, so the lean of trunk and legs is halved.

    Args:
        world: ``(33, 3)`` meters in MediaPipe's order and axes (x to the right of the picture, y down, z away).

    Returns:
        The stance in the frame of the hips (which way the person was turned is left out), or ``None`` for somebody
        who sits, crouches or bends.
    """
    points = np.asarray(world, np.float64) * (1, -1, -1)
    across = (points[23] - points[24]) * (1, 0, 1)
    yaw = np.arctan2(-across[2], across[0])
    points = Rotation.from_rotvec([0, -yaw, 0]).apply(points)
    shoulders = points[11] - points[12]
    trunk = points[[11, 12]].mean(0) - points[[23, 24]].mean(0)
    twist = np.clip(np.arctan2(-shoulders[2], shoulders[0]), -0.5, 0.5)
    lean = np.clip(np.arctan2(trunk[2], trunk[1]) * 0.5, -0.15, 0.25)
    tilt = np.clip(-np.arctan2(trunk[0], trunk[1]), -0.3, 0.3)
    turns = {name: np.array((lean, twist, tilt)) / 3 for name in ("Spine", "Spine1", "Spine2")}
    chain = {"Left": (11, 13, 15, 23, 25, 27), "Right": (12, 14, 16, 24, 26, 28)}
    directions = {}
    for side, sign in _SIDES:
        shoulder, elbow, wrist, hip, knee, ankle = points[list(chain[side])]
        directions[side + "Arm"] = elbow - shoulder
        directions[side + "ForeArm"] = wrist - elbow
        directions[side + "UpLeg"] = (knee - hip) * (1, 1, 0.5)
        directions[side + "Leg"] = (ankle - knee) * (1, 1, 0.5)
        # These hips are wider than an avatar's; without the same room between the feet the legs would cross.
        for bone in ("UpLeg", "Leg"):
            directions[side + bone] /= np.linalg.norm(directions[side + bone])
        feet = sign * (directions[side + "UpLeg"] + directions[side + "Leg"])[0] * _LEG_BONE + _HIP
        directions[side + "Leg"][0] += sign * max(_FOOT - feet, 0) / 2 / _LEG_BONE
        directions[side + "UpLeg"][0] += sign * max(_FOOT - feet, 0) / 2 / _LEG_BONE
        if knee[1] > hip[1] - 0.25 or ankle[1] > knee[1] - 0.2:
            return None
    return turns, directions


def street_poses(folder: Path) -> list[np.ndarray]:
    """3-D key points ``(33, 3)`` of the training photos of a Clothing Co-Parsing folder, for :func:`retarget`.

    They are the array ``world33`` of its ``keypoints*.npz``, of which those with a ``score`` above .8 are taken, or
    all where there is no such array.

    Raises:
        DataError: the folder lacks ``keypoints*.npz`` or ``split.csv``, or has no 3-D key points of train.
    """
    split, files = folder / "split.csv", sorted(folder.glob("keypoints*.npz"))
    if not files or not split.is_file():
        missing = "split.csv" if files else "keypoints.npz"
        raise DataError(
            f"{folder} lacks {missing}; expected a Clothing Co-Parsing folder with split.csv and key points"
        )
    train = [row["photo"] for row in read_rows(split, ("photo", "split")) if row["split"] == "train"]
    try:
        with np.load(files[0]) as data:
            stored = {name: data[name] for name in ("photo", "score", "world33") if name in data}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{files[0]} cannot be read ({reason_of(error)}); expected arrays photo and world33") from error
    if "world33" not in stored:
        raise DataError(
            f"{files[0]} has no 3-D key points; add MediaPipe's world landmarks as the array world33 (N, 33, 3), "
            "or leave out --poses"
        )
    good = np.isin(stored["photo"], train)
    if "score" in stored:
        good &= stored["score"] > 0.8
    found = stored["world33"][good]
    if not len(found):
        raise DataError(f"{files[0]} has no 3-D key points of the photos of train in {split}; is it of this data set?")
    if not np.isfinite(found).all():
        raise DataError(f"{files[0]} holds values of world33 that are no finite numbers; mend or remove these photos")
    return list(found)
