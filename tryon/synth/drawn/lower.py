"""Skirts, shorts and trousers, sewn from measures."""

import numpy as np

from tryon.read.flat import point_names as pn
from tryon.synth.drawn.measures import Body
from tryon.synth.drawn.shapes import Part, Profile, Sewn, arc, bent, closed, flip, line, profile, xy

_WAISTS = {1: pn.L_WAIST, -1: pn.R_WAIST}
_HIPS = {1: (pn.L_HIP, pn.L_KNEE, pn.L_ANKLE, pn.L_HEM), -1: (pn.R_HIP, pn.R_KNEE, pn.R_ANKLE, pn.R_HEM)}


def _waistband(rng: np.random.Generator, sewn: Sewn, body: Body, half: float, top: float, width: Profile) -> float:
    """The band, the back of it seen above the front; returns how far the front's middle hangs below its ends."""
    dip = rng.uniform(0.0, 0.07)
    rise = rng.uniform(-0.03, 0.05)
    left, right = xy(half, top), xy(-half, top)
    if dip + rise > 0.015:
        back = arc(left, right, rise / (2 * half))
        front = arc(right, left, dip / (2 * half))
        sewn.parts.append(Part(closed(front, back) + xy(0, 0.006), inside=True, shade=float(rng.uniform(0.6, 0.95))))
    band = rng.uniform(0.06, 0.14)
    if rng.random() < 0.8:
        edge = width(top + band)
        sewn.seams.append(arc(xy(edge, top + band), xy(-edge, top + band), -dip / (2 * edge)))
        if rng.random() < 0.3:  # gathered
            sewn.creases += [(xy(x, top + band), np.pi / 2) for x in rng.uniform(-half, half, 12)]
    for side in (-1, 1):
        sewn.put(_WAISTS[side], flip(left, side))
    return dip


def sew_skirt(rng: np.random.Generator, body: Body) -> Sewn:
    """A skirt: tight, straight, A-line or full, of any length, sometimes longer behind."""
    sewn = Sewn("skirt")
    top = body.waistband - rng.uniform(-0.05, 0.25)
    hem = top + (rng.uniform(0.5, 1.1) if rng.random() < 0.7 else rng.uniform(1.1, 1.75))
    ease = rng.uniform(0.9, 1.2)
    half = body.flat(min(top, body.hip_depth)) * rng.uniform(0.75, 1.05)
    hips = max(body.flat(body.hip_depth) * ease, half)
    flare = rng.choice((rng.uniform(0.82, 1.05), rng.uniform(1.05, 1.45), rng.uniform(1.4, 2.3)))
    hips *= 1 + 0.25 * max(0.0, flare - 1)
    middle = top + max(0.18, body.hip_depth - top)
    width = profile((top, middle, hem), (half, hips, hips * (1 + (flare - 1) * min(1.0, 0.5 + hem - middle))))
    half = width(top)
    dip = _waistband(rng, sewn, body, half, top, width)
    lower = rng.uniform(0, 0.05) + 0.09 * max(0.0, flare - 1)
    ends = [flip(xy(width(hem), hem), side) for side in (1, -1)]
    bottom = arc(ends[0], ends[1], -lower / (2 * width(hem)), 40)
    if rng.random() < 0.12:  # longer behind
        drop = rng.uniform(0.15, 0.45)
        back = arc(ends[0], ends[1], -(lower + drop) / (2 * width(hem)), 40)
        sewn.parts.append(Part(closed(back, bottom[::-1] - xy(0, 0.01)), inside=True, shade=0.8))
    if rng.random() < 0.4:  # waves of the hem
        bottom[:, 1] += rng.uniform(0.004, 0.02) * np.sin(np.linspace(0, rng.uniform(15, 45), len(bottom)))
    front = arc(flip(xy(half, top), -1), xy(half, top), dip / (2 * half))
    outline = closed(front, width.edge(top, hem), bottom, flip(width.edge(top, hem), -1)[::-1])
    sewn.parts.append(Part(outline))
    for side in (-1, 1):
        hip, knee, ankle, corner = _HIPS[side]
        for point, depth in ((hip, body.hip_depth), (knee, body.knee_depth), (ankle, body.ankle_depth)):
            if hem >= depth - 0.03:
                depth = max(min(depth, hem), top)
                sewn.put(point, flip(xy(body.hip_joint * width(depth) / body.hips, depth), side))
        sewn.put(corner, flip(xy(width(hem), hem), side))
    tiers = int(rng.integers(2, 4)) if rng.random() < 0.15 else 1
    for tier in range(1, tiers + 1):
        y = top + (hem - top) * tier / tiers - rng.uniform(0.02, 0.07)
        sewn.seams.append(arc(xy(width(y), y), xy(-width(y), y), -lower / (2 * width(y))))
    folds = int(rng.integers(2, 12)) if flare > 1.05 else 2
    sewn.creases += [(xy(x, hem), -np.pi / 2 - x * 0.3) for x in rng.uniform(-hips, hips, folds)]
    if rng.random() < 0.2:
        sewn.seams.append(line(xy(0, top + dip), xy(rng.normal(0, 0.02), hem)))
    return sewn


def sew_trousers(rng: np.random.Generator, body: Body, short: bool) -> Sewn:
    """Trousers (straight, wide, tight or flared) or shorts."""
    sewn = Sewn("shorts" if short else "pants")
    top = body.waistband - (rng.uniform(-0.08, 0.1) if rng.random() < 0.7 else rng.uniform(0.1, 0.3))
    crotch = body.hip_depth + rng.uniform(0.18, 0.34)
    ease = rng.uniform(0.85, 1.3) * (1.05 if short else 1)
    half = body.flat(min(top, body.hip_depth)) * min(ease, 1.05) * rng.uniform(0.8, 1.05)
    hips = max(body.flat(body.hip_depth) * ease, half)
    length = (
        rng.uniform(0.08, 0.75)
        if short
        else rng.choice((rng.uniform(0.8, 1.15), rng.uniform(1.05, 1.35)), p=(0.25, 0.75))
    )
    spread = np.radians(rng.uniform(-2, 9) + (rng.uniform(0, 12) if rng.random() < 0.2 else 0))
    end = rng.choice(
        (rng.uniform(0.09, 0.14), rng.uniform(0.13, 0.2), rng.uniform(0.2, 0.36)), p=(0.4, 0.4, 0.2)
    ) if not short else 0.5 * hips * rng.uniform(0.82, 1.15)  # fmt: skip
    width = profile((top, body.hip_depth, crotch), (half, hips, hips * 1.02))
    half = width(top)
    dip = _waistband(rng, sewn, body, half, top, width)
    fork = xy(rng.normal(0, 0.01), crotch)
    legs = []
    for side in (-1, 1):
        leg = _sew_leg(
            rng, sewn, body, side, (top + dip, fork, length, end, spread + np.radians(rng.normal(0, 1.5))), width
        )
        legs.append(leg)
        sewn.put(
            _HIPS[side][0], flip(xy(body.hip_joint * width(body.hip_depth) / body.hips, max(body.hip_depth, top)), side)
        )
    sewn.parts += legs if rng.random() < 0.5 else legs[::-1]
    sewn.put(pn.CROTCH, fork)
    # The front seam and the fly.
    sewn.seams.append(line(xy(0, top + dip), fork))
    if rng.random() < 0.6:
        side = int(rng.choice((-1, 1)))
        sewn.seams.append(flip(arc(xy(0.08, top + dip + 0.08), xy(0.0, crotch - 0.1), 0.1), side))
        sewn.buttons.append(xy(0, top + dip + 0.05)[None])
    if rng.random() < 0.7:
        for side in (-1, 1):
            a, b = xy(half * 0.45, top + 0.09), xy(width(top + 0.3), top + 0.3)
            sewn.seams.append(flip(arc(a, b, rng.uniform(0.0, 0.2)), side))
    sewn.creases += [(fork, np.pi / 2 + side * rng.uniform(0.6, 2.2)) for side in (-1, 1) for _ in range(4)]
    return sewn


def _sew_leg(
    rng: np.random.Generator,
    sewn: Sewn,
    body: Body,
    side: int,
    shape: tuple[float, np.ndarray, float, float, float],
    width: Profile,
) -> Part:
    """A leg with its half of the seat, its points and seams; ``shape`` is top, fork, length, half of the end, angle."""
    top, fork, length, end, spread = shape
    crotch = fork[1]
    inner_start = fork * xy(side, 1)
    thigh = (width(crotch) - inner_start[0]) / 2
    start = xy(inner_start[0] + thigh, crotch)
    way = xy(np.sin(spread), np.cos(spread))
    across = xy(way[1], -way[0])
    hem = start + length * way
    knee_way = body.knee_depth - crotch
    at_knee = min(max(end * rng.uniform(0.95, 1.15), 0.125), thigh) if length > knee_way + 0.2 else None
    stations, halves = [0.0, length], [thigh, min(end, 1.25 * thigh)]
    if at_knee is not None:
        stations, halves = [0.0, knee_way, length], [thigh, at_knee, min(end, 1.25 * thigh)]
    along = np.linspace(0, length, 28)
    half = np.interp(along, stations, halves)
    if length > 0.4:
        half = np.convolve(np.pad(half, 3, mode="reflect", reflect_type="odd"), np.ones(7) / 7, mode="valid")
    outer, inner = (start + along[:, None] * way + s * half[:, None] * across for s in (1, -1))
    if length < 0.8:  # the openings of shorts are cut at a slant
        outer = outer - (along / length)[:, None] * xy(0, rng.uniform(-0.03, 0.12) * min(1.0, 2 * length))
    inner[0] = inner_start
    seat = width.edge(width.depths[0], crotch)
    lower = hem + 0.012 * way
    hem_line = np.stack((outer[-1], lower, inner[-1]))
    waist = line(xy(inner_start[0] * 0, top), xy(width(width.depths[0]), width.depths[0]))
    outline = closed(waist, seat[1:], outer[1:], hem_line, inner[::-1])
    knee = start + min(knee_way, length) * way
    ankle = start + min(body.ankle_depth - crotch, length - 0.02) * way
    marks = np.stack((knee, ankle, outer[-1]))
    seams = [np.stack((outer[-k], inner[-k])) for k in (2, 3)[: int(rng.integers(0, 3))]]
    stack = [outline, *seams, marks]
    if length > 0.9 and rng.random() < 0.12:
        turn = np.radians(rng.uniform(-25, 35))
        stack = [bent(piece, knee, way, turn, 0.3) for piece in stack]
    outline, *seams, marks = (flip(piece, side) for piece in stack)
    _, knee_point, ankle_point, corner = _HIPS[side]
    if length >= knee_way - 0.03:
        sewn.put(knee_point, marks[0])
        sewn.creases += [(marks[0], rng.uniform(0, np.pi)) for _ in range(3)]
    if length >= body.ankle_depth - crotch - 0.1:
        sewn.put(ankle_point, marks[1])
    sewn.put(corner, marks[2])
    sewn.seams += seams
    return Part(outline, turn=float(-side * spread), shade=float(rng.uniform(0.95, 1.05)))
