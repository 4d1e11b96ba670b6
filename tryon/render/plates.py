"""Plates: for each thing that may be seen in a place, one picture of it at the size of the person's close view.

A plate decides nothing: it is made wherever it is asked for.
"""

from dataclasses import dataclass

import numpy as np

from appearance_flow.warp import Layer, Warped
from tryon.body.proportions import WAIST
from tryon.core.clone import cloned, woven
from tryon.core.fill import around, continue_texture
from tryon.core.labels import LOWER_BODY, Label, mask_of
from tryon.core.likelihood import color_bins, likelier
from tryon.core.masks import grown, shrunk
from tryon.core.threads import helpers
from tryon.render.skin import skin_fill
from tryon.render.undress import Undressed
from tryon.types import CloseView

_UPPER_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF)
_GLOW = 0.04  # torso lengths around the old garment in which skin reflects its color
_REACH = 0.05  # torso lengths over which texture fades into smooth colors
_BLUR = 1.0, 1.0  # bins by which the histograms of ground and cloth are blurred
_SLIT = 2  # pixels around ground that was read as cloth in which their colors mix


@dataclass(frozen=True, eq=False, slots=True)
class Plates:
    """What may lie where nothing is known, ``(h, w, 3)`` ``uint8`` each; ``None`` where it was not asked for."""

    ground: np.ndarray
    """What is behind the person."""
    skin: np.ndarray | None
    cloth: np.ndarray | None
    """What the person keeps on or puts on, continued."""


def make_plates(
    view: CloseView, warped: Warped, undressed: Undressed, ground: np.ndarray, skin: bool, cloth: np.ndarray
) -> Plates:
    """Plates for a person.

    Args:
        view: of the person.
        warped: the new garment.
        undressed: what is taken off, and what the legs below show.
        ground: ``(h, w)`` ``bool``, where the ground is wanted; elsewhere its plate is the photo.
        skin: whether skin is wanted.
        cloth: ``(h, w)`` ``bool``, where cloth is wanted.
    """
    outside = ~grown(view.parsing > 0, 1 + 0.03 * view.body.unit)
    bare = helpers().submit(_bare, view, undressed) if skin else None
    worn = helpers().submit(_continued_cloth, view, warped, undressed.off, grown(cloth, 3)) if cloth.any() else None
    behind = continue_texture(view.photo, ground, outside, _REACH * view.body.unit)
    behind = cloned(behind, ground & ~undressed.skin & ~undressed.cloth, outside, view.body.unit)
    return Plates(behind, bare.result() if bare else None, worn.result() if worn else None)


def _bare(view: CloseView, undressed: Undressed) -> np.ndarray:
    """Skin; on the legs of somebody in stockings, these. That beside the old garment has its glow and is left out."""
    sure = ~grown(undressed.off, 1 + _GLOW * view.body.unit)
    skin = skin_fill(view.photo, (view.parsing == Label.SKIN) & sure, view.body)
    if undressed.legs != Label.LEGWEAR:
        return skin
    stockings = skin_fill(view.photo, (view.parsing == Label.LEGWEAR) & sure & view.body.legs, view.body)
    return np.where(view.body.legs[..., None], stockings, skin)


def _continued_cloth(view: CloseView, warped: Warped, off: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The nearest cloth continued into a hole: trousers or skirt around the hips, the top above.

    Below the waist what is left of a dress counts as a skirt, while the skirts of a new coat are part of the coat.
    """
    parsing, below = view.parsing, view.body.depth > WAIST
    kept_lower = mask_of(parsing, *LOWER_BODY) | ((parsing == Label.DRESS) & below)
    kept_upper = mask_of(parsing, *_UPPER_CLOTH) & ~kept_lower
    kept = (kept_lower | kept_upper) & ~off
    # Narrow slits of ground, as between two legs, are often read as cloth, and would be repeated all over it.
    kept &= ~grown(likelier(color_bins(view.photo), parsing == Label.BACKGROUND, kept, kept, _BLUR), _SLIT)
    around_hips, lower_known = _known_cloth(view.photo, kept_lower & kept, warped.lower)
    above, upper_known = _known_cloth(view.photo, kept_upper & kept, warped.upper)
    if not lower_known.any():
        return _go_on(above, hole, upper_known, view.body.unit)
    if not upper_known.any():
        return _go_on(around_hips, hole, lower_known, view.body.unit)
    around_hips = _go_on(around_hips, hole & below, lower_known, view.body.unit)
    return np.where(below[..., None], around_hips, _go_on(above, hole & ~below, upper_known, view.body.unit))


def _go_on(picture: np.ndarray, hole: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """A fabric continued in a hole."""
    window = around(hole) if hole.any() else (slice(None), slice(None))
    out = picture.copy()
    out[window] = woven(picture[window], (hole & ~known)[window], known[window], unit)
    return out


def _known_cloth(photo: np.ndarray, kept: np.ndarray, layers: tuple[Layer, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A photo with layers laid over it, and where it shows cloth that is kept or theirs."""
    picture, known = photo.copy(), shrunk(kept, 2)
    for layer in layers:
        sure = layer.alpha > 0.98
        picture[sure] = layer.color[sure]
        known |= sure
    return picture, known
