"""An export is what an import reads: there and back, nothing changes."""

import csv

import numpy as np
import pytest
from PIL import Image

from tryon.catalog.exporting import export
from tryon.catalog.importing import import_into
from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.store import Catalog
from tryon.core.errors import OutputError

PRODUCTS = (
    Product(
        "shirt",
        'Linen "shirt"; wide',
        "Soft,\nlight",
        "Clothing > Shirts",
        "men",
        (
            Variant("S-1", "S", "red", "Logo: Yes", Money(1999, "EUR"), 3),
            Variant("S-2", "M", "Größe", price=Money(1980, "JPY"), stock=0),
            Variant("S-3", "L", price=Money(12500, "KWD"), stock=-1),
        ),
    ),
    Product("no variants", "Übergröße"),
    Product("a/b", "A", variants=(Variant(color="blue"),)),
)


@pytest.fixture
def catalog(tmp_path):
    files = []
    for level in (10, 20):
        files.append(tmp_path / f"{level}.png")
        Image.fromarray(np.full((32, 32, 3), level, np.uint8)).save(files[-1])
    with Catalog(tmp_path / "catalog.db", create=True) as opened:
        opened.put([(PRODUCTS[0], files), (PRODUCTS[1], files[1:]), (PRODUCTS[2], [])])
        yield opened


def test_an_export_that_is_imported_gives_the_same_products(catalog, tmp_path):
    assert export(catalog, tmp_path / "out") == 3
    report = import_into(tmp_path / "again.db", tmp_path / "out")
    assert (report.format, report.products, report.variants, report.pictures) == ("own", 3, 4, 3)
    with Catalog(tmp_path / "again.db") as again:
        assert again.products() == catalog.products()
        assert [len(one.pictures) for one in again.products()] == [2, 1, 0]
        for product in again.products():
            for name in product.pictures:
                assert (again.pictures / name).read_bytes() == (catalog.pictures / name).read_bytes()


def test_the_table_has_the_columns_of_the_project_and_pictures_with_names(catalog, tmp_path):
    export(catalog, tmp_path / "out")
    assert (tmp_path / "out" / "catalog.csv").read_bytes().startswith(b"\xef\xbb\xbf")  # else Excel garbles umlauts
    with (tmp_path / "out" / "catalog.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "handle", "title", "description", "category", "gender", "sku", "size", "color", "option", "price", "currency",
        "stock", "pictures",
    ]  # fmt: skip
    assert [(one["handle"], one["title"], one["price"], one["currency"]) for one in rows] == [
        ("shirt", 'Linen "shirt"; wide', "19.99", "EUR"),
        ("shirt", "", "1980", "JPY"),
        ("shirt", "", "12.500", "KWD"),
        ("no variants", "Übergröße", "", ""),
        ("a/b", "A", "", ""),
    ]
    names = rows[0]["pictures"].split("|")
    assert len(names) == 2
    assert all(name.startswith("pictures/shirt-") and (tmp_path / "out" / name).is_file() for name in names)


def test_nothing_is_written_over_and_nothing_half(catalog, tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputError) as caught:
        export(catalog, tmp_path / "out")
    assert str(caught.value) == f"{tmp_path / 'out'} is there already; give the name of a new folder"
    (catalog.pictures / catalog.products()[1].pictures[0]).unlink()
    with pytest.raises(OutputError, match=r"cannot be written \(.*No such file or directory\); choose another place"):
        export(catalog, tmp_path / "new")
    with pytest.raises(OutputError):
        export(catalog, tmp_path / "no" / "out")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["catalog.db.pictures", "out"]
