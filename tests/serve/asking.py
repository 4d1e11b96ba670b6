"""What the tests of the service ask for: drawn people, who are read fast and without mistakes."""

import base64
import io
import threading
import time

import numpy as np
from PIL import Image

from tests.drawn import BoxPose, drawn_people
from tests.read.flat.colors import drawn_reader
from tests.read.parser.test_read import ColorParser
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import WORN
from tryon.serve.jobs import Jobs


def png(image: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


PERSON, WEARER = png(drawn_people((150, 40, 520))), png(drawn_people((170, 50, 500)))
NOBODY = png(drawn_people())


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def asked(person: bytes = PERSON, garment: bytes = WEARER, **fields: object) -> dict[str, object]:
    """The fields of a request."""
    return {"model_image": base64_of(person), "garment_image": base64_of(garment)} | fields


class CountingTryOn(TryOn):
    """Reads drawn people, and counts how often."""

    def __init__(self):
        super().__init__(ColorParser(), BoxPose(), flat=drawn_reader(WORN))
        self.reads = 0

    def read_person(self, *arguments, **options):
        self.reads += 1
        return super().read_person(*arguments, **options)


class HeldTryOn(CountingTryOn):
    """Reads nobody until it is let go."""

    def __init__(self):
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()

    def read_person(self, *arguments, **options):
        self.began.set()
        assert self.go.wait(30)
        return super().read_person(*arguments, **options)


def finished(jobs: Jobs, key: str):
    """The job when it is done."""
    until = time.monotonic() + 30
    while (job := jobs.get(key)) and job.status not in ("completed", "failed"):
        assert time.monotonic() < until
        time.sleep(0.01)
    return job
