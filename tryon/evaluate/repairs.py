"""What each repair of a reading is worth, on people whose true labels are known."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.core.errors import PersonNotFoundError
from tryon.read.parser.model import GarmentParser
from tryon.read.person import read_person
from tryon.read.pose.model import PoseEstimator
from tryon.read.repair import REPAIRS
from tryon.types import PersonSample


@dataclass
class Worth:
    """Pixels of the close views, over all people."""

    people: int = 0
    """In whom something was changed."""
    changed: int = 0
    right_before: int = 0
    right_after: int = 0

    def figures(self, name: str) -> dict[str, float]:
        """Flat keys: ``NAME_people``, ``NAME_changed`` (pixels), and of those ``NAME_right_before`` and ``_after``."""
        share = max(self.changed, 1)
        return {
            f"{name}_people": self.people,
            f"{name}_changed": self.changed,
            f"{name}_right_before": self.right_before / share,
            f"{name}_right_after": self.right_after / share,
        }


def measure(
    parser: GarmentParser, pose: PoseEstimator, samples: Iterable[PersonSample]
) -> tuple[int, dict[str, Worth]]:
    """Read people and mend the reading, one repair after the other.

    Returns:
        How many people were read, and what each repair changed.
    """
    number, found = 0, {name: Worth() for name in REPAIRS}
    for sample in samples:
        if sample.parsing is None:
            continue
        try:
            view = (person := read_person(parser, pose, sample.image)).close
            body = view.body
        except PersonNotFoundError:
            continue
        number += 1
        truth, labels = person.close.frame.cut(sample.parsing, cv2.INTER_NEAREST_EXACT), view.parsing
        for name, repair in REPAIRS.items():
            new = repair(view.photo, labels, body)
            changed = new != labels
            worth = found[name]
            worth.people += bool(changed.any())
            worth.changed += int(changed.sum())
            worth.right_before += int((labels == truth)[changed].sum())
            worth.right_after += int((new == truth)[changed].sum())
            labels = np.asarray(new)
    return number, found
