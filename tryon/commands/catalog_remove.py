"""``tryon catalog remove``: take products out of a catalog. With ``--json``: ``catalog`` and the list ``removed``."""

import json
from dataclasses import dataclass
from typing import Annotated

import tyro

from tryon.commands.options import OfCatalog


@dataclass(frozen=True, kw_only=True)
class CatalogRemove(OfCatalog):
    """Remove products and their pictures from a catalog, all that are named or none."""

    handles: Annotated[
        tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="HANDLE ...", help_behavior_hint="(required)")
    ]
    """Handles of the products, as tryon catalog list tells them."""

    def run(self) -> None:
        from tryon.catalog.store import Catalog, place_of
        from tryon.catalog.text import counted
        from tryon.core.errors import ConfigError

        if not self.handles:
            raise ConfigError("no product is named; give the handles of those to remove")
        handles = tuple(dict.fromkeys(self.handles))
        with Catalog(place_of(self.catalog)) as catalog:
            catalog.remove(handles)
        if self.json:
            print(json.dumps({"catalog": str(catalog.path), "removed": handles}, indent=2))
        else:
            print(f"{catalog.path}: {counted(len(handles), 'product')} removed")
