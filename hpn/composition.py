"""A person in another pose at the photo's own resolution, from what a small network drew and the closed-form flow.

The network says, at its own resolution, where the person is, what to copy along the flow and what to draw. Copied
pixels come from the full photo. What an arm hid of a garment is the garment's texture continued, shaded as the network
drew it: between collar-bone and mid-thigh no skin is drawn where the photo shows cloth.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.body import ARMS, TORSO_POINTS, polygon_distance, smoothstep, to_complex, torso_size
from appearance_flow.flow import warp_photo
from appearance_flow.pose_flow import BODY_PARTS, PoseFlow, pose_flow
from hpn.canonical import torso_polygon
from tryon.core.labels import Label, mask_of
from tryon.render.fill import bleed, continue_texture
from tryon.render.zones import Zones, grown, zones

_CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF, Label.LEGWEAR)
# Never of an arm, even where key points were read amiss.
_NO_ARM = (Label.HAIR, Label.HAT, Label.SHOES, Label.BAG, Label.PANTS, Label.SKIRT, Label.LEGWEAR)
# Radii in torso lengths within which a pixel of the person is taken to be of an arm.
_UPPER_ARM, _FOREARM, _HAND = 0.1, 0.09, 0.1
_STILL, _MOVES = 0.004, 0.012  # torso lengths that a pixel moves: kept below the first, redrawn above the second
_SHADING = 0.07  # torso lengths over which the network's colors are averaged where cloth is continued
_SHADE_LIMIT = 40.0  # levels by which they may differ from the continued cloth: more is another material


@dataclass(frozen=True, eq=False, slots=True)
class Drawing:
    """What the network gave, enlarged to the frame that it was given of the photo."""

    colors: np.ndarray
    """``(H, W, 3)`` ``float32`` RGB, 0 to 255, as drawn."""
    copied: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: how much to copy along the flow instead."""
    person: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: the person in the new pose."""


@dataclass(frozen=True, eq=False, slots=True)
class Composition:
    """The person in the new pose, before their own background."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    colors: np.ndarray
    """``(H, W, 3)`` ``uint8``: the person alone, whose colors are continued beyond the edge."""
    person: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: matte of the person."""


def compose(
    photo: np.ndarray, parsing: np.ndarray, source: np.ndarray, target: np.ndarray, drawing: Drawing
) -> Composition:
    """Put the drawing into the photo.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        source: ``(18, 3)`` the person's key points, with a complete torso.
        target: ``(18, 3)`` those of the new pose, with a complete torso.
        drawing: arrays of the photo's size.

    Returns:
        Arrays of the photo's size. Pixels that the change of the pose does not touch are the photo's.
    """
    size, unit = parsing.shape, torso_size(target)
    pose = pose_flow(source, target, size)
    person, flow = parsing > 0, pose.flow
    arms = _arms(parsing, source, target, pose)
    edge = max(1, round(0.008 * unit))
    inner = cv2.erode(person.astype(np.uint8), np.ones((2 * edge + 1,) * 2, np.uint8)) > 0
    solid = bleed(photo, inner if inner.any() else person)
    there = smoothstep(drawing.person, 0.4, 0.6)
    body_flow = _without_arms(pose)
    body = warp_photo(solid, body_flow)
    shown = warp_photo(soft(person), body_flow, "zeros")
    beside = 1 - warp_photo(soft(grown(arms.old, 0.015 * unit)), body_flow, "zeros")
    # Body is drawn only where an arm hid what is there: beside the person as photographed there is background.
    alpha = np.maximum(shown * (beside + (1 - beside) * there), _torso(target, size))
    head = pose.weights[..., BODY_PARTS.index("head")]
    hidden = (1 - head) * (1 - shown * beside) * alpha
    zone = zones(target, size, unit)
    colors = _uncovered(body, drawing, body_flow, parsing, arms, hidden, zone)
    colors += (shown * beside)[..., None] * (body - colors)

    copied = np.maximum(arms.sure, drawing.copied * arms.own)
    arm = copied + np.clip(arms.new - copied, 0, 1) * there
    share = copied / np.maximum(arm, 1e-6)
    arm_colors = drawing.colors + share[..., None] * (warp_photo(solid, flow) - drawing.colors)
    colors = colors + arm[..., None] * (arm_colors - colors)
    alpha = (arm + (1 - arm) * alpha).astype(np.float32)

    plate = _behind(photo, person, arms.old | _moving(flow, person, unit), unit)
    touched = _touched(body_flow, arms.old, arm, alpha, person, zone)
    image = photo + touched[..., None] * (plate + alpha[..., None] * (colors - plate) - photo)
    matte = soft(person) + touched * (alpha - soft(person))
    everywhere = solid + touched[..., None] * (colors - solid)
    return Composition(_picture(image), _picture(everywhere), matte.astype(np.float32))


def _without_arms(pose: PoseFlow) -> np.ndarray:
    """``(H, W, 2)``: the flow of everything but the arms, which lie before it."""
    parts = [i for i, name in enumerate(BODY_PARTS) if name not in ARMS]
    weights = pose.coarse_weights[..., parts] + 1e-6 * (np.array(parts) == 0)
    stack = np.stack([pose.coarse[BODY_PARTS[i]] for i in parts], 2)
    mean = (stack * weights[..., None]).sum(2) / weights.sum(-1)[..., None]
    return pose.upsample(mean)


@dataclass(frozen=True, eq=False, slots=True)
class _Arms:
    """The arms that move, together."""

    old: np.ndarray
    """``(H, W)`` ``bool``: where they were."""
    new: np.ndarray
    """``(H, W)`` ``float32``: how much of a pixel they are in the new pose."""
    own: np.ndarray
    """``(H, W)`` ``float32``: the share of ``new`` to which the flow brings the same arm,"""
    sure: np.ndarray
    """and of that the share before which the other arm did not lie: these pixels are copied in any case."""


def _arms(parsing: np.ndarray, source: np.ndarray, target: np.ndarray, pose: PoseFlow) -> _Arms:
    size, person = parsing.shape, parsing > 0
    flow, weights = pose.flow, pose.weights
    areas = {name: arm_area(parsing, source, name) for name in ARMS}
    out = _Arms(np.zeros(size, bool), *(np.zeros(size, np.float32) for _ in range(3)))
    for name, other in (("left_arm", "right_arm"), ("right_arm", "left_arm")):
        if name not in moved_arms(source, target):
            continue
        # Beyond its own thickness an arm owns background, to which nothing is copied.
        near = soft(_near_arm(target, ARMS[name], size))
        share = weights[..., BODY_PARTS.index(name)] * near
        shoulder = person & _shoulder(source, ARMS[name], size)
        own = share * warp_photo(soft(areas[name] | shoulder), flow, "zeros")
        out.old[areas[name]] = True
        out.new[:] += share
        out.own[:] += own
        out.sure[:] += own * (1 - warp_photo(soft(areas[other]), flow, "zeros"))
    return out


def moved_arms(source: np.ndarray, target: np.ndarray) -> list[str]:
    """Names of the arms whose points differ between two poses."""
    return [name for name, arm in ARMS.items() if np.abs(source[list(arm)] - target[list(arm)])[:, :2].max() > 0.5]


def arm_area(parsing: np.ndarray, points: np.ndarray, name: str) -> np.ndarray:
    """Where an arm is in a photo, before or beside the body.

    Args:
        parsing: ``(H, W)`` label map.
        points: ``(18, 3)`` with a complete torso.
        name: ``left_arm`` or ``right_arm``.

    Returns:
        ``(H, W)`` ``bool``.
    """
    unit = torso_size(points)
    shoulder, elbow, wrist = ARMS[name]
    core, wide = (np.zeros(parsing.shape, np.uint8) for _ in range(2))
    for start, end, radius in _arm_lines(points, (shoulder, elbow, wrist), unit):
        draw_line(core, start, end, 2 * radius * unit)
        draw_line(wide, start, end, 3.4 * radius * unit)
    head = zones(points, parsing.shape, unit)
    skin = (parsing == Label.SKIN) & ~head.neck & (~head.head | (core > 0))
    ys, xs = np.nonzero(wide)
    beside = np.zeros(parsing.shape, bool)
    beside[ys, xs] = polygon_distance(xs + 1j * ys, torso_polygon(points)) > 0.02 * unit
    arm = (core > 0) | ((wide > 0) & (skin | beside))
    return arm & (parsing > 0) & ~mask_of(parsing, *_NO_ARM)


def draw_line(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """Set a thick line between two points (x, y) of a ``uint8`` picture ``(H, W)`` to 1, in place."""
    a, b = ((round(float(x)), round(float(y))) for x, y in (start, end))
    cv2.line(canvas, a, b, 1, max(1, round(width)))


def _arm_lines(points: np.ndarray, arm: tuple[int, int, int], unit: float):
    shoulder, elbow, wrist = (points[i] for i in arm)
    if elbow[2] <= 0:
        return
    start = shoulder[:2] + 0.25 * (elbow[:2] - shoulder[:2])  # the shoulder itself stays the torso's
    yield start, elbow[:2], _UPPER_ARM
    if wrist[2] <= 0:
        return
    yield elbow[:2], wrist[:2], _FOREARM
    bone = wrist[:2] - elbow[:2]
    length = np.linalg.norm(bone)
    yield wrist[:2], wrist[:2] + bone / max(length, 1e-6) * max(0.4 * length, 0.16 * unit), _HAND


def _shoulder(points: np.ndarray, arm: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    out = np.zeros(size, np.uint8)
    draw_line(out, points[arm[0], :2], points[arm[0], :2], 0.8 * torso_size(points))
    return out > 0


def _near_arm(points: np.ndarray, arm: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    out, unit = np.zeros(size, np.uint8), torso_size(points)
    for start, end, radius in _arm_lines(points, arm, unit):
        draw_line(out, start, end, 3 * radius * unit)
    return (out > 0) | _shoulder(points, arm, size)


def soft(mask: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``float32``: a mask with a soft edge."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)


def _torso(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)``: 1 between shoulders and hips, where the person certainly is."""
    corners = to_complex(points[list(TORSO_POINTS)])
    out = np.zeros(size, np.uint8)
    cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
    return soft(out > 0)


def _moving(flow: np.ndarray, person: np.ndarray, unit: float) -> np.ndarray:
    return person & (np.hypot(flow[..., 0], flow[..., 1]) > _STILL * unit)


def _behind(photo: np.ndarray, person: np.ndarray, leaving: np.ndarray, unit: float) -> np.ndarray:
    """``(H, W, 3)`` ``float32``: the photo with the background continued where the person may leave."""
    hole = grown(leaving, 0.03 * unit)
    if not leaving.any():
        return photo.astype(np.float32)
    return continue_texture(photo, hole, ~grown(person, 1 + 0.03 * unit)).astype(np.float32)


def _uncovered(
    warped: np.ndarray,
    drawing: Drawing,
    flow: np.ndarray,
    parsing: np.ndarray,
    arms: _Arms,
    hidden: np.ndarray,
    body: Zones,
) -> np.ndarray:
    """The drawn colors, but for cloth that an arm hid: there the cloth beside it goes on."""
    colors = drawing.colors.copy()
    bare_legs = (parsing == Label.SKIN) & body.legs
    cloth = (mask_of(parsing, *_CLOTH) | bare_legs) & ~grown(arms.old, 0.03 * body.unit)
    cloth = cv2.erode(cloth.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    known = (warp_photo(cloth, flow, "zeros") > 0.98) & (arms.new < 0.1)
    hole = hidden > 0.02
    if not hole.any() or not known.any():
        return colors
    fabric = continue_texture(warped, grown(hole, 2), known).astype(np.float32)
    shade = _average(drawing.colors - fabric, hidden, _SHADING * body.unit).mean(-1)
    fabric += (shade * (1 - smoothstep(np.abs(shade), 0.5 * _SHADE_LIMIT, _SHADE_LIMIT)))[..., None]
    return colors + hidden[..., None] * (fabric - colors)


def _average(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Local weighted mean."""
    scale = min(1.0, 4 / sigma)
    small = [
        cv2.resize(a, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for a in (values * weight[..., None], weight)
    ]
    total, share = (cv2.GaussianBlur(a, (0, 0), sigma * scale) for a in small)
    mean = total / np.maximum(share, 1e-4)[..., None]
    return cv2.resize(mean, weight.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _touched(
    flow: np.ndarray, old: np.ndarray, new: np.ndarray, alpha: np.ndarray, person: np.ndarray, body: Zones
) -> np.ndarray:
    """``(H, W)`` in [0, 1]: what is not the photo's any more; exactly 0 where it is."""
    unit = body.unit
    moving = smoothstep(np.hypot(flow[..., 0], flow[..., 1]) / unit, _STILL, _MOVES)
    there = np.maximum(alpha, grown(person, 0.03 * unit))
    moving = moving * there
    arms = np.maximum(cv2.GaussianBlur(grown(old, 0.03 * unit).astype(np.float32), (0, 0), 0.01 * unit), new)
    out = np.maximum(moving, arms)
    out[out < 1 / 255] = 0
    return out.astype(np.float32)


def _picture(colors: np.ndarray) -> np.ndarray:
    return np.clip(colors + 0.5, 0, 255).astype(np.uint8)
