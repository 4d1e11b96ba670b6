"""Carry a garment from the person who wears it to another: each part by its own flow, as layers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.flow import warp_photo
from appearance_flow.parts import Below, garment_parts
from appearance_flow.pose_flow import PoseFlow
from appearance_flow.width import fit_width
from tryon.body.torso import complete_torso, torso_size
from tryon.body.zones import Zones, arm_position, grown, zones
from tryon.core.labels import Label, mask_of
from tryon.render.fill import bleed, continue_texture
from tryon.render.halo import BESIDE_SKIN, halo

SLEEVES = ("left_arm", "right_arm")
_WAISTBAND = 0.85  # depth below the neck, in torso lengths
_TOUCHES = 0.15  # of the outline of what hides a garment lies on it, at least
_GARMENTS = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
# What can hide a garment from view without ending it.
_OCCLUDERS = (Label.HAIR, Label.BAG, Label.ACCESSORY, Label.SCARF, Label.HAT)


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """One part of a garment in the frame of the person photo."""

    part: str
    """As in :class:`appearance_flow.pose_flow.PoseFlow`: ``torso``, ``left_arm``, …"""
    color: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    alpha: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]."""
    flow: np.ndarray
    """``(H, W, 2)`` ``float32``, pixel of the garment photo minus pixel of the person photo."""


def carry(
    photo: np.ndarray,
    parsing: np.ndarray,
    keypoints: np.ndarray,
    labels: tuple[int, ...],
    below: Below,
    pose: PoseFlow,
    body: dict[str, np.ndarray],
    *,
    only: str | None = None,
) -> list[Layer]:
    """Warp the garment of the given labels onto another person.

    Args:
        photo: ``(Hs, Ws, 3)`` ``uint8``, the garment's photo.
        parsing: ``(Hs, Ws)``, its label map.
        keypoints: ``(18, 3)`` of the garment's wearer.
        labels: the classes that make up the garment.
        below: what hangs below the hips, see :func:`appearance_flow.parts.garment_parts`.
        pose: flow from the person photo to the garment photo.
        body: the parts of the person who is to wear it, to fit the width to; may lack parts.
        only: the one part to warp; all of the garment when ``None``.

    Returns:
        Layers, the hindmost first.
    """
    mask = mask_of(parsing, *labels)
    before = mask_of(parsing, Label.HAIR, Label.BAG)
    parts = garment_parts(mask, keypoints, below, parsing == Label.SKIN, before)
    worn, _ = complete_torso(keypoints)
    source_body = zones(worn, parsing.shape, torso_size(worn))
    hidden = _hidden(parsing, source_body) & ~_of_other_garments(parsing, mask)
    # Strands of hair reach farther than their label; their color must not run into the garment.
    near_hair = grown(parsing == Label.HAIR, 0.04 * source_body.unit)
    # Nor may the skin of arms that cross the trunk, whose label ends a little beside their outline.
    arms = (parsing == Label.SKIN) & (source_body.arms | source_body.hands) & source_body.torso
    near_arms = grown(arms, 0.05 * source_body.unit)
    near_arms |= grown(halo(photo, parsing, near_arms & (parsing == Label.SKIN), source_body.unit, BESIDE_SKIN), 1)
    coat = _coat(parsing, mask) if Label.OUTER in labels else None
    # Tops hide the waistband of trousers and skirts, which the other person's top may not.
    lower = set(labels) <= {Label.PANTS, Label.SKIRT}
    tops = mask_of(parsing, Label.UPPER, Label.OUTER, Label.DRESS, Label.ACCESSORY)

    def layer(part: str) -> Layer:
        part_mask = parts[part]
        if part in SLEEVES:
            whole = part_mask | (before & _sleeve_reaches(part_mask, part, worn, source_body))
        else:
            under_top = tops & (source_body.depth > _WAISTBAND) if lower else mask & ~part_mask
            whole = _complete(part_mask, hidden | under_top, source_body, upward=lower)
        flow = fit_width(pose, part, whole, body[part]) if part in body else pose.part_flow(part)
        clean = part_mask & ~near_hair if part in SLEEVES else part_mask & ~near_hair & ~near_arms
        texture = _texture(photo, clean, whole, source_body.unit, None if part in SLEEVES else coat)
        warped = warp_photo(texture, flow, padding="zeros")
        alpha = warped[..., 3].astype(np.float32) / 255 * pose.support(part)
        return Layer(part, warped[..., :3], alpha, flow)

    shown = [part for part, part_mask in parts.items() if part_mask.sum() >= 30 and only in (None, part)]
    with ThreadPoolExecutor() as pool:  # most of the time is spent in OpenCV and NumPy, which let other threads run
        return list(pool.map(layer, shown))


def _hidden(parsing: np.ndarray, body: Zones) -> np.ndarray:
    """Where something in front may hide the garment: hair, bags, and hands and forearms, but not neck and chest."""
    hands = grown(body.hands, 0.05 * body.unit)
    return mask_of(parsing, *_OCCLUDERS) | ((parsing == Label.SKIN) & (hands | body.arms) & ~body.neck)


def _complete(mask: np.ndarray, hidden: np.ndarray, body: Zones, *, upward: bool) -> np.ndarray:
    """The mask of a trunk part with what is hidden of it: between its sides, and on the torso that it covers."""
    from_left = np.maximum.accumulate(mask, axis=1)
    from_right = np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    rows = np.flatnonzero(mask.any(1))
    torso = body.torso & ~body.neck
    if not upward:
        torso[: rows[0]] = False
    torso[rows[-1] + 1 :] = False
    return mask | (_beside(hidden, mask) & ((from_left & from_right) | torso))


def _sleeve_reaches(shown: np.ndarray, part: str, keypoints: np.ndarray, body: Zones) -> np.ndarray:
    """Where a sleeve lies, no wider than the arm: from the shoulder down to the end of what is shown of it."""
    position = arm_position(keypoints, part, body.arms)
    if position is None or not (shown & body.arms).any():
        return shown
    along, away = position
    end = np.percentile(along[shown & body.arms], 95)
    return body.arms & (away < 0.15 * body.unit) & (along <= end)


def _beside(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The connected parts of ``hidden`` with a good part of their outline on the mask: others hide other things."""
    components, outline, touching = _touching(hidden, mask)
    return hidden & (touching >= _TOUCHES * outline)[components]


def _of_other_garments(parsing: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Accessories that lie on another garment more than on this one: pieces of that one, or worn on it."""
    accessories = parsing == Label.ACCESSORY
    components, _, here = _touching(accessories, mask)
    _, _, there = _touching(accessories, mask_of(parsing, *_GARMENTS) & ~mask)
    return accessories & (there > here)[components]


def _touching(areas: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The connected parts of ``areas``, numbered; how long the outline of each is, and its part on the mask."""
    _, components = cv2.connectedComponents(areas.astype(np.uint8))
    edge = areas & (cv2.erode(areas.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
    outline = np.bincount(components[edge], minlength=components.max() + 1)
    return components, outline, np.bincount(components[edge & grown(mask, 2)], minlength=len(outline))


def _coat(parsing: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Where an open coat shows; and, of all pixels, where only it can be: beside the top that shows in its opening."""
    shown, inner = mask & (parsing == Label.OUTER), mask & (parsing != Label.OUTER)
    if not inner.any():
        return None
    left, right = np.percentile(np.nonzero(inner)[1], (10, 90))
    x = np.arange(mask.shape[1])
    return shown, np.broadcast_to((x < left) | (x > right), mask.shape)


def _texture(
    photo: np.ndarray,
    shown: np.ndarray,
    whole: np.ndarray,
    unit: float,
    coat: tuple[np.ndarray, np.ndarray] | None,
) -> np.ndarray:
    """RGBA: the garment's own colors, continued beyond its edge so that nothing of what was behind it shows."""
    rows, columns = np.flatnonzero(whole.any(1)), np.flatnonzero(whole.any(0))
    margin = 24
    y0, y1 = max(0, rows[0] - margin), rows[-1] + margin + 1
    x0, x1 = max(0, columns[0] - margin), columns[-1] + margin + 1
    inner = max(1, round(0.01 * unit))
    sure = cv2.erode(shown[y0:y1, x0:x1].astype(np.uint8), np.ones((2 * inner + 1,) * 2, np.uint8)) > 0
    if not sure.any():
        sure = whole[y0:y1, x0:x1]
    out = np.zeros((*photo.shape[:2], 4), np.uint8)
    colors = bleed(photo[y0:y1, x0:x1], sure)
    hidden = (whole & ~shown)[y0:y1, x0:x1]
    if hidden.any():
        colors = continue_texture(colors, hidden, sure)
    if coat is not None:
        open_coat, beside = (area[y0:y1, x0:x1] for area in coat)
        colors = continue_texture(colors, hidden & beside, sure & open_coat)
    out[y0:y1, x0:x1, :3] = colors
    soft = cv2.GaussianBlur(whole[y0:y1, x0:x1].astype(np.float32), (0, 0), 0.5 + 0.4 * inner)
    out[y0:y1, x0:x1, 3] = np.clip((soft - 0.25) * 2, 0, 1) * 255
    return out
