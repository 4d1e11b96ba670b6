"""What every test can rely on: no network, and the folders with real data where they are given."""

import os
import socket
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import settings

from tryon.core.threads import one_thread

if "PYTEST_XDIST_WORKER" in os.environ:  # one of several processes, one for each core
    one_thread()

# A first example can take long because a library is imported in it.
settings.register_profile("tryon", deadline=None)
settings.load_profile("tryon")

_LOOPBACK = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::")


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse connections to other machines: a test that needs one would fail elsewhere, and tell on its user."""
    connect = socket.socket.connect

    def connect_here_only(self: socket.socket, address: tuple | str | bytes) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
            raise RuntimeError(f"a test tried to connect to {address[0]}; tests run without a network")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here_only)
        yield


def _data_folder(variable: str, what: str) -> Path:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"needs {what}: set {variable} to its folder")
    return Path(folder)


@pytest.fixture(scope="session")
def ccp() -> Path:
    """The Clothing Co-Parsing folder, from ``TRYON_CCP``."""
    return _data_folder("TRYON_CCP", "the Clothing Co-Parsing photos")


@pytest.fixture(scope="session")
def avatars() -> Path:
    """The folder of VALID avatars, from ``TRYON_AVATARS``."""
    return _data_folder("TRYON_AVATARS", "the VALID avatars")


@pytest.fixture(scope="session")
def samples() -> list[Path]:
    """The sample people that ship with the package, sorted by name."""
    return sorted(Path(str(files("tryon") / "samples")).glob("*.jpg"))


@pytest.fixture(scope="session")
def tryon_released():
    """The try-on with the released weights. They are part of the package: without them, a test fails."""
    from tryon.pipeline import TryOn

    return TryOn.from_pretrained()


@pytest.fixture
def quick_dry_run(monkeypatch):
    """A dry run of a training times three steps, instead of ten seconds of them."""
    from tryon.core.train.loop import seconds_a_step

    monkeypatch.setitem(seconds_a_step.__kwdefaults__, "enough", 0.0)
