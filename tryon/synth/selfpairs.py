"""Self pairs of garments: the clothes of one photo before and after a change that is known exactly.

The source shows the person of the target in another pose (as a :mod:`puppet <tryon.synth.puppet>`), bent smoothly,
turned, scaled, cut off at the frame and in other light. Half of the pairs are mirrored as a whole: mirroring one side
alone would contradict the key points, by which a garment is carried over.
"""

from dataclasses import replace

import cv2
import numpy as np

from tryon.core.labels import Label, mask_of
from tryon.datasets.corrupt import Samples
from tryon.synth.puppet import PuppetPairs, inside
from tryon.types import PairSample, PersonSample

CLOTHES = (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF)
_GRID = 5  # random shifts along the shorter side, between which the bending is smooth
_STILL = 0.4  # share of the pairs whose person does not move
_BENT = 0.5  # share of the pairs that are bent: else clothes keep their own width, as they do between real photos
_ROW = 1024
_ROUNDS = 20  # of the fixed point by which the bending is inverted: far below a hundredth of a pixel


class GarmentSelfPairs:
    """Endless self pairs: pair number n is a function of the seed and n alone.

    Args:
        samples: labeled people.
        seed: number that all pairs depend on.
        size: height and width of the pairs.
        light: whether the source is in other light.
    """

    def __init__(self, samples: Samples[PersonSample], seed: int, size: tuple[int, int], light: bool = True):
        self.puppets, self.light = PuppetPairs(samples, seed, size), light

    def pair(self, number: int) -> PairSample:
        """Pair ``number``, 0 or more; its flow is NaN but on the clothes of the target, a real photo.

        Raises:
            DataError: as :meth:`tryon.synth.puppet.PuppetPairs.pair`.
        """
        rng = np.random.default_rng((self.puppets.seed, number, 1))
        pair = self.puppets.pair(number)
        return change_garment(_still(pair) if rng.random() < _STILL else pair, rng, self.light)


def _still(pair: PairSample) -> PairSample:
    """The target twice, without a change of the pose: where nothing has to move, nothing should."""
    assert pair.target.parsing is not None
    shown = pair.target.parsing > 0
    flow = np.zeros((*shown.shape, 2), np.float32)
    flow[~shown] = np.nan
    return replace(pair, source=pair.target, flow=flow, visible=shown)


def change_garment(pair: PairSample, rng: np.random.Generator, light: bool = True) -> PairSample:
    """Bend (not always), move and light the source of a pair, and keep the flow of the clothes.

    Args:
        pair: with flow, visibility and label maps.
        rng: of the change.
        light: whether the source is lit anew.
    """
    source, target = pair.source, pair.target
    assert pair.flow is not None
    assert pair.visible is not None
    assert source.parsing is not None
    assert target.parsing is not None
    size = source.image.shape[:2]
    bend, matrix = _random_bend(size, rng), _random_matrix(size, rng)
    if rng.random() >= _BENT:
        bend[:] = 0
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    back = cv2.invertAffineTransform(matrix)
    x = (back[0, 0] * columns + back[0, 1] * rows + back[0, 2]).astype(np.float32)
    y = (back[1, 0] * columns + back[1, 1] * rows + back[1, 2]).astype(np.float32)
    shift = _at(bend, x, y)
    x, y = x + shift[..., 0], y + shift[..., 1]
    image = cv2.remap(source.image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    labels = cv2.remap(source.parsing, x, y, cv2.INTER_NEAREST)

    points = source.keypoints.copy()
    points[:, :2] = _forward(bend, matrix, points[:, :2])
    flow = np.full_like(pair.flow, np.nan)
    cloth = mask_of(target.parsing, *CLOTHES) & np.isfinite(pair.flow).all(-1)
    here = np.stack((np.arange(target.image.shape[1]) + 0 * cloth, np.arange(len(cloth))[:, None] + 0 * cloth), -1)
    places = _forward(bend, matrix, here[cloth] + pair.flow[cloth])
    flow[cloth] = places - here[cloth]
    visible = np.zeros(cloth.shape, bool)
    visible[cloth] = ((places >= 0) & (places <= np.array(size[::-1]) - 1)).all(1)
    changed = PersonSample(
        _light(image, rng) if light else image, inside(points, size), labels, source.name, source.identity
    )
    return PairSample(changed, target, flow, visible & pair.visible, pair.name)


def _random_bend(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """``(H, W, 2)``: a smooth field of shifts, too weak to fold."""
    spacing = min(size) / _GRID
    cells = 2 + round(size[0] / spacing), 2 + round(size[1] / spacing)
    strength = rng.uniform(0.03, 0.13) * spacing
    coarse = (strength * rng.standard_normal((*cells, 2))).clip(-2 * strength, 2 * strength)
    return cv2.resize(coarse.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)


def _random_matrix(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """``(2, 3)``: turned and stretched a little about the middle, shifted, and up to a third larger."""
    scale, angle = rng.uniform(0.85, 1.33), rng.normal(0, 0.06)
    stretch = np.exp(rng.normal(0, 0.04))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array(((cos * stretch, -sin), (sin * stretch, cos)))
    middle = np.array((size[1] - 1, size[0] - 1)) / 2
    shift = rng.normal(0, 0.05, 2) * min(size)
    return np.column_stack((linear, middle + shift - linear @ middle))


def _at(bend: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The shifts at points, bilinear."""
    if not x.size:  # nobody in the photo wears anything that is carried over
        return np.zeros((*x.shape, 2), np.float32)
    return cv2.remap(bend, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _forward(bend: np.ndarray, matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where points ``(N, 2)`` of the picture go, ``float64``: the inverse of the map by which it is drawn."""
    # In rows: OpenCV takes no longer ones.
    whole = np.zeros((-(-len(points) // _ROW), _ROW, 2), np.float32)
    whole.reshape(-1, 2)[: len(points)] = points
    straight = whole
    for _ in range(_ROUNDS):
        straight = whole - _at(bend, straight[..., 0], straight[..., 1])
    return straight.reshape(-1, 2)[: len(points)] @ matrix[:, :2].T + matrix[:, 2]


def _light(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Brighter or darker, warmer or colder, and brighter on one side."""
    height, width = image.shape[:2]
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.2)
    ramp = np.cos(angle) * np.linspace(-1, 1, width) + np.sin(angle) * np.linspace(-1, 1, height)[:, None]
    tint = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.04, 3))
    lit = (image / 255) ** np.exp(rng.normal(0, 0.15)) * tint * (1 + slope * ramp)[..., None]
    return np.clip(255 * lit + 0.5, 0, 255).astype(np.uint8)
