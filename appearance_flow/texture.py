"""The colors of a worn garment, continued where something hides it and beyond its edge."""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from appearance_flow.parts import MIN_SHOWN
from appearance_flow.symmetry import other_side
from tryon.body.body import Body
from tryon.core.fill import bleed, continue_texture
from tryon.core.labels import Label, mask_of
from tryon.core.masks import grown, shrunk, window_of
from tryon.types import CloseView

_TRUNK = ("torso", "skirt")
_TOUCHES = 0.15  # of the outline of what hides a garment lies on it, at least
_BESIDE = 0.045  # torso lengths around what hides a garment in which its colors are not trusted
_THIN = 0.03  # torso lengths: strips up to twice as wide beside hair are ground between strands, read as cloth
_HEM = 0.06  # torso lengths of a top above its hem whose colors are not continued
_FADES = 0.03  # torso lengths over which the texture of cloth that is made longer fades into smooth colors
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
    def beside(self) -> np.ndarray:
        """``(h, w)`` ``bool``: around hair, bags, and bare arms before the trunk. Strands and fingers reach farther
        than their label, and their colors must not run into the garment."""
        body = self.view.body
        arms = (self.parsing == Label.SKIN) & (body.arms | body.hands) & body.torso
        return grown(mask_of(self.parsing, Label.HAIR, Label.BAG) | arms, _BESIDE * body.unit)

    @property
    def rim(self) -> int:
        """Pixels inside the edge of a garment in which its colors mix with those beside it."""
        return max(1, round(0.01 * self.view.body.unit))


@dataclass(frozen=True, eq=False, slots=True)
class Cloth:
    """The colors of a whole garment."""

    colors: np.ndarray
    """``(h, w, 3)`` ``uint8``: the photo's where it shows, and continued where something hides it and beyond its edge,
    so that nothing of what was beside it shows."""
    sure: np.ndarray
    """``(h, w)`` ``bool``, where they are the photo's."""


def cloth_of(worn: Wearing, mask: np.ndarray, whole: np.ndarray, labels: tuple[int, ...], longer: np.ndarray) -> Cloth:
    """A garment's colors, of all its parts in one, so that no seam shows where these overlap.

    Args:
        worn: who wears it.
        mask: ``(h, w)`` ``bool``, what shows of it.
        whole: ``(h, w)`` ``bool``, all of it, seen or hidden (not empty).
        labels: its classes.
        longer: ``(h, w)`` ``bool``, by how much it is made longer: without its pattern, which would be mirrored there.
    """
    photo, shown, window = worn.view.photo, mask & ~worn.beside, window_of(whole, _MARGIN)
    body = worn.view.body
    thin = max(1, round(_THIN * body.unit))
    thick = grown(shrunk(shown, thin), 2 * thin) | body.torso | body.neck | ~grown(worn.beside, 2 * thin)
    sure = shrunk(shown, worn.rim) & thick
    if not sure.any():
        sure = mask if mask.any() else whole
    colors, hidden = photo.copy(), whole & ~shown
    colors[window] = bleed(photo[window], sure[window])
    colors[window] = continue_texture(colors[window], hidden[window], sure[window])
    if longer.any():
        # The hem has its own color, that of a belt or of its shadow.
        above = sure & ~grown(longer, _HEM * body.unit)
        added = grown(longer, _HEM * body.unit) & whole & ~above
        colors[window] = bleed(colors[window], (above | ~added)[window])
        colors[window] = continue_texture(colors[window], added[window], above[window], _FADES * body.unit)
    coat = _coat(worn.parsing, mask) if Label.OUTER in labels else None
    if coat is not None:
        open_coat, outside = (area[window] for area in coat)
        colors[window] = continue_texture(colors[window], hidden[window] & outside, sure[window] & open_coat)
    one = coat is None or min(coat[0].sum(), (mask & ~coat[0]).sum()) < MIN_SHOWN * body.unit**2
    colors = other_side(worn.view, colors, sure, hidden, one)
    return Cloth(colors, sure)


def texture(
    worn: Wearing, cloth: Cloth, whole: np.ndarray, part: str, part_mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One part of a garment: a trunk also where it lies behind its own sleeves.

    Args:
        worn: who wears it.
        cloth: from :func:`cloth_of`.
        whole: ``(h, w)`` ``bool``, the garment, seen or hidden.
        part: as in :class:`appearance_flow.pose_flow.PoseFlow`.
        part_mask: ``(h, w)`` ``bool``, the part.

    Returns:
        ``(h, w, 4)`` ``uint8`` RGBA; and ``(h, w)`` ``bool``, where the colors are the photo's.
    """
    colors, own, extent = cloth.colors, part_mask & cloth.sure, part_mask
    if part in _TRUNK:
        behind = _behind_sleeves(part_mask, whole & ~part_mask, worn.view.body)
        colors = continue_texture(colors, behind, own) if behind.any() else colors
        extent = part_mask | behind
    alpha = np.zeros(extent.shape, np.uint8)
    window = window_of(extent, _MARGIN)
    edge = cv2.GaussianBlur(extent[window].astype(np.float32), (0, 0), 0.5 + 0.4 * worn.rim)
    alpha[window] = np.clip((edge - 0.25) * 2, 0, 1) * 255
    return np.dstack((colors, alpha)), own


def _behind_sleeves(mask: np.ndarray, rest: np.ndarray, body: Body) -> np.ndarray:
    """What of a trunk part lies behind the rest of its garment: between its sides, and on the torso that it covers."""
    from_left = np.maximum.accumulate(mask, axis=1)
    from_right = np.maximum.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    rows = np.flatnonzero(mask.any(1))
    torso = body.torso & ~body.neck
    torso[: rows[0]] = torso[rows[-1] + 1 :] = False
    return _touching(rest, mask) & ((from_left & from_right) | torso)


def _touching(hidden: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The connected parts of ``hidden`` with a good part of their outline on the mask: others hide other things."""
    _, components = cv2.connectedComponents(hidden.astype(np.uint8))
    edge = hidden & ~shrunk(hidden, 1)
    outline = np.bincount(components[edge], minlength=components.max() + 1)
    touching = np.bincount(components[edge & grown(mask, 2)], minlength=len(outline))
    return hidden & (touching >= _TOUCHES * outline)[components]


def _coat(parsing: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Where an open coat shows; and, of all pixels, where only it can be: beside the top that shows in its opening."""
    shown, inner = mask & (parsing == Label.OUTER), mask & (parsing != Label.OUTER)
    if not inner.any():
        return None
    left, right = np.percentile(np.nonzero(inner)[1], (10, 90))
    x = np.arange(mask.shape[1])
    return shown, np.broadcast_to((x < left) | (x > right), mask.shape)
