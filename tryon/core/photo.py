"""Reading and writing photos, and bringing them to the sizes of the networks and back.

Pictures are RGB ``uint8`` ``(H, W, 3)`` in sRGB. Sizes are ``(height, width)``. Points are in pixel index coordinates
(the center of the top left pixel is 0, 0) and follow ``cv2.resize``: ``x' = (x + .5) * scale - .5``.
"""

import functools
import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError

from tryon.core.checks import check_shape
from tryon.core.errors import InputImageError, OutputError, ShapeError
from tryon.core.files import write_atomically

MIN_SIDE = 32
"""Smaller pictures are refused: nobody can be recognized on them."""

# By Pillow's names. Not all that it opens: some of its formats start other programs or decode while they are opened.
_INPUT_FORMATS = {
    "JPEG": ("jpg", "jpeg", "jpe", "jfif", "mpo"),
    "PNG": ("png",),
    "WEBP": ("webp",),
    "HEIF": ("heic", "heif", "hif"),
    "AVIF": ("avif",),
    "TIFF": ("tif", "tiff"),
    "BMP": ("bmp",),
    "GIF": ("gif",),
}
PHOTO_SUFFIXES = tuple(suffix for suffixes in _INPUT_FORMATS.values() for suffix in suffixes)
"""Endings of the names of photos that can be read, in lower case and without the dot."""
# Phones keep a depth or gain map as the second "frame" of these; the first is the photo.
_STILL_FORMATS = ("MPO", "HEIF")
_OUTPUT_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

Source = str | Path | bytes | BinaryIO | Image.Image | np.ndarray
Color = int | tuple[int, int, int]


def load(source: Source, *, max_pixels: int = 40_000_000) -> np.ndarray:
    """Read a photo: upright, in sRGB, transparent parts over white.

    Args:
        source: a path, the bytes of a file, an open binary file (read from its start), a Pillow image, or a ``uint8``
            array ``(H, W)``, ``(H, W, 3)`` RGB or ``(H, W, 4)`` RGBA.
        max_pixels: a picture with more is refused before it is decoded.

    Returns:
        ``(H, W, 3)`` ``uint8`` RGB, a copy.

    Raises:
        InputImageError: no readable still picture of at least 32 pixels a side and at most ``max_pixels``.
    """
    with warnings.catch_warnings():
        # Pillow warns of sizes and metadata that are dealt with here.
        warnings.simplefilter("ignore")
        if isinstance(source, np.ndarray):
            return _convert(_from_array(source), "the picture", max_pixels)
        if isinstance(source, Image.Image):
            return _convert(source, "the picture", max_pixels)
        with _opened(source) as (file, name), _decoder(file, name, max_pixels) as image:
            return _convert(image, name, max_pixels)


def save(image: np.ndarray, path: str | Path, *, quality: int = 95) -> None:
    """Write a picture, without any metadata, so that a half-written file is never seen.

    Args:
        image: ``(H, W, 3)`` ``uint8`` sRGB, or ``(H, W, 4)`` with transparency for PNG.
        path: the extension decides: .png, .jpg, .jpeg or .webp.
        quality: of JPEG and WebP, 1 to 100. JPEG keeps the full color resolution (4:4:4).

    Raises:
        OutputError: as :func:`check_output`, or the picture cannot be written in this format.
        ShapeError: the array is of another shape or type.
    """
    path = Path(path)
    check_output(path)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (3, 4):
        raise ShapeError("the picture to save", f"(H, W, 3) or (H, W, 4) uint8, not {image.dtype}", image.shape)
    kind = _OUTPUT_FORMATS[path.suffix.lower()]
    if image.shape[2] == 4 and kind != "PNG":
        raise OutputError(f"{path} cannot hold transparency; use the extension .png")
    options = {
        "PNG": {"compress_level": 3},
        # Not optimize: it fails on pictures that hardly compress, such as grainy ones.
        "JPEG": {"quality": quality, "subsampling": 0},
        "WEBP": {"quality": quality},
    }
    encoded = io.BytesIO()
    try:
        Image.fromarray(np.ascontiguousarray(image)).save(encoded, kind, **options[kind])
        write_atomically(path, encoded.getvalue())
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} cannot be written ({_reason(error)}); choose another file or format") from error


def check_output(path: str | Path) -> None:
    """Check, before any work is done, that :func:`save` will be able to write ``path``.

    Raises:
        OutputError: it is a folder, its extension is unknown, its folder is missing, or writing is not permitted.
    """
    path = Path(path)
    try:
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
        raise OutputError(f"{path} cannot be written ({_reason(error)}); choose another name") from error


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
        points of the crop (see :func:`tryon.core.skeleton.transform` and :func:`invert_affine`).

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


@contextmanager
def _opened(source: str | Path | bytes | BinaryIO) -> Iterator[tuple[BinaryIO, str]]:
    """The source as an open file, and its name for messages."""
    if isinstance(source, (str, Path)):
        _check_input_file(Path(source))
        try:
            file = open(source, "rb")  # noqa: SIM115 - the errors of the body are not those of opening
        except OSError as error:
            raise InputImageError(f"{source} cannot be read ({_reason(error)}); check its permissions") from error
        with file:
            yield file, str(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        if not source:
            raise InputImageError("the picture is empty (0 bytes); give a picture file")
        yield io.BytesIO(source), "the picture"
    else:
        name = getattr(source, "name", None)
        yield source, name if isinstance(name, str) else "the picture"


def _check_input_file(path: Path) -> None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputImageError(f"{path} does not exist; check the path") from error
    except (OSError, ValueError) as error:
        raise InputImageError(f"{path} cannot be read ({_reason(error)}); check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputImageError(f"{path} is a folder; give a picture file")
    if not stat.S_ISREG(status.st_mode):
        raise InputImageError(f"{path} is no regular file; give a picture file")
    if status.st_size == 0:
        raise InputImageError(f"{path} is empty (0 bytes); give a picture file")


def _decoder(file: BinaryIO, name: str, max_pixels: int) -> Image.Image:
    """The picture with its header read and its pixels not yet decoded."""
    _register_heif()
    try:
        return Image.open(file, formats=tuple(_INPUT_FORMATS))
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far more", max_pixels) from error
    except UnidentifiedImageError as error:
        raise InputImageError(
            f"{name} is no picture that can be read; give a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF file"
        ) from error
    except Exception as error:  # Decoders raise about anything on a damaged header.
        raise _damaged(name, error) from error


@functools.cache
def _register_heif() -> None:
    import pillow_heif  # Here, because it loads a large library that most runs do not need at import.

    pillow_heif.register_heif_opener()


def _from_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise InputImageError(
            f"the picture is an array {array.shape} of {array.dtype}; expected uint8 (H, W), (H, W, 3) or (H, W, 4)"
        )
    if 0 in array.shape:
        raise InputImageError(f"the picture is an empty array {array.shape}; give one of at least {MIN_SIDE} pixels")
    return Image.fromarray(np.ascontiguousarray(array))


def _convert(image: Image.Image, name: str, max_pixels: int) -> np.ndarray:
    width, height = image.size
    if width * height > max_pixels:
        raise _too_large(name, f"{width} x {height} =", max_pixels, width * height)
    if min(width, height) < MIN_SIDE:
        raise InputImageError(
            f"{name} has {width} x {height} pixels; both sides must have {MIN_SIDE} or more, use a larger picture"
        )
    try:
        if image.format not in _STILL_FORMATS and getattr(image, "is_animated", False):
            raise InputImageError(f"{name} holds several pictures (an animation?); give a single still picture")
        image.load()
        return np.array(_to_srgb(_upright(image)))
    except InputImageError:
        raise
    except Exception as error:  # Decoders raise about anything on damaged data.
        raise _damaged(name, error) from error


def _upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # Broken metadata is common, and no reason to refuse a photo.
        return image
    return image.transpose(_TRANSPOSITIONS[orientation]) if orientation in _TRANSPOSITIONS else image


def _to_srgb(image: Image.Image) -> Image.Image:
    """``RGB`` in sRGB, transparent parts over white."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):
        # Pillow's own conversion clips 16 bit at 255.
        image = Image.fromarray(np.clip(np.asarray(image, np.float32) / 257 + 0.5, 0, 255).astype(np.uint8))
    alpha = None
    grey = image.mode in ("L", "LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode != "CMYK":
        image = image.convert("L" if grey else "RGB")
    image = _apply_profile(image, profile).convert("RGB")
    return image if alpha is None else Image.composite(image, Image.new("RGB", image.size, "white"), alpha)


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to sRGB; a broken profile, or one for other channels, is ignored as browsers do."""
    if not profile:
        return image
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Converting sRGB to itself would only round.
        if "srgb" in ImageCms.getProfileDescription(opened).lower():
            return image
        converted = ImageCms.profileToProfile(image, opened, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if converted is None else converted


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


def _too_large(name: str, size: str, max_pixels: int, pixels: int | None = None) -> InputImageError:
    count = size if pixels is None else f"{size} {pixels / 1e6:.1f} million pixels, more"
    return InputImageError(f"{name} has {count} than the {max_pixels / 1e6:g} million pixels allowed; scale it down")


def _damaged(name: str, error: Exception) -> InputImageError:
    return InputImageError(f"{name} is damaged or cut off ({_reason(error)}); copy or download it again")


def _reason(error: Exception) -> str:
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or str(error) or type(error).__name__).splitlines()[0]
