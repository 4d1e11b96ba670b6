"""Orders: what visitors of the shop ask for, written beside the products. Nothing is paid here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from sqlite3 import Connection

from tryon.catalog.money import Money
from tryon.catalog.store import Catalog
from tryon.core.errors import DataError

MAX_QUANTITY = 99
"""Pieces of one variant in one order."""
_LONGEST = 200  # signs of a field of the form
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who orders, and where it goes. The fields are those of the form."""

    name: str
    email: str
    street: str
    """With the number of the house."""
    postcode: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Line:
    """Some pieces of one variant, at the price that the visitor saw."""

    handle: str
    size: str
    color: str
    option: str
    quantity: int
    price: Money
    title: str = ""
    sku: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that is written."""

    number: int
    placed: str
    """Time by ISO 8601, UTC."""
    buyer: Buyer
    lines: tuple[Line, ...]

    @property
    def totals(self) -> tuple[Money, ...]:
        return totals(self.lines)


def totals(lines: Sequence[Line]) -> tuple[Money, ...]:
    """What lines cost together, of each currency."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.price.currency] = sums.get(line.price.currency, 0) + line.quantity * line.price.amount
    return tuple(Money(amount, currency) for currency, amount in sums.items())


def problems_of(buyer: Buyer) -> list[str]:
    """What is wrong with a filled form, a sentence each; empty if nothing is."""
    found = []
    for field in fields(buyer):
        text, word = getattr(buyer, field.name).strip(), {"email": "e-mail address"}.get(field.name, field.name)
        if not text:
            found.append(f"The {word} is missing.")
        elif len(text) > _LONGEST:
            found.append(f"The {word} is longer than {_LONGEST} characters; shorten it.")
        elif field.name == "email" and not _EMAIL.fullmatch(text):
            found.append("The e-mail address needs the form name@example.com.")
    return found


def place(catalog: Catalog, buyer: Buyer, lines: Sequence[Line], token: str) -> Order:
    """Write an order, and take its pieces from the stock where that is known; all of it or nothing.

    Args:
        catalog: where the products are.
        buyer: the filled form.
        lines: what is ordered, each variant once.
        token: names this order; the same one again gives the order that is there, so that no click orders twice.

    Raises:
        DataError: the form or a line is wrong: something is missing, sold out, gone, or has another price by now.
        OutputError: the catalog cannot be written.
    """
    if problems := problems_of(buyer):
        raise DataError(problems[0])
    if not lines:
        raise DataError("the bag is empty; add something first")
    with catalog.transaction(write=True) as connection:
        known = connection.execute("SELECT id FROM orders WHERE token = ?", (token,)).fetchone()
        if known is None:
            texts = [getattr(buyer, field.name).strip() for field in fields(buyer)]
            placed = datetime.now(UTC).isoformat(timespec="seconds")
            known = connection.execute(
                "INSERT INTO orders (token, placed, name, email, street, postcode, city, country) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                (token, placed, *texts),
            ).fetchone()
            for position, line in enumerate(lines):
                title, sku = _take(connection, line)
                connection.execute(
                    "INSERT INTO order_lines (purchase, position, handle, sku, title, size, color, option, quantity, "
                    "price, currency) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        known[0], position, line.handle, sku, title, line.size, line.color, line.option, line.quantity,
                        line.price.amount, line.price.currency,
                    ),
                )  # fmt: skip
    return next(order for order in orders(catalog) if order.number == known[0])


def _take(connection: Connection, line: Line) -> tuple[str, str]:
    """Check a line against the product as it is now and lower the stock; its title and SKU."""
    if not 1 <= line.quantity <= MAX_QUANTITY:
        raise DataError(f"the quantity {line.quantity} cannot be ordered; give 1 to {MAX_QUANTITY}")
    found = connection.execute(
        "SELECT title, product, position, sku, price, currency, stock FROM products JOIN variants ON product = id "
        "WHERE handle = ? AND size = ? AND color = ? AND option = ? ORDER BY position",
        (line.handle, line.size, line.color, line.option),
    ).fetchone()
    if found is None:
        raise DataError(f"{line.title or line.handle} is no longer sold in this size and color; remove it from the bag")
    title, product, position, sku, price, currency, stock = found
    if (price, currency) != (line.price.amount, line.price.currency):
        raise DataError(f"the price of {title} has changed; look at the bag again before you order")
    if stock is not None:
        if stock < line.quantity:
            left = f"only {stock} left" if stock > 0 else "sold out"
            raise DataError(f"{title}, size {line.size} is {left}; change the quantity or remove it")
        connection.execute(
            "UPDATE variants SET stock = stock - ? WHERE product = ? AND position = ?",
            (line.quantity, product, position),
        )
    return title, sku or ""


def orders(catalog: Catalog) -> list[Order]:
    """All orders, the oldest first."""
    with catalog.transaction(write=False) as connection:
        heads = connection.execute(
            "SELECT id, placed, name, email, street, postcode, city, country FROM orders ORDER BY id"
        ).fetchall()
        lines: dict[int, list[Line]] = {}
        for number, handle, size, color, option, quantity, price, currency, title, sku in connection.execute(
            "SELECT purchase, handle, size, color, option, quantity, price, currency, title, sku FROM order_lines "
            "ORDER BY purchase, position"
        ):
            line = Line(handle, size, color, option, quantity, Money(price, currency), title, sku)
            lines.setdefault(number, []).append(line)
    return [Order(number, placed, Buyer(*rest), tuple(lines.get(number, ()))) for number, placed, *rest in heads]
