"""Rigged people from binary glTF files: reading, posing and key points.

Character axes: x to the person's left, y up, z to the front; meters; the ground is y = 0. A pose is a dictionary
from joint name to a rotation vector ``(3,)`` in radians in character axes, applied about the joint on top of the
rotation of its parent; joints that are not named keep the rest pose. So a pose does not depend on how a rig turns
its local bone axes, and the same pose works for every avatar with the same joint names.
"""

import io
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.sparse import csr_matrix
from scipy.spatial.transform import Rotation

from tryon.core.errors import DataError

Pose = Mapping[str, np.ndarray]

_COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
JOINTS_OF_KEYPOINTS = {
    2: "RightArm", 3: "RightForeArm", 4: "RightHand", 5: "LeftArm", 6: "LeftForeArm", 7: "LeftHand",
    8: "RightUpLeg", 9: "RightLeg", 10: "RightFoot", 11: "LeftUpLeg", 12: "LeftLeg", 13: "LeftFoot",
    14: "RightEye", 15: "LeftEye",
}  # fmt: skip
"""Which joint each key point but nose, neck and ears is at."""


class Pyramid:
    """Halved copies of a texture ``(H, W, C)``, made when asked for by ``pyramid[level]``."""

    def __init__(self, texture: np.ndarray):
        self.levels = [texture]

    def __getitem__(self, level: int) -> np.ndarray:
        while len(self.levels) <= level:
            last = self.levels[-1]
            size = (max(last.shape[1] // 2, 1), max(last.shape[0] // 2, 1))
            self.levels.append(cv2.resize(last, size, interpolation=cv2.INTER_AREA))
        return self.levels[level]


@dataclass(frozen=True, eq=False)
class Avatar:
    """A rigged person in the rest pose."""

    name: str
    joint_names: tuple[str, ...]
    """Parents come before their children."""
    parents: np.ndarray
    """``(J,)`` index of the parent joint, -1 for the root."""
    rest_joints: np.ndarray
    """``(J, 3)`` joint positions."""
    vertices: np.ndarray
    """``(V, 3)`` of all meshes in one list."""
    faces: np.ndarray
    """``(F, 3)`` vertex indices, body first, then eyes and hair in the order of the file."""
    face_mesh: np.ndarray
    """``(F,)`` index into ``mesh_names``."""
    mesh_names: tuple[str, ...]
    mesh_textures: tuple[int, ...]
    """For each mesh the index of its texture."""
    uv: np.ndarray
    """``(V, 2)`` in [0, 1], origin at the top left of the texture."""
    skin_joints: np.ndarray
    """``(V, 4)`` joint indices."""
    skin_weights: np.ndarray
    """``(V, 4)``, summing to 1."""
    textures: tuple[np.ndarray, ...]
    """Each ``(H, W, 4)`` ``uint8`` RGBA, sRGB colors."""

    def with_textures(self, textures: tuple[np.ndarray, ...]) -> "Avatar":
        """The same person in other textures; what was worked out about the mesh is kept."""
        other = replace(self, textures=textures)
        for name in ("seams", "normals", "head_points", "influence"):
            vars(other)[name] = getattr(self, name)  # where a cached property keeps its value
        return other

    @cached_property
    def joint_index(self) -> dict[str, int]:
        """Position of each joint name in the joint arrays."""
        return {name: i for i, name in enumerate(self.joint_names)}

    @cached_property
    def seams(self) -> np.ndarray:
        """``(V,)`` the same number for vertices at one place, which the texture's seams have split."""
        x, y, z = np.round(self.vertices.astype(np.float64) * 1e4).astype(np.int64).T
        return np.unique((x << 42) + (y << 21) + z, return_inverse=True)[1]

    @cached_property
    def influence(self) -> csr_matrix:
        """``(V, J)`` sparse: the weights of the joints at each vertex."""
        count, width = self.skin_weights.shape
        starts = np.arange(0, count * width + 1, width)
        entries = (self.skin_weights.ravel(), self.skin_joints.ravel(), starts)
        return csr_matrix(entries, (count, len(self.parents)), dtype=np.float32)

    @cached_property
    def normals(self) -> np.ndarray:
        """``(V, 3)`` smooth unit normals in the rest pose."""
        return self.normals_of(self.vertices)

    def normals_of(self, vertices: np.ndarray) -> np.ndarray:
        """Smooth unit normals ``(V, 3)`` of posed ``vertices`` ``(V, 3)``, continuous over the seams of the texture."""
        corners = vertices[self.faces]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        groups = self.seams[self.faces].ravel()
        count = int(self.seams.max()) + 1
        merged = np.stack([np.bincount(groups, np.repeat(axis, 3), count) for axis in normals.T], 1)
        out = merged[self.seams]
        return (out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)).astype(np.float32)

    @cached_property
    def pyramids(self) -> tuple["Pyramid", ...]:
        """For each texture its halved copies, from the full size (level 0) down to 1/32 (level 5)."""
        return tuple(Pyramid(texture) for texture in self.textures)

    @cached_property
    def head_points(self) -> dict[int, np.ndarray]:
        """Rest positions ``(3,)`` of nose tip (0) and ear openings (16 right, 17 left), measured on the mesh.

        The nose is the foremost point of the head near its middle plane between the height of the eyes and the mouth;
        an ear is found by the outermost vertex of its side at the height between eyes and nose, behind the eyes.
        """
        eyes = self.rest_joints[[self.joint_index["RightEye"], self.joint_index["LeftEye"]]]
        middle, apart = eyes.mean(0), np.linalg.norm(eyes[1] - eyes[0])
        body = self.vertices[np.unique(self.faces[self.face_mesh == 0])]
        near = body[np.abs(body - middle).max(1) < 2.5 * apart]
        offset = (near - middle) / apart
        bridge = near[(np.abs(offset[:, 0]) < 0.25) & (offset[:, 1] < -0.2) & (offset[:, 1] > -1.0)]
        points = {0: bridge[bridge[:, 2].argmax()]}
        for keypoint, side in ((16, -1), (17, 1)):
            level = near[(offset[:, 1] < 0.3) & (offset[:, 1] > -0.9) & (offset[:, 2] < -0.6) & (offset[:, 2] > -2.2)]
            # The rim of the ear sticks out to the side and behind; the point is meant at the ear's opening.
            points[keypoint] = level[(side * level[:, 0]).argmax()] + np.array(
                (-side * 0.014, -0.012, 0.02), np.float32
            )
        return points


def _read_glb(path: Path) -> tuple[dict, memoryview]:
    data = path.read_bytes()
    if len(data) < 28 or data[:4] != b"glTF":
        raise DataError(f"{path.name} is no binary glTF file; expected a .glb avatar of the VALID library")
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), memoryview(data)[20 + length + 8 :]


def _accessor(gltf: dict, binary: memoryview, index: int) -> np.ndarray:
    """The values of an accessor ``(count, width)``; normalized integers come out as floats."""
    entry = gltf["accessors"][index]
    view = gltf["bufferViews"][entry["bufferView"]]
    dtype: np.dtype = np.dtype(_COMPONENTS[entry["componentType"]])
    width = _WIDTHS[entry["type"]]
    stride = view.get("byteStride", dtype.itemsize * width)
    start = view.get("byteOffset", 0) + entry.get("byteOffset", 0)
    values = np.ndarray((entry["count"], width), dtype, binary, start, (stride, dtype.itemsize))
    if entry.get("normalized"):
        return values.astype(np.float32) / float(np.iinfo(dtype.type).max)
    return np.array(values)


def _node_matrices(gltf: dict) -> tuple[np.ndarray, np.ndarray]:
    """World matrices ``(N, 4, 4)`` and parents ``(N,)`` of all nodes in the pose of the file."""
    nodes = gltf["nodes"]
    parents = np.full(len(nodes), -1)
    for i, node in enumerate(nodes):
        parents[node.get("children", [])] = i
    local = np.tile(np.eye(4), (len(nodes), 1, 1))
    for i, node in enumerate(nodes):
        if "matrix" in node:
            local[i] = np.reshape(node["matrix"], (4, 4)).T
            continue
        rotation = Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))).as_matrix()
        local[i, :3, :3] = rotation * np.asarray(node.get("scale", (1, 1, 1)))
        local[i, :3, 3] = node.get("translation", (0, 0, 0))
    world = local.copy()
    for i in range(len(nodes)):
        parent = parents[i]
        while parent >= 0:
            world[i] = local[parent] @ world[i]
            parent = parents[parent]
    return world, parents


def _textures(gltf: dict, binary: memoryview, largest: int | None) -> tuple[np.ndarray, ...]:
    out = []
    for texture in gltf["textures"]:
        source = texture.get("extensions", {}).get("EXT_texture_webp", texture)["source"]
        view = gltf["bufferViews"][gltf["images"][source]["bufferView"]]
        start = view.get("byteOffset", 0)
        with Image.open(io.BytesIO(binary[start : start + view["byteLength"]])) as image:
            texture = np.asarray(image.convert("RGBA"))
        if largest and len(texture) > largest:
            texture = cv2.resize(texture, (largest, largest), interpolation=cv2.INTER_AREA)
        out.append(texture)
    return tuple(out)


def load_avatar(path: Path, texture_size: int | None = None) -> Avatar:
    """Read an avatar from a binary glTF file.

    Args:
        path: the ``.glb`` file.
        texture_size: pixels of a side to which larger textures are reduced, to save memory and time.

    Raises:
        DataError: the file is no binary glTF or lacks a joint that key points need.
    """
    gltf, binary = _read_glb(path)
    world, node_parents = _node_matrices(gltf)
    depth = [0] * len(node_parents)
    for i in range(len(node_parents)):
        parent = node_parents[i]
        while parent >= 0:
            depth[i], parent = depth[i] + 1, node_parents[parent]
    order = sorted({joint for skin in gltf["skins"] for joint in skin["joints"]}, key=lambda i: (depth[i], i))
    place = {node: i for i, node in enumerate(order)}
    names = tuple(gltf["nodes"][node]["name"] for node in order)
    missing = {*JOINTS_OF_KEYPOINTS.values(), "Hips", "Spine", "Neck", "Head"} - set(names)
    if missing:
        raise DataError(f"{path.name} lacks the joints {', '.join(sorted(missing))}; expected a VALID skeleton")
    parts = []
    for node in gltf["nodes"]:
        if "mesh" not in node:
            continue
        skin = gltf["skins"][node["skin"]]
        binds = _accessor(gltf, binary, skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        matrices = world[skin["joints"]] @ binds
        to_joint = np.array([place[joint] for joint in skin["joints"]])
        for primitive in gltf["meshes"][node["mesh"]]["primitives"]:
            attributes = {key: _accessor(gltf, binary, i) for key, i in primitive["attributes"].items()}
            weights = attributes["WEIGHTS_0"] / attributes["WEIGHTS_0"].sum(1, keepdims=True)
            joints = attributes["JOINTS_0"].astype(np.int64)
            points = np.c_[attributes["POSITION"], np.ones(len(weights))]
            posed = np.einsum("vk,vkij,vj->vi", weights, matrices[joints], points)[:, :3]
            material = gltf["materials"][primitive["material"]]["pbrMetallicRoughness"]
            faces = _accessor(gltf, binary, primitive["indices"]).reshape(-1, 3).astype(np.int64)
            texture = material["baseColorTexture"]["index"]
            mesh_name = gltf["meshes"][node["mesh"]]["name"]
            parts.append((mesh_name, texture, posed, faces, attributes["TEXCOORD_0"], to_joint[joints], weights))
    parts.sort(key=lambda part: part[0] != "H_DDS_HighRes")
    starts = np.cumsum([0, *(len(part[2]) for part in parts)])
    return Avatar(
        name=path.stem,
        joint_names=names,
        parents=np.array([place.get(int(node_parents[node]), -1) for node in order]),
        rest_joints=world[order][:, :3, 3].astype(np.float32),
        vertices=np.concatenate([part[2] for part in parts]).astype(np.float32),
        faces=np.concatenate([part[3] + start for part, start in zip(parts, starts[:-1], strict=True)]),
        face_mesh=np.concatenate([np.full(len(part[3]), i) for i, part in enumerate(parts)]),
        mesh_names=tuple(part[0] for part in parts),
        mesh_textures=tuple(part[1] for part in parts),
        uv=np.concatenate([part[4] for part in parts]),
        skin_joints=np.concatenate([part[5] for part in parts]),
        skin_weights=np.concatenate([part[6] for part in parts]).astype(np.float32),
        textures=_textures(gltf, binary, texture_size),
    )


def pose_joints(avatar: Avatar, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Forward kinematics.

    Returns:
        Rotations ``(J, 3, 3)`` from the rest pose to the posed one in character axes, and joint positions ``(J, 3)``.

    Raises:
        KeyError: the pose names a joint that the avatar lacks.
    """
    rotations = np.tile(np.eye(3), (len(avatar.parents), 1, 1))
    if pose:
        named = [avatar.joint_index[name] for name in pose]
        rotations[named] = Rotation.from_rotvec(np.stack(list(pose.values()))).as_matrix()
    positions = avatar.rest_joints.astype(np.float64)
    for i, parent in enumerate(avatar.parents):
        if parent >= 0:
            rotations[i] = rotations[parent] @ rotations[i]
            bone = avatar.rest_joints[i] - avatar.rest_joints[parent]
            positions[i] = positions[parent] + rotations[parent] @ bone
    return rotations, positions


def turn_of(avatar: Avatar, pose: Pose, joint: int) -> Rotation:
    """The rotation that :func:`pose_joints` gives one joint, without working out the others."""
    turn = Rotation.identity()
    while joint >= 0:
        if avatar.joint_names[joint] in pose:
            turn = Rotation.from_rotvec(pose[avatar.joint_names[joint]]) * turn
        joint = int(avatar.parents[joint])
    return turn


def skin(avatar: Avatar, rotations: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Vertices ``(V, 3)`` of the posed avatar by linear blend skinning of what :func:`pose_joints` gives."""
    shifts = positions - np.einsum("jab,jb->ja", rotations, avatar.rest_joints)
    moves = avatar.influence @ np.c_[rotations.reshape(-1, 9), shifts].astype(np.float32)
    turned = np.einsum("vab,vb->va", moves[:, :9].reshape(-1, 3, 3), avatar.vertices)
    return turned + moves[:, 9:]


def keypoints3d(avatar: Avatar, rotations: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """The 18 key points ``(18, 3)`` in meters, order of :mod:`tryon.body.skeleton`, of a posed avatar."""
    points = np.zeros((18, 3), np.float32)
    for keypoint, name in JOINTS_OF_KEYPOINTS.items():
        points[keypoint] = positions[avatar.joint_index[name]]
    points[1] = points[[2, 5]].mean(0)
    head = avatar.joint_index["Head"]
    for keypoint, place in avatar.head_points.items():
        points[keypoint] = positions[head] + rotations[head] @ (place - avatar.rest_joints[head])
    # The eye joints sit in the middle of the eyeballs; the points are meant where the pupils are.
    points[[14, 15]] += rotations[head][:, 2] * 0.012
    return points
