"""A command that serves, in a process of its own, and what is asked of it."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests import people


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Served:
    """The command on a free port."""

    def __init__(self, log: Path, *command: str, **environment: str):
        self.log, self.port = log, free_port()
        settings = {name: value for name, value in os.environ.items() if name != "TRYON_TOKEN"}
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tryon", *command, "--port", str(self.port)],
                stdout=out, stderr=out, env=settings | environment,
            )  # fmt: skip

    def answer(self, path: str, data: dict | None = None, **headers: str) -> dict:
        body = None if data is None else json.dumps(data).encode()
        headers = {"Content-Type": "application/json"} | headers
        with urlopen(Request(f"http://127.0.0.1:{self.port}{path}", body, headers), timeout=30) as got:
            return json.load(got)

    def wait_for(self, path: str, done, **headers: str) -> dict:
        """The first answer that is as wanted; while the server begins, there is none."""
        until = time.monotonic() + 60
        while True:
            with suppress(URLError, ConnectionError, TimeoutError):
                if done(answer := self.answer(path, **headers)):
                    return answer
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.05)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def request(person: str, garment: str, **fields: str) -> dict:
    pictures = (base64.b64encode(people.path(name).read_bytes()).decode() for name in (person, garment))
    return {"inputs": dict(zip(("model_image", "garment_image"), pictures, strict=True)) | fields}


def finished(served: Served, asked: dict, **headers: str) -> dict:
    """The status of a try-on when it is done."""
    path = f"/v1/status/{asked['id']}"
    return served.wait_for(path, lambda answer: answer["status"] in ("completed", "failed"), **headers)
