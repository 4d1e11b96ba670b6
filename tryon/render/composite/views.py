"""Views to train the compositing network on: try-ons as the rules make them, with the picture that they should be.

They are made once and kept, packed into one row of bytes each; view number n is a function of the seed and n alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tryon.render.composite.inputs import NUM_PLANES, PLATES, SIZE, CompositeInput, mirrored

_PIXELS = SIZE[0] * SIZE[1]
_LENGTHS = (3 * len(PLATES) * _PIXELS, NUM_PLANES * _PIXELS, _PIXELS, 3 * _PIXELS, _PIXELS)
ROW_BYTES = sum(_LENGTHS)
"""Bytes of a packed sample."""


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """One try-on in the window."""

    given: CompositeInput
    truth: np.ndarray
    """``(H, W, 3)`` ``uint8``."""
    judged: np.ndarray
    """``(H, W)`` ``uint8``, 255 for all of a pixel: made up, and the truth is known."""


def packed(sample: Sample) -> np.ndarray:
    """``(ROW_BYTES,)`` ``uint8``."""
    given = sample.given
    parts = (given.plates, given.planes, given.stay, sample.truth, sample.judged)
    return np.concatenate([part.ravel() for part in parts])


def unpacked(row: np.ndarray) -> Sample:
    """The sample of :func:`packed`."""
    plates, planes, stay, truth, judged = np.split(row, np.cumsum(_LENGTHS)[:-1])
    given = CompositeInput(plates.reshape(len(PLATES), *SIZE, 3), planes.reshape(NUM_PLANES, *SIZE), stay.reshape(SIZE))
    return Sample(given, truth.reshape(*SIZE, 3), judged.reshape(SIZE))


class CompositeViews:
    """Endless views of kept samples, in other light and half of them mirrored.

    Args:
        groups: ``(N, ROW_BYTES)`` ``uint8`` each, from :func:`packed`; at least one sample.
        shares: how often a view is of each group, of sum 1.
        seed: number that all views depend on.
        vary: as above; otherwise view n is sample n of the first group.
    """

    def __init__(self, groups: Sequence[np.ndarray], shares: Sequence[float], seed: int, vary: bool = True):
        self.groups, self.shares, self.seed, self.vary = groups, shares, seed, vary

    def view(self, number: int) -> Sample:
        """View ``number``, 0 or more."""
        if not self.vary:
            rows = self.groups[0]
            return unpacked(np.array(rows[number % len(rows)]))
        rng = np.random.default_rng((self.seed, number))
        rows = self.groups[int(rng.choice(len(self.groups), p=self.shares))]
        sample = unpacked(np.array(rows[int(rng.integers(len(rows)))]))
        if rng.random() < 0.5:
            truth, judged = (np.ascontiguousarray(part[:, ::-1]) for part in (sample.truth, sample.judged))
            sample = Sample(mirrored(sample.given), truth, judged)
        return _in_other_light(sample, rng)


def _in_other_light(sample: Sample, rng: np.random.Generator) -> Sample:
    """Plates and truth brighter or darker, warmer or colder, with more or less contrast, all alike."""
    gamma, gain = np.exp(rng.normal(0, 0.15)), np.exp(rng.normal(0, 0.1) + rng.normal(0, 0.05, 3))
    curve = 255 * (np.arange(256)[:, None] / 255) ** gamma * gain
    table = np.clip(curve + 0.5, 0, 255).astype(np.uint8)
    plates, truth = (
        np.stack([table[picture[..., c], c] for c in range(3)], -1) for picture in (sample.given.plates, sample.truth)
    )
    return Sample(CompositeInput(plates, sample.given.planes, sample.given.stay), truth, sample.judged)
