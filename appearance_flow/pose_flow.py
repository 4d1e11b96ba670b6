"""Pose flow: the backward map from one person's pose to another's, in closed form from the key points alone.

One affine map for the torso, one map for each limb segment (its own length along the bone, the scale of the torso
across it), blended smoothly around the joints. Each part has its own flow, because parts cross in the picture: a
garment is warped part by part (see :mod:`appearance_flow.parts`) and laid together, the arms over the torso.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.maps import anchored, apply_affine, blend_around, rotation_between
from tryon.body import skeleton as sk
from tryon.body.geometry import bone_distances, polygon_distance, segment_distance, smoothstep, to_complex
from tryon.body.torso import ARMS, ESTIMATED, LEGS, TORSO_POINTS, complete_torso, signed_width, torso_size

BODY_PARTS = ("torso", "left_arm", "right_arm", "left_leg", "right_leg", "head")
PARTS = (*BODY_PARTS, "skirt")

_Fields = dict[str, np.ndarray]

_COARSE = (192, 144)
_AFFINE_PRIOR = 0.01  # weight of the similarity in the fit of the torso, per point and squared torso length
_MAX_STRETCH = 1.6  # of the torso's affine map against its similarity: side views must not squash to nothing
_MAX_LIMB_STRETCH = 2.0  # along a bone against the torso's scale: foreshortened arms
# Trousers and skirts without a wearer lie flat: on photos 1.4 times as wide as worn ones; but some are filled out.
_LIES_WIDER = 1.3
_MIN_BONE = 0.12  # shorter bones, in torso lengths, have no direction to rely on
_JOINT_BLEND = 0.04  # torso lengths over which two parts go into each other
_FACING = 0.15  # signed width in torso lengths from which front and back are told apart
_RADII = {"torso": 0.05, "left_arm": 0.1, "right_arm": 0.1, "left_leg": 0.13, "right_leg": 0.13, "head": 0.15}


@dataclass(frozen=True, eq=False, slots=True)
class PoseFlow:
    """Backward maps from a target pose to a source pose, held on a coarse grid."""

    size: tuple[int, int]
    """Height and width of the target picture."""
    stride: int
    """Target pixels between two nodes of the coarse grid; node (0, 0) lies one node outside the picture."""
    coarse: dict[str, np.ndarray]
    """For each of ``PARTS``: ``(h, w, 2)`` ``float32`` offsets in pixels at the nodes."""
    coarse_support: dict[str, np.ndarray]
    """For each limb: ``(h, w)`` ``float32``, see :meth:`support`."""
    coarse_weights: np.ndarray
    """``(h, w, 6)`` ``float32``: how much each of ``BODY_PARTS`` owns a node; sums to 1."""
    target_keypoints: np.ndarray
    """``(18, 3)`` ``float64``, with neck, shoulders and hips filled in."""
    matrices: dict[str, np.ndarray]
    """``(2, 3)`` target to source for ``torso``, ``skirt``, ``head`` and, as ``left_arm.0``, each limb segment."""
    warnings: tuple[str, ...]

    @property
    def flow(self) -> np.ndarray:
        """``(H, W, 2)`` ``float32``: one map for the whole body, each pixel with the part that owns it."""
        stack = np.stack([self.coarse[name] for name in BODY_PARTS], 2)
        return self.upsample((stack * self.coarse_weights[..., None]).sum(2))

    @property
    def weights(self) -> np.ndarray:
        """``(H, W, 6)`` ``float32``: how much each of ``BODY_PARTS`` owns a pixel of the target; sums to 1."""
        layers = [self.upsample(self.coarse_weights[..., i]) for i in range(len(BODY_PARTS))]
        return np.stack(layers, -1)

    def part_flow(self, name: str) -> np.ndarray:
        """``(H, W, 2)`` ``float32``: source pixel minus target pixel as one part of the body moves.

        Args:
            name: one of ``PARTS``. ``skirt`` hangs from the hips and does not follow the legs one by one.
        """
        return self.upsample(self.coarse[name])

    def support(self, name: str) -> np.ndarray:
        """``(H, W)`` ``float32`` in [0, 1]: where a part's flow can be used; multiply a warped mask with it.

        0 where a limb that is bent otherwise than in the source would be repeated or smeared; 1 for other parts.
        """
        if name not in self.coarse_support:
            return np.ones(self.size, np.float32)
        return self.upsample(self.coarse_support[name])

    def upsample(self, coarse: np.ndarray) -> np.ndarray:
        """Bring values at the nodes, ``(h, w[, C])``, to the pixels of the target."""
        full = (coarse.shape[1] * self.stride, coarse.shape[0] * self.stride)
        large = cv2.resize(coarse.astype(np.float32), full, interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(
            large[self.stride : self.stride + self.size[0], self.stride : self.stride + self.size[1]]
        )

    def moved_flow(self, name: str, offset: np.ndarray) -> np.ndarray:
        """``(H, W, 2)`` ``float32``: the flow of a part after what it carries over was moved.

        Args:
            name: one of ``PARTS``.
            offset: ``(h, w)`` complex, at the nodes, in pixels of the target: there shows what the part's flow carries
                to the place that lies this far from it.
        """
        shift = offset / self.stride  # the flow is held at the nodes
        rows, columns = np.mgrid[: offset.shape[0], : offset.shape[1]]
        x, y = ((place + step).astype(np.float32) for place, step in ((columns, shift.real), (rows, shift.imag)))
        looked_up = cv2.remap(self.coarse[name], x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return self.upsample(looked_up + np.stack((offset.real, offset.imag), -1).astype(np.float32))

    def nodes(self) -> np.ndarray:
        """``(h, w)`` ``complex128``: x + iy of the coarse nodes, in pixels of the target."""
        return _nodes(self.size, self.stride)


def pose_flow(source_keypoints: np.ndarray, target_keypoints: np.ndarray, size: tuple[int, int]) -> PoseFlow:
    """Where each target pixel lies in the source photo, as far as the two poses tell.

    Args:
        source_keypoints: ``(18, 3)`` in pixels of the source photo, confidence 0 = missing.
        target_keypoints: ``(18, 3)`` in pixels of the target photo.
        size: height and width of the target photo.

    Returns:
        The maps. Equal poses give the identity, and a person moved, turned or scaled gives that very similarity.
        Missing hips are estimated, with a warning; a missing limb continues its parent's map.

    Raises:
        ShapeError: not 18 key points.
        PersonNotFoundError: the shoulders are missing in one of the poses.
    """
    source, source_warnings = complete_torso(source_keypoints)
    target, target_warnings = complete_torso(target_keypoints)
    warnings = [f"garment photo: {w}" for w in source_warnings] + [f"person photo: {w}" for w in target_warnings]
    stride = max(-(-size[0] // _COARSE[0]), -(-size[1] // _COARSE[1]))
    grid = _nodes(size, stride)

    widths = signed_width(source), signed_width(target)
    narrower = min(map(abs, widths))
    turned = narrower < _FACING
    mirrored = widths[0] * widths[1] < 0 and not turned
    if mirrored:
        seen = ("from the front", "from behind")[:: 1 if widths[0] > 0 else -1]
        warnings.append(
            f"garment photo: its wearer is seen {seen[0]} and the person {seen[1]}; the garment is mirrored"
        )
    for photo, width in zip(("garment photo", "person photo"), widths, strict=True):
        if abs(width) < _FACING:
            warnings.append(f"{photo}: the person is seen from the side; the garment may not fit")
    frontal = float(smoothstep(narrower, _FACING, 0.3))
    lies = source[: sk.R_HIP, 2].max() <= np.float32(ESTIMATED)  # above the hips there is nothing but a torso made up
    across = _LIES_WIDER if lies else 1.0
    body = _Body(source, target, torso_size(source) / torso_size(target), torso_size(target), mirrored, frontal, across)

    maps, support, distances, matrices = _limbs_and_torso(body, grid)
    matrices["skirt"] = _fit_skirt(body, matrices["torso"])
    maps["skirt"] = _skirt(body, matrices["torso"], matrices["skirt"], grid)
    matrices["head"] = _fit_head(body, matrices["torso"])
    maps["head"] = apply_affine(matrices["head"], grid)
    distances["head"] = _head_distance(body, grid)

    coarse = {}
    for name in PARTS:
        offset = maps[name] - grid
        coarse[name] = np.stack((offset.real, offset.imag), -1).astype(np.float32)
    weights = _weights(body, distances)
    return PoseFlow(size, stride, coarse, support, weights, target, matrices, tuple(dict.fromkeys(warnings)))


@dataclass(frozen=True, eq=False, slots=True)
class _Body:
    source: np.ndarray
    target: np.ndarray
    scale: float
    """Source pixels for one target pixel."""
    unit: float
    """Torso length in the target."""
    mirrored: bool
    frontal: float
    """1 when both poses are seen from the front or from behind; 0 when one is seen from the side, where left and
    right shoulder coincide and want opposite things."""
    across: float
    """How much wider legs and skirts are in the source than as they are worn."""

    @property
    def source_z(self) -> np.ndarray:
        return to_complex(self.source)

    @property
    def target_z(self) -> np.ndarray:
        return to_complex(self.target)


@dataclass(frozen=True, eq=False, slots=True)
class _Limb:
    map: np.ndarray
    distance: np.ndarray
    matrices: tuple[np.ndarray, np.ndarray]


def _nodes(size: tuple[int, int], stride: int) -> np.ndarray:
    ys = (np.arange(-1, -(-size[0] // stride) + 1) + 0.5) * stride - 0.5
    xs = (np.arange(-1, -(-size[1] // stride) + 1) + 0.5) * stride - 0.5
    return xs[None] + 1j * ys[:, None]


def _limbs_and_torso(body: _Body, grid: np.ndarray) -> tuple[_Fields, _Fields, _Fields, _Fields]:
    """Maps, supports and distances on the grid, and matrices, of the torso and the four limbs."""
    torso_matrix = _fit_torso(body)
    correction = _torso_correction(body, torso_matrix)
    torso = apply_affine(torso_matrix, grid) + correction(grid)
    matrices = {"torso": torso_matrix}
    maps: _Fields = {}
    support: _Fields = {}
    distances = {"torso": polygon_distance(grid, body.target_z[list(TORSO_POINTS)])}
    joined = torso.copy()
    for name, joints in (ARMS | LEGS).items():
        limb = _limb(body, joints, torso_matrix, grid)
        matrices |= {f"{name}.{i}": m for i, m in enumerate(limb.matrices)}
        distances[name] = limb.distance
        root = body.target_z[joints[0]]
        owned = _root_weight(body, joints, grid)
        anchors = (apply_affine(torso_matrix, root) + correction(root), apply_affine(limb.matrices[0], root))
        rotation = rotation_between(torso_matrix, limb.matrices[0])
        maps[name] = blend_around(torso, limb.map, owned, anchors, rotation)
        support[name] = _support(body, joints, limb, maps[name], owned)
        if name in ARMS:  # the cap of the shoulder follows the arm
            beyond = smoothstep(distances["torso"] / body.unit, 0, 0.12)
            near = 1 - smoothstep(np.abs(grid - root) / body.unit, 0.15, 0.35)
            joined += body.frontal * owned * beyond * near * (maps[name] - torso)
    maps["torso"] = joined
    return maps, support, distances, matrices


def _fit_torso(body: _Body) -> np.ndarray:
    """Least squares over shoulders, hips and neck: a similarity first, then an affine map drawn toward it."""
    chosen = [*TORSO_POINTS, sk.NECK]
    weight = np.minimum(body.target[chosen, 2], body.source[chosen, 2]) * (1, 1, 0.6, 0.6, 0.5)
    p, q = body.target[chosen, :2], body.source[chosen, :2]
    p_mean, q_mean = weight @ p / weight.sum(), weight @ q / weight.sum()
    p, q = p - p_mean, q - q_mean
    flip = np.diag((-1.0, 1.0)) if body.mirrored else np.eye(2)
    turned = q @ flip
    cosine = weight @ (p * turned).sum(1)
    sine = weight @ (p[:, 0] * turned[:, 1] - p[:, 1] * turned[:, 0])
    norm = max(np.hypot(cosine, sine), 1e-12)
    similarity = flip @ (body.scale / norm * np.array(((cosine, -sine), (sine, cosine))))

    prior = _AFFINE_PRIOR * weight.sum() * body.unit**2 * np.eye(2)
    affine = (q.T @ (weight[:, None] * p) + similarity @ prior) @ np.linalg.inv(p.T @ (weight[:, None] * p) + prior)
    u, stretch, vt = np.linalg.svd(affine @ np.linalg.inv(similarity))
    if np.linalg.det(u @ vt) < 0:  # a fold along the narrow direction: undo it
        vt[1] = -vt[1]
    affine = u @ np.diag(np.clip(stretch, 1 / _MAX_STRETCH, _MAX_STRETCH)) @ vt @ similarity
    return anchored(affine, p_mean, q_mean)


def _torso_correction(body: _Body, matrix: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Smooth bumps that bring shoulders and hips where the affine map does not quite put them."""
    centers = body.target_z[list(TORSO_POINTS)]
    residual = body.source_z[list(TORSO_POINTS)] - apply_affine(matrix, centers)
    limit = 0.12 * body.unit * body.scale
    residual *= np.minimum(1, limit / np.maximum(np.abs(residual), 1e-12))
    residual *= body.frontal
    sharpness = 0.5 / (0.3 * body.unit) ** 2

    def bump(z: np.ndarray, center: complex) -> np.ndarray:
        offset = z - center
        return np.exp(-sharpness * (offset.real**2 + offset.imag**2))

    heights = np.linalg.solve(np.stack([bump(centers, c) for c in centers], -1) + 0.1 * np.eye(4), residual)
    return lambda z: sum(height * bump(z, center) for height, center in zip(heights, centers, strict=True))


def _segment_map(body: _Body, start: int, end: int, parent: np.ndarray) -> np.ndarray:
    """Map of one bone; the parent's, hung on the joint, where the bone is missing or points at the camera."""
    p, q = body.target[[start, end]], body.source[[start, end]]
    if min(p[:, 2].min(), q[:, 2].min()) <= 0:
        return parent
    along_p, along_q = p[1, :2] - p[0, :2], q[1, :2] - q[0, :2]
    length_p, length_q = np.linalg.norm(along_p), np.linalg.norm(along_q)
    if length_p < _MIN_BONE * body.unit or length_q < _MIN_BONE * body.unit * body.scale:
        return anchored(parent[:, :2], p[0, :2], q[0, :2])
    along_p, along_q = along_p / length_p, along_q / length_q
    across_p = np.array((-along_p[1], along_p[0]))
    across_q = np.array((-along_q[1], along_q[0])) * (-1 if body.mirrored else 1)
    stretch = np.clip(length_q / length_p, body.scale / _MAX_LIMB_STRETCH, body.scale * _MAX_LIMB_STRETCH)
    linear = stretch * np.outer(along_q, along_p) + body.across * body.scale * np.outer(across_q, across_p)
    return anchored(linear, p[0, :2], q[0, :2])


def _limb(body: _Body, joints: tuple[int, int, int], parent: np.ndarray, grid: np.ndarray) -> _Limb:
    """The two bones of a limb, blended around the middle joint."""
    first, middle, last = joints
    upper = _segment_map(body, first, middle, parent)
    lower = _segment_map(body, middle, last, upper)
    to_upper, to_lower = bone_distances(grid, body.target, joints)
    share = 1 / (1 + np.exp(np.clip((to_lower - to_upper) / (_JOINT_BLEND * body.unit), -50, 50)))
    joint = body.target_z[middle]
    anchors = (apply_affine(upper, joint), apply_affine(lower, joint))
    mapped = blend_around(
        apply_affine(upper, grid), apply_affine(lower, grid), share, anchors, rotation_between(upper, lower)
    )
    return _Limb(mapped, np.minimum(to_upper, to_lower), (upper, lower))


def _support(
    body: _Body, joints: tuple[int, int, int], limb: _Limb, mapped: np.ndarray, owned: np.ndarray
) -> np.ndarray:
    """1 where a point is about as far from the limb in the source as in the target, 0 where the map folded."""
    if (body.target[list(joints), 2] <= 0).any():  # the limb goes on somewhere, so its distance is not known
        return np.ones(mapped.shape, np.float32)
    in_source = np.minimum(*bone_distances(mapped, body.source, joints)) / body.scale
    excess = (limb.distance - 1.3 * in_source) / body.unit
    return (1 - owned * smoothstep(excess, 0.04, 0.1)).astype(np.float32)


def _root_weight(body: _Body, joints: tuple[int, int, int], grid: np.ndarray) -> np.ndarray:
    """0 on the torso's side of shoulder or hip, rising to 1 along the limb."""
    offset = (grid - body.target_z[joints[0]]) / body.unit
    if joints in ARMS.values():
        return smoothstep(np.abs(offset), 0.03, 0.28)
    if body.target[joints[1], 2] <= 0:
        return np.zeros(grid.shape)
    bone = body.target_z[joints[1]] - body.target_z[joints[0]]
    return smoothstep((offset * np.conj(bone)).real / max(abs(bone), 1e-12), 0.0, 0.3)


def _fit_skirt(body: _Body, torso: np.ndarray) -> np.ndarray:
    """Width from the hips, length and lean from the line between mid-hip and mid-knee."""
    hips = [sk.R_HIP, sk.L_HIP]
    for pair in ([sk.R_KNEE, sk.L_KNEE], [sk.R_ANKLE, sk.L_ANKLE]):
        if (body.target[pair, 2] > 0).all() and (body.source[pair, 2] > 0).all():
            break
    else:
        return torso
    p_hip, q_hip = body.target[hips, :2].mean(0), body.source[hips, :2].mean(0)
    p_down, q_down = body.target[pair, :2].mean(0) - p_hip, body.source[pair, :2].mean(0) - q_hip
    p_torso = p_hip - body.target[sk.NECK, :2]
    length = np.linalg.norm(p_down)
    # Seated or bent over, the line to the knees says nothing about how cloth hangs.
    if length < 0.35 * body.unit or p_down @ p_torso < 0.8 * length * np.linalg.norm(p_torso):
        return torso
    stretch = np.linalg.norm(q_down) / length
    q_down = q_down * np.clip(stretch, 0.65 * body.scale, 1.5 * body.scale) / max(stretch, 1e-12)
    across = np.array((-p_torso[1], p_torso[0]))
    onto = np.column_stack((body.across * torso[:, :2] @ across, q_down))
    linear = onto @ np.linalg.inv(np.column_stack((across, p_down)))
    return anchored(linear, p_hip, q_hip)


def _skirt(body: _Body, torso: np.ndarray, matrix: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """The torso's affine map above the hips, going into that of the skirt."""
    hip = body.target_z[[sk.R_HIP, sk.L_HIP]].mean()
    down = hip - body.target_z[sk.NECK]
    depth = ((grid - hip) * np.conj(down)).real / max(abs(down), 1e-12) / body.unit
    upper = apply_affine(torso, grid)
    return upper + smoothstep(depth, -0.15, 0.25) * (apply_affine(matrix, grid) - upper)


def _fit_head(body: _Body, torso: np.ndarray) -> np.ndarray:
    """A similarity by nose, eyes and ears, hung on the neck; the torso's map where the face is not seen."""
    face = [sk.NOSE, sk.R_EYE, sk.L_EYE, sk.R_EAR, sk.L_EAR]
    seen = [i for i in face if body.target[i, 2] > 0 and body.source[i, 2] > 0]
    if not seen:
        return torso
    p = body.target[seen, :2].mean(0) - body.target[sk.NECK, :2]
    q = body.source[seen, :2].mean(0) - body.source[sk.NECK, :2]
    if min(np.linalg.norm(p) / body.unit, np.linalg.norm(q) / (body.unit * body.scale)) < _MIN_BONE:
        return torso
    flip = np.diag((-1.0, 1.0)) if body.mirrored else np.eye(2)
    turned = flip @ q
    angle = np.arctan2(p[0] * turned[1] - p[1] * turned[0], p @ turned)
    stretch = np.clip(np.linalg.norm(q) / np.linalg.norm(p), 0.75 * body.scale, 1.33 * body.scale)
    rotation = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    center_p, center_q = p + body.target[sk.NECK, :2], q + body.source[sk.NECK, :2]
    return anchored(stretch * flip @ rotation, center_p, center_q)


def _head_distance(body: _Body, grid: np.ndarray) -> np.ndarray:
    if body.target[sk.NOSE, 2] <= 0:
        return np.full(grid.shape, 1e6)
    nose = body.target_z[sk.NOSE]
    up = nose - body.target_z[sk.NECK]
    return segment_distance(grid, nose - 0.2 * up, nose + 0.4 * up)


def _weights(body: _Body, distances: dict[str, np.ndarray]) -> np.ndarray:
    scores = np.stack([(_RADII[n] - distances[n] / body.unit) / _JOINT_BLEND for n in BODY_PARTS], -1)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)
