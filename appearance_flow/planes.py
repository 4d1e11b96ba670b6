"""What the appearance-flow network sees: planes in the window around the person, as arrays."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso, torso_outline
from tryon.core.labels import Label, mask_of

KINDS = ("torso", "arm", "leg", "skirt")
"""Parts of a garment; the sides are not told apart, so that a mirrored garment is treated alike."""
_BONES = (
    (sk.R_SHOULDER, sk.R_ELBOW), (sk.R_ELBOW, sk.R_WRIST), (sk.L_SHOULDER, sk.L_ELBOW), (sk.L_ELBOW, sk.L_WRIST),
    (sk.R_HIP, sk.R_KNEE), (sk.R_KNEE, sk.R_ANKLE), (sk.L_HIP, sk.L_KNEE), (sk.L_KNEE, sk.L_ANKLE), (sk.NECK, sk.NOSE),
)  # fmt: skip
_THICK = 0.14  # torso lengths: lines of bones, wide enough to be seen at a sixteenth of the resolution
_ON_PERSON = (
    (Label.BACKGROUND,),
    (Label.HAIR, Label.HAT),
    (Label.SKIN,),
    (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF),
    (Label.SKIRT, Label.PANTS, Label.LEGWEAR),
    (Label.SHOES, Label.BAG, Label.ACCESSORY),
)
BONE_PLANES = len(_BONES) + 1
GARMENT_PLANES = 7 + BONE_PLANES + len(KINDS)
PERSON_PLANES = len(_ON_PERSON) + BONE_PLANES


def bone_planes(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(BONE_PLANES, H, W)`` ``uint8`` 0 or 255: the torso, and each bone as a thick line where both ends are known.

    Args:
        keypoints: ``(18, 3)`` in pixels.
        size: height and width.
    """
    points = complete_torso(keypoints)[0]
    unit = sk.torso_length(points)
    planes = np.zeros((BONE_PLANES, *size), np.uint8)
    corners = torso_outline(points)
    cv2.fillPoly(planes[0], [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 255)
    for plane, (a, b) in zip(planes[1:], _BONES, strict=True):
        if min(points[a, 2], points[b, 2]) > 0:
            start, end = (tuple(np.round(points[i, :2]).astype(int).tolist()) for i in (a, b))
            cv2.line(plane, start, end, 255, max(1, round(_THICK * unit)))
    return planes


def person_planes(keypoints: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """``(PERSON_PLANES, H, W)`` ``uint8``: who is to wear the garment, in what they wear now.

    Args:
        keypoints: ``(18, 3)`` in pixels of the window.
        parsing: ``(H, W)`` label map.
    """
    worn = [255 * mask_of(parsing, *labels).astype(np.uint8) for labels in _ON_PERSON]
    return np.concatenate((np.stack(worn), bone_planes(keypoints, parsing.shape)))


def source_planes(photo: np.ndarray, parsing: np.ndarray, cloth: np.ndarray, keypoints: np.ndarray) -> np.ndarray:
    """``(6 + BONE_PLANES, H, W)`` ``uint8``: the garment on its wearer, before it is carried over.

    Args:
        photo: ``(H, W, 3)`` ``uint8`` RGB, the window around the garment's wearer.
        parsing: ``(H, W)`` label map.
        cloth: ``(H, W)`` ``bool``, the whole garment.
        keypoints: ``(18, 3)`` of its wearer, in pixels of the window.
    """
    colors = np.where(cloth[..., None], photo, np.uint8(0)).transpose(2, 0, 1)
    skin = parsing == Label.SKIN
    before = mask_of(parsing, Label.HAIR, Label.HAT, Label.BAG, Label.SCARF, Label.ACCESSORY) & ~cloth
    masks = 255 * np.stack((cloth, skin, before)).astype(np.uint8)
    return np.concatenate((colors, masks, bone_planes(keypoints, parsing.shape)))


def garment_planes(source: np.ndarray, part: np.ndarray, name: str, flow: np.ndarray) -> np.ndarray:
    """``(GARMENT_PLANES, H, W)`` ``uint8``: one part of the garment where the pose flow carries it.

    Args:
        source: from :func:`source_planes`.
        part: ``(H, W)`` ``bool``, the part.
        name: ``torso``, ``left_arm``, … as in :mod:`appearance_flow.parts`.
        flow: ``(H, W, 2)`` ``float32`` of the part, from the window around the person to that around the wearer.
    """
    height, width = flow.shape[:2]
    x = flow[..., 0] + np.arange(width, dtype=np.float32)
    y = flow[..., 1] + np.arange(height, dtype=np.float32)[:, None]
    places, between = cv2.convertMaps(x, y, cv2.CV_16SC2)
    planes = np.concatenate((255 * part[None].astype(np.uint8), source))
    carried = [cv2.remap(plane, places, between, cv2.INTER_LINEAR) for plane in planes]
    kind = np.zeros((len(KINDS), height, width), np.uint8)
    kind[KINDS.index(name.removeprefix("left_").removeprefix("right_"))] = 255
    return np.concatenate((np.stack(carried), kind))
