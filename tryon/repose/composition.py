"""A person in another pose at the size they are worked at, from what a small network gave and the closed-form flow.

The network says, at its own resolution, where the person is, how much to copy along the flow, and what to draw instead.
Its own picture of these, ``copied * warped + (1 - copied) * drawn``, is not what is shown. It draws to make up for what
is copied, so that its colors alone are false, and on photos it still copies old arms to where they no longer are. So

* copied pixels come from the photo (:mod:`tryon.render.full_size` adds its finer detail where it is larger), and an
  arm's own pixels are copied whatever the network says, where the other arm did not lie before them;
* what cannot be copied of an arm is the colors seen of it continued;
* what an arm hid of a garment is the garment's texture continued, so that between collar-bone and mid-thigh no skin is
  drawn where the photo shows cloth.

What is taken of the network: where the person ends, where an arm hid what is there or comes to lie; how much to copy of
an arm where the other one lay before it; and the drawn colors on the head, and where the photo shows no cloth or no
arm that could be continued.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from appearance_flow.pose_flow import BODY_PARTS, PoseFlow, pose_flow
from appearance_flow.sampling import warp_photo
from tryon.body.body import Body
from tryon.body.geometry import smoothstep, to_complex
from tryon.body.limbs import draw_line
from tryon.body.torso import ARMS, TORSO_POINTS, torso_size
from tryon.core.fill import bleed, continue_texture
from tryon.core.labels import Label, mask_of
from tryon.core.masks import grown, soft
from tryon.read.arms import CLOTH, arm_areas, arm_lines, moved_arms
from tryon.render.full_size import Weights

_STILL, _MOVES = 0.004, 0.012  # torso lengths that a pixel moves: kept below the first, redrawn above the second
_BORDER = 0.35, 0.65  # weights of an arm's flow between which it ends: the flow's own transition mixes arm and body
_BONES = 1.1  # radii of an arm that it covers in any case


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
class Moved:
    """The person as a flow brings them into the new pose."""

    color: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    flow: np.ndarray
    """``(H, W, 2)`` ``float32``, pixel of the photo minus pixel of the new picture."""
    own: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: the color is that of the photo, not one continued beyond the person's edge."""


@dataclass(frozen=True, eq=False, slots=True)
class Composition:
    """The person in the new pose, before their own background."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    colors: np.ndarray
    """``(H, W, 3)`` ``uint8``: the person alone, whose colors are continued beyond the edge."""
    person: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: matte of the person."""
    region: np.ndarray
    """``(H, W)`` ``bool``: where the image may differ from the photo, by the poses and the outline drawn for them."""
    moved: tuple[Moved, Moved]
    """The body without its arms, and with them."""
    image_weights: Weights
    """How much of the image comes from the photo as it is, and from what was moved."""
    colors_weights: Weights
    """The same of the colors."""


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
    inner = inner if inner.any() else person
    solid = bleed(photo, inner)
    there = smoothstep(drawing.person, 0.4, 0.6)
    body_flow = _without_arms(pose)
    body = warp_photo(solid, body_flow)
    shown = warp_photo(soft(person), body_flow, "zeros")
    beside = 1 - warp_photo(soft(grown(arms.old, 0.015 * unit)), body_flow, "zeros")
    # Body is drawn only where an arm hid what is there: beside the person as photographed there is background.
    alpha = np.maximum(shown * (beside + (1 - beside) * there), _torso(target, size))
    head = pose.weights[..., BODY_PARTS.index("head")]
    hole = (1 - head) * (1 - shown * beside) * alpha > 0.02
    zone = Body(target, size)
    colors = _uncovered(body, drawing, body_flow, parsing, arms, hole, head, zone)
    colors += (shown * beside)[..., None] * (body - colors)

    copied = np.maximum(arms.sure, drawing.copied * arms.own)
    arm = copied + np.clip(arms.new - copied, 0, 1) * np.maximum(there, _inside_arms(source, target, size))
    share = copied / np.maximum(arm, 1e-6)
    brought = warp_photo(solid, flow)
    drawn = _hidden_arm(brought, drawing, arms)
    arm_colors = drawn + share[..., None] * (brought - drawn)
    colors = colors + arm[..., None] * (arm_colors - colors)
    alpha = (arm + (1 - arm) * alpha).astype(np.float32)

    plate, kept = _behind(photo, person, arms.old | _moving(flow, person, unit), unit)
    touched = _touched(body_flow, arms.old, arm, alpha, person, zone)
    image = photo + touched[..., None] * (plate + alpha[..., None] * (colors - plate) - photo)
    matte = soft(person) + touched * (alpha - soft(person))
    everywhere = solid + touched[..., None] * (colors - solid)
    region = touched > 0
    image = np.where(region[..., None], _picture(image), photo)
    of_moved = (1 - arm) * shown * beside, copied
    moved = _moved(body, body_flow, inner), _moved(brought, flow, inner)
    of_image = _weights(1 - touched + touched * (1 - alpha) * kept, touched * alpha, of_moved)
    of_colors = _weights((1 - touched) * inner, touched, of_moved)
    return Composition(image, _picture(everywhere), matte.astype(np.float32), region, moved, of_image, of_colors)


def _moved(color: np.ndarray, flow: np.ndarray, inner: np.ndarray) -> Moved:
    return Moved(color, flow, warp_photo(inner.astype(np.float32), flow, "zeros"))


def _weights(of_photo: np.ndarray, of_person: np.ndarray, of_moved: tuple[np.ndarray, np.ndarray]) -> Weights:
    return Weights(of_photo.astype(np.float32), {i: of_person * share for i, share in enumerate(of_moved)})


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
    areas = arm_areas(parsing, Body(source, size))
    out = _Arms(np.zeros(size, bool), *(np.zeros(size, np.float32) for _ in range(3)))
    for name, other in (("left_arm", "right_arm"), ("right_arm", "left_arm")):
        if name not in moved_arms(source, target):
            continue
        # Beyond its own thickness an arm owns background, to which nothing is copied.
        near = soft(_near_arm(target, ARMS[name], size))
        share = smoothstep(weights[..., BODY_PARTS.index(name)], *_BORDER) * near
        shoulder = person & _shoulder(source, ARMS[name], size)
        own = share * warp_photo(soft((areas[name].area | shoulder) & ~areas[name].foreign), flow, "zeros")
        out.old[areas[name].leaves] = True
        out.new[:] += share
        out.own[:] += own
        out.sure[:] += own * (1 - warp_photo(soft(areas[other].area & ~areas[other].foreign), flow, "zeros"))
    return out


def _shoulder(points: np.ndarray, arm: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    out = np.zeros(size, np.uint8)
    draw_line(out, points[arm[0], :2], points[arm[0], :2], 0.8 * torso_size(points))
    return out > 0


def _near_arm(points: np.ndarray, arm: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    out, unit = np.zeros(size, np.uint8), torso_size(points)
    for start, end, radius in arm_lines(points, arm, unit):
        draw_line(out, start, end, 3 * radius * unit)
    return (out > 0) | _shoulder(points, arm, size)


def _torso(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)``: 1 between shoulders and hips, where the person certainly is."""
    corners = to_complex(points[list(TORSO_POINTS)])
    out = np.zeros(size, np.uint8)
    cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
    return soft(out > 0)


def _inside_arms(source: np.ndarray, target: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)``: 1 along the bones of the arms that move, whatever the network says of it."""
    out, unit = np.zeros(size, np.uint8), torso_size(target)
    for name in moved_arms(source, target):
        for start, end, radius in arm_lines(target, ARMS[name], unit):
            draw_line(out, start, end, _BONES * radius * unit)
    return soft(out > 0)


def _moving(flow: np.ndarray, person: np.ndarray, unit: float) -> np.ndarray:
    return person & (np.hypot(flow[..., 0], flow[..., 1]) > _STILL * unit)


def _behind(photo: np.ndarray, person: np.ndarray, leaving: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """``(H, W, 3)`` ``float32``: the photo with the background continued where the person may leave; and where it is
    the photo's still, ``(H, W)`` ``bool``."""
    hole = grown(leaving, 0.03 * unit)
    if not leaving.any():
        return photo.astype(np.float32), ~hole
    return continue_texture(photo, hole, ~grown(person, 1 + 0.03 * unit)).astype(np.float32), ~hole


def _uncovered(
    warped: np.ndarray,
    drawing: Drawing,
    flow: np.ndarray,
    parsing: np.ndarray,
    arms: _Arms,
    hole: np.ndarray,
    head: np.ndarray,
    body: Body,
) -> np.ndarray:
    """What an arm hid: the cloth beside it goes on; on the head, and without cloth to continue, what is drawn."""
    bare_legs = (parsing == Label.SKIN) & body.legs
    cloth = (mask_of(parsing, *CLOTH) | bare_legs) & ~grown(arms.old, 0.03 * body.unit)
    cloth = cv2.erode(cloth.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
    known = (warp_photo(cloth, flow, "zeros") > 0.98) & (arms.new < 0.1)
    if not hole.any() or not known.any():
        return drawing.colors.copy()
    fabric = continue_texture(warped, grown(hole, 2), known).astype(np.float32)
    return fabric + head[..., None] * (drawing.colors - fabric)


def _hidden_arm(brought: np.ndarray, drawing: Drawing, arms: _Arms) -> np.ndarray:
    """``(H, W, 3)``: the arms where they cannot be copied: the colors seen of them go on, or else what is drawn."""
    known = (arms.sure > 0.95) & (arms.new > 0.95)
    return bleed(_picture(brought), known).astype(np.float32) if known.any() else drawing.colors


def _touched(
    flow: np.ndarray, old: np.ndarray, new: np.ndarray, alpha: np.ndarray, person: np.ndarray, body: Body
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
