"""Garments, hair and skins of a folder of MakeHuman assets, and fitting them to a shaped body.

``clothes/NAME/`` and ``hair/NAME/`` hold ``mesh.json.gz`` (three.js' JSON with MakeHuman's fitting data) and
``diffuse.png`` or ``.jpg``; ``skins/*.jpg`` are body textures; ``LICENCES.csv`` names author and license of each.
"""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tryon.core.errors import DataError
from tryon.core.files import read_rows
from tryon.synth.body import NUM_BASE_VERTICES, base_mesh, triangles

_METERS = 0.1
_QUAD, _MATERIAL, _FACE_UV, _CORNER_UV, _FACE_NORMAL, _CORNER_NORMAL = 1, 2, 4, 8, 16, 32  # three.js' face bits


@dataclass(frozen=True, eq=False)
class Asset:
    """A mesh that hangs on the base mesh."""

    name: str
    references: np.ndarray
    """``(V, 3)`` base vertices to which each vertex is tied."""
    shares: np.ndarray
    """``(V, 3)`` barycentric weights of the references."""
    offsets: np.ndarray
    """``(V, 3)`` meters from that point, on the base mesh as it is."""
    faces: np.ndarray
    """``(F, 3)``."""
    face_uv: np.ndarray
    """``(F, 3)`` index into ``uv``."""
    uv: np.ndarray
    """``(T, 2)`` in [0, 1], origin at the top left."""
    part: np.ndarray
    """``(F,)`` number of the connected piece to which a face belongs."""
    island: np.ndarray
    """``(F,)`` number of the connected piece of the texture's layout to which a face belongs."""
    hides: np.ndarray
    """``(19158,)`` ``bool``: base vertices that the asset's author hides under it."""
    texture: np.ndarray
    """``(H, W, 4)`` ``uint8`` RGBA."""


def _polygons(numbers: list[int], path: Path) -> list[list[tuple[int, int]]]:
    polygons, at = [], 0
    while at < len(numbers):
        bits = numbers[at]
        corners = 4 if bits & _QUAD else 3
        at += 1
        vertices = numbers[at : at + corners]
        at += corners + bool(bits & _MATERIAL) + bool(bits & _FACE_UV)
        if not bits & _CORNER_UV:
            raise DataError(f"{path} has faces without texture coordinates; expected a MakeHuman garment")
        polygons.append(list(zip(vertices, numbers[at : at + corners], strict=True)))
        at += corners + bool(bits & _FACE_NORMAL) + corners * bool(bits & _CORNER_NORMAL)
    return polygons


def _pieces(faces: np.ndarray, count: int) -> np.ndarray:
    """``(F,)`` number of the connected piece of each face; ``count`` is that of the vertices."""
    edges = np.concatenate((faces[:, [0, 1]], faces[:, [1, 2]]))
    graph = coo_matrix((np.ones(len(edges)), edges.T), (count, count))
    return connected_components(graph, directed=False)[1][faces[:, 0]]


def load_asset(folder: Path) -> Asset:
    """Read one garment or hair style.

    Raises:
        DataError: a file is missing, or the mesh carries no fitting to the base mesh hm08.
    """
    path = folder / "mesh.json.gz"
    textures = sorted(folder.glob("diffuse.*"))
    if not path.is_file() or not textures:
        raise DataError(f"{folder} lacks mesh.json.gz or diffuse.png; expected a MakeHuman asset")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            data = json.load(stream)
        references = np.array(data["ref_vIdxs"], np.int64).reshape(-1, 3)
        shares = np.array(data["weights"], np.float64).reshape(-1, 3)
        offsets = np.array(data["offsets"], np.float64).reshape(-1, 3) * _METERS
        uv = np.array(data["uvs"][0], np.float64).reshape(-1, 2)
        hides = np.array(data["metadata"]["deleteVerts"], bool)
        numbers = data["faces"]
    except (OSError, EOFError, ValueError, TypeError, KeyError, IndexError) as error:
        raise DataError(f"{path} cannot be read ({error}); expected a MakeHuman asset with fitting data") from error
    if len(hides) != NUM_BASE_VERTICES or not len(references) == len(shares) == len(offsets):
        raise DataError(f"{path} is not fitted to the base mesh hm08 of {NUM_BASE_VERTICES} vertices; leave it out")
    corners = triangles(_polygons(numbers, path))
    faces = corners[..., 0]
    if faces.max() >= len(references) or corners[..., 1].max() >= len(uv) or references.max() >= NUM_BASE_VERTICES:
        raise DataError(f"{path} names vertices that it does not have; the file is damaged")
    with Image.open(textures[0]) as image:
        texture = np.asarray(image.convert("RGBA"))
    return Asset(
        name=folder.name,
        references=references,
        shares=shares,
        offsets=offsets,
        faces=faces,
        face_uv=corners[..., 1],
        uv=np.c_[uv[:, 0], 1 - uv[:, 1]],
        part=_pieces(faces, len(references)),
        island=_pieces(corners[..., 1], len(uv)),
        hides=hides,
        texture=texture,
    )


def fit(asset: Asset, body: np.ndarray) -> np.ndarray:
    """Vertices ``(V, 3)`` of an asset on a shaped body ``(19158, 3)`` at rest."""
    return np.einsum("vk,vkc->vc", asset.shares, body[asset.references]) + asset.offsets


def skin_weights(asset: Asset) -> np.ndarray:
    """``(V, J)``: the base mesh's skin weights, interpolated through the same references."""
    shares = np.clip(asset.shares, 0, None)
    shares /= shares.sum(1, keepdims=True)
    return np.einsum("vk,vkj->vj", shares, base_mesh().weights[asset.references]).astype(np.float32)


def licenses(folder: Path) -> dict[str, tuple[str, str]]:
    """Author and license of each asset by its name, from ``LICENCES.csv``.

    Raises:
        DataError: the file is missing or has other columns.
    """
    path = folder / "LICENCES.csv"
    if not path.is_file():
        raise DataError(f"{path} is missing; expected a folder of MakeHuman assets with their authors")
    rows = read_rows(path, ("name", "author", "effective"))
    return {row["name"]: (row["author"], row["effective"]) for row in rows}
