"""Where the arms of a photo are, and what of them is their own."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body.geometry import polygon_distance
from tryon.body.poses import torso_polygon
from tryon.body.torso import ARMS, torso_size
from tryon.body.zones import grown, zones
from tryon.core.labels import Label, mask_of

CLOTH = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF, Label.LEGWEAR)
# Never of an arm, even where key points were read amiss.
_NO_ARM = (Label.HAIR, Label.HAT, Label.SHOES, Label.BAG, Label.PANTS, Label.SKIRT, Label.LEGWEAR)
# Radii in torso lengths within which a pixel of the person is taken to be of an arm.
_UPPER_ARM, _FOREARM, _HAND = 0.1, 0.09, 0.1
_FINGERS, _SPREAD = 0.3, 0.12  # torso lengths from the wrist to the finger tips, and to both sides of a spread hand
BARE = 0.4  # share of skin of a forearm without a sleeve
_AROUND = 1.7  # radii of an arm within which it is seen
_SEEN = 0.01  # squared torso lengths of skin whose color is known
_ALIKE = 14.0  # distance in CIELAB, lightness halved, of what has the color of skin
_LOOSE = 0.12  # torso lengths from an arm within which skin on the torso goes with it
NECKLINE = 0.3  # torso lengths below the neck: skin lower down is that of hands and arms


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
    for start, end, radius in arm_lines(points, (shoulder, elbow, wrist), unit):
        draw_line(core, start, end, 2 * radius * unit)
        draw_line(wide, start, end, 2 * _AROUND * radius * unit)
    head = zones(points, parsing.shape, unit)
    skin = (parsing == Label.SKIN) & ~head.neck & (~head.head | (core > 0))
    ys, xs = np.nonzero(wide)
    beside = np.zeros(parsing.shape, bool)
    beside[ys, xs] = polygon_distance(xs + 1j * ys, torso_polygon(points)) > 0.02 * unit
    arm = (core > 0) | ((wide > 0) & (skin | beside))
    return arm & (parsing > 0) & ~mask_of(parsing, *_NO_ARM)


def arm_areas(parsing: np.ndarray, points: np.ndarray) -> dict[str, ArmArea]:
    """Both arms of a photo, by name.

    Args:
        parsing: ``(H, W)`` label map.
        points: ``(18, 3)`` with a complete torso.
    """
    unit = torso_size(points)
    body = zones(points, parsing.shape, unit)
    skin = (parsing == Label.SKIN) & ~body.head & ~body.neck & ~body.legs
    parts = {name: limbs(points, arm, parsing.shape) for name, arm in ARMS.items()}
    out = {}
    for name, other in (("left_arm", "right_arm"), ("right_arm", "left_arm")):
        (upper, fore, hand), (their_upper, their_fore, their_hand) = parts[name], parts[other]
        foreign = (their_hand & skin & ~hand) | ((their_upper | their_fore) & ~upper & ~fore & ~hand)
        if fore.any() and skin[fore].mean() > BARE:
            foreign |= mask_of(parsing, *CLOTH) & grown(fore | hand, (_AROUND - 1) * _FOREARM * unit) & ~upper
        area = arm_area(parsing, points, name)
        leaves = area | (skin & (body.depth > NECKLINE) & grown(area, _LOOSE * unit))
        out[name] = ArmArea(area, foreign, leaves)
    return out


def with_bare_arms(photo: np.ndarray, parsing: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The label map with cloth on the arms called skin where it has the color of the skin that is seen on them.

    Forearms before a garment are easily read as a part of it. Where skin and garments look alike, nothing changes.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        parsing: ``(H, W)`` label map.
        points: ``(18, 3)`` with a complete torso.
    """
    unit = torso_size(points)
    around = np.zeros(parsing.shape, np.uint8)
    for arm in ARMS.values():
        for start, end, radius in list(arm_lines(points, arm, unit))[1:]:
            draw_line(around, start, end, 2 * _AROUND * radius * unit)
    cloth = mask_of(parsing, *CLOTH)
    asked, seen = cloth & (around > 0), (parsing == Label.SKIN) & (around > 0)
    body = zones(points, parsing.shape, unit)
    elsewhere = cloth & body.torso & (body.depth < 1) & (around == 0)
    if seen.sum() < _SEEN * unit**2 or not asked.any() or not elsewhere.any():
        return parsing
    colors = cv2.cvtColor(photo.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * np.array((0.5, 1, 1), np.float32)
    skin, garment = np.median(colors[seen], 0), np.median(colors[elsewhere], 0)
    if np.linalg.norm(skin - garment) < 2 * _ALIKE:
        return parsing
    out = parsing.copy()
    out[asked & (np.linalg.norm(colors - skin, axis=-1) < _ALIKE)] = Label.SKIN
    return out


def limbs(points: np.ndarray, arm: tuple[int, int, int], size: tuple[int, int]) -> list[np.ndarray]:
    """``(H, W)`` ``bool`` each: upper arm, forearm, and the hand with its fingers spread."""
    unit = torso_size(points)
    out = [np.zeros(size, np.uint8) for _ in range(3)]
    for i, (start, end, radius) in enumerate(arm_lines(points, arm, unit)):
        if i == 2:
            way = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
            draw_line(out[i], start, start + _FINGERS * unit * way, 2 * _SPREAD * unit)
        else:
            draw_line(out[i], start, end, 2 * radius * unit)
    return [limb > 0 for limb in out]


def draw_line(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """Set a thick line between two points (x, y) of a ``uint8`` picture ``(H, W)`` to 1, in place."""
    a, b = ((round(float(x)), round(float(y))) for x, y in (start, end))
    cv2.line(canvas, a, b, 1, max(1, round(width)))


def arm_lines(
    points: np.ndarray, arm: tuple[int, int, int], unit: float
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Start, end and radius (in torso lengths) of upper arm, forearm and hand, as far as they are known."""
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
