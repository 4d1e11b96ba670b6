"""What is in a catalog. Texts that are not known are empty, numbers that are not known are ``None``."""

from dataclasses import dataclass

from tryon.catalog.money import Money


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that can be bought: a product in one size and color."""

    sku: str = ""
    """The retailer's stock keeping unit, unique in a catalog."""
    size: str = ""
    color: str = ""
    option: str = ""
    """What else tells it from the other variants, such as ``Logo: Yes``."""
    price: Money | None = None
    stock: int | None = None
    """Pieces; negative where more were sold than there were."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its variants and pictures, in the retailer's order."""

    handle: str
    """Short name, unique in a catalog."""
    title: str
    description: str = ""
    """Plain text."""
    category: str = ""
    """As the retailer names it, such as ``Clothing > Shirts``."""
    gender: str = ""
    variants: tuple[Variant, ...] = ()
    pictures: tuple[str, ...] = ()
    """Names of files in the catalog's folder of pictures."""

    @property
    def colors(self) -> tuple[str, ...]:
        """The colors of the variants, each once."""
        return tuple(dict.fromkeys(one.color for one in self.variants if one.color))

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes of the variants, each once."""
        return tuple(dict.fromkeys(one.size for one in self.variants if one.size))

    @property
    def prices(self) -> tuple[Money, ...]:
        """Of each currency the lowest price and, where it differs, the highest."""
        prices = {one.price for one in self.variants if one.price}
        ordered = sorted(prices, key=lambda price: (price.currency, price.amount))
        ends: dict[str, list[Money]] = {}
        for price in ordered:
            ends[price.currency] = [*ends.get(price.currency, [])[:1], price]
        return tuple(price for pair in ends.values() for price in pair)

    @property
    def stock(self) -> int | None:
        """Pieces of all variants; ``None`` where it is not known of one of them."""
        stocks = [one.stock for one in self.variants]
        known = [stock for stock in stocks if stock is not None]
        return sum(known) if known and len(known) == len(stocks) else None
