"""What each repair of a reading is worth, on people whose true labels and key points are known.

Keys, for each group of people (``photos``; ``printed``, the same with somebody else printed on what they wear above;
and ``triplets`` where they are given) and each repair of :data:`tryon.read.repair.REPAIRS`, ``<group>_<repair>_...``:
``people`` in whom it changed something, ``changed`` pixels of their close views, and the shares of these that were
``right_before`` and are ``right_after``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.core.engine import Network
from tryon.core.errors import NobodyFoundError, PersonNotFoundError, PhotoTurnedError
from tryon.read.person import read_person
from tryon.read.printing import printed_on
from tryon.read.repair import REPAIRS
from tryon.types import PersonSample


@dataclass
class Worth:
    """What one repair changed, over all people."""

    people: int = 0
    changed: int = 0
    right_before: int = 0
    right_after: int = 0

    def add(self, changed: int, before: int, after: int) -> None:
        """Of one person, how much was changed, and how much of that was right before and is right after."""
        self.people += changed > 0
        self.changed, self.right_before = self.changed + changed, self.right_before + before
        self.right_after += after

    def figures(self, name: str) -> dict[str, float]:
        """The figures under the names that the module describes."""
        before, after = (
            right / self.changed if self.changed else float("nan") for right in (self.right_before, self.right_after)
        )
        return {
            f"{name}_people": self.people,
            f"{name}_changed": self.changed,
            f"{name}_right_before": before,
            f"{name}_right_after": after,
        }


def with_prints(samples: Sequence[PersonSample], seed: int) -> Iterator[PersonSample]:
    """The labeled ones of some people, each with another one of them printed on the clothes of the upper body."""
    labeled = [sample for sample in samples if sample.parsing is not None]
    for i, one in enumerate(labeled):
        rng = np.random.default_rng((seed, i))
        yield printed_on(one, labeled[rng.integers(len(labeled))], rng)


def measure(parser: Network, pose: Network, samples: Iterable[PersonSample]) -> tuple[int, dict[str, Worth]]:
    """Read people and mend the reading, one repair after the other.

    Returns:
        How many people were read, and what each repair changed.
    """
    number, found = 0, {name: Worth() for name in REPAIRS}
    for sample in samples:
        if sample.parsing is None:
            continue
        try:
            person = read_person(parser, pose, sample.image)
            view, body = person.close, person.close.body
        except (NobodyFoundError, PersonNotFoundError, PhotoTurnedError):
            continue
        number += 1
        truth, labels = view.frame.cut(sample.parsing, cv2.INTER_NEAREST_EXACT), view.parsing
        for name, repair in REPAIRS.items():
            new = repair(view.photo, labels, body)
            changed = new != labels
            found[name].add(
                int(changed.sum()), int((labels == truth)[changed].sum()), int((new == truth)[changed].sum())
            )
            labels = new
    return number, found
