"""Pictures and messages as the page gets them."""

import io

import numpy as np
import pytest
from PIL import Image

from apps import services
from apps.components import data_url
from apps.mending import Correction
from apps.services import jpeg, numbered, png, sentence
from apps.state import Options, Photo, Subject
from tryon.core.errors import NobodyFoundError, PersonNotFoundError
from tryon.core.labels import Label
from tryon.read.worn import refuse_unworn, unworn
from tryon.types import Person


def test_jpeg_is_made_smaller_and_never_larger():
    picture = np.full((100, 50, 3), (10, 200, 30), np.uint8)
    small = Image.open(io.BytesIO(jpeg(picture, 40)))
    assert (small.format, small.size) == ("JPEG", (20, 40))
    assert Image.open(io.BytesIO(jpeg(picture, 400))).size == (50, 100)
    assert np.abs(np.array(small).astype(int) - (10, 200, 30)).max() <= 3


def test_png_keeps_every_pixel():
    picture = np.random.default_rng(0).integers(0, 256, (37, 23, 3), dtype=np.uint8)
    assert np.array_equal(np.array(Image.open(io.BytesIO(png(picture)))), picture)


def test_sentence():
    assert sentence(PersonNotFoundError("no person was found")) == "No person was found."
    assert sentence("Seen from the side.") == "Seen from the side."
    assert sentence("choose another --category or photo") == "Choose another kind of garment or photo."
    assert sentence("choose --category auto or lower") == "Choose automatic or lower."
    assert sentence("garment photo: the person sits") == "In the garment photo, the person sits."


def test_the_page_names_no_option_of_a_command():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[2, 5, 8, 11]] = (40, 20, 1), (60, 20, 1), (42, 60, 1), (58, 60, 1)  # shoulders and hips, no knees
    parsing = np.zeros((200, 100), np.uint8)
    parsing[10:70, 30:70] = Label.UPPER
    with pytest.raises(NobodyFoundError) as printed:
        refuse_unworn(Person(np.zeros((200, 100, 3), np.uint8), keypoints, parsing, (30, 10, 70, 70)))
    for message in (unworn((800, 600)), str(printed.value)):
        assert "--garment-photo flat" in message
        assert "--" not in sentence(message)


def test_numbered_people():
    """Two boxes on a picture that is made half as large; the frame of the chosen one is colored, the other one dark."""
    photo = Photo("", np.full((1600, 1200, 3), 100, np.uint8))
    picture = np.array(Image.open(io.BytesIO(numbered(photo, [(200, 400, 500, 1200), (700, 400, 1000, 1200)], 2))))
    assert picture.shape == (800, 600, 3)
    assert np.abs(picture[400, 425].astype(int) - 100).max() < 8
    assert np.abs(picture[400, 175].astype(int) - (0.4 * 100 + 0.6 * 255)).max() < 8
    assert picture[400, 351].astype(int)[0] > 150
    assert picture[400, 351].astype(int)[1] < 90
    assert picture[400, 101].max() < 90


def test_data_url():
    assert data_url(b"\xff\xd8\xff") == "data:image/jpeg;base64,/9j/"


def test_who_waits_is_told_how_many_are_ahead():
    told = []

    def leave(text: str, part: float) -> None:
        told.append((text, part))
        raise InterruptedError

    someone = Subject(Photo("", np.zeros((1, 1, 3), np.uint8)))
    options = Options("auto", "auto", "auto", "bring", "never")
    request = (someone.key, someone.key, options, (Correction(), Correction()))
    with services._line.turn(), pytest.raises(InterruptedError):
        services.try_on(request, someone, someone, leave)
    assert told == [("Waiting: 1 other try-on before yours", 0.0)]
    assert services.waiting(2) == "Waiting: 2 other try-ons before yours"
