"""Training views: pairs of pictures as the network takes them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from hpn.framing import cut, frame, to_frame
from hpn.inputs import alignment, pose_maps
from tryon.body import skeleton
from tryon.body.poses import MIN_POINTS
from tryon.core.errors import ConfigError, DataError, PersonNotFoundError, TryOnError
from tryon.types import PairSample, PersonSample

_POINT_JITTER = 0.006  # of the frame: an estimator's errors
_TRIES = 20


class PairViews:
    """Random views of pairs, the same for the same number.

    Args:
        sources: data sets with the share of views to take from each, and whether source and target may be exchanged:
            not for puppets, whose targets alone are real.
        seed: of everything random.
        sigma: of the pose's Gaussians, see :class:`hpn.model.HPNConfig`.

    Raises:
        ConfigError: no data set, or one without pairs.
    """

    def __init__(self, sources: Sequence[tuple[Sequence[PairSample], float, bool]], seed: int, sigma: float = 3.2):
        if not sources or any(len(pairs) == 0 for pairs, _, _ in sources):
            raise ConfigError("a data set without pairs cannot be trained on; give folders with pairs of that split")
        self.sources, self.seed, self.sigma = sources, seed, sigma
        shares = np.array([share for _, share, _ in sources], float)
        self._shares = shares / shares.sum()

    def view(self, number: int, resolution: int, *, augment: bool = True) -> dict[str, Tensor]:
        """View ``number``: what :func:`prepare` gives of a random pair, varied at random with ``augment``.

        Raises:
            DataError: pair after pair shows too little of the person.
        """
        rng = np.random.default_rng((self.seed, number))
        reason: TryOnError | None = None
        for _ in range(_TRIES):
            pairs, _, reversible = self.sources[rng.choice(len(self.sources), p=self._shares)]
            pair = pairs[int(rng.integers(len(pairs)))]
            if reversible and rng.random() < 0.3:
                pair = PairSample(pair.target, pair.source, name=pair.name)
            if min((one.keypoints[:, 2] > 0).sum() for one in (pair.source, pair.target)) >= MIN_POINTS:
                try:
                    return prepare(pair, resolution, self.sigma, rng if augment else None)
                except (DataError, PersonNotFoundError) as error:  # one bad pair of many
                    reason = error
        why = reason or f"they show fewer than {MIN_POINTS} key points"
        raise DataError(f"{_TRIES} pairs in a row cannot be learned from: {why}; check the data set")


def prepare(
    pair: PairSample, resolution: int, sigma: float = 3.2, rng: np.random.Generator | None = None
) -> dict[str, Tensor]:
    """A pair as the network takes it: both people in one square frame, without their background.

    Args:
        pair: two pictures of one size, with label maps.
        resolution: side of the frame, a multiple of 64.
        sigma: of the pose's Gaussians.
        rng: frame, mirror and tint at random, and jitter the key points as an estimator would.

    Returns:
        ``image`` and ``target`` ``(3, R, R)`` in [-1, 1], 0 for the background; ``source_keypoints`` and
        ``target_keypoints`` ``(18, 3)`` in pixels of the frame; ``pose`` ``(18, 32, 32)``; ``flow`` ``(2, R, R)`` and
        ``agreement`` ``(1, R, R)`` from :func:`hpn.inputs.alignment`; ``person`` ``(1, R, R)`` in [0, 1].

    Raises:
        DataError: a label map is missing, or the pictures differ in size.
        PersonNotFoundError: the shoulders are missing.
    """
    source, target = pair.source, pair.target
    if source.parsing is None or target.parsing is None or source.image.shape != target.image.shape:
        raise DataError(f"the pair {pair.name!r} needs two pictures of one size, both with label maps")
    box = frame(np.maximum(source.parsing, target.parsing) > 0, rng)
    people = [_cut(one, box, resolution) for one in (source, target)]
    if rng is not None:
        people = _varied(people, rng)
    (image, _, source_points), (wanted, person, target_points) = people
    flow, agreement = alignment(source_points, target_points, resolution)
    return {
        "image": _tensor(image) / 127.5,
        "target": _tensor(wanted) / 127.5,
        "source_keypoints": torch.from_numpy(source_points),
        "target_keypoints": torch.from_numpy(target_points),
        "pose": torch.from_numpy(pose_maps(target_points, (resolution, resolution), sigma)),
        "flow": _tensor(flow),
        "agreement": _tensor(agreement[..., None]),
        "person": _tensor(person[..., None]),
    }


def _cut(sample: PersonSample, box: tuple[int, int, int], resolution: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colors ``float32`` in [-127.5, 127.5] with the background 0, the person in [0, 1], and the key points."""
    assert sample.parsing is not None
    person = (sample.parsing > 0).astype(np.float32)
    colors = (sample.image.astype(np.float32) - 127.5) * person[..., None]
    points = skeleton.transform(sample.keypoints.astype(np.float32), to_frame(box, resolution))
    return cut(colors, box, resolution), cut(person, box, resolution), points.astype(np.float32)


def _varied(people: list[tuple[np.ndarray, np.ndarray, np.ndarray]], rng: np.random.Generator):
    """Both pictures mirrored or not and tinted alike; the key points a little off, each for itself."""
    mirrored = rng.random() < 0.5
    gain, bias = rng.uniform(0.8, 1.2) * rng.uniform(0.93, 1.07, 3), rng.uniform(-15, 15)
    varied = []
    for colors, person, points in people:
        side = len(colors)
        if mirrored:
            colors, person, points = colors[:, ::-1], person[:, ::-1], skeleton.mirror(points, side)
        tinted = np.clip(colors * gain + bias * person[..., None], -127.5, 127.5).astype(np.float32)
        points = points.copy()
        points[:, :2] += rng.normal(0, _POINT_JITTER * side, (len(points), 2))
        varied.append((tinted, np.ascontiguousarray(person), points))
    return varied


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).permute(2, 0, 1).contiguous()
