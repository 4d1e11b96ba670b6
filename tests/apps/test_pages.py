"""The shop's grid, product page, bag and order without a browser: Streamlit's own test driver, the sample products."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from apps import SHOP, bag, shelf
from tryon.catalog.importing import import_into
from tryon.catalog.orders import Buyer, orders, place
from tryon.catalog.store import Catalog
from tryon.core.errors import OutputError

TEE, CHINOS = "cotton-tee-navy", "chinos-sand"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with the sample products, made once."""
    path = tmp_path_factory.mktemp("filled") / "catalog.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRYON_CATALOG", str(path))
        shelf.load()
    return path


@pytest.fixture
def catalog(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog with the sample products that the test may change."""
    path = tmp_path / "catalog.db"
    with Catalog(filled):  # what is in the log goes into the file when the last one closes it
        pass
    shutil.copy(filled, path)
    shutil.copytree(f"{filled}.pictures", f"{path}.pictures")
    monkeypatch.setenv("TRYON_CATALOG", str(path))
    return path


def opened(where: str = "", /, **query: str | list[str]) -> AppTest:
    at = AppTest.from_file(str(SHOP), default_timeout=60)
    if where:
        at.run()
        at.switch_page(f"app_pages/{where}.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def count(at: AppTest) -> str:
    return at.text[0].value


def infos(at: AppTest) -> list[str]:
    return [one.value for one in at.info]


def test_the_first_view_fills_an_empty_catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRYON_CATALOG", str(tmp_path / "new.db"))
    at = opened()
    assert at.title[0].value == "Shop"
    assert count(at) == "35 products"
    assert at.caption[0].value.startswith("Sample products: the pictures are computer-generated")
    assert not infos(at)


def test_products_of_ones_own_take_the_place_of_samples(catalog: Path, samples: list[Path]):
    import_into(catalog, samples[0].parent)
    at = opened()
    assert count(at) == "8 products"
    assert not any(one.value.startswith("Sample products") for one in at.caption)


def test_filters_write_the_address_and_the_address_sets_them(catalog: Path):
    at = opened()
    at.pills(key="shop_category").set_value("Shirts").run()
    assert count(at) == "10 products"
    at.multiselect(key="shop_colors").set_value(["blue", "white"]).run()
    at.selectbox(key="shop_sort").set_value("cheap").run()
    assert count(at) == "5 products"
    assert dict(at.query_params) == {"category": "Shirts", "color": ["blue", "white"], "sort": "cheap"}
    again = opened(category="Shirts", color=["blue", "white"], sort="cheap")
    assert count(again) == "5 products"
    assert again.pills(key="shop_category").value == "Shirts"
    assert again.multiselect(key="shop_colors").value == ["blue", "white"]
    again.button(key="shop_all").click().run()
    assert count(again) == "35 products"
    assert dict(again.query_params) == {}


def test_search_price_size_and_pages(catalog: Path):
    at = opened()
    at.text_input(key="shop_search").set_value("dress BLUE").run()
    assert count(at) == "1 product"
    at.text_input(key="shop_search").set_value("").run()
    at.slider(key="shop_price").set_range(50, 65).run()
    assert count(at) == "6 products"
    assert at.query_params["price"] == "50-65"
    at.multiselect(key="shop_sizes").set_value(["28"]).run()
    assert count(at) == "2 products"
    assert infos(opened(search="zebra")) == ["No product is like that. Take a filter away, or show all products."]


def test_a_wrong_address_is_told_and_left_out(catalog: Path):
    at = opened(category="Hats", color=["blue", "<b>"], price="cheap", page="-1", sort="random")
    assert infos(at) == [
        "The price 'cheap' in the address is none; it is left out.",
        "There is no sort 'random' here; it is left out.",
        "There is no category 'Hats' here; it is left out.",
        "There is no color '<b>' here; it is left out.",
        "The page '-1' in the address is none; it is left out.",
    ]
    assert count(at) == "8 products"
    assert not infos(opened(page="999999"))


def test_the_shop_does_not_load_the_networks(catalog: Path):
    code = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"at = AppTest.from_file({str(SHOP)!r}, default_timeout=60).run(); "
        "assert at.title[0].value == 'Shop'; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False).returncode == 0


def test_a_product_goes_into_the_bag_and_is_ordered(catalog: Path):
    at = opened("product", item=TEE)
    assert at.title[0].value == "Cotton tee, navy"
    assert at.subheader[0].value == "14.90 EUR"
    assert at.button(key="add").disabled
    at.pills(key=f"product_size_{TEE}").set_value("M").run()
    at.number_input(key=f"quantity_{TEE}").set_value(2).run()
    at.button(key="add").click().run()
    assert [one.value for one in at.success] == ["Cotton tee, navy is in your bag."]

    at.switch_page("app_pages/bag.py").run()
    assert at.subheader[0].value == "Total: 29.80 EUR"
    at.number_input(key=f"bag_{TEE}|M|navy|").set_value(3).run()
    assert at.subheader[0].value == "Total: 44.70 EUR"
    fill(at)
    assert not at.exception
    assert [one.value for one in at.success] == ["Thank you. Your order has the number 1."]
    assert bag_of(at) == {}
    with Catalog(catalog) as opened_catalog:
        (order,) = orders(opened_catalog)
        assert (order.buyer.name, order.lines[0].quantity, str(order.totals[0])) == ("Ada Low", 3, "44.70 EUR")
        assert opened_catalog.products()[0].variants[1].stock == 4
    at.button(key="order_done").click().run()
    assert infos(at) == ["Your bag is empty."]


def bag_of(at: AppTest) -> dict:
    return at.session_state["bag"].lines


def fill(at: AppTest, **changes: str) -> None:
    """Fill the order form and send it."""
    ada = {"name": "Ada Low", "email": "ada@example.com", "street": "1 Mill Lane", "postcode": "AB1 2CD"}
    for name, value in (ada | {"city": "Leeds", "country": "UK"} | changes).items():
        at.text_input(key=f"order_{name}").set_value(value)
    at.button[-1].click().run()


def bagged(*handles: str) -> AppTest:
    """The bag's page with one piece of the second size of each product."""
    at = opened("product", item=handles[0])
    for handle in handles:
        at.query_params["item"] = handle
        at.run()
        sizes = at.pills(key=f"product_size_{handle}")
        sizes.set_value(sizes.options[1]).run()
        at.button(key="add").click().run()
    at.switch_page("app_pages/bag.py").run()
    assert not at.exception
    return at


def test_a_form_with_missing_fields_keeps_everything(catalog: Path):
    at = bagged(TEE)
    fill(at, name="", email="ada")
    assert [one.value for one in at.error] == [
        "The name is missing. The e-mail address needs the form name@example.com."
    ]
    assert at.text_input(key="order_street").value == "1 Mill Lane"
    assert len(bag_of(at)) == 1


def test_a_sold_out_size_cannot_be_bought(catalog: Path):
    at = opened("product", item=TEE)
    assert at.pills(key=f"product_size_{TEE}").options == ["S (sold out)", "M", "L", "XL", "XXL"]
    at.pills(key=f"product_size_{TEE}").set_value("S").run()
    assert at.button(key="add").disabled
    assert any(one.value == "Size S is sold out." for one in at.caption)


def test_what_changed_since_it_came_into_the_bag_is_told(catalog: Path):
    at = bagged(TEE, CHINOS, "polo-navy")
    with Catalog(catalog) as opened_catalog, opened_catalog.transaction(write=True) as connection:
        connection.execute("DELETE FROM products WHERE handle = ?", (TEE,))
        connection.execute("UPDATE variants SET stock = 0 WHERE sku LIKE 'chinos-sand-%'")
        connection.execute("UPDATE variants SET price = 2000 WHERE sku LIKE 'polo-navy-%'")
    at.run()
    assert [one.value for one in at.warning] == [
        "This is no longer sold; remove it to order the rest.",
        "Sold out by now; remove it to order the rest.",
        "The price has changed from 27.90 EUR to 20.00 EUR.",
    ]
    assert at.button[-1].disabled
    for handle, size in ((TEE, "M|navy"), (CHINOS, "30|beige")):
        at.button(key=f"remove_bag_{handle}|{size}|").click().run()
    assert at.subheader[0].value == "Total: 20.00 EUR"
    assert not at.button[-1].disabled


def test_a_locked_catalog_loses_nothing(catalog: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tryon.catalog.store._WAIT", 0.1)
    at = bagged(TEE)
    with Catalog(catalog) as other, other.transaction(write=True):
        fill(at)
    assert [one.value for one in at.error] == [
        "The catalog is in use by another program; try again later. Your bag and the form are kept."
    ]
    assert len(bag_of(at)) == 1
    fill(at)
    assert [one.value for one in at.success] == ["Thank you. Your order has the number 1."]


def test_a_catalog_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = tmp_path / "broken.db"
    broken.write_text("no database" * 100)
    monkeypatch.setenv("TRYON_CATALOG", str(broken))
    at = AppTest.from_file(str(SHOP), default_timeout=60).run()
    for page in ("products", "product"):
        at.switch_page(f"app_pages/{page}.py").run()
        assert not at.exception
        assert [one.value for one in at.error] == [
            "The catalog is no catalog, or damaged; give the file that an import made."
        ]
    at.switch_page("app_pages/fitting.py").run()
    assert not at.button(key="go").disabled


def test_a_full_disk_loses_no_bag(catalog: Path, monkeypatch: pytest.MonkeyPatch):
    at, connect = bagged(TEE), sqlite3.connect

    def small(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite then takes the disk for full
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    long = Buyer("Ada " + "Low " * 40, "ada@example.com", "Mill Lane " * 19, "AB1 2CD", "Leeds " * 30, "UK")

    def use_up_the_room() -> None:
        with Catalog(catalog) as opened_catalog:
            for number in range(99):
                place(opened_catalog, long, list(bag_of(at).values()), str(number))

    with pytest.raises(OutputError, match="the disk is full"):
        use_up_the_room()
    fill(at, name=long.name, street=long.street, city=long.city)
    assert [one.value for one in at.error] == [
        "The catalog cannot be written: the disk is full; free some space. Your bag and the form are kept."
    ]
    assert len(bag_of(at)) == 1
    monkeypatch.undo()
    monkeypatch.setenv("TRYON_CATALOG", str(catalog))
    at.button[-1].click().run()
    assert len(at.success) == 1


def test_a_first_visit_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("TRYON_CATALOG", str(tmp_path / "new.db"))
    monkeypatch.setattr(os, "fsync", fsync)
    at = opened()
    assert [one.value for one in at.error] == [
        "The folder of the catalog's pictures cannot be written (No space left on device); free some space, or check "
        "the path."
    ]
    at.switch_page("app_pages/fitting.py").run()
    assert not at.button(key="go").disabled


def test_a_catalog_in_a_read_only_folder(catalog: Path):
    at = bagged(TEE)
    catalog.with_name("catalog.db-wal").mkdir()  # where SQLite would write
    catalog.touch()
    for page in ("products", "product", "bag"):
        at.switch_page(f"app_pages/{page}.py").run()
        assert not at.exception
        assert [one.value for one in at.error] == [
            "The catalog cannot be opened; it and its folder have to be writable."
        ]
    assert len(bag_of(at)) == 1


def test_pictures_that_are_missing(catalog: Path):
    for picture in Path(f"{catalog}.pictures").iterdir():
        picture.unlink()
    at = opened()
    assert count(at) == "35 products"
    at = opened("product", item=TEE)
    assert any(one.value == "There is no picture of this product." for one in at.caption)
    assert at.button(key="try").disabled
    at = opened("fitting", garment=f"product:{TEE}")
    assert [one.value for one in at.error] == ["The picture of this product cannot be read; choose another product."]
    assert at.button(key="go").disabled


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("gone", "This product is not in the shop, or no longer. All others are one click away."),
        ("", "The address names no product. Choose one in the shop."),
    ],
)
def test_a_product_that_is_gone(catalog: Path, item: str, message: str):
    at = opened("product", item=item)
    assert [one.value for one in at.error] == [message]


def test_two_visitors_have_two_bags(catalog: Path):
    first, second = bagged(TEE), opened("bag")
    assert len(bag_of(first)) == 1
    assert infos(second) == ["Your bag is empty."]


def test_the_bag_outlives_the_page_and_an_order_empties_it_everywhere(catalog: Path, monkeypatch: pytest.MonkeyPatch):
    first = bagged(TEE)
    cookies = {bag.COOKIE: first.session_state["bag"].name}
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", cookies)
    again = opened("bag")
    assert again.subheader[0].value == "Total: 14.90 EUR"
    fill(again)
    assert len(again.success) == 1
    first.run()
    assert infos(first) == ["Your bag is empty."]
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.cookies", {bag.COOKIE: "another"})
    other = opened("bag")
    assert infos(other) == ["Your bag is empty."]
    assert other.session_state["bag"].name != "another"  # nobody chooses the name of a bag


def test_try_on_of_a_product_brings_it_to_the_fitting_room(catalog: Path):
    at = opened("product", item=CHINOS)
    at.button(key="try").click().run()
    assert not at.exception
    assert not at.error
    assert at.title[0].value == "Fitting room"
    assert at.selectbox(key="garment_product").value == CHINOS
    assert at.query_params["garment"] == f"product:{CHINOS}"
    outcome = at.session_state["outcome"]
    assert outcome.request[2].category == "lower"
    person = at.session_state["person read"][1]
    at.switch_page("app_pages/fitting.py").run()  # the driver does not follow the page's own switch
    at.selectbox(key="garment_product").set_value(TEE).run()
    at.button(key="go").click().run()
    assert not at.error
    assert at.session_state["person read"][1] is person
    assert [one.title for one in at.session_state["tried"]] == ["Cotton tee, navy", "Chinos, sand"]
    assert any(one.value == "Tried on in this visit" for one in at.subheader)


def test_a_link_to_the_fitting_room_with_a_product(catalog: Path):
    at = opened("fitting", garment=f"product:{TEE}")
    assert at.segmented_control(key="garment_source").value == "Shop"
    assert at.selectbox(key="garment_product").value == TEE
    assert not at.button(key="go").disabled
    gone = opened("fitting", garment="product:gone")
    assert [one.value for one in gone.warning] == [
        "That product is not in the shop, or has no picture. Choose another."
    ]
    assert gone.button(key="go").disabled
