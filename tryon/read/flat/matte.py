"""Cutting a garment without a wearer out of its photo, and naming its kind."""

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.core.engine import Network
from tryon.core.errors import ConfigError, GarmentNotFoundError
from tryon.core.frame import Frame
from tryon.core.likelihood import color_bins, likelier
from tryon.core.masks import filled, grown
from tryon.read.flat.kinds import KINDS, NEITHER, WORN
from tryon.read.flat.matte_network import mattes
from tryon.read.parser.edges import follow_edges
from tryon.types import Box

_MARGIN = 0.08  # around a garment that is looked at closely, of its larger side
_STEP = 32  # pixels: sides of what the network sees are multiples of it
_ANOTHER = 0.25  # of the largest piece of cloth: a piece as large as this is a garment of its own
_FOUND = 0.005  # share of the photo that a garment covers at least
_BESIDE = 4  # pixels of the first look
_SEEN_THROUGH = 0.1  # of a matte: below it, a hole is the ground that is seen through an opening
_DOUBTFUL = 0.9  # of a matte: up to it, color decides, too
_SURE = 0.95  # of a matte, from which on it shows the colors of the cloth
_BLUR = 1.0, 1.0  # bins by which the histograms of ground and cloth are blurred
_OUTLINE_SIDE = 1024  # pixels of the longer side at which the outline follows the photo's edges


@dataclass(frozen=True, eq=False, slots=True)
class FlatReading:
    """A garment without a wearer, as found in a photo; arrays are of the photo's size."""

    cloth: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: how much of a pixel is cloth of this garment, its inside included."""
    inside: np.ndarray
    """``(H, W)`` ``float32`` in [0, 1]: the inside of its back, seen above the neckline or in an opening."""
    kinds: np.ndarray
    """``(8,)`` ``float32`` probabilities of :data:`tryon.read.flat.kinds.KINDS`; their sum is 1."""
    box: Box
    """Of the garment, with a margin."""
    warnings: tuple[str, ...] = ()

    @property
    def front(self) -> np.ndarray:
        """``(H, W)`` ``float32`` in [0, 1]: the cloth without its inside, which is what is put on."""
        return self.cloth - self.inside


def what_is_shown(network: Network, photo: np.ndarray) -> np.ndarray:
    """What a photo shows.

    Args:
        network: prepared by :func:`tryon.core.engine.ready`.
        photo: ``(H, W, 3)`` ``uint8``.

    Returns:
        ``(10,)`` ``float32`` probabilities of the classes of :mod:`tryon.read.flat.kinds`.
    """
    return _look(network, photo, network.config.area)[1]


def read_matte(network: Network, photo: np.ndarray, item: int | None = None) -> FlatReading:
    """Cut out the garment of a photo that shows no wearer.

    Args:
        network: prepared by :func:`tryon.core.engine.ready`.
        photo: ``(H, W, 3)`` ``uint8``.
        item: which garment, counted from the left, from 1; by default the largest.

    Raises:
        GarmentNotFoundError: there is no garment, or not that many.
        ConfigError: ``item`` is below 1.
    """
    scores, shows = _look(network, photo, network.config.area)
    pieces = _pieces(scores[..., 0])
    if not pieces:
        raise GarmentNotFoundError(
            "no garment was made out in the photo; use one that shows a garment whole, on a ground of another color"
        )
    piece, warnings = _choose(pieces, item)
    height, width = photo.shape[:2]
    scale = np.array((width / scores.shape[1], height / scores.shape[0]))
    rows, columns = np.nonzero(piece)
    low = np.array((columns.min(), rows.min())) * scale
    high = np.array((columns.max() + 1, rows.max() + 1)) * scale
    margin = _MARGIN * (high - low).max()
    x0, y0 = np.floor(np.maximum(low - margin, 0)).astype(int).tolist()
    x1, y1 = np.ceil(np.minimum(high + margin, (width, height))).astype(int).tolist()
    # What only the closer look takes for cloth is believed beside what both do, and others are no part of it.
    mine = grown(piece, _BESIDE)
    for other in pieces:
        if other is not piece:
            mine &= ~other
    near = cv2.resize(mine.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)[y0:y1, x0:x1]

    frame = Frame.of((x0, y0, x1, y1), _OUTLINE_SIDE)
    close, again = _look(network, photo[y0:y1, x0:x1], network.config.close_area)
    size = frame.size[0] // 2 * 2, frame.size[1] // 2 * 2
    cut = cv2.resize(photo[y0:y1, x0:x1], size[::-1], interpolation=cv2.INTER_AREA)
    close = np.clip(follow_edges(cv2.resize(close, size[::-1], interpolation=cv2.INTER_LINEAR), cut), 0, 1)
    close[like_the_ground(close[..., 0], cut)] = 0
    close = cv2.resize(close, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    cloth, inside = np.zeros((2, height, width), np.float32)
    sure = close[..., 0] * near
    whole = filled(np.round(255 * sure).astype(np.uint8)).astype(np.float32) / 255
    cloth[y0:y1, x0:x1] = np.where(sure > _SEEN_THROUGH, whole, sure)
    inside[y0:y1, x0:x1] = close[..., 1] * cloth[y0:y1, x0:x1]
    # The first look is at all garments of the photo.
    kinds = again[:WORN] if len(pieces) > 1 else (shows[:WORN] + again[:WORN]) / 2
    return FlatReading(cloth, inside, kinds / kinds.sum(), (x0, y0, x1, y1), warnings)


def like_the_ground(matte: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """What a matte does not surely take for cloth and has the colors of the ground: what is seen between sleeves and
    trunk, and of a hanger.

    Args:
        matte: ``(H, W)`` ``float32`` in [0, 1].
        photo: ``(H, W, 3)`` ``uint8``.

    Returns:
        ``(H, W)`` ``bool``.
    """
    return likelier(color_bins(photo), matte < _SEEN_THROUGH, matte > _SURE, matte <= _DOUBTFUL, _BLUR)


def shows_wearer(shows: np.ndarray) -> bool:
    """Whether what :func:`what_is_shown` answered is somebody who wears the garment, or at least no garment alone."""
    return bool(shows[WORN] >= shows[: len(KINDS)].sum())


def shows_nothing(shows: np.ndarray) -> bool:
    """Whether what :func:`what_is_shown` answered is neither a garment nor somebody who wears one."""
    return int(shows.argmax()) == NEITHER


def _look(network: Network, picture: np.ndarray, area: int) -> tuple[np.ndarray, np.ndarray]:
    """Cloth and inside ``(h, w, 2)`` of a picture brought to an area, mean of it and its mirror image; ``(10,)``."""
    height, width = picture.shape[:2]
    ideal = np.array((height, width)) * np.sqrt(area / (height * width))
    rows, columns = (max(_STEP, round(side / _STEP) * _STEP) for side in ideal)
    small = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    return mattes(network, small)


def _pieces(cloth: np.ndarray) -> list[np.ndarray]:
    """Pieces of cloth that are a garment each, ``(h, w)`` ``bool``, from left to right."""
    _, components, stats, centers = cv2.connectedComponentsWithStats((cloth > 0.5).astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    if not len(areas) or areas.max() < _FOUND * cloth.size:
        return []
    large = 1 + np.flatnonzero(areas >= _ANOTHER * areas.max())
    ordered = large[np.argsort(centers[large, 0])]
    return [components == label for label in ordered]


def _choose(pieces: list[np.ndarray], item: int | None) -> tuple[np.ndarray, tuple[str, ...]]:
    if item is None:
        position = int(np.argmax([piece.sum() for piece in pieces]))
        if len(pieces) == 1:
            return pieces[0], ()
        return pieces[position], (
            f"{len(pieces)} garments are in the photo; number {position + 1} from the left was taken as the largest",
        )
    if item < 1:
        raise ConfigError(f"item {item} was asked for; garments are counted from the left, from 1")
    if item > len(pieces):
        found = "1 was" if len(pieces) == 1 else f"{len(pieces)} were"
        raise GarmentNotFoundError(f"item {item} was asked for, but {found} found in the photo")
    return pieces[item - 1], ()
