"""The database itself: what it refuses to open, and what stays of a removed product."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.store import Catalog, place_of
from tryon.core.errors import DataError, OutputError

SHIRT = Product("shirt", "Shirt", variants=(Variant("S-1", price=Money(0, "JPY")), Variant()))


def asked(path, *query):
    connection = sqlite3.connect(path)
    found = connection.execute(*query).fetchone()
    connection.commit()
    connection.close()
    return found


def refused(error, path, **options):
    with pytest.raises(error) as caught:
        Catalog(path, **options)
    return str(caught.value)


@pytest.fixture
def path(tmp_path):
    """A catalog with one product that has two pictures, of which another product has the second too."""
    path = tmp_path / "our catalog #1?.db"
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(name.encode())
    with Catalog(path, create=True) as catalog:
        catalog.put(
            [(SHIRT, [tmp_path / "a.jpg", tmp_path / "b.jpg"]), (Product("coat", "Coat"), [tmp_path / "b.jpg"])]
        )
    return path


def test_the_database_is_as_a_shop_needs_it(path):
    assert asked(path, "PRAGMA journal_mode") == ("wal",)
    assert asked(path, "PRAGMA user_version") == (2,)
    assert asked(path, "SELECT sku, price, currency, stock FROM variants") == ("S-1", 0, "JPY", None)
    with Catalog(path) as catalog, pytest.raises(sqlite3.IntegrityError):
        catalog._connection.execute("INSERT INTO pictures VALUES (99, 0, 'a.jpg')")  # of no product
    with Catalog(path) as catalog:
        shirt = catalog.products()[0]
    assert shirt.variants == SHIRT.variants


def test_removing_takes_variants_and_pictures_that_nobody_else_has(path, tmp_path):
    folder = path.with_name(path.name + ".pictures")
    (folder / "mine.txt").write_text("not of the catalog")
    with Catalog(path) as catalog:
        (shared,) = catalog.products()[1].pictures
        catalog.remove(["shirt"])
        assert [one.handle for one in catalog.products()] == ["coat"]
    assert asked(path, "SELECT count(*) FROM variants") == (0,)
    assert sorted(one.name for one in folder.iterdir()) == sorted([shared, "mine.txt"])
    assert (folder / shared).read_bytes() == b"b.jpg"


def test_removing_what_is_not_there_removes_nothing(path):
    with Catalog(path) as catalog:
        with pytest.raises(DataError) as caught:
            catalog.remove(["shirt", "belt"])
        assert str(caught.value) == (
            f"{path} has no product with the handle belt; tryon catalog list tells those it has"
        )
        assert len(catalog.products()) == 2


def test_two_products_with_one_sku_do_not_come_in(path):
    with Catalog(path) as catalog:
        with pytest.raises(DataError, match="the SKU X of b belongs to the product a"):
            catalog.put([(Product(one, one, variants=(Variant("X"),)), []) for one in ("a", "b")])
        assert len(catalog.products()) == 2


def test_one_picture_under_two_names_is_one(path, tmp_path):
    (tmp_path / "c.jpg").write_bytes(b"a.jpg")
    with Catalog(path) as catalog:
        catalog.put([(SHIRT, [tmp_path / "a.jpg", tmp_path / "c.jpg"])])
        assert len(catalog.products()[0].pictures) == 1


def test_what_an_interrupted_import_left_is_swept_by_the_next(path):
    folder = path.with_name(path.name + ".pictures")
    (folder / ("0" * 32 + ".jpg")).write_bytes(b"copied, but not in the database")
    (folder / ".tryon-0123456789abcdef.tmp").write_bytes(b"half a pict")
    with Catalog(path) as catalog:
        catalog.put([])
    assert len(list(folder.iterdir())) == 2


def test_files_that_are_no_catalog(tmp_path, path):
    missing = tmp_path / "no.db"
    assert refused(DataError, missing) == (
        f"there is no catalog {missing}; make it with: tryon catalog import FOLDER_OR_CSV"
    )
    assert not missing.exists()
    assert refused(DataError, tmp_path) == f"{tmp_path} is a folder; give the file of a catalog"
    assert refused(OutputError, tmp_path / "no" / "c.db", create=True) == (
        f"{tmp_path / 'no' / 'c.db'} cannot be written because {tmp_path / 'no'} is no existing folder; make it first"
    )
    text = tmp_path / "text.db"
    text.write_text("handle,title\n" * 100)
    assert refused(DataError, text, create=True) == (
        f"{text} is no catalog, or damaged; give the file that an import made"
    )
    other = tmp_path / "other.db"
    asked(other, "CREATE TABLE orders (id INTEGER)")
    assert refused(DataError, other, create=True) == (
        f"{other} is a database of another program; give another file to --catalog"
    )
    assert asked(other, "SELECT count(*) FROM sqlite_master") == (1,)


def test_a_catalog_of_a_newer_version_is_left_alone(path):
    asked(path, "PRAGMA user_version = 3")
    assert refused(DataError, path, create=True) == (
        f"{path} was written by a newer version of this program (its tables are of version 3, known are those up to "
        "2); update it"
    )
    assert asked(path, "PRAGMA user_version") == (3,)


@contextmanager
def ordinary_user():
    """Not the superuser, who may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="needs permissions of POSIX")
def test_a_read_only_catalog_is_told(path):
    with tempfile.TemporaryDirectory() as name:  # the folders above tmp_path are closed to others
        folder = Path(name)
        shutil.copy(path, folder / "catalog.db")
        (folder / "catalog.db").chmod(0o444)
        folder.chmod(0o555)
        with ordinary_user(), pytest.raises(OutputError) as caught, Catalog(folder / "catalog.db") as catalog:
            catalog.put([(SHIRT, [])])
        folder.chmod(0o755)
        assert str(caught.value) == f"{folder / 'catalog.db'} may not be written (it, or its folder, is read-only)"


def test_the_place_is_given_or_by_the_environment_or_here(monkeypatch):
    monkeypatch.delenv("TRYON_CATALOG", raising=False)
    assert place_of(None) == Path("catalog.db")
    monkeypatch.setenv("TRYON_CATALOG", "/shop/ours.db")
    assert place_of(None) == Path("/shop/ours.db")
    assert place_of(Path("mine.db")) == Path("mine.db")
