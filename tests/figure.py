"""A drawn figure: a person of rectangles with a torso of 100 pixels, whose labels are set pixel by pixel."""

import numpy as np

from appearance_flow.warp import Layer, Warped
from tryon.core.labels import Label
from tryon.types import Person

SIZE = (340, 200)
# A torso of 100 pixels from neck to hips; arms hang a little away from it.
POINTS = (
    (100, 35), (100, 60), (70, 62), (60, 120), (56, 168), (130, 62), (140, 120), (144, 168), (84, 160), (82, 240),
    (82, 318), (116, 160), (118, 240), (118, 318), (96, 30), (104, 30), (92, 32), (108, 32),
)  # fmt: skip
TRUNK, LEGS = np.s_[60:165, 70:130], (np.s_[165:320, 72:92], np.s_[165:320, 108:128])
RED, GREY, TONE = (200, 20, 30), (128, 128, 128), (200, 150, 120)


def figure(*areas: tuple[tuple[slice, slice], Label], points: dict[int, tuple[int, int]] | None = None) -> Person:
    """A person with a red top and trousers, and more areas of labels on top of these."""
    keypoints = np.array([(x, y, 1) for x, y in POINTS], np.float32)
    for point, place in (points or {}).items():
        keypoints[point, :2] = place
    parsing, photo = np.zeros(SIZE, np.uint8), np.full((*SIZE, 3), GREY, np.uint8)
    parsing[20:60, 88:112] = Label.SKIN
    parsing[TRUNK], photo[TRUNK] = Label.UPPER, RED
    for leg in LEGS:
        parsing[leg] = Label.PANTS
    for area, label in areas:
        parsing[area] = label
    photo[parsing == Label.SKIN] = TONE
    return Person(photo, keypoints, parsing, (0, 0, SIZE[1], SIZE[0]))


def carried(
    upper: tuple[Layer, ...] = (), lower: tuple[Layer, ...] = (), *, own: np.ndarray | None = None, size=SIZE
) -> Warped:
    """A garment in the pose of the figure; nothing was brought, and all that was hidden is covered."""
    return Warped(upper, lower, False, False, (), np.zeros(size, bool) if own is None else own)
