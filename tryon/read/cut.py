"""Which sides of a photo cut somebody, or what they wear, off."""

from collections.abc import Iterator

import numpy as np

from tryon.body import skeleton as sk
from tryon.types import Person

# In torso lengths.
HALF = 0.3
"""From the neck to the edge beside it: a photo of half a person."""
CONTACT = 0.15
"""How much of an edge what it cuts off must touch."""


def cut_sides(person: Person, mask: np.ndarray) -> Iterator[tuple[str, bool]]:
    """The sides, ``left`` and ``right``, that cut off ``mask`` ``(H, W)`` ``bool`` between neck and hips; and whether
    they cut the person in half."""
    points, unit = person.body.keypoints, person.body.unit
    height, width = mask.shape
    neck, hips = points[sk.NECK, :2], points[[sk.R_HIP, sk.L_HIP], :2].mean(0)
    top, bottom = np.round([neck[1], hips[1]]).astype(int).clip((0, 1), (height - 1, height))
    trunk = mask[top : max(bottom, top + 1)]
    for side, column, distance in (("left", 0, neck[0]), ("right", -1, width - 1 - neck[0])):
        if trunk[:, column].sum() > CONTACT * unit:
            yield side, bool(distance < HALF * unit)
