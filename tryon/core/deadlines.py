"""An end for work that has none of its own."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` gives, or raises. Work that is late is left behind in its thread, which keeps no program alive.

    For an answer from another machine: nothing else ends the look for a host, or the head of an answer that comes byte
    by byte.

    Raises:
        TimeoutError: it took longer.
    """
    found: queue.SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = queue.SimpleQueue()

    def run() -> None:
        try:
            found.put((work(), None))
        except BaseException as error:
            found.put((None, error))

    threading.Thread(target=run, name="within a deadline", daemon=True).start()
    try:
        result, error = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"it took longer than {seconds:g} seconds") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # None only where T is
