"""Hands before the body whose arm was read as hanging beside it, found by the skin in the label map."""

import cv2
import numpy as np

from tryon.body.body import Body
from tryon.body.limbs import bone_length
from tryon.body.proportions import DECOLLETE
from tryon.body.torso import ARMS, BESIDE_HIPS, torso_outline
from tryon.core.labels import Label
from tryon.read.arms import arm_area

SMALLEST = 0.008  # squared torso lengths of a hand
EMPTY = 0.15  # share of skin along a forearm that is no hand's
_EXPLAINED = 0.4  # share of the skin that lies along an arm as it was read
_HAND = 0.16  # torso lengths from the wrist to the middle of the fingers
_FOUND = 0.4  # confidence of a wrist that was found so


def torso_mask(body: Body) -> np.ndarray:
    """``(H, W)`` ``bool``: between shoulders and a hand's breadth below the hips."""
    out, corners = np.zeros(body.size, np.uint8), torso_outline(body.keypoints, BESIDE_HIPS)
    cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
    return out > 0


def find_hands(keypoints: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """Key points with wrists, and elbows where need be, put to hands that the label map shows before the torso.

    A patch of skin below the neckline that lies along neither arm is a hand of the nearer arm whose own hand is not
    seen where its key points say. The elbow is kept where the forearm reaches from it, and else put where both bones
    meet, outside.

    Args:
        keypoints: ``(18, 3)``.
        parsing: ``(H, W)`` label map.

    Returns:
        ``(18, 3)``; the same array where nothing was found.
    """
    body = Body(keypoints, parsing.shape)
    points, unit = body.keypoints, body.unit
    skin = (parsing == Label.SKIN) & torso_mask(body) & (body.depth > DECOLLETE)
    hands = patches(skin, SMALLEST * unit**2)
    if not hands:
        return keypoints
    areas = {name: arm_area(parsing, body, name) for name in ARMS}
    free = [name for name in ARMS if _hand_unseen(parsing, body, areas[name], ARMS[name])]
    out = points.copy()
    for patch in hands:
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
        return keypoints
    found = keypoints.copy()
    for _, elbow, wrist in ARMS.values():
        changed = [i for i in (elbow, wrist) if (out[i] != points[i]).any()]
        found[changed] = out[changed]
    return found


def patches(mask: np.ndarray, smallest: float) -> list[np.ndarray]:
    """Connected parts, the largest first."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    order = sorted(range(1, len(stats)), key=lambda i: -stats[i, cv2.CC_STAT_AREA])
    return [labels == i for i in order if stats[i, cv2.CC_STAT_AREA] >= smallest]


def _root(points: np.ndarray, arm: tuple[int, int, int]) -> np.ndarray:
    """The elbow, or the shoulder where it is missing."""
    return points[arm[1] if points[arm[1], 2] > 0 else arm[0], :2]


def _hand_unseen(parsing: np.ndarray, body: Body, area: np.ndarray, arm: tuple[int, int, int]) -> bool:
    """Whether no skin is seen around the wrist as it was read."""
    wrist = body.keypoints[arm[2]]
    if wrist[2] <= 0:
        return True
    ys, xs = np.nonzero(area)
    near = np.hypot(xs - wrist[0], ys - wrist[1]) < 0.3 * body.unit
    return not near.any() or bool((parsing[ys[near], xs[near]] == Label.SKIN).mean() < EMPTY)


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
