"""Necklines, collars, straps and hoods of drawn garments."""

import numpy as np

from tryon.synth.drawn.measures import Body, Cut
from tryon.synth.drawn.shapes import Part, Sewn, arc, closed, corner, flip, line, xy

_HALF_WIDTHS = {
    "crew": (0.15, 0.2), "v": (0.14, 0.22), "scoop": (0.2, 0.28), "boat": (0.25, 0.32), "high": (0.13, 0.17),
    "hood": (0.14, 0.19), "collar": (0.13, 0.17), "lapels": (0.14, 0.19), "straps": (0.17, 0.26), "none": (0.2, 0.26),
}  # fmt: skip
_DEPTHS = {
    "crew": (0.06, 0.16), "v": (0.25, 0.6), "scoop": (0.2, 0.42), "boat": (0.02, 0.08), "high": (0.02, 0.07),
    "hood": (0.08, 0.2), "collar": (0.08, 0.25), "lapels": (0.45, 0.9), "straps": (0.3, 0.45), "none": (0.32, 0.42),
}  # fmt: skip
"""Of the throat below the collar."""


def random_neck(
    rng: np.random.Generator, body: Body, cut: Cut, neck: str, collar_depth: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """The end of the neckline and of the shoulder on the wearer's left, and the depth of the throat."""
    wide = body.shoulder / 0.295
    collar = xy(rng.uniform(*_HALF_WIDTHS[neck]) * wide, collar_depth)
    throat = collar_depth + rng.uniform(*_DEPTHS[neck])
    if neck == "none":
        top = throat - rng.uniform(-0.03, 0.06)
        return xy(collar[0], top), xy(collar[0] + 0.05, top), throat
    if cut.sleeve[1] > 0 or cut.kind == "outwear":
        out = body.shoulder * rng.uniform(1.12, 1.35) + (rng.uniform(0.04, 0.16) if rng.random() < 0.3 else 0)
        if cut.sleeve[1] == 0:
            out = body.shoulder * rng.uniform(1.05, 1.3)
        tip = max(out, collar[0] + 0.07)
    elif neck == "straps":
        tip = collar[0] + rng.uniform(0.015, 0.05)
    else:
        tip = collar[0] + rng.uniform(0.06, 0.17)
    return collar, xy(tip, collar_depth + rng.uniform(0.25, 0.42) * (tip - collar[0])), throat


def front_line(collar: np.ndarray, throat: float, neck: str) -> np.ndarray:
    """``(N, 2)``: the front neckline, from the right collar over the throat to the left one."""
    bottom = xy(0, throat)
    sides = []
    for side in (-1, 1):
        start = flip(collar, side)
        if neck in ("v", "lapels", "collar"):
            sides.append(corner(start, bottom, (start + bottom) / 2 + xy(side * 0.015, 0.01)))
        elif neck == "none":
            rise = 0.25 * (throat - collar[1])
            sides.append(corner(start, bottom, xy(start[0] * 0.5, collar[1] - abs(rise))))
        else:
            sides.append(corner(start, bottom, xy(start[0] * (0.98 if neck != "boat" else 0.6), throat)))
    return closed(sides[0], sides[1][::-1][1:])


def sew_neck(
    rng: np.random.Generator, sewn: Sewn, collar: np.ndarray, throat: float, neck: str
) -> tuple[list[Part], list[Part]]:
    """What lies behind the front (the back of the neck, a hood) and what lies on it (collars); seams to ``sewn``."""
    left, right = collar, flip(collar, -1)
    front = front_line(collar, throat, neck)
    behind: list[Part] = []
    above: list[Part] = []
    dip = rng.uniform(-0.02, 0.05) if neck not in ("straps",) else rng.uniform(0.25, 0.5)
    back = arc(left, right, -dip / (2 * collar[0]))
    if neck == "none":
        rise = rng.uniform(-0.04, 0.03)
        back = arc(left, right, rise)
    if neck == "hood":
        behind += _hood(rng, collar)
    else:
        # A little of it lies under the front, so that nothing shows between the two.
        behind.append(Part(closed(front, back) + xy(0, 0.012), inside=True, shade=float(rng.uniform(0.6, 0.95))))
        if dip > 0.03 and neck != "straps" and throat - collar[1] > 0.1:
            sewn.seams.append(back + xy(0, 0.03))
    if neck == "high":
        above += _high(rng, collar, throat)
    elif neck == "collar":
        above += _leaves(rng, collar, throat)
    elif neck == "lapels":
        above += _lapels(rng, collar, throat)
    elif neck in ("crew", "v", "scoop", "boat", "hood") and rng.random() < 0.7:
        sewn.seams.append(front + xy(0, rng.uniform(0.02, 0.06)))
    return behind, above


def _hood(rng: np.random.Generator, collar: np.ndarray) -> list[Part]:
    """A hood laid flat above the neck, its opening to the front, or hanging behind."""
    if rng.random() < 0.3:
        height, half = rng.uniform(0.06, 0.14), collar[0] * rng.uniform(1.1, 1.35)
    else:
        height, half = rng.uniform(0.38, 0.58), collar[0] * rng.uniform(1.2, 1.6)
    turn = np.linspace(np.pi, 0, 28)
    lean = rng.normal(0, 0.03)

    def dome(width: float, top: float) -> np.ndarray:
        x = np.cos(turn) * width * (1 + 0.15 * np.sin(turn) * (height > 0.3))
        return np.stack((x + lean * np.sin(turn), collar[1] + 0.1 - (top + 0.1) * np.sin(turn) ** 0.8), 1)

    outer = Part(closed(dome(half, height), line(xy(collar[0], 0.0), xy(-collar[0], 0.0))), shade=0.95)
    rim = rng.uniform(0.55, 0.85)
    inner = Part(dome(collar[0] * 1.0, height * rim), inside=True, shade=float(rng.uniform(0.5, 0.85)))
    bottom = Part(arc(xy(-collar[0], collar[1]), collar, 0.9, 20), inside=True, shade=inner.shade)
    return [outer, inner, bottom]


def _high(rng: np.random.Generator, collar: np.ndarray, throat: float) -> list[Part]:
    """A collar that stands."""
    height = rng.uniform(0.08, 0.22)
    narrow = rng.uniform(0.8, 1.0)
    left_top, right_top = xy(collar[0] * narrow, collar[1] - height), xy(-collar[0] * narrow, collar[1] - height)
    rim = rng.uniform(0.05, 0.16)
    front = arc(right_top, left_top, rim)
    base = arc(collar, flip(collar, -1), -(throat - collar[1]) / (4 * collar[0]))
    tube = Part(closed(front, line(left_top, collar)[1:], base, line(flip(collar, -1), right_top)), trim=True)
    inner = Part(closed(front, arc(left_top, right_top, rng.uniform(0.0, 0.08))), inside=True, shade=0.7)
    return [inner, tube]


def _leaves(rng: np.random.Generator, collar: np.ndarray, throat: float) -> list[Part]:
    """The two leaves of a shirt collar, and the stand between them."""
    rise, size, spread = rng.uniform(0.04, 0.1), rng.uniform(0.1, 0.2), rng.uniform(0.05, 0.17)
    parts = [
        Part(
            closed(
                arc(flip(collar, -1), collar, -rise / (2 * collar[0])), line(collar, xy(0, throat), flip(collar, -1))
            ),
            inside=True,
            shade=0.8,
        )
    ]
    if rng.random() < 0.7:  # the outer side of the collar, seen behind the neck
        band = rng.uniform(0.05, 0.09)
        top = arc(flip(collar, -1) + xy(0, 0.02), collar + xy(0, 0.02), -(rise + 0.02) / (2 * collar[0]))
        parts.append(Part(closed(top, (top + xy(0, band))[::-1]), trim=True, inside=True, shade=0.9))
    for side in (-1, 1):
        out = flip(collar, side) + xy(side * 0.03, 0.015)
        peak = xy(side * (collar[0] * 0.55 + spread * 0.6), throat + size * rng.uniform(0.8, 1.1))
        leaf = closed(
            corner(
                flip(collar, side) + xy(0, -rise * 0.6),
                xy(side * 0.012, throat),
                flip(collar, side) * 0.55 + xy(0, throat * 0.2),
            ),
            line(xy(side * 0.012, throat), peak),
            line(peak, out),
        )
        parts.append(Part(leaf, trim=True, turn=side * 0.6, shade=1.06))
    return parts


def _lapels(rng: np.random.Generator, collar: np.ndarray, throat: float) -> list[Part]:
    """Collar and lapels of a jacket."""
    parts, rise, wide = [], rng.uniform(0.03, 0.08), rng.uniform(0.1, 0.2)
    for side in (-1, 1):
        start, end = flip(collar, side) + xy(0, -rise), xy(side * 0.01, throat)
        notch = start + (end - start) * 0.35 + xy(side * wide, 0.02)
        upper = start + (end - start) * 0.1 + xy(side * wide * 0.6, 0.0)
        parts.append(Part(closed(line(start, end, notch, upper, start)), turn=side * 0.4, trim=True, shade=1.07))
    back = arc(flip(collar, -1) + xy(0, -rise), collar + xy(0, -rise), -0.03)
    parts.append(Part(closed(back, (back + xy(0, 0.06))[::-1]), trim=True, inside=True, shade=0.95))
    return parts
