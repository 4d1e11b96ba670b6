"""Opening and decoding the files that photos come in, and saying what is the matter with the others."""

import contextlib
import functools
import io
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from tryon.core import color, heif
from tryon.core.checks import check_side
from tryon.core.errors import InputImageError
from tryon.core.files import LFS_START, address_in

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
_GIVE = "give a JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF file"
_SAVE_8_BIT = "save it as RGB with 8 bits a channel"
# Phones keep a depth or gain map as the second "frame" of these; the first is the photo.
_STILL_FORMATS = ("MPO", "HEIF")
_UNSUPPORTED = {
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML file",
}
# How pictures of the kinds that are read begin; Pillow knows none of them where more than that is damaged.
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1", b"avif", b"avis")
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Tags of TIFF.
_SUBFILE, _OLD_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION = range(254, 260)
_SUB_IFDS, _SAMPLE_FORMAT = 330, 339
_REDUCED_OR_MASK = 0b101  # bits of the tag for a subfile


@contextlib.contextmanager
def opened(source: str | Path | bytes | BinaryIO) -> Iterator[tuple[BinaryIO, str]]:
    """The source as an open file in which one can seek, and its name for messages."""
    if isinstance(source, (str, Path)):
        _check_input_file(Path(source), str(source))
        try:
            file = open(source, "rb")  # noqa: SIM115 - the errors of the body are not those of opening
        except OSError as error:
            raise InputImageError(f"{source} cannot be read ({reason(error)}); check its permissions") from error
        with file:
            yield file, str(source)
    elif isinstance(source, (bytes, bytearray, memoryview)):
        if not source:
            raise InputImageError("the picture is empty (0 bytes); give a picture file")
        yield io.BytesIO(source), "the picture"
    else:
        name = getattr(source, "name", None)
        yield _seekable(source), name if isinstance(name, str) else "the picture"


def decode(file: BinaryIO, name: str, max_pixels: int) -> tuple[np.ndarray, bool]:
    """The picture in a file: ``(H, W, 3)`` ``uint8``, upright and in sRGB, and whether parts of it are transparent."""
    _register_heif()
    try:
        image = Image.open(file, formats=tuple(_INPUT_FORMATS))
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far more", max_pixels) from error
    except UnidentifiedImageError as error:
        raise _unsupported(file, name) from error
    except Exception as error:  # Decoders raise about anything on a damaged header.
        raise _damaged(name, error) from error
    with image:
        return convert(image, name, max_pixels, file)


def convert(image: Image.Image, name: str, max_pixels: int, file: BinaryIO | None = None) -> tuple[np.ndarray, bool]:
    """As :func:`decode`, for a picture whose header was read; ``file`` is where it comes from."""
    _check_size(image, name, max_pixels)
    try:
        if isinstance(image, TiffImagePlugin.TiffImageFile) and image.is_animated:
            _choose_page(image, name)
            _check_size(image, name, max_pixels)
        elif image.format not in _STILL_FORMATS and getattr(image, "is_animated", False):
            raise InputImageError(f"{name} holds several pictures (an animation?); give a single still picture")
        if image.format == "PNG" and file is not None:
            _check_sums(file, name)
            _note_cicp(image, file)
        elif image.format == "HEIF":
            _note_nclx(image)
        orientation = None if image.format == "TIFF" else _orientation(image, file)
        image = _loaded(image, file)
        if image.format == "TIFF":  # Pillow turns these while it decodes them, and then removes the tag.
            orientation = _orientation(image, file)
        _check_kind(image, name)
        if orientation in _TRANSPOSITIONS:
            image = image.transpose(_TRANSPOSITIONS[orientation])
        return _to_rgb(image)
    except InputImageError:
        raise
    except Exception as error:  # Decoders raise about anything on damaged data.
        raise _damaged(name, error) from error


def reason(error: Exception) -> str:
    """The first line of what an error says."""
    strerror = error.strerror if isinstance(error, OSError) else None
    return (strerror or str(error) or type(error).__name__).splitlines()[0]


def _check_input_file(path: Path, given: str) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        if address := address_in(given):
            raise InputImageError(f"{address}: addresses are not fetched; give a file") from error
        if isinstance(error, (FileNotFoundError, NotADirectoryError)):
            raise InputImageError(f"{path} does not exist; check the path") from error
        raise InputImageError(f"{path} cannot be read ({reason(error)}); check the path") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputImageError(f"{path} is a folder; give a picture file")
    if not stat.S_ISREG(status.st_mode):
        raise InputImageError(f"{path} is no regular file; give a picture file")
    if status.st_size == 0:
        raise InputImageError(f"{path} is empty (0 bytes); give a picture file")


def _seekable(file: BinaryIO) -> BinaryIO:
    """A stream that can only be read once, such as a pipe, from memory."""
    if isinstance(file, io.TextIOBase):
        raise InputImageError("the picture is a file that was opened as text; open it with the mode 'rb'")
    seekable = getattr(file, "seekable", None)
    return file if seekable is not None and seekable() else io.BytesIO(file.read())


@functools.cache
def _register_heif() -> None:
    import pillow_heif  # Here, because it loads a large library that most runs do not need at import.

    pillow_heif.register_heif_opener()


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise _too_large(name, f"{width} x {height} =", max_pixels, width * height)
    check_side((height, width), name)


def _unsupported(file: BinaryIO, name: str) -> InputImageError:
    """The error for a file that Pillow does not know."""
    file.seek(0)
    start = file.read(16)
    if start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        kind = _tiff_kind(file, start)
        if kind is None:
            return _damaged(name, ValueError("its list of tags is not whole"))
        return InputImageError(f"{name} is a TIFF of {kind}, which is not supported; {_SAVE_8_BIT}")
    if start == LFS_START:
        return InputImageError(f"{name} is a pointer of Git LFS, not the picture; fetch it with: git lfs pull")
    for magic, kind in _UNSUPPORTED.items():
        if start.startswith(magic):
            return InputImageError(f"{name} is {kind}, which is not supported; {_GIVE}")
    if start.startswith(_STARTS) or (start[4:8] == b"ftyp" and start[8:12] in _BRANDS):
        return _damaged(name, ValueError("what follows its first bytes cannot be read"))
    return InputImageError(f"{name} is no picture that can be read; {_GIVE}")


def _tiff_kind(file: BinaryIO, start: bytes) -> str | None:
    """What values a TIFF file holds, in words; ``None`` for one that is damaged or cut off.

    Writers that compress put the list of tags last. What is left of one that is cut off tells nothing.
    """
    big = start[2:4] in (b"+\0", b"\0+")
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(start if big else start[:8])
        first = tags.next
        file.seek(first)
        tags.load(file)
        if tags.next == first:  # the place of the next list stands behind this one, which was not read to its end
            return None
        bits = tags.get(_BITS, (1,))[0]
        kind = {2: "signed", 3: "float"}.get(tags.get(_SAMPLE_FORMAT, (1,))[0], "integer")
        return f"{bits}-bit {kind} values (compression {tags.get(_COMPRESSION, 1)})"
    except Exception:  # Of damaged tags nothing can be said.
        return None


def _choose_page(image: TiffImagePlugin.TiffImageFile, name: str) -> None:
    """Go to the page of a TIFF file that is the photo: not a preview of another one, and not a mask."""
    pages = []
    for number in range(image.n_frames):
        # One of a kind that cannot be read counts, too: a preview does not stand for it.
        with contextlib.suppress(SyntaxError, ValueError, OSError):
            image.seek(number)
        tags = image.tag_v2
        if not tags.get(_SUBFILE, 0) & _REDUCED_OR_MASK and tags.get(_OLD_SUBFILE) != 2:
            pages.append((number, tags.get(_WIDTH, 0), tags.get(_HEIGHT, 0)))
    if pages:
        _, width, height = max(pages, key=lambda page: page[1] * page[2])
        # Previews that do not say so have the same proportions, but for a pixel.
        pages = [
            (number, w, h)
            for number, w, h in pages
            if (w, h) == (width, height) or abs(w * height - h * width) > max(width, height)
        ]
    if len(pages) != 1:
        raise InputImageError(f"{name} holds {image.n_frames} pages; give a single picture")
    image.seek(pages[0][0])


def _check_sums(file: BinaryIO, name: str) -> None:
    """Refuse a PNG whose pixels are not those that were written: Pillow decodes them without looking at their sums."""
    place = file.tell()
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind not in (b"PLTE", b"IDAT"):
            file.seek(length + 4, io.SEEK_CUR)
            continue
        data, sum_ = file.read(length), file.read(4)
        if len(sum_) == 4 and zlib.crc32(kind + data) != int.from_bytes(sum_):
            raise _damaged(name, ValueError("the sum of its data is wrong"))
    file.seek(place)


def _note_cicp(image: Image.Image, file: BinaryIO) -> None:
    """Pillow does not read the chunk cICP of PNG."""
    place = file.tell()
    file.seek(8)
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"cICP" and length == 4:
            primaries, transfer, matrix, full_range = file.read(4)
            if matrix == 0:
                image.info["cicp"] = (primaries, transfer, full_range == 1)
            break
        if kind in (b"IDAT", b"IEND"):
            break
        file.seek(length + 4, io.SEEK_CUR)
    file.seek(place)


def _note_nclx(image: Image.Image) -> None:
    nclx = image.info.get("nclx_profile")
    if nclx and not image.info.get("icc_profile"):
        image.info["cicp"] = (int(nclx["color_primaries"]), int(nclx["transfer_characteristics"]), True)


def _orientation(image: Image.Image, file: BinaryIO | None) -> int | None:
    """How the picture must still be turned, as EXIF counts it."""
    if image.format == "HEIF":
        orientation = image.info.get("original_orientation")
        if orientation is None or file is None:
            return None
        file.seek(0)
        return None if heif.turned_by_decoder(file.read()) else orientation
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # Broken metadata is common, and no reason to refuse a photo.
        return None


def _loaded(image: Image.Image, file: BinaryIO | None) -> Image.Image:
    """The picture with its pixels decoded."""
    try:
        image.load()
    except OSError:
        whole = _without_end_marker(file) if image.format in ("JPEG", "MPO") and file is not None else None
        if whole is None:
            raise
        return whole
    return image


def _without_end_marker(file: BinaryIO) -> Image.Image | None:
    """A JPEG that lacks only its end marker, decoded; ``None`` where pixels are missing, too.

    The decoder fills in what is missing without a word. But where all is there, bits put after the data change nothing.
    """
    file.seek(0)
    data = file.read().rstrip(b"\xff")
    decoded = []
    for filler in (b"", b"\x55" * 64, b"\xaa" * 64):
        image = Image.open(io.BytesIO(data + filler + b"\xff\xd9"), formats=("JPEG",))
        image.load()
        decoded.append(image)
    first, *others = decoded
    return first if all(other.tobytes() == first.tobytes() for other in others) else None


def _check_kind(image: Image.Image, name: str) -> None:
    """Refuse pictures whose values have no known white."""
    if image.mode == "F":
        raise InputImageError(f"{name} holds 32-bit float values, which are not supported; {_SAVE_8_BIT}")
    if image.mode == "I" and np.asarray(image).max() > 65535:
        raise InputImageError(f"{name} holds 32-bit integer values, which are not supported; {_SAVE_8_BIT}")
    if (
        isinstance(image, TiffImagePlugin.TiffImageFile)
        and _SUB_IFDS in image.tag_v2
        and image.tag_v2.get(_SUBFILE, 0) & 1
    ):
        raise InputImageError(f"{name} holds a preview and a raw picture; export the raw picture as JPEG")


def _to_rgb(image: Image.Image) -> tuple[np.ndarray, bool]:
    """In sRGB, transparent parts over white; and whether there are any."""
    info = image.info
    if image.mode.startswith("I"):
        # Pillow's own conversion clips 16 bit at 255.
        image = Image.fromarray(np.clip(np.asarray(image, np.float32) / 257 + 0.5, 0, 255).astype(np.uint8))
    alpha = None
    gray = image.mode in ("L", "LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
    if image.mode not in ("CMYK", "LAB"):
        image = image.convert("L" if gray else "RGB")
    image.info = info
    image = color.to_srgb(image)
    if alpha is None or alpha.getextrema()[0] == 255:
        return np.array(image), False
    return np.array(Image.composite(image, Image.new("RGB", image.size, "white"), alpha)), True


def _too_large(name: str, size: str, max_pixels: int, pixels: int | None = None) -> InputImageError:
    count = size if pixels is None else f"{size} {pixels / 1e6:.1f} million pixels, more"
    return InputImageError(f"{name} has {count} than the {max_pixels / 1e6:g} million pixels allowed; scale it down")


def _damaged(name: str, error: Exception) -> InputImageError:
    return InputImageError(f"{name} is damaged or cut off ({reason(error)}); copy or download it again")
