"""The tables that retailers have, told apart by their headers, as rows of one kind.

* The project's own columns, those of :class:`Row`: ``handle`` and ``title`` are needed, all others may lack.
* Shopify's product export, with its old headers (``Handle``, ``Body (HTML)``, ``Variant Price``, ``Image Src``) and its
  new ones (``URL handle``, ``Description``, ``Price``, ``Product image URL``). Rows of a product have its handle in
  common; what concerns all of it stands in the first.
* WooCommerce's export: a ``variable`` product is followed by its ``variation`` rows, whose ``Parent`` is its SKU or
  ``id:`` and its ID. An attribute that a variation leaves open, so that it stands for every value, stays empty.
* Google's merchant feed, as commas or tabs part it: a row a variant, those of a product with the same
  ``item_group_id``.

Capitals, spaces and underscores in headers do not matter.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from tryon.catalog.text import plain, slug
from tryon.core.errors import DataError
from tryon.core.files import read_table

OWN_SEPARATOR = "|"
"""Parts the pictures of a row in the project's own columns; no file name of a spreadsheet's user has it."""

_SIZE = {"size", "sizes", "größe", "taille", "talla", "taglia", "maat", "tamanho"}
_COLOR = {"color", "colour", "farbe", "couleur", "colore", "kleur", "cor"}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: a variant, with what it says of its product. The fields are the project's own columns."""

    handle: str
    title: str = ""
    description: str = ""
    category: str = ""
    gender: str = ""
    sku: str = ""
    size: str = ""
    color: str = ""
    option: str = ""
    price: str = ""
    currency: str = ""
    stock: str = ""
    pictures: tuple[str, ...] = ()

    @property
    def is_variant(self) -> bool:
        """Whether it tells anything that can be bought; the others add pictures, or text, to their product."""
        return any((self.sku, self.size, self.color, self.option, self.price, self.stock))


OWN_COLUMNS = tuple(field.name for field in fields(Row))

Lines = list[tuple[int, Mapping[str, str]]]
Read = tuple[list[tuple[int, Row]], list[tuple[int, str]]]
"""Rows, and why others are left out, each with its line in the file."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read."""

    format: str
    """``own``, ``shopify``, ``woocommerce`` or ``google``."""
    rows: list[tuple[int, Row]]
    """With the line of the file that each ends in."""
    skipped: list[tuple[int, str]]
    """Lines that are no product to sell, and why."""
    ignored: tuple[str, ...] = ()
    """Columns that are none of the project's own, in a table of those."""


def read(path: Path) -> Table:
    """Read a table of products in any of the formats.

    Raises:
        DataError: it cannot be read (see :func:`tryon.core.files.read_table`), or lacks columns of every format.
    """
    header, lines = read_table(path, "a table of products: CSV, or tabs")
    names = [_key(name) for name in header]
    name, (_, reader) = _recognize(path, names)
    keyed: Lines = [(line, {_key(column): value.strip() for column, value in values.items()}) for line, values in lines]
    rows, skipped = reader(keyed)
    own = set(OWN_COLUMNS)
    return Table(name, rows, skipped, tuple(one for one in header if name == "own" and _key(one) not in own))


def _key(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").split())


def _recognize(path: Path, names: list[str]) -> tuple[str, "_Format"]:
    lacking = {
        name: [columns[0] for columns in needed if not set(columns) & set(names)]
        for name, (needed, _) in _FORMATS.items()
    }
    for name in ("shopify", "woocommerce", "google", "own"):  # the last needs least
        if not lacking[name]:
            return name, _FORMATS[name]
    nearest = min(lacking, key=lambda name: (len(lacking[name]), -len(_FORMATS[name][0])))
    raise DataError(
        f"{path} is no table of products, nearest to {_WORDS[nearest]} without {', '.join(lacking[nearest])}; expected "
        f"the columns handle, title and more of this project, or an export of Shopify, WooCommerce or Google's feed"
    )


def _first(row: Mapping[str, str], *names: str) -> str:
    """The first of these columns that says something."""
    return next((row[name] for name in names if row.get(name)), "")


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _own(lines: Lines) -> Read:
    rows = []
    for line, row in lines:
        pictures = tuple(part.strip() for part in row.get("pictures", "").split(OWN_SEPARATOR) if part.strip())
        values = {name: row.get(name, "") for name in OWN_COLUMNS if name != "pictures"}
        rows.append((line, Row(**values, pictures=pictures)))
    return rows, []


def _options(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Size, color and what else there is to choose, from names and values as the shop calls them."""
    found = {"size": "", "color": "", "option": ""}
    for name, value in pairs:
        kind = _key(name).removeprefix("pa ")
        which = "size" if kind in _SIZE else "color" if kind in _COLOR else "option"
        if not value or (kind, value) == ("title", "Default Title"):
            continue
        if which == "option":
            found["option"] = ", ".join(filter(None, (found["option"], f"{name}: {value}")))
        else:
            found[which] = value
    return found


def _shopify(lines: Lines) -> Read:
    rows, skipped = [], []
    names: dict[tuple[str, int], str] = {}  # of the options: only the first row of a product tells them
    colors: dict[str, str] = {}  # of products without a choice of colors
    hidden: dict[str, str] = {}
    for line, row in lines:
        handle = _first(row, "handle", "url handle") or (row["title"] and slug(row["title"]))
        status = row.get("status", "").lower()
        published = _first(row, "published", "published on online store").lower()
        if status in ("draft", "archived", "unlisted") or published == "false":
            hidden[handle] = f"{handle} is {status if status not in ('', 'active') else 'not published'}"
        if handle in hidden:
            skipped.append((line, hidden[handle]))
            continue
        colors[handle] = row.get("color (product.metafields.shopify.color-pattern)") or colors.get(handle, "")
        pairs = []
        for number in (1, 2, 3):
            name = names[handle, number] = row.get(f"option{number} name") or names.get((handle, number), "")
            pairs.append((name, row.get(f"option{number} value", "")))
        options = _options(pairs)
        tells = any((_first(row, "variant sku", "sku", "variant price", "price"), *options.values()))
        if tells and not options["color"] and ";" not in colors[handle]:  # of several colors, none is a variant's
            options["color"] = colors[handle]
        tracker = [row[name] for name in ("variant inventory tracker", "inventory tracker") if name in row]
        pictures = (_first(row, "image src", "product image url"), _first(row, "variant image", "variant image url"))
        one = Row(
            handle,
            title=row["title"],
            description=plain(_first(row, "body (html)", "description")),
            category=_first(row, "type", "custom product type", "product category"),
            gender=row.get("google shopping / gender", ""),
            sku=_first(row, "variant sku", "sku"),
            price=_first(row, "variant price", "price"),
            # Without a tracker, the quantity means nothing.
            stock="" if tracker == [""] else _first(row, "variant inventory qty", "inventory quantity"),
            pictures=tuple(filter(None, pictures)),
            **options,
        )
        rows.append((line, one))
    return rows, skipped


def _woocommerce(lines: Lines) -> Read:
    rows, skipped = [], []
    handles: dict[str, str] = {}  # of the products for sale, by what their variations call them
    hidden: dict[str, str] = {}
    products = [(line, row) for line, row in lines if "variation" not in _types(row)]
    for line, row in products:
        handle = row["sku"] or "-".join(filter(None, (slug(row["name"]), row.get("id", ""))))
        called = [name for name in (row["sku"], f"id:{row.get('id', '')}") if name]
        reason = ""
        if "grouped" in _types(row):
            reason = f"{handle} is a group of other products"
        elif row.get("published") in ("0", "-1"):
            reason = f"{handle} is not published"
        if reason:
            skipped.append((line, reason))
            hidden.update(dict.fromkeys(called, reason))
            continue
        handles.update(dict.fromkeys(called, handle))
        rows.append((line, _woocommerce_row(handle, row, buyable="variable" not in _types(row))))
    for line, row in lines:
        if "variation" not in _types(row):
            continue
        parent = row.get("parent", "")
        if parent in handles and row.get("published") not in ("0", "-1"):
            rows.append((line, _woocommerce_row(handles[parent], row, buyable=True)))
        else:
            absent = f"its parent {parent} is not in the file" if parent not in handles else "it is not published"
            skipped.append((line, hidden.get(parent, absent)))
    return rows, sorted(skipped)


def _types(row: Mapping[str, str]) -> tuple[str, ...]:
    return _parts(row["type"].lower())


def _woocommerce_row(handle: str, row: Mapping[str, str], buyable: bool) -> Row:
    numbers = sorted({int(found[1]) for name in row if (found := re.fullmatch(r"attribute (\d+) name", name))})
    pairs = [(row[f"attribute {n} name"], row.get(f"attribute {n} value(s)", "")) for n in numbers]
    gender = next((value for name, value in pairs if _key(name) == "gender"), "")
    pairs = [(name, value) for name, value in pairs if _key(name) != "gender"]
    stock = row.get("stock", "") if row.get("stock") != "parent" else ""
    whole = Row(
        handle,
        title=row["name"] if "variation" not in _types(row) else "",
        description=plain(_first(row, "description", "short description")),
        category=re.split(r"(?<!\\),", row.get("categories", ""))[0].replace("\\,", ",").strip(),
        gender=gender,
        pictures=_parts(row.get("images", "")),
    )
    if not buyable:
        return whole
    return Row(
        handle, whole.title, whole.description, whole.category, whole.gender,
        sku=row["sku"],
        price=_price(row, "regular price", "date sale price starts", "date sale price ends"),
        stock=stock or ("0" if row.get("in stock?") == "0" else ""),
        pictures=whole.pictures,
        **_options(pairs),
    )  # fmt: skip


def _price(row: Mapping[str, str], regular: str, *dates: str) -> str:
    """What is to be paid: the sale price, unless it is only for some days."""
    return row.get(regular, "") if any(row.get(date) for date in dates) else _first(row, "sale price", regular)


def _google(lines: Lines) -> Read:
    rows = []
    for line, row in lines:
        one = Row(
            _first(row, "item group id", "id"),
            title=row["title"],
            description=plain(row.get("description", "")),
            category=_first(row, "product type", "google product category"),
            gender=row.get("gender", ""),
            sku=row["id"],
            size=row.get("size", ""),
            color=row.get("color", ""),
            price=_price(row, "price", "sale price effective date"),
            stock="0" if _key(row.get("availability", "")) == "out of stock" else "",
            pictures=(*_parts(row["image link"]), *_parts(row.get("additional image link", ""))),
        )
        rows.append((line, one))
    return rows, []


_Format = tuple[tuple[tuple[str, ...], ...], Callable[[Lines], Read]]
# What each is told by: of each group of headers, one has to be there.
_FORMATS: dict[str, _Format] = {
    "own": ((("handle",), ("title",)), _own),
    "shopify": (
        (
            ("handle", "url handle"),
            ("title",),
            ("variant price", "url handle", "product image url", "image src", "body (html)", "option1 name"),
        ),
        _shopify,
    ),
    "woocommerce": ((("type",), ("sku",), ("name",), ("regular price",)), _woocommerce),
    "google": ((("id",), ("title",), ("image link",), ("price",)), _google),
}
_WORDS = {
    "own": "the columns of this project",
    "shopify": "Shopify's export",
    "woocommerce": "WooCommerce's export",
    "google": "Google's merchant feed",
}
