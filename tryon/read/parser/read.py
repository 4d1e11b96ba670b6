"""Reading photos with the garment parser: find the people coarsely, then read one of them closely."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.core import photo as photos
from tryon.core.engine import Network
from tryon.core.frame import Frame
from tryon.core.labels import NUM_LABELS, Label
from tryon.core.masks import window_of
from tryon.read.parser.edges import follow_edges
from tryon.read.parser.network import probabilities
from tryon.read.parser.palette import by_color
from tryon.types import WORKING_SIDE

COARSE_SIDE = 512  # long side of the whole photo for the first read
_AT_EDGE = 1.0  # pixels from the frame at which somebody is cut off by it
MARGIN = 0.08  # of the person's size, around the box that is read closely
LARGER, LARGER_WEIGHT = 1.25, 0.4  # size of the mirrored reading to that of the plain one, and its share in their mean
COARSE_WEIGHT = 0.5  # of the first read in the mean with the close one, where it shows the person no smaller
SURELY_ABSENT = 0.3  # a garment that is there with less probability loses to its rivals in proportion
_GARMENTS = (Label.HAT, Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.LEGWEAR, Label.SCARF)
_HANGING = (Label.DRESS, Label.SKIRT, Label.PANTS)
_WORN_ABOVE = (Label.UPPER, Label.OUTER, Label.DRESS)
_BAG_OF_CLOTH = 0.2  # mean probability of these at which a piece that was read as a bag is cloth: bags have a twentieth
_NEGLIGIBLE = 0.05  # a class that is nowhere likelier than this is not there
# A component of the coarse person mask is a person when it is at least this share of the photo and of the largest,
# and shows skin or hair: bags, shoes and posters alone are no people.
MIN_SHARE, MIN_OF_LARGEST, MIN_SKIN_HAIR = 0.002, 0.12, 0.015
_CENTRAL = 0.5  # share of their score that people lose at the side of a photo


@dataclass(frozen=True, eq=False, slots=True)
class Candidate:
    """Somebody found in a photo."""

    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 in pixels of the photo, edges as in a slice."""
    share: float
    """Share of the photo's pixels that the person covers."""
    mask: np.ndarray
    """``(H, W)`` ``bool`` of the photo, coarse."""
    score: float
    """Size, weighed by how central the person stands: the highest is the one who is meant."""
    scores: np.ndarray | None = None
    """``(h, w, 14)`` ``float32`` class probabilities of the whole photo from the coarse reading, if there was one."""
    beyond: np.ndarray | None = None
    """``(H, W)`` ``bool``: where others are who touch this person, if somebody does."""


@dataclass(frozen=True, eq=False, slots=True)
class Close:
    """One person as the network reads them, in the frame of the close reading."""

    scores: np.ndarray
    """``(h, w, 14)`` ``float32`` class probabilities of the pixels."""
    presence: np.ndarray
    """``(14,)`` probability of each class being there."""
    crop: np.ndarray
    """``(h, w, 3)`` ``uint8``: what was read."""
    box: tuple[float, float, float, float]
    """x0, y0, x1, y1 in pixels of the photo, possibly beyond its borders."""
    matrix: np.ndarray
    """``(2, 3)`` from pixels of the photo to those of ``crop``."""


def find_people(parser: Network, photo: np.ndarray) -> list[Candidate]:
    """Everybody in a photo, the one who is most likely meant first.

    The whole photo is read at 512 pixels on its long side; people are the connected parts that are not background.

    Args:
        parser: the network.
        photo: ``(H, W, 3)`` ``uint8``.

    Returns:
        Possibly nobody. People who touch each other in the photo count as one, see :mod:`tryon.read.apart`.
    """
    height, width = photo.shape[:2]
    scale = COARSE_SIDE / max(height, width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    small = cv2.resize(photo, inner[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    padded = cv2.copyMakeBorder(small, 0, -inner[0] % 32, 0, -inner[1] % 32, cv2.BORDER_REPLICATE)
    scores = probabilities(parser, padded)[0][: inner[0], : inner[1]]
    person = (scores[..., Label.BACKGROUND] < 0.5).astype(np.uint8)
    # Neck, belt or ankles missed by a pixel must not cut a person in two.
    joined = cv2.morphologyEx(person, cv2.MORPH_CLOSE, np.ones((7, 3), np.uint8))
    number, components, stats, centers = cv2.connectedComponentsWithStats(joined, connectivity=8)
    body = np.isin(scores.argmax(-1), (Label.SKIN, Label.HAIR, Label.HAT))
    found = []
    for i in range(1, number):
        share = stats[i, cv2.CC_STAT_AREA] / joined.size
        inside = components == i
        if share < MIN_SHARE or (body & inside).sum() < MIN_SKIN_HAIR * inside.sum():
            continue
        mask = cv2.resize(inside.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
        x, y, w, h = stats[i, :4]
        across, down = width / inner[1], height / inner[0]  # both about 1 / scale
        right, bottom = int(np.ceil((x + w) * across)), int(np.ceil((y + h) * down))
        box = int(x * across), int(y * down), min(width, right), min(height, bottom)
        found.append(Candidate(box, float(share), mask, score_of(share, centers[i][0] / inner[1]), scores))
    found.sort(key=lambda candidate: -candidate.score)
    return [one for one in found if one.share >= MIN_OF_LARGEST * max(other.share for other in found)]


def score_of(share: float, center: float) -> float:
    """:attr:`Candidate.score` of somebody who covers a share of the photo, around ``center`` in [0, 1] of its width."""
    return float(share * (1 - _CENTRAL * abs(center - 0.5) * 2))


def coarse_labels(candidate: Candidate, size: tuple[int, int]) -> np.ndarray:
    """``(H, W)`` ``uint8``: the most likely labels of the coarse reading, in a photo of this height and width."""
    assert candidate.scores is not None, "only find_people gives a coarse reading"
    labels = candidate.scores.argmax(-1).astype(np.uint8)
    return cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST)


def reading_box(candidate: Candidate, proportion: float) -> tuple[float, float, float, float]:
    """The box to read closely: the person with a margin, widened or heightened to ``proportion`` width / height."""
    x0, y0, x1, y1 = candidate.box
    w, h = (x1 - x0) * (1 + 2 * MARGIN), (y1 - y0) * (1 + 2 * MARGIN)
    w, h = max(w, h * proportion), max(h, w / proportion)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    return cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2


def box_in_frame(candidate: Candidate, proportion: float) -> tuple[float, float, float, float]:
    """The box to read key points in: as :func:`reading_box`, but where the frame cuts the person off, it ends with it.

    Shoulders at the upper edge of a photo without a head are found less well below pixels that repeat that edge. Labels
    are not: they are read a little better with a margin all around.
    """
    height, width = candidate.mask.shape
    x0, y0, x1, y1 = candidate.box
    left, right = _ends(x0, x1, width)
    top, bottom = _ends(y0, y1, height)
    left, right = _ends(x0, x1, width, (bottom - top) * proportion)
    top, bottom = _ends(y0, y1, height, (right - left) / proportion)
    return left, top, right, bottom


def _ends(start: float, end: float, frame: int, length: float = 0.0) -> tuple[float, float]:
    """The ends of a stretch with a margin, but where the frame cuts it off; of that length at least: what is missing is
    added where nothing is cut off, or at both ends."""
    free = np.array((start > _AT_EDGE, end < frame - _AT_EDGE), float)
    margins = MARGIN * (end - start) * free
    missing = max(0.0, length - (end - start) - margins.sum())
    margins += missing * (free / free.sum() if free.any() else 0.5)
    return start - float(margins[0]), end + float(margins[1])


def parse_person(parser: Network, photo: np.ndarray, candidate: Candidate, *, mirror: bool = True) -> np.ndarray:
    """Label map of one person.

    The close reading is averaged with the coarse one, which is there already and sees the person at another scale.

    Args:
        parser: the network.
        photo: ``(H, W, 3)`` ``uint8``.
        candidate: from :func:`find_people` on the same photo.
        mirror: average also with the mirrored person at another size: steadier, more than twice the time.

    Returns:
        ``(H, W)`` ``uint8``; other people and specks are background.
    """
    return labels_of(photo, candidate, read_closely(parser, photo, candidate, mirror=mirror))


def labels_of(photo: np.ndarray, candidate: Candidate, close: Close) -> np.ndarray:
    """The label map ``(H, W)`` ``uint8`` of a photo that follows from a close reading of the candidate."""
    scores = _gated(close.scores, close.presence)
    scores = _without_bags_of_cloth(follow_edges(_settled(scores), close.crop))
    scores = by_color(scores, close.crop)
    x0, y0 = max(0, int(close.box[0])), max(0, int(close.box[1]))
    x1, y1 = min(photo.shape[1], int(np.ceil(close.box[2]))), min(photo.shape[0], int(np.ceil(close.box[3])))
    frame = Frame.of((x0, y0, x1, y1), WORKING_SIDE)  # what was read is far coarser than a large photo
    local, _ = labels_in(frame, scores, close.matrix)
    if candidate.beyond is not None:
        local[frame.cut(candidate.beyond.view(np.uint8), cv2.INTER_NEAREST_EXACT) > 0] = Label.BACKGROUND
    local = _keep_person(local, frame.cut(candidate.mask.view(np.uint8), cv2.INTER_NEAREST_EXACT) > 0)
    parsing = np.zeros(photo.shape[:2], np.uint8)
    parsing[frame.window] = frame.enlarge(remove_specks(local), cv2.INTER_NEAREST_EXACT)
    return parsing


def read_closely(parser: Network, photo: np.ndarray, candidate: Candidate, *, mirror: bool = True) -> Close:
    """What the network says of one person, averaged over its readings; arguments as :func:`parse_person`'s."""
    size = parser.config.input_size
    box = reading_box(candidate, size[1] / size[0])
    crop, matrix = photos.crop_and_resize(photo, box, size)
    scores, presence = probabilities(parser, crop)
    if mirror:
        larger, larger_presence = _larger_mirrored(parser, photo, box, size)
        scores += LARGER_WEIGHT * (larger - scores)
        presence = presence + LARGER_WEIGHT * (larger_presence - presence)
    if candidate.scores is not None:
        scores = _with_coarse(scores, candidate.scores, matrix, photo.shape[:2])
    return Close(scores, presence, crop, box, matrix)


def _gated(scores: np.ndarray, presence: np.ndarray) -> np.ndarray:
    """Class probabilities in which a garment that is hardly there gives its pixels to the next likely class.

    Args:
        scores: ``(H, W, 14)``.
        presence: ``(14,)`` probability of each class being in the picture.
    """
    gate = np.ones(NUM_LABELS, np.float32)
    gate[list(_GARMENTS)] = np.minimum(1, presence[list(_GARMENTS)] / SURELY_ABSENT)
    gated = scores * gate
    return gated / np.maximum(gated.sum(-1, keepdims=True), 1e-6)


def _larger_mirrored(
    parser: Network, photo: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Class probabilities of the mirrored box, read larger and brought to ``size``, ``(H, W, 14)``; and presence."""
    larger = 32 * round(LARGER * size[0] / 32), 32 * round(LARGER * size[1] / 32)
    crop, _ = photos.crop_and_resize(photo, box, larger)
    scores, presence = probabilities(parser, crop[:, ::-1])
    mirrored = scores[:, ::-1]
    layers = [cv2.resize(np.ascontiguousarray(mirrored[..., label]), size[::-1]) for label in range(NUM_LABELS)]
    return np.stack(layers, -1), presence


def _with_coarse(close: np.ndarray, coarse: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mean of both readings; the coarse one counts the less the smaller it shows the person.

    Args:
        close: ``(H, W, 14)``.
        coarse: ``(h, w, 14)`` of the whole photo.
        matrix: ``(2, 3)`` from pixels of the photo to those of ``close``.
        size: height and width of the photo.
    """
    down, across = coarse.shape[0] / size[0], coarse.shape[1] / size[1]
    weight = COARSE_WEIGHT * float(np.clip(2 * down / matrix[1, 1] - 1, 0, 1))
    if weight == 0:
        return close
    to_photo = np.array([[1 / across, 0, 0.5 / across - 0.5], [0, 1 / down, 0.5 / down - 0.5], [0, 0, 1]])
    from_coarse = matrix @ to_photo
    out = close * (1 - weight)
    for label in range(NUM_LABELS):
        layer = np.ascontiguousarray(coarse[..., label])
        if layer.max() < _NEGLIGIBLE:
            continue
        warped = cv2.warpAffine(layer, from_coarse, close.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        out[..., label] += weight * warped
    return out


def _settled(close: np.ndarray) -> np.ndarray:
    """Garments told apart by what is around a pixel, so that one of them is not read as a patchwork.

    Tops, coats and dresses lie close together, and are told apart by their near surroundings; what hangs from the hips
    by wider ones.
    """
    out = close.copy()
    for labels, radius in (((Label.UPPER, Label.OUTER, Label.DRESS), 1 / 64), (_HANGING, 1 / 16)):
        rivals = [label for label in labels if out[..., label].max() >= _NEGLIGIBLE]
        if len(rivals) < 2:
            continue
        around = cv2.GaussianBlur(out[..., rivals], (0, 0), out.shape[0] * radius)
        share = around / np.maximum(around.sum(-1, keepdims=True), 1e-6)
        out[..., rivals] = out[..., rivals].sum(-1, keepdims=True) * share
    return out


def _without_bags_of_cloth(scores: np.ndarray) -> np.ndarray:
    """Class probabilities ``(H, W, 14)`` in which pieces of a coat that were read as bags are cloth, each as a whole.

    Where a coat hangs from an arm or stands open, its pieces look like bags, but never as surely as bags do.
    """
    bags = (scores.argmax(-1) == Label.BAG).astype(np.uint8)
    number, pieces = cv2.connectedComponents(bags)
    sizes = np.maximum(np.bincount(pieces.ravel(), minlength=number), 1)
    means = np.stack([np.bincount(pieces.ravel(), scores[..., label].ravel(), number) for label in _WORN_ABOVE]) / sizes
    cloth = means.sum(0) > _BAG_OF_CLOTH
    cloth[0] = False
    if not cloth.any():
        return scores
    out = scores.copy()
    for piece in np.flatnonzero(cloth):
        inside = pieces == piece
        out[inside, _WORN_ABOVE[int(means[:, piece].argmax())]] += scores[inside, Label.BAG]
        out[inside, Label.BAG] = 0
    return out


def labels_in(frame: Frame, close: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most likely class at each pixel of a part of the photo, between the pixels of the close reading.

    Args:
        frame: the part.
        close: ``(H, W, 14)`` class probabilities.
        matrix: ``(2, 3)`` from pixels of the photo to those of ``close``.

    Returns:
        Labels, ``uint8``, and their probability, ``float32``, in the size of the frame.
    """
    shift = 0.5 / frame.scale - 0.5 + frame.box[:2]  # of the frame's first pixel in the photo
    from_region = np.column_stack((matrix[:, :2] / frame.scale, matrix[:, :2] @ shift + matrix[:, 2]))
    best = np.full(frame.size, -1, np.float32)
    labels = np.zeros(best.shape, np.uint8)
    for label in range(NUM_LABELS):  # one class at a time: all 14 at a photo's size would fill the memory
        score = np.ascontiguousarray(close[..., label])
        if score.max() < 0.1:
            continue
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        score = cv2.warpAffine(score, from_region, best.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
        better = score > best
        best[better] = score[better]
        labels[better] = label
    return labels, best


def _keep_person(labels: np.ndarray, coarse: np.ndarray) -> np.ndarray:
    """Drop the connected parts that the coarse reading gave to somebody else."""
    _, components, stats, _ = cv2.connectedComponentsWithStats((labels > 0).astype(np.uint8), connectivity=8)
    overlap = np.bincount(components[coarse], minlength=len(stats))
    kept = overlap > 0.2 * stats[:, cv2.CC_STAT_AREA]
    kept[0] = False
    return np.where(kept[components], labels, 0)


def remove_specks(labels: np.ndarray, smallest: float = 0.0015) -> np.ndarray:
    """Give each connected part of a label that is too small to be meant the label around it.

    Args:
        labels: ``(H, W)`` ``uint8``.
        smallest: parts below this share of the person's area are specks; shoes, legwear, skin and accessories may be
            a fifth of it.

    Returns:
        ``(H, W)`` ``uint8``.
    """
    out = labels.copy()
    area = max(1, int((labels > 0).sum()))
    small_labels = (Label.ACCESSORY, Label.SHOES, Label.LEGWEAR, Label.SKIN)
    specks = np.zeros(labels.shape, bool)
    for label in np.unique(labels):
        limit = smallest * area * (0.2 if label in small_labels else 1)
        there = labels == label
        window = window_of(there)  # most classes cover a small part of the picture
        _, components, stats, _ = cv2.connectedComponentsWithStats(there[window].astype(np.uint8), connectivity=8)
        small = stats[:, cv2.CC_STAT_AREA] < limit
        small[0] = False
        specks[window] |= small[components]
    if specks.any():
        # The nearest pixel that stays decides; OpenCV gives its number in the distance transform.
        _, nearest = cv2.distanceTransformWithLabels(
            specks.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        table = np.zeros(nearest.max() + 1, np.uint8)
        table[nearest[~specks]] = labels[~specks]
        out[specks] = table[nearest[specks]]
    return out
