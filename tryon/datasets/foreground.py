"""Label maps, and people before a plain ground, for data sets without them: what our own networks read."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tryon.core.errors import DataError, PersonNotFoundError
from tryon.datasets.corrupt import Samples
from tryon.datasets.shards import Sample
from tryon.types import PairSample, Person, PersonSample

Read = Callable[[np.ndarray], Person]
"""Reads the person of a photo ``(H, W, 3)``, as :meth:`tryon.pipeline.TryOn.read_person` does."""


class Foreground:
    """The same people with the background removed, as the paper trains on Human3.6M and on videos.

    ``parsing`` is what ``read`` gives, and so are the key points of a sample that has none of its own. Reading takes
    seconds on a CPU: write the samples to shards once.

    Args:
        people: the pictures.
        read: finds the person.
        fill: RGB of the removed background.
    """

    def __init__(self, people: Samples[PersonSample], read: Read, *, fill: tuple[int, int, int] = (0, 0, 0)):
        self.people, self.fill, self._read = people, fill, read

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, index: int) -> PersonSample:
        """A sample.

        Raises:
            DataError: nobody is in the picture.
        """
        sample = self.people[index]
        person = _read(sample, self._read)
        keypoints = sample.keypoints if (sample.keypoints[:, 2] > 0).any() else person.keypoints
        image = on_plain(sample.image, person.parsing, self.fill)
        return PersonSample(image, keypoints, person.parsing, sample.name, sample.identity)


class Labeled:
    """The same people, alone or in pairs, each with a label map: their own or what ``read`` gives.

    Reading takes seconds on a CPU: write the samples to shards once.
    """

    def __init__(self, samples: Samples[Sample], read: Read):
        self.samples, self._read = samples, read

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Sample:
        """A sample.

        Raises:
            DataError: nobody is in a picture.
        """
        sample = self.samples[index]
        if isinstance(sample, PersonSample):
            return self._labeled(sample)
        if isinstance(sample, PairSample):
            return replace(sample, source=self._labeled(sample.source), target=self._labeled(sample.target))
        return sample

    def _labeled(self, person: PersonSample) -> PersonSample:
        return person if person.parsing is not None else replace(person, parsing=_read(person, self._read).parsing)


def _read(sample: PersonSample, read: Read) -> Person:
    try:
        return read(sample.image)
    except PersonNotFoundError as error:
        raise DataError(f"{sample.name}: {error}") from error


def on_plain(image: np.ndarray, parsing: np.ndarray, fill: tuple[int, int, int]) -> np.ndarray:
    """The picture ``(H, W, 3)`` with the color ``fill`` where the label map ``(H, W)`` says background."""
    return np.where((parsing > 0)[..., None], image, np.array(fill, np.uint8))
