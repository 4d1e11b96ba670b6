"""Samples made of several pictures: pairs of one person, and people with flat garments."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core.labels import Label
from tryon.datasets.corrupt import Samples
from tryon.types import PairSample, PersonSample, TripletSample


class Pairs:
    """A sequence of :class:`PairSample` from a sequence of people.

    Args:
        people: the pictures.
        indices: ``(N, 2)`` integers, source and target of each pair in ``people``.
    """

    def __init__(self, people: Samples[PersonSample], indices: np.ndarray):
        self.people = people
        self.indices = np.asarray(indices, np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> PairSample:
        source, target = (self.people[int(i)] for i in self.indices[index])
        return PairSample(source, target, name=f"{source.name}--{target.name}")


def draw_pairs(
    groups: Iterable[Sequence[int]], per_target: int, seed: int, differ: Callable[[int, int], bool]
) -> np.ndarray:
    """Draw pairs of pictures of the same person: a sample of all, which are far too many and much alike.

    Args:
        groups: the indices of the pictures that may be paired with each other.
        per_target: every picture becomes the target of so many pairs, or fewer where its group has no more.
        seed: of the drawing.
        differ: whether two pictures, given by their indices, differ enough to teach anything.

    Returns:
        ``(N, 2)`` ``int64`` source and target, for :class:`Pairs`.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for group in groups:
        for target in group:
            found = 0
            for source in rng.permutation(group).tolist():
                if found == per_target:
                    break
                if source != target and differ(source, target):
                    drawn.append((source, target))
                    found += 1
    return np.array(drawn, np.int64).reshape(-1, 2)


class FlatTryOns:
    """A sequence of :class:`TripletSample`: people and garments that were photographed lying flat.

    ``person`` and ``target`` are the same photo. In a paired set that is the truth: the person wears this very
    garment, and what a network is shown of ``person`` must hide it. In an unpaired set nobody photographed the result,
    and ``target`` says only what must stay: pose, face, background.

    Args:
        people: the people.
        rows: index of the person in ``people`` and name of the garment.
        garment: gives the garment of a name, as :func:`flat_garment` makes it.
    """

    def __init__(
        self,
        people: Samples[PersonSample],
        rows: Sequence[tuple[int, str]],
        garment: Callable[[str], PersonSample],
    ):
        self.people, self.rows, self._garment = people, rows, garment

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> TripletSample:
        place, name = self.rows[index]
        person, garment = self.people[place], self._garment(name)
        return TripletSample(person, garment, person, name=f"{person.name}--{garment.name}")


def flat_garment(
    image: np.ndarray, mask: np.ndarray | None, worn: np.ndarray | None, labels: tuple[Label, ...], name: str
) -> PersonSample:
    """A garment that lies flat, as a sample without key points.

    Args:
        image: ``(H, W, 3)`` ``uint8``.
        mask: ``(H, W)`` ``bool``, the garment; ``None`` where the data set has none, then ``parsing`` is ``None``.
        worn: label map of the person who wears it, of any size; of ``labels`` the one seen most there labels the
            garment.
        labels: what the garment may be; the first without ``worn`` or when none is seen.
        name: of the sample.
    """
    label = labels[0]
    if worn is not None:
        label = max(labels, key=lambda one: int((worn == one).sum()))
    parsing = None if mask is None else np.where(mask, np.uint8(label), np.uint8(Label.BACKGROUND))
    return PersonSample(image, np.zeros((NUM_KEYPOINTS, 3), np.float32), parsing, name)
