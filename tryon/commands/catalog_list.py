"""``tryon catalog list``: the products of a catalog.

With ``--json``: ``catalog``, and ``products``, a list of objects with the fields of
:class:`tryon.catalog.models.Product`. Of its variants, ``price`` is a decimal number as text and ``currency`` its code,
both null where there is no price; ``pictures`` are paths.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tryon.commands.options import OfCatalog

if TYPE_CHECKING:
    from tryon.catalog.models import Product, Variant
    from tryon.catalog.store import Catalog

_HEADER = ("handle", "title", "category", "colors", "sizes", "price", "stock", "pictures")


@dataclass(frozen=True, kw_only=True)
class CatalogList(OfCatalog):
    """List the products of a catalog."""

    def run(self) -> None:
        from tryon.catalog.store import Catalog, place_of

        with Catalog(place_of(self.catalog)) as catalog:
            products = catalog.products()
            if self.json:
                facts = [_facts(catalog, one) for one in products]
                print(json.dumps({"catalog": str(catalog.path), "products": facts}, indent=2, ensure_ascii=False))
                return
        rows = [_HEADER, *map(_row, products)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _row(product: "Product") -> tuple[str, ...]:
    return (
        product.handle,
        product.title,
        product.category,
        ", ".join(product.colors),
        ", ".join(product.sizes),
        ", ".join(map(str, product.prices)),
        "" if product.stock is None else str(product.stock),
        str(len(product.pictures)),
    )


def _facts(catalog: "Catalog", product: "Product") -> dict:
    variants = [_variant_facts(one) for one in product.variants]
    pictures = [str(catalog.pictures / name) for name in product.pictures]
    return asdict(product) | {"variants": variants, "pictures": pictures}


def _variant_facts(variant: "Variant") -> dict:
    price = variant.price
    return asdict(variant) | {"price": price and price.decimal, "currency": price and price.currency}
