"""Reading a person: find them, read key points and labels, and mend once what the photo's own colors contradict."""

from dataclasses import replace
from functools import partial

import numpy as np

from tryon.body.skeleton import L_HIP, L_SHOULDER, R_HIP, R_SHOULDER
from tryon.body.stance import facing, seated
from tryon.core.engine import Network
from tryon.core.errors import ConfigError, NobodyFoundError, PersonNotFoundError
from tryon.read.apart import tell_apart
from tryon.read.cut import cut_sides
from tryon.read.parser.read import Candidate, box_in_frame, find_people, parse_person
from tryon.read.plausible import NOBODY, glance, refuse_contradiction, refuse_turned
from tryon.read.pose.read import read_keypoints
from tryon.types import Box, Person


def read_person(
    parser: Network, pose: Network, photo: np.ndarray, number: int | None = None, *, mirror: bool = True
) -> Person:
    """Find a person in a photo and read key points and label map, as the networks give them.

    Args:
        parser: finds people and labels what they wear.
        pose: finds their key points.
        photo: ``(H, W, 3)`` ``uint8`` RGB.
        number: which person, counted from the left, from 1; by default the one who is largest and most central.
        mirror: average every reading with that of the mirrored photo.

    Returns:
        The person, to be mended by :func:`tryon.read.repair.repaired`.

    Raises:
        PhotoTurnedError: the photo lies on its side or is upside down.
        PersonNotFoundError: nobody is there, or not that many people, or shoulders are not in the photo.
        ConfigError: ``number`` is below 1.
    """
    look = partial(glance, parser, pose)
    people = tell_apart(pose, photo, find_people(parser, photo))
    if not people:
        refuse_turned(photo, NOBODY, look)
    candidate, warnings = _pick(people, number)
    size = pose.config.input_size
    box = box_in_frame(candidate, size[1] / size[0])
    keypoints = read_keypoints(pose, photo, box, mirror=mirror, beyond=candidate.beyond)
    refuse_turned(photo, keypoints, look, cut=candidate.box[0] <= 1 or candidate.box[2] >= photo.shape[1] - 1)
    parsing = parse_person(parser, photo, candidate, mirror=mirror)
    if max(keypoints[[R_SHOULDER, L_SHOULDER], 2]) <= 0:
        raise NobodyFoundError(
            "somebody was found, but not their shoulders, from which garments hang; "
            "use a photo that shows the upper body"
        )
    refuse_contradiction(keypoints, parsing)
    found = Person(photo, keypoints, parsing, candidate.box, facing(keypoints), seated(keypoints))
    return replace(found, warnings=(*warnings, *_posture_warnings(found)))


def count_people(parser: Network, pose: Network, photo: np.ndarray) -> tuple[list[Box], int]:
    """The boxes of everybody in a photo, from left to right, and the number of the one who is read by default.

    Raises:
        PersonNotFoundError: nobody is there.
    """
    people = tell_apart(pose, photo, find_people(parser, photo))
    meant, _ = _pick(people, None)
    ordered = _from_the_left(people)
    return [one.box for one in ordered], 1 + [one is meant for one in ordered].index(True)


def hips_shown(person: Person) -> bool:
    """Whether the photo reaches down to the hips, from which trousers and skirts hang."""
    return bool(max(person.keypoints[[R_HIP, L_HIP], 2]) > 0)


def _pick(people: list[Candidate], number: int | None) -> tuple[Candidate, tuple[str, ...]]:
    if not people:
        raise NobodyFoundError(
            "no person was found in the photo; use one that shows a person clearly and not too far away"
        )
    if number is None:
        if len(people) == 1:
            return people[0], ()
        position = 1 + [one is people[0] for one in _from_the_left(people)].index(True)
        return people[0], (
            f"{len(people)} people are in the photo; number {position} from the left was taken as the largest and most "
            "central one",
        )
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise ConfigError(f"person is {number!r}; give a whole number, counted from the left, from 1")
    if number < 1:
        raise ConfigError(f"person {number} was asked for; people are counted from the left, from 1")
    if number > len(people):
        raise PersonNotFoundError(f"person {number} was asked for, but {_found(len(people))} found in the photo")
    return _from_the_left(people)[number - 1], ()


def _found(number: int) -> str:
    return "1 was" if number == 1 else f"{number} were"


def _from_the_left(people: list[Candidate]) -> list[Candidate]:
    return sorted(people, key=lambda one: one.box[0] + one.box[2])


def _posture_warnings(person: Person) -> list[str]:
    halves = [side for side, in_half in cut_sides(person, person.parsing > 0) if in_half]
    warnings = [f"the photo's {side} edge cuts the person in half, so the garment sits badly there" for side in halves]
    if person.facing == "side" and not halves:
        warnings.append("the person stands sideways; the garment's width and its far sleeve are guesses")
    if person.facing == "back":
        warnings.append("the person is seen from behind; a garment photo from behind fits best")
    if person.seated:
        warnings.append("the person sits; below the waist the garment will not follow the legs well")
    if not hips_shown(person):
        warnings.append("the photo ends above the hips; only garments for the upper body can be put on")
    return warnings
