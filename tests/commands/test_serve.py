"""The command that serves try-ons: its options, its end, and a try-on from outside, on the released networks."""

import io
import json
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
from PIL import Image

from tests import people
from tests.serve.served import Served, finished, request
from tryon.cli import main
from tryon.core import photo

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "0"], "port 0 does not exist; choose a --port from 1 to 65535"),
        (["--port", "65536"], "port 65536 does not exist; choose a --port from 1 to 65535"),
        (
            ["--host", "192.0.2.1"],
            "192.0.2.1 is no address of this machine; choose another --host, such as 127.0.0.1 or 0.0.0.0",
        ),
        (["--queue", "0"], "--queue 0 leaves no room for a try-on; give 1 or more"),
        (["--keep-minutes", "0"], "--keep-minutes 0 cannot be used; give a number above 0"),
        (["--keep-minutes", "inf"], "--keep-minutes inf cannot be used; give a number above 0"),
        (["--max-megabytes", "nan"], "--max-megabytes nan cannot be used; give a number above 0"),
        (
            ["--allow-hosts", "https://a.example/"],
            "--allow-hosts https://a.example/ is no name of a host; give it as in shop.example.com",
        ),
    ],
)
def test_options_that_cannot_be_used(capsys, options, words):
    assert main(["serve", *options]) == 2
    assert capsys.readouterr() == ("", f"tryon: {words}\n")


def test_a_port_that_is_taken(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    assert capsys.readouterr() == ("", f"tryon: port {port} is taken by another program; choose another --port\n")


@pytest.mark.parametrize("token", ["", "  "])
def test_a_token_that_is_empty(capsys, monkeypatch, token):
    monkeypatch.setenv("TRYON_TOKEN", token)
    assert main(["serve"]) == 2
    assert (
        capsys.readouterr().err == "tryon: TRYON_TOKEN is empty; set it to a token, or unset it to serve without one\n"
    )


def test_a_try_on_from_outside_and_the_end(tmp_path):
    token = {"Authorization": "Bearer a token"}
    with Served(tmp_path / "log.txt", "serve", TRYON_TOKEN="a token") as served:
        served.wait_for("/healthz", lambda answer: answer["status"] == "ok")
        with pytest.raises(HTTPError, match="401"):
            served.answer("/v1/run", request("man_suit", "woman_shirt"))
        asked = served.answer("/v1/run", request("man_suit", "woman_shirt", category="tops"), **token)
        done = finished(served, asked, **token)
        assert (done["status"], done["error"]) == ("completed", None)
        with urlopen(done["output"][0], timeout=30) as file:
            picture = np.array(Image.open(io.BytesIO(file.read())))
        person = photo.load(people.path("man_suit"))
        changed = (picture != person).any(-1)
        assert picture.shape == person.shape
        assert 0.05 < changed.mean() < 0.4
        # In the middle of a try-on: it is dropped.
        served.answer("/v1/run", request("man_tshirt", "woman_coat"), **token)
        assert served.end(signal.SIGTERM) == 0
        log = served.log.read_text()
        assert log == f"tryon: serving at http://127.0.0.1:{served.port}, documentation at /docs\n"
        with socket.create_server(("127.0.0.1", served.port)):  # The port is free.
            pass


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="the example uses curl")
def test_the_example_of_the_readme(tmp_path):
    block = re.search(r"^(printf .*?)^(curl \S+/status/ID)", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "out").mkdir()
    (tmp_path / "tryon").symlink_to(ROOT / "tryon")
    with Served(tmp_path / "log.txt", "serve") as served:
        served.wait_for("/openapi.json", lambda answer: True)
        ask, status = (
            commands.replace("curl", "curl -s").replace("8600", str(served.port)) for commands in block.groups()
        )

        def printed(commands: str) -> dict:
            run = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, timeout=60)
            return json.loads(run.stdout)

        status = status.replace("ID", printed(ask)["id"])
        until = time.monotonic() + 60
        while (done := printed(status))["status"] not in ("completed", "failed"):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert (done["status"], done["error"]) == ("completed", None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_it_ends_while_a_request_is_being_sent(tmp_path, number):
    with Served(tmp_path / "log.txt", "serve", "--max-megabytes", "10") as served:
        served.wait_for("/openapi.json", lambda answer: True)
        with pytest.raises(HTTPError, match="413"):  # the answer is seen by a client that sends all first
            served.answer("/v1/run", {"model_image": "A" * 30_000_000})
        with socket.create_connection(("127.0.0.1", served.port)) as slow:
            slow.sendall(
                b"POST /v1/run HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 900000\r\n\r\n{"
            )
            time.sleep(0.2)
            assert served.end(number) == 0
        log = served.log.read_text()
        assert "Traceback" not in log
        assert "note" not in log


def test_weights_that_are_not_there(tmp_path):
    with Served(tmp_path / "log.txt", "serve", "--weights", str(tmp_path / "none")) as served:
        assert served.process.wait(timeout=30) == 2
        last = served.log.read_text().splitlines()[-1]
        assert re.match(
            r"tryon: no weights at .*none: expected the folders parser, pose, flow, amodal, matte, points in it", last
        )


def test_a_note_when_everybody_can_use_it(tmp_path):
    with Served(tmp_path / "log.txt", "serve", "--host", "0.0.0.0") as served:
        served.wait_for("/openapi.json", lambda answer: True)
        assert served.end(signal.SIGINT) == 0
        note = "tryon: note: whoever reaches this machine can use the service; set TRYON_TOKEN to ask for a token\n"
        assert note in served.log.read_text()
