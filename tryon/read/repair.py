"""What a reading gets wrong and the photo's own colors tell better: mended once, when a person is read.

Each repair takes photo, label map and body and gives a new label map. What it is worth is measured by
:mod:`tryon.evaluate.repairs` on people whose true labels are known.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from tryon.body.body import Body
from tryon.core.labels import Label
from tryon.read.mistaken import skin_taken_for_cloth
from tryon.read.prints import without_prints
from tryon.types import Person

Repair = Callable[[np.ndarray, np.ndarray, Body], np.ndarray]


def skin(photo: np.ndarray, parsing: np.ndarray, body: Body) -> np.ndarray:
    """Hands and arms that were read as the cloth behind them."""
    return np.where(skin_taken_for_cloth(photo, parsing, body), np.uint8(Label.SKIN), parsing)


def prints(photo: np.ndarray, parsing: np.ndarray, body: Body) -> np.ndarray:
    """People printed on a garment, whose hair and skin were read as the wearer's."""
    return without_prints(parsing, body)


REPAIRS: dict[str, Repair] = {"prints": prints, "skin": skin}


def repaired(person: Person, repairs: dict[str, Repair] = REPAIRS) -> Person:
    """The person with labels mended.

    Args:
        person: as the networks read them.
        repairs: by name, in their order.

    Raises:
        PersonNotFoundError: one shoulder is seen, and nothing to place the other by.
    """
    view, frame = person.close, person.close.frame
    labels = view.parsing
    for repair in repairs.values():
        labels = repair(view.photo, labels, view.body)
    changed = labels != view.parsing
    if not changed.any():
        return person
    parsing = person.parsing.copy()
    where = frame.enlarge(changed.astype(np.uint8), cv2.INTER_NEAREST_EXACT) > 0
    parsing[frame.window][where] = frame.enlarge(labels, cv2.INTER_NEAREST_EXACT)[where]
    return replace(person, parsing=parsing)
