"""Poses to bring a person into: named ones such as the canonical pose, and those of other people, retargeted.

Bones keep the person's own lengths. Neck and head stay where they are, and hips and legs too, unless it is the pose of
somebody else.
"""

from collections.abc import Collection, Sequence

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.geometry import polygon_distance, to_complex
from tryon.body.limbs import bone_length
from tryon.body.proportions import BONES, SHOULDER_WIDTH
from tryon.body.torso import ARMS, BESIDE_HIPS, complete_torso, torso_outline, torso_size
from tryon.core.errors import ConfigError, PersonNotFoundError

MIN_POINTS = 8
"""Key points that a person needs to be brought into another pose, and in both poses to be learned from."""

NAMED_POSES = {"canonical": (0.36, 0.26), "arms-down": (0.14, 0.06), "arms-out": (1.4, 1.2)}
"""For each pose that has a name, how far upper arm and forearm lead outward for one down, both along the torso.
``canonical`` is the pose for trying garments on: upright and frontal, the arms a little away from the body."""

_FRONTAL = 0.9  # of the typical width: narrower shoulders are turned
_WIDEN = 1.4  # at most: what a turned person hides cannot all be made up
_SLOPE = 0.08  # torso lengths by which one shoulder may stand higher
_FREE_DOWN = 0.8  # cosine, at least, between the torso's axis and a bone of an arm that hangs
_FREE_GAP = 0.05  # torso lengths between an arm that hangs free and the torso
_GUESSED = 0.3  # confidence of a point that is not seen in the photo
_FAR = 1.3  # ratio of bones from which two people differ much in build


def check_visible(keypoints: np.ndarray, whose: str = "the person") -> None:
    """Check that enough of a person is seen to be brought into another pose.

    Raises:
        PersonNotFoundError: fewer than eight points.
    """
    seen = int((keypoints[:, 2] > 0).sum())
    if seen < MIN_POINTS:
        raise PersonNotFoundError(
            f"{seen} of the 18 key points of {whose} are visible, and a pose needs {MIN_POINTS}; "
            "use a photo that shows more of the body"
        )


def canonical_pose(keypoints: np.ndarray, size: tuple[int, int], kept: Collection[str] = ()) -> np.ndarray:
    """The pose ``canonical`` for a person, see :func:`named_pose`."""
    return named_pose("canonical", keypoints, size, kept)


def named_pose(name: str, keypoints: np.ndarray, size: tuple[int, int], kept: Collection[str] = ()) -> np.ndarray:
    """A person upright and frontal, with the arms as a named pose has them.

    Neck, head, hips and legs stay. Turned shoulders become as wide as frontal ones, or 1.4 times as wide where that is
    less. Foreshortened bones get the length of the other side, or a typical one. In the canonical pose, an arm that
    hangs free already stays as it is.

    Args:
        name: one of :data:`NAMED_POSES`.
        keypoints: ``(18, 3)`` of the person.
        size: height and width of the picture; points of arms that would lie outside of it are missing.
        kept: arms (``left_arm``, ``right_arm``) that stay as they are; with one, the shoulders stay, too.

    Returns:
        ``(18, 3)`` ``float32``.

    Raises:
        ConfigError: an unknown name.
        PersonNotFoundError: fewer than eight points, or no shoulders.
    """
    if name not in NAMED_POSES:
        *others, last = NAMED_POSES
        raise ConfigError(
            f"the pose {name!r} is unknown; choose {', '.join(others)} or {last}, or give key points (18, 3), which "
            "tryon.body.poses.retarget makes of those that read_openpose or read_person reads from a file or a photo"
        )
    check_visible(keypoints)
    points, _ = complete_torso(keypoints)
    down, across = _axes(points)
    out = keypoints.astype(np.float64)
    if not kept:
        out[[sk.R_SHOULDER, sk.L_SHOULDER]] = _frontal_shoulders(points, down, across)
    for (which, arm), side in zip(ARMS.items(), (1, -1), strict=True):
        if which in kept:
            continue
        shoulder, *rest = arm
        if name == "canonical" and hangs_free(points, arm):
            out[rest, :2] += out[shoulder, :2] - points[shoulder, :2]
            continue
        start = shoulder
        for end, bone, outward in zip(rest, ("upper arm", "forearm"), NAMED_POSES[name], strict=True):
            way = side * outward * across + down
            out[end, :2] = out[start, :2] + bone_length(points, bone) * way / np.linalg.norm(way)
            out[end, 2] = max(points[end, 2], _GUESSED)
            start = end
    return _inside(out, size)


def retarget(keypoints: np.ndarray, pose: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Somebody else's pose for a person: with the person's own bones, at the person's own place.

    Neck and head stay where they are; each bone takes the direction that it has in the pose, and is as much
    foreshortened. Bones that the pose does not show keep the person's own direction.

    Args:
        keypoints: ``(18, 3)`` of the person.
        pose: ``(18, 3)`` of somebody, in pixels of any picture.
        size: height and width of the person's picture; points outside of it are missing in the result.

    Returns:
        ``(18, 3)`` ``float32``, and warnings.

    Raises:
        PersonNotFoundError: fewer than eight points of one of them, or no shoulders.
    """
    check_visible(keypoints)
    check_visible(pose, "the pose")
    own, _ = complete_torso(keypoints)
    other, _ = complete_torso(pose)
    out = keypoints.astype(np.float64)
    out[sk.NECK] = own[sk.NECK]
    for bone, (sides, _typical) in BONES.items():
        scale = bone_length(own, bone) / bone_length(other, bone)
        for start, end in sides:
            if out[start, 2] <= 0:
                continue
            if pose[end, 2] > 0 and other[start, 2] > 0:
                out[end, :2] = out[start, :2] + scale * (other[end, :2] - other[start, :2])
                out[end, 2] = max(keypoints[end, 2], _GUESSED)
            elif keypoints[end, 2] > 0 and own[start, 2] > 0:
                out[end, :2] = out[start, :2] + own[end, :2] - own[start, :2]
    return _inside(out, size), tuple(_differences(own, other))


def hangs_free(points: np.ndarray, arm: Sequence[int]) -> bool:
    """Whether an arm hangs beside the body, not over it, both bones seen.

    Args:
        points: ``(18, 3)`` with a complete torso.
        arm: shoulder, elbow and wrist.
    """
    if points[list(arm), 2].min() <= 0:
        return False
    down, _ = _axes(points)
    bones = np.diff(points[list(arm), :2], axis=0)
    if ((bones @ down) < _FREE_DOWN * np.linalg.norm(bones, axis=1)).any():
        return False
    if np.linalg.norm(bones, axis=1).sum() < 0.75 * (bone_length(points, "upper arm") + bone_length(points, "forearm")):
        return False
    along = np.linspace(0.6, 1.3, 8)[:, None] * bones[1] + points[arm[1], :2]
    distance = polygon_distance(to_complex(along), torso_outline(points, BESIDE_HIPS))
    return bool((distance > _FREE_GAP * torso_size(points)).all())


def _axes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors along the torso to the hips, and across it to the person's left."""
    axis = points[[sk.R_HIP, sk.L_HIP], :2].mean(0) - points[sk.NECK, :2]
    down = axis / max(np.linalg.norm(axis), 1e-9)
    across = np.array((down[1], -down[0]))
    widths = points[[sk.L_SHOULDER, sk.L_HIP], :2] - points[[sk.R_SHOULDER, sk.R_HIP], :2]
    return down, across if widths.sum(0) @ across >= 0 else -across


def _frontal_shoulders(points: np.ndarray, down: np.ndarray, across: np.ndarray) -> np.ndarray:
    """``(2, 3)``: right and left shoulder as wide as from the front, about as high as each other."""
    shoulders = points[[sk.R_SHOULDER, sk.L_SHOULDER]].copy()
    middle, span = shoulders[:, :2].mean(0), shoulders[1, :2] - shoulders[0, :2]
    width, slope = float(span @ across), float(span @ down)
    unit = torso_size(points)
    wide = max(width, min(_FRONTAL * SHOULDER_WIDTH * unit, _WIDEN * width))
    level = float(np.clip(slope, -_SLOPE * unit, _SLOPE * unit))
    if (wide, level) != (width, slope):
        half = 0.5 * (wide * across + level * down)
        shoulders[:, :2] = middle - half, middle + half
    return shoulders


def _inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Points outside of a picture become missing."""
    height, width = size
    out = points.astype(np.float32)
    x, y = out[:, 0], out[:, 1]
    out[(out[:, 2] <= 0) | (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)] = 0
    return out


def _differences(own: np.ndarray, other: np.ndarray) -> list[str]:
    """Warnings of a pose whose owner is built otherwise, or seen from another side."""
    warnings = []
    ratios = {
        bone: bone_length(other, bone) / torso_size(other) / (bone_length(own, bone) / torso_size(own))
        for bone in BONES
    }
    worst = max(ratios, key=lambda bone: abs(np.log(ratios[bone])))
    if max(ratios[worst], 1 / ratios[worst]) > _FAR:
        longer = "longer" if ratios[worst] > 1 else "shorter"
        warnings.append(
            f"the pose is of somebody built otherwise (the {worst} is much {longer} for the torso); "
            "it was fitted to the person's own proportions"
        )
    fronts = [_across_sign(points) for points in (own, other)]
    if fronts[0] != fronts[1]:
        warnings.append("the pose is seen from the other side than the person; what is not in the photo is made up")
    return warnings


def _across_sign(points: np.ndarray) -> float:
    """1 from the front, -1 from behind."""
    down, across = _axes(points)
    return float(np.sign(across[0] * down[1] - across[1] * down[0]))
