"""One garment of a dressed person without the person: lying on a ground, or filled out as if somebody wore it.

The garment is posed at rest with the arms anywhere between level and hanging, widened as cloth is that lies flat, and
pressed; its triangles keep their numbers, so that the exact flow to pictures in which it is worn follows from them.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.geometry import smoothstep
from tryon.core.labels import UNKNOWN
from tryon.synth.backdrop import random_ground, studio
from tryon.synth.body import base_mesh
from tryon.synth.drape import normals
from tryon.synth.dressed import DressedPerson, PosedAvatar
from tryon.synth.poses import aim
from tryon.synth.raycast import Light
from tryon.synth.render import Camera, Render, render
from tryon.synth.rig import JOINTS_OF_KEYPOINTS, Avatar, Pose, pose_joints, skin

_RAYS = 10
_PRESSED = 0.06  # depth of a garment that lies flat, against its depth when worn
_LOWEST = np.radians(80)  # of the upper arms, below level
# Half around what is round is 1.57 of its width, around a broad trunk 1.3. On photos, legs and skirts are 1.4
# times as wide as worn ones, by the scale of the pose flow, and sleeves 1.2 times; those of renders are with these.
_TRUNKS, _BELOW = (1.05, 1.4), (1.4, 1.9)
_REACHED = 0.05  # meters beyond the cloth to which it is said to reach a joint: about the flesh around the bone
_FRAMED = (1.08, 1.4)  # height of the picture, in heights of the garment, or the same of the widths
_BEHIND = -0.5  # how far back skin faces that is clearly the back's: as the cosine to the front
_HEIGHT = 5.0  # meters above the floor at which garments are shown, so that no floor is seen
_BONES = (
    (sk.R_SHOULDER, sk.R_ELBOW), (sk.R_ELBOW, sk.R_WRIST), (sk.L_SHOULDER, sk.L_ELBOW), (sk.L_ELBOW, sk.L_WRIST),
)  # fmt: skip
_BONE_OF_JOINT = np.zeros((sk.NUM_KEYPOINTS, len(_BONES)))
_BONE_OF_JOINT[[sk.R_SHOULDER, sk.R_ELBOW, sk.L_SHOULDER, sk.L_ELBOW], range(4)] = 1
_BONE_OF_JOINT[[sk.R_WRIST, sk.L_WRIST], [1, 3]] = 1


@dataclass(frozen=True)
class Lay:
    """How a garment lies."""

    arms: tuple[float, float] = (0.8, 0.8)
    """Radians of right and left upper arm below level."""
    bend: tuple[float, float] = (0.0, 0.0)
    """Radians by which each forearm hangs lower than its upper arm."""
    legs: float = 0.08
    """Radians of each leg from upright."""
    turn: float = 0.0
    """Radians in the picture."""
    wide: float = 1.0
    """Width of trunk and sleeves against that of the worn ones as they look from the front."""
    below: float = 1.0
    """The same of legs and skirts, below the hips."""
    depth: float = _PRESSED
    """Against that of the worn garment: more than pressed, it hangs before a bright wall as if somebody wore it."""


def random_lay(rng: np.random.Generator) -> Lay:
    """Two of three garments lie pressed, the third is filled out; filled cloth is not widened in the same measure."""
    depth = float(rng.uniform(0.3, 1)) if rng.random() < 1 / 3 else _PRESSED
    arms = np.clip(rng.uniform(0, _LOWEST) + rng.normal(0, 0.06, 2), 0, _LOWEST)
    bend = rng.uniform(-0.1, 0.25, 2)
    share = float(rng.random())  # what is loose is so all over
    wide, below = (1 + (low + (high - low) * share - 1) * (1 - depth) for low, high in (_TRUNKS, _BELOW))
    return Lay(
        arms=(float(arms[0]), float(arms[1])),
        bend=(float(bend[0]), float(bend[1])),
        legs=float(rng.uniform(0.02, 0.2)),
        turn=float(rng.normal(0, 0.06)),
        wide=wide,
        below=below,
        depth=depth,
    )


def lay_flat(
    person: DressedPerson, layer: int, rng: np.random.Generator, size: tuple[int, int], lay: Lay | None = None
) -> Render:
    """A picture of one garment of a person.

    Its key points are the joints as points of the cloth: 1 where the garment reaches the joint, 0 elsewhere and on the
    head. Where the back is seen from within, as behind an open neckline, the label map says
    :data:`~tryon.core.labels.UNKNOWN`: that cloth is never seen on the front of whoever wears it. Its triangles have
    the numbers that they have on the person, for :func:`tryon.synth.surface.exact_flow`.

    Args:
        person: whose garment.
        layer: the garment's place in ``person.layers``.
        rng: chooses light, ground and, if it is left out, how the garment lies.
        size: height and width of the picture.
        lay: how it lies; by default of :func:`random_lay`.
    """
    lay = lay or random_lay(rng)
    avatar = person.avatar
    rotations, positions = pose_joints(avatar, _pose(avatar, lay))
    mine = np.unique(avatar.faces[avatar.face_mesh == layer])
    count, joints = len(mine), _joints(avatar, positions)
    places = np.concatenate((skin(avatar, rotations, positions)[mine], joints))
    places = _widened(places, np.concatenate((_arm_shares(avatar)[mine], _BONE_OF_JOINT)), joints, lay)
    places -= (places[:count].min(0) + places[:count].max(0)) / 2
    cos, sin = np.cos(lay.turn), np.sin(lay.turn)
    places[:, :2] = places[:, :2] @ np.array(((cos, sin), (-sin, cos)))
    places[:, 2] *= lay.depth
    places[:, 1] += _HEIGHT
    vertices = avatar.vertices - np.array((0, 100, 0), np.float32)  # all else lies far below the picture
    vertices[mine] = places[:count]
    extent = np.ptp(places[:count], axis=0)
    span = float(rng.uniform(*_FRAMED) * max(extent[1], extent[0] * size[0] / size[1]))
    camera = Camera(height=_HEIGHT, target=_HEIGHT, distance=6.0, span=span)
    picture = _shoot(avatar, vertices, person.atlas, camera, rng, size, lay)
    back = (picture.triangle >= 0) & _is_back(person, rotations, vertices)[picture.triangle]
    return replace(
        picture,
        parsing=np.where(back & (picture.parsing > 0), np.uint8(UNKNOWN), picture.parsing),
        keypoints=_reached(camera.project(places[count:], size), avatar, picture.triangle, _REACHED * size[0] / span),
    )


def _pose(avatar: Avatar, lay: Lay) -> Pose:
    """Arms and legs in the plane of the picture; feet, hands and trunk as at rest."""
    directions = {}
    for place, (side, sign) in enumerate((("Right", -1), ("Left", 1))):
        upper, lower = lay.arms[place], lay.arms[place] + lay.bend[place]
        directions[side + "Arm"] = np.array((sign * np.cos(upper), -np.sin(upper), 0))
        directions[side + "ForeArm"] = np.array((sign * np.cos(lower), -np.sin(lower), 0))
        for bone in ("UpLeg", "Leg"):
            directions[side + bone] = np.array((sign * np.sin(lay.legs), -np.cos(lay.legs), 0))
    turns = aim(avatar, {}, directions)
    return {bone: turn for bone, turn in turns.items() if bone.endswith(("Shoulder", "Arm", "Leg"))}


def _joints(avatar: Avatar, positions: np.ndarray) -> np.ndarray:
    """Key points ``(18, 3)`` of posed joints; nose, neck and ears are where no garment is asked about them."""
    points = np.zeros((sk.NUM_KEYPOINTS, 3))
    for keypoint, name in JOINTS_OF_KEYPOINTS.items():
        points[keypoint] = positions[avatar.joint_index[name]]
    points[sk.NECK] = points[[sk.R_SHOULDER, sk.L_SHOULDER]].mean(0)
    return points


def _arm_shares(avatar: Avatar) -> np.ndarray:
    """``(V, 4)`` how much of each vertex moves with each of :data:`_BONES`; hands move with the forearms."""
    bones = (("RightArm",), ("RightForeArm", "RightHand"), ("LeftArm",), ("LeftForeArm", "LeftHand"))
    moved = np.array([[name.startswith(bone) for bone in bones] for name in avatar.joint_names], np.float32)
    return avatar.influence @ moved


def _widened(points: np.ndarray, arms: np.ndarray, joints: np.ndarray, lay: Lay) -> np.ndarray:
    """Points ``(N, 3)`` moved as if round cloth were pressed flat.

    The trunk grows across the middle axis, not at all at the shoulders and fully from half way to the hips, legs and
    skirts fully from half a torso below the hips; the sleeves grow across the line from joint to joint.

    Args:
        points: of cloth or joints.
        arms: ``(N, 4)`` how much of each point moves with each of :data:`_BONES`; what is left is trunk or leg.
        joints: ``(18, 3)`` at rest.
        lay: its widths.
    """
    top = joints[[sk.R_SHOULDER, sk.L_SHOULDER], 1].mean()
    bottom = joints[[sk.R_HIP, sk.L_HIP], 1].mean()
    middle = joints[[sk.R_HIP, sk.L_HIP, sk.R_SHOULDER, sk.L_SHOULDER], 0].mean()
    depth = (top - points[:, 1]) / (top - bottom)
    wide = 1 + (lay.wide - 1) * smoothstep(depth, 0, 0.5) + (lay.below - lay.wide) * smoothstep(depth, 1, 1.5)
    out = points.copy()
    out[:, 0] += (wide - 1) * (1 - arms.sum(1)) * (points[:, 0] - middle)
    for share, (upper, lower) in zip(arms.T, _BONES, strict=True):
        along = joints[lower, :2] - joints[upper, :2]
        across = np.array((-along[1], along[0])) / np.linalg.norm(along)
        away = (points[:, :2] - joints[upper, :2]) @ across
        out[:, :2] += ((lay.wide - 1) * share * away)[:, None] * across
    return out


def _shoot(
    avatar: Avatar,
    vertices: np.ndarray,
    atlas: np.ndarray,
    camera: Camera,
    rng: np.random.Generator,
    size: tuple[int, int],
    lay: Lay,
) -> Render:
    """The garment on its ground, with its shadow beside it, or softly below it where it hangs before a wall."""
    corner = {k: np.array((0, _HEIGHT, 0), np.float32) for k in (sk.NOSE, sk.R_EAR, sk.L_EAR)}
    fields = {name: getattr(avatar, name) for name in Avatar.__dataclass_fields__}
    flat = PosedAvatar(**(fields | {"vertices": vertices}), face_points=corner)
    light = Light(yaw=rng.uniform(-0.8, 0.8), elevation=rng.uniform(0.2, 0.9), key=(0.45,) * 3, sky=(0.5,) * 3)
    filled = lay.depth > _PRESSED
    if filled:
        light = replace(light, softness=0.6)
        bright = float(rng.uniform(0.93, 1.0) if rng.random() < 0.7 else rng.uniform(0.6, 0.93))
        backdrop = studio((bright,) * 3, (bright * rng.uniform(0.94, 1),) * 3)
    else:
        backdrop = random_ground(rng)
    seed = int(rng.integers(2**32))
    picture = render(flat, {}, camera, light, backdrop, atlas, size, rays=_RAYS, seed=seed, lift=0.0)
    shape = (picture.parsing > 0).astype(np.float32)
    away = size[0] / (25 if filled else 120)
    aside = 0.0 if filled else -away * np.sign(light.yaw)
    move = np.array(((1, 0, aside), (0, 1, away)), np.float32)
    strength = rng.uniform(0, 0.15) if filled else rng.uniform(0.2, 0.5)
    shadow = cv2.GaussianBlur(cv2.warpAffine(shape, move, size[::-1]), (0, 0), away) * (1 - shape) * strength
    return replace(picture, image=(picture.image * (1 - shadow[..., None])).astype(np.uint8))


def _is_back(person: DressedPerson, rotations: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """``(F,)`` ``bool``: triangles of the back, which from the front are seen only from within.

    They show the camera their inner side; linings show it their outer side, but lie on skin of the back.
    """
    mesh, faces = base_mesh(), person.avatar.faces
    first, second, third = vertices[faces].transpose(1, 0, 2)
    reversed_ = np.cross(second - first, third - first)[:, 2] < 0
    outward = normals(person.look.body, mesh.faces[~mesh.is_eye])[np.concatenate(person.anchors)[person.source]]
    to_front = person.avatar.influence @ rotations[:, 2].astype(np.float32)  # gives a turned normal's z
    return reversed_ | ((outward * to_front).sum(1)[faces].mean(1) < _BEHIND)


def _reached(pixels: np.ndarray, avatar: Avatar, triangle: np.ndarray, near: float) -> np.ndarray:
    """Key points ``(18, 3)``: body joints at ``pixels`` ``(18, 2)``, 1 where the garment reaches the joint, else 0.

    Args:
        pixels: where the joints are.
        avatar: the person whose garment it is.
        triangle: ``(H, W)`` as in :class:`~tryon.synth.render.Render`.
        near: pixels that cloth of the same limb may be away: an arm may hang beside trousers.
    """
    arms = _arm_shares(avatar)[avatar.faces[:, 0]]
    right, left = arms[:, :2].sum(1)[triangle] > 0.5, arms[:, 2:].sum(1)[triangle] > 0.5
    parts: tuple[tuple[np.ndarray, tuple[int, ...]], ...] = (
        (right, (sk.R_ELBOW, sk.R_WRIST)),
        (left, (sk.L_ELBOW, sk.L_WRIST)),
        (~left, (sk.R_SHOULDER,)),
        (~right, (sk.L_SHOULDER,)),
        (~right & ~left, (sk.NECK, sk.R_HIP, sk.R_KNEE, sk.R_ANKLE, sk.L_HIP, sk.L_KNEE, sk.L_ANKLE)),
    )
    points = np.zeros((sk.NUM_KEYPOINTS, 3), np.float32)
    last = np.array(triangle.shape[::-1]) - 1
    for part, joints in parts:
        cloth = part & (triangle >= 0)
        if not cloth.any():
            continue
        away = cv2.distanceTransform((~cloth).astype(np.uint8), cv2.DIST_L2, 5)
        for joint in joints:
            if joint in (sk.R_SHOULDER, sk.L_SHOULDER):  # straps cross it anywhere from half way to the neck
                places = np.stack((pixels[joint], pixels[[joint, sk.NECK]].mean(0)))
            else:
                places = pixels[[joint]]
            x, y = np.clip(np.round(places), 0, last).astype(int).T
            if ((pixels[joint] >= 0) & (pixels[joint] <= last)).all() and away[y, x].min() <= near:
                points[joint] = (*pixels[joint], 1)
    return points
