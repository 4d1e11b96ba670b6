"""The old garment comes off: which pixels it leaves, and which of the photo may change at all. Nothing is painted here.

Skin is made up on arms, on shanks (or stockings, or trousers, as these show), on the neck, and within a hand's breadth
below it where a photo shows it; and anew in the few pixels along the old garment where it shows. Elsewhere between
collar-bone and mid-thigh cloth is continued.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import cv2
import numpy as np

from appearance_flow.parts import MIN_SHOWN
from appearance_flow.sleeves import SLEEVES, sleeved_arms
from appearance_flow.warp import Layer, Warped, union
from tryon.body.body import Body
from tryon.body.proportions import DECOLLETE, HIPS, WAIST
from tryon.body.skeleton import transform
from tryon.body.torso import LEGS
from tryon.core.labels import LOWER_BODY, Label, mask_of
from tryon.core.masks import SOFT_REACH, grown, soft
from tryon.outfit import WHOLE_BODY, shown
from tryon.render.halo import cloth_taken_for_wearer, halo
from tryon.render.layout.decide import Decided, decided
from tryon.render.layout.inputs import LayoutInput, cut_labels, cut_mask, layout_input, window, worn_planes
from tryon.types import CloseView, Garment, Person, Swap

_SAME_HEM = 0.25  # hems that differ by less, in torso lengths, count as one
_RIM = 0.02  # torso lengths around a garment that its colors reach, on the background
_EDGE = 0.012  # torso lengths of skin along it whose color is not trusted
_BELOW_HEM = 0.25  # torso lengths below the new hem down to which cloth is continued on the legs
_SHOWN = 0.03  # squared torso lengths of trousers from which they are told of
_STAYS = "person photo: the lower part of the old garment stays on"
_WORN = "person photo: the garment is worn in it already, so nothing changes"
_TROUSERS = 1.3  # of a bare leg's width: that of trousers which are continued upward


@dataclass(frozen=True, eq=False, slots=True)
class Undressed:
    """What a person takes off, and what becomes of each place. All ``(h, w)`` ``bool`` in their close view."""

    off: np.ndarray
    """What is taken off."""
    region: np.ndarray
    """What may change (in the literature: the agnostic mask); everything else is the photo."""
    hole: np.ndarray
    """What the old garment hid and the new one does not cover, and the edge of the skin beside it: to be filled."""
    cloth: np.ndarray
    """The part of ``hole`` where cloth goes on, the person's or the new garment's,"""
    skin: np.ndarray
    """and the one where skin shows, or stockings on the legs; the rest is background."""
    gaps: np.ndarray
    """Beside and between the parts of the new garment, where it goes on."""
    over_trunk: np.ndarray
    """Bare arms of the photo before the new trunk, behind new sleeves."""
    in_front: np.ndarray
    """Head, hands, bag and what is worn about them: before everything new."""
    legs: int | None
    """As of :class:`tryon.types.Swap`."""
    notes: tuple[str, ...]

    def unchanged(self) -> Self:
        """The same, where the garment is worn in the person photo already: no pixel of it may change."""
        return replace(self, region=np.zeros_like(self.region), notes=(*self.notes, _WORN))


Layouts = Callable[[LayoutInput], np.ndarray]
"""What is where on the dressed person: :func:`tryon.render.layout.model.predict` of a network."""


def take_off(person: Person, garment: Garment, swap: Swap, warped: Warped, layouts: Layouts | None = None) -> Undressed:
    """Take the old garment off for a new one.

    Args:
        person: who is dressed.
        garment: the new one.
        swap: from :func:`tryon.outfit.plan`.
        warped: the new garment, from :func:`appearance_flow.warp.warp`.
        layouts: decides what becomes of each place, in place of the rules.
    """
    view = person.close
    parsing, body = view.parsing, view.body
    size, covered = parsing.shape, warped.covered(parsing.shape)
    off, notes = _taken(view, garment, swap, warped, covered)
    off |= cloth_taken_for_wearer(view.photo, parsing, body, off)
    off |= halo(view.photo, parsing, off, body.unit)
    sleeves = {layer.part: layer.alpha > 0.5 for layer in warped.upper if layer.part in SLEEVES}
    sleeved = sleeved_arms(body, sleeves)
    # A rim of the old garment's colors is left around its label; it goes too, where it lies on the background or on
    # what goes on under it.
    rim = grown(off, 1 + _RIM * body.unit) & ((parsing == Label.BACKGROUND) | warped.own | off)
    # Where skin ends at the old garment, its pixels are mixed with that garment's.
    edge = grown(off, 1 + _EDGE * body.unit) & (parsing == Label.SKIN) & ~body.head & ~body.hands
    edge &= covered < 0.995
    hole = (off | rim) & (covered < 0.995)
    neck = body.neck & ~_covered_neckline(view, garment, warped)
    # What the shanks show is continued upward; what hung beside them hid the background.
    legs = body.legs & (body.bare_legs < 1)
    cloth = hole & (off | warped.own) & _may_be_cloth(view, garment, swap, warped) & ~neck
    bare = neck | ((body.bare_arms < 1) & ~sleeved) | (legs & (swap.legs in (Label.SKIN, Label.LEGWEAR)))
    over_trunk = np.zeros(size, bool)
    if any(layer.part not in SLEEVES for layer in warped.upper):
        chest = body.neck | (body.torso & (body.depth < DECOLLETE))
        bare_arms = (parsing == Label.SKIN) & ~body.head & ~chest & grown(body.arms, 0.05 * body.unit)
        over_trunk = bare_arms & ~off & ~sleeved
    gaps = _gaps(view, warped, sleeved) & (covered < 0.9)
    rules = Decided(cloth, hole & off & bare & ~cloth, gaps, over_trunk, _front(view, off))
    done = _by_layout(layouts, garment, swap, warped, view, off, off | rim, hole, rules) if layouts else rules
    gaps, over_trunk, in_front = done.gaps & (covered < 0.9), done.over_trunk, done.in_front
    behind_arms = grown(np.any(list(sleeves.values()), axis=0) | gaps, SOFT_REACH) if sleeves else gaps
    kept = (soft(in_front) == 1) | ((soft(over_trunk) == 1) & ~behind_arms)
    region = grown(off | rim | edge | gaps | (covered > 0), SOFT_REACH) & ~kept
    skin = done.skin | edge
    return Undressed(off, region, hole | edge, done.cloth, skin, gaps, over_trunk, in_front, swap.legs, notes)


def _may_be_cloth(view: CloseView, garment: Garment, swap: Swap, warped: Warped) -> np.ndarray:
    """``(h, w)`` ``bool``: where cloth goes on, should the old garment leave a hole there."""
    body = view.body
    if warped.own.any():
        # No ground shows through hips and thighs, should the network see a gap there.
        return warped.own | (body.torso & ((body.depth < HIPS) | (body.bare_legs < 1)))
    if swap.legs is None or garment.category not in WHOLE_BODY:
        # Behind a skirt are legs, where these are made up.
        skirt = mask_of(view.parsing, Label.SKIRT, Label.DRESS) & (swap.legs in (Label.SKIN, Label.LEGWEAR))
        return body.torso | (body.legs & ~skirt & (body.depth < _lowest(warped.layers, body, 98) + _BELOW_HEM))
    return body.torso | (body.legs & (body.bare_legs < _TROUSERS) & (swap.legs == Label.PANTS))


def _covered_neckline(view: CloseView, garment: Garment, warped: Warped) -> np.ndarray:
    """``(h, w)`` ``bool``: of the neck, the part below the collar-bone where neither photo shows skin.

    Hair may hide the new garment there: its cloth goes on, and no skin is made up.
    """
    chest = view.body.neck & (view.body.depth > 0) & (view.parsing != Label.SKIN)
    source = garment.source.close.parsing
    trunk = [layer for layer in warped.upper if layer.part not in SLEEVES]
    for layer in trunk:
        y, x = np.nonzero(chest & np.isfinite(layer.flow).all(-1))
        places = np.round(np.stack((x, y), -1) + layer.flow[y, x]).astype(int)
        column, row = np.clip(places, 0, np.array(source.shape[::-1]) - 1).T
        chest[y, x] &= source[row, column] != Label.SKIN
    return chest if trunk else np.zeros_like(chest)


def _by_layout(
    layouts: Layouts,
    garment: Garment,
    swap: Swap,
    warped: Warped,
    view: CloseView,
    off: np.ndarray,
    left: np.ndarray,
    hole: np.ndarray,
    rules: Decided,
) -> Decided:
    """What the network decides; ``left`` is what the old garment leaves, covered or not."""
    matrix = window(view.body.keypoints)
    given = layout_input(
        cut_labels(view.parsing, matrix),
        cut_mask(left, matrix) > 127,
        worn_planes(warped, swap, matrix),
        transform(view.body.keypoints, matrix),
        garment.category,
    )
    return decided(layouts(given), matrix, view, off, hole, rules)


def _taken(
    view: CloseView, garment: Garment, swap: Swap, warped: Warped, covered: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """What comes off, once it is known how far the new garment reaches; and what is to be said of it."""
    parsing, body, off = view.parsing, view.body, swap.off.copy()
    notes: tuple[str, ...] = ()
    if swap.upper:
        if warped.brought:
            notes += ("person photo: the old garment covered the legs, so the other person's lower garment came along",)
            off |= _off_for_lower(view, garment) | swap.own
        elif warped.bare:
            notes += (_STAYS,)
            off &= ~((body.depth > WAIST) & (covered <= 0.5) & ~body.sleeves)
        elif (off & (parsing == Label.DRESS)).any():
            skirt = swap.own & (parsing == Label.DRESS)
            notes += (_STAYS,) if skirt.sum() > MIN_SHOWN * body.unit**2 else ()
    off |= _beside_skirt(view, warped.upper if garment.category == "dress" else warped.lower)
    off |= _belts(view, warped.upper)
    longer = _longer(view, warped.lower, off)
    if garment.category == "dress":
        longer = (parsing == Label.PANTS) & ~off
    if longer.sum() > _SHOWN * body.unit**2:
        notes += ("person photo: the wearer's own trousers stay on below the new hem",)
        off &= ~longer
    return off, notes


def _off_for_lower(view: CloseView, garment: Garment) -> np.ndarray:
    """What makes way for a lower garment that came along."""
    source = garment.source
    off = mask_of(view.parsing, *LOWER_BODY)
    if shown(source.parsing, source.keypoints, Label.PANTS):  # the dress would look out beside them
        off |= (view.parsing == Label.DRESS) & (view.body.depth > WAIST)
    return off


def _lowest(layers: tuple[Layer, ...], body: Body, percentile: float) -> float:
    """Depth of the lowest cloth below the neck, in torso lengths, but for its last few pixels; 0 without any."""
    shown = [body.depth[layer.alpha > 0.5] for layer in layers if (layer.alpha > 0.5).any()]
    return max((float(np.percentile(depths, percentile)) for depths in shown), default=0.0)


def _beside_skirt(view: CloseView, layers: tuple[Layer, ...]) -> np.ndarray:
    """Trousers and skirts of the wearer above the hem of the new skirt: below it trousers stay, beside it they go."""
    skirts = tuple(layer for layer in layers if layer.part == "skirt")
    return mask_of(view.parsing, Label.PANTS, Label.SKIRT) & (view.body.depth < _lowest(skirts, view.body, 95))


def _belts(view: CloseView, upper: tuple[Layer, ...]) -> np.ndarray:
    """Belts that the new top hangs over: what is worn about the waist and neither held nor worn on a wrist."""
    body, size = view.body, view.parsing.shape
    out = np.zeros(size, bool)
    # The network that says where a garment is seen may take a belt for something before it.
    shown = union(tuple(layer for layer in upper if layer.part not in SLEEVES), size) > 0.5
    hangs = np.logical_or.accumulate(shown) & np.logical_or.accumulate(shown[::-1])[::-1]
    under, arms = hangs & body.torso & (body.depth > WAIST / 2), body.arms | body.hands
    number, pieces = cv2.connectedComponents((view.parsing == Label.ACCESSORY).astype(np.uint8))
    for piece in range(1, number):
        belt = pieces == piece
        if under[belt].mean() > 0.5 and arms[belt].mean() < 0.5:
            out |= belt
    return out


def _longer(view: CloseView, lower: tuple[Layer, ...], off: np.ndarray) -> np.ndarray:
    """Trousers that reach farther down than what replaces them, which stay on there: legs are not made up."""
    hem = _lowest(lower, view.body, 97)
    longer = off & (view.parsing == Label.PANTS) & (view.body.depth > hem) & (hem > 0)
    # Trousers that end a little higher are made longer by continuing their cloth instead.
    much = (longer & (view.body.depth > hem + _SAME_HEM)).sum() > _SHOWN * view.body.unit**2
    return longer if much else np.zeros_like(longer)


def _gaps(view: CloseView, warped: Warped, sleeved: np.ndarray) -> np.ndarray:
    """What would show between sleeves and trunk or beside a narrow sleeve: shoulders and the old garment; and bare legs
    that are wider than the trousers that came over them."""
    parsing, body = view.parsing, view.body
    out = np.zeros(parsing.shape, bool)
    if warped.upper:
        covered = union(warped.upper, parsing.shape) > 0.5
        radius = max(2, round(0.035 * body.unit))
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        closed = cv2.morphologyEx(covered.astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0
        out |= (closed | sleeved) & (parsing > 0) & ~body.neck & ~body.head & ~body.hands
    for layer in warped.lower:
        shown = layer.alpha > 0.5
        if layer.part in LEGS and shown.any():
            above_hem = body.depth < np.percentile(body.depth[shown], 95)
            bare = (parsing == Label.SKIN) & ~body.hands & body.legs
            out |= grown(shown, 0.08 * body.unit) & above_hem & bare
    return out


def _front(view: CloseView, off: np.ndarray) -> np.ndarray:
    parsing, body = view.parsing, view.body
    front = mask_of(parsing, Label.HAIR, Label.HAT, Label.BAG, Label.SHOES, Label.SCARF)
    front |= (parsing == Label.SKIN) & (body.head | body.hands)
    front |= (parsing == Label.ACCESSORY) & (body.head | grown(body.hands, 0.1 * body.unit))
    return front & ~off
