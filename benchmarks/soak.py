"""Many try-ons by several at once against one server: ``python benchmarks/soak.py service|shop [--out FILE]``.

Each has a photo of its own, and its result has to be that photo outside the garment. What each column means stands in
``benchmarks/README.md``.
"""

import argparse
import asyncio
import base64
import io
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import numpy as np
import rows
from PIL import Image

SAMPLES = sorted((rows.ROOT / "tryon" / "samples").glob("*.jpg"))
MARK = 48  # Pixels: rows at the top of a photo, above everybody's head, and side of the mark in them.
FIRST = 30  # Try-ons after which memory is measured the first time.
PATIENCE = 300.0  # Seconds for one try-on.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def main() -> None:
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server is ended, too
    command = {"service": service_command, "shop": shop_command}[options.kind](options)
    facts = rows.facts() | {"kind": options.kind, "sessions": options.sessions, "load": round(os.getloadavg()[0], 1)}
    with server(command, "/healthz" if options.kind == "service" else "/_stcore/health") as (pid, address):
        start = time.monotonic()
        tally = Tally(pid, options.try_ons, start + 60 * options.minutes)
        if options.kind == "service":
            run_programs(address, options.sessions, tally)
        else:
            asyncio.run(run_visitors(address, options.sessions, tally))
        row = facts | tally.row(time.monotonic() - start)
    for reason in tally.reasons:
        print("failed:", reason, file=sys.stderr)
    print(", ".join(f"{name} {row[name]}" for name in list(row)[8:]))
    if options.out:
        rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure what a long run by several at once does to a server.")
    parser.add_argument(
        "kind", choices=["service", "shop"], help="HTTP clients of tryon serve, or browsers in the shop"
    )
    parser.add_argument("--try-ons", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no other after so long")
    parser.add_argument("--sessions", type=int, default=6)
    parser.add_argument("--keep-minutes", type=float, default=0.2, help="of the service: results go before 30 are made")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to")
    return parser.parse_args()


class Tally:
    """Counts try-ons of several threads or tasks, and looks at the server's memory.

    Args:
        pid: of the server.
        try_ons: how many there are to be.
        until: time after which no other begins.
    """

    def __init__(self, pid: int, try_ons: int, until: float):
        self._pid, self._try_ons, self._until = pid, try_ons, until
        self._lock = threading.Lock()
        self._left = iter(range(try_ons))
        self._waits: list[float] = []
        self._foreign = self._first = self._largest = 0
        self.reasons: list[str] = []

    def take(self) -> bool:
        """Whether there is another try-on to make."""
        with self._lock:
            return time.monotonic() < self._until and next(self._left, None) is not None

    def add(self, wait: float, own: np.ndarray, result: bytes) -> None:
        """A result after so many seconds, for the one whose photo ``own`` is."""
        picture = np.array(Image.open(io.BytesIO(result)).convert("RGB"))
        same = picture.shape == own.shape and (picture[:MARK] == own[:MARK]).all()
        with self._lock:
            self._foreign += not same
            self._waits.append(wait)
            size = resident(self._pid)
            self._largest = max(self._largest, size)
            if len(self._waits) == FIRST:
                self._first = size
            if len(self._waits) % FIRST == 0:
                print(f"{len(self._waits)} of {self._try_ons}, {size / 1e6:.0f} MB", file=sys.stderr, flush=True)

    def fail(self, reason: str) -> None:
        with self._lock:
            self.reasons.append(reason)

    def row(self, seconds: float) -> dict[str, object]:
        """The figures."""
        waits, last = sorted(self._waits) or [0.0], resident(self._pid)
        return {
            "try_ons": len(self._waits) + len(self.reasons),
            "failed": len(self.reasons),
            "others_pictures": self._foreign,
            "memory_30_mb": round(self._first / 1e6) or "",
            "memory_end_mb": round(last / 1e6),
            "memory_peak_mb": round(self._largest / 1e6),
            "wait_median_s": round(median(waits), 2),
            "wait_95_s": round(waits[int(0.95 * (len(waits) - 1))], 2),
            "wait_longest_s": round(waits[-1], 2),
            "seconds": round(seconds),
        }


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; of Linux."""
    text = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(text.partition("VmRSS:")[2].split()[0])


def own_photo(number: int) -> tuple[bytes, np.ndarray]:
    """PNG and pixels of a sample with a mark of noise in its corner, which nobody else's has."""
    pixels = np.array(Image.open(SAMPLES[number % len(SAMPLES)]).convert("RGB"))
    pixels[:MARK, :MARK] = np.random.default_rng(number).integers(0, 256, (MARK, MARK, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue(), pixels


def service_command(options: argparse.Namespace) -> list[str]:
    keep = ["--keep-minutes", str(options.keep_minutes)]
    return [sys.executable, "-m", "tryon", "serve", *keep, "--queue", str(max(16, options.sessions))]


def shop_command(_: argparse.Namespace) -> list[str]:
    return [sys.executable, "-m", "tryon", "shop", "--headless"]


@contextmanager
def server(command: Sequence[str], health: str) -> Iterator[tuple[int, str]]:
    """A server on a free port with a catalog of its own: its process and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log.txt", "w+") as log:
        environment = os.environ | {"TRYON_CATALOG": f"{folder}/catalog.db", "PYTHONPATH": str(rows.ROOT)}
        environment.pop("TRYON_TOKEN", None)
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log, env=environment)
        try:
            until = time.monotonic() + PATIENCE
            while not _answers(address + health):
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    sys.exit(f"the server did not begin:\n{log.read()}")
                time.sleep(0.2)
            yield process.pid, address
        finally:
            process.terminate()
            process.wait(30)


def _answers(url: str) -> bool:
    with suppress(URLError, ConnectionError, TimeoutError), urlopen(url, timeout=5) as answer:
        return answer.status == 200
    return False


def run_programs(address: str, sessions: int, tally: Tally) -> None:
    """HTTP clients, a thread each."""
    threads = [threading.Thread(target=_program, args=(address, number, tally)) for number in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _program(address: str, number: int, tally: Tally) -> None:
    person, own = own_photo(number)
    garments = itertools.cycle(SAMPLES[number + 1 :] + SAMPLES[:number])
    while tally.take():
        pictures = {"model_image": person, "garment_image": next(garments).read_bytes()}
        inputs = {name: base64.b64encode(data).decode() for name, data in pictures.items()}
        start = time.monotonic()
        try:
            answer = _ask(f"{address}/v1/run", {"model_name": "tryon-v1.6", "inputs": inputs})
            done: dict = {"status": ""}
            while done["status"] not in ("completed", "failed"):
                if time.monotonic() - start > PATIENCE:
                    raise TimeoutError("no result in time")
                time.sleep(0.2)
                done = _ask(f"{address}/v1/status/{answer['id']}")
            if done["status"] == "failed":
                raise ValueError(done["error"]["message"])
            wait = time.monotonic() - start
            with urlopen(done["output"][0], timeout=60) as file:
                tally.add(wait, own, file.read())
        except HTTPError as error:
            tally.fail(f"session {number}: {error.code} {error.read().decode()}")
        except Exception as error:
            tally.fail(f"session {number}: {error}")


def _ask(url: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=60) as answer:
        return json.load(answer)


async def run_visitors(address: str, sessions: int, tally: Tally) -> None:
    """Visitors of the fitting room, a browser context each."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        await asyncio.gather(*(_visitor(browser, address, number, tally) for number in range(sessions)))
        await browser.close()


async def _visitor(browser, address: str, number: int, tally: Tally) -> None:  # type: ignore[no-untyped-def]
    person, own = own_photo(number)
    names = [path.stem.replace("_", " ") for path in SAMPLES]
    garments = itertools.cycle(names[number + 1 :] + names[:number])
    page = None
    while tally.take():
        try:
            if page is None:
                page = await (await browser.new_context(reduced_motion="reduce")).new_page()
                page.set_default_timeout(1000 * PATIENCE)
                await _choose_person(page, address, person)
            wait, result = await _try_on(page, next(garments))
            tally.add(wait, own, result)
        except Exception as error:
            tally.fail(f"session {number}: {error}")
            if page:
                await page.context.close()
            page = None


async def _choose_person(page, address: str, person: bytes) -> None:  # type: ignore[no-untyped-def]
    await page.goto(f"{address}/fitting")
    await page.get_by_role("button", name="Try it on").wait_for()
    await page.get_by_test_id("stButtonGroup").first.get_by_text("Upload").click()
    file = {"name": "me.png", "mimeType": "image/png", "buffer": person}
    await page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    await page.get_by_alt_text("Your person photo").wait_for()


async def _try_on(page, garment: str) -> tuple[float, bytes]:  # type: ignore[no-untyped-def]
    """Seconds from the click to the result, and its file."""
    group = page.get_by_role("radiogroup", name="Sample garment")
    await group.get_by_role("radio", name=garment).check(force=True)
    await page.get_by_test_id("stImage").get_by_alt_text(garment).first.wait_for()
    await page.get_by_text("The result appears here").wait_for()  # that of the last garment is gone
    start = time.monotonic()
    await page.get_by_role("button", name="Try it on").click()
    button = page.get_by_role("button", name="Download PNG")
    await button.wait_for()
    wait = time.monotonic() - start
    async with page.expect_download() as download:
        await button.click()
    return wait, Path(await (await download.value).path()).read_bytes()


if __name__ == "__main__":
    main()
