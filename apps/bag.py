"""The visitor's bag: it outlives a reload of the page and a closed window, and an order that does not come about.

It lies in the server's memory under a random name, which a cookie of the browser tells. Nothing but lines is in there.
"""

import secrets
import threading
import time
from dataclasses import dataclass, field, replace
from uuid import uuid4

import streamlit as st

from apps import shelf
from apps.components.cookie import keep_cookie
from tryon.catalog.models import Product, Variant
from tryon.catalog.orders import MAX_QUANTITY, Line, Order

Key = tuple[str, str, str, str]
"""Handle, size, color and option of a variant."""
COOKIE = "tryon_bag"
KEPT_SECONDS = 12 * 3600
"""How long a bag that nobody looks at is kept."""
_MOST_BAGS = 10_000  # the oldest go first


@dataclass(eq=False)
class Bag:
    """Of one browser: several windows share it."""

    name: str = field(default_factory=lambda: secrets.token_hex(16))
    lines: dict[Key, Line] = field(default_factory=dict)
    token: str = field(default_factory=lambda: uuid4().hex)
    """Names the order that it becomes."""


class Bags:
    """The bags of all visitors, by name, the one looked at last at the end."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Bag, float]] = {}
        self._lock = threading.Lock()

    def find(self, name: str) -> Bag | None:
        """The bag of that name, unless it is gone by now."""
        with self._lock:
            self._sweep()
            return self._kept[name][0] if name in self._kept else None

    def keep(self, bag: Bag) -> None:
        """Keep a bag from now on."""
        with self._lock:
            self._kept.pop(bag.name, None)
            self._kept[bag.name] = bag, time.monotonic()
            self._sweep()

    def _sweep(self) -> None:
        latest = time.monotonic() - KEPT_SECONDS
        old = [name for name, (_, seen) in self._kept.items() if seen < latest]
        for name in [*old, *list(self._kept)[: max(0, len(self._kept) - _MOST_BAGS)]]:
            self._kept.pop(name, None)


@st.cache_resource(show_spinner=False)
def bags() -> Bags:
    return Bags()


def lines() -> list[Line]:
    """What is in the bag, in the order in which it came in."""
    return list(_bag().lines.values())


def count() -> int:
    """Pieces of all lines."""
    return sum(line.quantity for line in lines())


def key_of(line: Line) -> Key:
    return line.handle, line.size, line.color, line.option


def add(product: Product, variant: Variant, quantity: int) -> None:
    """Put pieces of a variant that has a price into the bag, :data:`MAX_QUANTITY` or the stock at most."""
    assert variant.price is not None  # the page offers no other
    line = Line(
        product.handle, variant.size, variant.color, variant.option, quantity, variant.price, product.title, variant.sku
    )
    known = _bag().lines.get(key_of(line))
    wanted = quantity + (known.quantity if known else 0)
    _bag().lines[key_of(line)] = replace(line, quantity=min(wanted, most(variant)))


def set_quantity(key: Key, quantity: int) -> None:
    if key in _bag().lines:  # another window may have removed it
        _bag().lines[key] = replace(_bag().lines[key], quantity=quantity)


def remove(key: Key) -> None:
    _bag().lines.pop(key, None)


def most(variant: Variant) -> int:
    """How many pieces of a variant one order may have."""
    return MAX_QUANTITY if variant.stock is None else max(0, min(MAX_QUANTITY, variant.stock))


def refresh(products: dict[str, Product]) -> list[tuple[Line, Variant | None, str]]:
    """The lines at today's prices, each with its variant if that is still sold, and what has changed, if anything."""
    found = []
    for key, line in list(_bag().lines.items()):
        product = products.get(line.handle)
        variants = product.variants if product else ()
        variant = next((one for one in variants if (one.size, one.color, one.option) == key[1:]), None)
        note = ""
        if variant is None or variant.price is None:
            variant, note = None, "This is no longer sold; remove it to order the rest."
        elif shelf.is_sold_out(variant):
            note = "Sold out by now; remove it to order the rest."
        elif line.quantity > most(variant):
            note = f"Only {most(variant)} left; lower the quantity."
        elif line.price != variant.price:
            note = f"The price has changed from {line.price} to {variant.price}."
            line = _bag().lines[key] = replace(line, price=variant.price)
        found.append((line, variant, note))
    return found


def token() -> str:
    """Names the order that this bag becomes."""
    return _bag().token


def keep_order(order: Order) -> None:
    """The bag has become an order: a new one begins."""
    st.session_state["order"] = order
    _bag().lines.clear()
    _bag().token = uuid4().hex


def last_order() -> Order | None:
    """The last order of this visit."""
    return st.session_state.get("order")


def forget_order() -> None:
    st.session_state.pop("order", None)


def remember() -> None:
    """Keep a bag that has something, and let the browser know its name."""
    if _bag().lines:
        bags().keep(_bag())
        keep_cookie(COOKIE, _bag().name, KEPT_SECONDS, key="bag_cookie")


def _bag() -> Bag:
    if "bag" not in st.session_state:
        st.session_state["bag"] = bags().find(st.context.cookies.get(COOKIE, "")) or Bag()
    return st.session_state["bag"]
