"""From the close view to the photo's own size: what was copied gets its finer detail back from where it was copied.

Everything is done in bands of rows, so that a photo of 48 megapixels needs little more memory than itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from appearance_flow.sampling import warp_photo
from tryon.core.frame import Frame
from tryon.types import CloseView

_BAND = 256  # rows
_AROUND = 4  # pixels of a photo around those that are sampled, for the filter


class Viewed(Protocol):
    """A photo and the view of it that is worked in, such as a person's."""

    @property
    def photo(self) -> np.ndarray: ...
    @property
    def close(self) -> CloseView: ...


class Copied(Protocol):
    """What was copied from one view into another, such as a :class:`appearance_flow.warp.Layer`."""

    @property
    def color(self) -> np.ndarray: ...
    @property
    def flow(self) -> np.ndarray: ...
    @property
    def own(self) -> np.ndarray | None: ...


@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """How much of each pixel of a picture comes from where, ``(h, w)`` ``float32`` each; the rest was made up."""

    of_photo: np.ndarray
    of_layer: dict[int, np.ndarray]
    """By the number of the layer."""


def bands(frame: Frame) -> Iterator[slice]:
    """The rows of a frame's box in the photo, some at a time."""
    height = frame.full_size[0]
    return (slice(start, min(start + _BAND, height)) for start in range(0, height, _BAND))


def carry_up(
    image: np.ndarray,
    picture: np.ndarray,
    weights: Weights,
    region: np.ndarray,
    person: Viewed,
    source: Viewed,
    layers: Sequence[Copied],
) -> None:
    """Put a picture of the close view into the photo, in place: enlarged, with the detail that it lacks.

    Args:
        image: ``(H, W, 3)`` ``uint8``, of the size of the person's photo.
        picture: ``(h, w, 3)`` ``uint8`` in the close view.
        weights: of the picture.
        region: ``(H', W')`` ``bool`` of the frame's box: where the image may change.
        person: whose photo it is.
        source: whose photo the layers were taken from.
        layers: as they were numbered.
    """
    frame, photo = person.close.frame, person.photo[person.close.frame.window]
    for band in bands(frame):
        chosen = region[band]
        if not chosen.any():
            continue

        def up(small: np.ndarray, band: slice = band) -> np.ndarray:
            return enlarged_rows(small, frame, band)

        colors = up(picture).astype(np.float32)
        colors += up(weights.of_photo)[..., None] * (photo[band].astype(np.float32) - up(person.close.photo))
        for i, weight in weights.of_layer.items():
            _add_detail(colors, up(weight * layers[i].own), layers[i], source, frame, band)
        image[frame.window][band][chosen] = np.clip(colors + 0.5, 0, 255).astype(np.uint8)[chosen]


def _add_detail(
    colors: np.ndarray, share: np.ndarray, layer: Copied, viewed: Viewed, frame: Frame, band: slice
) -> None:
    """What a photo shows of a layer that was taken from it beyond what the close view could, in place."""
    columns = np.flatnonzero(share.any(0))
    if not len(columns):
        return
    part = slice(columns[0], columns[-1] + 1)
    source, photo = viewed.close.frame, viewed.photo
    flow = full_flow(enlarged_rows(layer.flow, frame, band), frame, source, band.start)[:, part]
    y, x = np.nonzero(share[:, part])
    offset = np.array((part.start + frame.box[0], band.start + frame.box[1]), np.float32)
    place = np.stack((x, y), -1) + flow[y, x] + offset
    low = np.clip(place.min(0).astype(int) - _AROUND, 0, np.array(photo.shape[1::-1]) - 1)
    high = np.clip(place.max(0).astype(int) + 1 + _AROUND, low + 1, photo.shape[1::-1])
    sampled = warp_photo(photo[low[1] : high[1], low[0] : high[0]], flow + (offset - low.astype(np.float32)))
    coarse = enlarged_rows(layer.color, frame, band)[:, part]
    colors[:, part] += share[:, part, None] * (sampled.astype(np.float32) - coarse)


def enlarged_rows(picture: np.ndarray, frame: Frame, band: slice, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Some rows of :meth:`tryon.core.frame.Frame.enlarge`."""
    if not frame.reduced:
        return picture[band]
    across, down = frame.scale
    if interpolation == cv2.INTER_NEAREST_EXACT:
        y = ((np.arange(band.start, band.stop) + 0.5) * down).astype(int)
        x = ((np.arange(frame.full_size[1]) + 0.5) * across).astype(int)
        return picture[y[:, None], x]
    matrix = np.array(((across, 0, 0.5 * across - 0.5), (0, down, (band.start + 0.5) * down - 0.5)))
    size = frame.full_size[1], band.stop - band.start
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def full_flow(flow: np.ndarray, target: Frame, source: Frame, first_row: int = 0) -> np.ndarray:
    """Offsets between working pixels, already at the size of the box, as offsets between pixels of the photos.

    Args:
        flow: ``(H, W, 2)`` rows of the target's box, from ``first_row`` on.
        target: frame of the person.
        source: frame of the garment's wearer.
    """
    rows, columns = np.arange(len(flow), dtype=np.float32) + first_row, np.arange(flow.shape[1], dtype=np.float32)
    out = np.empty_like(flow)
    for axis, place in ((0, columns[None]), (1, rows[:, None])):
        working = (place + 0.5) * target.scale[axis] + flow[..., axis]
        out[..., axis] = working / source.scale[axis] - 0.5 + source.box[axis] - (place + target.box[axis])
    return out
