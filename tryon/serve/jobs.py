"""The queue of try-ons, the one thread that works it off, and the results until they are too old. Memory only."""

import logging
import math
import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tryon.core.errors import GarmentNotFoundError, InputImageError, PersonNotFoundError, TryOnError
from tryon.serve.dressing import Dresser
from tryon.serve.fields import RefusedError, Request

if TYPE_CHECKING:
    from tryon.pipeline import TryOn

Status = Literal["starting", "in_queue", "processing", "completed", "failed"]
MAX_KEPT_BYTES = 500_000_000
"""Of results: where more are made while they are kept, the oldest go before their time."""
MAX_KEPT = 10_000
"""Results, failures too."""
_SWEEP = 15.0  # Seconds after which results that are too old go at the latest while nothing else happens.
_FIRST_GUESS = 10.0  # Seconds of a try-on, before one was made.
_ENDINGS = {"png": "png", "jpeg": "jpg"}
_UNABLE = "the service cannot make try-ons; its log tells why"
_FAULT = "a fault of the service, which its log tells about; try again, or another photo"
# FASHN's names of what can go wrong; the first class that fits counts.
ERROR_NAMES: tuple[tuple[type[Exception], str], ...] = (
    (InputImageError, "ImageLoadError"),
    (PersonNotFoundError, "PoseError"),
    (GarmentNotFoundError, "PoseError"),
    (Exception, "PipelineError"),
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """A try-on that was asked for."""

    request: Request | None
    """What is asked for, until it is done."""
    status: Status = "in_queue"
    file: str = ""
    """Name of the picture, which nobody can guess; none where the client wants it in the answer."""
    data: bytes = b""
    """The picture."""
    media: str = ""
    """Its media type."""
    notes: tuple[str, ...] = ()
    error: tuple[str, str] | None = None
    """Name and message of what went wrong."""
    done: float = 0.0
    """When, by the clock."""


class _StoppedError(Exception):
    """The service ends."""


def _tell(failure: Exception) -> None:
    _log.error("the networks could not be loaded", exc_info=failure)


class Jobs:
    """Try-ons, made one after the other by a thread that also loads the networks.

    Args:
        load: gives the networks; called once, by the thread.
        queue: try-ons that may wait.
        keep_seconds: how long results are kept, and photos that may come again.
        max_bytes: of a picture that is fetched.
        clock: seconds, as of :func:`time.monotonic`.
        on_failure: called with the reason why the networks could not be loaded; by default, the log tells it.
    """

    def __init__(
        self,
        load: Callable[[], "TryOn"],
        *,
        queue: int = 16,
        keep_seconds: float = 3600.0,
        max_bytes: int = 40_000_000,
        clock: Callable[[], float] = time.monotonic,
        on_failure: Callable[[Exception], None] = _tell,
    ):
        self._load, self._on_failure, self._clock = load, on_failure, clock
        self._queue, self._keep, self._max_bytes = queue, keep_seconds, max_bytes
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[str] = deque()
        self._done: deque[str] = deque()  # from the oldest
        self._kept_bytes = 0
        self._files: dict[str, str] = {}  # name of a file -> id of its job
        self._seconds = _FIRST_GUESS
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="try-ons", daemon=True)
        self.ready = False
        """The networks are loaded."""
        self.failure: Exception | None = None
        """Why they could not be."""

    def start(self) -> None:
        """Begin to load the networks and to work."""
        self._thread.start()

    def stop(self, wait: float = 5.0) -> bool:
        """Drop what waits, and what is being made at its next step.

        Args:
            wait: seconds to give that step.

        Returns:
            Whether the thread has ended.
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join(wait)
        return not self._thread.is_alive()

    def check_room(self) -> None:
        """Raise a :class:`RefusedError` where nothing can be asked for now."""
        with self._changed:
            if self.failure or self._stopping:
                raise RefusedError(503, _UNABLE)
            if len(self._waiting) >= self._queue:
                seconds = max(1, math.ceil(self._seconds))
                raise RefusedError(
                    429,
                    f"the queue is full, with {self._queue} waiting; ask again in {seconds} seconds",
                    {"Retry-After": str(seconds)},
                )

    def add(self, request: Request) -> str:
        """Put a try-on into the queue.

        Returns:
            Its id.

        Raises:
            RefusedError: with status 429, the queue is full; with 503, the service ends or never began.
        """
        with self._changed:
            self.check_room()
            self._forget()
            key = secrets.token_hex(16)
            self._jobs[key] = Job(request)
            self._waiting.append(key)
            self._changed.notify_all()
            return key

    def get(self, key: str) -> Job | None:
        """The try-on with this id, as it is now; none where there is none, or not any more."""
        with self._changed:
            self._forget()
            job = self._jobs.get(key)
            return replace(job, status="starting") if job and job.status == "in_queue" and not self.ready else job

    def of_file(self, name: str) -> Job | None:
        """The try-on whose picture has this name."""
        with self._changed:
            self._forget()
            return self._jobs[self._files[name]] if name in self._files else None

    def _work(self) -> None:
        try:
            dresser = Dresser(self._load(), self._clock, self._max_bytes)
        except Exception as error:
            with self._changed:
                self.failure = error
                while self._waiting:
                    key = self._waiting.popleft()
                    self._keep_result(key, self._failed(self._jobs[key], "PipelineError", _UNABLE))
            self._on_failure(error)
            return
        self.ready = True
        while key := self._next(dresser):
            start = time.monotonic()
            done = self._made(dresser, self._jobs[key])
            with self._changed:
                self._seconds = time.monotonic() - start
                self._keep_result(key, done)

    def _next(self, dresser: Dresser) -> str:
        """The id of the next try-on, waited for; none when the service ends."""
        with self._changed:
            while not self._stopping:
                self._forget()
                dresser.forget(self._clock() - self._keep)
                if self._waiting:
                    key = self._waiting.popleft()
                    self._jobs[key] = replace(self._jobs[key], status="processing")
                    return key
                self._changed.wait(_SWEEP)
        return ""

    def _made(self, dresser: Dresser, job: Job) -> Job:
        """A try-on with its result."""
        assert job.request is not None  # until it is done
        try:
            dressed = dresser(job.request, self._check)
        except Exception as error:
            if not isinstance(error, (TryOnError, _StoppedError)):
                _log.exception("a try-on failed")
            name = next(name for kind, name in ERROR_NAMES if isinstance(error, kind))
            return self._failed(job, name, _message(error))
        asked = job.request
        return replace(
            job,
            request=None,
            status="completed",
            file="" if asked.return_base64 else f"{secrets.token_urlsafe(24)}.{_ENDINGS[asked.output_format]}",
            data=dressed.data,
            media=f"image/{asked.output_format}",
            notes=dressed.notes,
            done=self._clock(),
        )

    def _failed(self, job: Job, name: str, message: str) -> Job:
        return replace(job, request=None, status="failed", error=(name, message), done=self._clock())

    def _keep_result(self, key: str, job: Job) -> None:
        self._jobs[key] = job
        self._done.append(key)
        self._kept_bytes += len(job.data)
        if job.file:
            self._files[job.file] = key

    def _check(self) -> None:
        if self._stopping:
            raise _StoppedError

    def _forget(self) -> None:
        """Let go of results that are too old, and of the oldest where there are too many."""
        while self._done:
            oldest = self._jobs[self._done[0]]
            in_time = oldest.done > self._clock() - self._keep
            if in_time and self._kept_bytes <= MAX_KEPT_BYTES and len(self._done) <= MAX_KEPT:
                return
            self._kept_bytes -= len(oldest.data)
            self._files.pop(oldest.file, None)
            del self._jobs[self._done.popleft()]


def _message(error: Exception) -> str:
    """What a client is told; of faults of ours no more than that."""
    if isinstance(error, _StoppedError):
        return "the service was stopped; ask again when it runs"
    if not isinstance(error, TryOnError) or error.exit_code != 2:
        return _FAULT
    words = re.sub(r"--category( auto or \w+)?", lambda found: "category auto" if found[1] else "category", str(error))
    return words.replace("--garment-photo flat", "garment_photo_type flat-lay")
