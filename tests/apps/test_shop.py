"""The shop's pages without a browser: Streamlit's own test driver, the real networks, the sample people."""

import io
import tomllib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.testing.v1 import AppTest

from apps import SHOP


@pytest.fixture
def shop() -> AppTest:
    at = AppTest.from_file(str(SHOP), default_timeout=120).run()
    assert not at.exception
    return at


def upload(at: AppTest, role: str, name: str, data: bytes, kind: str = "image/jpeg") -> AppTest:
    at.segmented_control(key=f"{role}_source").set_value("Upload").run()
    at.file_uploader(key=f"{role}_upload").set_value((name, data, kind)).run()
    assert not at.exception
    return at


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def tall() -> Image.Image:
    """60 x 90 pixels, the upper third red."""
    pixels = np.full((90, 60, 3), 255, np.uint8)
    pixels[:30] = (255, 0, 0)
    return Image.fromarray(pixels)


def test_first_view_is_ready_to_try_on(shop: AppTest):
    assert shop.title[0].value == "Fitting room"
    assert not shop.button(key="go").disabled
    assert not shop.error


def test_uploads_of_the_largest_size_stay_in_memory(shop: AppTest):
    largest = tomllib.loads((SHOP.parent / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    assert MultiPartParser.spool_max_size > largest * 2**20


def test_about_page(shop: AppTest):
    shop.switch_page("app_pages/about.py").run()
    assert not shop.exception
    assert shop.title[0].value == "About the fitting room"


def test_upload_is_turned_upright(shop: AppTest):
    # Stored lying on its side; orientation 6 says: turn by 90 degrees clockwise to view.
    exif = Image.Exif()
    exif[274] = 6
    data = encoded(tall().transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif.tobytes())
    pixels = upload(shop, "person", "me.jpg", data).session_state["person photo"].pixels
    assert pixels.shape == (90, 60, 3)
    assert pixels[10, 30, 1] < 40  # red
    assert pixels[60, 30, 1] > 215  # white


def test_upload_of_heic(shop: AppTest):
    out = io.BytesIO()
    pillow_heif.from_pillow(tall()).save(out)
    # Browsers often do not know the type of an iPhone photo.
    upload(shop, "garment", "IMG_0001.HEIC", out.getvalue(), "application/octet-stream")
    assert shop.session_state["garment photo"].pixels.shape == (90, 60, 3)
    assert not shop.error


def test_upload_that_is_no_picture(shop: AppTest):
    upload(shop, "person", "letter.jpg", b"Dear Sir or Madam")
    assert len(shop.error) == 1
    assert shop.error[0].value.startswith("The picture is no picture that can be read")
    assert shop.button(key="go").disabled


def test_without_a_photo_the_button_waits(shop: AppTest):
    shop.segmented_control(key="garment_source").set_value("Upload").run()
    assert shop.button(key="go").disabled
    assert any("Choose a photo of a person" in caption.value for caption in shop.caption)


def test_photo_without_a_person(shop: AppTest):
    grey = encoded(Image.new("RGB", (300, 400), (128, 128, 128)), "PNG")
    upload(shop, "person", "wall.png", grey, "image/png")
    shop.button(key="go").click().run()
    assert not shop.exception
    assert len(shop.error) == 1
    assert "person" in shop.error[0].value
    assert not shop.button(key="go").disabled
    # The message belongs to that photo and goes with it.
    shop.segmented_control(key="person_source").set_value("Sample").run()
    assert not shop.error


def test_fault_of_ours_shows_a_reference_and_no_trace(shop: AppTest):
    shop.session_state["person read"] = (shop.session_state["person photo"].key, "not a person")
    shop.button(key="go").click().run()
    assert not shop.exception
    assert len(shop.error) == 1
    assert shop.error[0].value.startswith("Something went wrong on our side (reference ")
    assert not shop.button(key="go").disabled


def test_result_and_second_garment(shop: AppTest, samples: list[Path]):
    shop.button(key="go").click().run()
    assert not shop.exception
    assert not shop.error
    first = shop.session_state["outcome"]
    person = shop.session_state["person read"][1]
    result = np.array(Image.open(io.BytesIO(first.png)))
    assert result.shape == person.photo.shape
    changed = (result != person.photo).any(-1).mean()
    assert 0.01 < changed < 0.6
    assert shop.download_button(key="download").label == "Download PNG"
    assert any(caption.value.startswith("Ready in ") for caption in shop.caption)
    assert not shop.button(key="go").disabled

    images = len(shop.image)
    shop.toggle(key="show_steps").set_value(True).run()
    assert len(shop.image) == images + len(first.steps)
    assert len(first.steps) >= 4

    upload(shop, "garment", "other.jpg", samples[2].read_bytes())
    assert not any(caption.value.startswith("Ready in ") for caption in shop.caption)  # It was for other choices.
    shop.button(key="go").click().run()
    assert not shop.error
    second = np.array(Image.open(io.BytesIO(shop.session_state["outcome"].png)))
    assert not np.array_equal(second, result)
    assert shop.session_state["person read"][1] is person
