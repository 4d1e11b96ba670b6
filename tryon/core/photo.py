"""Reading and writing photos, and bringing them to the sizes of the networks and back.

Pictures are RGB ``uint8`` ``(H, W, 3)`` in sRGB. Sizes are ``(height, width)``. Points are in pixel index coordinates
(the center of the top left pixel is 0, 0) and follow ``cv2.resize``: ``x' = (x + .5) * scale - .5``.
"""

import io
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import cv2
import numpy as np
from PIL import Image

from tryon.core.checks import MIN_SIDE as MIN_SIDE
from tryon.core.checks import check_kinds, check_picture, check_pixels, check_shape
from tryon.core.decoding import PHOTO_SUFFIXES as PHOTO_SUFFIXES
from tryon.core.decoding import convert, decode, opened, reason
from tryon.core.errors import OutputError
from tryon.core.files import write_atomically

_OUTPUT_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
OUTPUT_SUFFIXES = tuple(_OUTPUT_FORMATS)
"""Endings of the names of pictures that can be written, in lower case and with the dot."""

Source = str | Path | bytes | BinaryIO | Image.Image | np.ndarray
_FILES = (str, Path, bytes, bytearray, memoryview)
_SOURCES = "a path, the bytes of a file, an open file or a Pillow image"
Color = int | tuple[int, int, int]


@dataclass(frozen=True, eq=False, slots=True)
class Photo:
    """A photo that was read."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    notes: tuple[str, ...] = ()
    """What was changed that a user may miss."""


def load(source: Source, *, max_pixels: int = 64_000_000) -> np.ndarray:
    """Read a photo as :func:`read` does; only its pixels ``(H, W, 3)``."""
    return read(source, max_pixels=max_pixels).image


def read(source: Source, *, max_pixels: int = 64_000_000) -> Photo:
    """Read a photo: upright, in sRGB, transparent parts over white.

    Args:
        source: a path, the bytes of a file, an open binary file (read from its start), a Pillow image, or a ``uint8``
            array ``(H, W)``, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA.
        max_pixels: a picture with more is refused before it is decoded.

    Returns:
        The photo, a copy.

    Raises:
        InputImageError: no readable still picture of at least 32 pixels a side and at most ``max_pixels``.
        ShapeError: an array of another shape or type, or no source at all.
    """
    with warnings.catch_warnings():
        # Pillow warns of sizes and metadata that are dealt with here.
        warnings.simplefilter("ignore")
        if isinstance(source, Image.Image):
            file = getattr(source, "fp", None)  # of one that was opened and not yet decoded
            file = None if file is None or file.closed else file
            image, transparent = convert(source, "the picture", max_pixels, file)
        elif isinstance(source, _FILES) or hasattr(source, "read"):
            with opened(cast(BinaryIO, source)) as (file, name):
                image, transparent = decode(file, name, max_pixels)
        else:
            array = check_picture(source, "the picture", (1, 3, 4), _SOURCES)
            image, transparent = convert(Image.fromarray(array), "the picture", max_pixels)
    return Photo(image, ("transparent parts of the photo became white",) if transparent else ())


def as_photo(source: Source | Photo, name: str) -> Photo:
    """What the Python interface takes for a photo: a photo, an array ``(H, W, 3)``, or a source that is read first.

    Raises:
        InputImageError: as :func:`read`.
        ShapeError: as :func:`read`; arrays of gray or with transparency too, which must be read first.
    """
    if isinstance(source, Photo):
        return source
    if isinstance(source, (*_FILES, Image.Image)) or hasattr(source, "read"):
        return read(source)
    return Photo(check_picture(source, name, others=_SOURCES))


def save(image: np.ndarray, path: str | Path, *, quality: int = 95) -> None:
    """Write a picture, without any metadata, so that a half-written file is never seen.

    Args:
        image: ``(H, W, 3)`` ``uint8`` sRGB, or ``(H, W, 4)`` with transparency for PNG.
        path: the extension decides: .png, .jpg, .jpeg or .webp.
        quality: of JPEG and WebP, 1 to 100. JPEG keeps the full color resolution (4:4:4).

    Raises:
        OutputError: as :func:`check_output`, or the picture cannot be written in this format.
        KindError: ``path`` is none.
        ShapeError: the array is of another shape or type.
    """
    check_kinds((path,), (str | os.PathLike,), "the path of a file, as text or a Path")
    path = Path(path)
    check_output(path)
    kind = _OUTPUT_FORMATS[path.suffix.lower()]
    image = check_pixels(image, "the picture to save", (3, 4))
    if image.shape[2] == 4 and kind != "PNG":
        raise OutputError(f"{path} cannot hold transparency; use the extension .png")
    try:
        write_atomically(path, encode(image, kind, quality=quality))
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({reason(error)}); choose another file or format") from error


def encode(image: np.ndarray, kind: str, *, quality: int = 95) -> bytes:
    """The file of a picture, without any metadata.

    Args:
        image: ``(H, W, 3)`` ``uint8`` sRGB, or ``(H, W, 4)`` with transparency for PNG.
        kind: ``PNG``, ``JPEG`` or ``WEBP``.
        quality: as for :func:`save`.

    Raises:
        ShapeError: the array is of another shape or type.
        OSError, ValueError: the format cannot hold the picture.
    """
    pixels = check_pixels(image, "the picture to save", (3, 4))
    options = {
        "PNG": {"compress_level": 3},
        # Not optimize: it fails on pictures that hardly compress, such as grainy ones.
        "JPEG": {"quality": quality, "subsampling": 0},
        "WEBP": {"quality": quality},
    }
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, kind, **options[kind])
    return encoded.getvalue()


def check_output(path: str | Path, inputs: Iterable[str | Path] = ()) -> None:
    """Check, before any work is done, that :func:`save` will be able to write ``path``.

    Args:
        path: where a picture is to be written.
        inputs: files that are read for it, or folders of them, which must not be overwritten.

    Raises:
        OutputError: it is a folder or one of the inputs, its extension is unknown, its folder is missing, or writing is
            not permitted.
    """
    path = Path(path)
    try:
        check_kept(path, "--out", inputs)
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a picture file in it")
        if path.suffix.lower() not in _OUTPUT_FORMATS:
            raise OutputError(f"{path} has an unknown extension; use .png, .jpg, .jpeg or .webp")
        if not path.parent.is_dir():
            raise OutputError(f"{path} cannot be written because {path.parent} is no existing folder; make it first")
        if not os.access(path.parent, os.W_OK | os.X_OK) or (path.exists() and not os.access(path, os.W_OK)):
            raise OutputError(f"{path} cannot be written: permission denied; choose another place")
    except OutputError:
        raise
    except (OSError, ValueError) as error:  # Such as a name that is too long.
        raise OutputError(f"{path} cannot be written ({reason(error)}); choose another name") from error


def check_kept(path: Path, option: str, inputs: Iterable[str | Path]) -> None:
    """Check that an output overwrites nothing that is read.

    Args:
        path: where the output is to be written.
        option: that gives it.
        inputs: files that are read, or folders of them.

    Raises:
        OutputError: it is one of the files, or a file that is there already in one of the folders.
    """
    for one in map(Path, inputs):
        folder = os.path.isdir(one)  # of a name that is too long, too, which the method of a path refuses
        if folder and os.path.exists(path) and one.resolve() in path.resolve().parents:
            raise OutputError(
                f"{path} is a file in {one}, which is read, and would be overwritten; give {option} another place"
            )
        if not folder and _same_file(path, one):
            raise OutputError(f"{path} is a file that is read and would be overwritten; give {option} another name")


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a picture (outer) was scaled and centered on a canvas (inner), and the way back."""

    outer: tuple[int, int]
    """Size of the picture."""
    inner: tuple[int, int]
    """Size of the canvas."""
    resized: tuple[int, int]
    """Size of the picture on the canvas."""
    top: int
    left: int

    @property
    def matrix(self) -> np.ndarray:
        """``(2, 3)`` ``float64``: affine map from picture to canvas."""
        sy, sx = self.resized[0] / self.outer[0], self.resized[1] / self.outer[1]
        return np.array([[sx, 0, (sx - 1) / 2 + self.left], [0, sy, (sy - 1) / 2 + self.top]])

    def to_inner(self, points: np.ndarray) -> np.ndarray:
        """Points ``(..., 2 or more)`` of the picture on the canvas; what follows x and y stays."""
        return _map_points(points, self.matrix)

    def to_outer(self, points: np.ndarray) -> np.ndarray:
        """Points ``(..., 2 or more)`` of the canvas in the picture; what follows x and y stays."""
        return _map_points(points, invert_affine(self.matrix))

    def undo(self, array: np.ndarray) -> np.ndarray:
        """Bring a picture or map ``(h, w)`` or ``(h, w, C)`` on the canvas back to the size of the picture.

        Values are interpolated: give probabilities, not label numbers.

        Raises:
            ShapeError: the array is not of the size of the canvas.
        """
        check_shape(array, "array", self.inner + array.shape[2:])
        height, width = self.resized
        return _resize(array[self.top : self.top + height, self.left : self.left + width], self.outer)


def letterbox(image: np.ndarray, size: tuple[int, int], fill: Color) -> tuple[np.ndarray, Letterbox]:
    """Scale a picture to fit a canvas, keep its proportions, center it and fill the rest.

    Args:
        image: ``(H, W, 3)`` ``uint8``.
        size: height and width of the canvas.
        fill: color of the rest.

    Returns:
        the canvas ``(h, w, 3)`` ``uint8``, and the way back.
    """
    outer = image.shape[:2]
    scale = min(size[0] / outer[0], size[1] / outer[1])
    resized = (max(1, round(outer[0] * scale)), max(1, round(outer[1] * scale)))
    box = Letterbox((outer[0], outer[1]), size, resized, (size[0] - resized[0]) // 2, (size[1] - resized[1]) // 2)
    canvas = np.empty((*size, 3), np.uint8)
    canvas[:] = fill
    canvas[box.top : box.top + resized[0], box.left : box.left + resized[1]] = _resize(image, resized)
    return canvas, box


def crop_and_resize(
    image: np.ndarray, box: tuple[float, float, float, float], size: tuple[int, int], fill: Color | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cut out a box and scale it, without aliasing, to a size.

    Args:
        image: ``(H, W, 3)`` ``uint8``.
        box: x0, y0, x1, y1 of its edges, as in a slice: (0, 0, W, H) is the whole picture. It may reach beyond it.
        size: height and width of the result; the proportions may change.
        fill: color outside the picture; ``None`` repeats the nearest pixel.

    Returns:
        the crop ``(h, w, 3)`` ``uint8``, and the affine map ``(2, 3)`` ``float64`` from points of the picture to
        points of the crop (see :func:`tryon.body.skeleton.transform` and :func:`invert_affine`).

    Raises:
        ValueError: the box is empty or does not touch the picture.
    """
    x0, y0, x1, y1 = box
    height, width = image.shape[:2]
    if not (x0 < x1 and y0 < y1 and x0 < width and y0 < height and x1 > 0 and y1 > 0):
        raise ValueError(f"the box {tuple(box)} is empty or lies outside the picture of {width} x {height} pixels")
    scale = np.array((size[1] / (x1 - x0), size[0] / (y1 - y0)))
    matrix = np.column_stack((np.diag(scale), (0.5 - np.array((x0, y0))) * scale - 0.5))
    # Whole blocks of pixels are averaged first, so that bilinear sampling never has to shrink by two or more.
    block = np.maximum(np.floor(1 / scale), 1).astype(int)
    start = np.floor((x0, y0)).astype(int) - block
    blocks = np.ceil((np.array((x1, y1)) - start) / block).astype(int) + 1
    region = _padded(image, start, start + blocks * block, fill)
    if block.max() > 1:
        region = cv2.resize(region, (int(blocks[0]), int(blocks[1])), interpolation=cv2.INTER_AREA)
    from_region = matrix.copy()
    from_region[:, :2] *= block
    from_region[:, 2] += scale * (start + (block - 1) / 2)
    crop = cv2.warpAffine(
        region, from_region, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop, matrix


def invert_affine(matrix: np.ndarray) -> np.ndarray:
    """The inverse ``(2, 3)`` ``float64`` of an affine map ``(2, 3)``."""
    linear = np.linalg.inv(np.asarray(matrix[:, :2], np.float64))
    return np.column_stack((linear, -linear @ matrix[:, 2]))


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):  # One of them does not exist.
        return False


def _resize(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    shrinks = size[0] <= array.shape[0] and size[1] <= array.shape[1]
    out = cv2.resize(array, (size[1], size[0]), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return out.reshape(*size, *array.shape[2:])  # cv2 drops a last axis of 1.


def _padded(image: np.ndarray, start: np.ndarray, stop: np.ndarray, fill: Color | None) -> np.ndarray:
    """``image[start:stop]`` for x, y limits that may lie outside the picture."""
    limits = np.array((image.shape[1], image.shape[0]))
    low, high = np.clip(start, 0, limits - 1), np.clip(stop, 1, limits)
    (left, top), (right, bottom) = (low - start).tolist(), (stop - high).tolist()
    color = (fill,) * 3 if isinstance(fill, int) else fill
    cut = image[low[1] : high[1], low[0] : high[0]]
    border = cv2.BORDER_REPLICATE if color is None else cv2.BORDER_CONSTANT
    return cv2.copyMakeBorder(cut, top, bottom, left, right, border, value=color or (0, 0, 0))


def _map_points(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    out = np.array(points, np.result_type(points, np.float32))
    out[..., :2] = np.asarray(points[..., :2], np.float64) @ matrix[:, :2].T + matrix[:, 2]
    return out
