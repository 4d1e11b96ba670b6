"""From what the layout network says to what becomes of each place, at the size of the person's close view.

The network says what is where; what may follow from it is decided here: skin is made up nowhere between collar-bone and
mid-thigh, and what the photo shows and the new garment does not cover stays. Free of torch.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.core.labels import Label, mask_of
from tryon.render.layout.inputs import GRID, NEW_LOWER, NEW_UPPER, cut_mask
from tryon.types import CloseView

_BACKGROUND, _SKIN, _CLOTH, _NEW = range(4)
_KINDS = (
    (Label.BACKGROUND,),
    (Label.SKIN, Label.LEGWEAR),  # stockings lie on the legs like skin
    (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF),
    (NEW_UPPER, NEW_LOWER),
)
"""What can become of a hole; hair, bags and shoes are not made up."""
_THINGS = ((Label.SKIN,), (Label.HAIR, Label.HAT), (Label.BAG, Label.SHOES, Label.SCARF, Label.ACCESSORY))
"""What lies before a new garment as one or not at all."""


@dataclass(frozen=True, eq=False, slots=True)
class Decided:
    """Masks ``(h, w)`` ``bool`` in the close view, as in :class:`tryon.render.undress.Undressed`."""

    cloth: np.ndarray
    skin: np.ndarray
    gaps: np.ndarray
    over_trunk: np.ndarray
    in_front: np.ndarray


def decided(
    probabilities: np.ndarray,
    matrix: np.ndarray,
    view: CloseView,
    off: np.ndarray,
    hole: np.ndarray,
    rules: Decided,
) -> Decided:
    """What becomes of each place.

    Args:
        probabilities: ``(16, H, W)`` of the network, in the window.
        matrix: ``(2, 3)`` of :func:`tryon.render.layout.inputs.window`, from the close view.
        view: of the person.
        off: ``(h, w)`` ``bool``, what is taken off.
        hole: ``(h, w)`` ``bool``, what the old garment leaves and the new one does not cover.
        rules: what holds beyond the window, and what may lie before the new garment or be closed at all.
    """
    size = view.parsing.shape
    kinds = np.stack([_carried_up(probabilities[list(kind)].sum(0), matrix, size) for kind in _KINDS])
    within = _carried_up(np.ones(GRID, np.float32), matrix, size, cv2.BORDER_CONSTANT) > 0.5
    bare_forbidden = view.body.torso & ~view.body.neck
    kinds[_SKIN][bare_forbidden] = 0
    chosen = kinds.argmax(0)
    # Where skin would have been the answer and is not allowed, cloth goes on, and not what is behind the person.
    only_cloth = bare_forbidden & off & (chosen == _BACKGROUND) & (kinds[_BACKGROUND] < 0.5)
    chosen[only_cloth] = np.where(kinds[_NEW] > kinds[_CLOTH], _NEW, _CLOTH)[only_cloth]
    stays = _stays(probabilities, matrix, view)
    may_stay = mask_of(view.parsing, *(label for thing in _THINGS for label in thing)) & ~off
    bare = may_stay & (view.parsing == Label.SKIN) & ~view.body.head & ~rules.in_front
    front = (rules.in_front | (may_stay & (view.parsing != Label.SKIN))) & (stays | view.body.head)
    gaps = (hole & (chosen == _NEW)) | (rules.gaps & ~hole & ~stays)
    return Decided(
        cloth=np.where(within, hole & (chosen == _CLOTH), rules.cloth),
        skin=np.where(within, hole & (chosen == _SKIN), rules.skin),
        gaps=np.where(within, gaps, rules.gaps),
        over_trunk=np.where(within, bare & stays, rules.over_trunk),
        in_front=np.where(within, front, rules.in_front),
    )


def _carried_up(
    plane: np.ndarray, matrix: np.ndarray, size: tuple[int, ...], border: int = cv2.BORDER_REPLICATE
) -> np.ndarray:
    """A plane of the window at the size of the close view."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(plane, matrix, (size[1], size[0]), flags=flags, borderMode=border)


def _stays(probabilities: np.ndarray, matrix: np.ndarray, view: CloseView) -> np.ndarray:
    """``(h, w)`` ``bool``: where the photo stays rather than something new, within the edges of its labels."""
    own = 1 - probabilities[[NEW_UPPER, NEW_LOWER]].sum(0)
    out = np.zeros(view.parsing.shape, bool)
    for labels in _THINGS:
        thing = mask_of(view.parsing, *labels)
        if not thing.any():
            continue
        # Averaged over the pixels of the thing alone, so that its edge is that of the label map and not the network's.
        share = cut_mask(thing, matrix).astype(np.float32) / 255
        weight = cv2.GaussianBlur(share, (0, 0), 1.0)
        mean = cv2.GaussianBlur(share * own, (0, 0), 1.0) / np.maximum(weight, 1e-6)
        mean = np.where(weight > 1e-3, mean, own).astype(np.float32)
        out |= thing & (_carried_up(mean, matrix, view.parsing.shape) > 0.5)
    return out
