"""Orders: what is written of them, and what keeps one from being written."""

import sqlite3
from dataclasses import replace

import pytest

from tryon.catalog import schema
from tryon.catalog.importing import sample_products
from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.orders import Buyer, Line, orders, place, problems_of, totals
from tryon.catalog.store import Catalog
from tryon.cli import main
from tryon.core.errors import DataError, OutputError

ADA = Buyer("Ada Low", "ada@example.com", "1 Mill Lane", "AB1 2CD", "Leeds", "UK")
SHIRT = Product(
    "shirt",
    "Shirt",
    variants=(
        Variant("S-1", "S", "red", price=Money(1990, "EUR"), stock=3),
        Variant("S-2", "M", "red", price=Money(1990, "EUR"), stock=0),
        Variant("S-3", "L", "red", price=Money(500, "JPY")),
    ),
)
TWO = Line("shirt", "S", "red", "", 2, Money(1990, "EUR"))


@pytest.fixture
def catalog(tmp_path):
    with Catalog(tmp_path / "catalog.db", create=True) as catalog:
        catalog.put([(SHIRT, [])])
        yield catalog


def stocks(catalog):
    return [one.stock for one in catalog.products()[0].variants]


def test_an_order_is_written_and_lowers_the_stock(catalog):
    lines = [TWO, Line("shirt", "L", "red", "", 5, Money(500, "JPY"))]
    order = place(catalog, replace(ADA, name="  Ada Low "), lines, "token")
    assert order.number == 1
    assert order.buyer == ADA
    assert [(line.quantity, line.title, line.sku) for line in order.lines] == [(2, "Shirt", "S-1"), (5, "Shirt", "S-3")]
    assert order.totals == (Money(3980, "EUR"), Money(2500, "JPY"))
    assert stocks(catalog) == [1, 0, None]
    assert orders(catalog) == [order]


def test_a_second_click_orders_nothing_more(catalog):
    first = place(catalog, ADA, [TWO], "token")
    assert place(catalog, ADA, [TWO], "token") == first
    assert stocks(catalog) == [1, 0, None]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"quantity": 4}, "Shirt, size S is only 3 left; change the quantity or remove it"),
        ({"size": "M"}, "Shirt, size M is sold out; change the quantity or remove it"),
        ({"size": "XL"}, "shirt is no longer sold in this size and color; remove it from the bag"),
        ({"handle": "gone"}, "gone is no longer sold in this size and color; remove it from the bag"),
        ({"price": Money(1000, "EUR")}, "the price of Shirt has changed; look at the bag again before you order"),
        ({"quantity": 0}, "the quantity 0 cannot be ordered; give 1 to 99"),
        ({"quantity": 100}, "the quantity 100 cannot be ordered; give 1 to 99"),
    ],
)
def test_a_line_that_cannot_be_sold_stops_the_whole_order(catalog, change, message):
    with pytest.raises(DataError) as caught:
        place(catalog, ADA, [TWO, replace(TWO, **change)][:: 1 if "size" in change or "handle" in change else -1], "t")
    assert str(caught.value) == message
    assert orders(catalog) == []
    assert stocks(catalog) == [3, 0, None]


def test_an_empty_bag_is_no_order(catalog):
    with pytest.raises(DataError, match="the bag is empty; add something first"):
        place(catalog, ADA, [], "t")


def test_what_is_wrong_with_a_form():
    assert problems_of(ADA) == []
    assert problems_of(replace(ADA, name=" ", email="ada", city="x" * 201)) == [
        "The name is missing.",
        "The e-mail address needs the form name@example.com.",
        "The city is longer than 200 characters; shorten it.",
    ]
    assert problems_of(replace(ADA, email="")) == ["The e-mail address is missing."]


def test_a_wrong_form_writes_nothing(catalog):
    with pytest.raises(DataError, match=r"The street is missing\."):
        place(catalog, replace(ADA, street=""), [TWO], "t")
    assert stocks(catalog) == [3, 0, None]


def test_totals_of_nothing():
    assert totals([]) == ()


def test_a_catalog_that_is_locked_says_so(catalog, monkeypatch):
    monkeypatch.setattr("tryon.catalog.store._WAIT", 0.1)
    with Catalog(catalog.path) as impatient, catalog.transaction(write=True), pytest.raises(OutputError) as caught:
        place(impatient, ADA, [TWO], "t")
    assert str(caught.value) == f"{catalog.path} is in use by another program; try again later"


def test_a_catalog_of_the_first_version_gets_the_tables(tmp_path):
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    for statement in schema.MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute("INSERT INTO products VALUES (7, 'shirt', 'Shirt', '', '', '')")
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION}")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    with Catalog(path) as catalog:
        assert [one.title for one in catalog.products()] == ["Shirt"]
        assert not catalog.has_samples
        assert orders(catalog) == []


def test_samples_fill_an_empty_catalog_only_and_make_way(tmp_path):
    samples = sample_products()
    with Catalog(tmp_path / "c.db", create=True) as catalog:
        catalog.fill(samples)
        catalog.fill(samples)
        assert len(catalog.products()) == 35
        assert catalog.has_samples
        assert len(list(catalog.pictures.iterdir())) == 38  # three of them have two
        catalog.put([(SHIRT, [])])
        assert [one.handle for one in catalog.products()] == ["shirt"]
        assert not catalog.has_samples
        assert list(catalog.pictures.iterdir()) == []
        catalog.fill(samples)
        assert len(catalog.products()) == 1


def test_the_command_lists_orders(catalog, capsys):
    place(catalog, ADA, [TWO], "t")
    assert main(["catalog", "orders", "--catalog", str(catalog.path)]) == 0
    head, *rest = capsys.readouterr().out.splitlines()
    assert head.startswith("1  20")
    assert head.endswith("  39.80 EUR")
    assert rest == [
        "  Ada Low <ada@example.com>, 1 Mill Lane, AB1 2CD Leeds, UK",
        "  2 x Shirt (S, red), 19.90 EUR each",
    ]
    assert main(["catalog", "orders", "--catalog", str(catalog.path), "--json"]) == 0
    out = capsys.readouterr().out
    assert '"price": "19.90"' in out
    assert '"currency": "EUR"' in out
