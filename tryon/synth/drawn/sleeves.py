"""Sleeves: cut for the wearer's left arm, laid at an angle, bent, or folded away, and flipped for the right one."""

from dataclasses import dataclass

import numpy as np

from tryon.read.flat import point_names as pn
from tryon.synth.drawn.measures import Body
from tryon.synth.drawn.shapes import Part, Sewn, arc, bent, closed, flip, line, turned, xy

_POINTS = {1: (pn.L_ELBOW, pn.L_WRIST, pn.L_CUFF), -1: (pn.R_ELBOW, pn.R_WRIST, pn.R_CUFF)}


@dataclass(frozen=True)
class Laid:
    """How one sleeve is cut and how it lies. Lengths in torso lengths, angles in radians below the horizontal."""

    length: float
    cuff: float
    """Half the width of its end."""
    angle: float
    bend: float = 0.0
    """At the elbow, positive towards the trunk."""
    over: bool = False
    """Over the trunk rather than under it."""
    away: bool = False
    """Folded behind the trunk."""
    band: float = 0.0
    """Length of a band or turn-up at its end."""


def random_laid(rng: np.random.Generator, body: Body, length: float, cuff: float) -> tuple[Laid, Laid]:
    """The right and the left sleeve of a garment."""
    longs = length > 0.7 * body.arm
    angle = np.radians(rng.uniform(35, 92) if longs and rng.random() < 0.75 else rng.uniform(0, 60))
    band = 0.0 if rng.random() < 0.4 else rng.uniform(0.04, 0.14 if longs else 0.07)
    over = bool(rng.random() < 0.4)
    crossed, folded = rng.random() < 0.07 and longs, rng.random() < 0.07
    bends = longs and rng.random() < 0.35
    sleeves = []
    for _ in range(2):
        lies = angle + np.radians(rng.normal(0, 6))
        if crossed and rng.random() < 0.8:
            lies = np.radians(rng.uniform(95, 140))
        sleeves.append(
            Laid(
                length=length * rng.uniform(0.96, 1.04),
                cuff=cuff * rng.uniform(0.9, 1.1),
                angle=float(max(lies, np.radians(-8))),
                bend=float(np.radians(rng.uniform(-30, 60) if rng.random() < 0.8 else rng.uniform(50, 110)))
                if bends and rng.random() < 0.7
                else 0.0,
                over=over or lies > 1.55,
                band=band,
            )
        )
    if folded:
        gone = int(rng.integers(2))
        sleeves[gone] = Laid(0, 0, 0, away=True)
    return sleeves[0], sleeves[1]


def sew_sleeve(
    rng: np.random.Generator, sewn: Sewn, body: Body, side: int, tip: np.ndarray, armpit: np.ndarray, laid: Laid
) -> Part | None:
    """One sleeve; its points, seams and creases go to ``sewn``.

    Args:
        rng: chooses small things.
        sewn: the garment.
        body: for which it is cut.
        side: -1 for the wearer's right, 1 for the left.
        tip: upper end of the armhole, for the left side.
        armpit: its lower end.
        laid: how the sleeve lies.

    Returns:
        The part, or ``None`` for a sleeve that is folded away.
    """
    if laid.away:
        return None
    shoulder = xy(body.shoulder, 0.0)
    cut = min(laid.angle, np.radians(rng.uniform(36, 50)))  # steeper, the armhole folds and the sleeve turns about it
    along, across = xy(np.cos(cut), np.sin(cut)), xy(-np.sin(cut), np.cos(cut))
    end_top = tip + laid.length * along
    width = min(2 * laid.cuff, max(float((armpit - tip) @ across), 0.2) * (1.3 if laid.cuff > 0.18 else 0.95))
    end_bottom = end_top + width * across - rng.uniform(0, 0.04) * along
    reach = float((end_bottom - armpit) @ along)
    if reach < 0.03:  # a cap
        end_bottom = armpit + 0.03 * along
    puff = rng.uniform(0.0, 0.06) - (0.08 if rng.random() < 0.1 else 0)
    top = arc(tip, end_top, -puff, 24, lean=0.35)
    bottom = arc(armpit, end_bottom, rng.uniform(-0.02, 0.05), 24, lean=0.3)
    middle = (top + bottom) / 2
    cuff = (end_top + end_bottom) / 2
    away = np.linalg.norm(middle - shoulder, axis=1)
    reached = float(np.linalg.norm(cuff - shoulder))
    elbow_at = middle[np.argmin(np.abs(away - body.upper_arm))]
    wrist_at = middle[np.argmin(np.abs(away - body.arm))]
    bands = [line(end_top - laid.band * along, end_bottom - laid.band * along)] if laid.band else []
    seams = [*bands, arc(tip, armpit, rng.uniform(0.05, 0.15))]
    # The sleeve reaches under the trunk, whose armhole is hollow.
    under = arc(armpit - xy(0.03, 0), tip - xy(0.02, 0), -0.2, 12)
    stack = [closed(top, bottom[::-1], under), *seams, np.stack((elbow_at, wrist_at, cuff))]

    swing = laid.angle - cut
    stack = [turned(piece, tip, swing) for piece in stack]
    if laid.bend:
        center = stack[-1][0].copy()
        direction = xy(np.cos(laid.angle), np.sin(laid.angle))
        stack = [bent(piece, center, direction, laid.bend, 0.3) for piece in stack]
    outline, *lines, (elbow_at, wrist_at, cuff) = (flip(piece, side) for piece in stack)
    elbow, wrist, end = _POINTS[side]
    if reached >= body.upper_arm + 0.02:
        sewn.put(elbow, elbow_at)
        sewn.creases += [(elbow_at, rng.uniform(0, np.pi)) for _ in range(2)]
    if reached >= 0.95 * body.arm:
        sewn.put(wrist, wrist_at)
    sewn.put(end, cuff)
    sewn.seams += lines[: len(bands)] if swing > 0.02 else lines
    return Part(outline, turn=float(side * (np.pi / 2 - laid.angle)), shade=float(rng.uniform(0.92, 1.05)))
