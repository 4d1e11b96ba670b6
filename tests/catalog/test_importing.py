"""Imports as users do them, on tiny pictures, and everything that stops one."""

import os
import sqlite3
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tryon.catalog.importing import Proposal, Report, import_into
from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.store import Catalog
from tryon.core.errors import DataError, GarmentNotFoundError, OutputError

OWN = (
    "handle,title,description,category,gender,sku,size,color,option,price,currency,stock,pictures\n"
    'shirt,Linen shirt,"Soft,\nlight",Shirts,men,S-1,S,red,,39.90,EUR,3,red.png|back.png\n'
    "shirt,,,,,S-2,M,red,,39.90,EUR,0,red.png\n"
    "coat,Coat,,,,,,,,,,,\n"
)


def picture(path, level):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.full((32, 32, 3), level, np.uint8)).save(path)
    return path


@pytest.fixture
def shop(tmp_path):
    """A folder with a table in the project's own columns and its pictures, and no catalog yet."""
    picture(tmp_path / "shop" / "red.png", 10)
    picture(tmp_path / "shop" / "photos" / "back.png", 20)
    (tmp_path / "shop" / "products.csv").write_text(OWN)
    return tmp_path / "shop"


@pytest.fixture
def catalog(tmp_path):
    return tmp_path / "catalog.db"


def products(catalog):
    with Catalog(catalog) as opened:
        return opened.products()


def table(shop, text):
    path = shop / "products.csv"
    path.write_text(text)
    return path


def refused(error, *arguments, **options):
    with pytest.raises(error) as caught:
        import_into(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_products_come_in_with_variants_and_copies_of_their_pictures(shop, catalog):
    report = import_into(catalog, shop)
    assert report == Report("own", products=2, replaced=0, variants=2, pictures=2)
    shirt, coat = products(catalog)
    assert shirt.variants == (
        Variant("S-1", "S", "red", price=Money(3990, "EUR"), stock=3),
        Variant("S-2", "M", "red", price=Money(3990, "EUR"), stock=0),
    )
    assert (shirt.title, shirt.description, shirt.category, shirt.gender) == (
        "Linen shirt", "Soft,\nlight", "Shirts", "men",
    )  # fmt: skip
    assert coat == Product("coat", "Coat")
    folder = catalog.with_name("catalog.db.pictures")
    assert sorted(path.name for path in folder.iterdir()) == sorted(shirt.pictures)
    (shop / "red.png").unlink()
    assert np.asarray(Image.open(folder / shirt.pictures[0]))[0, 0, 0] == 10
    assert np.asarray(Image.open(folder / shirt.pictures[1]))[0, 0, 0] == 20


def test_importing_again_replaces_products_and_keeps_their_place(shop, catalog):
    import_into(catalog, shop)
    first = products(catalog)
    picture(shop / "red.png", 30)
    # The SKUs change places, and a product is new.
    table(shop, "handle,title,sku,pictures\nbelt,Belt,B-1,\nshirt,Shirt,S-2,red.png\nshirt,,S-1,\n")
    report = import_into(catalog, shop)
    assert (report.products, report.replaced, report.variants, report.pictures) == (2, 1, 3, 1)
    shirt, coat, belt = products(catalog)
    assert (shirt.title, [one.sku for one in shirt.variants]) == ("Shirt", ["S-2", "S-1"])
    assert coat == first[1]
    assert belt == Product("belt", "Belt", variants=(Variant("B-1"),))
    folder = catalog.with_name("catalog.db.pictures")
    assert [path.name for path in folder.iterdir()] == list(shirt.pictures)  # the old ones are gone
    assert np.asarray(Image.open(folder / shirt.pictures[0]))[0, 0, 0] == 30


def test_a_catalog_that_another_import_made_meanwhile_is_not_deleted(shop, catalog):
    def other_import(drafts):
        import_into(catalog, shop)
        return drafts

    new = shop / "new.txt"
    new.write_text("handle,title,sku\nnew,New,S-1\n")
    assert "the SKU S-1 of new belongs to" in refused(DataError, catalog, new, progress=other_import)
    assert len(products(catalog)) == 2


def test_a_folder_of_pictures_becomes_products(tmp_path, catalog):
    folder = tmp_path / "pictures"
    for name in ("blue_summer-dress.png", "Coat.png", "coat.bmp"):
        picture(folder / name, len(name))
    (folder / "notes.txt").write_text("no picture")
    assert import_into(catalog, folder) == Report("pictures", products=3, pictures=3)
    assert [(one.handle, one.title, len(one.pictures)) for one in products(catalog)] == [
        ("coat", "Coat", 1),
        ("blue-summer-dress", "Blue summer dress", 1),
        ("coat-2", "Coat", 1),
    ]


def test_addresses_are_told_and_not_fetched_unless_their_file_is_there(shop, catalog):
    path = table(
        shop,
        "Handle,Title,Variant SKU,Variant Price,Image Src\n"
        "a,A,A-1,5,https://cdn.example/files/red.png?v=1\n"
        "b,B,B-1,6,https://cdn.example/files/blue.png?v=1\n"
        "b,,,,https://cdn.example/files/blue.png?v=1\n"
        "c,C,C-1,7,//cdn.example/c.png\n"
        ",,D-1,7,\n"
        "e,,E-1,7,\n",
    )
    report = import_into(catalog, path, currency="usd")
    assert report.urls_not_fetched == ["https://cdn.example/files/blue.png?v=1", "//cdn.example/c.png"]
    assert report.rows_skipped == ["line 6: it has no handle", "line 7: e has no title"]
    a, b, c = products(catalog)
    assert (len(a.pictures), len(b.pictures), len(c.pictures)) == (1, 0, 0)
    assert a.prices == (Money(500, "USD"),)


def test_paths_and_addresses_as_they_are_written(shop, catalog):
    picture(shop / "photos" / "long name.png", 70)
    whole = "data:image/png;base64," + "A" * 300
    names = [
        "photos\\back.png",
        str(shop / "red.png"),
        "https://cdn.example/long%20name.png",
        whole,
        "http://[no/a.png",
    ]
    path = table(shop, f'handle,title,pictures\na,A,"{"|".join(names)}"\n')
    report = import_into(catalog, path)
    assert report.pictures == 3
    assert report.urls_not_fetched == [whole[:200] + "…", "http://[no/a.png"]


def test_a_missing_or_broken_picture_is_refused_or_told(shop, catalog):
    (shop / "broken.png").write_bytes(b"no picture")
    path = table(shop, "handle,title,pictures\na,A,red.png|lost.png\nb,B,broken.png\n")
    assert refused(DataError, catalog, path) == (
        f"{path}, line 2: there is no picture lost.png (and 1 more); mend the table, put pictures beside it, or import "
        "without them by --allow-missing-pictures"
    )
    assert not catalog.exists()
    report = import_into(catalog, path, allow_missing=True)
    assert report.pictures_missing[0] == "line 2: there is no picture lost.png"
    assert report.pictures_missing[1].startswith(f"line 3: {shop / 'broken.png'} is no picture")
    assert [len(one.pictures) for one in products(catalog)] == [1, 0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,A,S-1,1,EUR,1\nb,B,S-1,1,EUR,1", ", line 3: the SKU S-1 stands in line 2 too; mend one of them"),
        (
            "a,A,S-1,cheap,EUR,1",
            ", line 2: the price 'cheap' is no number; write it like 19.99 or 19.99 EUR",
        ),
        (
            "a,A,S-1,19.99,,1",
            ", line 2: the price '19.99' has no currency; say which one the file means, such as --currency EUR",
        ),
        ("a,A,S-1,1,EUR,9999999999", ", line 2: the stock '9999999999' is more than can be; check it"),
        ("a,A,S-1,1,EUR,few", ", line 2: the stock 'few' is no whole number; write the pieces, such as 12"),
        (",,,,,1", " has no product to import (line 2: it has no handle, 1 rows in all)"),
        ("a,A,S-1,1,EUR", ", line 2 has not the 6 columns of its header; mend it"),
    ],
)
def test_a_table_with_a_fault_changes_nothing(shop, catalog, row, words):
    path = table(shop, f"handle,title,sku,price,currency,stock\n{row}\n")
    assert refused(DataError, catalog, path) == f"{path}{words}"
    assert not catalog.exists()
    table(shop, OWN)
    import_into(catalog, shop)
    before = products(catalog)
    table(shop, f"handle,title,sku,price,currency,stock\nnew,New,,,,\n{row}\n")
    if "no product" not in words:
        refused(DataError, catalog, path)
        assert products(catalog) == before


def test_a_sku_of_another_product_is_refused(shop, catalog):
    import_into(catalog, shop)
    before = products(catalog)
    path = table(shop, "handle,title,sku,pictures\nnew,New,N-1,photos/back.png\ncoat,Coat,S-2,\n")
    assert refused(DataError, catalog, path) == (
        f"the SKU S-2 of coat belongs to the product shirt of {catalog} already; change one of them, or remove that "
        "product first"
    )
    assert products(catalog) == before
    assert len(list(catalog.with_name("catalog.db.pictures").iterdir())) == 2


def test_sources_that_cannot_be_used(tmp_path, shop, catalog):
    assert refused(DataError, catalog, tmp_path / "no.csv").endswith(
        "no.csv cannot be read (No such file or directory); expected a table of products: CSV, or tabs"
    )
    (shop / "more.TSV").write_text(OWN)
    assert refused(DataError, catalog, shop) == (
        f"{shop} has several tables (more.TSV, products.csv); give the file that is meant"
    )
    (tmp_path / "empty").mkdir()
    assert refused(DataError, catalog, tmp_path / "empty") == (
        f"{tmp_path / 'empty'} has neither a table (.csv or .tsv) nor pictures; give a folder or file with products"
    )
    path = shop / "products.csv"
    path.write_bytes("handle,title\na,Größe\n".encode("cp1252"))
    assert refused(DataError, catalog, path) == (
        f"{path} is not in UTF-8 (it may be in Latin-1 or Windows-1252); expected a table of products: CSV, or tabs, "
        "as text saved in UTF-8"
    )
    assert refused(DataError, catalog, path, currency="euro").startswith("'euro' is no code of a currency")
    assert not catalog.exists()


def test_a_table_of_a_spreadsheet_on_windows(shop, catalog):
    (shop / "products.csv").write_bytes("\ufeffhandle;title;price\r\na;Größe;19,90\r\n;;\r\n".encode())
    import_into(catalog, shop, currency="EUR")
    assert products(catalog) == [Product("a", "Größe", variants=(Variant(price=Money(1990, "EUR")),))]


def test_a_locked_catalog(shop, catalog, monkeypatch):
    import_into(catalog, shop)
    monkeypatch.setattr("tryon.catalog.store._WAIT", 0.05)
    other = sqlite3.connect(catalog, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refused(OutputError, catalog, shop) == f"{catalog} is in use by another program; try again later"
    assert len(products(catalog)) == 2  # who reads does not wait
    other.execute("ROLLBACK")
    other.close()
    assert import_into(catalog, shop).replaced == 2


def test_a_full_disk_leaves_everything_as_it_was(shop, catalog, monkeypatch):
    import_into(catalog, shop)
    before = products(catalog)
    connect = sqlite3.connect

    def small(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 1")  # SQLite then takes the disk for full
        return connection

    picture(shop / "red.png", 40)
    table(shop, "handle,title,description,pictures\nlong,Long," + "text " * 20_000 + ",red.png\n")
    monkeypatch.setattr(sqlite3, "connect", small)
    full = "cannot be written: the disk is full; free some space"
    assert refused(OutputError, catalog, shop) == f"{catalog} {full}"
    other = catalog.with_name("other.db")
    assert refused(OutputError, other, shop) == f"{other} {full}"
    monkeypatch.undo()
    assert products(catalog) == before
    assert sorted(path.name for path in catalog.parent.iterdir()) == ["catalog.db", "catalog.db.pictures", "shop"]
    assert len(list(catalog.with_name("catalog.db.pictures").iterdir())) == 2


def test_a_disk_that_is_full_of_pictures(shop, catalog, monkeypatch):
    def fsync(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    folder = catalog.with_name("catalog.db.pictures")
    assert refused(OutputError, catalog, shop) == (
        f"{folder} cannot be written (No space left on device); free some space, or check the path"
    )
    assert [path.name for path in catalog.parent.iterdir()] == ["shop"]


def test_an_import_that_is_killed_loses_nothing(shop, catalog):
    import_into(catalog, shop)
    before = products(catalog)
    picture(shop / "red.png", 50)
    picture(shop / "photos" / "back.png", 60)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tryon.catalog.importing import import_into\n"
        "replace = os.replace\n"
        "def killed(*names):\n"  # when the first picture has its name
        "    replace(*names)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "os.replace = killed\n"
        "import_into(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    )
    assert subprocess.run([sys.executable, "-c", code, catalog, shop], timeout=60).returncode == -9
    folder = catalog.with_name("catalog.db.pictures")
    assert len(list(folder.iterdir())) == 3
    assert products(catalog) == before
    assert all((folder / name).is_file() for name in before[0].pictures)
    import_into(catalog, shop)
    assert len(list(folder.iterdir())) == 2


def test_pictures_fill_what_the_table_leaves_open_and_nothing_else(shop, catalog):
    seen = []

    def propose(product, picture):
        seen.append((product.handle, picture.name))
        if product.handle == "vase":
            raise GarmentNotFoundError("no garment lies there")
        return Proposal("t-shirt", ("navy", "white"))

    path = table(
        shop,
        "handle,title,category,sku,color,pictures\n"
        "whole,A,Shirts,S-1,red,red.png\n"
        "named,B,Shirts,S-2,,red.png|back.png\n"
        "dyed,C,,S-3,red,red.png\n"
        "dyed,,,S-4,,\n"
        "bare,D,,,,back.png\n"
        "vase,E,,,,red.png\n"
        "cap,F,,,,\n",
    )
    report = import_into(catalog, path, propose=propose)
    assert seen == [("named", "red.png"), ("dyed", "red.png"), ("bare", "back.png"), ("vase", "red.png")]
    assert [(one.category, [variant.color for variant in one.variants]) for one in products(catalog)] == [
        ("Shirts", ["red"]),
        ("Shirts", ["navy/white"]),
        ("t-shirt", ["red", ""]),
        ("t-shirt", ["navy/white"]),
        ("", []),
        ("", []),
    ]
    assert report.proposed == ["named: color navy/white", "dyed: category t-shirt",
                               "bare: category t-shirt, color navy/white"]  # fmt: skip
    assert report.not_proposed == ["vase: no garment lies there", "cap: it has no picture"]
    assert report.variants == 5
