"""The service as its clients see it."""

import asyncio
import base64
import json
import logging
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.drawn import drawn_tryon
from tests.serve.asking import PERSON, WEARER, CountingTryOn, HeldTryOn, asked
from tryon import __version__
from tryon.core import photo
from tryon.serve.app import create_app
from tryon.serve.fields import CHOICES, IGNORED
from tryon.serve.jobs import ERROR_NAMES, Jobs


@contextmanager
def served(load=drawn_tryon, *, queue: int = 16, clock=time.monotonic, **options):
    """A client of a service that runs."""
    jobs = Jobs(load, queue=queue, clock=clock)
    with TestClient(create_app(jobs, **options), raise_server_exceptions=False) as client:
        yield client
    assert jobs.stop(30)


JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client():
    with served(max_bytes=100_000) as one:
        yield one


def run(client: TestClient, fields: dict[str, object], **options):
    return client.post("/v1/run", json={"model_name": "tryon-v1.6", "inputs": fields}, **options)


def result(client: TestClient, key: str, **options) -> dict:
    until = time.monotonic() + 30
    while (answer := client.get(f"/v1/status/{key}", **options).json())["status"] not in ("completed", "failed"):
        assert time.monotonic() < until
        time.sleep(0.01)
    return answer


def refused(answer, status: int) -> tuple[str, str]:
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "message"}
    return answer.json()["error"], answer.json()["message"]


def test_a_try_on(client):
    answer = run(client, asked(seed=42, mode="quality"))
    key = answer.json()["id"]
    assert answer.json() == {"id": key, "error": None}
    done = result(client, key)
    (address,) = done.pop("output")
    assert done == {"id": key, "status": "completed", "error": None, "notes": []}
    assert address.startswith("http://testserver/v1/files/")
    picture = client.get(address)
    assert (picture.headers["content-type"], picture.headers["cache-control"]) == ("image/png", "no-store")
    tryon = drawn_tryon()
    assert (photo.load(picture.content) == tryon(tryon.read_person(PERSON), tryon.read_garment(WEARER)).image).all()


def test_a_try_on_in_base64(client):
    done = result(client, run(client, asked(return_base64=True, output_format="jpeg")).json()["id"])
    (picture,) = done["output"]
    start, _, data = picture.partition(",")
    assert start == "data:image/jpeg;base64"
    assert photo.load(base64.b64decode(data)).shape == (600, 500, 3)


def test_a_try_on_of_older_clients(client):
    answer = client.post("/v1/run", json=asked(category="tops", nsfw_filter=True))
    assert result(client, answer.json()["id"])["status"] == "completed"


def test_a_try_on_that_fails(client):
    done = result(client, run(client, asked(category="one-pieces")).json()["id"])
    assert (done["status"], done["output"], done["error"]["name"]) == ("failed", None, "PoseError")
    assert done["error"]["message"].startswith("garment photo: it does not show a dress clearly enough; ")


def test_what_is_no_request(client):
    assert refused(client.post("/v1/run", content=b"{", headers=JSON), 400) == (
        "BadRequest", "the body cannot be read as JSON; send one JSON object in UTF-8",
    )  # fmt: skip
    name, words = refused(run(client, asked(category="hats")), 422)
    assert (name, words) == ("BadRequest", "category is 'hats'; expected one of auto, tops, bottoms, one-pieces")
    name, words = refused(client.post("/v1/run?webhook_url=https://a.example", json=asked()), 422)
    assert words == "webhook_url is given, but no webhooks are called; ask at /v1/status for the result"
    name, words = refused(run(client, asked(model_image="https://a.example/b.jpg")), 422)
    assert words.startswith("model_image is an address of a.example, from where this service fetches nothing; ")


def test_a_request_that_is_too_large(client):
    large = asked(model_image="A" * 100_000)
    words = "the request is larger than 0.1 MB; send smaller pictures"
    assert refused(run(client, large), 413) == ("PayloadTooLarge", words)
    assert refused(client.post("/v1/run", content=iter([b"a" * 60_000] * 2), headers=JSON), 413) == (
        "PayloadTooLarge",
        words,
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [([], 410_000), ([(b"content-length", b"100001"), (b"expect", b"100-continue")], 0)],
    ids=["no end", "waits for the answer"],
)
def test_how_much_is_read_of_a_request_that_is_refused(headers, expected):
    app, read, sent = create_app(Jobs(drawn_tryon), max_bytes=100_000), [], []

    async def receive() -> dict[str, object]:
        read.append(10_000)
        return {"type": "http.request", "body": b"a" * 10_000, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/run", "query_string": b""}
    scope["headers"] = [(b"content-type", b"application/json"), *headers]
    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert sum(read) == expected


def test_a_body_that_does_not_end(monkeypatch):
    monkeypatch.setattr("tryon.serve.app.UPLOAD_WAIT", 0.2)
    app, sent = create_app(Jobs(drawn_tryon)), []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/v1/run", "query_string": b""}
    start = time.monotonic()
    asyncio.run(app(scope | {"headers": [(b"content-type", b"application/json")]}, receive, send))
    assert time.monotonic() - start < 5
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"]) == {
        "error": "RequestTimeout",
        "message": "the request took longer than 0.2 seconds to arrive; send smaller pictures",
    }


def test_what_is_not_there(client):
    words = "there is no try-on with this id, or not any more; results are kept for a while only"
    assert refused(client.get("/v1/status/123-u1"), 404) == ("NotFound", words)
    words = "there is no picture of this name, or not any more; results are kept for a while only"
    assert refused(client.get("/v1/files/a.png"), 404) == ("NotFound", words)
    words = "there is nothing at this address; the documentation is at /docs"
    assert refused(client.get("/v1/credits"), 404) == ("NotFound", words)
    words = "GET is not answered at this address; the documentation is at /docs"
    assert refused(client.get("/v1/run"), 405) == ("MethodNotAllowed", words)


def test_a_token():
    with served(token="süß") as client:
        words = "the token is missing or wrong; send the header Authorization: Bearer and the service's token"
        for given in ("Bearer sus", "süß", "Bearer", "Basic süß", ""):
            headers = {"Authorization": given.encode()}
            answer = run(client, asked(), headers=headers)
            assert refused(answer, 401) == ("UnauthorizedAccess", words)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert client.get("/v1/status/a", headers=headers).status_code == 401
        assert run(client, asked()).status_code == 401
        right = {"Authorization": "Bearer süß".encode()}
        done = result(client, run(client, asked(), headers=right).json()["id"], headers=right)
        assert client.get(done["output"][0]).status_code == 200  # its name is the secret
        assert client.get("/healthz").status_code == client.get("/docs").status_code == 200


def test_a_full_queue():
    tryon = HeldTryOn()
    with served(lambda: tryon, queue=1) as client:
        first = run(client, asked()).json()["id"]
        assert tryon.began.wait(30)
        second = run(client, asked()).json()["id"]
        assert [client.get(f"/v1/status/{key}").json()["status"] for key in (first, second)] == [
            "processing",
            "in_queue",
        ]
        answer = run(client, asked())
        assert refused(answer, 429) == (
            "ConcurrencyLimitExceeded",
            "the queue is full, with 1 waiting; ask again in 10 seconds",
        )
        assert answer.headers["retry-after"] == "10"
        assert (
            client.post("/v1/run", content=b"{", headers=JSON).status_code == 429
        )  # told before its body is looked at
        tryon.go.set()
        assert [result(client, key)["status"] for key in (first, second)] == ["completed", "completed"]
        assert run(client, asked()).status_code == 200


def test_a_result_is_gone_after_its_time():
    now = [0.0]
    with served(clock=lambda: now[0]) as client:
        key = run(client, asked()).json()["id"]
        (address,) = result(client, key)["output"]
        now[0] = 3599
        assert client.get(address).status_code == 200
        now[0] = 3601
        assert client.get(address).status_code == client.get(f"/v1/status/{key}").status_code == 404


def test_two_clients_at_the_same_time_get_what_is_theirs():
    tryon = CountingTryOn()
    with served(lambda: tryon) as client:
        found: dict[str, dict] = {}

        def ask(category: str) -> None:
            found[category] = result(client, run(client, asked(category=category)).json()["id"])

        threads = [threading.Thread(target=ask, args=[one]) for one in ("tops", "bottoms", "one-pieces")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {name: done["status"] for name, done in found.items()} == {
            "tops": "completed", "bottoms": "completed", "one-pieces": "failed",
        }  # fmt: skip
        top, legs = (photo.load(client.get(found[one]["output"][0]).content) for one in ("tops", "bottoms"))
        assert (top != legs).any()
        assert tryon.reads == 2  # each photo once


def test_health_follows_the_networks():
    go = threading.Event()

    def load():
        assert go.wait(30)
        return drawn_tryon()

    with served(load) as client:
        assert client.get("/healthz").status_code == 503
        assert client.get("/healthz").json() == {"status": "starting", "version": __version__}
        key = run(client, asked()).json()["id"]
        assert client.get(f"/v1/status/{key}").json()["status"] == "starting"
        go.set()
        assert result(client, key)["status"] == "completed"
        assert client.get("/healthz").json() == {"status": "ok", "version": __version__}


def test_networks_that_cannot_be_loaded(caplog):
    def load():
        raise OSError("no weights")

    with served(load) as client:
        until = time.monotonic() + 30
        while client.get("/healthz").json()["status"] != "failed":
            assert time.monotonic() < until
        words = "the service cannot make try-ons; its log tells why"
        assert refused(run(client, asked()), 503) == ("ServiceUnavailable", words)
    assert "the networks could not be loaded" in caplog.text
    assert "OSError: no weights" in caplog.text


def test_a_fault_is_one_sentence(monkeypatch):
    with served() as client:
        monkeypatch.setattr("tryon.serve.app._output", lambda *_: 1 / 0)
        key = run(client, asked()).json()["id"]
        name, words = refused(client.get(f"/v1/status/{key}"), 500)
        assert (name, words) == ("InternalServerError", "the service has a fault, which its log tells about; try again")


def test_nothing_of_photos_is_logged_or_written(caplog, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    with caplog.at_level(logging.DEBUG), served() as client:
        for fields in (asked(), asked(garment=noise.tobytes()), asked(category="x"), asked(model_image="§")):
            answer = run(client, fields)
            key = answer.json().get("id")
            names = result(client, key)["output"] or [] if key else []
            assert [client.get(name).status_code for name in names] in ([], [200])
    told = "".join((caplog.text, *capfd.readouterr()))
    for picture in (base64.b64encode(PERSON).decode(), base64.b64encode(noise.tobytes()).decode(), str(PERSON)):
        assert picture[:40] not in told
        assert picture[200:240] not in told
    assert list(tmp_path.iterdir()) == []


def test_the_descriptions_tell_all_routes_and_fields(client):
    page = client.get("/openapi.json").json()
    assert page["info"]["version"] == __version__
    assert list(page["paths"]) == ["/v1/run", "/v1/status/{id}", "/v1/files/{name}", "/healthz"]
    fields = page["components"]["schemas"]["Inputs"]["properties"]
    own = {"model_image", "garment_image", *CHOICES, "return_base64", "num_samples", "flat_lay"}
    assert set(fields) == own | set(IGNORED)
    assert {name: tuple(fields[name]["enum"]) for name in CHOICES} == CHOICES
    status = page["components"]["schemas"]["Status"]["properties"]
    assert set(status["error"]["properties"]["name"]["enum"]) == {name for _, name in ERROR_NAMES}
    docs = client.get("/docs")
    assert docs.headers["content-type"] == "text/html; charset=utf-8"
    for name in (*own, *IGNORED, "/v1/run", "/v1/status/{id}", "/v1/files/{name}", "/healthz"):
        assert f"{name}" in docs.text
    assert "//" not in docs.text.replace("http://.../v1/files", "")  # nothing from elsewhere


def test_only_json_is_taken_so_that_no_page_of_another_site_can_ask(client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post("/v1/run", content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 415
        assert "Content-Type: application/json" in answer.json()["message"]
    assert (
        client.post("/v1/run", content=b"{", headers={"Content-Type": "application/json; charset=utf-8"}).status_code
        == 400
    )
