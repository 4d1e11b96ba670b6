"""Puppets: pairs of pictures of one person in two poses, made of a single photo.

The person is cut into layers, which are moved as rigidly as possible (not by the closed-form pose flow that networks
are given, which they would only learn to invert). The *moved* picture is the source and the *photo* the target, so
that a network learns to make real pixels. Flow and visibility are those of the layers' own maps and exact.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from tryon.body import skeleton
from tryon.core import photo
from tryon.core.errors import DataError
from tryon.datasets.corrupt import Samples
from tryon.read.views import person_box
from tryon.synth.puppet_layers import (
    BODY,
    LEFT_ARM,
    LEFT_LEG,
    RIGHT_ARM,
    RIGHT_LEG,
    CannotCut,
    Cutting,
    check_stance,
    cut,
)
from tryon.synth.puppet_mesh import SheetMesh, build_mesh, forward, inverse, move_rigidly
from tryon.synth.puppet_pose import pull, random_pose
from tryon.types import PairSample, PersonSample

_CELLS = 14  # cells of the mesh along the torso
_TRIES = 100  # photos in a row that may be useless
_UPPER_BODIES = 0.3  # how often a view shows no more than the upper body
_SAME = 2.5  # pixels of the target within which neighboring pixels of the source show one surface

_JOINT_SHEETS = {
    3: RIGHT_ARM, 4: RIGHT_ARM, 6: LEFT_ARM, 7: LEFT_ARM, 9: RIGHT_LEG, 10: RIGHT_LEG, 12: LEFT_LEG, 13: LEFT_LEG,
}  # fmt: skip


def make_puppet(sample: PersonSample, rng: np.random.Generator) -> PairSample:
    """Move the person of a labeled photo.

    Returns:
        the moved picture as source, the sample itself as target; the flow is NaN on the background. Joints that the
        move brings out of the picture are missing.

    Raises:
        CannotCut: see :func:`tryon.synth.puppet_layers.cut`.
    """
    cutting = cut(sample)
    mesh = build_mesh(_widened(cutting.masks), cutting.attached, max(3, round(cutting.unit / _CELLS)))
    rest, new = random_pose(cutting, rng)
    goals, weights, turns, rank = pull(mesh, cutting, rest, new, rng)
    moved = move_rigidly(mesh, goals, weights, turns)
    frame = _random_frame(cutting, mesh, moved, rng)
    moved = frame[0] * moved + frame[1]
    order = [*rng.permutation((RIGHT_LEG, LEFT_LEG)), BODY, *rng.permutation((RIGHT_ARM, LEFT_ARM))]
    image, labels, origin = _draw(sample, cutting, mesh, moved, frame, rank, order)
    flow, visible = _truth(cutting, mesh, moved, origin)
    source = PersonSample(image, _moved_points(sample, mesh, moved), labels, sample.name, sample.identity)
    return PairSample(source, sample, flow, visible, sample.name)


def _widened(masks: np.ndarray) -> np.ndarray:
    """The soft edge of a mask reaches a little beyond it."""
    return np.stack([cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0 for mask in masks])


def _random_frame(
    cutting: Cutting, mesh: SheetMesh, moved: np.ndarray, rng: np.random.Generator
) -> tuple[complex, complex]:
    """A small turn, scale and shift of the whole picture: point z goes to first * z + second."""
    factor = np.exp(rng.normal(0, 0.04) + 1j * rng.normal(0, 0.025))
    height, width = cutting.owner.shape
    middle = 0.5 * complex(width, height)
    shift = 0.03 * min(height, width) * complex(*rng.normal(0, 1, 2))
    offset = middle + shift - factor * middle
    lowest = mesh.rest.imag >= height - 1
    if lowest.any():  # a person cut off by the lower edge is not lifted above it
        lifted = mesh.rest[lowest].imag - (factor * moved[lowest] + offset).imag
        offset += 1j * max(0.0, float(lifted.max()))
    return complex(factor), complex(offset)


def _draw(
    sample: PersonSample,
    cutting: Cutting,
    mesh: SheetMesh,
    moved: np.ndarray,
    frame: tuple[complex, complex],
    rank: np.ndarray,
    order: Sequence[int],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The moved picture ``(H, W, 3)``, its label map, and where each pixel comes from, NaN where it is made up."""
    size = cutting.owner.shape
    (a, b), (x, y) = (frame[0].real, frame[0].imag), (frame[1].real, frame[1].imag)
    matrix = np.array(((a, -b, x), (b, a, y)))
    picture = cv2.warpAffine(
        cutting.background, matrix, size[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    ).astype(np.float32)
    labels = np.zeros(size, np.uint8)
    origin = np.full(size, np.nan + 1j * np.nan, np.complex64)
    for sheet in order:
        if not (mesh.sheet == sheet).any():
            continue
        back = inverse(mesh, moved, sheet, rank, size)
        rows, columns = np.nonzero(np.isfinite(back))
        if not len(rows):
            continue
        window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        back = back[window]
        there = np.where(np.isfinite(back), back, -1000 - 1000j)
        map_x, map_y = there.real.astype(np.float32), there.imag.astype(np.float32)
        soft = cv2.GaussianBlur(cutting.masks[sheet].astype(np.float32), (3, 3), 0)
        alpha = cv2.remap(soft, map_x, map_y, cv2.INTER_LINEAR)
        # What is made up behind the arms must not be drawn on the arms.
        plain = sheet in (RIGHT_ARM, LEFT_ARM)
        color = cv2.remap(
            sample.image if plain else cutting.picture, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        picture[window] += alpha[..., None] * (color - picture[window])
        covered = alpha > 0.5
        plate = np.asarray(sample.parsing) if plain else cutting.labels
        labels[window][covered] = cv2.remap(plate, map_x, map_y, cv2.INTER_NEAREST)[covered]
        made_up = cv2.remap(cutting.behind[sheet].astype(np.uint8), map_x, map_y, cv2.INTER_NEAREST) > 0
        origin[window][covered] = np.where(made_up, np.nan, back)[covered]
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8), labels, origin


def _truth(cutting: Cutting, mesh: SheetMesh, moved: np.ndarray, origin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Flow and visibility in the frame of the photo.

    A point is seen in the moved picture when all four pixels around its place there show its own surroundings.
    """
    height, width = cutting.owner.shape
    rows, columns = np.nonzero(cutting.owner >= 0)
    points = columns + 1j * rows
    places = forward(mesh, moved, cutting.owner[rows, columns].astype(int), points)
    flow = np.full((height, width, 2), np.nan, np.float32)
    flow[rows, columns, 0], flow[rows, columns, 1] = (places - points).real, (places - points).imag
    left, top = np.floor(places.real).astype(int), np.floor(places.imag).astype(int)
    seen = (left >= 0) & (top >= 0) & (left < width - 1) & (top < height - 1)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (1, 1)):
        shown = origin[np.clip(top + dy, 0, height - 1), np.clip(left + dx, 0, width - 1)]
        seen &= np.abs(shown - points) < _SAME  # NaN is nowhere near
    visible = np.zeros((height, width), bool)
    visible[rows, columns] = seen
    return flow, visible


def _moved_points(sample: PersonSample, mesh: SheetMesh, moved: np.ndarray) -> np.ndarray:
    points = sample.keypoints.astype(np.float32).copy()
    there = set(mesh.sheet.tolist())
    sheets = np.array([_JOINT_SHEETS.get(i, BODY) for i in range(skeleton.NUM_KEYPOINTS)])
    sheets = np.where(np.isin(sheets, list(there)), sheets, BODY)
    places = forward(mesh, moved, sheets, points[:, 0] + 1j * points[:, 1].astype(float))
    points[:, 0], points[:, 1] = places.real, places.imag
    return inside(points, sample.image.shape[:2])


class PuppetPairs:
    """Endless puppets: pair number n is a function of the seed and n alone, so that training resumes exactly.

    Args:
        samples: labeled people, such as :class:`tryon.datasets.ccp.ClothingCoParsing`; read when drawn.
        seed: number that all pairs depend on.
        size: height and width of the pairs, each a random view of its photo, half of them mirrored; ``None``: the
            target is the photo itself, untouched and in its own size.

    Attributes:
        skipped: for each reason, the numbers of the photos met so far that make no puppet.

    Raises:
        DataError: there are no samples.
    """

    def __init__(self, samples: Samples[PersonSample], seed: int, size: tuple[int, int] | None = None):
        if not len(samples):
            raise DataError("no photo to make puppets from; expected labeled people")
        self.samples, self.seed, self.size = samples, seed, size
        self.skipped: dict[str, set[int]] = {}

    def pair(self, number: int) -> PairSample:
        """Pair ``number``, 0 or more.

        Raises:
            DataError: a hundred photos drawn one after the other make no puppet.
        """
        rng = np.random.default_rng((self.seed, number))
        for _ in range(_TRIES):
            index = int(rng.integers(len(self.samples)))
            sample = self.samples[index]
            try:
                if self.size is None:
                    return make_puppet(sample, rng)
                check_stance(sample)  # before the work of framing
                return make_puppet(_framed(sample, self.size, rng), rng)
            except CannotCut as reason:
                self.skipped.setdefault(str(reason), set()).add(index)
        counts = ", ".join(f"{reason} ({len(photos)})" for reason, photos in self.skipped.items())
        raise DataError(f"no puppet can be made from these photos: {counts}; expected standing people seen in front")


def _framed(sample: PersonSample, size: tuple[int, int], rng: np.random.Generator) -> PersonSample:
    """A random view of a labeled photo: the whole person or the upper body, half of them mirrored."""
    x0, y0, x1, y1 = person_box(sample)
    hips = sample.keypoints[[skeleton.R_HIP, skeleton.L_HIP], 1].mean()
    if rng.random() < _UPPER_BODIES:
        y1 = min(y1, hips + rng.uniform(0.25, 0.6) * (hips - y0))
    height = (y1 - y0) * rng.uniform(1.04, 1.2)
    height = max(height, (x1 - x0) * rng.uniform(1.04, 1.2) * size[0] / size[1])
    width = height * size[1] / size[0]
    center = 0.5 * (x0 + x1) + rng.uniform(-0.04, 0.04) * width, 0.5 * (y0 + y1) + rng.uniform(-0.02, 0.02) * height
    box = center[0] - width / 2, center[1] - height / 2, center[0] + width / 2, center[1] + height / 2
    image, matrix = photo.crop_and_resize(sample.image, box, size)
    parsing = cv2.warpAffine(np.asarray(sample.parsing), matrix, size[::-1], flags=cv2.INTER_NEAREST)
    keypoints = inside(skeleton.transform(sample.keypoints, matrix), size).astype(np.float32)
    if rng.random() < 0.5:
        image, parsing = np.ascontiguousarray(image[:, ::-1]), np.ascontiguousarray(parsing[:, ::-1])
        keypoints = skeleton.mirror(keypoints, size[1])
    return PersonSample(image, keypoints, parsing, sample.name, sample.identity)


def inside(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The key points with those outside a picture of ``size`` missing."""
    outside = (keypoints[:, :2] < -0.5).any(1) | (keypoints[:, :2] > np.array(size[::-1]) - 0.5).any(1)
    keypoints = keypoints.copy()
    keypoints[outside | (keypoints[:, 2] <= 0)] = 0
    return keypoints
