"""What decides on a change of pose: a person seen close by, and which of their arms can be brought elsewhere."""

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.geometry import segment_distance, to_complex
from tryon.body.limbs import bone_length
from tryon.body.proportions import FINGERS
from tryon.body.torso import ARMS
from tryon.core.frame import Frame
from tryon.core.labels import Label
from tryon.core.masks import grown, window_of
from tryon.read.arms import BARE, arm_area, limbs
from tryon.types import WORKING_SIDE, Person

_SMALLEST = 0.008  # squared torso lengths of a hand
_EMPTY = 0.15  # share of skin along a forearm that is no hand's
_FORESHORTENED, _OVERLONG = 0.6, 1.3  # of a forearm's length: one seen shorter cannot be unfolded, longer is wrong
_TOGETHER = 0.25  # torso lengths between wrists that may have been read at one and the same hand
_BEYOND = 0.05  # torso lengths around a hand in which a sleeve may end
_ANOTHER = 0.012  # squared torso lengths of skin beside a hand that are of the other one, which it touches
_TWO_HANDS = 0.06  # squared torso lengths of skin that two hands show


def figure(person: Person) -> tuple[np.ndarray, Body]:
    """Label map and body of a person, cut out with a margin and no larger than :data:`WORKING_SIDE`, to judge by."""
    body = person.body
    around = [body.keypoints[body.keypoints[:, 2] > 0, :2]]
    if person.parsing.any():
        rows, columns = window_of(person.parsing > 0)
        around.append(np.array(((columns.start, rows.start), (columns.stop, rows.stop))))
    places, size = np.concatenate(around), np.array(person.parsing.shape[::-1])
    x0, y0 = np.clip(np.floor(places.min(0) - body.unit), 0, size - 1).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(places.max(0) + body.unit), (x0 + 1, y0 + 1), size).astype(int).tolist()
    frame = Frame.of((x0, y0, x1, y1), WORKING_SIDE)
    return frame.cut(person.parsing, cv2.INTER_NEAREST_EXACT), Body(frame.points(body.keypoints), frame.size)


def seen_arms(person: Person) -> tuple[str, ...]:
    """Names of the arms that are seen well enough to be brought elsewhere.

    Elbow and wrist are known, the forearm is about as long as it should be, it is not cloth where the other one is
    bare, and at the wrist there is skin that is this arm's rather than the other one's. Of two wrists that were read at
    one hand, that with more of it counts. Hands together are seen both or not at all.

    """
    parsing, body = figure(person)
    points, unit = body.keypoints, body.unit
    skin = (parsing == Label.SKIN) & ~body.head & ~body.neck & ~body.legs
    found = _patches(skin, _SMALLEST * unit**2)
    known = {name: arm for name, arm in ARMS.items() if points[list(arm), 2].min() > 0}
    areas = {name: arm_area(parsing, body, name) for name in known}
    length = bone_length(points, "forearm")
    hands: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, arm in known.items():
        own = _at_the_wrist(body, known, areas, name)
        patch = max(found, key=lambda one: int((one & own).sum()), default=own & ~own)
        own &= patch
        forearm = np.linalg.norm(points[arm[2], :2] - points[arm[1], :2]) / length
        if own.sum() >= _SMALLEST * unit**2 and _FORESHORTENED < forearm < _OVERLONG:
            hands[name] = own, patch
    for name in [name for name in hands if _hidden_by_cloth(skin, body, name)]:
        del hands[name]
    if len(hands) == 2 and np.linalg.norm(np.subtract(*points[[sk.R_WRIST, sk.L_WRIST], :2])) < _TOGETHER * unit:
        (left, patch), (right, other) = hands["left_arm"], hands["right_arm"]
        if (patch & other).any() and patch.sum() < _TWO_HANDS * unit**2:
            del hands["left_arm" if left.sum() < right.sum() else "right_arm"]
    if len(hands) == 1:
        ((name, (_, patch)),) = hands.items()
        if (patch & ~np.any(limbs(body, ARMS[name]), 0)).sum() > _ANOTHER * unit**2:
            return ()  # the other hand is at this one and would be cut off
    return tuple(hands)


def _hidden_by_cloth(skin: np.ndarray, body: Body, name: str) -> bool:
    """Whether cloth is where the forearm should be, though the other forearm is bare: it is behind the body."""
    bare = {}
    for one, arm in ARMS.items():
        _, fore, hand = limbs(body, arm)
        fore &= ~grown(hand, _BEYOND * body.unit)
        bare[one] = float(skin[fore].mean()) if fore.any() else 0.0
    return bare.pop(name) < _EMPTY and max(bare.values()) > BARE


def _at_the_wrist(
    body: Body, arms: dict[str, tuple[int, int, int]], areas: dict[str, np.ndarray], name: str
) -> np.ndarray:
    """``(H, W)`` ``bool``: the area of an arm around its wrist, where the other arm is not nearer."""
    ys, xs = np.mgrid[: areas[name].shape[0], : areas[name].shape[1]]
    points = body.keypoints
    x, y = points[arms[name][2], :2]
    own = areas[name] & (np.hypot(xs - x, ys - y) < FINGERS * body.unit)
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
