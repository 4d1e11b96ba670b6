"""Files that are unsupported, slightly damaged, or hold more than the photo: three different things."""

import io
import struct

import numpy as np
import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from tests.core.test_photo import ORIENTATIONS, RED, corners, encoded, refused
from tryon.core import heif, photo


def noise(height=200, width=150, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


# --- JPEG without its end -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("tail", [b"", b"\0" * 40])
def test_a_jpeg_that_lacks_only_its_end_marker(progressive, lost, tail):
    data = encoded(noise(), "JPEG", quality=90, progressive=progressive)
    whole = photo.load(data)
    np.testing.assert_array_equal(photo.load(data[:-lost] + tail), whole)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("lost", [5, 12, 60, 1000])
def test_a_jpeg_that_lacks_pixels(progressive, lost):
    data = encoded(noise(), "JPEG", quality=90, progressive=progressive)
    assert "is damaged or cut off" in refused(data[:-lost])


def test_a_turned_jpeg_without_its_end_marker(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    (tmp_path / "a.jpg").write_bytes(encoded(corners(), "JPEG", exif=exif, quality=100)[:-2])
    assert photo.load(tmp_path / "a.jpg").shape == (60, 40, 3)


# --- PNG ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0.4, 0.6, 0.9])
def test_a_png_with_a_wrong_byte(place):
    """Pillow decodes it to other colors from there on."""
    data = bytearray(encoded(np.repeat(noise(), 2, 1)))
    data[int(place * len(data))] ^= 4
    sentence = "the picture is damaged or cut off (the sum of its data is wrong); copy or download it again"
    assert refused(bytes(data)) == sentence


# --- Cut off before anything of the picture can be told ---------------------------------------------------------------


def cut_off(reason):
    return f"the picture is damaged or cut off ({reason}); copy or download it again"


@pytest.mark.parametrize(("kind", "left"), [("PNG", 11), ("GIF", 20), ("JPEG", 22), ("AVIF", 10_000)])
def test_the_first_bytes_of_a_picture(kind, left):
    assert refused(encoded(noise(), kind)[:left]) == cut_off("what follows its first bytes cannot be read")


def test_half_of_a_heic_file():
    data = heic(6, boxes=True)
    assert refused(data[: len(data) // 2]) == cut_off("what follows its first bytes cannot be read")


def test_a_film_is_no_damaged_picture():
    film = b"\0\0\0\x18ftypisom" + bytes(40)
    assert refused(film).startswith("the picture is no picture that can be read; give a JPEG")


@pytest.mark.parametrize("lost", [4, 100, 60_000])
def test_a_tiff_without_the_list_of_tags_at_its_end(lost):
    data = encoded(noise(), "TIFF", compression="tiff_lzw")
    assert len(data) > 100_000
    assert refused(data[:-lost]) == cut_off("its list of tags is not whole")


# --- TIFF -----------------------------------------------------------------------------------------------------------


def pages(*pictures, **options):
    """A TIFF; each picture with the number of its kind: 0 the photo, 1 a preview, 4 a mask."""
    buffer = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(buffer, True) as writer:
        for picture, kind in pictures:
            tags = TiffImagePlugin.ImageFileDirectory_v2()
            if kind is not None:
                tags[254] = kind
            Image.fromarray(picture).save(writer, "TIFF", tiffinfo=tags, **options)
            writer.newFrame()
    return buffer.getvalue()


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize(("orientation", "expected"), ORIENTATIONS)
def test_a_tiff_is_turned_once(orientation, expected, compression):
    loaded = photo.load(encoded(corners(), "TIFF", tiffinfo={274: orientation}, compression=compression))
    assert loaded.shape == ((40, 60, 3) if orientation < 5 else (60, 40, 3))
    found = (loaded[0, 0], loaded[0, -1], loaded[-1, 0], loaded[-1, -1])
    assert tuple(tuple(pixel.tolist()) for pixel in found) == expected


@pytest.mark.parametrize("kind", [1, None], ids=["marked", "unmarked"])
@pytest.mark.parametrize("first", [True, False])
def test_a_preview_beside_the_photo(kind, first):
    photo_page, preview = (corners(120, 180), 0), (np.full((40, 60, 3), 9, np.uint8), kind)
    data = pages(preview, photo_page) if first else pages(photo_page, preview)
    np.testing.assert_array_equal(photo.load(data), corners(120, 180))


def test_a_mask_beside_the_photo():
    data = pages((np.full((40, 60), 255, np.uint8), 4), (corners(), 0))
    np.testing.assert_array_equal(photo.load(data), corners())


def test_a_preview_does_not_stand_for_a_page_that_cannot_be_read():
    data = pages((corners(40, 60), 1), (corners(120, 180), 0))
    bits = struct.pack("<HHI", 258, 3, 3)  # the entry of the bits a channel, of which the second page gets 5
    entry = data.index(bits, data.index(bits) + 1)
    place = struct.unpack_from("<I", data, entry + 8)[0]
    data = data[:place] + struct.pack("<3H", 5, 5, 5) + data[place + 6 :]
    assert "is damaged or cut off (unknown pixel mode" in refused(data)


def test_two_photos_in_one_file():
    assert refused(pages((corners(), 0), (noise(40, 60), 0))) == "the picture holds 2 pages; give a single picture"
    assert "holds 2 pages" in refused(pages((corners(), 0), (noise(200, 40), 0)))


def test_a_page_that_is_too_large_is_refused_before_it_is_decoded():
    data = pages((corners(40, 60), 1), (corners(400, 600), 0))
    assert "than the 0.2 million pixels allowed" in refused(data, max_pixels=200_000)


def test_a_preview_of_a_raw_picture():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[254], tags[330] = 1, 8
    data = encoded(Image.fromarray(corners()), "TIFF", tiffinfo=tags)
    assert refused(data) == "the picture holds a preview and a raw picture; export the raw picture as JPEG"


def test_float_gray():
    data = encoded(Image.fromarray(np.full((40, 40), 0.5, np.float32)), "TIFF")
    words = "holds 32-bit float values, which are not supported; save it as RGB with 8 bits a channel"
    assert refused(data) == f"the picture {words}"
    assert words in refused(Image.new("F", (40, 40)))


def float_tiff():
    """40 x 40 RGB of 32-bit floats, written by hand: Pillow cannot."""
    entries = (
        (256, 3, 1, 40), (257, 3, 1, 40), (258, 3, 3, 158), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 170),
        (277, 3, 1, 3), (278, 3, 1, 40), (279, 4, 1, 19200), (284, 3, 1, 1), (339, 3, 3, 164),
    )  # fmt: skip
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 0)
    data = data.ljust(158, b"\0") + struct.pack("<6H", 32, 32, 32, 3, 3, 3)
    return data + np.full(4800, 0.5, "<f4").tobytes()


def test_float_color():
    assert refused(float_tiff()) == (
        "the picture is a TIFF of 32-bit float values (compression 1), which is not supported; "
        "save it as RGB with 8 bits a channel"
    )


def test_32_bit_integers():
    image = Image.fromarray(np.full((40, 40), 100_000, np.int32))
    assert "holds 32-bit integer values" in refused(encoded(image, "TIFF"))


@pytest.mark.parametrize(
    ("start", "words"), [(b"%PDF-1.7\n", "is a PDF"), (b"8BPS\0\1", "is a Photoshop file"), (b"\xff\x0a\0", "JPEG XL")]
)
def test_kinds_that_are_known_and_not_supported(start, words):
    message = refused(start + bytes(100))
    assert words in message
    assert "not supported; give a JPEG, PNG" in message


# --- HEIC: turned by boxes, by EXIF, or by both ---------------------------------------------------------------------


def heic(orientation, *, boxes):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = encoded(Image.fromarray(corners(64, 96)), "HEIF", exif=exif.tobytes(), quality=95)
    if boxes:
        return data
    # The writer makes boxes of the orientation; under another name they are none.
    return data.replace(b"irot", b"free").replace(b"imir", b"free")


@pytest.mark.parametrize("boxes", [True, False])
@pytest.mark.parametrize(
    ("orientation", "shape", "corner"),
    [(1, (64, 96, 3), (0, 0)), (3, (64, 96, 3), (-1, -1)), (6, (96, 64, 3), (0, -1)), (8, (96, 64, 3), (-1, 0))],
)
def test_heic_is_turned_once(orientation, shape, corner, boxes):
    data = heic(orientation, boxes=boxes)
    assert heif.turned_by_decoder(data) == (boxes and orientation != 1)
    loaded = photo.load(data)
    assert loaded.shape == shape
    assert np.abs(loaded[corner].astype(int) - RED).max() < 60


def test_heic_that_was_opened_by_pillow_is_turned_too():
    image = Image.open(io.BytesIO(heic(6, boxes=False)))
    assert photo.load(image).shape == (96, 64, 3)


def test_heic_boxes_that_are_cut_off():
    data = heic(6, boxes=True)
    assert not any(heif.turned_by_decoder(data[:stop]) for stop in range(0, data.index(b"ipma"), 7))
