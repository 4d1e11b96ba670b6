"""The command that serves the shop: ports that cannot be used, and its end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from apps import SHOP, command
from tryon.cli import main


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_command():
    assert command(8600)[1:] == ["-m", "streamlit", "run", str(SHOP), "--server.port", "8600"]
    assert command(8600, headless=True)[-2:] == ["--server.headless", "true"]


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
