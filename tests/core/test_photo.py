"""Photos are built here, byte by byte where that matters, and compared with literal values."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image, ImageCms

from tryon.core import photo
from tryon.core.errors import InputImageError, ShapeError

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
ORIENTATIONS = [
    (1, (RED, GREEN, BLUE, WHITE)),
    (2, (GREEN, RED, WHITE, BLUE)),
    (3, (WHITE, BLUE, GREEN, RED)),
    (4, (BLUE, WHITE, RED, GREEN)),
    (5, (RED, BLUE, GREEN, WHITE)),
    (6, (BLUE, RED, WHITE, GREEN)),
    (7, (WHITE, GREEN, BLUE, RED)),
    (8, (GREEN, WHITE, RED, BLUE)),
]
"""Number of the tag, and the colors of the corners of the picture as it is to be seen, row by row."""


def corners(height=40, width=60):
    """Black, with the four corners marked: red, green / blue, white."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:8, :8], image[:8, -8:], image[-8:, :8], image[-8:, -8:] = RED, GREEN, BLUE, WHITE
    return image


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, bit_depth, color_type, rows):
    header = struct.pack(">IIBBBBB", width, height, bit_depth, color_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


# --- load: what is accepted -----------------------------------------------------------------------------------------


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    image = corners()
    data = encoded(image)
    path = tmp_path / "a.png"
    path.write_bytes(data)
    stream = io.BytesIO(data)
    stream.read()  # A second reading must work too.
    for source in (path, str(path), data, stream, Image.fromarray(image), image):
        loaded = photo.load(source)
        assert loaded.dtype == np.uint8
        np.testing.assert_array_equal(loaded, image)
    loaded[:] = 7
    assert image[0, 0].tolist() == list(RED)


@pytest.mark.parametrize(("orientation", "expected"), ORIENTATIONS)
def test_exif_orientation_is_applied(orientation, expected):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    loaded = photo.load(encoded(corners(), exif=exif))
    assert loaded.shape == ((40, 60, 3) if orientation < 5 else (60, 40, 3))
    found = (loaded[0, 0], loaded[0, -1], loaded[-1, 0], loaded[-1, -1])
    assert tuple(tuple(pixel.tolist()) for pixel in found) == expected


def test_broken_exif_is_ignored():
    data = encoded(corners(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff", quality=100)
    assert photo.load(data).shape == (40, 60, 3)


def test_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    loaded = photo.load(encoded(np.full((64, 96, 3), (200, 30, 40), np.uint8), "HEIF", quality=95))
    assert loaded.shape == (64, 96, 3)
    assert np.abs(loaded.astype(int) - (200, 30, 40)).max() <= 4


def test_transparency_goes_over_white():
    image = np.zeros((40, 40, 4), np.uint8)
    image[..., 0] = 255
    image[:20, :, 3], image[20:, :, 3] = 255, 0
    image[30:, :, 3] = 51  # One fifth red.
    loaded = photo.load(encoded(image))
    assert [loaded[y, 0].tolist() for y in (0, 25, 35)] == [[255, 0, 0], [255, 255, 255], [255, 204, 204]]


def test_palette_with_a_transparent_entry():
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 255, 10, 20, 30])
    image.paste(0, (0, 0, 40, 20))
    loaded = photo.load(encoded(image, transparency=0))
    assert loaded[0, 0].tolist() == [255, 255, 255]
    assert loaded[39, 0].tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [("L", 77, [77, 77, 77]), ("1", 1, [255, 255, 255]), ("LA", (10, 51), [206, 206, 206])],
)
def test_grey(mode, value, expected):
    assert photo.load(encoded(Image.new(mode, (40, 40), value)))[5, 5].tolist() == expected


def test_cmyk():
    data = encoded(Image.new("CMYK", (40, 40), (0, 255, 255, 0)), "TIFF")
    assert photo.load(data)[5, 5].tolist() == [255, 0, 0]


def test_16_bit_grey_keeps_its_shades():
    rows = np.repeat(np.array([0, 200, 32768, 65535], ">u2"), 10)
    data = png(40, 40, 16, 0, b"".join(b"\0" + rows.tobytes() for _ in range(40)))
    assert photo.load(data)[0, ::10, 0].tolist() == [0, 1, 128, 255]


def test_16_bit_color():
    row = np.tile(np.array([65535, 32896, 257], ">u2"), 40)
    data = png(40, 40, 16, 2, b"".join(b"\0" + row.tobytes() for _ in range(40)))
    assert photo.load(data)[3, 3].tolist() == [255, 128, 1]


def swapped_profile():
    """The sRGB profile with its red and green primaries exchanged, so that red means green: a visible difference."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data.replace(b"rXYZ", b"tmp_").replace(b"gXYZ", b"rXYZ").replace(b"tmp_", b"gXYZ")
    name = "sRGB built-in".encode("utf-16-be")
    assert name in data
    return data.replace(name, "Test built-in".encode("utf-16-be"))


def test_icc_profile_is_converted_to_srgb():
    data = encoded(np.full((40, 40, 3), (255, 0, 0), np.uint8), icc_profile=swapped_profile())
    assert np.abs(photo.load(data)[5, 5].astype(int) - (0, 255, 0)).max() <= 1


def test_icc_profile_of_srgb_changes_no_bit():
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(photo.load(encoded(image, icc_profile=profile)), image)


def test_icc_profile_with_transparency_keeps_the_transparency():
    image = np.full((40, 40, 4), (255, 0, 0, 255), np.uint8)
    image[20:, :, 3] = 0
    loaded = photo.load(encoded(image, icc_profile=swapped_profile()))
    assert np.abs(loaded[5, 5].astype(int) - (0, 255, 0)).max() <= 1
    assert loaded[30, 5].tolist() == [255, 255, 255]


@pytest.mark.parametrize("profile", [b"no profile at all", swapped_profile()])
def test_icc_profile_that_does_not_fit_is_ignored(profile):
    assert photo.load(encoded(Image.new("L", (40, 40), 9), icc_profile=profile))[0, 0].tolist() == [9, 9, 9]


def test_a_phone_photo_with_a_second_picture_inside_is_a_still_picture():
    first, second = Image.fromarray(corners()), Image.new("RGB", (60, 40))
    data = encoded(first, "MPO", save_all=True, append_images=[second], quality=100)
    assert Image.open(io.BytesIO(data)).n_frames == 2
    assert np.abs(photo.load(data)[2, 2].astype(int) - RED).max() <= 4


def test_the_smallest_size():
    assert photo.load(np.zeros((32, 32, 3), np.uint8)).shape == (32, 32, 3)


# --- load: what is refused ------------------------------------------------------------------------------------------


def refused(source, **options):
    """The message: one line, which does not repeat itself."""
    with pytest.raises(InputImageError) as caught:
        photo.load(source, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 2
    return message


def test_missing_file_and_folder_and_empty_file(tmp_path):
    empty = tmp_path / "empty.jpg"
    empty.touch()
    assert refused(tmp_path / "no.jpg") == f"{tmp_path / 'no.jpg'} does not exist; check the path"
    assert refused(str(empty / "below.jpg")).endswith("does not exist; check the path")
    assert refused(tmp_path) == f"{tmp_path} is a folder; give a picture file"
    assert refused(empty) == f"{empty} is empty (0 bytes); give a picture file"
    assert refused(b"") == "the picture is empty (0 bytes); give a picture file"
    assert "cannot be read" in refused("a" * 5000 + ".jpg")
    assert "cannot be read" in refused("a\0b.jpg")


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(tmp_path / "pipe.jpg").endswith("is no regular file; give a picture file")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_unreadable_file(tmp_path):
    path = tmp_path / "secret.png"
    path.write_bytes(encoded(corners()))
    path.chmod(0)
    assert refused(path) == f"{path} cannot be read (Permission denied); check its permissions"


def test_text_renamed_to_jpg(tmp_path):
    path = tmp_path / "text.jpg"
    path.write_text("This is no picture.\n" * 50)
    assert refused(path).startswith(f"{path} is no picture that can be read; give a JPEG, PNG")


def test_a_pointer_of_git_lfs():
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    assert refused(pointer) == "the picture is a pointer of Git LFS, not the picture; fetch it with: git lfs pull"


def test_postscript_is_not_opened():
    assert "no picture" in refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_truncated(tmp_path, kind):
    image = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    data = encoded(image, kind)
    path = tmp_path / "cut.jpg"
    path.write_bytes(data[: len(data) // 2])
    assert refused(path).startswith(f"{path} is damaged or cut off (")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_animation(kind):
    frames = [Image.fromarray(corners()), Image.fromarray(corners()[:, ::-1].copy())]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
    assert "several pictures" in refused(data)


def test_gif_with_one_frame_is_fine():
    assert photo.load(encoded(corners(), "GIF"))[0, 0].tolist() == list(RED)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (31, 500), (500, 31)])
def test_too_small(size):
    message = refused(encoded(np.zeros((*size, 3), np.uint8)))
    assert message.startswith(f"the picture has {size[1]} x {size[0]} pixels; both sides must have 32 or more")


OTHERS = "a path, the bytes of a file, an open file or a Pillow image"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros((40, 40, 3), np.float32), "is float32 of shape (40, 40, 3)"),
        (np.zeros((40, 40, 2), np.uint8), "is uint8 of shape (40, 40, 2)"),
        (np.zeros((40, 40, 1), np.uint8), "is uint8 of shape (40, 40, 1)"),
        (np.zeros((1, 40, 40, 3), np.uint8), "is uint8 of shape (1, 40, 40, 3)"),
        (np.zeros((40, 40), bool), "is bool of shape (40, 40)"),
        (np.zeros(40, np.uint8), "is uint8 of shape (40,)"),
        (torch.zeros(40, 40, 3, dtype=torch.uint8), "is Tensor of torch.uint8 of shape (40, 40, 3)"),
        (None, "is NoneType"),
        (3, "is int"),
    ],
)
def test_arrays_of_another_kind(source, words):
    with pytest.raises(ShapeError) as caught:
        photo.load(source)
    assert str(caught.value) == (
        f"the picture {words}, expected a uint8 array (H, W) or (H, W, 3) or (H, W, 4), or {OTHERS}"
    )


def test_an_array_that_is_too_small():
    assert refused(np.zeros((0, 40, 3), np.uint8)).startswith("the picture has 40 x 0 pixels; both sides must have 32")


def test_what_the_python_interface_takes_for_a_photo(tmp_path):
    image = corners()
    (tmp_path / "a.png").write_bytes(encoded(image))
    for source in (image, tmp_path / "a.png", str(tmp_path / "a.png"), encoded(image), Image.fromarray(image)):
        np.testing.assert_array_equal(photo.as_photo(source, "photo").image, image)
    flipped = photo.as_photo(image[:, ::-1], "photo").image
    assert flipped.flags.c_contiguous
    assert flipped[0, 0].tolist() == list(GREEN)
    for array in (image[..., 0], np.dstack((image, image[..., 0])), image.transpose(2, 0, 1), image / 255):
        words = rf"^photo is \w+ of shape \(.*\), expected a uint8 array \(H, W, 3\), or {OTHERS}$"
        with pytest.raises(ShapeError, match=words):
            photo.as_photo(array, "photo")


def test_a_stream_that_cannot_go_back(tmp_path):
    class Pipe:
        def __init__(self, data):
            self.data = data

        def read(self, size=-1):
            return self.data

    np.testing.assert_array_equal(photo.load(Pipe(encoded(corners()))), corners())
    (tmp_path / "a.txt").write_text("text")
    with open(tmp_path / "a.txt") as file:
        assert refused(file).endswith("opened as text; open it with the mode 'rb'")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("https://example.com/me.jpg", "https://example.com/me.jpg"),
        (Path("https://example.com/me.jpg"), "https://example.com/me.jpg"),
        ("http://example.com/", "http://example.com/"),
        (Path("HTTP://e.com/a.jpg"), "HTTP://e.com/a.jpg"),
        ("sftp://e.com/a.jpg", "sftp://e.com/a.jpg"),
        (Path("sftp://e.com/a.jpg"), "sftp://e.com/a.jpg"),
        ("file:///tmp/me.jpg", "file:///tmp/me.jpg"),
        (Path("file:///me.jpg"), "file:///me.jpg"),
        (Path("FILE:///tmp/me.jpg"), "FILE:///tmp/me.jpg"),
        ("data:image/png;base64,iVBORw0KGgo", "data:image/png;base64,iVBORw0KGgo"),
    ],
)
def test_an_address(given, shown):
    assert refused(given) == f"{shown}: addresses are not fetched; give a file"


def test_a_file_whose_name_looks_like_an_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "me:").mkdir()
    (tmp_path / "me:" / "a.png").write_bytes(encoded(corners()))
    assert photo.load("me:/a.png").shape == (40, 60, 3)


def test_transparency_is_told():
    image = np.full((40, 40, 4), 255, np.uint8)
    assert photo.read(encoded(image)).notes == ()
    image[5, 5, 3] = 254
    assert photo.read(encoded(image)).notes == ("transparent parts of the photo became white",)


def test_the_endings_of_photos():
    assert photo.PHOTO_SUFFIXES == (
        "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "heic", "heif", "hif", "avif", "tif", "tiff", "bmp", "gif",
    )  # fmt: skip


def test_pixel_cap():
    data = encoded(np.zeros((50, 80, 3), np.uint8))
    assert photo.load(data, max_pixels=4000).shape == (50, 80, 3)
    assert refused(data, max_pixels=3999).startswith("the picture has 80 x 50 = 0.0 million pixels, more than")


# 90 Mpx is where Pillow warns, 180 Mpx where it raises; in between and beyond there must be one error, ours.
@pytest.mark.parametrize("side", [8001, 10_000, 60_000])
@pytest.mark.filterwarnings("error")
def test_bomb_is_refused_from_its_header(side, tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png(side, side, 8, 2, b"\0" * 1000))  # Decoding would fail: there are no pixels.
    message = refused(path)
    assert message.startswith(f"{path} has ")
    assert message.endswith("than the 64 million pixels allowed; scale it down")
