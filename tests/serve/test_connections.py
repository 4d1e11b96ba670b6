"""Connections to a server that runs, and the public client of the interface that it speaks."""

import base64
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import numpy as np
import pytest
import uvicorn
from PIL import Image

from tests.drawn import drawn_tryon
from tests.serve.asking import PERSON, WEARER, base64_of
from tests.serve.served import free_port
from tryon.core import photo
from tryon.serve import connections
from tryon.serve.app import create_app
from tryon.serve.connections import Connection
from tryon.serve.jobs import Jobs


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a service that runs."""
    number = free_port()
    app = create_app(Jobs(drawn_tryon), token="a token")
    server = uvicorn.Server(uvicorn.Config(app, http=Connection, port=number, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield number
    server.should_exit = True
    thread.join(20)


def seconds_until_closed(port: int, sent: bytes, pause: float = 0.05) -> tuple[float, bytes]:
    """How long a connection lasts that sends byte after byte, and what it is answered."""
    start, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=pause) as client:
        for byte in sent + b" " * 200:
            try:
                if sent:
                    client.send(bytes([byte]))
                answer += (got := client.recv(4096))
                if not got:
                    break
            except TimeoutError:
                continue
            except OSError:
                break
    return time.monotonic() - start, answer


@pytest.mark.parametrize(
    "sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + b"a" * 200], ids=["nothing", "slow"]
)
def test_a_client_that_does_not_say_what_it_wants(port, monkeypatch, sent):
    monkeypatch.setattr(connections, "HEAD_WAIT", 0.4)
    seconds, answer = seconds_until_closed(port, sent)
    assert 0.3 < seconds < 4
    assert answer == b""


def test_a_slow_head_is_answered_when_it_comes_in_time_and_the_next_one_is_waited_for(port, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_WAIT", 2.0)
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    client.connect()
    client.sock.sendall(b"GET /openapi.json HTT")
    time.sleep(0.2)
    client.sock.sendall(b"P/1.1\r\nHost: a\r\n\r\n")
    first = HTTPResponse(client.sock)
    first.begin()
    assert (first.status, first.read()[:1]) == (200, b"{")
    client.request("GET", "/openapi.json")  # on the same connection
    assert client.getresponse().read()[:1] == b"{"
    start = time.monotonic()
    client.sock.sendall(b"GET /openapi.json HTT")
    assert client.sock.recv(1) == b""
    assert 1.5 < time.monotonic() - start < 5


def test_what_the_public_client_sends(port):
    """Recorded from its version 0.9.0, with other pictures."""
    start, garment, end = (
        '{"inputs":{"model_image":"data:image/png;base64,',
        '","garment_image":"data:image/png;base64,',
        '","category":"auto","mode":"quality"},"model_name":"tryon-v1.6"}',
    )
    body = start + base64_of(PERSON) + garment + base64_of(WEARER) + end
    headers = {
        "accept-encoding": "gzip, deflate", "connection": "keep-alive", "accept": "application/json",
        "content-type": "application/json", "user-agent": "Fashn/Python 0.9.0", "x-stainless-lang": "python",
        "x-stainless-async": "false", "x-stainless-retry-count": "0", "authorization": "Bearer a token",
    }  # fmt: skip
    client = HTTPConnection("127.0.0.1", port, timeout=10)
    client.request("POST", "/v1/run", body, headers)
    asked = json.loads(client.getresponse().read())
    assert asked == {"id": asked["id"], "error": None}
    until = time.monotonic() + 30
    while True:
        client.request("GET", f"/v1/status/{asked['id']}", headers=headers)
        status = json.loads(client.getresponse().read())
        if status["status"] == "completed":
            break
        assert status["status"] in ("starting", "in_queue", "processing")
        assert time.monotonic() < until
        time.sleep(0.05)
    (address,) = status["output"]
    client.request("GET", address.partition(str(port))[2])
    assert (photo.load(client.getresponse().read()) == expected()).all()


@pytest.fixture
def fashn(port):
    """The public client, with its address set to the service."""
    module = pytest.importorskip("fashn", reason="the public client is not installed: pip install fashn")
    return module.Fashn(api_key="a token", base_url=f"http://127.0.0.1:{port}", max_retries=0)


def inputs(**fields: object) -> dict[str, object]:
    data = {"model_image": PERSON, "garment_image": WEARER}
    return {name: f"data:image/png;base64,{base64_of(one)}" for name, one in data.items()} | fields


def expected() -> np.ndarray:
    tryon = drawn_tryon()
    return tryon(tryon.read_person(PERSON), tryon.read_garment(WEARER)).image


def test_the_public_client_waits_for_a_try_on(fashn):
    seen = []
    done = fashn.predictions.subscribe(
        model_name="tryon-v1.6",
        inputs=inputs(category="auto", mode="quality", return_base64=True),
        poll_interval=50,
        on_enqueued=seen.append,
        on_queue_update=lambda status: seen.append(status.status),
    )
    assert (done.status, done.error) == ("completed", None)
    (picture,) = done.output
    assert picture.startswith("data:image/png;base64,")
    image = Image.open(io.BytesIO(base64.b64decode(picture.partition(",")[2])))
    assert (np.array(image) == expected()).all()
    assert seen[0] == done.id


def test_the_public_client_is_given_an_address_and_a_reason(fashn):
    asked = fashn.predictions.run(model_name="tryon-v1.6", inputs=inputs())
    failing = fashn.predictions.run(model_name="tryon-v1.6", inputs=inputs(category="one-pieces"))
    until = time.monotonic() + 30
    while (status := fashn.predictions.status(failing.id)).status not in ("completed", "failed"):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert status.status == "failed"
    assert status.error.name == "PoseError"
    assert status.error.message.startswith("garment photo: it does not show a dress clearly enough; ")
    (address,) = fashn.predictions.status(asked.id).output
    assert (photo.load(fashn.get(address, cast_to=bytes)) == expected()).all()


def test_the_public_client_is_told_what_it_did_wrong(fashn):
    import fashn as module

    with pytest.raises(module.AuthenticationError, match="the token is missing or wrong"):
        fashn.with_options(api_key="another").predictions.run(model_name="tryon-v1.6", inputs=inputs())
    with pytest.raises(module.UnprocessableEntityError, match="only try-ons are made here"):
        fashn.predictions.run(model_name="face-to-model", inputs={"face_image": "a"})
    with pytest.raises(module.NotFoundError, match="there is no try-on with this id"):
        fashn.predictions.status("none")
