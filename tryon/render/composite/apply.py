"""What the compositing network decides, laid over the picture that the rules made. Free of torch."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.warp import Warped
from tryon.core.fill import around, bleed
from tryon.core.masks import soft, window_of
from tryon.render.composite.inputs import CompositeInput, composite_input, made_up, window_matrix
from tryon.render.plates import Plates, make_plates
from tryon.render.undress import Undressed
from tryon.types import CloseView, Swap

Compositing = Callable[[CompositeInput], tuple[np.ndarray, np.ndarray]]
"""Weights of the plates and light: :func:`tryon.render.composite.model.predict` of a network."""


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """What a network is shown of a try-on, and where that lies."""

    where: np.ndarray
    """``(h, w)`` ``bool`` in the close view: what is made up, some of it."""
    matrix: np.ndarray
    pictures: tuple[np.ndarray, ...]
    """The plates at the size of the close view."""
    given: CompositeInput


def show(picture: np.ndarray, view: CloseView, warped: Warped, undressed: Undressed, swap: Swap) -> Shown | None:
    """What the network is shown of a picture ``(h, w, 3)`` that the rules made; ``None`` where nothing is made up."""
    where = made_up(warped, undressed, swap)
    if not where.any():
        return None
    made = make_plates(view, warped, undressed, where, True, where)
    pictures = (picture, made.ground, *_sure(made), _from_edges(picture, where, warped))
    matrix = window_matrix(undressed.region)
    return Shown(where, matrix, pictures, composite_input(pictures, where, view, warped, undressed, swap, matrix))


def laid_over(shown: Shown, weights: np.ndarray, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture with what is made up composed anew, and how much of the old one is left.

    Args:
        shown: from :func:`show`.
        weights: ``(5, H, W)`` in the window.
        light: ``(H, W, 3)`` in the window.

    Returns:
        ``(h, w, 3)`` and ``(h, w)``, ``float32``.
    """
    picture = shown.pictures[0].astype(np.float32)
    kept = np.ones(picture.shape[:2], np.float32)
    window = window_of(shown.where, 4)
    # From the window to this part of the close view.
    matrix = shown.matrix.copy()
    matrix[:, 2] += matrix[:, 0] * window[1].start + matrix[:, 1] * window[0].start

    def carried(plane: np.ndarray) -> np.ndarray:
        height, width = kept[window].shape
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    new = 255 * carried(light)
    shares = [carried(weight) for weight in weights]
    for share, plate in zip(shares, shown.pictures, strict=True):
        new += share[..., None] * plate[window]
    alpha = soft(shown.where)[window] * shown.where[window]
    picture[window] += (new - picture[window]) * alpha[..., None]
    kept[window] -= alpha * (1 - shares[0])
    return picture, kept


def _sure(made: Plates) -> tuple[np.ndarray, np.ndarray]:
    assert made.skin is not None
    assert made.cloth is not None
    return made.skin, made.cloth


def _from_edges(picture: np.ndarray, where: np.ndarray, warped: Warped) -> np.ndarray:
    """The colors of the new garment continued from where it is sure."""
    covered, out = warped.covered(where.shape), picture.copy()
    window = around(where)
    out[window] = bleed(picture[window], (covered[window] > 0.97) & ~where[window])
    return out
