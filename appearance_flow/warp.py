"""The warping stage: a garment carried from its wearer to another person, each part by its own flow, as layers."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from appearance_flow.amodal.inputs import may_hide
from appearance_flow.parts import MIN_SHOWN, Below, garment_parts
from appearance_flow.pose_flow import PoseFlow, pose_flow
from appearance_flow.sampling import warp_photo
from appearance_flow.sleeves import SLEEVES, mirrored, wrong_sleeve
from appearance_flow.texture import Wearing, cloth_of, texture
from tryon.body.geometry import smoothstep
from tryon.body.proportions import HEM, WAIST
from tryon.core.labels import GARMENTS, LOWER_BODY, Label, mask_of
from tryon.core.masks import soft
from tryon.core.threads import helpers
from tryon.types import CloseView, Garment, Person, Swap

if TYPE_CHECKING:  # They run the network: whoever warps without one needs no torch.
    from appearance_flow.refine import Move, Refiner

_GAP = 0.1  # squared torso lengths of hips and legs that may stay uncovered before another garment has to cover them
_SMALLEST = 30  # pixels of a part, or of a garment, below which it is not carried over
_SHOWN = (
    0.33  # of the network's visibility, from which a part is seen: a sharp edge, though the network's answer is coarse
)
_HANGS = 1.0, 1.4  # torso lengths below the neck between which a skirt is less and less what the network sees of it
_HARDLY = 0.05  # of it, below which a part is surely not seen
# The same of a top or dress that nobody wears: all of its front is seen and ends at its hem, not where the network is
# unsure. Legs make it less sure of a skirt, column by column.
_LIKELY, _OF_SKIRT = 0.5, 0.8
_NOTCH = 0.06  # torso lengths, half as wide
_SURE = 0.98  # opacity from which a texture's own pixels count as such


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """One part of a garment in the :class:`~tryon.types.CloseView` of the person who is to wear it."""

    part: str
    """As in :class:`appearance_flow.pose_flow.PoseFlow`: ``torso``, ``left_arm``, …"""
    color: np.ndarray
    """``(h, w, 3)`` ``uint8``."""
    alpha: np.ndarray
    """``(h, w)`` ``float32`` in [0, 1]: opacity."""
    flow: np.ndarray
    """``(h, w, 2)`` ``float32``, pixel of the garment's close view minus pixel of this one."""
    own: np.ndarray | None
    """``(h, w)`` ``bool``: the color is that of one place in the garment photo; elsewhere it was continued from beside
    what hides the garment there. ``None`` where the close view is as large as the photo, and nobody asks."""
    visible: np.ndarray | None = None
    """``(h, w)`` ``float32`` in [0, 1]: how surely the network sees the part here. ``None`` for a skirt, which hangs by
    itself, and without the network."""


@dataclass(frozen=True, eq=False, slots=True)
class Warped:
    """A garment in the pose of the person who is to wear it."""

    upper: tuple[Layer, ...]
    """What hangs from the shoulders, the hindmost first; sleeves last."""
    lower: tuple[Layer, ...]
    """What hangs from the hips, the hindmost first."""
    brought: bool
    """``lower`` was not asked for, but came along to cover the legs."""
    bare: bool
    """Hips and legs that have to be covered are not."""
    notes: tuple[str, ...]
    own: np.ndarray
    """``(h, w)`` ``bool``: how far what the person keeps on below the waist reaches, seen or hidden; empty where it
    does not go on under the old garment, or not far enough."""

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of it, the hindmost first."""
        return self.lower + self.upper

    def covered(self, size: tuple[int, int]) -> np.ndarray:
        """``(h, w)`` ``float32``: opacity of everything together."""
        return union(self.layers, size)


def union(layers: tuple[Layer, ...], size: tuple[int, int]) -> np.ndarray:
    """``(h, w)`` ``float32``: opacity of layers together."""
    through = np.ones(size, np.float32)
    for layer in layers:
        through *= 1 - layer.alpha
    return 1 - through


def warp(person: Person, garment: Garment, swap: Swap, refiner: "Refiner | None" = None) -> Warped:
    """Carry a garment over to a person.

    Args:
        person: who is to wear it.
        garment: what is worn by whom.
        swap: what of it is carried over, from :func:`tryon.outfit.plan`.
        refiner: the networks that say how far the garment reaches behind what hides it, correct the pose flow, and say
            where each part is seen; without them, what is seen is carried over by the pose flow as it is.

    Raises:
        PersonNotFoundError: the shoulders are missing in one of the poses.
    """
    view, source = person.close, garment.source.close
    lies = garment.source.kinds is not None and bool(swap.upper)
    carrier = _Carrier.of(Wearing(source, swap.parsing), view, refiner, lies)
    upper: tuple[Layer, ...] = ()
    notes = carrier.pose.warnings
    if swap.upper:
        upper = carrier.layers(swap.upper, swap.hang, longer=swap.tuck == "out")
        wrong = wrong_sleeve(view.body, {layer.part: layer.alpha > 0.5 for layer in upper}, source)
        if wrong:
            sleeve, hidden = wrong
            upper = tuple(layer for layer in upper if layer.part != sleeve)
            upper += _from_the_other_side(carrier, swap, sleeve)
            if hidden:
                notes += ("garment photo: one sleeve is hidden; the other one was mirrored",)
    lower = _behind_coat(view, swap.off, _hang_from_hips(carrier, swap.lower))
    upper = _behind_what_is_surer(upper, lower)
    own = swap.own
    if swap.must_cover.any() or swap.tuck == "in":  # else nothing of it is asked for where it is hidden
        own = _reach(view, view.parsing, own, LOWER_BODY, refiner)
    open_below = swap.must_cover & ~own & (union(lower + upper, view.parsing.shape) <= 0.5)
    bare, brought = bool(open_below.sum() > _GAP * view.body.unit**2), False
    if bare and swap.bring:
        lower = _hang_from_hips(carrier, swap.bring)
        brought = bool(lower)
    if swap.tuck == "in":
        worn = union(lower, own.shape) > 0.5 if brought else own
        if not worn.any():
            worn = _reach(view, view.parsing, mask_of(view.parsing, *LOWER_BODY) & ~swap.off, LOWER_BODY, refiner)
        upper = tuple(x if x.part in SLEEVES else replace(x, alpha=x.alpha * (1 - soft(worn))) for x in upper)
    if swap.tuck == "out" and not _over_hips(carrier.worn).any():
        notes += ("garment photo: what the top would hang over is not in it, so it ends as it does there",)
    return Warped(upper, lower, brought, bare and not brought, notes, own & (not bare))


def _reach(
    view: CloseView, parsing: np.ndarray, seen: np.ndarray, labels: Collection[int], refiner: "Refiner | None"
) -> np.ndarray:
    """A garment with what of it is hidden; a speck, which a reading may give any name, stays one."""
    if refiner is None or seen.sum() < MIN_SHOWN * view.body.unit**2:
        return seen
    return seen | (may_hide(parsing, view.body, labels) & refiner.reaches(view, parsing, seen))


@dataclass(frozen=True, eq=False)
class _Carrier:
    """Carries garments of one person over to another."""

    worn: Wearing
    view: CloseView
    """Of who is to wear them."""
    pose: PoseFlow
    refiner: "Refiner | None"
    lies: bool
    """The garment is a top or dress that nobody wears."""

    @classmethod
    def of(cls, worn: Wearing, view: CloseView, refiner: "Refiner | None", lies: bool) -> "_Carrier":
        return cls(worn, view, pose_flow(worn.view.keypoints, view.keypoints, view.parsing.shape), refiner, lies)

    def layers(
        self, labels: tuple[int, ...], below: Below, only: str | None = None, *, longer: bool = False
    ) -> tuple[Layer, ...]:
        """The garment of some classes, the hindmost part first; of the one part ``only``, where that is given.
        ``longer`` lets a top go on over the hips where it ends at the waist."""
        worn, pose = self.worn, self.pose
        mask = mask_of(worn.parsing, *labels)
        others = mask_of(worn.parsing, *GARMENTS) & ~mask
        scarf = worn.parsing == Label.SCARF  # the network has learned that scarfs lie before a garment
        whole = mask | _reach(worn.view, worn.parsing, mask & ~scarf, labels, self.refiner)
        added = np.zeros_like(mask)
        if longer:
            added = _filled(whole | _over_hips(worn), worn.view.body.unit) & ~whole
            whole |= added
        parts = garment_parts(whole, worn.view.body, below, worn.parsing == Label.SKIN)
        parts = {name: part for name, part in parts.items() if part.sum() >= _SMALLEST and only in (None, name)}
        if not parts:
            return ()
        cloth = cloth_of(worn, mask, whole, labels, added)
        moves = self._moves(mask, whole & others, cloth.colors, parts)

        def layer(name: str) -> Layer:
            colors, own = texture(worn, cloth, whole, name, parts[name])
            visible = None
            if name in moves:
                flow = pose.moved_flow(name, moves[name].offset_at(pose.nodes()))
                seen = moves[name].visible_in(pose.size)
                if name == "skirt":
                    # It hangs by itself: the network lets the legs below, or the old garment, decide where it ends.
                    hips = 1 - smoothstep(self.view.body.depth, *_HANGS)
                    support = pose.support(name) * soft(seen >= _SHOWN * hips)
                else:
                    visible, support = seen, soft(seen > _SHOWN)
            else:
                flow, support = pose.part_flow(name), pose.support(name)
            warped = warp_photo(colors, flow, padding="zeros")
            alpha = warped[..., 3].astype(np.float32) / 255 * support
            if name == "skirt":  # no slits from hem to knee, into which the network's answer at legs frays it
                alpha = np.maximum(alpha, soft(_filled(alpha > 0.5, self.view.body.unit)))
            copied = None
            if self.view.frame.reduced:
                copied = warp_photo(own.astype(np.float32), flow, padding="zeros") > _SURE
            return Layer(name, warped[..., :3], alpha, flow, copied, visible)

        return tuple(helpers().map(layer, parts))

    def _moves(
        self, mask: np.ndarray, covered: np.ndarray, colors: np.ndarray, parts: dict[str, np.ndarray]
    ) -> "dict[str, Move]":
        """What the network says of the parts of a garment, as if nothing else were worn over it: it has learned of
        garments as they are seen, which go along with what hides them."""
        if self.refiner is None:
            return {}
        view, parsing = self.worn.view, self.worn.parsing
        if covered.any():
            label = np.bincount(parsing[mask]).argmax()
            view = replace(view, photo=np.where(covered[..., None], colors, view.photo))
            parsing = np.where(covered, label.astype(np.uint8), parsing)
        moves = self.refiner(view, parsing, mask | covered, parts, self.view)
        return {name: move.continued(self._sure(name)) for name, move in moves.items()}

    def _sure(self, part: str) -> float:
        """Visibility from which the network's offsets count; where one is less, those beside it go on."""
        if not self.lies:
            return _HARDLY
        return _OF_SKIRT if part == "skirt" else _LIKELY


def _behind_what_is_surer(upper: tuple[Layer, ...], lower: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Sleeves without what the network sees less surely than another part below them, such as the trunk that hides an
    arm."""
    others = [x.visible * (x.alpha > 0.5) for x in lower + upper if x.part not in SLEEVES and x.visible is not None]
    if not others:
        return upper
    surest = np.max(others, 0)
    return tuple(
        replace(x, alpha=x.alpha * (1 - soft(surest > x.visible))) if x.part in SLEEVES and x.visible is not None else x
        for x in upper
    )


def _behind_coat(view: CloseView, off: np.ndarray, lower: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """Trousers or a skirt under a coat that stays on: where its sides are outermost, they show in its opening only."""
    body = view.body
    coat = (view.parsing == Label.OUTER) & ~off & ~body.sleeves & (body.depth > WAIST)
    if coat.sum() < MIN_SHOWN * body.unit**2:
        return lower
    person = coat | body.torso | body.legs | mask_of(view.parsing, *LOWER_BODY, Label.DRESS)
    first, last = person.argmax(1), person.shape[1] - 1 - person[:, ::-1].argmax(1)
    rows, columns = np.arange(len(person)), np.arange(person.shape[1])
    worn = (coat[rows, first] & coat[rows, last])[:, None]
    beside = worn & ((columns < first[:, None]) | (columns > last[:, None]))
    return tuple(replace(x, alpha=x.alpha * (1 - soft(beside))) for x in lower)


def _over_hips(worn: Wearing) -> np.ndarray:
    """``(h, w)`` ``bool``: trousers or skirt down to the hem of a top that is not tucked in."""
    body = worn.view.body
    return mask_of(worn.parsing, *LOWER_BODY) & (body.depth < HEM) & ~body.sleeves


def _filled(mask: np.ndarray, unit: float) -> np.ndarray:
    """A mask without narrow notches, such as between a hem and what lies below it."""
    size = 2 * round(_NOTCH * unit) + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0


def _hang_from_hips(carrier: _Carrier, labels: tuple[int, ...]) -> tuple[Layer, ...]:
    """Skirts hang as one, trousers follow the legs."""
    layers: tuple[Layer, ...] = ()
    hangs: tuple[tuple[Label, Below], ...] = ((Label.PANTS, "legs"), (Label.SKIRT, "skirt"))
    for label, below in hangs:
        if label in labels and (carrier.worn.parsing == label).sum() > _SMALLEST:
            layers += carrier.layers((int(label),), below)
    return layers


def _from_the_other_side(carrier: _Carrier, swap: Swap, sleeve: str) -> tuple[Layer, ...]:
    """The sleeve of one arm as the mirror image of the other, with the flow into the garment photo as it is."""
    worn = carrier.worn
    other = Wearing(*mirrored(worn.view, worn.parsing))
    layers = _Carrier.of(other, carrier.view, carrier.refiner, carrier.lies).layers(swap.upper, swap.hang, sleeve)
    columns = np.arange(carrier.view.parsing.shape[1], dtype=np.float32)
    for layer in layers:
        layer.flow[..., 0] = worn.parsing.shape[1] - 1 - 2 * columns - layer.flow[..., 0]
    return layers
