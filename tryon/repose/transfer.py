"""Bring the person of a photo into another pose, and tell who needs it."""

import re
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from hpn.framing import cut, frame, to_frame
from hpn.inputs import alignment, pose_maps
from hpn.network import drawing
from tryon.body import skeleton as sk
from tryon.body.body import Body
from tryon.body.limbs import draw_line
from tryon.body.poses import MIN_POINTS, canonical_pose, check_visible, hangs_free
from tryon.body.proportions import DECOLLETE
from tryon.body.torso import ARMS, BESIDE_HIPS, LEGS, signed_width, torso_outline, torso_size
from tryon.core.checks import upside_down
from tryon.core.engine import Network
from tryon.core.errors import ConfigError, PersonNotFoundError
from tryon.core.fill import bleed
from tryon.core.frame import Frame
from tryon.core.labels import Label
from tryon.core.masks import SOFT_REACH, soft, window_of
from tryon.read.arms import arm_area
from tryon.read.parser.read import Candidate
from tryon.render.full_size import bands, carry_up, enlarged_rows
from tryon.repose.composition import Composition, Drawing, compose
from tryon.repose.hands import figure, seen_arms
from tryon.types import WORKING_SIDE, CloseView, Person

_SAME = 0.5  # pixels
PLAIN = (242, 242, 242)
"""RGB of the background ``plain``."""
_BELOW = 0.3  # torso lengths below hands and hips that the network is shown, where the legs stay
_HIDDEN = 0.07  # share of the torso under an arm from which garments are hard to exchange
_HANDS = 0.015  # share of the torso that is skin where a hand lies before it
_SKIN_SHOWN = 0.3  # share of a hand or forearm that is skin, where it is before the body
_GRAY = 25.0  # levels from the gray background from which there is somebody
_SMALLER = 0.25  # of a person's span: nobody becomes so small in a photo
_TURNED = 0.32  # width of the torso in torso lengths; .46 from the front


@dataclass(frozen=True, eq=False, slots=True)
class Transfer:
    """A person brought into another pose. Arrays are in the frame of the photo."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    mask: np.ndarray
    """``(H, W)`` ``bool``: the region that may change; all other pixels are the photo's, bit for bit."""
    person: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: matte of the person in the new pose."""
    keypoints: np.ndarray
    """``(18, 3)`` of the new pose."""
    moved: bool
    """Whether the pose differs from the old one."""


def needs_normalizing(person: Person) -> str | None:
    """Why a person should be brought into the canonical pose before a garment is put on or taken from them.

    Arms count that do not hang beside the body, cover a share of the torso, and show skin there, as arms behind the
    back do not. Shoulders are turned where the torso
    is seen narrower than from the front.

    Returns:
        The reason in words, or ``None``: nothing is in the way, or the person is seen from behind or from the side,
        where no frontal view can be made.
    """
    if person.facing in ("side", "back") or (person.keypoints[:, 2] > 0).sum() < MIN_POINTS:
        return None
    parsing, body = figure(person)
    torso = _torso_mask(body)
    covered, bare = np.zeros(torso.shape, bool), _hands_shown(parsing, body, torso)
    for name, arm in ARMS.items():
        if not hangs_free(body.keypoints, arm) and (bare or _skin_along(parsing, body, arm)):
            covered |= arm_area(parsing, body, name)
    share = (covered & torso).sum() / max(int(torso.sum()), 1)
    if share > _HIDDEN:
        return f"arms cover {share:.0%} of the torso"
    if signed_width(body.keypoints) < _TURNED:
        return "the shoulders are turned"
    return None


def normalized_pose(person: Person) -> tuple[np.ndarray, tuple[str, ...]]:
    """The canonical pose of a person, as far as the photo shows what it takes.

    An arm that neither hangs free nor is seen well enough to be brought elsewhere stays as photographed: the new one
    would have to be made up.

    Returns:
        Key points ``(18, 3)`` of the pose, and warnings of the arms that stay.

    Raises:
        PersonNotFoundError: fewer than eight points, or no shoulders.
    """
    check_visible(person.keypoints)
    points = person.body.keypoints
    seen = seen_arms(person)
    kept = [name for name, arm in ARMS.items() if name not in seen and not hangs_free(points, arm)]
    warnings = tuple(
        f"the {name.replace('_', ' ')} stays as it is, because too little of it is seen to bring it elsewhere"
        for name in kept
    )
    return canonical_pose(person.keypoints, person.photo.shape[:2], kept), warnings


def transfer(network: Network, person: Person, keypoints: np.ndarray, background: str = "original") -> Transfer:
    """The person of a photo in another pose.

    The network sees a square around the person (8 % of its side are margin), down to a little below the hands where
    the legs stay. Only what the change of the pose touches is taken from it. Larger photos are worked on at
    :data:`WORKING_SIDE`; what is copied of them gets its finer detail back.

    Args:
        network: of any resolution.
        person: who.
        keypoints: ``(18, 3)`` of the new pose in pixels of the photo, see :mod:`tryon.body.poses`.
        background: ``original``, with what the person uncovers filled in; ``plain``; or a color as ``#rrggbb``.

    Raises:
        PersonNotFoundError: fewer than eight points of either pose, or no shoulders.
        ConfigError: another background.
    """
    color = background_color(background)
    check_visible(person.keypoints)
    check_visible(keypoints, "the new pose")
    source = person.body.keypoints
    target = np.where(keypoints[:, 2:] > 0, keypoints, 0).astype(np.float64)
    for joint in (sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP):
        if target[joint, 2] <= 0:
            target[joint] = source[joint]
    moved = bool((np.abs(source - target)[target[:, 2] > 0, :2] > _SAME).any())
    if not moved and color is None:
        same = np.zeros(person.parsing.shape, bool)
        return Transfer(person.photo, same, _matte(person.parsing), keypoints.astype(np.float32), moved)
    image, matte = person.photo.copy() if color is None else _continued(person), _matte(person.parsing)
    region = np.zeros(matte.shape, bool)
    if moved:
        posed = _compose(network, person, source, target, _framed(person.parsing, source, target))
        posed.put(image, matte, region, alone=color is not None)
    if color is not None:
        _lay_over(color, image, matte, region, person.photo)
    return Transfer(image, region, matte, keypoints.astype(np.float32), moved)


def background_color(background: str) -> tuple[int, int, int] | None:
    """RGB of a background by name or as ``#rrggbb``; ``None`` for the original one.

    Raises:
        ConfigError: something else.
    """
    if background == "original":
        return None
    if background == "plain":
        return PLAIN
    if isinstance(background, str) and re.fullmatch("#[0-9a-fA-F]{6}", background):
        red, green, blue = bytes.fromhex(background[1:])
        return red, green, blue
    raise ConfigError(f"the background is {background!r}; choose original, plain, or a color such as #f2f2f2")


def _hands_shown(parsing: np.ndarray, body: Body, torso: np.ndarray) -> bool:
    """Whether skin is seen before the torso, below the neckline."""
    below = body.depth > DECOLLETE
    return bool(((parsing == Label.SKIN) & torso & below).sum() > _HANDS * torso.sum())


def _skin_along(parsing: np.ndarray, body: Body, arm: tuple[int, int, int]) -> bool:
    """Whether skin of the hand or forearm is seen: an arm behind the back or in a pocket hides nothing."""
    _, elbow, wrist = body.keypoints[list(arm)]
    if min(elbow[2], wrist[2]) <= 0:
        return False
    for start, end in ((0.2, 1.0), (0.95, 1.5)):
        area = np.zeros(parsing.shape, np.uint8)
        bone = wrist[:2] - elbow[:2]
        draw_line(area, elbow[:2] + start * bone, elbow[:2] + end * bone, 0.1 * body.unit)
        if area.any() and (parsing[area > 0] == Label.SKIN).mean() > _SKIN_SHOWN:
            return True
    return False


def _continued(person: Person) -> np.ndarray:
    """``(H, W, 3)`` ``uint8``: the photo, and beyond the person's edge their colors continued."""
    frame = Frame.of((0, 0, *person.photo.shape[1::-1]), WORKING_SIDE)
    if frame.reduced and person.parsing.any():
        rows, columns = window_of(person.parsing > 0, 2 * SOFT_REACH)
        size = person.parsing.shape
        box = columns.start, rows.start, min(columns.stop, size[1]), min(rows.stop, size[0])
        frame = Frame.of(box, WORKING_SIDE)
    around = np.ones((5, 5), np.uint8)
    inner = cv2.erode(frame.cut((person.parsing > 0).view(np.uint8), cv2.INTER_NEAREST_EXACT), around) > 0
    image, colors = person.photo.copy(), bleed(frame.cut(person.photo), inner)
    known = cv2.erode((person.parsing[frame.window] > 0).view(np.uint8), around) > 0
    for band in bands(frame):
        np.copyto(image[frame.window][band], enlarged_rows(colors, frame, band), where=~known[band][..., None])
    return image


def _lay_over(
    color: tuple[int, int, int], image: np.ndarray, matte: np.ndarray, region: np.ndarray, photo: np.ndarray
) -> None:
    """Put people before a plain color, in place: of the image their colors are given; the region grows by the rest."""
    for band in bands(Frame.of((0, 0, *photo.shape[1::-1]), max(photo.shape[:2]))):
        laid = np.array(color) + matte[band][..., None] * (image[band] - np.array(color, np.float32))
        region[band] |= matte[band] < 1
        laid = np.clip(laid + 0.5, 0, 255).astype(np.uint8)
        image[band] = np.where(region[band][..., None], laid, photo[band])


def _matte(parsing: np.ndarray) -> np.ndarray:
    """``(H, W)`` ``float32``: a person with a soft edge."""
    out = np.zeros(parsing.shape, np.float32)
    if parsing.any():
        window = window_of(parsing > 0, 2 * SOFT_REACH)
        out[window] = soft(parsing[window] > 0)
    return out


def _framed(parsing: np.ndarray, source: np.ndarray, target: np.ndarray) -> tuple[int, int, int]:
    """x, y and side of the square that the network is shown."""
    unit = torso_size(target)
    people = (parsing > 0).astype(np.uint8)
    for arm in ARMS.values():
        for start, end in pairwise([target[i, :2] for i in arm if target[i, 2] > 0]):
            draw_line(people, start, end, 0.25 * unit)
    legs = [joint for leg in LEGS.values() for joint in leg]
    if np.abs(source - target)[legs, :2].max() < 0.5:
        upper = [joint for arm in ARMS.values() for joint in arm] + [sk.R_HIP, sk.L_HIP]
        lowest = max(points[i, 1] for points in (source, target) for i in upper if points[i, 2] > 0) + _BELOW * unit
        rows = np.flatnonzero(people.any(1))
        people[round(max(lowest, (rows[0] + rows[-1]) / 2)) :] = 0
    return frame(people > 0)


@dataclass(frozen=True, eq=False, slots=True)
class _Posed:
    """A part of the photo in the new pose."""

    photo: np.ndarray
    """``(H, W, 3)`` ``uint8``, the whole one before."""
    close: CloseView
    """The part."""
    made: Composition
    """In the frame of the part."""

    def put(self, image: np.ndarray, matte: np.ndarray, region: np.ndarray, *, alone: bool) -> None:
        """Put it into arrays of the photo's size, in place; of the image, the colors of the person alone."""
        made, frame = self.made, self.close.frame
        picture, weights = (made.colors, made.colors_weights) if alone else (made.image, made.image_weights)
        region[frame.window] = frame.enlarge(made.region.view(np.uint8), cv2.INTER_NEAREST_EXACT) > 0
        matte[frame.window] = frame.enlarge(made.person)
        if frame.reduced:
            where = matte[frame.window] > 0 if alone else region[frame.window]
            carry_up(image, picture, weights, where, self, self, made.moved)
        else:
            image[frame.window] = picture


def _compose(
    network: Network, person: Person, source: np.ndarray, target: np.ndarray, box: tuple[int, int, int]
) -> _Posed:
    """What becomes of the part of a photo that lies in a square, at no more than :data:`WORKING_SIDE`."""
    x, y, side = box
    height, width = person.parsing.shape
    frame = Frame.of((max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)), WORKING_SIDE)
    parsing = frame.cut(person.parsing, cv2.INTER_NEAREST_EXACT)
    old, new = (np.where(points[:, 2:] > 0, frame.points(points), 0) for points in (source, target))
    view = CloseView(frame, frame.cut(person.photo), old, parsing)
    # The square in whole pixels of the frame, which lies within it.
    scale = float(frame.scale.min())
    x, y = (round((corner - first) * scale) for corner, first in zip((x, y), frame.box[:2], strict=True))
    side = max(round(side * scale), frame.size[1] - x, frame.size[0] - y)
    drawing = _draw(network, view, new, (x, y, side))
    return _Posed(person.photo, view, compose(view.photo, parsing, old, new, drawing))


def _draw(network: Network, view: CloseView, target: np.ndarray, box: tuple[int, int, int]) -> Drawing:
    """What the network makes of a square around a view, in the pixels of the view."""
    config, (height, width) = network.config, view.frame.size
    resolution, matte = config.resolution, (view.parsing > 0).astype(np.float32)
    colors = cut((view.photo.astype(np.float32) - 127.5) * matte[..., None] / 127.5, box, resolution)
    points = [sk.transform(one, to_frame(box, resolution)).astype(np.float32) for one in (view.keypoints, target)]
    pose = pose_maps(points[1], (resolution, resolution), config.sigma)
    aligned = alignment(points[0], points[1], resolution) if config.align else None
    drawn, copied, person_there = drawing(network, colors, pose, aligned)
    x, y, side = box

    def enlarged(maps: np.ndarray) -> np.ndarray:
        return cv2.resize(maps, (side, side), interpolation=cv2.INTER_CUBIC)[-y : height - y, -x : width - x]

    shown = enlarged(drawn) * 127.5 + 127.5
    # A network without these outputs, such as the paper's, draws everything, on gray.
    share = np.zeros(shown.shape[:2], np.float32) if copied is None else enlarged(copied).clip(0, 1)
    if person_there is None:
        there = (np.abs(shown - 127.5).max(-1) / _GRAY).clip(0, 1)
    else:
        there = enlarged(person_there).clip(0, 1)
    return Drawing(shown, share, there)


def outline(done: Transfer) -> Candidate:
    """Where somebody is after a change of their pose.

    Raises:
        PersonNotFoundError: nowhere in the photo.
    """
    mask = done.person > 0.5
    if not mask.any():
        raise PersonNotFoundError(
            "the new pose leaves nothing of the person in the photo; give one that lies within it"
        )
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Candidate(box, float(mask.mean()), mask, float(mask.mean()))


def in_photo(keypoints: np.ndarray, size: tuple[int, int], own: np.ndarray) -> np.ndarray:
    """Key points ``(18, 3)`` with those outside of a photo as missing.

    Args:
        keypoints: of the new pose.
        size: height and width of the photo.
        own: key points of the person in it.

    Raises:
        ConfigError: all are outside, of somebody upside down, or of somebody many times smaller.
    """
    x, y, seen = keypoints[:, 0], keypoints[:, 1], keypoints[:, 2] > 0
    inside = (x >= -0.5) & (y >= -0.5) & (x <= size[1] - 0.5) & (y <= size[0] - 0.5)
    if seen.any() and not (seen & inside).any():
        raise ConfigError(
            f"keypoints all lie outside of the photo of {size[1]} x {size[0]} pixels; give them in pixels of this photo"
        )
    if upside_down(keypoints):
        raise ConfigError("keypoints have the shoulders below the hips; give y in pixels from the top of the photo")
    both = seen & (own[:, 2] > 0)
    if both.sum() > 1:
        new, old = (float(np.ptp(points[both, :2].astype(np.float64), axis=0).max()) for points in (keypoints, own))
        if new < _SMALLER * old:
            raise ConfigError(
                f"keypoints span {new:.0f} pixels, and those of the person {old:.0f}; give them in pixels of the photo "
                f"of {size[1]} x {size[0]}, not in percent or of a smaller picture"
            )
    return np.where((seen & inside)[:, None], keypoints, 0).astype(np.float32)


def _torso_mask(body: Body) -> np.ndarray:
    """``(H, W)`` ``bool``: between shoulders and a hand's breadth below the hips."""
    out, corners = np.zeros(body.size, np.uint8), torso_outline(body.keypoints, BESIDE_HIPS)
    cv2.fillPoly(out, [np.round(np.stack((corners.real, corners.imag), -1)).astype(np.int32)], 1)
    return out > 0
