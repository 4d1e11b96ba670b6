"""Many at once without a browser: Streamlit's own test driver, the real networks, a catalog of a few products."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from apps import SHOP, batching, services, shelf, state
from apps.view import choices_of
from tests.apps.test_shop import upload
from tryon.catalog.importing import import_into
from tryon.catalog.models import Product
from tryon.core import photo
from tryon.core.errors import CheckpointError

TABLE = """handle,title,category,color,size,price,currency,pictures
tee,Floral tee,Tops,red,S,19.90,EUR,man_floral.jpg
suit,Suit,Outfits,gray,M,99.90,EUR,man_suit.jpg
dress,Summer dress,Dresses,blue,M,59.90,EUR,woman_dress.jpg
"""


@pytest.fixture
def catalog(tmp_path: Path, samples: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog with a tee, a suit and a dress; its pictures lie beside it."""
    path = tmp_path / "catalog.db"
    monkeypatch.setenv("TRYON_CATALOG", str(path))
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "products.csv").write_text(TABLE)
    for name in ("man_floral", "man_suit", "woman_dress"):
        (folder / f"{name}.jpg").write_bytes((samples[0].parent / f"{name}.jpg").read_bytes())
    import_into(path, folder / "products.csv")
    return path


def opened(**query: str | list[str]) -> AppTest:
    at = AppTest.from_file(str(SHOP), default_timeout=120).run()
    at.switch_page("app_pages/batch.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def texts(at: AppTest) -> list[str]:
    return [one.value for one in at.text]


def unpacked(at: AppTest) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(at.session_state["batch"].zip())) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


def test_all_of_a_selection_on_one_person(catalog: Path, samples: list[Path]):
    at = opened(item=["tee", "dress"])
    assert at.multiselect(key="batch_products").value == ["tee", "dress"]
    assert at.button(key="batch_go").label == "Try on 2 products"
    at.button(key="batch_go").click().run()
    assert not at.exception
    assert "2 pictures of 2 products." in texts(at)
    found = unpacked(at)
    assert list(found) == ["tee.jpg", "dress.jpg", "contact-sheet.jpg", "report.csv"]
    tryon, folder = services.pipeline(), samples[0].parent
    person = tryon.read_person(folder / "man_tshirt.jpg")
    for name, file, category in (("tee", "man_floral", "upper"), ("dress", "woman_dress", "dress")):
        garment = tryon.take_garment(tryon.read_wearer(folder / f"{file}.jpg"), category=category)
        assert found[f"{name}.jpg"] == photo.encode(tryon(person, garment).image, "JPEG")
    # The person and two garments of 288 x 384 pixels and their titles.
    sheet = Image.open(io.BytesIO(found["contact-sheet.jpg"]))
    assert sheet.width == 3 * (288 + 12)
    rows = found["report.csv"].decode().splitlines()
    assert [row.split(",")[:5] for row in rows[1:]] == [
        ["person", "tee", "upper", "tee.jpg", "ok"],
        ["person", "dress", "dress", "dress.jpg", "ok"],
    ]
    assert not at.button(key="batch_go").disabled


def test_one_that_cannot_be_tried_on_stops_no_other(catalog: Path):
    on_shelf = shelf.load()
    (on_shelf.pictures / on_shelf.products["suit"].pictures[0]).write_bytes(b"no picture")
    at = opened(item=["suit", "tee"])
    at.button(key="batch_go").click().run()
    assert not at.exception
    assert "1 picture of 2 products. 1 product could not be tried on; each says why." in texts(at)
    assert len(at.error) == 1
    assert at.error[0].value.startswith("In the garment photo, ")
    assert "no picture that can be read" in at.error[0].value
    assert list(unpacked(at)) == ["tee.jpg", "contact-sheet.jpg", "report.csv"]


def test_a_fault_of_ours_tells_no_secrets_and_stops_no_other(catalog: Path, monkeypatch, caplog):
    tryon = services.pipeline()

    def broken(wearer, *, category):
        return 1 // 0 if category == "dress" else type(tryon).take_garment(tryon, wearer, category=category)

    monkeypatch.setattr(tryon, "take_garment", broken)
    at = opened(item=["dress", "tee"])
    at.button(key="batch_go").click().run()
    assert [one.value for one in at.error] == ["Something went wrong on our side; try this one again."]
    assert "ZeroDivisionError" in caplog.text
    assert b"ZeroDivisionError" not in unpacked(at)["report.csv"]
    assert list(at.session_state["batch"].pictures) == ["tee.jpg"]


def test_what_no_photo_is_to_blame_for_ends_it(catalog: Path, monkeypatch, caplog):
    def without_weights(*_):
        raise CheckpointError("no weights at MINE")

    monkeypatch.setattr(services, "dress", without_weights)
    at = opened(item=["dress", "tee"])
    at.button(key="batch_go").click().run()
    assert not at.exception
    (problem,) = (one.value for one in at.error)
    assert problem.startswith("Something went wrong on our side (reference ")
    assert "no weights at MINE" in caplog.text
    assert "0 pictures of 2 products." in texts(at)
    assert not at.button(key="batch_go").disabled


def test_a_batch_that_is_canceled_keeps_what_is_done(catalog: Path, monkeypatch):
    dress = services.dress

    def cancel_after_the_first(dresser, pair):
        if pair.garment == "suit":
            at_work.end()  # as the button does, while the pair is made
        return dress(dresser, pair)

    monkeypatch.setattr(services, "dress", cancel_after_the_first)
    products = list(shelf.load().products.values())
    person = state.Subject(services.decoded(Path(services.sample_files("person")[0]).read_bytes()))
    at_work = batching.Batch(person, products, shelf.load())
    for _ in range(3):
        at_work.step()
    assert [one.pair.garment for one in at_work.outcomes] == ["tee"]
    assert list(at_work.pictures) == list(at_work.shown) == ["tee.jpg"]  # nothing comes after the button
    at = opened(item=["tee"])
    at.session_state["batch"] = at_work
    at.run()
    assert "Canceled. 1 picture of 3 products." in texts(at)
    assert [one.label for one in at.get("download_button")] == ["Download all (zip)", "Download contact sheet"]


def test_a_page_that_comes_back_goes_on_where_it_was(catalog: Path):
    at = opened(item=["tee", "dress"])
    person = state.Subject(services.decoded(Path(services.sample_files("person")[0]).read_bytes()))
    products = shelf.load().products
    began = batching.Batch(person, [products["tee"], products["dress"]], shelf.load())
    began.step()
    first = began.pictures["tee.jpg"]
    at.session_state["batch"] = began
    at.run()
    assert "2 pictures of 2 products." in texts(at)
    assert began.pictures["tee.jpg"] is first  # not made again


def test_a_photo_that_is_removed_takes_its_batch_along(catalog: Path, samples: list[Path]):
    at = upload(opened(item=["tee"]), "person", "me.jpg", samples[1].read_bytes())
    at.button(key="batch_go").click().run()
    assert "1 picture of 1 product." in texts(at)
    at.button(key="person_remove").click().run()
    assert not at.exception
    assert "batch" not in at.session_state
    assert at.button(key="batch_go").disabled


def test_what_is_tried_on_stands_in_the_address(catalog: Path):
    at = opened()
    assert at.button(key="batch_go").disabled
    at.button(key="batch_category_Dresses").click().run()
    assert at.multiselect(key="batch_products").value == ["dress"]
    assert at.query_params["category"] == "Dresses"
    at.multiselect(key="batch_products").set_value(["dress", "suit"]).run()
    assert at.query_params["item"] == ["dress", "suit"]
    assert "category" not in at.query_params
    assert at.button(key="batch_go").label == "Try on 2 products"
    assert opened(color="gray").multiselect(key="batch_products").value == ["suit"]


def test_an_address_that_names_what_is_not_there(catalog: Path):
    at = opened(item=["gone", "tee"])
    assert [one.value for one in at.info] == [
        "The address names products that are not in the shop or have no picture; they are left out."
    ]
    assert at.multiselect(key="batch_products").value == ["tee"]
    assert [one.value for one in opened(category="Hats").info] == ["There is no category 'Hats' here; it is left out."]


def test_no_more_than_go_at_once():
    many = {f"p{i}": Product(handle=f"p{i}", title=f"P {i}", category="Tops", pictures=("a.jpg",)) for i in range(60)}
    handles, told = batching.asked_for({"item": list(many)}, many, choices_of(list(many.values())))
    assert handles == [f"p{i}" for i in range(48)]
    assert told == ["These are 60 products; the first 48 are taken, as many as go at once."]


def test_pictures_of_large_photos_are_kept_smaller():
    batch = batching.Batch(state.Subject(state.Photo("", np.zeros((40, 40, 3), np.uint8))), [], shelf.load())
    batch._store(np.full((3000, 1500, 3), 90, np.uint8), "large.jpg")
    batch._store(np.full((300, 150, 3), 90, np.uint8), "small.jpg")
    assert Image.open(io.BytesIO(batch.pictures["large.jpg"])).size == (1024, 2048)
    assert Image.open(io.BytesIO(batch.pictures["small.jpg"])).size == (150, 300)
    assert Image.open(io.BytesIO(batch.shown["large.jpg"])).size == (240, 480)
