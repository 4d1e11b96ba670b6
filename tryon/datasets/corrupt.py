"""What to do about pictures that cannot be read, the same for every data set: skip, count, and fail above a share."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from tryon.core.errors import DataError, InputImageError

S_co = TypeVar("S_co", covariant=True)


class Samples(Protocol[S_co]):
    """What every adapter is: samples by number, decoded when asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> S_co: ...


class Readable(Generic[S_co]):
    """The samples of an adapter without the corrupt ones.

    A sample is corrupt when the adapter raises :class:`DataError` or :class:`InputImageError` for it: a damaged or
    missing picture, a label map of another size, key points outside the picture. Nothing is decoded in advance.

    Iterating leaves corrupt samples out. By index, as training asks, the next readable sample takes the place of a
    corrupt one (after the last comes the first): the length and the meaning of an index do not depend on what was read
    before, so that a training seeded by indices can be repeated.

    Args:
        samples: any adapter.
        max_corrupt: share of ``samples`` in [0, 1] that may be corrupt; above it, reading fails. Every process counts
            what it has met itself.
    """

    def __init__(self, samples: Samples[S_co], max_corrupt: float = 0.01):
        if not 0 <= max_corrupt <= 1:
            raise ValueError(f"max_corrupt is {max_corrupt}; give a share from 0 to 1")
        self.samples = samples
        self.max_corrupt = max_corrupt
        self.corrupt: dict[int, str] = {}
        """Index and reason of the corrupt samples that were met so far."""

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> S_co:
        """A sample.

        Raises:
            DataError: more than the allowed share is corrupt, or all samples are.
            IndexError: there are not that many.
        """
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"sample {index} was asked for, there are {count}")
        for step in range(count):
            sample = self._read((index + step) % count)
            if sample is not None:
                return sample
        raise DataError(f"none of the {count} samples can be read; the first: {self.corrupt[0]}")

    def __iter__(self) -> Iterator[S_co]:
        for index in range(len(self)):
            sample = self._read(index)
            if sample is not None:
                yield sample

    def _read(self, index: int) -> S_co | None:
        if index in self.corrupt:
            return None
        try:
            return self.samples[index]
        except (DataError, InputImageError) as error:
            self.corrupt[index] = str(error)
            allowed = self.max_corrupt * len(self)
            if len(self.corrupt) > allowed:
                raise DataError(
                    f"{len(self.corrupt)} of {len(self)} samples cannot be read, more than the share of "
                    f"{self.max_corrupt:g} allowed; the last: {error}"
                ) from error
            return None
