"""From what rays hit to colors."""

import numpy as np

from tryon.synth.raycast import Fragments, Light, Scene, gather_light, sample_texture
from tryon.synth.rig import Avatar


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light as sRGB in [0, 1], both of any shape."""
    linear = np.clip(linear, 0, None)
    # A shoulder above .7 instead of clipping keeps shape in white clothes.
    linear = np.where(linear > 0.7, 0.7 + 0.3 * (1 - np.exp(-(linear - 0.7) / 0.3)), linear)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] as linear light, both of any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


_LINEAR = to_linear(np.arange(256, dtype=np.float32) / 255)


def texture_colors(avatar: Avatar, fragments: Fragments, level: int) -> np.ndarray:
    """Linear RGB ``(N, 3)`` of the texture at fragments, unlit."""
    colors = np.zeros((len(fragments.face), 3), np.float32)
    uv = _interpolate(fragments, avatar.uv, avatar.faces[fragments.face])
    mesh_texture = np.array(avatar.mesh_textures)[avatar.face_mesh[fragments.face]]
    for texture in set(avatar.mesh_textures):
        here = mesh_texture == texture
        colors[here] = _LINEAR[sample_texture(avatar.pyramids[texture][level], uv[here])[:, :3].astype(np.uint8)]
    return colors


def shade(
    scene: Scene, fragments: Fragments, view: np.ndarray, light: Light, level: int, rays: int, seed: int
) -> np.ndarray:
    """Linear RGB ``(N, 3)`` of fragments; ``view`` ``(N, 3)`` points to the camera."""
    avatar = scene.avatar
    corners = avatar.faces[fragments.face]
    # Light is gathered once for each place, not for each copy of a vertex at a seam, and evened out with neighbors.
    seen = np.flatnonzero(np.bincount(fragments.face, minlength=len(avatar.faces)))
    one = np.full(int(avatar.seams.max()) + 1, -1)
    one[avatar.seams[avatar.faces[seen]]] = avatar.faces[seen]
    used = np.flatnonzero(one >= 0)
    vertex = one[used]
    ambient, lamp = gather_light(scene.casters, scene.vertices[vertex], scene.normals[vertex], light, rays, seed)
    gathered = np.zeros((len(one), 4), np.float32)
    gathered[used] = np.c_[ambient, lamp]
    gathered = _even_out(gathered, avatar.seams[avatar.faces[seen]])
    received = _interpolate(fragments, gathered, avatar.seams[corners])
    normal = _interpolate(fragments, scene.normals, corners)
    mesh = avatar.face_mesh[fragments.face]
    hair = np.isin(mesh, [i for i, name in enumerate(avatar.mesh_names) if name == "h_wig"])
    eye = np.isin(mesh, [i for i, name in enumerate(avatar.mesh_names) if "eye" in name])
    normal = np.where((_dot(normal, view) < 0) & hair[:, None], -normal, normal)
    normal /= np.sqrt(_dot(normal, normal)) + 1e-9
    albedo = texture_colors(avatar, fragments, level)
    to_lamp = light.direction()
    cosine = normal @ to_lamp
    wrap = np.array((0.35, 0.22, 0.18), np.float32)  # red light spreads farthest under skin; harmless on cloth
    diffuse = np.clip((cosine[:, None] + wrap) / (1 + wrap), 0, None)
    key = np.array(light.key, np.float32) * received[:, 3:]
    half = view + to_lamp
    half /= np.sqrt(_dot(half, half))
    gloss = np.clip(_dot(normal, half), 0, None)
    shine = np.where(eye[:, None], 0.5 * gloss**120, np.where(hair[:, None], 0.02 * gloss**16, 0.025 * gloss**14))
    return albedo * (received[:, :3] + key * diffuse) + key * shine


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``(N, 1)`` products of vectors ``(N, 3)``; far faster than a sum over the short axis."""
    return np.einsum("nc,nc->n", a, b)[:, None]


def _interpolate(fragments: Fragments, values: np.ndarray, index: np.ndarray) -> np.ndarray:
    """``(N, C)``: at each fragment, the mean of the rows of ``values`` that ``index`` ``(N, 3)`` gives its corners."""
    bary = fragments.barycentric.astype(np.float32)
    out = bary[:, :1] * values[index[:, 0]]
    for k in (1, 2):
        out += bary[:, k : k + 1] * values[index[:, k]]
    return out


def _even_out(values: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Two rounds of averaging over neighbors, against the noise of few rays."""
    edges = np.concatenate((faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]))
    edges = np.concatenate((edges, edges[:, ::-1]))
    degree = np.bincount(edges[:, 0], minlength=len(values))[:, None]
    for _ in range(2):
        around = np.stack([np.bincount(edges[:, 0], c[edges[:, 1]], len(values)) for c in values.T], 1)
        values = np.where(degree > 0, 0.4 * values + 0.6 * around / np.maximum(degree, 1), values)
    return values.astype(np.float32)
