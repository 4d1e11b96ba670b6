"""Where the arms of a photo are, and what of them is their own."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tryon.body.body import Body
from tryon.body.geometry import polygon_distance
from tryon.body.limbs import draw_line
from tryon.body.proportions import DECOLLETE, FINGERS, PALM, RADIUS
from tryon.body.torso import ARMS, BESIDE_HIPS, torso_outline
from tryon.core.labels import Label, mask_of
from tryon.core.masks import grown

CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF, Label.LEGWEAR)
# Never of an arm, even where key points were read amiss.
_NO_ARM = (Label.HAIR, Label.HAT, Label.SHOES, Label.BAG, Label.PANTS, Label.SKIRT, Label.LEGWEAR)
_RADIUS = RADIUS["upper arm"]  # within which a pixel of the person is taken to be of an arm, sleeve or not
BARE = 0.4  # share of skin of a forearm without a sleeve
_AROUND = 1.7  # radii of an arm within which it is seen
_LOOSE = 0.12  # torso lengths from an arm within which skin on the torso goes with it


@dataclass(frozen=True, eq=False, slots=True)
class ArmArea:
    """Where an arm is in a photo. All ``(H, W)`` ``bool``."""

    area: np.ndarray
    """See :func:`arm_area`; the areas of crossed arms share pixels."""
    foreign: np.ndarray
    """What does not move with the arm though it lies in the area: the other arm and its hand, which lies before this
    one, and cloth around a bare forearm."""
    leaves: np.ndarray
    """What is no longer seen there when the arm is gone: the area, and skin right beside it."""


def moved_arms(source: np.ndarray, target: np.ndarray) -> list[str]:
    """Names of the arms whose points differ between two poses."""
    return [name for name, arm in ARMS.items() if np.abs(source[list(arm)] - target[list(arm)])[:, :2].max() > 0.5]


def arm_area(parsing: np.ndarray, body: Body, name: str) -> np.ndarray:
    """Where an arm is in a photo, before or beside the body.

    Args:
        parsing: ``(H, W)`` label map.
        body: of the person.
        name: ``left_arm`` or ``right_arm``.

    Returns:
        ``(H, W)`` ``bool``.
    """
    points, unit = body.keypoints, body.unit
    core, wide = (np.zeros(parsing.shape, np.uint8) for _ in range(2))
    for start, end, radius in arm_lines(points, ARMS[name], unit):
        draw_line(core, start, end, 2 * radius * unit)
        draw_line(wide, start, end, 2 * _AROUND * radius * unit)
    skin = (parsing == Label.SKIN) & np.where(body.head, core > 0, ~body.neck)
    ys, xs = np.nonzero(wide)
    beside = np.zeros(parsing.shape, bool)
    beside[ys, xs] = polygon_distance(xs + 1j * ys, torso_outline(points, BESIDE_HIPS)) > 0.02 * unit
    arm = (core > 0) | ((wide > 0) & (skin | beside))
    return arm & (parsing > 0) & ~mask_of(parsing, *_NO_ARM)


def arm_areas(parsing: np.ndarray, body: Body) -> dict[str, ArmArea]:
    """Both arms of a photo, by name.

    Args:
        parsing: ``(H, W)`` label map.
        body: of the person.
    """
    skin = (parsing == Label.SKIN) & ~body.head & ~body.neck & ~body.legs
    parts = {name: limbs(body, arm) for name, arm in ARMS.items()}
    out = {}
    for name, other in (("left_arm", "right_arm"), ("right_arm", "left_arm")):
        (upper, fore, hand), (their_upper, their_fore, their_hand) = parts[name], parts[other]
        foreign = (their_hand & skin & ~hand) | ((their_upper | their_fore) & ~upper & ~fore & ~hand)
        if fore.any() and skin[fore].mean() > BARE:
            foreign |= mask_of(parsing, *CLOTH) & grown(fore | hand, (_AROUND - 1) * _RADIUS * body.unit) & ~upper
        area = arm_area(parsing, body, name)
        leaves = area | (skin & (body.depth > DECOLLETE) & grown(area, _LOOSE * body.unit))
        out[name] = ArmArea(area, foreign, leaves)
    return out


def limbs(body: Body, arm: tuple[int, int, int]) -> list[np.ndarray]:
    """``(H, W)`` ``bool`` each: upper arm, forearm, and the hand with its fingers spread."""
    unit = body.unit
    out = [np.zeros(body.size, np.uint8) for _ in range(3)]
    for i, (start, end, radius) in enumerate(arm_lines(body.keypoints, arm, unit)):
        if i == 2:
            way = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
            draw_line(out[i], start, start + FINGERS * unit * way, 2 * PALM * unit)
        else:
            draw_line(out[i], start, end, 2 * radius * unit)
    return [limb > 0 for limb in out]


def arm_lines(
    points: np.ndarray, arm: tuple[int, int, int], unit: float
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Start, end and radius (in torso lengths) of upper arm, forearm and hand, as far as they are known."""
    shoulder, elbow, wrist = (points[i] for i in arm)
    if elbow[2] <= 0:
        return
    start = shoulder[:2] + 0.25 * (elbow[:2] - shoulder[:2])  # the shoulder itself stays the torso's
    yield start, elbow[:2], _RADIUS
    if wrist[2] <= 0:
        return
    yield elbow[:2], wrist[:2], _RADIUS
    bone = wrist[:2] - elbow[:2]
    length = np.linalg.norm(bone)
    yield wrist[:2], wrist[:2] + bone / max(length, 1e-6) * max(0.4 * length, 0.16 * unit), _RADIUS
