"""Clothes as meshes: layers pushed out of what they cover, hidden skin left out, skirts that hang between the legs."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags
from scipy.spatial import cKDTree

from tryon.core.labels import Label
from tryon.synth.body import base_mesh
from tryon.synth.raycast import embree_scene

_REACH = 0.25  # meters from the skin within which a garment hides it
_RIM = 0.03  # meters of skin kept along the rim of a garment
_CONE = 0.6  # radians by which the rays that ask whether skin is covered lean away from its normal
_SAME = 0.08  # product of skin weights above which two surfaces move together
_PROUD = 0.03  # meters by which something that should lie under a garment may stick out of it and be pulled in
_NEAR = 0.06  # meters within which a garment's vertex looks for the surface under it


@dataclass(frozen=True, eq=False)
class Cloth:
    """A surface of one label: a garment, hair, or the skin itself, at rest."""

    name: str
    label: Label
    vertices: np.ndarray
    """``(V, 3)`` meters."""
    canonical: np.ndarray
    """``(V, 3)`` where each vertex lies on the base mesh as it is, whatever the body's shape: cuts are told in it."""
    weights: np.ndarray
    """``(V, J)`` skin weights for the joints of the base mesh."""
    faces: np.ndarray
    """``(F, 3)``."""
    uv: np.ndarray
    """``(F, 3, 2)`` texture coordinates of the corners, origin at the top left."""
    texture: np.ndarray
    """``(H, W, 4)`` ``uint8`` RGBA."""


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Smooth unit normals ``(V, 3)``."""
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    count = len(vertices)
    out = np.stack([np.bincount(faces.ravel(), np.repeat(across[:, k], 3), count) for k in range(3)], 1)
    return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)


def keep_faces(cloth: Cloth, keep: np.ndarray) -> Cloth:
    """The cloth with the faces ``keep`` ``(F,)`` ``bool`` only, and no vertex that none of them uses."""
    used, faces = np.unique(cloth.faces[keep], return_inverse=True)
    return replace(
        cloth,
        vertices=cloth.vertices[used],
        canonical=cloth.canonical[used],
        weights=cloth.weights[used],
        faces=faces.reshape(-1, 3),
        uv=cloth.uv[keep],
    )


def clip(cloth: Cloth, values: np.ndarray) -> Cloth:
    """The part of a cloth where ``values`` ``(V,)``, linear over each triangle, are positive: a straight hem."""
    values = np.where(np.abs(values) < 1e-6, 1e-6, values)
    inside = values[cloth.faces] > 0
    count = inside.sum(1)
    whole = count == 3
    corner_faces, corner_uv, edges = [cloth.faces[whole]], [cloth.uv[whole]], []
    shares: list[np.ndarray] = []
    start = len(values)

    def cut(a: np.ndarray, b: np.ndarray, uv_a: np.ndarray, uv_b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vertices, new ones if need be, where the edges from ``a`` to ``b`` cross zero, and their coordinates."""
        share = values[a] / (values[a] - values[b])
        edges.append(np.stack((a, b), 1))
        shares.append(share)
        number = start + sum(len(e) for e in edges[:-1]) + np.arange(len(a))
        return number, uv_a + share[:, None] * (uv_b - uv_a)

    for amount in (1, 2):
        here = np.flatnonzero(count == amount)
        # Turned so that the corner which differs from the other two comes first.
        odd = (inside[here] == (amount == 1)).argmax(1)
        order = (odd[:, None] + np.arange(3)) % 3
        a, b, c = np.take_along_axis(cloth.faces[here], order, 1).T
        uv_a, uv_b, uv_c = np.take_along_axis(cloth.uv[here], order[..., None], 1).transpose(1, 0, 2)
        ab, uv_ab = cut(a, b, uv_a, uv_b)
        ac, uv_ac = cut(a, c, uv_a, uv_c)
        if amount == 1:
            corner_faces.append(np.stack((a, ab, ac), 1))
            corner_uv.append(np.stack((uv_a, uv_ab, uv_ac), 1))
        else:
            corner_faces += [np.stack((ab, b, c), 1), np.stack((ab, c, ac), 1)]
            corner_uv += [np.stack((uv_ab, uv_b, uv_c), 1), np.stack((uv_ab, uv_c, uv_ac), 1)]
    pairs, part = np.concatenate(edges), np.concatenate(shares)[:, None]
    # Both triangles beside an edge cut it at the same place: one vertex for both.
    ordered = np.sort(pairs, 1)
    _, first, same = np.unique(ordered, axis=0, return_index=True, return_inverse=True)
    faces = np.concatenate(corner_faces)
    faces = (
        np.where(faces >= start, start + same.reshape(-1)[np.maximum(faces - start, 0)], faces) if len(first) else faces
    )

    def mix(field: np.ndarray) -> np.ndarray:
        new = field[pairs[first, 0]] * (1 - part[first]) + field[pairs[first, 1]] * part[first]
        return np.concatenate((field, new))

    cut_cloth = replace(
        cloth,
        vertices=mix(cloth.vertices),
        canonical=mix(cloth.canonical),
        weights=mix(cloth.weights),
        faces=faces,
        uv=np.concatenate(corner_uv),
    )
    return keep_faces(cut_cloth, np.ones(len(faces), bool))


def neighbors(count: int, faces: np.ndarray) -> csr_matrix:
    """``(count, count)`` matrix that averages each vertex's neighbors."""
    edges = np.concatenate((faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]))
    edges = np.concatenate((edges, edges[:, ::-1]))
    graph = coo_matrix((np.ones(len(edges)), edges.T), (count, count)).tocsr()
    graph.data[:] = 1
    return diags(1 / np.maximum(np.asarray(graph.sum(1)).ravel(), 1)) @ graph


def push_out(
    vertices: np.ndarray, faces: np.ndarray, under: np.ndarray, under_normals: np.ndarray, margin: float
) -> np.ndarray:
    """Vertices ``(V, 3)`` moved out of a surface, so that they keep ``margin`` meters from it.

    Each vertex is compared with the nearest point of ``under`` ``(U, 3)`` and moved along that point's normal; the
    shifts are evened out over the mesh, so that no dents stay at the rim of what was moved.
    """
    tree = cKDTree(under)
    average = neighbors(len(vertices), faces)
    for _ in range(3):
        distance, nearest = tree.query(vertices, distance_upper_bound=_NEAR)
        found = np.isfinite(distance)
        nearest = np.where(found, nearest, 0)
        height = ((vertices - under[nearest]) * under_normals[nearest]).sum(1)
        missing = np.where(found & (height < margin), margin - height, 0)
        if missing.max(initial=0) < 5e-4:
            break
        shift = missing[:, None] * under_normals[nearest]
        smooth = shift
        for _ in range(4):
            smooth = 0.5 * smooth + 0.5 * (average @ smooth)
        # Where smoothing took some of the shift away, the full one stays.
        lost = np.linalg.norm(smooth, axis=1) < missing
        vertices = vertices + np.where(lost[:, None], shift, smooth)
    return vertices


def covered(cloth: Cloth, over: list[Cloth]) -> np.ndarray:
    """``(V,)`` ``bool``: vertices of ``cloth`` that lie under others, away from the rim of those.

    A vertex is covered when rays along its normal and around it all meet a garment that moves with the same joints
    (the inside of an arm looks at the shirt of the trunk, but is not under it).
    """
    if not over or not len(cloth.vertices):
        return np.zeros(len(cloth.vertices), bool)
    starts = np.cumsum([0, *(len(c.vertices) for c in over)])
    vertices = np.concatenate([c.vertices for c in over])
    faces = np.concatenate([c.faces + s for c, s in zip(over, starts[:-1], strict=True)])
    weights = np.concatenate([c.weights for c in over])[faces].mean(1)
    scene = embree_scene(vertices[faces])
    normal = normals(cloth.vertices, cloth.faces)
    helper = np.where(np.abs(normal[:, 1:2]) < 0.9, (0.0, 1.0, 0.0), (1.0, 0.0, 0.0))
    first = np.cross(helper, normal)
    first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-12
    second = np.cross(normal, first)
    origins = (cloth.vertices - 0.004 * normal).astype(np.float32)
    under = np.ones(len(origins), bool)
    for angle in (None, 0, 1, 2, 3):
        lean = normal
        if angle is not None:
            turn = angle * np.pi / 2
            lean = np.cos(_CONE) * normal + np.sin(_CONE) * (np.cos(turn) * first + np.sin(turn) * second)
        hit = scene.run(origins, lean.astype(np.float32), output=True)
        face = np.maximum(hit["primID"], 0)
        along = (weights[face] * cloth.weights).sum(1) > _SAME
        under &= (hit["primID"] >= 0) & (hit["tfar"] < _REACH) & along
    bare = cloth.vertices[~under]
    if len(bare):
        under &= cKDTree(bare).query(cloth.vertices)[0] > _RIM
    return under


def tuck_in(
    cloth: Cloth, vertices: np.ndarray, outward: np.ndarray, over: list[tuple[Cloth, np.ndarray]]
) -> np.ndarray:
    """Vertices ``(V, 3)`` of a layer, pulled in where they stick out of the layers over it by less than 3 cm.

    Args:
        cloth: the layer.
        vertices: where its vertices are now.
        outward: ``(V, 3)`` unit vectors away from the body.
        over: the layers over it, each with its ``(., 3)`` vertices as they are now.
    """
    if not over:
        return vertices
    starts = np.cumsum([0, *(len(v) for _, v in over)])
    faces = np.concatenate([c.faces + s for (c, _), s in zip(over, starts[:-1], strict=True)])
    weights = np.concatenate([c.weights for c, _ in over])[faces].mean(1)
    scene = embree_scene(np.concatenate([v for _, v in over])[faces])
    hit = scene.run(vertices.astype(np.float32), -outward.astype(np.float32), output=True)
    face = np.maximum(hit["primID"], 0)
    along = (weights[face] * cloth.weights).sum(1) > _SAME
    corners = np.concatenate([v for _, v in over])[faces[face]]
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    # A ray from under the garment meets its inside, on the far side of an arm or a leg.
    from_outside = (facing * outward).sum(1) > 0
    inside = (hit["primID"] >= 0) & (hit["tfar"] < _PROUD) & along & from_outside
    depth = np.where(inside, hit["tfar"] + 0.003, 0)
    return vertices - depth[:, None] * outward


def hang_skirt(cloth: Cloth, waist: float) -> Cloth:
    """The cloth with leg weights that run smoothly from left to right, so that a skirt does not split.

    Below ``waist`` (meters, the height of the hips) the weight of both legs is shared out by how far a vertex lies to
    the left or right, and a third of it goes to the hips, because cloth hangs and does not stick to the legs.
    """
    names = base_mesh().joint_names
    legs = [i for i, n in enumerate(names) if n.endswith(("UpLeg", "Leg", "Foot", "ToeBase"))]
    left, right, hips = (names.index(n) for n in ("LeftUpLeg", "RightUpLeg", "Hips"))
    weights = cloth.weights.copy()
    own = weights[:, legs].sum(1)
    # What hangs follows the legs, even where the asset's author tied it to the trunk.
    total = np.maximum(own, np.clip((waist - cloth.vertices[:, 1]) / 0.25, 0, 1))
    weights *= ((1 - total) / np.maximum(1 - own, 1e-6))[:, None]
    weights[:, legs] = 0
    across = np.clip(cloth.vertices[:, 0] / 0.16, -1, 1)
    weights[:, left] = total * 0.67 * (0.5 + 0.5 * across)
    weights[:, right] = total * 0.67 * (0.5 - 0.5 * across)
    weights[:, hips] += total * 0.33
    weights /= weights.sum(1, keepdims=True)
    return replace(cloth, weights=weights)
