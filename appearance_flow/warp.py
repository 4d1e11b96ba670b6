"""The warping stage: a garment carried from its wearer to another person, each part by its own flow, as layers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from appearance_flow.parts import Below, garment_parts
from appearance_flow.pose_flow import PoseFlow, pose_flow
from appearance_flow.sampling import warp_photo
from appearance_flow.sleeves import mirrored, wrong_sleeve
from appearance_flow.texture import Wearing, texture
from appearance_flow.width import fit_width
from tryon.body.geometry import smoothstep
from tryon.core.labels import Label, mask_of
from tryon.types import CloseView, Garment, Person, Swap

if TYPE_CHECKING:  # They run the network: whoever warps without one needs no torch.
    from appearance_flow.refine import Move, Refiner

_GAP = 0.1  # squared torso lengths of hips and legs that may stay uncovered before another garment has to cover them
_SMALLEST = 30  # pixels of a part, or of a garment, below which it is not carried over
_SHOWN = (0.15, 0.5)  # of the network's visibility: from nothing to all; the sharp outline is that of the garment
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

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All of it, the hindmost first."""
        return self.lower + self.upper

    def covered(self, size: tuple[int, int]) -> np.ndarray:
        """``(h, w)`` ``float32``: opacity of everything together."""
        return union(self.layers, size)


@dataclass(frozen=True, eq=False)
class _Wearer:
    """The person who is to wear the garment."""

    view: CloseView
    parts: dict[str, np.ndarray]
    """``(h, w)`` ``bool``: the body as it is dressed, to fit the width to; may lack parts."""
    refiner: "Refiner | None"

    @classmethod
    def of(cls, view: CloseView, refiner: "Refiner | None") -> "_Wearer":
        if view not in _parts:  # found once, however many garments are tried on
            _parts[view] = garment_parts(view.parsing > 0, view.body, "legs")
        return cls(view, _parts[view], refiner)


_parts: WeakKeyDictionary[CloseView, dict[str, np.ndarray]] = WeakKeyDictionary()


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
        refiner: the network that corrects the pose flow; without it, outlines are fit to the body by rule.

    Raises:
        PersonNotFoundError: the shoulders are missing in one of the poses.
    """
    view, source = person.close, garment.source.close
    size = view.parsing.shape
    pose = pose_flow(source.keypoints, view.keypoints, size)
    wearer = _Wearer.of(view, refiner)
    worn = Wearing(source, swap.parsing)
    upper: tuple[Layer, ...] = ()
    notes = pose.warnings
    if swap.upper:
        upper = carry(worn, swap.upper, swap.hang, pose, wearer)
        wrong = wrong_sleeve(view.body, {layer.part: layer.alpha > 0.5 for layer in upper}, source)
        if wrong:
            sleeve, hidden = wrong
            upper = tuple(layer for layer in upper if layer.part != sleeve)
            upper += _from_the_other_side(worn, swap, wearer, sleeve)
            if hidden:
                notes += ("garment photo: one sleeve is hidden; the other one was mirrored",)
    lower = _hang_from_hips(worn, swap.lower, pose, wearer)
    open_below = swap.must_cover & (union(lower + upper, size) <= 0.5)
    bare, brought = bool(open_below.sum() > _GAP * view.body.unit**2), False
    if bare and swap.bring:
        lower = _hang_from_hips(worn, swap.bring, pose, wearer)
        brought = bool(lower)
    return Warped(upper, lower, brought, bare and not brought, notes)


def carry(
    worn: Wearing,
    labels: tuple[int, ...],
    below: Below,
    pose: PoseFlow,
    wearer: "_Wearer",
    *,
    only: str | None = None,
) -> tuple[Layer, ...]:
    """Warp the garment of the given labels onto another person.

    Args:
        worn: the garment's wearer.
        labels: the classes that make up the garment.
        below: what hangs below the hips, see :func:`appearance_flow.parts.garment_parts`.
        pose: flow from the person to the garment's wearer.
        wearer: the person who is to wear it.
        only: the one part to warp; all of the garment when ``None``.

    Returns:
        Layers, the hindmost first.
    """
    mask = mask_of(worn.parsing, *labels)
    parts = garment_parts(mask, worn.view.body, below, worn.parsing == Label.SKIN, worn.in_front)

    shown = [part for part, part_mask in parts.items() if part_mask.sum() >= _SMALLEST and only in (None, part)]
    moves: dict[str, Move] = {}
    if wearer.refiner:
        moves = wearer.refiner(worn.view, worn.parsing, mask, {part: parts[part] for part in shown}, wearer.view)

    def layer(part: str) -> Layer:
        colors, whole, own = texture(worn, mask, labels, part, parts[part])
        if part in moves:
            flow = pose.moved_flow(part, moves[part].offset_at(pose.nodes()))
            support = smoothstep(moves[part].visible_in(pose.size), *_SHOWN).astype(np.float32)
        else:
            fit = part in wearer.parts
            flow = fit_width(pose, part, whole, wearer.parts[part]) if fit else pose.part_flow(part)
            support = pose.support(part)
        warped = warp_photo(colors, flow, padding="zeros")
        alpha = warped[..., 3].astype(np.float32) / 255 * support
        copied = None
        if wearer.view.frame.reduced:
            copied = warp_photo(own.astype(np.float32), flow, padding="zeros") > _SURE
        return Layer(part, warped[..., :3], alpha, flow, copied)

    with ThreadPoolExecutor() as pool:  # most of the time is spent in OpenCV and NumPy, which let other threads run
        return tuple(pool.map(layer, shown))


def _hang_from_hips(worn: Wearing, labels: tuple[int, ...], pose: PoseFlow, wearer: "_Wearer") -> tuple[Layer, ...]:
    """Skirts hang as one, trousers follow the legs."""
    layers: tuple[Layer, ...] = ()
    hangs: tuple[tuple[Label, Below], ...] = ((Label.PANTS, "legs"), (Label.SKIRT, "skirt"))
    for label, below in hangs:
        if label in labels and (worn.parsing == label).sum() > _SMALLEST:
            layers += carry(worn, (int(label),), below, pose, wearer)
    return layers


def _from_the_other_side(worn: Wearing, swap: Swap, wearer: "_Wearer", sleeve: str) -> tuple[Layer, ...]:
    """The sleeve of one arm as the mirror image of the other, with the flow into the garment photo as it is."""
    other = Wearing(*mirrored(worn.view, worn.parsing))
    view = wearer.view
    size = view.parsing.shape
    pose = pose_flow(other.view.keypoints, view.keypoints, size)
    layers = carry(other, swap.upper, swap.hang, pose, wearer, only=sleeve)
    columns = np.arange(size[1], dtype=np.float32)
    for layer in layers:
        layer.flow[..., 0] = worn.parsing.shape[1] - 1 - 2 * columns - layer.flow[..., 0]
    return layers
