"""Pictures of random garments without a wearer, with their mattes and points."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.read.flat import point_names as pn
from tryon.synth.drawn.cloth import print_motif, random_cloth, spread, wrinkles
from tryon.synth.drawn.ground import random_ground, relief, smooth_noise
from tryon.synth.drawn.pattern import Pattern, random_pattern
from tryon.synth.drawn.shapes import Part
from tryon.synth.fabric import random_color


@dataclass(frozen=True, eq=False)
class Drawn:
    """A drawn photo of a garment without a wearer."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    cloth: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: how much of a pixel is the outer side of the garment."""
    inside: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: how much is its inner side: the back of the neck or of a waistband, seen
    above the front, or the lining in an open front. With ``cloth`` at most 1."""
    points: np.ndarray
    """``(25, 3)`` ``float32`` in pixels, in the order of :mod:`tryon.read.flat.point_names`; visibility is 1 or 0."""
    kind: str
    """dress, longsleeve, outwear, pants, shirt, shorts, skirt or t-shirt."""


def draw(
    rng: np.random.Generator,
    size: tuple[int, int] = (256, 256),
    swatches: list[np.ndarray] | None = None,
    background: np.ndarray | None = None,
    garment: str | None = None,
) -> Drawn:
    """A random garment, as it may lie or hang in a photo.

    Args:
        rng: chooses; the same state gives the same picture.
        size: height and width.
        swatches: pieces of real cloth ``(n, n, 3)`` ``uint8`` for half of the garments.
        background: ``(H, W, 3)`` ``uint8`` of the picture's size to lay it on, instead of a drawn ground.
        garment: one of :data:`tryon.synth.drawn.pattern.GARMENTS`; any where it is left out.
    """
    laid = random_pattern(rng, size, garment)
    ground = random_ground(rng, size) if background is None else background.astype(np.float32)
    hangs = rng.random() < 0.2
    masks = [mask_of(part, size) for part in laid.parts]
    cloth, inside = mattes(laid, masks)
    shape = np.minimum(cloth + inside, 1)
    picture = np.ascontiguousarray(_shadow(rng, ground, shape, laid.unit), np.float32)
    if hangs:
        _hanger(rng, picture, laid)
    layers = _dye(rng, laid, swatches)
    light = relief(wrinkles(rng, laid), rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.45))
    light *= 1 + rng.uniform(0.0, 0.1) * smooth_noise(rng, size, (1, 2))
    for part, mask, layer in zip(laid.parts, masks, layers, strict=True):
        _lay(rng, picture, part, mask, layer * light[..., None], laid.unit)
    sew_on(rng, picture, laid, cloth)
    if rng.random() < 0.4:
        _label(rng, picture, laid, inside)
    if hangs:  # the bar is seen in the neckline
        bar = picture.copy()
        _hanger(rng, bar, laid)
        picture += (bar - picture) * (inside * (rng.random() < 0.5))[..., None]
    return Drawn(_photograph(rng, picture), cloth, inside, laid.points, laid.kind)


def mask_of(part: Part, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)`` ``float32`` in [0, 1]: how much of each pixel lies inside a part's outline."""
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [_fixed(part.outline)], 255, cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def mattes(laid: Pattern, masks: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The outer and the inner side of a garment, ``(H, W)`` ``float32`` in [0, 1]; ``masks`` are those of its parts."""
    cloth, inside = np.zeros(laid.size, np.float32), np.zeros(laid.size, np.float32)
    for part, mask in zip(laid.parts, masks, strict=True):
        over, under = (inside, cloth) if part.inside else (cloth, inside)
        over += (1 - over) * mask
        under *= 1 - mask
    return cloth, inside


def _dye(rng: np.random.Generator, laid: Pattern, swatches: list[np.ndarray] | None) -> list[np.ndarray]:
    """``(H, W, 3)`` ``float32`` for each part: its cloth, laid along it, with the print."""
    main = random_cloth(rng, swatches)
    second = random_cloth(rng, swatches) if rng.random() < 0.25 else main
    lining = random_cloth(rng, None) if rng.random() < 0.4 else main * rng.uniform(0.7, 1.0)
    sleeves = second if rng.random() < 0.25 else main
    scale = rng.uniform(0.6, 1.6) * 256 / max(laid.size)
    largest = max((part for part in laid.parts if not part.inside), key=lambda part: np.ptp(part.outline, 0).prod())
    layers = []
    for part in laid.parts:
        cloth = lining if part.inside else second if part.trim else main if part is largest else sleeves
        layer = spread(cloth, laid.size, -part.turn, scale, rng.uniform(0, 256, 2)) * part.shade
        if part is largest and rng.random() < 0.35:
            middle = part.outline.mean(0) + rng.normal(0, 0.1, 2) * laid.unit
            print_motif(rng, layer, laid, middle)
        layers.append(layer)
    return layers


def _shadow(rng: np.random.Generator, ground: np.ndarray, shape: np.ndarray, unit: float) -> np.ndarray:
    """The ground with the shadow of the garment."""
    depth, soft = rng.uniform(0.0, 0.55), unit * rng.uniform(0.01, 0.08)
    dx, dy = rng.normal(0, 0.03, 2) * unit
    moved = cv2.warpAffine(shape, np.array(((1, 0, dx), (0, 1, dy)), np.float32), shape.shape[::-1])
    return ground * (1 - depth * cv2.GaussianBlur(moved, (0, 0), max(soft, 0.5)))[..., None]


def _lay(
    rng: np.random.Generator, picture: np.ndarray, part: Part, mask: np.ndarray, layer: np.ndarray, unit: float
) -> None:
    """Lay a part on the picture: a narrow shadow around it, its edge a little darker or lighter."""
    depth, rim = rng.uniform(0.05, 0.4), 0.6 if part.inside else rng.uniform(0, 0.36)
    reach = max(unit * 0.02, 0.8)
    left, top = np.floor(np.maximum(part.outline.min(0) - 4 * reach, 0)).astype(int)
    right, bottom = np.ceil(np.maximum(part.outline.max(0) + 4 * reach, 0)).astype(int)
    window = np.s_[top : bottom + 1, left : right + 1]
    mask, layer, under = mask[window], layer[window], picture[window]
    if not mask.size:
        return
    soft = cv2.GaussianBlur(mask, (0, 0), reach)
    under *= (1 - depth * soft * (1 - mask))[..., None]
    # Towards its edge cloth bends away; an inner side lies in the shadow of what is before it.
    edge = 1 - rim * np.clip(1 - soft, 0, 1)
    under += (layer * edge[..., None] - under) * mask[..., None]


def sew_on(rng: np.random.Generator, picture: np.ndarray, laid: Pattern, cloth: np.ndarray) -> None:
    """Stitches, edges and buttons, on the cloth only."""
    lines = np.zeros(laid.size, np.float32)
    thick = max(1, round(laid.unit * 0.012))
    for seam in laid.seams:
        value = float(rng.uniform(0.1, 0.6))
        cv2.polylines(lines, [_fixed(seam)], False, value, thick, cv2.LINE_AA, 4)
    lit = rng.random() < 0.2  # stitches of a paler thread
    ink = lines * cloth
    picture *= (1 - ink * (0 if lit else 0.8))[..., None]
    if lit:
        picture += (random_color(rng) - picture) * (ink * 0.8)[..., None]
    color, size = random_color(rng).tolist(), max(1, round(laid.unit * rng.uniform(0.012, 0.025)))
    for some in laid.buttons:
        for at in np.round(some).astype(int).tolist():
            cv2.circle(picture, at, size, color, -1, cv2.LINE_AA)


def _label(rng: np.random.Generator, picture: np.ndarray, laid: Pattern, inside: np.ndarray) -> None:
    """A label at the inside of the neck or of the waistband."""
    if inside.max() < 0.5:
        return
    ys, xs = np.nonzero(inside > 0.5)
    at = np.array((np.median(xs), np.quantile(ys, 0.3)))
    half = laid.unit * rng.uniform(0.02, 0.06, 2)
    box = np.zeros(laid.size, np.float32)
    corners = np.round(np.concatenate((at - half, at + half))).astype(int).tolist()
    cv2.rectangle(box, tuple(corners[:2]), tuple(corners[2:]), 1, -1)
    picture += (random_color(rng) - picture) * (box * inside)[..., None]


def _hanger(rng: np.random.Generator, picture: np.ndarray, laid: Pattern) -> None:
    """A hanger under the shoulders, its hook above the neck, or a bar above a waistband; it is no cloth."""
    ends = laid.points[[pn.R_SHOULDER, pn.L_SHOULDER]]
    rise = 0.2
    if not ends[:, 2].all():
        ends, rise = laid.points[[pn.R_WAIST, pn.L_WAIST]], rng.uniform(0.0, 0.06)
    if not ends[:, 2].all():
        return
    right, left = ends[:, :2].astype(float)
    side = (left - right) / max(float(np.linalg.norm(left - right)), 1e-6)
    up = np.array((side[1], -side[0]))
    top = (right + left) / 2 + up * rise * laid.unit
    low = 0.0 if rise == 0.2 else rise * laid.unit
    bar = np.stack((right + up * low, top, left + up * low))
    thick = max(1, round(laid.unit * rng.uniform(0.01, 0.05)))
    cv2.polylines(picture, [_fixed(bar)], False, random_color(rng).tolist(), thick, cv2.LINE_AA, 4)
    turn = (
        np.linspace(np.pi, 2.6 * np.pi, 14)[:, None]
        if rng.random() < 0.5
        else np.linspace(0, -1.6 * np.pi, 14)[:, None]
    )
    size = laid.unit * rng.uniform(0.05, 0.08)
    neck = top + up * 0.1 * laid.unit
    hook = neck + up * size + size * (np.cos(turn) * side + np.sin(turn) * up)
    metal = (rng.uniform(90, 220) * np.ones(3)).tolist()
    path = np.concatenate((top[None], neck[None], hook[::-1]))
    cv2.polylines(picture, [_fixed(path)], False, metal, max(1, thick // 2), cv2.LINE_AA, 4)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Points in sixteenths of a pixel, as OpenCV draws them with a shift of 4."""
    return np.round(points * 16).astype(np.int32)


def _photograph(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Uneven light, focus, color cast and noise; ``uint8``."""
    height, width = picture.shape[:2]
    light = 1 + rng.uniform(0, 0.15) * smooth_noise(rng, (height, width), (1,))
    picture = picture * light[..., None] * rng.normal(1, 0.04, 3) * rng.uniform(0.75, 1.15)
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.9))
    noise = rng.standard_normal((height, width, 3), np.float32) * rng.uniform(0.5, 6)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
