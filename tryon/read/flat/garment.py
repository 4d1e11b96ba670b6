"""A garment without a wearer as a posed garment: with the key points and the label map of somebody who wears it."""

from dataclasses import replace
from typing import cast

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.proportions import BONES, SHOULDER_WIDTH, WAISTBAND
from tryon.body.torso import garment_torso
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.outfit import CATEGORIES
from tryon.read.flat import point_names as at
from tryon.read.flat.kinds import KINDS, Kind
from tryon.types import Category, Garment, Person

_GUESSED = 0.3  # confidence of joints that the garment does not reach
_SLEEVED = 0.41  # confidence of the surer cuff from which a garment has sleeves: on vests the network guesses both
_LIKELY = 0.1  # of the kinds of a category together, from which a photo may show one of them
# Torso lengths by which people mark shoulders farther up in photos, and hips farther down, than the joints of a
# rendered skeleton lie, from which the point network has learned.
_HIGHER, _LOWER = 0.05, 0.03
_ARMS = (
    (sk.R_SHOULDER, sk.R_ELBOW, sk.R_WRIST, at.R_CUFF),
    (sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST, at.L_CUFF),
)
_SLEEVES = (
    (at.R_SHOULDER, at.R_ELBOW, at.R_WRIST, at.R_CUFF, at.R_ARMPIT),
    (at.L_SHOULDER, at.L_ELBOW, at.L_WRIST, at.L_CUFF, at.L_ARMPIT),
)
# An open coat comes with what hangs in it, and long coats and tops look like dresses: what is asked for is believed
# within the same half of the body.
_HALVES: dict[str, tuple[Category, ...]] = {
    "upper": ("upper", "outer"), "outer": ("outer", "upper"), "dress": ("dress", "upper", "outer"), "lower": ("lower",),
}  # fmt: skip


def likely_kind(kinds: np.ndarray, category: str) -> tuple[Kind, Category]:
    """The kind of a garment that nobody wears, and the category as which it is put on.

    Args:
        kinds: ``(8,)`` probabilities of :data:`tryon.read.flat.kinds.KINDS`.
        category: one of :data:`tryon.outfit.CATEGORIES`; ``auto`` and ``outfit`` take whatever it is.

    Raises:
        ConfigError: an unknown category.
        GarmentNotFoundError: the photo shows a garment of the other half of the body.
    """
    if category not in CATEGORIES:
        raise ConfigError(f"the category {category!r} is unknown; choose one of {', '.join(CATEGORIES)}")
    best = KINDS[int(np.argmax(kinds))]
    if category in ("auto", "outfit"):
        return best, best.category
    if (category == "lower") != (best.category == "lower"):
        raise GarmentNotFoundError(
            f"the garment photo shows {_article(best.name)} that nobody wears; choose --category auto or "
            f"{best.category}, or another photo"
        )
    asked = cast(Category, category)
    fitting = {one: np.array([kind.category == one for kind in KINDS]) for one in _HALVES[category]}
    likely = (one for one, kinds_of in fitting.items() if kinds[kinds_of].sum() >= _LIKELY)
    # Who asks for a coat or a top where a dress is seen knows better: it may be a long one.
    return KINDS[int(np.argmax(np.where(fitting[next(likely, asked)], kinds, -1)))], asked


def kinds_with_points(kinds: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What is left of the kinds of a garment when its points are known: without shoulders and armpits it is no top.

    Args:
        kinds: ``(8,)`` probabilities of :data:`tryon.read.flat.kinds.KINDS`.
        points: ``(25, 3)`` as in :mod:`tryon.read.flat.point_names`.

    Returns:
        ``(8,)`` probabilities.
    """
    if points[[at.R_SHOULDER, at.L_SHOULDER, at.R_ARMPIT, at.L_ARMPIT], 2].max() >= at.PRESENT:
        return kinds
    lower = np.where([kind.category == "lower" for kind in KINDS], kinds, 0)
    return (lower / lower.sum()).astype(np.float32) if lower.sum() > 0 else kinds


def take_flat(lying: Person, category: str) -> Garment:
    """The garment that lies or hangs in a photo.

    Args:
        lying: from :meth:`tryon.read.flat.read.FlatReader.read`.
        category: as in :meth:`tryon.pipeline.TryOn.read_garment`.

    Raises:
        ConfigError, GarmentNotFoundError: as :func:`likely_kind`.
    """
    assert lying.kinds is not None
    kind, chosen = likely_kind(lying.kinds, category)
    parsing = np.where(lying.parsing > 0, np.uint8(kind.label), np.uint8(0))
    return Garment(replace(lying, parsing=parsing), chosen, (int(kind.label),), lying.warnings)


def wearer_points(points: np.ndarray, kind: Kind) -> np.ndarray:
    """The key points of somebody who would wear a garment just as it lies.

    Args:
        points: ``(25, 3)`` as in :mod:`tryon.read.flat.point_names`.
        kind: of the garment.

    Returns:
        ``(18, 3)`` ``float32`` with neck, shoulders and hips; elbows and knees where the garment has sleeves and legs.
        What lies beyond its cloth is put where a body of usual proportions has it.

    Raises:
        GarmentNotFoundError: too few points are seen to place it on a body.
    """
    seen = _without_armholes(np.where(points[:, 2:] >= at.PRESENT, points, 0).astype(np.float64))
    out = np.zeros((sk.NUM_KEYPOINTS, 3))
    out[1:14] = seen[at.JOINTS]
    if kind.category == "lower":
        out[sk.NECK : sk.L_WRIST + 1] = 0
        _add_neck(out, seen)
    elif max(out[[sk.R_SHOULDER, sk.L_SHOULDER], 2]) <= 0:
        _add_shoulders(out, seen)
    out = garment_torso(out).astype(np.float64)
    if kind.category != "lower":
        _add_arms(out, seen)
    _as_people_mark(out)
    return out.astype(np.float32)


def _without_armholes(seen: np.ndarray) -> np.ndarray:
    """The points without elbows, wrists and cuffs where there are no sleeves: the network is unsure of both cuffs, or
    both lie within armholes, no farther from the shoulder and no farther out than the armpit."""
    across = seen[at.L_ARMPIT, :2] - seen[at.R_ARMPIT, :2]
    within = []
    for (shoulder, _, _, cuff, pit), outward in zip(_SLEEVES, (-across, across), strict=True):
        from_shoulder = np.linalg.norm(seen[[cuff, pit], :2] - seen[shoulder, :2], axis=1)
        known = seen[[shoulder, at.R_ARMPIT, at.L_ARMPIT], 2].min() > 0
        inside = from_shoulder[0] < from_shoulder[1] and (seen[cuff, :2] - seen[pit, :2]) @ outward <= 0
        within.append(seen[cuff, 2] <= 0 or (known and inside))
    if seen[[at.R_CUFF, at.L_CUFF], 2].max() >= _SLEEVED and not all(within):
        return seen
    bare = seen.copy()
    bare[[point for sleeve in _SLEEVES for point in sleeve[1:4]]] = 0
    return bare


def _add_neck(out: np.ndarray, seen: np.ndarray) -> None:
    """The neck above a waistband, whose width tells how long the torso is, where no leg does."""
    hips, band = out[[sk.R_HIP, sk.L_HIP]], seen[[at.R_WAIST, at.L_WAIST]]
    legs = out[[sk.R_KNEE, sk.L_KNEE, sk.R_ANKLE, sk.L_ANKLE], 2].reshape(2, 2).min(1)
    if min(hips[:, 2].min(), band[:, 2].min()) <= 0 or legs.max() > 0:
        return
    across = band[1, :2] - band[0, :2]
    up = np.array((across[1], -across[0])) / WAISTBAND
    out[sk.NECK] = (*(hips[:, :2].mean(0) + up), _GUESSED)


def _add_shoulders(out: np.ndarray, seen: np.ndarray) -> None:
    """Shoulders above the armpits of a garment that ends there."""
    pits = seen[[at.R_ARMPIT, at.L_ARMPIT]]
    if min(pits[:, 2]) <= 0:
        return
    across = pits[1, :2] - pits[0, :2]
    up = 0.3 * np.array((across[1], -across[0]))
    for joint, pit in ((sk.R_SHOULDER, 0), (sk.L_SHOULDER, 1)):
        out[joint] = (*(pits[pit, :2] + up), _GUESSED)


def _add_arms(out: np.ndarray, seen: np.ndarray) -> None:
    """Elbows and wrists along the sleeves, beyond their ends."""
    shoulders = out[[sk.R_SHOULDER, sk.L_SHOULDER], :2]
    unit = float(np.linalg.norm(shoulders[1] - shoulders[0])) / SHOULDER_WIDTH
    if min(out[[sk.R_HIP, sk.L_HIP], 2]) > 0:
        unit = max(unit, float(np.linalg.norm(out[[sk.R_HIP, sk.L_HIP], :2].mean(0) - shoulders.mean(0))))
    for shoulder, elbow, wrist, cuff in _ARMS:
        if out[shoulder, 2] <= 0 or seen[cuff, 2] <= 0:
            continue
        for start, end, bone in ((shoulder, elbow, "upper arm"), (elbow, wrist, "forearm")):
            if out[end, 2] > 0:
                continue
            # Beyond a short sleeve the arm goes straight on.
            straight = end == wrist and out[elbow, 2] == _GUESSED
            way = out[elbow, :2] - out[shoulder, :2] if straight else seen[cuff, :2] - out[start, :2]
            step = BONES[bone][1] * unit / max(float(np.linalg.norm(way)), 1e-6)
            out[end] = (*(out[start, :2] + step * way), _GUESSED)


def _as_people_mark(out: np.ndarray) -> None:
    """From the joints of a skeleton to what the pose network, which has learned from photos, says of who is dressed:
    with the one on the cloth and the other on the person, collars sit too high."""
    down = out[[sk.R_HIP, sk.L_HIP], :2].mean(0) - out[sk.NECK, :2]
    out[[sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER], :2] -= _HIGHER * down
    out[[sk.R_HIP, sk.L_HIP], :2] += _LOWER * down


def _article(name: str) -> str:
    return name if name in ("trousers", "shorts", "outerwear") else f"a {name}"
