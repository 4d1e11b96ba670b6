"""Arms as the skin in the label map tells: those before the body that were read as hanging beside it are found by it,
and those whose hand is not seen where they were read are told apart."""

from dataclasses import replace

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.geometry import segment_distance, to_complex
from tryon.body.poses import bone_length, torso_polygon
from tryon.body.torso import ARMS, complete_torso, torso_size
from tryon.body.zones import grown, zones
from tryon.core.labels import Label
from tryon.repose.arms import BARE, NECKLINE, arm_area, limbs
from tryon.types import Person

_SMALLEST = 0.008  # squared torso lengths of a hand
_EXPLAINED = 0.4  # share of the skin that lies along an arm as it was read
_HAND = 0.16  # torso lengths from the wrist to the middle of the fingers
_EMPTY = 0.15  # share of skin along a forearm that is no hand's
_FOUND = 0.4  # confidence of a wrist that was found so
_BESIDE_WRIST = 0.3  # torso lengths around the wrist where the hand is
_FORESHORTENED, _OVERLONG = 0.6, 1.3  # of a forearm's length: one seen shorter cannot be unfolded, longer is wrong
_TOGETHER = 0.25  # torso lengths between wrists that may have been read at one and the same hand
_BEYOND = 0.05  # torso lengths around a hand in which a sleeve may end
_ANOTHER = 0.012  # squared torso lengths of skin beside a hand that are of the other one, which it touches
_TWO_HANDS = 0.06  # squared torso lengths of skin that two hands show


def torso_mask(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)`` ``bool``: between shoulders and a hand's breadth below the hips."""
    out, corners = np.zeros(size, np.uint8), torso_polygon(points)
    cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
    return out > 0


def find_hands(person: Person) -> Person:
    """The person with wrists, and elbows where need be, put to hands that the label map shows before the torso.

    A patch of skin below the neckline that lies along neither arm is a hand of the nearer arm whose own hand is not
    seen where its key points say. The elbow is kept where the forearm reaches from it, and else put where both bones
    meet, outside.
    """
    points, _ = complete_torso(person.keypoints)
    unit, size = torso_size(points), person.parsing.shape
    skin = (person.parsing == Label.SKIN) & torso_mask(points, size) & (zones(points, size, unit).depth > NECKLINE)
    areas = {name: arm_area(person.parsing, points, name) for name in ARMS}
    free = [name for name in ARMS if _hand_unseen(person.parsing, points, areas[name], ARMS[name])]
    out = points.copy()
    for patch in _patches(skin, _SMALLEST * unit**2):
        if not free:
            break
        if max((patch & area).sum() for area in areas.values()) > _EXPLAINED * patch.sum():
            continue
        ys, xs = np.nonzero(patch)
        z = np.stack((xs, ys), -1)
        name = min(free, key=lambda one: float(np.linalg.norm(z - _root(points, ARMS[one]), axis=1).min()))
        free.remove(name)
        _lay(out, ARMS[name], z, unit)
    if (out == points).all():
        return person
    keypoints = person.keypoints.copy()
    for _, elbow, wrist in ARMS.values():
        changed = [i for i in (elbow, wrist) if (out[i] != points[i]).any()]
        keypoints[changed] = out[changed]
    return replace(person, keypoints=keypoints)


def seen_arms(person: Person) -> tuple[str, ...]:
    """Names of the arms that are seen well enough to be brought elsewhere.

    Elbow and wrist are known, the forearm is about as long as it should be, it is not cloth where the other one is
    bare, and at the wrist there is skin that is this arm's rather than the other one's. Of two wrists that were read at
    one hand, that with more of it counts. Hands together are seen both or not at all.

    Args:
        person: as read, best after :func:`find_hands`.
    """
    points, _ = complete_torso(person.keypoints)
    unit, size = torso_size(points), person.parsing.shape
    body = zones(points, size, unit)
    skin = (person.parsing == Label.SKIN) & ~body.head & ~body.neck & ~body.legs
    patches = _patches(skin, _SMALLEST * unit**2)
    known = {name: arm for name, arm in ARMS.items() if points[list(arm), 2].min() > 0}
    areas = {name: arm_area(person.parsing, points, name) for name in known}
    length = bone_length(points, "forearm")
    hands: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, arm in known.items():
        own = _at_the_wrist(points, known, areas, name)
        patch = max(patches, key=lambda one: int((one & own).sum()), default=own & ~own)
        own &= patch
        forearm = np.linalg.norm(points[arm[2], :2] - points[arm[1], :2]) / length
        if own.sum() >= _SMALLEST * unit**2 and _FORESHORTENED < forearm < _OVERLONG:
            hands[name] = own, patch
    for name in [name for name in hands if _hidden_by_cloth(skin, points, name)]:
        del hands[name]
    if len(hands) == 2 and np.linalg.norm(np.subtract(*points[[sk.R_WRIST, sk.L_WRIST], :2])) < _TOGETHER * unit:
        (left, patch), (right, other) = hands["left_arm"], hands["right_arm"]
        if (patch & other).any() and patch.sum() < _TWO_HANDS * unit**2:
            del hands["left_arm" if left.sum() < right.sum() else "right_arm"]
    if len(hands) == 1:
        ((name, (_, patch)),) = hands.items()
        if (patch & ~np.any(limbs(points, ARMS[name], size), 0)).sum() > _ANOTHER * unit**2:
            return ()  # the other hand is at this one and would be cut off
    return tuple(hands)


def _hidden_by_cloth(skin: np.ndarray, points: np.ndarray, name: str) -> bool:
    """Whether cloth is where the forearm should be, though the other forearm is bare: it is behind the body."""
    bare = {}
    for one, arm in ARMS.items():
        _, fore, hand = limbs(points, arm, skin.shape)
        fore &= ~grown(hand, _BEYOND * torso_size(points))
        bare[one] = float(skin[fore].mean()) if fore.any() else 0.0
    return bare.pop(name) < _EMPTY and max(bare.values()) > BARE


def _at_the_wrist(
    points: np.ndarray, arms: dict[str, tuple[int, int, int]], areas: dict[str, np.ndarray], name: str
) -> np.ndarray:
    """``(H, W)`` ``bool``: the area of an arm around its wrist, where the other arm is not nearer."""
    ys, xs = np.mgrid[: areas[name].shape[0], : areas[name].shape[1]]
    x, y = points[arms[name][2], :2]
    own = areas[name] & (np.hypot(xs - x, ys - y) < _BESIDE_WRIST * torso_size(points))
    for other in arms.keys() - {name}:
        nearer = _distance(points, arms[name], xs, ys) < _distance(points, arms[other], xs, ys)
        own &= nearer | ~areas[other]
    return own


def _distance(points: np.ndarray, arm: tuple[int, int, int], xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """``(H, W)``: pixels to forearm and hand."""
    elbow, wrist = to_complex(points[[arm[1], arm[2]]])
    return segment_distance(xs + 1j * ys, elbow, wrist + 0.4 * (wrist - elbow))


def _patches(mask: np.ndarray, smallest: float) -> list[np.ndarray]:
    """Connected parts, the largest first."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = sorted(range(1, len(stats)), key=lambda i: -stats[i, cv2.CC_STAT_AREA])
    return [labels == i for i in order if stats[i, cv2.CC_STAT_AREA] >= smallest]


def _root(points: np.ndarray, arm: tuple[int, int, int]) -> np.ndarray:
    """The elbow, or the shoulder where it is missing."""
    return points[arm[1] if points[arm[1], 2] > 0 else arm[0], :2]


def _hand_unseen(parsing: np.ndarray, points: np.ndarray, area: np.ndarray, arm: tuple[int, int, int]) -> bool:
    """Whether no skin is seen around the wrist as it was read."""
    wrist = points[arm[2]]
    if wrist[2] <= 0:
        return True
    ys, xs = np.nonzero(area)
    near = np.hypot(xs - wrist[0], ys - wrist[1]) < 0.3 * torso_size(points)
    return not near.any() or bool((parsing[ys[near], xs[near]] == Label.SKIN).mean() < _EMPTY)


def _lay(points: np.ndarray, arm: tuple[int, int, int], patch: np.ndarray, unit: float) -> None:
    """Put wrist and elbow of an arm to a patch of skin ``(N, 2)``, in place."""
    shoulder, elbow, wrist = arm
    distances = np.linalg.norm(patch - _root(points, arm), axis=1)
    tip = patch[distances >= np.percentile(distances, 95)].mean(0)
    start = patch[distances <= np.percentile(distances, 5)].mean(0)
    way = tip - start
    hand = way * min(1.0, _HAND * unit / max(float(np.linalg.norm(way)), 1e-6))
    points[wrist] = (*(tip - hand), _FOUND)
    upper, fore = bone_length(points, "upper arm"), bone_length(points, "forearm")
    if points[elbow, 2] > 0 and np.linalg.norm(points[wrist, :2] - points[elbow, :2]) < 1.15 * fore:
        return
    reach = points[wrist, :2] - points[shoulder, :2]
    distance = float(np.clip(np.linalg.norm(reach), 0.3 * upper, 0.98 * (upper + fore)))
    reach = reach / max(float(np.linalg.norm(reach)), 1e-6)
    cosine = np.clip((upper**2 + distance**2 - fore**2) / (2 * upper * distance), -1, 1)
    across = np.array((-reach[1], reach[0])) * np.sqrt(1 - cosine**2)
    choices = [points[shoulder, :2] + upper * (cosine * reach + side * across) for side in (-1, 1)]
    middle = points[[8, 11], :2].mean(0)
    points[elbow] = (*max(choices, key=lambda place: float(np.linalg.norm(place - middle) + place[1])), _FOUND)
