"""Pictures and messages as the page gets them."""

import io

import numpy as np
from PIL import Image

from apps.components import data_url
from apps.services import jpeg, png, sentence
from tryon.core.errors import PersonNotFoundError


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


def test_data_url():
    assert data_url(b"\xff\xd8\xff") == "data:image/jpeg;base64,/9j/"
