"""The tables of a catalog's database, and the way from each version of them to the next."""

import sqlite3

APPLICATION = 0x7472796F
"""Marks a database as a catalog of this program, in the header of the file."""

# Money is in the smallest unit of its currency. A list's place in here is the version that it leads to.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE products (
            id INTEGER PRIMARY KEY,
            handle TEXT NOT NULL UNIQUE,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            category TEXT NOT NULL,
            gender TEXT NOT NULL
        )""",
        """CREATE TABLE variants (
            product INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            sku TEXT UNIQUE,
            size TEXT NOT NULL,
            color TEXT NOT NULL,
            option TEXT NOT NULL,
            price INTEGER CHECK (price >= 0),
            currency TEXT,
            stock INTEGER,
            PRIMARY KEY (product, position),
            CHECK ((price IS NULL) = (currency IS NULL))
        )""",
        """CREATE TABLE pictures (
            product INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            file TEXT NOT NULL,
            PRIMARY KEY (product, position)
        )""",
    ),
    (
        "ALTER TABLE products ADD COLUMN sample INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE orders (
            id INTEGER PRIMARY KEY,
            token TEXT NOT NULL UNIQUE,
            placed TEXT NOT NULL,
            name TEXT NOT NULL,
            email TEXT NOT NULL,
            street TEXT NOT NULL,
            postcode TEXT NOT NULL,
            city TEXT NOT NULL,
            country TEXT NOT NULL
        )""",
        # What was bought, at the price of that day: products change and go.
        """CREATE TABLE order_lines (
            purchase INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            handle TEXT NOT NULL,
            sku TEXT NOT NULL,
            title TEXT NOT NULL,
            size TEXT NOT NULL,
            color TEXT NOT NULL,
            option TEXT NOT NULL,
            quantity INTEGER NOT NULL CHECK (quantity > 0),
            price INTEGER NOT NULL CHECK (price >= 0),
            currency TEXT NOT NULL,
            PRIMARY KEY (purchase, position)
        )""",
    ),
)
VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 where there are none."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether the database has tables and is of another program."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return application != APPLICATION and tables > 0


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to :data:`VERSION`, all or nothing. The connection is in no transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statements in MIGRATIONS[version_of(connection) :]:  # asked in the lock: another process may have been here
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
