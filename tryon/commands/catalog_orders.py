"""``tryon catalog orders``: what visitors of the shop ordered.

With ``--json``: ``catalog``, and ``orders``, a list of objects with the fields of :class:`tryon.catalog.orders.Order`;
of its lines, ``price`` is a decimal number as text and ``currency`` its code.
"""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tryon.commands.options import OfCatalog

if TYPE_CHECKING:
    from tryon.catalog.orders import Order


@dataclass(frozen=True, kw_only=True)
class CatalogOrders(OfCatalog):
    """List the orders that visitors of the shop placed."""

    def run(self) -> None:
        from tryon.catalog.orders import orders
        from tryon.catalog.store import Catalog, place_of

        with Catalog(place_of(self.catalog)) as catalog:
            found = orders(catalog)
        if self.json:
            facts = {"catalog": str(place_of(self.catalog)), "orders": [_facts(order) for order in found]}
            print(json.dumps(facts, indent=2, ensure_ascii=False))
            return
        for order in found:
            who = order.buyer
            address = f"{who.street}, {who.postcode} {who.city}, {who.country}"
            print(f"{order.number}  {order.placed}  {', '.join(map(str, order.totals))}")
            print(f"  {who.name} <{who.email}>, {address}")
            for line in order.lines:
                kind = ", ".join(filter(None, (line.size, line.color, line.option)))
                print(f"  {line.quantity} x {line.title} ({kind or line.handle}), {line.price} each")


def _facts(order: "Order") -> dict:
    lines = [asdict(line) | {"price": line.price.decimal, "currency": line.price.currency} for line in order.lines]
    return asdict(order) | {"lines": lines}
