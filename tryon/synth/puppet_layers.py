"""Cut the person of a photo into the layers of a puppet, and fill what lies behind them."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from appearance_flow.parts import garment_parts
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.geometry import polygon_distance, segment_distance, to_complex
from tryon.body.stance import facing, seated
from tryon.body.torso import ARMS, LEGS, complete_torso, torso_size
from tryon.core.errors import PersonNotFoundError
from tryon.core.fill import continue_texture
from tryon.core.labels import Label, mask_of
from tryon.types import PersonSample

BODY, RIGHT_LEG, LEFT_LEG, RIGHT_ARM, LEFT_ARM = SHEETS = range(5)
ARM_OF = {RIGHT_ARM: ARMS["right_arm"], LEFT_ARM: ARMS["left_arm"]}
LEG_OF = {RIGHT_LEG: LEGS["right_leg"], LEFT_LEG: LEGS["left_leg"]}

# In torso lengths.
_FOREARM_RADIUS, _UPPER_ARM_RADIUS, _LEG_RADIUS = 0.14, 0.13, 0.2
_HAND = 0.45  # of the forearm, beyond the wrist
_UNDERLAP = 0.06  # how far the body reaches behind an arm beside it
_UNDERLAP_OF_HANDS = 0.02  # below the hips
_COARSE = 0.06  # how far labels may be off
_SHOULDER = 0.2  # what lies nearer to the shoulder moves with the body and the arm
_CROTCH = 0.12  # below the hips
_CERTAIN = 0.5  # confidence of joints that are moved
_SMALLEST = 16  # pixels of a torso that can be cut

_SLEEVES = (Label.UPPER, Label.OUTER, Label.DRESS)
_LEG_LABELS = (Label.PANTS, Label.SKIN, Label.LEGWEAR, Label.SHOES)


class CannotCut(Exception):
    """Why a photo makes no puppet, in a few words by which such photos are counted."""


@dataclass(frozen=True, eq=False, slots=True)
class Cutting:
    """The layers of a person. Arrays are in the frame of the photo."""

    owner: np.ndarray
    """``(H, W)`` ``int8``: the sheet that each pixel of the person belongs to, -1 for the background."""
    masks: np.ndarray
    """``(5, H, W)`` ``bool``: what each sheet shows when it is drawn: its own pixels, what it has been given behind the
    arms, and a little of the sheets that it is attached to, so that no seam opens."""
    behind: np.ndarray
    """``(5, H, W)`` ``bool``: the part of ``masks`` that is made up."""
    attached: np.ndarray
    """``(5, H, W)`` ``bool``: where a sheet and the body move as one."""
    movable: tuple[int, ...]
    """The arms that can be moved; another arm is part of the body."""
    joints: np.ndarray
    """``(18,)`` complex, with a completed torso."""
    known: np.ndarray
    """``(18,)`` ``bool``."""
    unit: float
    """Length of the torso in pixels."""
    picture: np.ndarray
    """``(H, W, 3)``: the photo with the made-up parts of the body."""
    labels: np.ndarray
    """``(H, W)``: the label map to it."""
    background: np.ndarray
    """``(H, W, 3)``: the photo without its person."""


def cut(sample: PersonSample) -> Cutting:
    """Cut a labeled person into layers.

    Raises:
        CannotCut: the person is tiny, stands turned or sits, or the arms are hidden, lie over the body or are not
            where the key points say.
    """
    points, parsing = sample.keypoints, sample.parsing
    check_stance(sample)
    assert parsing is not None
    completed, _ = complete_torso(points)
    joints, unit = to_complex(completed), torso_size(completed)
    if unit < _SMALLEST:
        raise CannotCut("too small")
    person = parsing > 0
    arms = _arm_masks(parsing, points, completed, unit)
    movable = _movable(arms, parsing, joints, points[:, 2], unit)
    owner = np.where(person, BODY, -1).astype(np.int8)
    _give_legs(owner, parsing, joints, points[:, 2] > 0, unit)
    for sheet in movable:
        owner[arms[sheet]] = sheet
    behind, source = _behind_arms(owner, joints, unit)
    labels, picture = parsing.copy(), sample.image
    hidden = np.asarray(behind.any(0))
    if hidden.any():
        labels[hidden] = parsing.reshape(-1)[source[hidden]]
        body = (owner >= 0) & (owner < RIGHT_ARM)
        # Labels are coarse at borders: what lies close to an arm may still show the arm.
        body &= ~_grown(owner >= RIGHT_ARM, _COARSE * unit)
        picture = continue_texture(sample.image, hidden, body)
    return Cutting(
        owner, _drawn(owner, behind, joints, unit), behind, _attached(owner, joints, unit), movable, joints,
        points[:, 2] > 0, unit, picture, labels, _without_person(sample.image, person, unit),
    )  # fmt: skip


def check_stance(sample: PersonSample) -> None:
    """What can be told of a photo without cutting it.

    Raises:
        CannotCut: see :func:`cut`.
    """
    if sample.parsing is None or not sample.parsing.any():
        raise CannotCut("no labels")
    points = sample.keypoints
    if points[[sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP], 2].min() < _CERTAIN:
        raise CannotCut("shoulders or hips hidden")
    if facing(points) != "front":
        raise CannotCut("not seen from the front")
    if seated(points):
        raise CannotCut("seated")


def _arm_masks(parsing: np.ndarray, points: np.ndarray, completed: np.ndarray, unit: float) -> dict[int, np.ndarray]:
    """``(H, W)`` ``bool`` of each arm: its sleeve, its bare skin and its hand."""
    skin = mask_of(parsing, Label.SKIN, Label.ACCESSORY)
    cloth = mask_of(parsing, *_SLEEVES)
    try:
        parts = (
            garment_parts(cloth, Body(points, cloth.shape), "torso", mask_of(parsing, Label.SKIN))
            if cloth.any()
            else {}
        )
    except PersonNotFoundError as error:
        raise CannotCut("shoulders or hips hidden") from error
    joints = to_complex(completed)
    rows, columns = np.nonzero(skin)
    pixels = columns + 1j * rows
    torso = polygon_distance(pixels, joints[[sk.R_SHOULDER, sk.L_SHOULDER, sk.L_HIP, sk.R_HIP]]) / unit
    above = (pixels.imag < joints[sk.NECK].imag) & (torso > 0)  # a face near a raised shoulder is no arm
    distances = {}
    for sheet, (shoulder, elbow, wrist) in ARM_OF.items():
        hand = joints[wrist] + _HAND * (joints[wrist] - joints[elbow])
        upper = segment_distance(pixels, joints[shoulder], joints[elbow]) / _UPPER_ARM_RADIUS
        upper[above | (torso == 0)] = np.inf
        fore = segment_distance(pixels, joints[elbow], hand) / _FOREARM_RADIUS
        distances[sheet] = np.minimum(upper, fore) / unit
    legs = np.full(len(pixels), np.inf)
    for hip, knee, _ in LEG_OF.values():
        if points[knee, 2] > 0:
            legs = np.minimum(legs, segment_distance(pixels, joints[hip], joints[knee]) / (_LEG_RADIUS * unit))
    arms = {}
    for sheet, other in ((RIGHT_ARM, LEFT_ARM), (LEFT_ARM, RIGHT_ARM)):
        near = (distances[sheet] < 1) & (distances[sheet] < distances[other]) & (distances[sheet] < legs)
        arms[sheet] = np.zeros(parsing.shape, bool)
        arms[sheet][rows[near], columns[near]] = True
        sleeve = parts.get("right_arm" if sheet == RIGHT_ARM else "left_arm")
        if sleeve is not None:
            chain = joints[list(ARM_OF[sheet])]
            strays = _below_hem(sleeve, arms[sheet], chain) | _other_cloth(sleeve, parsing, chain, unit)
            arms[sheet] |= sleeve & ~strays
    return arms


def _below_hem(sleeve: np.ndarray, bare: np.ndarray, chain: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``bool``: cloth beside the bare part of an arm, which is not its sleeve but what hangs beside it."""
    along = []
    for mask in (bare, sleeve):
        rows, columns = np.nonzero(mask)
        pixels = columns + 1j * rows
        share = [((pixels - a) / (b - a)).real if a != b else np.zeros(len(pixels)) for a, b in pairwise(chain)]
        upper, fore = (segment_distance(pixels, a, b) for a, b in pairwise(chain))
        along.append(np.where(upper < fore, np.clip(share[0], 0, 1), 1 + share[1]))
    below = np.zeros(sleeve.shape, bool)
    if len(along[0]):
        below[rows, columns] = along[1] > np.percentile(along[0], 10) + 0.1
    return below


def _other_cloth(sleeve: np.ndarray, parsing: np.ndarray, chain: np.ndarray, unit: float) -> np.ndarray:
    """``(H, W)`` ``bool``: what is of another class than the sleeve and lies off the bones, as a vest in a coat."""
    rows, columns = np.nonzero(sleeve)
    distance = np.min([segment_distance(columns + 1j * rows, a, b) for a, b in pairwise(chain)], axis=0) / unit
    labels = parsing[rows, columns]
    on_bones = labels[distance < 0.05]
    other = np.zeros(sleeve.shape, bool)
    if len(on_bones):
        other[rows, columns] = (labels != np.bincount(on_bones).argmax()) & (distance > 0.07)
    return other


def _movable(
    arms: dict[int, np.ndarray], parsing: np.ndarray, joints: np.ndarray, confidence: np.ndarray, unit: float
) -> tuple[int, ...]:
    """The arms that can be cut out.

    Raises:
        CannotCut: there is none, or an arm hides the body.
    """
    core = joints[[sk.R_SHOULDER, sk.L_SHOULDER, sk.L_HIP, sk.R_HIP]]
    core[2:] += 0.25 * (core[2:].mean() - joints[sk.NECK])  # hands are also folded below the hips
    core = core.mean() + 0.75 * (core - core.mean())
    movable, reasons = [], []
    bag, skin = mask_of(parsing, Label.BAG), mask_of(parsing, Label.SKIN)
    rows, columns = np.nonzero(bag)
    bag_pixels = columns + 1j * rows
    for sheet, indices in ARM_OF.items():
        if confidence[list(indices)].min() < _CERTAIN:
            reasons.append("arm hidden")
            continue
        shoulder, elbow, wrist = joints[list(indices)]
        share = np.linspace(0.35, 1, 9)
        line = np.concatenate((shoulder + share * (elbow - shoulder), elbow + share * (wrist - elbow)))
        palm = wrist + 0.5 * _HAND * share * (wrist - elbow)
        if (polygon_distance(np.concatenate((line, palm)), core) == 0).any():
            raise CannotCut("arm over the body")
        if abs(elbow - shoulder) < 0.3 * unit or abs(wrist - elbow) < 0.25 * unit:
            reasons.append("arm foreshortened")
            continue
        wide = cv2.dilate(arms[sheet].astype(np.uint8), np.ones((3, 3), np.uint8))
        x, y = np.rint(line.real).astype(int), np.rint(line.imag).astype(int)
        inside = (x >= 0) & (y >= 0) & (x < wide.shape[1]) & (y < wide.shape[0])
        if not inside.all() or wide[y, x].mean() < 0.75:
            reasons.append("arm not on its labels")
            continue
        hand = wrist + _HAND * (wrist - elbow)
        if _near(skin, 0.5 * (wrist + hand), 0.17 * unit) < 0.008 * unit * unit:
            reasons.append("hand hidden")
            continue
        held = np.minimum(segment_distance(bag_pixels, elbow, hand), segment_distance(bag_pixels, shoulder, elbow))
        if (held < 0.12 * unit).sum() > 0.02 * unit * unit:
            reasons.append("arm with a bag")
            continue
        movable.append(sheet)
    if not movable:
        raise CannotCut(reasons[0])
    return tuple(movable)


def _near(mask: np.ndarray, point: complex, radius: float) -> int:
    """How many pixels of a mask lie near a point."""
    return int((mask & (_distances(mask.shape, point) < radius)).sum())


def _give_legs(owner: np.ndarray, parsing: np.ndarray, joints: np.ndarray, known: np.ndarray, unit: float) -> None:
    """Give what the legs wear, from below the crotch on, to the sheet of the nearer leg."""
    if not known[[sk.R_KNEE, sk.L_KNEE]].all():
        return
    legs = mask_of(parsing, *_LEG_LABELS) & (owner == BODY)
    rows, columns = np.nonzero(legs)
    pixels = columns + 1j * rows
    hips = 0.5 * (joints[sk.R_HIP] + joints[sk.L_HIP])
    down = (hips - joints[sk.NECK]) / abs(hips - joints[sk.NECK])
    below = ((pixels - hips) * down.conjugate()).real > _CROTCH * unit
    distances = []
    for hip, knee, ankle in LEG_OF.values():
        distance = segment_distance(pixels, joints[hip], joints[knee])
        if known[ankle]:
            distance = np.minimum(distance, segment_distance(pixels, joints[knee], joints[ankle]))
        distances.append(distance)
    near = np.minimum(*distances) < 0.45 * unit
    sheet = np.where(distances[0] <= distances[1], RIGHT_LEG, LEFT_LEG)
    chosen = below & near
    owner[rows[chosen], columns[chosen]] = sheet[chosen]


def _behind_arms(owner: np.ndarray, joints: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """The parts ``(5, H, W)`` of body and legs that the arms hide, and for each pixel the index of the nearest seen.

    Pixels of the body right beside an arm count as hidden, but not around the shoulders, where nothing opens.
    """
    arms = owner >= RIGHT_ARM
    seen = (owner >= 0) & ~arms
    # Between parts of the body on two sides there is body; beside it, as much as an arm may hide.
    closed = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_CLOSE, _disk(0.1 * unit)) > 0
    distance, nearest = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    where = np.flatnonzero(seen)
    order = np.zeros(nearest.max() + 1, int)
    order[nearest.reshape(-1)[where]] = where
    source = order[nearest]
    hips = max(joints[sk.R_HIP].imag, joints[sk.L_HIP].imag)
    reach = np.where(np.arange(len(owner)) < hips, _UNDERLAP, _UNDERLAP_OF_HANDS) * unit
    hidden = arms & (closed | (distance < reach[:, None])) & ~_shoulders(owner, joints, unit)
    beside = seen & _grown(arms, 0.5 * _COARSE * unit)
    for sheet, (shoulder, _, _) in ARM_OF.items():
        if (owner == sheet).any():
            beside &= _distances(owner.shape, joints[shoulder]) > 1.3 * _SHOULDER * unit
    sheets = owner.reshape(-1)[source]
    return np.stack([(hidden | beside) & (sheets == number) for number in SHEETS]), source


def _shoulders(owner: np.ndarray, joints: np.ndarray, unit: float) -> np.ndarray:
    """``(H, W)`` ``bool``: pixels of the arms that body and arm draw alike, so that no seam shows between them."""
    inner = np.zeros(owner.shape, bool)
    for sheet, (shoulder, _, _) in ARM_OF.items():
        inner |= (owner == sheet) & (_distances(owner.shape, joints[shoulder]) < 0.8 * _SHOULDER * unit)
    return inner


def _drawn(owner: np.ndarray, behind: np.ndarray, joints: np.ndarray, unit: float) -> np.ndarray:
    masks = np.stack([owner == sheet for sheet in SHEETS]) | behind
    masks[BODY] |= _shoulders(owner, joints, unit)
    lower = (owner >= BODY) & (owner <= LEFT_LEG)
    for sheet in (BODY, RIGHT_LEG, LEFT_LEG):
        masks[sheet] |= _grown(masks[sheet], max(2, 0.03 * unit)) & lower
    return masks


def _attached(owner: np.ndarray, joints: np.ndarray, unit: float) -> np.ndarray:
    """Arms hang on the body at the shoulders; legs wherever they come out of what the body wears."""
    attached = np.zeros((len(SHEETS), *owner.shape), bool)
    for sheet, (shoulder, _, _) in ARM_OF.items():
        attached[sheet] = _distances(owner.shape, joints[shoulder]) < _SHOULDER * unit
    attached[list(LEG_OF)] = _grown(owner == BODY, 0.06 * unit)
    return attached


def _without_person(image: np.ndarray, person: np.ndarray, unit: float) -> np.ndarray:
    """The background alone: labels are coarse at borders, and a rest of the person would betray the target."""
    hole = _grown(person, max(2, _COARSE * unit))
    return continue_texture(image, hole, ~hole)


def _disk(radius: float) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(radius) + 1,) * 2)


def _grown(mask: np.ndarray, radius: float) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), _disk(radius)) > 0


def _distances(size: tuple[int, int], point: complex) -> np.ndarray:
    """``(H, W)``: the distance of each pixel from a point."""
    return np.abs(np.arange(size[1]) + 1j * np.arange(size[0])[:, None] - point)
