"""The screenshots in the README, from the running shop with its samples: ``python docs/shots.py``.

It needs ``pip install -e '.[dev]'`` and ``chromium`` on the ``PATH``.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import cv2
import numpy as np
from playwright.sync_api import Page, ViewportSize, sync_playwright

from apps import command
from tryon.core import photo

DOCS = Path(__file__).parent
VIEWPORT: ViewportSize = {"width": 1180, "height": 1080}
SHOWN = (700, 640)  # width and height of each in the picture
GAP = 16
COLUMNS = 2
WAIT_MS = 120_000


def main() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = os.environ | {"TRYON_CATALOG": f"{folder}/catalog.db"}
        server = subprocess.Popen(command(port, headless=True), env=environment)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            shots = take(browser.new_page(viewport=VIEWPORT, reduced_motion="reduce"), f"http://localhost:{port}")
        finally:
            browser.close()
            server.terminate()
            server.wait()
    photo.save(strip(shots), DOCS / "shots.jpg", quality=85)


def take(page: Page, address: str) -> list[np.ndarray]:
    """The products, a result, its steps, corrections and the bag, each as RGB ``(H, W, 3)`` ``uint8``."""
    page.set_default_timeout(WAIT_MS)
    wait_for(address)
    page.goto(address)
    page.get_by_role("list", name="Products").get_by_role("link").first.wait_for()
    shots = [shot(page)]
    page.goto(f"{address}/product?item=sheath-dress-emerald")
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("heading", name="Fitting room").wait_for()
    page.get_by_role("button", name="Download PNG").wait_for()
    page.get_by_role("radio", name="woman shirt").first.check(force=True)
    page.get_by_test_id("stImage").get_by_alt_text("woman shirt").first.wait_for()
    page.get_by_role("button", name="Try it on").click()
    page.get_by_role("button", name="Download PNG").wait_for()
    shots.append(shot(page))
    page.get_by_text("Show steps").click()
    shots.append(shot(page, "How it came about"))
    page.get_by_text("Correct the machine").click()
    page.get_by_role("radio", name="Move points").first.check(force=True)
    shots.append(shot(page, "Correct the machine"))
    page.goto(f"{address}/product?item=oxford-shirt")
    page.get_by_test_id("stButtonGroup").get_by_text("XXL").click()
    page.get_by_role("button", name="Add to bag").click()
    shots.append(shot(page))
    page.get_by_role("link", name="To the bag").click()
    page.get_by_text("Total: ").wait_for()
    shots.append(shot(page))
    return shots


def wait_for(address: str) -> None:
    """Until the server answers."""
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(f"{address}/_stcore/health", timeout=2).close()
            return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def shot(page: Page, heading: str = "") -> np.ndarray:
    """What is seen now, from a heading on where one is named."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(3000)  # pictures are decoded, and what is new has faded in
    if heading:
        page.get_by_role("heading", name=heading).evaluate("heading => heading.scrollIntoView()")
        page.wait_for_timeout(500)
    return photo.load(page.screenshot())


def strip(shots: list[np.ndarray]) -> np.ndarray:
    """Screenshots side by side, on gray."""
    small = [cv2.resize(one, SHOWN, interpolation=cv2.INTER_AREA) for one in shots]
    framed = [cv2.copyMakeBorder(one, GAP, 0, GAP, 0, cv2.BORDER_CONSTANT, value=(200, 200, 205)) for one in small]
    rows = [np.concatenate(framed[i : i + COLUMNS], 1) for i in range(0, len(framed), COLUMNS)]
    return cv2.copyMakeBorder(np.concatenate(rows), 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=(200, 200, 205))


if __name__ == "__main__":
    main()
