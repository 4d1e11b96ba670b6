"""From a read person and a garment to the finished picture: the renderer's only entry."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from appearance_flow.parts import Below, garment_parts
from appearance_flow.pose_flow import PoseFlow, pose_flow
from tryon.body.torso import complete_torso, torso_size
from tryon.body.zones import Zones, zones
from tryon.core.labels import Label, mask_of
from tryon.outfit import LOWER_BODY, BelowPolicy, plan, shown
from tryon.render.carry import Layer, carry
from tryon.render.halo import BESIDE_CLOTH, halo
from tryon.render.layers import compose, lay, thin_straps
from tryon.render.mistaken import cloth_taken_for_wearer, skin_taken_for_cloth
from tryon.render.sleeves import both_sleeves
from tryon.types import Garment, Person

# An uncovered part of the lower body larger than this, in squared torso lengths, needs a garment of its own.
_GAP = 0.10
_SAME_HEM = 0.25  # hems that differ by less, in torso lengths, count as one
_WAIST = 0.95  # depth of the waistband below the neck, in torso lengths


@dataclass(frozen=True, eq=False, slots=True)
class Rendering:
    """The finished picture and what it was made of, in the frame of the person photo."""

    image: np.ndarray
    mask: np.ndarray
    warped_garment: np.ndarray
    flow: np.ndarray
    warnings: tuple[str, ...]


def align(person: Person, garment: Garment) -> PoseFlow:
    """Pose flow from the person photo to the garment photo, in the frames of :func:`window` of both."""
    return pose_flow(window(garment.source)[0].keypoints, *_target(window(person)[0]))


def _target(person: Person) -> tuple[np.ndarray, tuple[int, int]]:
    return person.keypoints, person.photo.shape[:2]


def window(person: Person) -> tuple[Person, tuple[int, int]]:
    """The person cut out of the photo with a margin, and the x and y of the cut: the rest need not be computed on."""
    height, width = person.photo.shape[:2]
    x0, y0, x1, y1 = person.box
    margin = round(0.12 * max(x1 - x0, y1 - y0))
    x0, x1 = max(0, x0 - margin), min(width, x1 + margin)
    y0, y1 = max(0, y0 - margin), min(height, y1 + 3 * margin)  # a long dress may reach lower than what is seen of legs
    keypoints = person.keypoints.copy()
    keypoints[:, :2] -= (x0, y0)
    cut = slice(y0, y1), slice(x0, x1)
    return replace(person, photo=person.photo[cut], parsing=person.parsing[cut], keypoints=keypoints), (x0, y0)


def render(person: Person, garment: Garment, pose: PoseFlow, below: BelowPolicy) -> Rendering:
    """Dress the person.

    Args:
        person: who is to wear the garment.
        garment: what is worn by whom.
        pose: from :func:`align`.
        below: where the old garment covered hips or legs and the new one does not: ``bring`` the other person's
            lower garment along, or ``keep`` the lower part of the old one.
    """
    inner, (x, y) = window(person)
    source, (source_x, source_y) = window(garment.source)
    if garment.category in ("upper", "outer"):
        source = _skirt_of_dress(source)
    source = _skin_stays_behind(source)
    result = _render(inner, replace(garment, source=source), pose, below)
    cut = slice(y, y + inner.photo.shape[0]), slice(x, x + inner.photo.shape[1])
    size = person.photo.shape[:2]
    image, mask = person.photo.copy(), np.zeros(size, bool)
    warped, flow = np.zeros((*size, 4), np.uint8), np.full((*size, 2), np.nan, np.float32)
    image[cut], mask[cut], warped[cut] = result.image, result.mask, result.warped_garment
    flow[cut] = result.flow + np.array((source_x - x, source_y - y), np.float32)
    return Rendering(image, mask, warped, flow, result.warnings)


def _render(person: Person, garment: Garment, pose: PoseFlow, below: BelowPolicy) -> Rendering:
    keypoints, _ = complete_torso(person.keypoints)
    body = zones(keypoints, person.photo.shape[:2], torso_size(keypoints))
    swap = plan(garment.category, garment.labels, person.parsing)
    source = garment.source
    whole = garment_parts(person.parsing > 0, person.keypoints, "legs")
    upper: list[Layer] = []
    notes: tuple[str, ...] = ()
    if swap.upper:
        hang = _hang(garment)
        upper = carry(source.photo, source.parsing, source.keypoints, swap.upper, hang, pose, whole)
        upper, notes = both_sleeves(upper, source, swap.upper, hang, person.keypoints, body, whole)
    lower = _carry_lower(source, swap.lower, pose, whole) if swap.lower else []
    off = mask_of(person.parsing, *swap.off)
    if garment.category == "lower":  # a dress gives way to the new skirt or trousers below the waist
        off |= (person.parsing == Label.DRESS) & (body.depth > _WAIST)
    off |= thin_straps(person.parsing, body) if swap.upper else False
    warnings: tuple[str, ...] = ()
    if swap.upper:
        lower, off, warnings = _cover_below(person, garment, pose, whole, body, (upper, lower), off, below)
    off |= _beside_skirt(person.parsing, body, upper if garment.category == "dress" else lower)
    if lower:
        off, note = _keep_below_hem(person.parsing, body, lower, off)
        warnings += note
    cloth = off & ~(person.parsing == Label.BAG)  # straps have colors of their own
    off |= cloth_taken_for_wearer(person.photo, person.parsing, person.keypoints, cloth)
    off |= halo(person.photo, person.parsing, off, body.unit, BESIDE_CLOTH)
    image, mask = compose(person.photo, person.parsing, person.keypoints, body, off, lower, upper)
    return Rendering(image, mask, *_flatten(lower + upper, person.photo.shape[:2]), notes + warnings)


def _skirt_of_dress(source: Person) -> Person:
    """Below the waist, a dress counts as a skirt when only the upper body is dressed anew: it is not carried along."""
    keypoints, _ = complete_torso(source.keypoints)
    depth = zones(keypoints, source.parsing.shape, torso_size(keypoints)).depth
    parsing = source.parsing.copy()
    parsing[(parsing == Label.DRESS) & (depth > _WAIST)] = Label.SKIRT
    return replace(source, parsing=parsing)


def _skin_stays_behind(source: Person) -> Person:
    """Hands, arms and chest that were taken for cloth count as skin: what they hide is continued from the cloth."""
    skin = skin_taken_for_cloth(source.photo, source.parsing, source.keypoints)
    return replace(source, parsing=np.where(skin, np.uint8(Label.SKIN), source.parsing))


def _beside_skirt(parsing: np.ndarray, body: Zones, layers: list[Layer]) -> np.ndarray:
    """Trousers and skirts of the wearer above the hem of the new skirt: below it trousers stay, beside it they go."""
    skirts = [body.depth[layer.alpha > 0.5] for layer in layers if layer.part == "skirt" and (layer.alpha > 0.5).any()]
    if not skirts:
        return np.zeros(parsing.shape, bool)
    hem = max(float(np.percentile(depth, 95)) for depth in skirts)
    return mask_of(parsing, Label.PANTS, Label.SKIRT) & (body.depth < hem)


def _hang(garment: Garment) -> Below:
    """Dresses and long coats hang from the hips like a skirt; tops end there."""
    return "torso" if garment.category == "upper" else "skirt"


def _carry_lower(source: Person, labels: tuple[int, ...], pose: PoseFlow, whole: dict[str, np.ndarray]) -> list[Layer]:
    """Skirts hang as one, trousers follow the legs."""
    layers: list[Layer] = []
    hangs: tuple[tuple[Label, Below], ...] = ((Label.PANTS, "legs"), (Label.SKIRT, "skirt"))
    for label, below in hangs:
        if label in labels and (source.parsing == label).sum() > 30:
            layers += carry(source.photo, source.parsing, source.keypoints, (label,), below, pose, whole)
    return layers


def _keep_below_hem(parsing: np.ndarray, body: Zones, lower: list[Layer], off: np.ndarray):
    """Trousers that reach farther down than what replaces them stay on there: legs are not invented."""
    depths = [body.depth[layer.alpha > 0.5] for layer in lower if (layer.alpha > 0.5).any()]
    if not depths:
        return off, ()
    hem = max(float(np.percentile(depth, 97)) for depth in depths)
    longer = off & (parsing == Label.PANTS) & (body.depth > hem)
    # Trousers that end a little higher are made longer by continuing their cloth instead.
    if (longer & (body.depth > hem + _SAME_HEM)).sum() < 0.03 * body.unit**2:
        return off, ()
    return off & ~longer, ("the wearer's own trousers stay on below the new hem",)


def _cover_below(person, garment, pose, whole, body: Zones, layers, off, below: BelowPolicy):
    """See to it that hips and legs stay covered when a long garment is taken off.

    Returns:
        The lower layers, what is taken off, and warnings.
    """
    upper, lower = layers
    covered = np.zeros(off.shape, bool)
    for layer in upper + lower:
        covered |= layer.alpha > 0.5
    under_hips = body.depth > 0.92
    gap = off & under_hips & (body.torso | body.legs) & ~covered
    if gap.sum() <= _GAP * body.unit**2:
        return lower, off, ()
    source = garment.source
    if below == "bring" and not lower and shown(source.parsing, source.keypoints, Label.SKIRT, Label.PANTS):
        lower = _carry_lower(source, tuple(int(label) for label in LOWER_BODY), pose, whole)
        # Stockings stay on unless others come along: bare legs would have to be invented.
        worn = [
            label for label in LOWER_BODY if label != Label.LEGWEAR or shown(source.parsing, source.keypoints, label)
        ]
        off = off | mask_of(person.parsing, *worn)
        if shown(source.parsing, source.keypoints, Label.PANTS):  # the dress would look out beside them
            off |= (person.parsing == Label.DRESS) & (body.depth > _WAIST)
        return (
            lower,
            off,
            ("the wearer's old garment covered the legs, so the other person's lower garment came along",),
        )
    return lower, off & ~(under_hips & ~covered), ("the lower part of the wearer's old garment stays on",)


def _flatten(layers: list[Layer], size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """All layers as one RGBA picture, and the flow of the topmost one at each pixel, NaN where there is none."""
    color, alpha = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
    flow = np.full((*size, 2), np.nan, np.float32)
    for layer in layers:
        lay(color, layer.color, layer.alpha)
        alpha = 1 - (1 - alpha) * (1 - layer.alpha)
        on = layer.alpha > 0.5
        flow[on] = layer.flow[on]
    rgba = np.empty((*size, 4), np.uint8)
    rgba[..., :3] = cv2.convertScaleAbs(color)
    rgba[..., 3] = cv2.convertScaleAbs(alpha, alpha=255)
    return rgba, flow
