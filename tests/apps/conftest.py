"""What every test of the shop can rely on: a catalog of its own, and where wanted a running shop and a browser."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from apps import command

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a camera that sees a test picture
]  # fmt: skip


@pytest.fixture(autouse=True, scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The shop's catalog, not there yet: the first page that shows products makes it."""
    path = tmp_path_factory.mktemp("shop") / "catalog.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRYON_CATALOG", str(path))
        yield path


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running shop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("shop") / "log.txt"
    # To a file: a pipe that nobody reads would stop the server when it is full.
    with log.open("w") as out:
        server = subprocess.Popen(command(port, headless=True), stdout=out, stderr=out)
    url = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except (URLError, ConnectionError, TimeoutError):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser; an event loop runs in this thread until it is closed, so not for the whole session."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Page]:
    """The fitting room, opened; fails afterwards on a foreign request or a message of the console."""
    page = chromium.new_page(viewport={"width": request.param, "height": 850}, reduced_motion="reduce")
    page.set_default_timeout(30_000)
    foreign: list[str] = []
    complaints: list[str] = []

    def note_request(url: str) -> None:
        host = re.sub(r"^(blob:)?(http|ws)://", "", url)
        if not url.startswith("data:") and not host.startswith(address.removeprefix("http://")):
            foreign.append(url)

    def note_message(kind: str, text: str, source: str) -> None:
        # Opened under a page's own address, Streamlit first looks for its server below that address.
        if kind == "error" and not re.match(rf"{re.escape(address)}/\w+/_stcore/", source):
            complaints.append(f"{text} {source}")

    page.on("request", lambda request: note_request(request.url))
    page.on("websocket", lambda websocket: note_request(websocket.url))
    page.on("console", lambda message: note_message(message.type, message.text, message.location["url"]))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/fitting")
    page.get_by_role("button", name="Try it on").wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    yield page
    page.close()
    assert foreign == []
    assert complaints == []
