"""What a visitor is told of a photo before anything is tried on."""

from dataclasses import dataclass

import numpy as np

from tryon.body import skeleton as sk
from tryon.read.flat.kinds import KINDS
from tryon.types import Person

_CONTACT = 0.1  # torso lengths of an edge that somebody touches who is cut off by it
_SEEN = {"front": ", seen from the front", "side": ", seen from the side", "back": ", seen from behind", "unknown": ""}


@dataclass(frozen=True)
class Check:
    """What was found in a photo."""

    found: str
    """Who or what."""
    problems: tuple[str, ...]
    """What may spoil the result, without a stop at the end; none in a good photo."""


def check(person: Person) -> Check:
    """Who is in a photo that was read, what is cut off, and whether arms hide the body.

    Args:
        person: as read; or a garment that nobody wears.
    """
    if person.kinds is not None:
        kind = KINDS[int(person.kinds.argmax())].name
        return Check(f"Found: a garment that nobody wears, probably of the kind {kind}.", person.warnings)
    from tryon.repose.transfer import needs_normalizing  # Here, because it imports torch: the page is drawn before.

    arms = needs_normalizing(person)
    advice = f"{arms}; let the arms hang free and turn to the camera, or choose to straighten the pose in the options"
    problems = (*person.warnings, *_cut_off(person), *((advice,) if arms else ()))
    return Check(f"Found: a person{_SEEN[person.facing]}.", problems)


def _cut_off(person: Person) -> list[str]:
    """Notes on edges of the photo that cut somebody off."""
    seen, found = person.parsing > 0, []
    edges = {"left": seen[:, 0], "right": seen[:, -1], "upper": seen[0]}
    for side, edge in edges.items():
        if edge.sum() > _CONTACT * person.body.unit:
            found.append(f"the photo's {side} edge cuts the person off; what lies beyond it is missing")
    if seen[-1].sum() > _CONTACT * person.body.unit and _shown(person, sk.R_HIP, sk.L_HIP):
        if not _shown(person, sk.R_KNEE, sk.L_KNEE):
            found.append("the photo ends above the knees; long garments will end there, too")
        elif not _shown(person, sk.R_ANKLE, sk.L_ANKLE):
            found.append("the photo ends above the feet; long garments will end there, too")
    return found


def _shown(person: Person, *points: int) -> bool:
    return bool(np.max(person.keypoints[list(points), 2]) > 0)
