"""The fitting room without a browser: Streamlit's own test driver, the real networks, the sample people."""

import gc
import io
import tomllib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import FileUploader

from apps import SHOP, services, state
from tests.drawn import drawn_people, drawn_tryon
from tests.read.flat.colors import CLOTH, GROUND, drawn_reader
from tryon.pipeline import TryOn


@pytest.fixture
def shop() -> AppTest:
    return fitting_room()


def fitting_room(**query: str) -> AppTest:
    at = AppTest.from_file(str(SHOP), default_timeout=120).run()
    at.switch_page("app_pages/fitting.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def upload(at: AppTest, role: str, name: str, data: bytes, kind: str = "image/jpeg") -> AppTest:
    at.segmented_control(key=f"{role}_source").set_value("Upload").run()
    uploader(at, role).set_value((name, data, kind)).run()
    assert not at.exception
    return at


def uploader(at: AppTest, role: str) -> FileUploader:
    return next(one for one in at.file_uploader if one.key.startswith(f"{role}_upload_"))


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
    pixels = upload(shop, "person", "me.jpg", data).session_state["person upload"].photo.pixels
    assert pixels.shape == (90, 60, 3)
    assert pixels[10, 30, 1] < 40  # red
    assert pixels[60, 30, 1] > 215  # white


def test_upload_of_heic(shop: AppTest):
    out = io.BytesIO()
    pillow_heif.from_pillow(tall()).save(out)
    # Browsers often do not know the type of an iPhone photo.
    upload(shop, "garment", "IMG_0001.HEIC", out.getvalue(), "application/octet-stream")
    assert shop.session_state["garment upload"].photo.pixels.shape == (90, 60, 3)
    assert shop.session_state["garment upload"].name == "IMG_0001.HEIC"


def test_upload_that_is_no_picture(shop: AppTest):
    upload(shop, "person", "letter.jpg", b"Dear Sir or Madam")
    assert len(shop.error) == 1
    assert shop.error[0].value.startswith("The picture is no picture that can be read")
    assert shop.button(key="go").disabled


@pytest.mark.parametrize(("name", "kind"), [("a.AVIF", "AVIF"), ("b.gif", "GIF"), ("c.jfif", "JPEG"), ("d.hif", "PNG")])
def test_every_format_that_can_be_read_is_taken(shop: AppTest, name: str, kind: str):
    upload(shop, "garment", name, encoded(tall(), kind))
    assert shop.session_state["garment upload"].photo.pixels.shape == (90, 60, 3)


def test_a_refused_file_makes_room_for_the_next(shop: AppTest, samples: list[Path]):
    upload(shop, "person", "letter.jpg", b"Dear Sir or Madam")
    upload(shop, "person", "note.jpg", b"Dear all")
    assert [text.value for text in shop.text] == ["note.jpg"]
    assert len(shop.error) == 1
    upload(shop, "person", "me.jpg", samples[1].read_bytes())
    assert [text.value for text in shop.text] == ["me.jpg"]
    assert not shop.error
    assert not shop.button(key="go").disabled


def test_no_file_stays_in_the_web_server_and_a_removed_photo_nowhere(
    shop: AppTest, samples: list[Path], monkeypatch: pytest.MonkeyPatch
):
    freed = []
    remove = MemoryUploadedFileManager.remove_file

    def note_and_remove(self: MemoryUploadedFileManager, session_id: str, file_id: str) -> None:
        freed.append(self.file_storage[session_id][file_id].name)
        remove(self, session_id, file_id)

    def remembered() -> list[str]:
        gc.collect()
        return [one.name for one in gc.get_objects() if type(one) is state.Upload]

    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", note_and_remove)
    upload(shop, "person", "removed.jpg", samples[1].read_bytes())
    assert freed == ["removed.jpg"]
    assert remembered().count("removed.jpg") == 1
    shop.button(key="person_remove").click().run()
    shop.run()  # Streamlit holds the values of one run before.
    assert "removed.jpg" not in remembered()
    assert not shop.text
    assert shop.button(key="go").disabled


def test_choices_uploads_and_the_result_stay_for_the_visit(shop: AppTest, samples: list[Path]):
    upload(shop, "person", "me.jpg", samples[2].read_bytes())
    shop.radio(key="below").set_value("keep").run()
    shop.button(key="go").click().run()
    assert not shop.error
    result = shop.session_state["outcome"]
    for leave in ("Sample", "about"):
        if leave == "Sample":
            shop.segmented_control(key="person_source").set_value("Sample").run()
            assert not shop.text
            shop.segmented_control(key="person_source").set_value("Upload").run()
        else:
            shop.switch_page("app_pages/about.py").run()
            shop.switch_page("app_pages/fitting.py").run()
        assert not shop.exception
        assert [text.value for text in shop.text] == ["me.jpg"]
        assert shop.segmented_control(key="person_source").value == "Upload"
        assert shop.radio(key="below").value == "keep"
        assert shop.session_state["outcome"] is result
        assert any(caption.value.startswith("Ready in ") for caption in shop.caption)


def test_a_page_loaded_anew_keeps_samples_and_asks_for_uploads():
    at = fitting_room(garment="woman coat", person="upload")
    assert at.session_state["garment sample"] == "woman coat"
    assert at.segmented_control(key="person_source").value == "Upload"
    assert [info.value for info in at.info] == [
        "The page was loaded anew, and photos are not kept for that: choose yours again."
    ]
    upload(at, "person", "me.png", encoded(tall(), "PNG"))
    assert not at.info
    assert at.query_params["person"] == "upload"
    at.segmented_control(key="person_source").set_value("Sample").run()
    assert at.query_params["person"] == "man tshirt"


def test_an_address_with_an_unknown_sample_is_a_first_visit():
    at = fitting_room(person="../../etc/passwd")
    assert at.session_state["person sample"] == "man tshirt"


def test_samples_without_a_wearer_are_offered_as_garments_only():
    at = fitting_room(garment="tshirt on wood", person="tshirt on wood")
    assert at.session_state["garment sample"] == at.query_params["garment"] == "tshirt on wood"
    assert at.session_state["person sample"] == "man tshirt"
    names = [path.stem for path in services.sample_files("garment")]
    assert names[0] == "man_crossed_arms"
    assert names[8:] == [
        "coat_as_worn", "dress_as_worn", "shirt_on_hanger", "skirt_on_cloth", "trousers_on_paper", "tshirt_on_wood",
    ]  # fmt: skip


def test_a_lying_garment_is_put_on_and_no_step_speaks_of_a_wearer(shop: AppTest, monkeypatch: pytest.MonkeyPatch):
    reads = drawn_tryon()
    monkeypatch.setattr(services, "pipeline", lambda: TryOn(reads.parser, reads.pose, flat=drawn_reader()))
    upload(shop, "person", "me.png", encoded(Image.fromarray(drawn_people((150, 40, 520))), "PNG"), "image/png")
    tee = Image.new("RGB", (300, 400), GROUND)
    tee.paste(CLOTH, (60, 100, 240, 350))
    upload(shop, "garment", "tee.png", encoded(tee, "PNG"), "image/png")
    shop.button(key="go").click().run()
    assert not shop.error
    titles = [title for title, _ in shop.session_state["outcome"].steps]
    assert titles[3:6] == ["The garment photo", "Where its joints are", "What was cut out"]


def test_one_of_several_people_is_chosen(shop: AppTest, samples: list[Path]):
    """Two samples side by side: the right one is larger, and taken until the visitor says otherwise."""
    left, right = (Image.open(path) for path in samples[2:4])
    group = Image.new("RGB", (1268, 1024), left.getpixel((0, 0)))
    group.paste(left.resize((500, 667)), (0, 357))
    group.paste(right, (500, 0))
    upload(shop, "person", "us.jpg", encoded(group, "JPEG", quality=95))
    number = shop.segmented_control[1]
    assert (number.label, number.value) == ("Which one are you?", 2)
    number.set_value(1).run()
    shop.button(key="go").click().run()
    assert not shop.error
    person = shop.session_state["person read"][1]
    assert person.box[2] < 500
    assert not any("people are in the photo" in warning.value for warning in shop.warning)


def test_without_a_photo_the_button_waits(shop: AppTest):
    shop.segmented_control(key="garment_source").set_value("Upload").run()
    assert shop.button(key="go").disabled
    assert any("Choose a photo of a person" in caption.value for caption in shop.caption)


def test_photo_without_a_person(shop: AppTest):
    grey = encoded(Image.new("RGB", (300, 400), (128, 128, 128)), "PNG")
    upload(shop, "person", "wall.png", grey, "image/png")
    assert [error.value for error in shop.error] == [
        "No person was found in the photo; use one that shows a person clearly and not too far away."
    ]
    assert shop.button(key="go").disabled
    # The message belongs to that photo and goes with it.
    shop.segmented_control(key="person_source").set_value("Sample").run()
    assert not shop.error


def test_fault_of_ours_shows_a_reference_and_no_trace(shop: AppTest):
    name = next(path for path in services.sample_files("person") if path.stem == "man_tshirt")
    shop.session_state["person read"] = ((services.sample_photo(name).key, None), "not a person")
    shop.button(key="go").click().run()
    assert not shop.exception
    assert len(shop.error) == 1
    assert shop.error[0].value.startswith("Something went wrong on our side (reference ")
    assert not shop.button(key="go").disabled
    del shop.session_state["person read"]
    shop.button(key="go").click().run()
    assert not shop.error  # trying again has helped


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


def test_garments_are_put_on_in_layers(shop: AppTest, samples: list[Path]):
    """What is kept on is worn with what is tried next, until it is taken off."""
    shop.selectbox(key="category").set_value("upper").run()
    shop.button(key="go").click().run()
    first = shop.session_state["outcome"]
    shop.button(key="keep_on").click().run()
    assert not shop.exception
    assert any(caption.value == "Kept on: From a photo." for caption in shop.caption)
    assert not any(caption.value.startswith("Ready in ") for caption in shop.caption)
    shop.selectbox(key="category").set_value("lower").run()
    shop.button(key="go").click().run()
    assert not shop.error
    assert shop.toggle(key="show_mend") is not None  # what is kept on can be corrected, too
    before = shop.session_state["layer read"][1].photo
    assert np.array_equal(before, np.array(Image.open(io.BytesIO(first.png))))
    second = np.array(Image.open(io.BytesIO(shop.session_state["outcome"].png)))
    neck = int(shop.session_state["layer read"][1].keypoints[1, 1])
    chest = np.s_[neck : neck + 60, 300:400]
    assert np.array_equal(second[chest], before[chest])
    assert (second != before).any(-1).mean() > 0.01

    shop.button(key="keep_on").click().run()
    assert "layer read" not in shop.session_state  # that of before
    assert any(caption.value == "Kept on: From a photo, From a photo." for caption in shop.caption)
    shop.button(key="take_off").click().run()
    shop.button(key="take_off").click().run()
    assert not any(caption.value.startswith("Kept on") for caption in shop.caption)
    assert not any(button.key == "take_off" for button in shop.button)


def test_what_is_kept_on_goes_with_the_photo(shop: AppTest, samples: list[Path], monkeypatch: pytest.MonkeyPatch):
    read: list[object] = []

    def counted(self: TryOn, photo: object, **options: object) -> object:
        read.append(photo)
        return read_person(self, photo, **options)

    read_person = TryOn.read_person
    monkeypatch.setattr(TryOn, "read_person", counted)
    upload(shop, "person", "me.jpg", samples[2].read_bytes())
    shop.button(key="go").click().run()
    shop.button(key="keep_on").click().run()
    before = len(read)
    for _ in range(2):
        shop.button(key="go").click().run()
    assert len(read) == before + 1  # the photo and what is kept on, each once
    assert len(shop.session_state["tried"]) == 2
    shop.segmented_control(key="person_source").set_value("Sample").run()
    assert not any(caption.value.startswith("Kept on") for caption in shop.caption)  # that is somebody else
    shop.segmented_control(key="person_source").set_value("Upload").run()
    assert any(caption.value.startswith("Kept on") for caption in shop.caption)
    shop.button(key="take_off").click().run()
    shop.button(key="person_remove").click().run()
    assert shop.session_state["tried"] == []
    assert "layer photo" not in shop.session_state
    assert "layer read" not in shop.session_state


def test_what_is_kept_on_stays_when_a_photo_goes_that_it_was_not_made_of(shop: AppTest, samples: list[Path]):
    shop.button(key="go").click().run()
    shop.button(key="keep_on").click().run()
    upload(shop, "garment", "other.jpg", samples[2].read_bytes())
    shop.button(key="go").click().run()
    shop.button(key="keep_on").click().run()
    assert any(caption.value == "Kept on: From a photo, From a photo." for caption in shop.caption)
    upload(shop, "garment", "another.jpg", samples[5].read_bytes())
    shop.button(key="garment_remove").click().run()
    assert any(caption.value.startswith("Kept on") for caption in shop.caption)
    upload(shop, "garment", "other.jpg", samples[2].read_bytes())
    shop.button(key="garment_remove").click().run()
    assert not any(caption.value.startswith("Kept on") for caption in shop.caption)
    assert len(shop.session_state["tried"]) == 1


def test_the_pose_is_straightened_where_that_is_asked_for(shop: AppTest, samples: list[Path]):
    assert shop.radio(key="normalize").value == "never"
    upload(shop, "person", "crossed.jpg", samples[0].read_bytes())
    shop.radio(key="normalize").set_value("auto").run()
    shop.button(key="go").click().run()
    assert not shop.error
    assert any(
        warning.value.startswith("The person was brought into an upright, frontal pose, because arms cover")
        for warning in shop.warning
    )
