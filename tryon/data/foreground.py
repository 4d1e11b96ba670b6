"""People before a plain ground: what our own networks read in the pictures of a data set without label maps."""

from collections.abc import Callable

import numpy as np

from tryon.core.errors import DataError, PersonNotFoundError
from tryon.data.corrupt import Samples
from tryon.types import Person, PersonSample

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
        try:
            person = self._read(sample.image)
        except PersonNotFoundError as error:
            raise DataError(f"{sample.name}: {error}") from error
        keypoints = sample.keypoints if (sample.keypoints[:, 2] > 0).any() else person.keypoints
        image = on_plain(sample.image, person.parsing, self.fill)
        return PersonSample(image, keypoints, person.parsing, sample.name, sample.identity)


def on_plain(image: np.ndarray, parsing: np.ndarray, fill: tuple[int, int, int]) -> np.ndarray:
    """The picture ``(H, W, 3)`` with the color ``fill`` where the label map ``(H, W)`` says background."""
    return np.where((parsing > 0)[..., None], image, np.array(fill, np.uint8))
