"""People who touch each other in a photo, told apart: one for each nose and neck, with a seam between neighbors."""

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np

from tryon.body.skeleton import NECK, NOSE
from tryon.core import photo as photos
from tryon.core.engine import Network
from tryon.core.labels import Label
from tryon.read.parser.read import Candidate, box_in_frame, score_of
from tryon.read.pose.network import heat_maps

# Of 1,893 street photos fourteen show a second nose this likely on the same piece, with a neck below it: two people
# each time. What comes next are ears, fists and passers-by, without a neck of their own.
_NOSE, _NECK = 0.4, 0.35
_NARROWEST = 0.35  # width to height of two people side by side; those of the fourteen photos are from .44 on
_HEAD = 3  # cells of the heat map from a nose within which a second peak is the same nose
_NECK_REACH = 5, 11  # cells aside of a nose and below it within which its neck is
_STEEPEST = 2  # a nose this many times as far above another as beside it is no neighbor's: no seam goes between
_EDGE = 3.0  # step of color, in levels of CIELAB, at which a seam through people costs half
_FREE = 0.02  # cost of a pixel of a seam through nobody, of one through somebody


def tell_apart(pose: Network, photo: np.ndarray, people: list[Candidate]) -> list[Candidate]:
    """Everybody whom :func:`tryon.read.parser.read.find_people` gives, those who touch each other each for themselves.

    Args:
        pose: the pose network; it sees one person best, but its heat maps show every nose.
        photo: ``(H, W, 3)`` ``uint8``.
        people: candidates with their coarse reading.

    Returns:
        The one who is most likely meant first. Neighbors whose noses lie nearly above each other stay one.
    """
    found = [one for candidate in people for one in _parted(candidate, photo, _noses(pose, photo, candidate))]
    return sorted(found, key=lambda one: -one.score)


def _noses(pose: Network, photo: np.ndarray, candidate: Candidate) -> np.ndarray:
    """``(N, 2)`` x, y in pixels of the photo of the noses on a candidate that have a neck, from left to right."""
    x0, y0, x1, y1 = candidate.box
    if x1 - x0 < _NARROWEST * (y1 - y0):
        return np.zeros((0, 2))
    size = pose.config.input_size
    crop, matrix = photos.crop_and_resize(photo, box_in_frame(candidate, size[1] / size[0]), size)
    maps = heat_maps(pose, [crop])[0]
    nose, neck = maps[NOSE], maps[NECK]
    mask = cv2.warpAffine(candidate.mask.astype(np.uint8), matrix, size[::-1])
    on_them = cv2.resize(mask, nose.shape[::-1], interpolation=cv2.INTER_AREA) > 0
    peaks = [(x, y) for x, y in _peaks(np.where(on_them, nose, 0)) if _has_neck(neck, x, y)]
    if len(peaks) < 2:
        return np.zeros((0, 2))
    cell = size[1] / nose.shape[1]
    to_photo = photos.invert_affine(matrix)
    points = (np.array(sorted(peaks), float) + 0.5) * cell - 0.5
    return points @ to_photo[:, :2].T + to_photo[:, 2]


def _peaks(heat: np.ndarray) -> list[tuple[int, int]]:
    """x, y of what stands out of a heat map, the highest first."""
    left = heat.copy()
    peaks = []
    while left.max() >= _NOSE:
        y, x = map(int, np.unravel_index(left.argmax(), left.shape))
        around = slice(max(0, y - _HEAD), y + _HEAD + 1), slice(max(0, x - _HEAD), x + _HEAD + 1)
        if left[y, x] >= heat[around].max():  # no slope of a peak that was found already
            peaks.append((x, y))
        left[around] = 0
    return peaks


def _has_neck(neck: np.ndarray, x: int, y: int) -> bool:
    aside, below = _NECK_REACH
    return bool(neck[y + 1 : y + 1 + below, max(0, x - aside) : x + aside + 1].max(initial=0) >= _NECK)


def _parted(candidate: Candidate, photo: np.ndarray, noses: np.ndarray) -> list[Candidate]:
    """A candidate for each nose; the candidate itself where there are less than two."""
    neighbors = [
        (left, right) for left, right in pairwise(noses) if abs(right[1] - left[1]) <= _STEEPEST * (right[0] - left[0])
    ]
    if not neighbors:
        return [candidate]
    costs = _costs(candidate, photo)
    height, width = candidate.mask.shape
    across = costs.shape[1] / width
    seams = [_seam(costs, round(left[0] * across), round(right[0] * across)) for left, right in neighbors]
    rows = np.minimum((np.arange(height) * costs.shape[0]) // height, costs.shape[0] - 1)
    ends = [np.zeros(height), *((seam[rows] + 0.5) / across for seam in seams), np.full(height, width)]
    columns = np.arange(width)
    territories = [(columns >= start[:, None]) & (columns < end[:, None]) for start, end in pairwise(ends)]
    return [one for territory in territories if (one := _within(candidate, territory)) is not None]


def _within(candidate: Candidate, territory: np.ndarray) -> Candidate | None:
    """The part of a candidate in one's own territory ``(H, W)``; nobody, if none of it is there."""
    mask = candidate.mask & territory
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    if not len(columns):
        return None
    box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    share = float(mask.mean())
    score = score_of(share, np.nonzero(mask)[1].mean() / mask.shape[1])
    return replace(candidate, box=box, share=share, mask=mask, score=score, beyond=~territory)


def _costs(candidate: Candidate, photo: np.ndarray) -> np.ndarray:
    """``(h, w)``: what a seam between people costs at each pixel of the coarse reading."""
    scores = candidate.scores
    assert scores is not None, "only find_people gives a coarse reading"
    small = cv2.resize(photo, scores.shape[1::-1], interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    steps = np.linalg.norm(cv2.Sobel(lab, cv2.CV_32F, 1, 0, scale=1 / 8), axis=2)
    return (1 - scores[..., Label.BACKGROUND]) / (1 + steps / _EDGE) + _FREE


def _seam(costs: np.ndarray, left: int, right: int) -> np.ndarray:
    """``(h,)`` columns of the cheapest line from top to bottom between two columns, a pixel aside a row at most."""
    inner = costs[:, left : right + 1]
    total = inner.copy()
    for y in range(1, len(inner)):
        padded = np.pad(total[y - 1], 1, constant_values=np.inf)
        total[y] += np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    seam = np.empty(len(inner), int)
    seam[-1] = total[-1].argmin()
    for y in range(len(inner) - 2, -1, -1):
        first = max(0, seam[y + 1] - 1)
        seam[y] = first + total[y, first : seam[y + 1] + 2].argmin()
    return left + seam
