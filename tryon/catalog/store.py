"""The catalog as a file: an SQLite database, and beside it a folder with copies of the pictures."""

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from tryon.catalog.models import Product, Variant
from tryon.catalog.money import Money
from tryon.catalog.schema import VERSION, is_foreign, migrate, version_of
from tryon.core.decoding import PHOTO_SUFFIXES
from tryon.core.errors import DataError, OutputError
from tryon.core.files import write_atomically

VARIABLE = "TRYON_CATALOG"
DEFAULT = Path("catalog.db")
_WAIT = 5.0  # seconds for another program that is writing
_COPY = re.compile(r"[0-9a-f]{32}(\.\w+)?|\.tryon-[0-9a-f]{16}\.tmp")  # what this module writes beside the database


def place_of(given: Path | None) -> Path:
    """Where the catalog is: as given, else by the environment variable ``TRYON_CATALOG``, else ``catalog.db`` here."""
    return given or Path(os.environ.get(VARIABLE) or DEFAULT)


class Catalog:
    """An open catalog. To be used by the thread that opened it, as a context manager or until :meth:`close`.

    Pictures are copied into the folder :attr:`pictures`, under names made of their content: a picture that several
    products share is there once, and none is ever written over.

    Args:
        path: of the database.
        create: make it where it is missing.

    Raises:
        DataError: it is missing, no database, of another program or of a newer version.
        OutputError: it cannot be opened or is locked.
    """

    def __init__(self, path: Path, *, create: bool = False):
        self.path = path
        self.pictures = path.with_name(path.name + ".pictures")
        if path.is_dir():
            raise DataError(f"{path} is a folder; give the file of a catalog")
        if not create and not path.exists():
            raise DataError(f"there is no catalog {path}; make it with: tryon catalog import FOLDER_OR_CSV")
        if create and not path.parent.is_dir():
            raise OutputError(f"{path} cannot be written because {path.parent} is no existing folder; make it first")
        with self._sentences():
            mode = "rwc" if create else "rw"
            self._connection = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        if is_foreign(self._connection):
            raise DataError(f"{self.path} is a database of another program; give another file to --catalog")
        version = version_of(self._connection)
        if version > VERSION:
            raise DataError(
                f"{self.path} was written by a newer version of this program (its tables are of version {version}, "
                f"known are those up to {VERSION}); update it"
            )
        if version < VERSION:
            self._connection.execute("PRAGMA journal_mode = WAL")  # stays with the file: reading does not wait
            migrate(self._connection)
        self._connection.execute("PRAGMA foreign_keys = ON")

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def products(self) -> list[Product]:
        """All products, in the order in which they first came in."""
        with self.transaction(write=False):
            rows = self._connection.execute(
                "SELECT id, handle, title, description, category, gender FROM products ORDER BY id"
            ).fetchall()
            variants: dict[int, list[Variant]] = {}
            for product, sku, size, color, option, price, currency, stock in self._connection.execute(
                "SELECT product, sku, size, color, option, price, currency, stock FROM variants "
                "ORDER BY product, position"
            ):
                money = None if price is None else Money(price, currency)
                variants.setdefault(product, []).append(Variant(sku or "", size, color, option, money, stock))
            pictures: dict[int, list[str]] = {}
            for product, file in self._connection.execute(
                "SELECT product, file FROM pictures ORDER BY product, position"
            ):
                pictures.setdefault(product, []).append(file)
        return [
            Product(
                handle, title, description, category, gender,
                variants=tuple(variants.get(number, ())), pictures=tuple(pictures.get(number, ())),
            )
            for number, handle, title, description, category, gender in rows
        ]  # fmt: skip

    def put(self, products: Sequence[tuple[Product, Sequence[Path]]]) -> int:
        """Add products, or replace those with the same handle, all or none of them. Sample products make way.

        Args:
            products: each with the files of its pictures, which are copied; ``Product.pictures`` is not looked at.

        Returns:
            how many were replaced.

        Raises:
            DataError: a SKU is another product's already, or a picture cannot be read.
            OutputError: the catalog or a picture cannot be written, such as to a full disk.
        """
        try:
            with self.transaction(write=True) as connection:
                connection.execute("DELETE FROM products WHERE sample")
                replaced = sum(self._clear(product.handle) for product, _ in products)
                self._add(products)
        finally:
            self._sweep()
        return replaced

    def fill(self, samples: Sequence[tuple[Product, Sequence[Path]]]) -> None:
        """Put sample products into a catalog that has no products; they go when the first others come.

        Args:
            samples: as for :meth:`put`.

        Raises:
            DataError: a picture cannot be read.
            OutputError: the catalog or a picture cannot be written.
        """
        with self.transaction(write=True) as connection:  # asked in the lock: another process may fill it, too
            if connection.execute("SELECT EXISTS (SELECT 1 FROM products)").fetchone() == (0,):
                self._add(samples)
                connection.execute("UPDATE products SET sample = 1")

    @property
    def has_samples(self) -> bool:
        """Whether the products are the sample products."""
        with self.transaction(write=False) as connection:
            return connection.execute("SELECT EXISTS (SELECT 1 FROM products WHERE sample)").fetchone() == (1,)

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """All or nothing, for what is kept beside the products, see :mod:`tryon.catalog.orders`.

        Raises:
            DataError: the file is damaged.
            OutputError: it is in use by another program, or cannot be written.
        """
        with self._sentences(), self._transaction("BEGIN IMMEDIATE" if write else "BEGIN"):
            yield self._connection

    def _add(self, products: Sequence[tuple[Product, Sequence[Path]]]) -> None:
        for product, files in products:
            self._check_skus(product)
            self._insert(product, [self._copy(file) for file in files])

    def remove(self, handles: Sequence[str]) -> None:
        """Remove products and their pictures, all or none of them.

        Raises:
            DataError: there is no such product.
            OutputError: the catalog cannot be written.
        """
        with self.transaction(write=True):
            for handle in handles:
                if not self._connection.execute("DELETE FROM products WHERE handle = ?", (handle,)).rowcount:
                    raise DataError(
                        f"{self.path} has no product with the handle {handle}; tryon catalog list tells those it has"
                    )
        self._sweep()

    def _clear(self, handle: str) -> bool:
        """Empty a product, which keeps its place; whether there is one."""
        found = self._connection.execute("SELECT id FROM products WHERE handle = ?", (handle,)).fetchone()
        if found:
            self._connection.execute("DELETE FROM variants WHERE product = ?", found)
            self._connection.execute("DELETE FROM pictures WHERE product = ?", found)
        return found is not None

    def _check_skus(self, product: Product) -> None:
        for sku in (variant.sku for variant in product.variants if variant.sku):
            owner = self._connection.execute(
                "SELECT handle FROM products JOIN variants ON product = id WHERE sku = ?", (sku,)
            ).fetchone()
            if owner:
                raise DataError(
                    f"the SKU {sku} of {product.handle} belongs to the product {owner[0]} of {self.path} already; "
                    "change one of them, or remove that product first"
                )

    def _insert(self, product: Product, files: Sequence[str]) -> None:
        texts = (product.title, product.description, product.category, product.gender)
        (number,) = self._connection.execute(
            "INSERT INTO products (handle, title, description, category, gender) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (handle) DO UPDATE SET title = excluded.title, description = excluded.description, "
            "category = excluded.category, gender = excluded.gender RETURNING id",
            (product.handle, *texts),
        ).fetchone()
        self._connection.executemany(
            "INSERT INTO variants (product, position, sku, size, color, option, price, currency, stock) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (number, position, one.sku or None, one.size, one.color, one.option,
                 one.price and one.price.amount, one.price and one.price.currency, one.stock)
                for position, one in enumerate(product.variants)
            ],
        )  # fmt: skip
        self._connection.executemany(
            "INSERT INTO pictures (product, position, file) VALUES (?, ?, ?)",
            [(number, position, file) for position, file in enumerate(dict.fromkeys(files))],
        )

    def _copy(self, file: Path) -> str:
        """Copy a picture into the folder; its name there."""
        try:
            data = file.read_bytes()
        except OSError as error:
            raise DataError(f"{file} cannot be read ({error.strerror}); check the path") from error
        suffix = file.suffix.lower()
        name = hashlib.sha256(data).hexdigest()[:32] + (suffix if suffix[1:] in PHOTO_SUFFIXES else "")
        self.pictures.mkdir(exist_ok=True)
        if not (self.pictures / name).exists():
            write_atomically(self.pictures / name, data)
        return name

    def _sweep(self) -> None:
        """Delete copies of pictures that no product has: of what was removed, or did not come in.

        It holds the lock for writing, in which nobody else can be about to need them. What cannot be deleted, or a
        lock that cannot be had, waits for the next time: nothing depends on it.
        """
        try:
            with self._transaction("BEGIN IMMEDIATE"):
                used = {file for (file,) in self._connection.execute("SELECT DISTINCT file FROM pictures")}
                for path in self.pictures.iterdir() if self.pictures.is_dir() else ():
                    if path.name not in used and _COPY.fullmatch(path.name):
                        path.unlink()
        except (OSError, sqlite3.Error):
            return

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled it back already
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """What SQLite and the disk refuse, as a sentence."""
        try:
            yield
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", "")
            if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise OutputError(f"{self.path} is in use by another program; try again later") from error
            if name.startswith("SQLITE_READONLY"):
                raise OutputError(f"{self.path} may not be written (it, or its folder, is read-only)") from error
            if name.startswith("SQLITE_FULL"):
                raise OutputError(f"{self.path} cannot be written: the disk is full; free some space") from error
            if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
                raise DataError(f"{self.path} is no catalog, or damaged; give the file that an import made") from error
            if name.startswith("SQLITE_CANTOPEN"):
                raise OutputError(f"{self.path} cannot be opened; it and its folder have to be writable") from error
            if name.startswith("SQLITE_IOERR"):
                raise OutputError(f"{self.path} cannot be read or written; see whether the disk is full") from error
            raise OutputError(f"{self.path} cannot be opened or written ({error}); check the path") from error
        except OSError as error:
            if isinstance(error, OutputError):
                raise
            raise OutputError(
                f"{self.pictures} cannot be written ({error.strerror}); free some space, or check the path"
            ) from error
