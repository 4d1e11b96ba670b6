"""The colors of a worn garment, continued where something hides it and beyond its edge."""

from functools import cached_property

import cv2
import numpy as np

from appearance_flow.sleeves import SLEEVES
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.proportions import WAIST
from tryon.body.torso import LEGS
from tryon.core.fill import bleed, continue_texture
from tryon.core.labels import Label, mask_of
from tryon.core.masks import grown, shrunk, window_of
from tryon.types import CloseView

_TOUCHES = 0.15  # of the outline of what hides a garment lies on it, at least
_SLEEVE = 0.15  # torso lengths from the arm's bones within which a sleeve goes on behind hair
_GARMENTS = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS)
# What can hide a garment from view without ending it.
_OCCLUDERS = (Label.HAIR, Label.BAG, Label.ACCESSORY, Label.SCARF, Label.HAT)
_MIDDLE = 0.1  # torso lengths beyond the middle of the hips to which either leg of trousers reaches
_MARGIN = 24  # pixels beyond the garment up to which its colors are continued


class Wearing:
    """Somebody who wears a garment, and what lies in front of it.

    Args:
        view: of the person.
        parsing: ``(h, w)`` label map, in place of the view's own.
    """

    def __init__(self, view: CloseView, parsing: np.ndarray):
        self.view, self.parsing = view, parsing

    @cached_property
    def in_front(self) -> np.ndarray:
        """``(h, w)`` ``bool``: hair and bags, behind which sleeves go on."""
        return mask_of(self.parsing, Label.HAIR, Label.BAG)

    @cached_property
    def hiding(self) -> np.ndarray:
        """``(h, w)`` ``bool``: what may hide the garment: hair, bags, hands and forearms, but not neck and chest."""
        body = self.view.body
        hands = grown(body.hands, 0.05 * body.unit)
        skin = (self.parsing == Label.SKIN) & (hands | body.arms) & ~body.neck
        return mask_of(self.parsing, *_OCCLUDERS) | skin

    @cached_property
    def near_hair(self) -> np.ndarray:
        """``(h, w)`` ``bool``: strands reach farther than their label; their color must not run into the garment."""
        return grown(self.parsing == Label.HAIR, 0.04 * self.view.body.unit)

    @cached_property
    def near_arms(self) -> np.ndarray:
        """``(h, w)`` ``bool``: around bare arms that cross the trunk, whose label ends a little beside them."""
        body = self.view.body
        arms = (self.parsing == Label.SKIN) & (body.arms | body.hands) & body.torso
        return grown(arms, 0.05 * body.unit)


def texture(
    worn: Wearing, mask: np.ndarray, labels: tuple[int, ...], part: str, part_mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One part of a garment, whole: the photo's colors where it shows, and continued where it is hidden.

    Args:
        worn: who wears it.
        mask: ``(h, w)`` ``bool``, all of the garment that shows.
        labels: its classes.
        part: as in :class:`appearance_flow.pose_flow.PoseFlow`.
        part_mask: ``(h, w)`` ``bool``, what shows of the part.

    Returns:
        ``(h, w, 4)`` ``uint8`` RGBA; and ``(h, w)`` ``bool``, where the colors are the
        photo's.
    """
    body, lower = worn.view.body, set(labels) <= {Label.PANTS, Label.SKIRT}
    coat = None
    if part in SLEEVES:
        whole = part_mask | (worn.in_front & _sleeve_reaches(part_mask, part, body))
        shown = part_mask & ~worn.near_hair
    else:
        if lower:  # tops hide the waistband of trousers and skirts, which the other person's top may not
            tops = mask_of(worn.parsing, Label.UPPER, Label.OUTER, Label.DRESS, Label.ACCESSORY) & (body.depth > WAIST)
            hidden = worn.hiding | tops
        else:
            hidden = worn.hiding | (mask & ~part_mask)
            coat = _coat(worn.parsing, mask) if Label.OUTER in labels else None
        hidden = hidden & ~_of_other_garments(worn.parsing, mask)
        whole = _complete(part_mask, hidden, body, upward=lower)
        if lower:  # it goes on to where it shows, however wide; sleeves beside it hide nothing
            whole |= tops & ~body.arms & ~body.hands & _hull(whole)
        if part in LEGS:
            whole &= part_mask | _own_side(part, body)
        shown = part_mask & ~worn.near_hair & ~worn.near_arms
    colors, own = _colors(worn.view.photo, shown, whole, body.unit, coat)
    return colors, own


def _complete(mask: np.ndarray, hidden: np.ndarray, body: Body, *, upward: bool) -> np.ndarray:
    """The mask of a trunk part with what is hidden of it: between its sides, and on the torso that it covers."""
    from_left = np.maximum.accumulate(mask, axis=1)
    from_right = np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    rows = np.flatnonzero(mask.any(1))
    torso = body.torso & ~body.neck
    if not upward:
        torso[: rows[0]] = False
    torso[rows[-1] + 1 :] = False
    return mask | (_beside(hidden, mask) & ((from_left & from_right) | torso))


def _hull(mask: np.ndarray) -> np.ndarray:
    """The convex hull of a mask."""
    out = np.zeros(mask.shape, np.uint8)
    cv2.fillConvexPoly(out, cv2.convexHull(cv2.findNonZero(mask.astype(np.uint8))), 1)
    return out > 0


def _own_side(leg: str, body: Body) -> np.ndarray:
    """Where the hips move with one leg: on its side, and a little beyond the middle, so that no seam opens."""
    ys, xs = np.ogrid[: body.size[0], : body.size[1]]
    hips = body.keypoints[[sk.R_HIP, sk.L_HIP], :2]
    x, y = hips.mean(0)
    outward = (hips[1] - hips[0]) * (1 if leg == "left_leg" else -1) / max(np.linalg.norm(hips[1] - hips[0]), 1e-6)
    return (xs - x) * outward[0] + (ys - y) * outward[1] > -_MIDDLE * body.unit


def _sleeve_reaches(shown: np.ndarray, part: str, body: Body) -> np.ndarray:
    """Where a sleeve lies, no wider than the arm: from the shoulder down to the end of what is shown of it."""
    if part not in body.along_arms or not (shown & body.arms).any():
        return shown
    along, away = body.along_arms[part]
    end = np.percentile(along[shown & body.arms], 95)
    return body.arms & (away < _SLEEVE * body.unit) & (along <= end)


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
    edge = areas & ~shrunk(areas, 1)
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


def _colors(
    photo: np.ndarray,
    shown: np.ndarray,
    whole: np.ndarray,
    unit: float,
    coat: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """RGBA: the garment's own colors, continued beyond its edge so that nothing of what was behind it shows."""
    window = window_of(whole, _MARGIN)
    shown, whole = shown[window], whole[window]
    inner = max(1, round(0.01 * unit))
    sure = shrunk(shown, inner)
    if not sure.any():
        sure = whole
    colors = bleed(photo[window], sure)
    hidden = whole & ~shown
    if hidden.any():
        colors = continue_texture(colors, hidden, sure)
    if coat is not None:
        open_coat, beside = (area[window] for area in coat)
        colors = continue_texture(colors, hidden & beside, sure & open_coat)
    out, own = np.zeros((*photo.shape[:2], 4), np.uint8), np.zeros(photo.shape[:2], bool)
    out[window][..., :3] = colors
    edge = cv2.GaussianBlur(whole.astype(np.float32), (0, 0), 0.5 + 0.4 * inner)
    out[window][..., 3] = np.clip((edge - 0.25) * 2, 0, 1) * 255
    own[window] = sure
    return out, own
