"""Casting rays at a posed avatar: what a camera sees, and how much light reaches surfaces and the floor."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from tryon.core.errors import DependencyError
from tryon.synth.rig import Avatar

_HAIR_LAYERS = 10
_OFFSET = 3e-3  # meters from the surface at which light rays start


@dataclass(frozen=True)
class Light:
    """An area lamp and a sky. Colors are linear RGB; 1 lights a white surface fully."""

    yaw: float = 0.6
    """Radians around the person, from the front to the person's left."""
    elevation: float = 0.8
    """Radians above the horizon."""
    softness: float = 0.25
    """Radius of the lamp in radians."""
    key: tuple[float, float, float] = (0.75, 0.72, 0.68)
    sky: tuple[float, float, float] = (0.55, 0.56, 0.6)
    bounce: tuple[float, float, float] = (0.3, 0.29, 0.28)
    """Light from below the horizon."""

    def direction(self) -> np.ndarray:
        """Unit vector ``(3,)`` to the lamp."""
        flat = np.cos(self.elevation)
        return np.array((np.sin(self.yaw) * flat, np.sin(self.elevation), np.cos(self.yaw) * flat), np.float32)


@dataclass(frozen=True, eq=False)
class Fragments:
    """Surface points seen by rays, in order of depth for each ray."""

    ray: np.ndarray
    """``(N,)`` index of the ray."""
    face: np.ndarray
    """``(N,)`` index of the triangle."""
    barycentric: np.ndarray
    """``(N, 3)`` weights of the triangle's corners."""
    weight: np.ndarray
    """``(N,)`` share of the ray's color."""
    solid: np.ndarray
    """``(N,)`` ``bool``: the fragment at which more than half of the ray is covered."""

    def parts(self) -> tuple[np.ndarray, ...]:
        """The arrays, in the order in which they are given."""
        return self.ray, self.face, self.barycentric, self.weight, self.solid


@dataclass(frozen=True, eq=False)
class Scene:
    """A posed avatar ready for rays."""

    avatar: Avatar
    vertices: np.ndarray
    normals: np.ndarray
    embree: Any
    """All triangles."""
    casters: Any
    """Those that throw shadows."""


def embree_scene(vertices: np.ndarray, faces: np.ndarray | None = None) -> Any:
    """An Embree scene of the triangles ``faces`` ``(F, 3)`` of ``vertices`` ``(V, 3)``, or of triangles ``(F, 3, 3)``.

    Raises:
        DependencyError: embreex is not installed.
    """
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        raise DependencyError("rendering needs embreex; install it with: pip install -e '.[train]'") from error
    scene = EmbreeScene()
    indices = None if faces is None else np.ascontiguousarray(faces, np.int32)
    TriangleMesh(scene, np.ascontiguousarray(vertices, np.float32), indices)
    return scene


def sample_texture(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Values ``(N, C)`` ``float32`` of a texture at ``uv`` ``(N, 2)``, bilinear."""
    height, width = texture.shape[:2]
    x = (uv[:, 0] * width - 0.5).astype(np.float32)
    y = (uv[:, 1] * height - 0.5).astype(np.float32)
    side = 8192  # cv2.remap takes pictures of less than 32768 pixels a side only
    rows = -(-max(len(x), 1) // side)
    padded = np.zeros((2, rows * side), np.float32)
    padded[:, : len(x)] = x, y
    maps = padded.reshape(2, rows, side)
    out = cv2.remap(texture, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(rows * side, -1)[: len(x)].astype(np.float32)


def texture_level(avatar: Avatar, pixel: float) -> int:
    """The level of the textures' pyramid whose texels are about as large as a sample of ``pixel`` meters."""
    corners = avatar.vertices[avatar.faces[:2000]]
    uv = avatar.uv[avatar.faces[:2000]] * avatar.textures[0].shape[0]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    texels = np.abs(np.linalg.det(uv[:, 1:] - uv[:, :1]))
    texel = np.sqrt(np.median(area / np.maximum(texels, 1e-9)))
    return int(np.clip(np.floor(np.log2(max(pixel / max(texel, 1e-9), 1))), 0, 5))


def surface_points(scene: Scene, face: np.ndarray, barycentric: np.ndarray) -> np.ndarray:
    """Places ``(N, 3)`` of points of the posed surface, given by triangle ``(N,)`` and corner weights ``(N, 3)``."""
    corners = scene.avatar.faces[face]
    return sum(barycentric[:, k, None] * scene.vertices[corners[:, k]] for k in range(3))


def trace(scene: Scene, origins: np.ndarray, directions: np.ndarray, level: int) -> Fragments:
    """Cast rays ``(N, 3)`` and follow them through transparent texels of the hair."""
    avatar = scene.avatar
    left = np.arange(len(origins))
    through = np.ones(len(origins), np.float32)
    start = origins.copy()
    found = []
    for _ in range(_HAIR_LAYERS):
        hit = scene.embree.run(start, directions[left], output=True)
        seen = hit["primID"] >= 0
        left, face = left[seen], hit["primID"][seen]
        if not len(left):
            break
        u, v, far = hit["u"][seen], hit["v"][seen], hit["tfar"][seen]
        bary = np.stack((1 - u - v, u, v), 1)
        alpha = np.ones(len(left), np.float32)
        for mesh, name in enumerate(avatar.mesh_names):
            if name == "h_wig":
                here = avatar.face_mesh[face] == mesh
                uv = np.einsum("nk,nkc->nc", bary[here], avatar.uv[avatar.faces[face[here]]])
                texture = avatar.pyramids[avatar.mesh_textures[mesh]][level]
                alpha[here] = np.clip(sample_texture(texture, uv)[:, 3] / 255 * 1.15, 0, 1)
        before = through[left]
        through[left] = before * (1 - alpha)
        solid = (before > 0.5) & (through[left] <= 0.5)
        found.append((left, face, bary, before * alpha, solid))
        on = through[left] > 0.02
        start = start[seen][on] + directions[left[on]] * (far[on, None] + 1e-4)
        left = left[on]
        if not len(left):
            break
    if not found:
        empty = np.zeros(0, np.int64)
        return Fragments(empty, empty, np.zeros((0, 3), np.float32), np.zeros(0, np.float32), empty.astype(bool))
    return Fragments(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _spread(count: int) -> np.ndarray:
    """``(count, 2)`` evenly spread points of the unit square (Hammersley's)."""
    index = np.arange(count)
    radical, scale, rest = np.zeros(count), 0.5, index.copy()
    while rest.any():
        radical += scale * (rest & 1)
        rest, scale = rest >> 1, scale / 2
    return np.stack(((index + 0.5) / count, radical), 1).astype(np.float32)


def _frames(normals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two unit vectors across each of the unit vectors ``(N, 3)``."""
    upright, across = np.eye(3, dtype=np.float32)[[1, 0]]
    helper = np.where(np.abs(normals[:, 1:2]) < 0.9, upright, across)
    first = np.cross(helper, normals)
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(normals, first)


def _scatter(points: np.ndarray, seed: int) -> np.ndarray:
    """``(N, 2)`` numbers in [0, 1] that look random, but depend on seed and place of each point ``(N, 3)`` only.

    So the light on a face is the same, noise included, whatever else stands in the picture. The bits are mixed as in
    SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    """
    cells = np.round(points * 1e4).astype(np.int64).view(np.uint64)  # tenths of a millimeter
    mixed = (cells * np.array((0x9E3779B97F4A7C15, 0xD1B54A32D192ED03, 0x8CB92BA72F3D8DD7), np.uint64)).sum(1)
    mixed += np.uint64(seed)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    halves = np.stack((mixed & np.uint64(0xFFFFFFFF), mixed >> np.uint64(32)), 1)
    return (halves / 2**32).astype(np.float32)


def gather_light(
    embree: Any, points: np.ndarray, normals: np.ndarray, light: Light, rays: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """How the light of sky and lamp reaches surface points past what stands in its way.

    Args:
        embree: scene of everything that throws shadows.
        points: ``(N, 3)``.
        normals: ``(N, 3)`` unit vectors.
        light: the lamp and the sky.
        rays: for each point; as many again, but a third, go to the lamp.
        seed: of the turns of the pattern of rays from point to point.

    Returns:
        Irradiance of the sky ``(N, 3)`` linear RGB, and the unshadowed share of the lamp ``(N,)``.
    """
    origins = points + normals * _OFFSET
    turn = _scatter(points, seed)[:, None]
    first, second = _frames(normals)
    pattern = np.mod(_spread(rays) + turn, 1)
    radius, angle = np.sqrt(pattern[..., 0]), 2 * np.pi * pattern[..., 1]
    up = np.sqrt(1 - pattern[..., 0])
    directions = (
        (radius * np.cos(angle))[..., None] * first[:, None]
        + (radius * np.sin(angle))[..., None] * second[:, None]
        + up[..., None] * normals[:, None]
    )
    free = _free(embree, origins, directions)
    above = free * np.clip(directions[..., 1] * 1.5 + 0.5, 0, 1)
    each = np.full(rays, 1 / rays, np.float32)  # a product with it is a mean, but far faster
    sky = (above @ each)[:, None] * np.array(light.sky, np.float32)
    bounce = ((free - above) @ each)[:, None] * np.array(light.bounce, np.float32)
    to_lamp = light.direction()[None]
    first, second = _frames(to_lamp)
    pattern = np.mod(_spread(max(rays // 3, 4)) + turn, 1)
    radius, angle = light.softness * np.sqrt(pattern[..., 0]), 2 * np.pi * pattern[..., 1]
    directions = to_lamp + (radius * np.cos(angle))[..., None] * first + (radius * np.sin(angle))[..., None] * second
    return sky + bounce, _free(embree, origins, directions).mean(1)


def _free(embree: Any, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """``(N, R)`` ``float32``: 1 where the ray from origin n along direction n, r ``(N, R, 3)`` hits nothing."""
    count, rays = directions.shape[:2]
    starts = np.repeat(origins.astype(np.float32), rays, 0)
    hits = embree.run(starts, directions.reshape(-1, 3).astype(np.float32), query="OCCLUDED")
    return (hits.reshape(count, rays) < 0).astype(np.float32)


def build_scene(avatar: Avatar, vertices: np.ndarray) -> Scene:
    """The scene of an avatar with posed ``vertices`` ``(V, 3)``; thin strands of hair throw no shadow.

    Raises:
        DependencyError: embreex is not installed.
    """
    solid = np.ones(len(avatar.faces), bool)
    for mesh, name in enumerate(avatar.mesh_names):
        if name == "h_wig":
            here = np.flatnonzero(avatar.face_mesh == mesh)
            middle = avatar.uv[avatar.faces[here]].mean(1)
            alpha = sample_texture(avatar.pyramids[avatar.mesh_textures[mesh]][4], middle)[:, 3]
            solid[here] = alpha > 150
    everything = embree_scene(vertices, avatar.faces)
    casters = everything if solid.all() else embree_scene(vertices, avatar.faces[solid])
    return Scene(avatar, vertices, avatar.normals_of(vertices), everything, casters)


def floor_light(embree: Any, light: Light, rays: int, seed: int, cells: int = 40) -> np.ndarray:
    """How much of the floor's light is left around a person: ``(cells, cells)`` for x and z from -2 to 2 meters."""
    axis = np.linspace(-2, 2, cells)
    x, z = np.meshgrid(axis, axis)
    points = np.stack((x.ravel(), np.zeros(cells * cells), z.ravel()), 1).astype(np.float32)
    normals = np.repeat(np.array([[0, 1, 0]], np.float32), len(points), 0)
    ambient, lamp = gather_light(embree, points, normals, light, rays, seed)
    lamp = lamp[:, None] * np.array(light.key, np.float32) * light.direction()[1]
    full = np.array(light.sky, np.float32) + np.array(light.key, np.float32) * light.direction()[1]
    left = ((ambient + lamp) / full).mean(1).reshape(cells, cells)
    left = cv2.GaussianBlur(left.astype(np.float32), (0, 0), 0.7)
    return left / left.max()  # what little the open floor lacks is no shadow
