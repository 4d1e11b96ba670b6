"""What every test of the shop can rely on: a catalog of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True, scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shop's catalog, not there yet: the first page that shows products makes it."""
    path = tmp_path_factory.mktemp("shop") / "catalog.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRYON_CATALOG", str(path))
        yield path
