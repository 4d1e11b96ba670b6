"""Garments of the upper body and dresses, sewn from measures and a cut."""

from dataclasses import dataclass

import numpy as np

from tryon.read.flat import point_names as pn
from tryon.synth.drawn import necks
from tryon.synth.drawn.measures import Body, Cut
from tryon.synth.drawn.shapes import Part, Profile, Sewn, arc, closed, flip, line, profile, xy
from tryon.synth.drawn.sleeves import random_laid, sew_sleeve

SIDES = (-1, 1)
COLLAR_DEPTH = -0.17
"""Where the neckline meets the shoulder line."""


@dataclass(frozen=True)
class Trunk:
    """Measures of the front, for the wearer's left, in torso lengths."""

    collar: np.ndarray
    tip: np.ndarray
    """Upper end of the armhole."""
    armpit: np.ndarray
    width: Profile
    """Half the width over the depth."""
    hem: float
    throat: float
    """Depth of the lowest point of the front neckline."""
    neck: str
    lower: float
    """How far the middle of the hem hangs below its corners."""

    def corner(self, side: int) -> np.ndarray:
        return flip(xy(self.width(self.hem), self.hem), side)

    def hem_line(self) -> np.ndarray:
        """From the left corner to the right one."""
        return arc(self.corner(1), self.corner(-1), -self.lower / (2 * self.width(self.hem)), 32)

    def side(self, side: int) -> np.ndarray:
        """The outline of one side from the collar to the corner of the hem."""
        hole = arc(self.tip, self.armpit, {"straps": 0.16, "none": 0.04}.get(self.neck, 0.1), 16, lean=0.6)
        shoulder = line(self.collar, self.tip)
        return flip(closed(shoulder, hole, self.width.edge(self.armpit[1], self.hem)), side)


def random_trunk(rng: np.random.Generator, body: Body, cut: Cut) -> Trunk:
    """Measures within the ranges of a cut."""
    ease, neck = rng.uniform(*cut.ease), str(rng.choice(cut.necks))
    hem = rng.uniform(*cut.hem) * body.hip_depth / 1.02
    pit = rng.uniform(0.3, 0.38) + 0.12 * max(0.0, ease - 1)
    chest = body.flat(0.3) * ease
    waist = body.flat(body.narrowest) * ease
    waist = chest + (waist - chest) * cut.fitted * rng.uniform(0.5, 1.2)
    hips = max(body.flat(body.hip_depth) * ease * (1 + (rng.uniform(*cut.flare) - 1) * 0.3), 0.9 * chest)
    flare = rng.uniform(*cut.flare)
    # In long garments the flare grows with the length.
    longer = max(0.0, hem - body.hip_depth)
    wide = hips * (flare if longer < 0.3 else 1 + (flare - 1) * min(1.0, 0.4 + longer))
    inner = [(d, w) for d, w in ((body.narrowest, waist), (body.hip_depth, hips)) if pit + 0.15 < d < hem - 0.12]
    collar, tip, throat = necks.random_neck(rng, body, cut, neck, COLLAR_DEPTH)
    depths, widths = zip((pit, chest), *inner, (hem, wide if inner else chest * flare), strict=True)
    armpit = xy(chest, pit)
    if neck == "none":
        collar, tip = xy(chest * 0.85, tip[1]), xy(chest * 0.9, tip[1] + 0.01)
        pit = tip[1] + 0.1
        armpit = xy(chest, pit)
    elif tip[0] > chest - 0.02:
        tip = xy(chest - 0.02, tip[1])
    lower = rng.uniform(-0.02, 0.06) + (rng.uniform(0.08, 0.2) if rng.random() < 0.15 else 0)
    if neck == "none":
        depths = (pit, *depths[1:])
    return Trunk(collar, tip, armpit, profile(depths, widths), hem, throat, neck, float(lower))


def sew_upper(rng: np.random.Generator, body: Body, cut: Cut) -> Sewn:
    """A random garment of a cut."""
    trunk, sewn = random_trunk(rng, body, cut), Sewn(cut.kind)
    front, front_parts = _front(rng, sewn, trunk, cut)
    length = rng.uniform(*cut.sleeve) * body.arm
    sleeves: list[tuple[Part, bool]] = []
    if length > 0.04 * body.arm:
        laid = random_laid(rng, body, length, rng.uniform(*cut.cuff))
        for side, how in zip(SIDES, laid, strict=True):
            part = sew_sleeve(rng, sewn, body, side, trunk.tip, trunk.armpit, how)
            if part is not None:
                sleeves.append((part, how.over))
    behind, above = necks.sew_neck(rng, sewn, trunk.collar, trunk.throat, trunk.neck)
    if front != "open":
        sewn.parts += behind
    else:
        sewn.parts += [part for part in behind if not part.inside or trunk.neck == "hood"]
        sewn.parts.append(_back(trunk))
    sewn.parts += [part for part, over in sleeves if not over]
    sewn.parts += front_parts
    sewn.parts += [part for part, over in sleeves if over]
    sewn.parts += above
    _mark(sewn, body, trunk, front)
    _details(rng, sewn, body, trunk, cut, front)
    return sewn


def _front(rng: np.random.Generator, sewn: Sewn, trunk: Trunk, cut: Cut) -> tuple[str, list[Part]]:
    """How the front is closed ("open" all the way, or "closed" from the throat down), and its parts."""
    if cut.front != "opened" or rng.random() < 0.6 or trunk.neck == "none":
        neckline = necks.front_line(trunk.collar, trunk.throat, trunk.neck)
        outline = closed(neckline, trunk.side(1), trunk.hem_line(), trunk.side(-1)[::-1])
        return "closed", [Part(outline)]
    parts = []
    top, bottom, off = rng.uniform(0.0, 0.15), rng.uniform(0.03, 0.35), rng.normal(0, 0.03)
    for side in SIDES:
        width = trunk.width(trunk.hem)
        corner, inner = trunk.corner(side), xy(off + side * min(bottom * rng.uniform(0.6, 1.2), 0.8 * width), trunk.hem)
        inner = inner + xy(0, trunk.lower * 0.7)
        breast = xy(off + side * top, max(trunk.throat, 0.1))
        start = flip(trunk.collar, side)
        edge = closed(line(start, breast), line(breast, inner)[1:])
        parts.append(
            Part(closed(edge, line(inner, corner), trunk.side(side)[::-1]), shade=float(rng.uniform(0.96, 1.03)))
        )
        sewn.seams.append(edge + xy(side * 0.03, 0))
    return "open", parts


def _back(trunk: Trunk) -> Part:
    """The lining of the back, seen between the fronts."""
    neckline = arc(flip(trunk.collar, -1), trunk.collar, 0.08)
    outline = closed(neckline, trunk.side(1), trunk.hem_line(), trunk.side(-1)[::-1])
    return Part(outline * np.array((0.94, 0.985)), inside=True, shade=0.8)


def _mark(sewn: Sewn, body: Body, trunk: Trunk, front: str) -> None:
    """The points of the trunk."""
    bare = trunk.neck == "none"
    if not bare:
        sewn.put(pn.NECK, xy(0, 0))
        if front == "closed":
            sewn.put(pn.THROAT, xy(0, trunk.throat))
    else:
        sewn.put(pn.THROAT, xy(0, trunk.throat))

    # The front cloth that a leg or a hip moves lies as far out as the cloth is wider than the body.
    def joint(depth: float) -> float:
        return body.hip_joint * trunk.width(depth) / body.hips

    for side, points in (
        (-1, (pn.R_SHOULDER, pn.R_COLLAR, pn.R_ARMPIT, pn.R_WAIST, pn.R_HIP, pn.R_KNEE, pn.R_ANKLE, pn.R_HEM)),
        (1, (pn.L_SHOULDER, pn.L_COLLAR, pn.L_ARMPIT, pn.L_WAIST, pn.L_HIP, pn.L_KNEE, pn.L_ANKLE, pn.L_HEM)),
    ):
        shoulder, collar, armpit, waist, hip, knee, ankle, hem = points
        if not bare:
            # A narrow shoulder ends before the joint.
            sewn.put(
                shoulder,
                flip(
                    xy(
                        min(body.shoulder, max(trunk.tip[0] - 0.02, 0.5 * (trunk.collar + trunk.tip)[0])),
                        max(0.0, trunk.tip[1] + 0.03),
                    ),
                    side,
                ),
            )
            sewn.put(collar, flip(trunk.collar, side))
        sewn.put(armpit, flip(trunk.armpit, side))
        if trunk.hem > body.narrowest + 0.03:
            sewn.put(waist, flip(xy(trunk.width(body.narrowest), body.narrowest), side))
        for point, depth in ((hip, body.hip_depth), (knee, body.knee_depth), (ankle, body.ankle_depth)):
            if trunk.hem >= depth - 0.03:
                sewn.put(point, flip(xy(joint(depth), min(depth, trunk.hem)), side))
        sewn.put(hem, trunk.corner(side))


def _details(rng: np.random.Generator, sewn: Sewn, body: Body, trunk: Trunk, cut: Cut, front: str) -> None:
    """Seams, buttons, bands, pockets and where wrinkles begin."""
    if rng.random() < 0.8:
        sewn.seams.append(trunk.hem_line() - xy(0, rng.uniform(0.02, 0.12)))
    buttoned = cut.front in ("buttoned", "polo") or (cut.front == "opened" and front == "closed")
    if buttoned:
        end = trunk.hem + trunk.lower * 0.5 if cut.front != "polo" else trunk.throat + rng.uniform(0.15, 0.35)
        half = rng.uniform(0.02, 0.05)
        sewn.seams += [line(xy(x, trunk.throat), xy(x, end)) for x in (-half, half)]
        if rng.random() < 0.8:
            number = int(rng.integers(4, 9)) if cut.front != "polo" else 3
            depths = np.linspace(trunk.throat + 0.05, end - 0.1, number)
            sewn.buttons.append(np.stack((np.zeros(number), depths), 1))
    if cut.kind == "dress" and rng.random() < 0.6:
        level = body.narrowest + rng.uniform(-0.15, 0.15)
        sewn.seams += [line(flip(xy(trunk.width(y), y), -1), xy(trunk.width(y), y)) for y in (level, level + 0.04)]
        sewn.creases += [(xy(x, level), np.pi / 2) for x in rng.uniform(-0.3, 0.3, 8)]
    pocket = rng.random()
    if pocket < 0.25:
        x, y, w, h = rng.uniform(0.12, 0.22), rng.uniform(0.25, 0.4), rng.uniform(0.07, 0.11), rng.uniform(0.15, 0.22)
        sewn.seams.append(
            line(xy(x - w, y), xy(x + w, y), xy(x + w, y + h), xy(x, y + h + 0.03), xy(x - w, y + h), xy(x - w, y))
        )
    elif pocket < 0.5 and cut.kind == "outwear" and trunk.hem > 0.95:
        y, w = min(body.hip_depth - 0.2, trunk.hem - 0.3), rng.uniform(0.1, 0.16)
        lean = rng.uniform(0, 0.1)
        sewn.seams += [flip(line(xy(0.22, y), xy(0.22 + w, y + lean)), side) for side in SIDES]
    for side in SIDES:
        at = flip(trunk.armpit, side)
        sewn.creases += [(at, np.pi / 2 + side * rng.uniform(0.1, 1.2)) for _ in range(3)]
        low = flip(xy(trunk.width(body.narrowest), min(body.narrowest, trunk.hem)), side)
        sewn.creases += [(low, np.pi / 2 + side * rng.uniform(0.9, 1.9)) for _ in range(2)]
    if trunk.hem > 1.4:
        sewn.creases += [(xy(x, trunk.hem), -np.pi / 2 + x * 0.4) for x in rng.uniform(-0.5, 0.5, 6)]
