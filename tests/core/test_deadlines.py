"""Work that has to end in time."""

import threading
import time

import pytest

from tryon.core.deadlines import within


def test_what_is_in_time():
    assert within(10, lambda: 3) == 3
    assert within(10, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(10, lambda: 1 // 0)


def test_what_is_late():
    go, start = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError, match=r"it took longer than 0.1 seconds"):
        within(0.1, lambda: go.wait(30))
    assert time.monotonic() - start < 5
    go.set()
