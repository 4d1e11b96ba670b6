"""Write a catalog in the project's own columns, so that importing it again gives the same products."""

import csv
import io
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from tryon.catalog.formats import OWN_COLUMNS, OWN_SEPARATOR
from tryon.catalog.models import Product, Variant
from tryon.catalog.store import Catalog
from tryon.catalog.text import slug
from tryon.core.errors import OutputError

TABLE = "catalog.csv"
PICTURES = "pictures"


def export(catalog: Catalog, folder: Path) -> int:
    """Write all products into a new folder: ``catalog.csv`` in UTF-8, and their pictures in ``pictures``.

    What concerns a whole product stands in the first of its rows.

    Returns:
        how many products were written.

    Raises:
        OutputError: the folder is there and not empty, or cannot be written; nothing is left of it.
    """
    if folder.exists():
        raise OutputError(f"{folder} is there already; give the name of a new folder")
    products = catalog.products()
    temporary = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        temporary.mkdir()
        (temporary / PICTURES).mkdir()
        table = io.StringIO(newline="")
        writer = csv.writer(table)
        writer.writerow(OWN_COLUMNS)
        for product in products:
            names = {
                file: f"{slug(product.handle)}-{Path(file).stem[:8]}{Path(file).suffix}" for file in product.pictures
            }
            for file, name in names.items():
                shutil.copyfile(catalog.pictures / file, temporary / PICTURES / name)
            writer.writerows(_rows(product, OWN_SEPARATOR.join(f"{PICTURES}/{name}" for name in names.values())))
        (temporary / TABLE).write_bytes(table.getvalue().encode("utf-8-sig"))  # the mark is for Excel
        temporary.rename(folder)
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written ({error.filename or folder}: {error.strerror}); choose another place"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(products)


def _rows(product: Product, pictures: str) -> Iterator[tuple[str, ...]]:
    first = (product.title, product.description, product.category, product.gender)
    for position, one in enumerate(product.variants or (Variant(),)):
        yield (
            product.handle,
            *(first if position == 0 else ("",) * len(first)),
            one.sku,
            one.size,
            one.color,
            one.option,
            one.price.decimal if one.price else "",
            one.price.currency if one.price else "",
            "" if one.stock is None else str(one.stock),
            "" if position else pictures,
        )
