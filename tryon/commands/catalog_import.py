"""``tryon catalog import``: bring what a retailer has into a catalog.

With ``--json``: ``catalog`` and the fields of :class:`tryon.catalog.importing.Report`.
"""

import json
import sys
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import tyro

from tryon.commands.options import OfCatalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tryon.catalog.importing import Proposal, Report
    from tryon.catalog.models import Product

_TOLD = 10  # entries of a list that are printed
_FROM = {
    "own": "a table with the columns of this project",
    "shopify": "Shopify's export",
    "woocommerce": "WooCommerce's export",
    "google": "Google's merchant feed",
    "pictures": "a folder of pictures",
}


@dataclass(frozen=True, kw_only=True)
class CatalogImport(OfCatalog):
    """Import products into a catalog, all of them or none; those that it has already are replaced."""

    source: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="FOLDER_OR_CSV")]
    """Table of products (this project's columns, an export of Shopify or WooCommerce, or Google's merchant feed), a
    folder with one, or a folder of pictures."""
    currency: Annotated[str | None, tyro.conf.arg(metavar="CODE", help_behavior_hint="")] = None
    """Code of the currency of prices that come without one, such as EUR."""
    allow_missing_pictures: bool = False
    """Import products also where a picture of theirs is not there or cannot be read, and tell of it."""
    download: bool = False
    """Fetch pictures that the table names by URL and that do not lie beside it. Only this uses the network."""

    propose: bool = False
    """Where the table gives no category or no color, take those that the first picture shows, and tell of them."""

    def run(self) -> None:
        from tqdm import tqdm

        from tryon.catalog.fetching import Fetcher
        from tryon.catalog.importing import import_into
        from tryon.catalog.store import place_of

        place = place_of(self.catalog)
        bar = partial(tqdm, desc="looking at pictures", unit="", file=sys.stderr, leave=False, disable=None)
        with TemporaryDirectory(prefix="tryon-") as folder:
            report = import_into(
                place,
                self.source,
                currency=self.currency or "",
                allow_missing=self.allow_missing_pictures,
                fetch=Fetcher(Path(folder)) if self.download else None,
                propose=_proposer() if self.propose else None,
                progress=bar,
            )
        if self.json:
            print(json.dumps({"catalog": str(place), **asdict(report)}, indent=2))
        else:
            _print(place, report)


def _proposer() -> "Callable[[Product, Path], Proposal]":
    from tryon.commands.proposing import proposer
    from tryon.pipeline import TryOn

    return proposer(TryOn.from_pretrained())


def _print(place: Path, report: "Report") -> None:
    from tryon.catalog.text import counted

    replaced = f" ({report.replaced} of them replaced)" if report.replaced else ""
    variants, pictures = counted(report.variants, "variant"), counted(report.pictures, "picture")
    print(
        f"{place}: {counted(report.products, 'product')}{replaced}, {variants}, {pictures} from {_FROM[report.format]}"
    )
    for what, then, entries in (
        ("picture", "left out", report.pictures_missing),
        ("picture URL", "not fetched; give --download, or put the files beside the table", report.urls_not_fetched),
        ("row", "skipped", report.rows_skipped),
        ("column", "ignored", report.columns_ignored),
        ("product", "with a proposed category or color", report.proposed),
        ("product", "without a proposal", report.not_proposed),
    ):
        if entries:
            print(f"{counted(len(entries), what)} {then}:")
            for entry in entries[:_TOLD]:
                print(f"  {entry}")
            if len(entries) > _TOLD:
                print(f"  and {len(entries) - _TOLD} more, all told with --json")
