"""Colors of photos whose files describe them, against literal values from the formulas of the standards."""

import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.core.test_photo import encoded, png_chunk
from tryon.core import photo


def flat(*color):
    return np.full((40, 40, 3), color, np.uint8)


def described(color, *chunks):
    """A PNG of one color with chunks before its pixels."""
    data = encoded(flat(*color))
    return data[:33] + b"".join(png_chunk(*chunk) for chunk in chunks) + data[33:]


def loaded(data):
    return photo.load(data)[20, 20].tolist()


def srgb_profile(gamma=None, name=None):
    """The profile of sRGB; with another curve, a plain power, where ``gamma`` is given."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    curve = data.index(b"para")
    assert struct.unpack_from(">H", data, curve + 8) == (3,)
    if gamma is not None:
        numbers = (gamma, 1, 0, 0, 0)  # g, a, b, c, d of (a x + b) ^ g from d on
        data = data[: curve + 12] + struct.pack(">5i", *(round(one * 65536) for one in numbers)) + data[curve + 32 :]
    if name is not None:
        old, new = ("sRGB built-in".encode("utf-16-be"), name.ljust(13)[:13].encode("utf-16-be"))
        assert old in data
        data = data.replace(old, new)
    return data


def test_a_linear_profile_that_is_called_srgb():
    """Half of the light is level 188 in sRGB."""
    data = encoded(flat(128, 128, 128), icc_profile=srgb_profile(gamma=1.0))
    assert np.abs(np.array(loaded(data)) - 188).max() <= 1


def test_the_profile_of_srgb_by_another_name_changes_no_bit():
    image = np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    np.testing.assert_array_equal(photo.load(encoded(image, icc_profile=srgb_profile(name="c2"))), image)


def test_a_gamma_of_1_8_in_a_profile():
    # (128 / 255) ** 1.8 = .289, in sRGB .574
    assert np.abs(np.array(loaded(encoded(flat(128, 128, 128), icc_profile=srgb_profile(gamma=1.8)))) - 146).max() <= 1


@pytest.mark.parametrize(
    ("gamma", "expected"),
    [
        (100000, 188),  # linear
        (45455, 128),  # what is written for sRGB
        (55556, 146),  # 1 / 1.8
        (0, 128),  # nonsense is ignored
    ],
)
def test_gamma_of_png(gamma, expected):
    assert loaded(described((128, 128, 128), (b"gAMA", struct.pack(">I", gamma)))) == [expected] * 3


def test_gray_with_a_gamma():
    data = encoded(Image.new("L", (40, 40), 128))
    data = data[:33] + png_chunk(b"gAMA", struct.pack(">I", 100000)) + data[33:]
    assert loaded(data) == [188, 188, 188]


def test_the_chunk_srgb_counts_more_than_a_gamma():
    chunks = (b"sRGB", b"\0"), (b"gAMA", struct.pack(">I", 100000))
    assert loaded(described((128, 128, 128), *chunks)) == [128, 128, 128]


P3 = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
# sRGB (200, 100, 50) in Display P3 is (187, 106, 63), rounded; and back.


def test_chromaticities_of_png():
    assert loaded(described((187, 106, 63), (b"cHRM", struct.pack(">8I", *P3)))) == pytest.approx([200, 100, 50], abs=1)
    for white in (P3[:2], (34567, 35850)):  # another white is adapted to: gray stays gray
        data = described((128, 128, 128), (b"cHRM", struct.pack(">8I", *white, *P3[2:])))
        assert loaded(data) == [128, 128, 128]
    assert loaded(described((200, 100, 50), (b"cHRM", bytes(32)))) == [200, 100, 50]


@pytest.mark.parametrize(
    ("code", "color", "expected"),
    [
        ((1, 13, 0, 1), (200, 100, 50), [200, 100, 50]),
        ((2, 2, 0, 1), (200, 100, 50), [200, 100, 50]),
        ((12, 13, 0, 1), (187, 106, 63), [200, 100, 50]),
        ((1, 8, 0, 1), (128, 128, 128), [188, 188, 188]),
        ((1, 4, 0, 1), (128, 128, 128), [129, 129, 129]),  # (128 / 255) ** 2.2 = .2195
        # PQ: level 148 of 255 is 202 nits, the white of paper; half of its light is level 128.
        ((9, 16, 0, 1), (148, 148, 148), [254, 254, 254]),
        ((9, 16, 0, 1), (255, 255, 255), [255, 255, 255]),
        # HLG: level .75 is the white of paper.
        ((9, 18, 0, 1), (191, 191, 191), [255, 255, 255]),
        ((9, 18, 0, 1), (0, 0, 0), [0, 0, 0]),
        ((1, 13, 0, 0), (16, 126, 235), [0, 128, 255]),  # (126 - 16) * 255 / 219 = 128.1
        ((1, 13, 0, 0), (0, 60, 255), [0, 51, 255]),  # (60 - 16) * 255 / 219 = 51.2
        ((1, 8, 0, 0), (126, 126, 126), [188, 188, 188]),
        ((12, 13, 1, 1), (187, 106, 63), [187, 106, 63]),  # no RGB: not what the specification allows
    ],
)
def test_code_points_of_png(code, color, expected):
    assert loaded(described(color, (b"cICP", bytes(code)))) == pytest.approx(expected, abs=1)


def test_code_points_count_more_than_a_profile():
    data = encoded(flat(128, 128, 128), icc_profile=srgb_profile(gamma=1.0))
    data = data[:33] + png_chunk(b"cICP", bytes((1, 13, 0, 1))) + data[33:]
    assert loaded(data) == [128, 128, 128]


def test_nclx_of_heic():
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    options = {"color_primaries": 12, "transfer_characteristic": 13, "matrix_coefficients": 6, "full_range_flag": 1}
    data = encoded(flat(187, 106, 63), "HEIF", quality=100, chroma=444, **options)
    assert loaded(data) == pytest.approx([200, 100, 50], abs=4)


def test_lab():
    assert loaded(Image.new("LAB", (40, 40), (255, 128, 128))) == pytest.approx([255, 255, 255], abs=1)
