"""A small batch of drawn people, and try-ons that go wrong in a known way, as worker processes can load them."""

import os
import signal
from pathlib import Path

import cv2
import numpy as np
import torch

from tests.drawn import BoxPose, drawn_people
from tests.read.flat.colors import drawn_reader
from tests.read.parser.test_read import ColorParser
from tryon.batch.pairs import Pair, all_pairs
from tryon.core import photo
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import WORN

SIZE = (240, 200)


def drawn_folders(root: Path, people: int = 2, garments: int = 3) -> list[Pair]:
    """Folders ``people`` (p0.png, …) and ``garments`` (g0.png, …) below ``root``, and all pairs of them."""
    for name, number in (("people", people), ("garments", garments)):
        (root / name).mkdir(parents=True)
        for i in range(number):
            photo.save(drawn(i), root / name / f"{name[0]}{i}.png")
    return all_pairs(root / "people", root / "garments", ".png")


def drawn(i: int) -> np.ndarray:
    """A photo of one person, each ``i`` of another height."""
    return drawn_people((60 - i, 10, 216 - 6 * i), size=SIZE)


class Counting(TryOn):
    """Remembers whom it read."""

    def __init__(self):
        super().__init__(ColorParser(), BoxPose(), flat=drawn_reader(WORN))
        self.read: list[int] = []

    def read_person(self, photo, *, person=None):
        self.read.append(photo.image.sum())
        return super().read_person(photo, person=person)


class Asked(Counting):
    """Remembers what it was asked for besides the photos, and does not do it."""

    def __init__(self):
        super().__init__()
        self.asked: list[tuple[str, str, str, str]] = []

    def __call__(self, person, garment, *, below="auto", tuck="auto", inner="bring", normalize="never", on_stage=None):
        self.asked.append((below, tuck, inner, normalize))
        return super().__call__(person, garment)


class Elsewhere(TryOn):
    """Fails with the number of the process that it is in."""

    def take_garment(self, wearer, *, category="auto"):
        raise ValueError(f"process {os.getpid()}")


def elsewhere(weights=None, *, mirror=True) -> TryOn:
    return Elsewhere(ColorParser(), BoxPose(), flat=drawn_reader(WORN))


class Dying(TryOn):
    """Of one thread; is killed, as by a system short of memory, when it sees the garment of :func:`drawn` 1."""

    def __init__(self):
        super().__init__(ColorParser(), BoxPose(), flat=drawn_reader(WORN))

    def take_garment(self, wearer, *, category="auto"):
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (1, 1)
        if (wearer.photo == drawn(1)).all():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().take_garment(wearer, category=category)


def dying_at_once() -> TryOn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
