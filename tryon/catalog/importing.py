"""Bring the products of a table, or of a folder of pictures, into a catalog: all of them or none."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tryon.catalog import formats
from tryon.catalog.models import Product, Variant
from tryon.catalog.money import currency_code, parse_price
from tryon.catalog.store import Catalog
from tryon.catalog.text import slug, title_of
from tryon.core import photo
from tryon.core.errors import DataError, GarmentNotFoundError, InputImageError, PersonNotFoundError, about
from tryon.core.files import address_in

_TABLES = (".csv", ".tsv")
_LONG = 200  # signs of an address that are told: some hold a whole picture


@dataclass(slots=True)
class Report:
    """What an import did."""

    format: str
    """``own``, ``shopify``, ``woocommerce``, ``google``, or ``pictures`` for a folder of them."""
    products: int = 0
    replaced: int = 0
    """Of the products, those that were in the catalog before."""
    variants: int = 0
    pictures: int = 0
    """Of all products."""
    pictures_missing: list[str] = field(default_factory=list)
    """Of pictures that are not there or cannot be read, the line of the table and what is the matter."""
    urls_not_fetched: list[str] = field(default_factory=list)
    """Addresses of pictures that do not lie beside the table either, where none are fetched."""
    rows_skipped: list[str] = field(default_factory=list)
    """Rows that are no product to sell, and why."""
    columns_ignored: list[str] = field(default_factory=list)
    """Columns, in a table of the project's own, that it does not know."""
    proposed: list[str] = field(default_factory=list)
    """Handles, each with the category and color that its picture, not the table, gave it."""
    not_proposed: list[str] = field(default_factory=list)
    """Handles of products without category or color whose picture does not tell them, each with the reason."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the picture of a product says of it."""

    category: str
    colors: tuple[str, ...]
    """The main colors, the larger first."""


@dataclass(slots=True)
class _Draft:
    """A product that is being put together from its rows."""

    product: Product
    pictures: dict[str, int] = field(default_factory=dict)
    """As the table names them, with the line where each is first named."""
    files: list[Path] = field(default_factory=list)


def import_into(
    catalog: Path,
    source: Path,
    *,
    currency: str = "",
    allow_missing: bool = False,
    fetch: Callable[[str], Path] | None = None,
    propose: Callable[[Product, Path], Proposal] | None = None,
    progress: Callable[[list[_Draft]], Iterable[_Draft]] = iter,
) -> Report:
    """Import a table of products, a folder with one, or a folder of pictures.

    Products with the handle of one in the catalog replace it. Everything is read and checked before anything is
    written, and after an error the catalog is as it was; one that is made for this import is gone.

    Args:
        catalog: the database; made where it is missing.
        source: a table in any of :mod:`tryon.catalog.formats`; a folder with one such file ending in .csv or .tsv; or
            a folder of pictures, each of which becomes a product named after its file.
        currency: code of the currency of prices without one.
        allow_missing: pictures that are not there, or cannot be read, are told in the report; else they are an error.
        fetch: gives the file for the URL of a picture that does not lie beside the table, or raises InputImageError,
            such as :class:`tryon.catalog.fetching.Fetcher`; without it, URLs are told in the report.
        propose: reads the first picture of a product that has no category, or none of whose variants has a color; what
            the table says stays. It may raise InputImageError, PersonNotFoundError or GarmentNotFoundError, which are
            told in the report.
        progress: is handed the products, and gives them back one by one while their pictures are checked or read, as
            tqdm does.

    Raises:
        DataError: the source is missing, no table of products, or a row of it cannot be understood: a price or stock
            that is no number, a SKU that stands twice, a picture that is missing.
        OutputError: the catalog cannot be written.
    """
    if currency:
        currency = currency_code(currency)
    table = _table_of(source)
    if table is None:
        report = Report("pictures")
        drafts = _from_pictures(source)
        folder = source
    else:
        read = formats.read(table)
        report = Report(read.format, columns_ignored=list(read.ignored))
        report.rows_skipped = [f"line {line}: {reason}" for line, reason in read.skipped]
        drafts = _from_rows(table, read.rows, currency, report)
        folder = table.parent
    _find_pictures(progress(drafts), folder, fetch, report)
    if report.pictures_missing and not allow_missing:
        first, count = report.pictures_missing[0], len(report.pictures_missing)
        others = f" (and {count - 1} more)" if count > 1 else ""
        raise DataError(
            f"{table or source}, {first}{others}; mend the table, put pictures beside it, or import without them by "
            "--allow-missing-pictures"
        )
    if not drafts:
        raise DataError(f"{table or source} has no product to import{_why(report)}")
    if propose is not None:
        _propose(progress(drafts), propose, report)
    report.products = len(drafts)
    report.variants = sum(len(draft.product.variants) for draft in drafts)
    report.pictures = sum(len(draft.files) for draft in drafts)
    report.replaced = _write(catalog, drafts)
    return report


def sample_products() -> list[tuple[Product, list[Path]]]:
    """The sample products that come with the package, each with the files of its pictures.

    Raises:
        DataError: files of the package are missing or damaged.
    """
    folder = Path(str(files("tryon") / "samples" / "shop"))
    table = folder / "catalog.csv"
    report = Report("own")
    drafts = _from_rows(table, formats.read(table).rows, "", report)
    _find_pictures(drafts, folder, None, report)
    if report.pictures_missing:
        raise DataError(f"{table}, {report.pictures_missing[0]}; install the program again")
    return [(draft.product, draft.files) for draft in drafts]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}); check the path") from error


def _why(report: Report) -> str:
    return f" ({report.rows_skipped[0]}, {len(report.rows_skipped)} rows in all)" if report.rows_skipped else ""


def _table_of(source: Path) -> Path | None:
    """The table that is meant; ``None`` for a folder of pictures."""
    if not source.is_dir():
        return source
    found = sorted(path for path in _entries(source) if path.suffix.lower() in _TABLES and path.is_file())
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DataError(f"{source} has several tables ({names}); give the file that is meant")
    return found[0] if found else None


def _from_pictures(folder: Path) -> list[_Draft]:
    files = sorted(
        path for path in _entries(folder) if path.suffix.lower()[1:] in photo.PHOTO_SUFFIXES and path.is_file()
    )
    if not files:
        raise DataError(
            f"{folder} has neither a table (.csv or .tsv) nor pictures; give a folder or file with products"
        )
    drafts: dict[str, _Draft] = {}
    for file in files:
        handle, number = slug(file.stem), 1
        while handle in drafts:  # such as one name with two endings
            number += 1
            handle = f"{slug(file.stem)}-{number}"
        drafts[handle] = _Draft(Product(handle, title_of(file.stem)), {file.name: 0})
    return list(drafts.values())


def _from_rows(table: Path, rows: Iterable[tuple[int, formats.Row]], currency: str, report: Report) -> list[_Draft]:
    drafts: dict[str, _Draft] = {}
    lines_of: dict[str, list[int]] = {}
    skus: dict[str, int] = {}
    for line, row in rows:
        if not row.handle:
            report.rows_skipped.append(f"line {line}: it has no handle")
            continue
        lines_of.setdefault(row.handle, []).append(line)
        draft = drafts.setdefault(row.handle, _Draft(Product(row.handle, "")))
        known = draft.product
        draft.product = replace(
            known,
            title=known.title or row.title,
            description=known.description or row.description,
            category=known.category or row.category,
            gender=known.gender or row.gender,
        )
        for name in row.pictures:
            draft.pictures.setdefault(name, line)
        if not row.is_variant:
            continue
        if row.sku and row.sku in skus:
            raise DataError(
                f"{table}, line {line}: the SKU {row.sku} stands in line {skus[row.sku]} too; mend one of them"
            )
        skus[row.sku] = line
        with about(f"{table}, line {line}"):
            draft.product = replace(draft.product, variants=(*draft.product.variants, _variant(row, currency)))
    for handle in [handle for handle, draft in drafts.items() if not draft.product.title]:
        report.rows_skipped += [f"line {line}: {handle} has no title" for line in lines_of[handle]]
        del drafts[handle]
    return list(drafts.values())


def _variant(row: formats.Row, currency: str) -> Variant:
    price = parse_price(row.price, row.currency or currency) if row.price else None
    try:
        stock = int(row.stock) if row.stock else None
    except ValueError as error:
        raise DataError(f"the stock {row.stock!r} is no whole number; write the pieces, such as 12") from error
    if stock is not None and abs(stock) > 10**9:
        raise DataError(f"the stock {row.stock!r} is more than can be; check it")
    return Variant(row.sku, row.size, row.color, row.option, price, stock)


def _find_pictures(drafts: Iterable[_Draft], folder: Path, fetch: Callable[[str], Path] | None, report: Report) -> None:
    """The files of the pictures that the drafts name, each checked to be a picture."""
    places = [folder, *sorted(path for path in _entries(folder) if path.is_dir())]
    sound: set[Path] = set()
    for draft in drafts:
        for name, line in draft.pictures.items():
            shown = name if len(name) <= _LONG else f"{name[:_LONG]}…"
            file = _find(name, places)
            try:
                if file is None and not _is_url(name):
                    raise InputImageError(f"there is no picture {shown}")
                if file is None:
                    if fetch is None:
                        report.urls_not_fetched.append(shown)
                        continue
                    file = fetch(name)
                if file not in sound:
                    photo.read(file)
                    sound.add(file)
                draft.files.append(file)
            except InputImageError as error:
                reason = str(error).replace(str(file), shown) if file and _is_url(name) else str(error)
                report.pictures_missing.append(f"line {line}: {reason}" if line else reason)
    report.urls_not_fetched = list(dict.fromkeys(report.urls_not_fetched))


def _propose(drafts: Iterable[_Draft], propose: Callable[[Product, Path], Proposal], report: Report) -> None:
    """Give the drafts the category and the color that their tables leave open."""
    for draft in drafts:
        product = draft.product
        if product.category and product.colors:
            continue
        if not draft.files:
            report.not_proposed.append(f"{product.handle}: it has no picture")
            continue
        try:
            found = propose(product, draft.files[0])
        except (InputImageError, PersonNotFoundError, GarmentNotFoundError) as error:
            report.not_proposed.append(f"{product.handle}: {error}")
            continue
        words = []
        if not product.category:
            product = replace(product, category=found.category)
            words.append(f"category {found.category}")
        if not product.colors:
            color = "/".join(found.colors)
            variants = tuple(replace(one, color=color) for one in product.variants) or (Variant(color=color),)
            product = replace(product, variants=variants)
            words.append(f"color {color}")
        draft.product = product
        report.proposed.append(f"{product.handle}: {', '.join(words)}")


def _is_url(name: str) -> bool:
    return address_in(name) is not None or name.startswith("//")


def _find(name: str, places: Sequence[Path]) -> Path | None:
    """A picture by its path, else in one of the places: beside the table, or in a folder there.

    Of an address, the name of its file is looked for, for who has fetched the pictures already.
    """
    try:
        sought = Path(unquote(urlsplit(name).path)).name if _is_url(name) else name.replace("\\", "/")
    except ValueError:  # an address that is none
        return None
    return next((path for path in (place / sought for place in places) if sought and _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # such as a name that is too long
        return False


def _write(catalog: Path, drafts: Sequence[_Draft]) -> int:
    """Put the products in; a catalog that is made for it and does not get them is deleted."""
    try:
        catalog.open("xb").close()  # an empty file is a new database; only who made it may delete it
        made = True
    except OSError:  # it is there, or cannot be made, which is told when it is opened
        made = False
    try:
        with Catalog(catalog, create=True) as opened:
            return opened.put([(draft.product, draft.files) for draft in drafts])
    except BaseException:
        if made:
            for suffix in ("", "-wal", "-shm", "-journal"):
                catalog.with_name(catalog.name + suffix).unlink(missing_ok=True)
            with suppress(OSError):  # not made, or with files that are not ours
                catalog.with_name(catalog.name + ".pictures").rmdir()
        raise
