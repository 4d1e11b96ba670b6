"""Pictures that are fetched: from a server of https on this machine."""

import shutil
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tryon.core.errors import InputImageError
from tryon.serve.fetching import fetch

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        port = self.server.server_address[1]
        moved = {
            "/moved": "/picture",
            "/elsewhere": f"https://127.0.0.1:{port}/picture",
            "/plain": f"http://localhost:{port}/picture",
        }
        if self.path in moved:
            self.send_response(302)
            self.send_header("Location", moved[self.path])
            self.end_headers()
        elif self.path == "/picture":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"0123456789")
        elif self.path == "/slow_head":
            with suppress(OSError):
                for letter in b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 4:
                    self.wfile.write(bytes([letter]))
                    time.sleep(0.1)
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(20):
                self.wfile.write(b"a")
                time.sleep(0.1)
        else:
            self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A server of https; its certificate is that of localhost, and trusted."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(certificate))
        patch.setenv("no_proxy", "*")
        yield f"localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_picture_is_fetched(host):
    assert fetch(f"https://{host}/picture", 10) == b"0123456789"


def test_a_redirect_within_the_host_is_followed(host):
    assert fetch(f"https://{host}/moved", 10) == b"0123456789"


@pytest.mark.parametrize("path", ["elsewhere", "plain"])
def test_a_redirect_to_another_host_or_to_http_is_not(host, path):
    with pytest.raises(InputImageError) as caught:
        fetch(f"https://{host}/{path}", 10)
    assert str(caught.value) == f"{host} sends on to another host or to http; give the address it sends to"


def test_one_that_is_too_large(host):
    with pytest.raises(InputImageError, match=r"it is larger than 9e-06 MB at localhost:\d+; give a smaller picture"):
        fetch(f"https://{host}/picture", 9)


@pytest.mark.parametrize("path", ["slow", "slow_head"])
def test_one_that_never_ends(host, path):
    start = time.monotonic()
    with pytest.raises(InputImageError, match=r"could not be fetched from .* \(it took longer than 0.3 seconds\)"):
        fetch(f"https://{host}/{path}", 100, wait=0.3)
    assert time.monotonic() - start < 1.0


def test_one_that_is_not_there(host):
    with pytest.raises(
        InputImageError, match=r"could not be fetched from localhost:\d+ \(Not Found\); check the address"
    ):
        fetch(f"https://{host}/nothing", 10)


def test_a_certificate_that_nobody_trusts(host, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(InputImageError, match="certificate verify failed"):
        fetch(f"https://{host}/picture", 10)
