"""What is handed to the Python interface: arrays, files and key points of all kinds, on drawn people."""

import numpy as np
import pytest
import torch
from PIL import Image

from hpn.model import HPN, HPNConfig
from tests.drawn import BoxPose, drawn_people, drawn_tryon
from tests.read.parser.test_read import ColorParser
from tryon.body.poses import named_pose
from tryon.body.skeleton import R_SHOULDER
from tryon.core import photo as photos
from tryon.core.errors import (
    ConfigError,
    GarmentNotFoundError,
    InputImageError,
    KindError,
    PersonNotFoundError,
    ShapeError,
)
from tryon.pipeline import TryOn

ONE = ((150, 40, 520),)


@pytest.fixture(scope="module")
def tryon() -> TryOn:
    return drawn_tryon()


def test_a_photo_may_be_a_file(tryon, tmp_path):
    picture = drawn_people(*ONE)
    photos.save(picture, tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    for source in (tmp_path / "a.png", str(tmp_path / "a.png"), data, Image.fromarray(picture), photos.Photo(picture)):
        assert (tryon.read_person(source).photo == picture).all()
        assert (tryon.read_garment(source).source.photo == picture).all()
    with pytest.raises(InputImageError, match="does not exist"):
        tryon.read_person("nowhere.png")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda picture: picture / 255,
            r"photo is float64 of shape \(600, 500, 3\), expected a uint8 array \(H, W, 3\)",
        ),
        (lambda picture: picture.astype(np.uint16) * 257, r"photo is uint16 of shape \(600, 500, 3\)"),
        (lambda picture: picture > 128, r"photo is bool of shape \(600, 500, 3\)"),
        (lambda picture: picture[..., 0], r"photo is uint8 of shape \(600, 500\)"),
        (lambda picture: picture[None], r"photo is uint8 of shape \(1, 600, 500, 3\)"),
        (lambda picture: picture.transpose(2, 0, 1), r"photo is uint8 of shape \(3, 600, 500\)"),
        (torch.from_numpy, r"photo is Tensor of torch.uint8 of shape \(600, 500, 3\)"),
        (lambda picture: picture.tolist(), r"photo is list, expected a uint8 array"),
        (lambda picture: None, r"photo is NoneType, expected a uint8 array"),
    ],
    ids=["float", "uint16", "bool", "gray", "batch", "CHW", "tensor", "list", "None"],
)
def test_other_arrays_than_photos(tryon, change, words):
    with pytest.raises(ShapeError, match=words):
        tryon.read_person(change(drawn_people(*ONE)))
    with pytest.raises(ShapeError, match=f"garment photo: {words}"):
        tryon.read_garment(change(drawn_people(*ONE)))


def test_how_an_array_lies_in_memory_does_not_matter(tryon):
    picture = drawn_people(*ONE)
    fixed = picture.copy()
    fixed.flags.writeable = False
    read = tryon.read_person(picture)
    for other in (fixed, np.asfortranarray(picture), np.ma.masked_array(picture), picture[:, ::-1].copy()[:, ::-1]):
        assert (tryon.read_person(other).keypoints == read.keypoints).all()
    assert tryon(tryon.read_person(fixed), tryon.read_garment(np.asfortranarray(picture))).image.shape == picture.shape


def test_transparent_parts_are_told(tryon):
    picture = np.dstack((drawn_people(*ONE), np.full((600, 500), 255, np.uint8)))
    picture[:30, :, 3] = 0
    words = "transparent parts of the photo became white"
    cut_out = Image.fromarray(picture)
    assert tryon.read_person(cut_out).warnings == (words,)
    other = picture.copy()
    other[-1, 0, :3] ^= 1
    result = tryon(tryon.read_person(cut_out), tryon.read_garment(Image.fromarray(other)))
    assert result.warnings == (f"person photo: {words}", f"garment photo: {words}")
    assert (result.image[:25] == 255).all()


def test_a_person_and_a_garment_exchanged(tryon):
    person, garment = tryon.read_person(drawn_people(*ONE)), tryon.read_garment(drawn_people(*ONE))
    with pytest.raises(KindError, match="Garment and Person were given; expected a Person and a Garment"):
        tryon(garment, person)


@pytest.mark.parametrize("given", [np.zeros((600, 500, 3), np.uint8), "photo.jpg", None], ids=["array", "path", "None"])
def test_no_person(tryon, given):
    kind = type(given).__name__
    for tried in (lambda: tryon.normalize(given), lambda: tryon.transfer(given, "canonical")):
        with pytest.raises(KindError) as raised:
            tried()
        assert str(raised.value) == f"{kind} was given; expected a Person, from read_person"
    with pytest.raises(KindError, match=f"^{kind} was given; expected a Person, from read_wearer$"):
        tryon.take_garment(given)


def test_what_else_is_taken_for_a_photo(tryon):
    for tried in (tryon.read_person, photos.read):
        with pytest.raises(ShapeError, match=r", or a path, the bytes of a file, an open file or a Pillow image$"):
            tried([1, 2, 3])


def test_weights_that_are_no_folder():
    with pytest.raises(KindError, match=r"^int was given; expected the path of a folder, as text or a Path$"):
        TryOn.from_pretrained(5)  # type: ignore[arg-type]


def test_nobody_wears_the_garment(tryon):
    words = "garment photo: nobody was found who wears the garment and whose shoulders are seen"
    with pytest.raises(PersonNotFoundError, match=words):
        tryon.read_garment(drawn_people(), garment_photo="worn")
    with pytest.raises(GarmentNotFoundError, match="neither a garment nor somebody who wears one was made out"):
        tryon.read_garment(drawn_people())
    with pytest.raises(PersonNotFoundError, match="garment photo: person 2 was asked for, but 1 was found"):
        tryon.read_garment(drawn_people(*ONE), person=2)


def test_one_shoulder_alone_is_told_when_the_photo_is_read(tryon, monkeypatch):
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[R_SHOULDER] = 200, 200, 1
    for module in ("person", "plausible"):  # also of the photo turned around
        monkeypatch.setattr(f"tryon.read.{module}.read_keypoints", lambda *_, **__: keypoints)
    with pytest.raises(PersonNotFoundError, match="one shoulder"):
        tryon.read_person(drawn_people(*ONE))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (
            lambda points: points[:17],
            ShapeError,
            r"keypoints has shape \(17, 3\), expected \(18, 3\)",
        ),
        (lambda points: points[:, :2], ShapeError, r"keypoints has shape \(18, 2\)"),
        (lambda points: "bow", ConfigError, "the pose 'bow' is unknown"),
        (lambda points: None, ShapeError, "keypoints has shape"),
        (lambda points: points * np.nan, ConfigError, "keypoints holds values that are no finite numbers"),
        (lambda points: points + np.inf, ConfigError, "keypoints holds values that are no finite numbers"),
        (
            lambda points: points / (500, 600, 1),
            ConfigError,
            "keypoints spans less than 8 pixels",
        ),
        (
            lambda points: points * (0.2, 0.17, 1),
            ConfigError,
            r"keypoints span \d+ pixels, and those of the person \d+; give them in pixels of the photo of 500 x 600",
        ),
        (
            lambda points: np.where(points[:, 2:] > 0, (0, 600, 0) + points * (1, -1, 1), 0),
            ConfigError,
            "keypoints have the shoulders below the hips; give y in pixels from the top of the photo",
        ),
        (
            lambda points: points + 0j,
            ShapeError,
            r"keypoints is of complex numbers of shape \(18, 3\), expected an array",
        ),
        (
            lambda points: np.add(points, (5000, 5000, 0)),
            ConfigError,
            "keypoints all lie outside of the photo of 500 x 600",
        ),
        (
            lambda points: points * (-1, -1, 1),
            ConfigError,
            "keypoints all lie outside of the photo of 500 x 600",
        ),
        (
            lambda points: points * (1e30, 1e30, 1),
            ConfigError,
            "keypoints all lie outside of the photo of 500 x 600",
        ),
        (
            lambda points: np.add(points, (0, 430, 0)),
            PersonNotFoundError,
            r"\d of the 18 key points of the new pose are",
        ),
    ],
)
def test_key_points_that_are_no_pose_in_the_photo(change, error, words):
    tryon = TryOn(ColorParser(), BoxPose(), lambda: HPN(HPNConfig(width=1 / 16, norm="group")).eval())
    person = tryon.read_person(drawn_people(*ONE))
    with pytest.raises(error, match=words):
        tryon.transfer(person, change(person.keypoints))


def test_a_pose_by_its_name():
    tryon = TryOn(ColorParser(), BoxPose(), lambda: HPN(HPNConfig(width=1 / 16, norm="group")).eval())
    person = tryon.read_person(drawn_people(*ONE))
    expected = named_pose("arms-out", person.keypoints, (600, 500))
    assert (tryon.transfer(person, "arms-out").keypoints == expected).all()
    assert (tryon.transfer(person, expected.tolist()).keypoints == expected).all()
    with pytest.raises(ConfigError, match=r"the background is \(1, 2, 3\); choose original, plain, or a color"):
        tryon.transfer(person, "arms-out", background=(1, 2, 3))
