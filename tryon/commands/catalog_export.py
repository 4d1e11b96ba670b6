"""``tryon catalog export``: write a catalog as a table with its pictures.

With ``--json``: ``output``, the table, and ``products``, how many it has.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from tryon.commands.options import OfCatalog


@dataclass(frozen=True, kw_only=True)
class CatalogExport(OfCatalog):
    """Write all products as a table (CSV) with their pictures, as tryon catalog import reads them."""

    folder: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FOLDER")]
    """New folder for catalog.csv and the folder pictures."""

    def run(self) -> None:
        from tryon.catalog.exporting import TABLE, export
        from tryon.catalog.store import Catalog, place_of

        with Catalog(place_of(self.catalog)) as catalog:
            count = export(catalog, self.folder)
        table = self.folder / TABLE
        print(json.dumps({"output": str(table), "products": count}, indent=2) if self.json else table)
