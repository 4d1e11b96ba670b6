"""Whether a reading can be true: photos that lie on their side, and people where nobody is.

The networks find somebody in nearly any photo that shows a person, upside down too. What gives a wrong reading away is
that head, neck and shoulders are found with little certainty, or lie where no upper body is labeled.
"""

from collections.abc import Callable

import numpy as np

from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso
from tryon.core.engine import Network
from tryon.core.errors import NobodyFoundError, PersonNotFoundError, PhotoTurnedError
from tryon.core.labels import Label, mask_of
from tryon.read.parser.read import box_in_frame, coarse_labels, find_people
from tryon.read.pose.read import read_keypoints

NOBODY = np.zeros((sk.NUM_KEYPOINTS, 3), np.float32)
"""Key points of a photo in which nobody was found."""

# Certainties of whole people, upright: above .7 in 98 of 100 photos, and above .5 in all; turned on their side they
# stay below .5, upside down below .75, and always more than a tenth below the same photo upright.
_SURE, _PLAUSIBLE, _CLEARLY, _TOO_LOW = 0.7, 0.5, 0.1, 0.2
# Halves of people look like somebody upside down, up to .79; people who are, and are cut by a side too, are above .8.
_SURE_WHEN_CUT = 0.8
SMALLEST = 32
"""Pixels from shoulders to hips: most smaller people are not found, or their clothes are read wrongly."""
_SHOULDERS = (sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER)
_UPPER_BODY = (Label.HAIR, Label.SKIN, Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF)
# By the quarter turns counterclockwise after which the person stands upright.
TURNS = {
    1: "the photo seems to lie on its side; turn it by 90° counterclockwise",
    2: "the photo seems to be upside down; turn it by 180°",
    3: "the photo seems to lie on its side; turn it by 90° clockwise",
}


def certainty(keypoints: np.ndarray) -> float:
    """How surely somebody was found, in [0, 1]: the mean confidence of head, neck and the surer shoulder.

    Args:
        keypoints: ``(18, 3)``.
    """
    seen = keypoints[:, 2]
    return float((seen[list(sk.HEAD)].max() + seen[sk.NECK] + max(seen[sk.R_SHOULDER], seen[sk.L_SHOULDER])) / 3)


def glance(parser: Network, pose: Network, photo: np.ndarray) -> np.ndarray:
    """Key points ``(18, 3)`` of the person who is most likely meant, read once; :data:`NOBODY` without a person.

    People of less than three torsos of :data:`SMALLEST` pixels do not count: patterns of cloth and furniture look like
    such people in one photo of two hundred. Nor do people whose neck or shoulders lie where no upper body is labeled:
    upside down, legs without a head above them look like somebody whose head is a foot.
    """
    people = find_people(parser, photo)
    if not people or max(people[0].box[2] - people[0].box[0], people[0].box[3] - people[0].box[1]) < 3 * SMALLEST:
        return NOBODY
    height, width = pose.config.input_size
    keypoints = read_keypoints(pose, photo, box_in_frame(people[0], width / height), mirror=False)
    return keypoints if _on_upper_body(keypoints, coarse_labels(people[0], photo.shape[:2])).all() else NOBODY


def _on_upper_body(keypoints: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """``bool`` for each of neck and shoulders that is seen: it lies where an upper body is labeled."""
    seen = keypoints[[point for point in _SHOULDERS if keypoints[point, 2] > 0], :2]
    columns, rows = np.round(seen).astype(int).clip(0, np.array(parsing.shape[::-1]) - 1).T
    return mask_of(parsing[rows, columns], *_UPPER_BODY)


def refuse_turned(
    photo: np.ndarray, keypoints: np.ndarray, look: Callable[[np.ndarray], np.ndarray], *, cut: bool = False
) -> None:
    """Refuse a photo in which somebody is found far more surely once it is turned.

    It is turned only where the reading is not sure: reading an upright photo takes no longer for it.

    Args:
        photo: ``(H, W, 3)`` ``uint8``.
        keypoints: ``(18, 3)`` as read, or :data:`NOBODY`.
        look: gives the key points of a photo, as :func:`glance` does.
        cut: the left or right edge of the photo cuts the person.

    Raises:
        PhotoTurnedError: the photo lies on its side or is upside down.
    """
    found = certainty(keypoints)
    if found >= _SURE:
        return
    turned = {quarters: certainty(look(np.ascontiguousarray(np.rot90(photo, quarters)))) for quarters in TURNS}
    best = max(turned, key=lambda quarters: turned[quarters])
    least = _SURE_WHEN_CUT if cut and best == 2 else _PLAUSIBLE
    if turned[best] > max(least, found + _CLEARLY):
        raise PhotoTurnedError(TURNS[best])


def refuse_contradiction(keypoints: np.ndarray, parsing: np.ndarray) -> None:
    """Refuse a reading whose neck and shoulders are hardly found, or all lie where no upper body is labeled.

    Args:
        keypoints: ``(18, 3)``, with a shoulder.
        parsing: ``(H, W)`` label map.

    Raises:
        NobodyFoundError: the reading is not to be believed, or the torso cannot be told from what was found.
    """
    try:
        complete_torso(keypoints)
    except PersonNotFoundError as error:
        raise NobodyFoundError(str(error)) from error
    if certainty(keypoints) < _TOO_LOW or not _on_upper_body(keypoints, parsing).any():
        raise NobodyFoundError(
            "somebody seems to be in the photo, but no upper body was found for certain; "
            "use a photo that shows a person's shoulders clearly and not too far away"
        )
