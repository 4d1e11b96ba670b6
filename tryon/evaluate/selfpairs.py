"""Self pairs of real photos: a try-on whose truth is a photo, because the garment is put back on its own wearer.

The garment photo is the photo itself, changed: bent by a cubic polynomial, seen in perspective, cut off, in other
light, and often with hair, a bag or an arm of somebody else before the garment. The person wears a loose grey top that
was painted over the garment and somewhat beyond its outline, so that neither its pixels nor its edges are left. No
training uses such a change: those of :mod:`tryon.synth.selfpairs` are others.

The grey top lies about where the garment does, wherever another part of the body borders on it: outlines and lengths
say less here than on renders. The ground that the grey hides is not known to anybody. Nor would the program ever be
given such a photo: its own reading of the person is that of the photo before the grey was laid over it, see
:func:`tryon.evaluate.readings.read`.
"""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from tryon.body import skeleton as sk
from tryon.core.labels import Label, mask_of
from tryon.evaluate.deform import Deformation, random_deformation
from tryon.types import PersonSample, TripletSample

GREY = 128
_LOOSE, _OVER = 0.1, 0.03  # torso lengths by which the grey top is wider: over the background, over the body
_MARGIN = 0.3  # torso lengths around the garment, and around the face, that a cut leaves
_JOINTS = (sk.NOSE, sk.R_SHOULDER, sk.L_SHOULDER, sk.R_HIP, sk.L_HIP)
_IN_FRONT = (Label.HAT, Label.HAIR, Label.BAG, Label.SHOES, Label.ACCESSORY)
_COVERED = 0.65  # share of the pairs in which something of somebody else lies before the garment
_THINGS = (Label.HAIR, Label.BAG, Label.SKIN)
_THING = 0.25  # of the garment's area at most


class Samples(Protocol):
    """Labeled people, decoded when asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> PersonSample: ...


def self_pair(sample: PersonSample, labels: Sequence[int], others: Samples, rng: np.random.Generator) -> TripletSample:
    """A try-on with the photo as its truth.

    Args:
        sample: a labeled photo.
        labels: classes of the garment that is put back on, some of which the photo shows.
        others: people whose hair, bags and arms may lie before the garment.
        rng: of the change.

    Returns:
        ``person`` in grey, ``garment`` the changed photo, ``target`` the photo itself; the flow is exact on
        the garment.
    """
    assert sample.parsing is not None
    unit = sk.torso_length(sample.keypoints) or 0.3 * float(np.sqrt((sample.parsing > 0).sum()))
    cloth = mask_of(sample.parsing, *labels)
    change = random_deformation(sample.image.shape[:2], _kept(sample, cloth), _MARGIN * unit, rng)
    garment = _changed(sample, change, rng)
    if rng.random() < _COVERED and len(others):
        garment = _cover(garment, labels, others[int(rng.integers(len(others)))], rng)
    flow, visible = _exact_flow(cloth, garment, labels, change)
    return TripletSample(in_grey(sample, labels, unit), garment, sample, flow, visible, sample.name)


def in_grey(sample: PersonSample, labels: Sequence[int], unit: float) -> PersonSample:
    """The person in a loose grey top instead of the garment.

    Args:
        sample: a labeled photo.
        labels: classes of the garment; its most frequent one is that of the grey top.
        unit: torso length in pixels.
    """
    assert sample.parsing is not None
    cloth = mask_of(sample.parsing, *labels)
    wide, close = _grown(cloth, _LOOSE * unit), _grown(cloth, max(_OVER * unit, 2))
    grey = (wide & (sample.parsing == Label.BACKGROUND)) | (close & ~mask_of(sample.parsing, *_IN_FRONT)) | cloth
    image, parsing = sample.image.copy(), sample.parsing.copy()
    image[grey] = GREY
    found = sample.parsing[cloth]
    parsing[grey] = np.bincount(found).argmax() if found.size else Label.UPPER
    return PersonSample(image, sample.keypoints, parsing, sample.name, sample.identity)


def _kept(sample: PersonSample, cloth: np.ndarray) -> np.ndarray:
    """``(N, 2)`` what no photo of a garment cuts off: the garment, and the face, shoulders and hips of who wears it."""
    joints = [i for i in _JOINTS if sample.keypoints[i, 2] > 0]
    rows, columns = np.nonzero(cloth)
    box = np.percentile(columns, (1, 99)), np.percentile(rows, (1, 99))
    return np.concatenate((sample.keypoints[joints, :2].astype(np.float64), np.stack(box, -1)))


def _changed(sample: PersonSample, change: Deformation, rng: np.random.Generator) -> PersonSample:
    assert sample.parsing is not None
    x, y = change.backward()
    image = cv2.remap(sample.image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    labels = cv2.remap(sample.parsing, x, y, cv2.INTER_NEAREST)
    points = sample.keypoints.copy()
    points[:, :2] = change.forward(points[:, :2])
    outside = (points[:, :2] < 0).any(1) | (points[:, :2] > np.array(change.size[::-1]) - 1).any(1)
    points[outside | (points[:, 2] <= 0)] = 0
    return PersonSample(_light(image, rng), points, labels, sample.name, sample.identity)


def _light(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gamma, white balance and a vignette."""
    height, width = image.shape[:2]
    x, y = (
        np.linspace(-1, 1, width)[None] - rng.normal(0, 0.2),
        np.linspace(-1, 1, height)[:, None] - rng.normal(0, 0.2),
    )
    vignette = 1 - rng.uniform(0, 0.3) * np.clip((x**2 + y**2) / 2, 0, 1)
    temperature, tint = rng.normal(0, 0.07), rng.normal(0, 0.03)
    balance = np.exp((temperature, tint, -temperature))
    lit = (image / 255) ** np.exp(rng.normal(0, 0.18)) * balance * vignette[..., None]
    return np.clip(255 * lit + 0.5, 0, 255).astype(np.uint8)


def _cover(sample: PersonSample, labels: Sequence[int], other: PersonSample, rng: np.random.Generator) -> PersonSample:
    """Hair, a bag or an arm of somebody else before the garment, as large as it is on its owner, not too large."""
    assert sample.parsing is not None
    assert other.parsing is not None
    rows, columns = np.nonzero(mask_of(sample.parsing, *labels))
    below = np.arange(len(other.parsing))[:, None] > other.keypoints[sk.NECK, 1]  # of skin, arms and not faces
    things = []
    for label in _THINGS:
        mask = (other.parsing == label) & (below if label == Label.SKIN else True)
        count, parts, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        if count > 1:
            largest = 1 + int(figures[1:, cv2.CC_STAT_AREA].argmax())
            things.append((label, parts == largest, figures[largest]))
    scale = sk.torso_length(sample.keypoints) / max(sk.torso_length(other.keypoints), 1)
    if not things or not len(rows) or not scale:
        return sample
    label, mask, (x0, y0, width, height, area) = things[int(rng.integers(len(things)))]
    scale = min(scale, float(np.sqrt(_THING * len(rows) / area)))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    cut = slice(y0, y0 + height), slice(x0, x0 + width)
    piece = cv2.resize(other.image[cut], size, interpolation=cv2.INTER_AREA)
    shape = cv2.resize(mask[cut].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    place = int(rng.integers(len(rows)))
    top, left = rows[place] - size[1] // 2, columns[place] - size[0] // 2
    y, x = np.nonzero(shape)
    inside = (y + top >= 0) & (y + top < len(sample.parsing)) & (x + left >= 0) & (x + left < sample.parsing.shape[1])
    y, x = y[inside], x[inside]
    image, parsing = sample.image.copy(), sample.parsing.copy()
    image[y + top, x + left], parsing[y + top, x + left] = piece[y, x], label
    return PersonSample(image, sample.keypoints, parsing, sample.name, sample.identity)


def _exact_flow(
    cloth: np.ndarray, garment: PersonSample, labels: Sequence[int], change: Deformation
) -> tuple[np.ndarray, np.ndarray]:
    """The flow from the garment on the photo to the changed one, and where the latter shows it."""
    assert garment.parsing is not None
    flow = np.full((*cloth.shape, 2), np.nan, np.float32)
    visible = np.zeros(cloth.shape, bool)
    y, x = np.nonzero(cloth)
    places = change.forward(np.column_stack((x, y)).astype(np.float64))
    flow[y, x] = places - np.column_stack((x, y))
    inside = (places > -0.5).all(1) & (places < np.array(change.size[::-1]) - 0.5).all(1)
    column, row = np.round(places[inside]).astype(int).T
    visible[y[inside], x[inside]] = np.isin(garment.parsing[row, column], labels)
    return flow, visible


def _grown(mask: np.ndarray, radius: float) -> np.ndarray:
    side = 2 * round(radius) + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))) > 0
