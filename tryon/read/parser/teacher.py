"""Label maps of photos whose tags only name what is worn: the parser's own reading, held to the tags.

Self-training in the manner of Li et al., "Self-Correction for Human Parsing" (TPAMI 2022): the averaged network reads
each photo, mirrored and at two scales; classes that the tags exclude get nothing, what stays uncertain is unknown, and
a network is trained on that together with the photos that have labels. Then it is the next teacher.
"""

from collections.abc import Collection

import cv2
import numpy as np

from tryon.core.engine import Network
from tryon.core.frame import Frame
from tryon.core.labels import NUM_LABELS, UNKNOWN, Label
from tryon.read.parser.edges import follow_edges
from tryon.read.parser.read import find_people, labels_in, read_closely
from tryon.types import WORKING_SIDE

# What tags leave out although it is there.
_UNTAGGED = (Label.BACKGROUND, Label.HAIR, Label.SKIN, Label.SHOES, Label.ACCESSORY)
_BESIDE_THE_BODY = (Label.HAT, Label.HAIR, Label.BAG, Label.SCARF, Label.ACCESSORY)
ALLOWED = 0.2  # probability that what the tags allow must have at a pixel before the tags, or it is unknown
CERTAIN = 0.55  # probability that the likeliest class must have after them
_EDGE = 0.012  # of the photo's height: how far the person mask's outline is not trusted


def label_by_tags(parser: Network, photo: np.ndarray, worn: Collection[Label], person: np.ndarray) -> np.ndarray | None:
    """The label map of the person in a photo.

    Args:
        parser: the teacher.
        photo: ``(H, W, 3)`` ``uint8``.
        worn: the classes that the tags name.
        person: ``(H, W)`` ``bool``: where another network sees the person.

    Returns:
        ``(H, W)`` ``uint8``, :data:`tryon.core.labels.UNKNOWN` where nothing is certain; ``None`` where nobody is
        found.
    """
    people = find_people(parser, photo)
    if not people:
        return None
    close = read_closely(parser, photo, people[0])
    allowed = np.zeros(NUM_LABELS, np.float32)
    allowed[[*_UNTAGGED, *worn]] = 1
    scores = close.scores * allowed
    total = scores.sum(-1, keepdims=True)
    scores = follow_edges(scores / np.maximum(total, 1e-6), close.crop)
    scores[total[..., 0] < ALLOWED] = 0
    height, width = photo.shape[:2]
    whole = Frame.of((0, 0, width, height), WORKING_SIDE)
    local, certainty = labels_in(whole, scores, close.matrix)
    local[certainty < CERTAIN] = UNKNOWN
    labels = whole.enlarge(local, cv2.INTER_NEAREST_EXACT)
    edge = np.ones((2 * round(_EDGE * height) + 1,) * 2, np.uint8)
    mask = person.astype(np.uint8)
    inside, near = cv2.erode(mask, edge) > 0, cv2.dilate(mask, edge) > 0
    labels[inside & (labels == Label.BACKGROUND)] = UNKNOWN
    labels[~near & ~np.isin(labels, (Label.BACKGROUND, *_BESIDE_THE_BODY))] = UNKNOWN
    return labels
