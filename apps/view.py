"""Which products the shop shows, and the address that opens the same view again."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from apps.shelf import department
from tryon.catalog.models import Product
from tryon.catalog.money import Money

PAGE_SIZE = 12
Sort = Literal["shop", "cheap", "dear", "name"]
_SIZES = ("XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL")


@dataclass(frozen=True)
class Choices:
    """What can be filtered by, as the catalog has it."""

    categories: tuple[str, ...]
    colors: tuple[str, ...]
    sizes: tuple[str, ...]
    currency: str
    """The one of most prices; the filter means it."""
    lowest: int
    """Prices in whole units of the currency, rounded down and up."""
    highest: int


@dataclass(frozen=True)
class View:
    """What a visitor asked to see. What is empty or ``None`` filters nothing."""

    search: str = ""
    category: str | None = None
    colors: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    price: tuple[int, int] | None = None
    """Lowest and highest price in whole units of :attr:`Choices.currency`."""
    sort: Sort = "shop"
    page: int = 1

    def query(self) -> dict[str, str | list[str]]:
        """The parameters of the address; those that filter nothing are left out."""
        found: dict[str, str | list[str]] = {
            "search": self.search,
            "category": self.category or "",
            "color": list(self.colors),
            "size": list(self.sizes),
            "price": f"{self.price[0]}-{self.price[1]}" if self.price else "",
            "sort": "" if self.sort == "shop" else self.sort,
            "page": "" if self.page == 1 else str(self.page),
        }
        return {name: value for name, value in found.items() if value}


def choices_of(products: Sequence[Product]) -> Choices:
    """What the products can be filtered by."""
    prices = [one.price for product in products for one in product.variants if one.price]
    currency = Counter(price.currency for price in prices).most_common(1)[0][0] if prices else ""
    units = [float(price.decimal) for price in prices if price.currency == currency] or [0.0]
    return Choices(
        categories=tuple(dict.fromkeys(filter(None, map(department, products)))),
        colors=tuple(sorted({color for product in products for color in product.colors})),
        sizes=tuple(sorted({size for product in products for size in product.sizes}, key=_size_order)),
        currency=currency,
        lowest=int(min(units)),
        highest=-int(-max(units) // 1),
    )


def read_query(query: Mapping[str, Sequence[str]], choices: Choices) -> tuple[View, list[str]]:
    """A view from the parameters of an address, and a sentence for each that means nothing here and is left out."""
    wrong: list[str] = []

    def known(name: str, options: Sequence[str]) -> tuple[str, ...]:
        asked = tuple(dict.fromkeys(query.get(name, ())))
        wrong.extend(f"There is no {name} {one[:60]!r} here; it is left out." for one in asked if one not in options)
        return tuple(one for one in asked if one in options)

    def numbers(name: str, pattern: str) -> list[int]:
        text = (query.get(name) or [""])[-1]
        found = re.fullmatch(pattern, text, re.ASCII)
        if text and not found:
            wrong.append(f"The {name} {text[:60]!r} in the address is none; it is left out.")
        return [int(one) for one in found.groups()] if found else []

    ends = sorted(min(max(end, choices.lowest), choices.highest) for end in numbers("price", r"(\d{1,9})-(\d{1,9})"))
    price = (ends[0], ends[1]) if ends and ends != [choices.lowest, choices.highest] else None
    sorts = known("sort", get_args(Sort))
    view = View(
        search=(query.get("search") or [""])[-1][:100],
        category=next(iter(known("category", choices.categories)), None),
        colors=known("color", choices.colors),
        sizes=known("size", choices.sizes),
        price=price,
        sort=next((one for one in get_args(Sort) if one in sorts), "shop"),
        page=max(1, *numbers("page", r"(\d{1,9})"), 1),
    )
    return view, wrong


def find(products: Sequence[Product], view: View, currency: str) -> list[Product]:
    """The products of a view on all its pages, in its order."""
    words = view.search.casefold().split()
    found = [product for product in products if _matches(product, view, words, currency)]
    if view.sort == "name":
        return sorted(found, key=lambda product: product.title.casefold())
    if view.sort != "shop":
        priced = [product for product in found if _cheapest(product, currency)]
        rest = [product for product in found if not _cheapest(product, currency)]  # not to be compared: at the end
        priced.sort(key=lambda product: _amount(_cheapest(product, currency)), reverse=view.sort == "dear")
        return priced + rest
    return found


def _matches(product: Product, view: View, words: Sequence[str], currency: str) -> bool:
    text = " ".join((product.title, product.description, product.category, product.gender, *product.colors)).casefold()
    if not all(word in text for word in words) or (view.category and department(product) != view.category):
        return False
    if not (view.colors or view.sizes or view.price):
        return True
    return any(  # one variant has to be all of it
        (not view.colors or one.color in view.colors)
        and (not view.sizes or one.size in view.sizes)
        and (not view.price or _within(one.price, view.price, currency))
        for one in product.variants
    )


def _within(price: Money | None, bounds: tuple[int, int], currency: str) -> bool:
    return price is not None and price.currency == currency and bounds[0] <= float(price.decimal) <= bounds[1]


def _cheapest(product: Product, currency: str) -> Money | None:
    return next((price for price in product.prices if price.currency == currency), None)


def _amount(price: Money | None) -> int:
    return price.amount if price else 0


def _size_order(size: str) -> tuple[int, float, str]:
    """Letters by size, then numbers, then the rest by name."""
    if size.upper() in _SIZES:
        return 0, _SIZES.index(size.upper()), size
    try:
        return 1, float(size.replace(",", ".")), size
    except ValueError:
        return 2, 0.0, size
