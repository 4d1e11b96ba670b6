"""The queue, the thread that works it off, and how long results stay."""

import logging
import threading
import time

import pytest

from tests.drawn import BoxPose, drawn_tryon
from tests.read.parser.test_read import ColorParser
from tests.serve.asking import NOBODY, PERSON, WEARER, CountingTryOn, HeldTryOn, finished
from tryon.core.errors import CheckpointError
from tryon.pipeline import TryOn
from tryon.serve import jobs as module
from tryon.serve.fields import RefusedError, Request
from tryon.serve.jobs import Jobs


@pytest.fixture
def running():
    """Starts jobs, and ends them after the test."""
    started = []

    def start(load=drawn_tryon, **options) -> Jobs:
        jobs = Jobs(load, **options)
        jobs.start()
        started.append(jobs)
        return jobs

    yield start
    for jobs in started:
        assert jobs.stop(30)


def test_a_try_on_from_the_queue_to_its_file(running):
    go = threading.Event()

    def load() -> TryOn:
        assert go.wait(30)
        return drawn_tryon()

    jobs = running(load)
    key = jobs.add(Request(PERSON, WEARER, output_format="jpeg"))
    assert (jobs.get(key).status, jobs.ready) == ("starting", False)
    go.set()
    job = finished(jobs, key)
    assert (job.status, job.error, job.request, job.media) == ("completed", None, None, "image/jpeg")
    assert job.data[:2] == b"\xff\xd8"
    assert job.file.endswith(".jpg")
    assert len(job.file) == 36
    assert jobs.of_file(job.file).data == job.data
    assert jobs.of_file(job.file.replace(".jpg", ".png")) is None
    assert jobs.get("nothing") is None


def test_base64_has_no_file(running):
    jobs = running()
    assert finished(jobs, jobs.add(Request(PERSON, WEARER, return_base64=True))).file == ""


def test_try_ons_are_made_in_turn_while_others_wait(running):
    tryon = HeldTryOn()
    jobs = running(lambda: tryon, queue=2)
    first = jobs.add(Request(PERSON, WEARER))
    assert tryon.began.wait(30)
    second, third = jobs.add(Request(PERSON, WEARER)), jobs.add(Request(NOBODY, WEARER))
    assert [jobs.get(key).status for key in (first, second, third)] == ["processing", "in_queue", "in_queue"]
    with pytest.raises(RefusedError) as caught:
        jobs.add(Request(PERSON, WEARER))
    assert caught.value.status == 429
    assert str(caught.value) == "the queue is full, with 2 waiting; ask again in 10 seconds"
    assert caught.value.headers == {"Retry-After": "10"}
    tryon.go.set()
    assert [finished(jobs, key).status for key in (first, second, third)] == ["completed", "completed", "failed"]
    assert finished(jobs, jobs.add(Request(PERSON, WEARER))).status == "completed"  # there is room again
    tryon.began.clear()
    tryon.go.clear()
    jobs.add(Request(NOBODY, WEARER))
    assert tryon.began.wait(30)
    last = [jobs.add(Request(PERSON, WEARER)) for _ in range(2)]
    with pytest.raises(RefusedError) as caught:
        jobs.add(Request(PERSON, WEARER))
    assert int(caught.value.headers["Retry-After"]) < 10  # as long as the last one took
    tryon.go.set()
    assert [finished(jobs, key).status for key in last] == ["completed", "completed"]


@pytest.mark.parametrize(
    ("person", "garment", "fields", "name", "words"),
    [
        (b"GIF89a?", WEARER, {}, "ImageLoadError", "person photo: the picture"),
        (PERSON, NOBODY, {}, "PoseError", "garment photo: neither a garment nor somebody who wears one"),
        (PERSON, WEARER, {"category": "one-pieces"}, "PoseError", "choose another category or photo"),
        (PERSON, NOBODY, {"garment_photo_type": "flat-lay"}, "PoseError", "garment photo: no garment was made out"),
    ],
)
def test_what_fails_has_a_name_and_a_sentence(running, person, garment, fields, name, words):
    jobs = running()
    job = finished(jobs, jobs.add(Request(person, garment, **fields)))
    assert (job.status, job.error[0], job.file, job.data, job.request) == ("failed", name, "", b"", None)
    assert words in job.error[1]
    assert "--" not in job.error[1]


class BrokenPose(BoxPose):
    def forward(self, image):
        raise ZeroDivisionError("a fault")


def test_a_fault_of_ours_goes_to_the_log_and_the_next_one_is_made(running, caplog):
    jobs = running(lambda: TryOn(ColorParser(), BrokenPose()))
    job = finished(jobs, jobs.add(Request(PERSON, WEARER)))
    assert job.error == (
        "PipelineError", "a fault of the service, which its log tells about; try again, or another photo",
    )  # fmt: skip
    assert "ZeroDivisionError: a fault" in caplog.text
    assert finished(jobs, jobs.add(Request(NOBODY, WEARER))).error[0] == "PoseError"


def test_results_and_photos_stay_for_a_while_only(running):
    now = [1000.0]
    tryon = CountingTryOn()
    jobs = running(lambda: tryon, keep_seconds=60, clock=lambda: now[0])
    old = jobs.add(Request(PERSON, WEARER))
    file = finished(jobs, old).file
    now[0] += 59
    young = jobs.add(Request(PERSON, PERSON, return_base64=True))
    finished(jobs, young)
    assert jobs.of_file(file) is not None
    now[0] += 2
    assert jobs.get(old) is jobs.of_file(file) is None
    assert jobs.get(young).status == "completed"
    assert tryon.reads == 3  # the person as a wearer, too
    finished(jobs, jobs.add(Request(PERSON, WEARER)))  # the wearer, not used for so long, was let go
    assert tryon.reads == 4
    assert (len(jobs._jobs), len(jobs._files)) == (2, 1)


def test_results_go_in_time_when_nobody_asks(running, monkeypatch):
    monkeypatch.setattr(module, "_SWEEP", 0.02)
    now = [0.0]
    jobs = running(keep_seconds=60, clock=lambda: now[0])
    finished(jobs, jobs.add(Request(PERSON, WEARER)))
    now[0] = 61
    until = time.monotonic() + 10
    while jobs._jobs:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert jobs._files == {}


@pytest.mark.parametrize(("name", "limit"), [("MAX_KEPT", 1), ("MAX_KEPT_BYTES", 10_000)])
def test_of_too_many_results_the_oldest_go_first(running, monkeypatch, name, limit):
    monkeypatch.setattr(module, name, limit)
    jobs = running()
    keys = [jobs.add(Request(PERSON, WEARER)) for _ in range(2)]
    last = finished(jobs, keys[1])
    assert 5000 < len(last.data) < 10_000
    assert jobs.get(keys[0]) is None
    assert jobs._kept_bytes == len(last.data)


def test_to_stop_drops_what_waits_and_ends_the_rest_at_its_next_step():
    tryon = HeldTryOn()
    jobs = Jobs(lambda: tryon)
    jobs.start()
    running, waiting = jobs.add(Request(PERSON, WEARER)), jobs.add(Request(PERSON, WEARER))
    assert tryon.began.wait(30)
    assert not jobs.stop(0.01)
    with pytest.raises(RefusedError, match="the service cannot make try-ons"):
        jobs.add(Request(PERSON, WEARER))
    tryon.go.set()
    assert jobs.stop(30)
    assert jobs.get(running).error == ("PipelineError", "the service was stopped; ask again when it runs")
    assert jobs.get(waiting).status == "in_queue"


def test_networks_that_cannot_be_loaded(caplog):
    failed = threading.Event()

    def load() -> TryOn:
        raise CheckpointError("no weights")

    jobs = Jobs(load, on_failure=lambda error: failed.set())
    before = jobs.add(Request(PERSON, WEARER))
    jobs.start()
    assert failed.wait(30)
    assert str(jobs.failure) == "no weights"
    assert jobs.get(before).error == ("PipelineError", "the service cannot make try-ons; its log tells why")
    with pytest.raises(RefusedError, match="the service cannot make try-ons") as caught:
        jobs.add(Request(PERSON, WEARER))
    assert caught.value.status == 503
    assert [record for record in caplog.records if record.levelno > logging.WARNING] == []
