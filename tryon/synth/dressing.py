"""A person in the clothes of another: all avatars of the VALID library are one mesh with one layout of its texture."""

from dataclasses import replace

import cv2
import numpy as np
from scipy.spatial import cKDTree

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.synth.recolor import GARMENTS
from tryon.synth.rig import Avatar

_PLACE = 0.02  # weight of a meter against the texture's side: tells places apart that share a texel
_MATCH = 0.004  # of the texture's side, by which vertices of one place differ at most
CLOTHES = (*GARMENTS, Label.HAT, Label.BAG, Label.ACCESSORY)
"""The labels that go from one person to another."""
_OWN = ("Head", "LeftEye", "RightEye", "LeftHand", "RightHand", "LeftFinger", "RightFinger")


def dress(
    person: Avatar, person_atlas: np.ndarray, clothes: Avatar, clothes_atlas: np.ndarray
) -> tuple[Avatar, np.ndarray]:
    """Put the clothes of one avatar on another.

    Head, hair, hands and skeleton are the person's; everything between has the shape that it has on the wearer, moved
    along with the bones. The first triangles, those of body and clothes, are the wearer's, in the same order: the flow
    between renders of both is exact on the clothes.

    Args:
        person: who is dressed.
        person_atlas: ``(N, N)`` labels of the person's body texture.
        clothes: the wearer of the clothes.
        clothes_atlas: ``(N, N)`` labels of the wearer's body texture.

    Returns:
        The dressed person and its label atlas.

    Raises:
        DataError: the two are not of one mesh or skeleton.
    """
    joints = np.array([_joint(person, clothes, i) for i in range(len(clothes.joint_names))])
    body = clothes.faces[clothes.face_mesh == 0]
    count = int(body.max()) + 1
    same = _same_places(person, clothes, count)
    influences, weights = joints[clothes.skin_joints[:count]], clothes.skin_weights[:count]
    shift = np.zeros_like(person.rest_joints)
    shared = np.array([name in person.joint_index for name in clothes.joint_names])
    shift[joints[shared]] = (person.rest_joints[joints] - clothes.rest_joints)[shared]
    moved = clothes.vertices[:count] + np.einsum("vk,vkc->vc", weights, shift[influences])
    own = [i for i, name in enumerate(person.joint_names) if name.startswith(_OWN)]
    share = (weights * np.isin(influences, own)).sum(1, keepdims=True)
    vertices = share * person.vertices[same] + (1 - share) * moved
    rest = np.flatnonzero(person.face_mesh > 0)  # eyes and hair
    first = int(person.faces[person.face_mesh == 0].max()) + 1
    texture, atlas = _composed(person, person_atlas, clothes, clothes_atlas)
    place = person.mesh_textures[0]
    dressed = replace(
        person,
        name=f"{person.name}+{clothes.name}",
        vertices=np.concatenate((vertices, person.vertices[first:])).astype(np.float32),
        faces=np.concatenate((body, person.faces[rest] - first + count)),
        face_mesh=np.concatenate((np.zeros(len(body), int), person.face_mesh[rest])),
        uv=np.concatenate((clothes.uv[:count], person.uv[first:])),
        skin_joints=np.concatenate((influences, person.skin_joints[first:])),
        skin_weights=np.concatenate((weights, person.skin_weights[first:])),
        textures=tuple(texture if i == place else old for i, old in enumerate(person.textures)),
    )
    return dressed, atlas


def _joint(person: Avatar, clothes: Avatar, joint: int) -> int:
    """The person's joint of the same name as one of the wearer's, or as its next parent that the person has."""
    while clothes.joint_names[joint] not in person.joint_index:
        joint = int(clothes.parents[joint])
        if joint < 0:
            raise DataError(f"{person.name} and {clothes.name} have other joints; expected two avatars of one library")
    return person.joint_index[clothes.joint_names[joint]]


def _same_places(person: Avatar, clothes: Avatar, count: int) -> np.ndarray:
    """``(count,)`` the person's vertex at the same place of the texture as each vertex of the wearer's body."""
    first = int(person.faces[person.face_mesh == 0].max()) + 1
    tree = cKDTree(np.c_[person.uv[:first], _PLACE * person.vertices[:first]])
    _, same = tree.query(np.c_[clothes.uv[:count], _PLACE * clothes.vertices[:count]])
    apart = np.abs(person.uv[same] - clothes.uv[:count]).max(1)
    if (apart > _MATCH).mean() > 0.02:
        raise DataError(f"the textures of {person.name} and {clothes.name} have other layouts; expected one library")
    return same


def _composed(
    person: Avatar, person_atlas: np.ndarray, clothes: Avatar, clothes_atlas: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Body texture ``(H, W, 4)`` and label atlas: the wearer's clothes, the person's skin, and where the person is
    dressed and the wearer is bare, the person's tone."""
    worn, covered = np.isin(clothes_atlas, CLOTHES), np.isin(person_atlas, CLOTHES)
    atlas = np.where(worn, clothes_atlas, np.where(covered, Label.SKIN, person_atlas)).astype(np.uint8)
    skin = person.textures[person.mesh_textures[0]]
    size = skin.shape[1::-1]
    cloth = cv2.resize(clothes.textures[clothes.mesh_textures[0]], size, interpolation=cv2.INTER_AREA)
    masks = (worn, covered & ~worn, person_atlas == Label.SKIN, clothes_atlas == Label.SKIN)
    on, gap, own, bare = (
        cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0 for mask in masks
    )
    out = skin.copy()
    out[on] = cloth[on]
    # Of the wearer's skin its light and dark only, and less of them: a dark skin made light would show them too much.
    bright = cloth[gap, :3].mean(1) / max(float(np.median(cloth[bare, :3][::97].mean(1))), 1)
    tone = np.median(skin[own, :3][::97], 0)
    out[gap, :3] = np.clip(tone * np.clip(bright, 0.5, 1.5)[:, None] ** 0.6, 0, 255)
    return out, atlas
