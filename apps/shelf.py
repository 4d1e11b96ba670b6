"""The products of the catalog as the pages show them. Free of torch."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from apps import services, state
from tryon.catalog.importing import sample_products
from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.store import Catalog, place_of
from tryon.core import photo as photo_file
from tryon.core.errors import DataError, InputImageError, TryOnError

THUMBNAIL_PX = 420
PICTURE_PX = 1280
_filling = threading.Lock()


@dataclass(frozen=True, eq=False)
class Shelf:
    """All products of the catalog at one moment."""

    products: dict[str, Product]
    """By handle, in the catalog's order."""
    pictures: Path
    """Folder of their pictures."""
    samples: bool
    """Whether they are the sample products."""

    def picture(self, product: Product) -> Path | None:
        """The file of the first picture."""
        return self.pictures / product.pictures[0] if product.pictures else None


def load() -> Shelf:
    """The products now. A catalog that has none, or is not there, is filled with the sample products.

    Raises:
        TryOnError: the catalog cannot be read or made.
    """
    place = place_of(None)
    with _filling:  # two visitors at once read and fill it once
        shelf = _read(place, _stamp(place)) if place.exists() else None
        if shelf is None or not shelf.products:
            with Catalog(place, create=True) as catalog:
                catalog.fill(sample_products())
            shelf = _read(place, _stamp(place))
    return shelf


def load_or_tell() -> Shelf:
    """As :func:`load`; where the catalog cannot be read, the page says so and ends."""
    try:
        return load()
    except TryOnError as error:
        st.error(tell(error))
        st.caption("The fitting room works without products: upload a photo of a garment there.")
        st.page_link("app_pages/fitting.py", label="To the fitting room")
        st.stop()


def tell(error: TryOnError) -> str:
    """An error about the catalog as a sentence for visitors, who know no paths."""
    place = str(place_of(None))
    text = str(error).replace(f"{place}.pictures", "the folder of the catalog's pictures")
    return services.sentence(text.replace(place, "the catalog"))


def _stamp(place: Path) -> tuple[tuple[int, int], ...]:
    """Changes when the database does: writes go to the log beside it first."""
    files = (place, place.with_name(place.name + "-wal"))
    stats = (path.stat() for path in files if path.exists())
    return tuple((stat.st_mtime_ns, stat.st_size) for stat in stats)


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(place: Path, stamp: tuple[tuple[int, int], ...]) -> Shelf:
    with Catalog(place) as catalog:
        return Shelf({one.handle: one for one in catalog.products()}, catalog.pictures, catalog.has_samples)


@st.cache_data(show_spinner=False, max_entries=512)
def picture(path: Path, longer_side: int) -> bytes | None:
    """JPEG of a product's picture, its name made of its content; ``None`` where the file is gone or damaged."""
    try:
        return services.jpeg(photo_file.load(path), longer_side)
    except InputImageError:
        return None


@st.cache_resource(show_spinner=False, max_entries=32)
def photo(path: Path) -> state.Photo:
    """A product's picture as the photo of a garment; the same one for all visitors.

    Raises:
        DataError: the file is gone or damaged.
    """
    try:
        return services.decoded(path.read_bytes())
    except (OSError, InputImageError) as error:
        raise DataError("the picture of this product cannot be read; choose another product") from error


def department(product: Product) -> str:
    """The first part of the category: ``Tops`` of ``Tops > T-shirts``."""
    return product.category.split(">")[0].strip()


def price_text(prices: Iterable[Money]) -> str:
    """One price, or the lowest and the highest of each currency."""
    by_currency: dict[str, list[Money]] = {}
    for price in prices:
        by_currency.setdefault(price.currency, []).append(price)
    return ", ".join(" to ".join(one.decimal for one in pair) + f" {code}" for code, pair in by_currency.items())


def is_sold_out(variant: Variant) -> bool:
    return variant.stock is not None and variant.stock <= 0
