"""Training views: pairs of pictures as the network takes them."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor

from hpn.inputs import alignment, pose_maps
from tryon.body import skeleton
from tryon.body.poses import MIN_POINTS
from tryon.core.errors import ConfigError, DataError, PersonNotFoundError, TryOnError
from tryon.types import PairSample, PersonSample

MARGIN = 0.08
"""Of the larger side of the person's box, left free on each side of a framed person."""
_MAX_SHIFT = 0.06  # of the frame, to each side
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


def frame(people: np.ndarray, rng: np.random.Generator | None = None) -> tuple[int, int, int]:
    """A square around people, with a margin; at random also around their upper body, and a little aside.

    Args:
        people: ``(H, W)`` ``bool``.

    Returns:
        x, y of the top left pixel, which may lie outside, and the side, in pixels.

    Raises:
        DataError: nobody is there.
    """
    ys, xs = np.flatnonzero(people.any(1)), np.flatnonzero(people.any(0))
    if not len(ys):
        raise DataError("a label map of the pair is empty; leave out pictures without a person")
    top, bottom, left, right = ys[0], ys[-1] + 1, xs[0], xs[-1] + 1
    if rng is not None and rng.random() < 0.6:
        bottom = top + (bottom - top) * rng.uniform(0.5, 1)
    side = max(bottom - top, right - left) * (1 + 2 * MARGIN)
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    if rng is not None:
        x, y = np.array((x, y)) + rng.uniform(-_MAX_SHIFT, _MAX_SHIFT, 2) * side
    return round(x), round(y), max(round(side), 8)


def cut(array: np.ndarray, box: tuple[int, int, int], resolution: int) -> np.ndarray:
    """The square ``box`` of ``(H, W[, C])``, resized to ``resolution`` a side; 0 outside of it."""
    x, y, side = box
    height, width = array.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + side, width), min(y + side, height)
    inside = array[y0:y1, x0:x1]
    square = cv2.copyMakeBorder(inside, y0 - y, y + side - y1, x0 - x, x + side - x1, cv2.BORDER_CONSTANT)
    smaller = resolution < side
    return cv2.resize(square, (resolution,) * 2, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def to_frame(box: tuple[int, int, int], resolution: int) -> np.ndarray:
    """``(2, 3)``: from pixels of the picture to pixels of the resized square ``box``."""
    x, y, side = box
    scale = resolution / side
    return np.array(((scale, 0, (0.5 - x) * scale - 0.5), (0, scale, (0.5 - y) * scale - 0.5)))


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
