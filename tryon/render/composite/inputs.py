"""What the compositing network is shown: plates and maps in a window around what may change. Free of torch."""

from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.warp import Warped
from tryon.body.skeleton import transform
from tryon.core.masks import grown, window_of
from tryon.render.layout.inputs import HOLE, NUM_STAY, OUTSIDE, POSE, WORN, other_sides, pose_planes, worn_planes
from tryon.render.undress import Undressed
from tryon.types import CloseView, Swap

SIZE = (256, 192)
"""Height and width of the window."""
PLATES = ("rules", "ground", "skin", "cloth", "garment")
"""The picture as the rules make it, and what may lie in its place: ground, skin, cloth of the person or of the new
garment continued from inside, and the colors of the new garment continued from its edges."""
MAPS = ("made up", *WORN, "cloth", "skin", "gaps", "never bare")
"""Where nothing can be copied; the garment as in :data:`tryon.render.layout.inputs.WORN`; what the rules decided; where
skin is never made up."""
NUM_PLANES = len(MAPS) + len(POSE)
NUM_CHANNELS = 3 * len(PLATES) + NUM_PLANES + NUM_STAY

_MARGIN = 0.12  # around what may change, of its larger side
_SEAM = 2  # pixels around what is made up in which it may be joined to what is not
_OTHER_SIDE = {"right": "left", "left": "right"}


@dataclass(frozen=True, eq=False, slots=True)
class CompositeInput:
    """What the network is shown of one try-on, in the window."""

    plates: np.ndarray
    """``(5, H, W, 3)`` ``uint8``, :data:`PLATES`."""
    planes: np.ndarray
    """``(P, H, W)`` ``uint8``, :data:`MAPS` and the pose."""
    stay: np.ndarray
    """``(H, W)`` ``uint8``, as in :class:`tryon.render.layout.inputs.LayoutInput`."""


def made_up(warped: Warped, undressed: Undressed, swap: Swap) -> np.ndarray:
    """``(h, w)`` ``bool`` in the close view: where neither the photo nor the garment photo has anything to copy.

    It is what the old garment leaves, the gaps of the new one, and what the garment photo hides of it; and a seam
    around them, within what may change.
    """
    size = undressed.off.shape
    covered = warped.covered(size)
    whole = np.array(((1.0, 0, 0), (0, 1.0, 0)))
    shown = worn_planes(warped, swap, whole, size)[WORN.index("seen")] > 127
    nothing = undressed.hole | (undressed.gaps & (covered < 0.9)) | ((covered > 0.5) & ~shown)
    return grown(nothing, _SEAM) & undressed.region & ~undressed.in_front if nothing.any() else nothing


def never_bare(view: CloseView) -> np.ndarray:
    """``(h, w)`` ``bool``: between a hand's breadth below the collar-bone and mid-thigh, where no skin is made up."""
    return view.body.torso & ~view.body.neck


def window_matrix(where: np.ndarray) -> np.ndarray:
    """``(2, 3)`` from pixels of the close view to those of the window around a mask (not empty)."""
    rows, columns = window_of(where)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    margin = _MARGIN * max(height, width)
    scale = min(SIZE[0] / (height + 2 * margin), SIZE[1] / (width + 2 * margin))
    middle = np.array((columns.start + columns.stop - 1, rows.start + rows.stop - 1)) / 2
    return np.column_stack((scale * np.eye(2), (np.array(SIZE[::-1]) - 1) / 2 - scale * middle))


def cut(picture: np.ndarray, matrix: np.ndarray, border: int = cv2.BORDER_REPLICATE) -> np.ndarray:
    """A picture ``(h, w)`` or ``(h, w, 3)``, ``uint8``, in the window; beyond its border that goes on."""
    side = round(1 / matrix[0, 0])
    if side > 1:
        picture = cv2.blur(picture, (side, side))
    return cv2.warpAffine(picture, matrix, SIZE[::-1], flags=cv2.INTER_LINEAR, borderMode=border)


def composite_input(
    pictures: tuple[np.ndarray, ...],
    where: np.ndarray,
    view: CloseView,
    warped: Warped,
    undressed: Undressed,
    swap: Swap,
    matrix: np.ndarray,
) -> CompositeInput:
    """What the network is shown.

    Args:
        pictures: ``(h, w, 3)`` ``uint8`` each, :data:`PLATES`.
        where: ``(h, w)`` ``bool``, from :func:`made_up`.
        view, warped, undressed, swap: of the try-on.
        matrix: from :func:`window_matrix`.
    """
    masks = [cut(mask.astype(np.uint8) * 255, matrix) for mask in (undressed.cloth, undressed.skin, undressed.gaps)]
    first, last = (cut(mask.astype(np.uint8) * 255, matrix) for mask in (where, never_bare(view)))
    keypoints = transform(view.body.keypoints, matrix)
    planes = (
        first[None],
        worn_planes(warped, swap, matrix, SIZE),
        np.stack((*masks, last)),
        pose_planes(keypoints, SIZE),
    )
    stay = cv2.warpAffine(view.parsing, matrix, SIZE[::-1], flags=cv2.INTER_NEAREST, borderValue=OUTSIDE)
    gone = cut((undressed.off | undressed.hole).astype(np.uint8) * 255, matrix) > 127
    stay = np.where(gone & (stay != OUTSIDE), np.uint8(HOLE), stay)
    return CompositeInput(np.stack([cut(picture, matrix) for picture in pictures]), np.concatenate(planes), stay)


def mirrored(given: CompositeInput) -> CompositeInput:
    """The same try-on in a mirror."""
    planes = given.planes.copy()
    first = MAPS.index(WORN[0])
    planes[first : first + len(WORN)] = other_sides(planes[first : first + len(WORN)])
    planes[len(MAPS) :] = planes[[len(MAPS) + POSE.index(_other_side(name)) for name in POSE]]
    return CompositeInput(*(np.ascontiguousarray(np.flip(part, axis)) for part, axis in
                            ((given.plates, 2), (planes, 2), (given.stay, 1))))  # fmt: skip


def _other_side(name: str) -> str:
    side, _, rest = name.partition("_")
    return f"{_OTHER_SIDE[side]}_{rest}" if side in _OTHER_SIDE else name
