"""Dress the person: fill what the old garment hid, lay the new one on, put hair and hands back in front.

The picture is made in the person's close view. Where that is smaller than the photo, what was copied from either photo
gets its finer detail back from there; what was made up has none.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.sleeves import SLEEVES
from appearance_flow.warp import Layer, Warped
from tryon.core.fill import around, bleed
from tryon.core.labels import GARMENTS, Label, mask_of
from tryon.core.masks import soft, window_of
from tryon.render.composite.apply import Compositing, laid_over, show
from tryon.render.full_size import Weights, bands, carry_up, enlarged_rows, full_flow
from tryon.render.plates import make_plates
from tryon.render.undress import Undressed
from tryon.types import CloseView, Garment, Person, Swap


@dataclass(frozen=True, eq=False, slots=True)
class Rendering:
    """The finished picture and what it was made of, in the frame of the person photo."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    mask: np.ndarray
    """``(H, W)`` ``bool``: the region that might change; all other pixels are the photo's."""
    warped_garment: np.ndarray
    """``(H, W, 4)`` ``uint8`` RGBA."""
    flow: np.ndarray
    """``(H, W, 2)`` ``float32``, pixel of the garment photo minus pixel of the person photo; NaN where nothing is."""


class Canvas:
    """Layers laid over a photo, and how much of each pixel comes from where."""

    def __init__(self, photo: np.ndarray):
        self.colors = photo.astype(np.float32)
        self.of_photo = np.ones(photo.shape[:2], np.float32)
        self.of_layer: dict[int, np.ndarray] = {}

    def lay(self, color: np.ndarray, alpha: np.ndarray, *, photo: bool = False, layer: int | None = None) -> None:
        """Lay a color over what is there, in place, only where there is any."""
        if not alpha.any():
            return
        window = window_of(alpha > 0)
        alpha = alpha[window]
        self.colors[window] += (color[window] - self.colors[window]) * alpha[..., None]
        for weight in (self.of_photo, *self.of_layer.values()):
            weight[window] *= 1 - alpha
        if photo:
            self.of_photo[window] += alpha
        if layer is not None:
            self.of_layer[layer] = np.zeros(self.of_photo.shape, np.float32)
            self.of_layer[layer][window] = alpha

    def fade(self, kept: np.ndarray) -> None:
        """Keep the share ``(h, w)`` of what comes from the photo and the layers: the rest is something else now."""
        for weight in (self.of_photo, *self.of_layer.values()):
            weight *= kept

    def picture(self) -> np.ndarray:
        """``(h, w, 3)`` ``uint8``."""
        return np.clip(self.colors + 0.5, 0, 255).astype(np.uint8)


def render(
    person: Person,
    garment: Garment,
    swap: Swap,
    warped: Warped,
    undressed: Undressed,
    compositing: Compositing | None = None,
) -> Rendering:
    """The person in the new garment.

    Args:
        person: who is dressed.
        garment: the new one.
        swap: from :func:`tryon.outfit.plan`.
        warped: from :func:`appearance_flow.warp.warp`.
        undressed: from :func:`tryon.render.undress.take_off`.
        compositing: composes anew what the rules make up.
    """
    view, frame = person.close, person.close.frame
    canvas = paint(view, warped, undressed)
    if compositing and (shown := show(canvas.picture(), view, warped, undressed, swap)):
        canvas.colors, kept = laid_over(shown, *compositing(shown.given))
        canvas.fade(kept)
    region = frame.enlarge(undressed.region.astype(np.uint8), cv2.INTER_NEAREST_EXACT) > 0
    size = person.photo.shape[:2]
    image, mask = person.photo.copy(), np.zeros(size, bool)
    mask[frame.window] = region
    if frame.reduced:
        weights = Weights(canvas.of_photo, canvas.of_layer)
        carry_up(image, canvas.picture(), weights, region, person, garment.source, warped.layers)
    else:
        image[frame.window][region] = canvas.picture()[region]
    color, flow = np.zeros((*size, 4), np.uint8), np.full((*size, 2), np.nan, np.float32)
    rgba, offsets = _flatten(warped.layers, frame.size)
    color[frame.window] = frame.enlarge(rgba)
    for band in bands(frame):
        rows = enlarged_rows(offsets, frame, band, cv2.INTER_NEAREST_EXACT)
        flow[frame.window][band] = full_flow(rows, frame, garment.source.close.frame, band.start)
    return Rendering(image, mask, color, flow)


def paint(view: CloseView, warped: Warped, undressed: Undressed) -> Canvas:
    """What the rules make of it."""
    photo, covered = view.photo, warped.covered(view.parsing.shape)
    canvas = Canvas(photo)
    _fill_hole(canvas, view, warped, undressed)
    number = {id(layer): i for i, layer in enumerate(warped.layers)}

    def put_on(layers: tuple[Layer, ...]) -> None:
        for layer in layers:
            canvas.lay(layer.color, layer.alpha, layer=number[id(layer)])

    put_on(warped.lower)
    if warped.lower and not warped.upper:  # trousers go under the top that stays on
        top = mask_of(view.parsing, Label.UPPER, Label.OUTER, Label.DRESS) & ~undressed.off
        canvas.lay(photo, soft(top), photo=True)
    put_on(tuple(layer for layer in warped.upper if layer.part not in SLEEVES))
    canvas.lay(photo, soft(undressed.over_trunk), photo=True)
    put_on(tuple(layer for layer in warped.upper if layer.part in SLEEVES))
    if undressed.gaps.any():
        window = around(undressed.gaps)
        alpha = soft(undressed.gaps) * (1 - covered)
        cloth = np.zeros_like(photo)
        cloth[window] = bleed(canvas.picture()[window], covered[window] > 0.97)
        canvas.lay(cloth, alpha)
    canvas.lay(photo, soft(undressed.in_front), photo=True)
    return canvas


def _fill_hole(canvas: Canvas, view: CloseView, warped: Warped, undressed: Undressed) -> None:
    """Lay what is likely behind the old garment over it: background, skin, cloth."""
    hole = undressed.hole
    if not hole.any():
        return
    plates = make_plates(view, warped, undressed, hole, bool(undressed.skin.any()), undressed.cloth)
    canvas.lay(plates.ground, hole.astype(np.float32))
    # No ground shows between what is made up and the like of it in the photo.
    if plates.skin is not None:
        beyond = mask_of(view.parsing, Label.SKIN, Label.LEGWEAR) & ~hole
        canvas.lay(plates.skin, soft(undressed.skin | beyond) * hole)
    if plates.cloth is not None:
        beyond = mask_of(view.parsing, *GARMENTS) & ~hole
        canvas.lay(plates.cloth, soft(undressed.cloth | beyond) * hole)


def _flatten(layers: tuple[Layer, ...], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """All layers as one RGBA picture, and the flow of the topmost one at each pixel."""
    color, alpha = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    flow = np.full((*size, 2), np.nan, np.float32)
    for layer in layers:
        if layer.alpha.any():
            window = window_of(layer.alpha > 0)
            share = layer.alpha[window]
            color[window] += (layer.color[window] - color[window]) * share[..., None]
            alpha[window] = 1 - (1 - alpha[window]) * (1 - share)
            flow[window][share > 0.5] = layer.flow[window][share > 0.5]
    return np.dstack((cv2.convertScaleAbs(color), cv2.convertScaleAbs(alpha, alpha=255))), flow
