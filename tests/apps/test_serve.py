"""The command that serves the shop: ports that cannot be used, and its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest

from apps import SHOP, SHOP_AND_SERVICE, command
from tests.serve.served import Served, finished, free_port, request
from tryon.cli import main


def test_command():
    assert command(8600)[1:] == ["-m", "streamlit", "run", str(SHOP), "--server.port", "8600"]
    assert command(8600, headless=True)[-2:] == ["--server.headless", "true"]
    assert command(8600, api=True)[4] == str(SHOP_AND_SERVICE)


@pytest.mark.parametrize("port", ["99999", "65536", "0", "-1"])
def test_a_port_that_does_not_exist(capsys, port):
    assert main(["shop", "--headless", "--port", port]) == 2
    assert capsys.readouterr() == ("", f"tryon: port {port} does not exist; choose a --port from 1 to 65535\n")


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["shop", "--headless", "--port", str(port)]) == 2
    message = f"tryon: port {port} is taken by another program; choose another --port\n"
    assert capsys.readouterr() == ("", message)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for child processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_the_server_with_the_command(tmp_path: Path, number: signal.Signals):
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("the tests run under nohup, and so would the shop")
    port, log = free_port(), tmp_path / "log.txt"
    with log.open("w") as out:
        shop = subprocess.Popen(
            [sys.executable, "-m", "tryon", "shop", "--headless", "--port", str(port)],
            stdout=out,
            stderr=out,
            start_new_session=True,  # its whole family is known by the number of the session
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urlopen(f"http://localhost:{port}/_stcore/health", timeout=2).close()
                break
            except (URLError, ConnectionError, TimeoutError):
                assert shop.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
        os.kill(shop.pid, number)
        shop.wait(timeout=20)
        assert members(shop.pid) == []
        with socket.create_server(("127.0.0.1", port)):  # The port is free.
            pass
    finally:
        for pid in members(shop.pid):
            os.kill(pid, signal.SIGKILL)


def members(session: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, number = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(number) == session and state != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.slow
def test_the_shop_and_the_service_on_one_port(tmp_path: Path):
    token = {"Authorization": "Bearer a token"}
    with Served(tmp_path / "log.txt", "shop", "--headless", "--api", TRYON_TOKEN="a token") as served:
        served.wait_for("/healthz", lambda answer: answer["status"] == "ok")
        with urlopen(f"http://localhost:{served.port}/", timeout=30) as page:
            assert b"<title>Streamlit</title>" in page.read()
        with pytest.raises(HTTPError, match="401"):
            served.answer("/v1/run", request("man_suit", "woman_shirt"))
        done = finished(served, served.answer("/v1/run", request("man_suit", "woman_shirt"), **token), **token)
        assert done["status"] == "completed"
        with urlopen(done["output"][0], timeout=30) as file:
            assert file.read(4) == b"\x89PNG"
        with pytest.raises(HTTPError, match="404"):
            served.answer("/v1/status/none", **token)
        served.end(signal.SIGTERM)


def test_the_service_of_the_shop_takes_no_empty_token(capsys, monkeypatch):
    monkeypatch.setenv("TRYON_TOKEN", "")
    assert main(["shop", "--headless", "--api", "--port", str(free_port())]) == 2
    words = "TRYON_TOKEN is empty; set it to a token, or unset it to serve without one"
    assert capsys.readouterr() == ("", f"tryon: {words}\n")
