"""The visitor's bag: it lasts as long as the visit, and is kept when an order does not come about."""

from dataclasses import replace
from uuid import uuid4

import streamlit as st

from apps import shelf
from tryon.catalog.models import Product, Variant
from tryon.catalog.orders import MAX_QUANTITY, Line, Order

Key = tuple[str, str, str, str]
"""Handle, size, color and option of a variant."""


def lines() -> list[Line]:
    """What is in the bag, in the order in which it came in."""
    return list(_bag().values())


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
    known = _bag().get(key_of(line))
    wanted = quantity + (known.quantity if known else 0)
    _bag()[key_of(line)] = replace(line, quantity=min(wanted, most(variant)))


def set_quantity(key: Key, quantity: int) -> None:
    _bag()[key] = replace(_bag()[key], quantity=quantity)


def remove(key: Key) -> None:
    _bag().pop(key, None)


def most(variant: Variant) -> int:
    """How many pieces of a variant one order may have."""
    return MAX_QUANTITY if variant.stock is None else max(0, min(MAX_QUANTITY, variant.stock))


def refresh(products: dict[str, Product]) -> list[tuple[Line, Variant | None, str]]:
    """The lines at today's prices, each with its variant if that is still sold, and what has changed, if anything."""
    found = []
    for key, line in _bag().items():
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
            line = _bag()[key] = replace(line, price=variant.price)
        found.append((line, variant, note))
    return found


def token() -> str:
    """Names the order that this bag becomes."""
    if "bag token" not in st.session_state:
        st.session_state["bag token"] = uuid4().hex
    return st.session_state["bag token"]


def keep_order(order: Order) -> None:
    """The bag has become an order: a new one begins."""
    st.session_state["order"] = order
    st.session_state["bag"] = {}
    st.session_state.pop("bag token", None)


def last_order() -> Order | None:
    """The last order of this visit."""
    return st.session_state.get("order")


def forget_order() -> None:
    st.session_state.pop("order", None)


def _bag() -> dict[Key, Line]:
    return st.session_state.setdefault("bag", {})
