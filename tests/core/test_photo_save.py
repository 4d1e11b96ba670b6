"""Where and how pictures are written."""

import os
import stat

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.core.test_photo import corners, encoded, swapped_profile
from tryon.core import photo
from tryon.core.errors import KindError, OutputError, ShapeError


@pytest.mark.parametrize("link", ["same", "symbolic", "hard"])
def test_an_input_is_not_overwritten(tmp_path, link):
    path = tmp_path / "a.png"
    photo.save(corners(), path)
    out = tmp_path / "b.png"
    if link == "same":
        out = tmp_path / "x" / ".." / "a.png"
        (tmp_path / "x").mkdir()
    elif link == "symbolic":
        out.symlink_to("a.png")
    else:
        out.hardlink_to(path)
    with pytest.raises(OutputError) as caught:
        photo.check_output(out, [tmp_path / "no.png", path])
    assert str(caught.value) == f"{out} is a file that is read and would be overwritten; give --out another name"
    photo.check_output(out, [tmp_path / "no.png"])


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP")]
)
def test_save_writes_the_format_of_the_extension(tmp_path, name, kind):
    path = tmp_path / name
    photo.save(np.full((40, 60, 3), (200, 100, 50), np.uint8), path)
    with Image.open(path) as image:
        assert image.format == kind
        assert image.size == (60, 40)
    assert np.abs(photo.load(path).astype(int) - (200, 100, 50)).max() <= 3
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_png_is_exact_and_may_be_transparent(tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 4), dtype=np.uint8)
    photo.save(image, tmp_path / "a.png")
    np.testing.assert_array_equal(np.array(Image.open(tmp_path / "a.png")), image)
    with pytest.raises(OutputError, match=r"a\.jpg cannot hold transparency; use the extension \.png"):
        photo.save(image, tmp_path / "a.jpg")


def test_jpeg_keeps_the_full_color_resolution(tmp_path):
    photo.save(corners(), tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        assert [layer[1:3] for layer in image.layer] == [(1, 1)] * 3


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_noise_can_be_written(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (600, 500, 3), dtype=np.uint8)
    photo.save(noise, tmp_path / name)
    assert photo.load(tmp_path / name).shape == (600, 500, 3)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_no_metadata_comes_through(tmp_path, name):
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    source = encoded(corners(), "JPEG", exif=exif, comment=b"SecretComment", icc_profile=swapped_profile())
    assert b"SecretCamera" in source
    photo.save(photo.load(source), tmp_path / name)
    with Image.open(tmp_path / name) as image:
        assert not image.getexif()
        assert not {"exif", "icc_profile", "comment", "xmp"} & image.info.keys()
    assert b"Secret" not in (tmp_path / name).read_bytes()


def test_the_result_has_the_permissions_of_a_new_file(tmp_path):
    (tmp_path / "plain").touch()
    photo.save(corners(), tmp_path / "a.png")
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.webp"
    photo.save(corners(), path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="cannot be written"):
        photo.save(np.zeros((1, 20_000, 3), np.uint8), path)  # Wider than WebP can be.
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.webp"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a.gif", "unknown extension; use .png, .jpg, .jpeg or .webp"),
        ("a", "unknown extension"),
        ("no/a.png", "no is no existing folder; make it first"),
        ("file/a.png", "file is no existing folder"),
        ("folder.png", "is a folder; give the name of a picture file in it"),
    ],
)
def test_outputs_that_are_refused_beforehand(tmp_path, name, words):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError) as caught:
        photo.check_output(tmp_path / name)
    assert words in str(caught.value)
    with pytest.raises(OutputError):
        photo.save(corners(), tmp_path / name)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_outputs_without_permission(tmp_path):
    old = tmp_path / "old.png"
    old.touch(mode=0o444)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o555)
    for path in (old, folder / "a.png"):
        with pytest.raises(OutputError, match="permission denied"):
            photo.check_output(path)


def test_a_name_that_the_file_system_refuses(tmp_path):
    with pytest.raises(OutputError, match="too long"):
        photo.save(corners(), tmp_path / ("a" * 300 + ".png"))
    assert not list(tmp_path.iterdir())


def test_check_output_leaves_nothing_behind(tmp_path):
    photo.check_output(tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("array", [np.zeros((40, 40, 3), np.float32), np.zeros((40, 40), np.uint8)])
def test_save_of_another_array(tmp_path, array):
    with pytest.raises(ShapeError, match=r"expected a uint8 array \(H, W, 3\) or \(H, W, 4\)$"):
        photo.save(array, tmp_path / "a.png")


@pytest.mark.parametrize(
    ("picture", "found"),
    [
        (np.zeros((40, 60), np.uint8), "is uint8 of shape (40, 60)"),
        (np.zeros((40, 60, 3)), "is float64 of shape (40, 60, 3)"),
        ([[0, 0, 0]], "is list"),
        (None, "is NoneType"),
    ],
)
def test_what_is_no_picture_to_save(tmp_path, picture, found):
    with pytest.raises(ShapeError) as raised:
        photo.save(picture, tmp_path / "a.png")
    assert str(raised.value) == f"the picture to save {found}, expected a uint8 array (H, W, 3) or (H, W, 4)"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("path", "kind"), [(None, "NoneType"), (5, "int")])
def test_a_path_that_is_none(path, kind):
    with pytest.raises(KindError) as raised:
        photo.save(corners(), path)
    assert str(raised.value) == f"{kind} was given; expected the path of a file, as text or a Path"


def test_small_pictures_can_be_saved(tmp_path):
    photo.save(np.zeros((2, 3, 3), np.uint8), tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").size == (3, 2)
