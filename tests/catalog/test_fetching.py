"""Pictures from a server on this machine; the tests know no other."""

import io
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image

from tryon.catalog.fetching import Fetcher
from tryon.catalog.importing import import_into
from tryon.catalog.store import Catalog
from tryon.core.errors import DataError, InputImageError


class Shop(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        if self.path == "/slow.png":
            with suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 4:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.1)
            return
        picture = io.BytesIO()
        Image.new("RGB", (32, 32), "red").save(picture, "PNG")
        code, place, body = {
            "/red%20shirt.png?v=1": (200, "", picture.getvalue()),
            "/moved.png": (302, "/red%20shirt.png?v=1", b""),
            "/to_file.png": (302, "file:///etc/hostname", b""),
            "/to_ftp.png": (302, "ftp://127.0.0.1/a.png", b""),
            "/page.png": (200, "", b"<html>sold out</html>"),
        }.get(self.path, (404, "", b"not here"))
        self.send_response(code)
        if place:
            self.send_header("Location", place)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def shop(monkeypatch):
    """The address of the server, which keeps what it was asked for in ``Shop.asked``."""
    monkeypatch.setenv("no_proxy", "*")
    Shop.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def refused(tmp_path, url):
    with pytest.raises(InputImageError) as caught:
        Fetcher(tmp_path)(url)
    assert list(tmp_path.iterdir()) == []
    return str(caught.value)


def test_a_picture_is_fetched_once(shop, tmp_path):
    fetch = Fetcher(tmp_path)
    file = fetch(f"{shop}/red shirt.png?v=1")
    assert file.suffix == ".png"
    assert Image.open(file).size == (32, 32)
    assert fetch(f"{shop}/red shirt.png?v=1") == file
    assert Shop.asked == ["/red%20shirt.png?v=1"]
    assert fetch(f"{shop}/moved.png").read_bytes() == file.read_bytes()


def test_what_cannot_be_fetched_is_told(shop, tmp_path, monkeypatch):
    assert refused(tmp_path, f"{shop}/lost.png") == (
        f"{shop}/lost.png could not be fetched (Not Found); check it, or give a file"
    )
    assert "Connection refused); check it, or give a file" in refused(tmp_path, "http://127.0.0.1:9/a.png")
    assert refused(tmp_path, "http://[no/a.png").endswith("check it, or give a file")
    monkeypatch.setattr("tryon.catalog.fetching.MAX_BYTES", 10)
    assert "is larger than" in refused(tmp_path, f"{shop}/red%20shirt.png?v=1")


def test_an_answer_that_comes_byte_by_byte_has_an_end(shop, tmp_path, monkeypatch):
    monkeypatch.setattr("tryon.catalog.fetching._WAIT_IN_ALL", 0.3)
    start = time.monotonic()
    assert refused(tmp_path, f"{shop}/slow.png") == (
        f"{shop}/slow.png could not be fetched (it took longer than 0.3 seconds); check it, or give a file"
    )
    assert time.monotonic() - start < 2  # of four seconds


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/a.png", "data:image/png;base64,AAAA"])
def test_only_http_is_fetched(tmp_path, url):
    assert refused(tmp_path, url) == f"{url} cannot be fetched; give a URL of http or https, or a file"


@pytest.mark.parametrize(
    ("name", "reason"), [("to_file.png", "is not allowed"), ("to_ftp.png", "unknown url type: ftp")]
)
def test_no_server_leads_to_other_kinds_of_addresses(shop, tmp_path, name, reason):
    assert reason in refused(tmp_path, f"{shop}/{name}")


def test_an_import_fetches_what_is_not_there_and_is_all_or_nothing(shop, tmp_path):
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    catalog = tmp_path / "catalog.db"
    table = tmp_path / "products.csv"
    table.write_text(f"handle,title,pictures\na,A,{shop}/red shirt.png?v=1\nb,B,{shop}/page.png\n")
    with pytest.raises(DataError) as caught:
        import_into(catalog, table, fetch=Fetcher(fetched))
    assert str(caught.value).startswith(f"{table}, line 3: {shop}/page.png is no ")
    assert not catalog.exists()
    report = import_into(catalog, table, fetch=Fetcher(fetched), allow_missing=True)
    assert (report.pictures, len(report.pictures_missing), report.urls_not_fetched) == (1, 1, [])
    with Catalog(catalog) as opened:
        a, b = opened.products()
        assert (opened.pictures / a.pictures[0]).read_bytes().startswith(b"\x89PNG")
        assert b.pictures == ()
