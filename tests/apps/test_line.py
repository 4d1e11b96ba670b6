"""The line before the networks."""

import threading
from contextlib import suppress

import pytest

from apps.line import Line


def test_it_is_served_in_order_and_told_how_many_are_ahead():
    line, served, told = Line(), [], {name: [] for name in "abc"}
    waiting = {name: threading.Event() for name in told}

    def come(name: str) -> None:
        def on_wait(ahead: int) -> None:
            told[name].append(ahead)
            waiting[name].set()

        with line.turn(on_wait):
            served.append(name)

    threads = []
    with line.turn():
        for name in told:
            threads.append(threading.Thread(target=come, args=(name,)))
            threads[-1].start()
            assert waiting[name].wait(10)  # in line before the next one comes
        assert served == []
    for thread in threads:
        thread.join(10)
    assert served == ["a", "b", "c"]
    assert [told[name][0] for name in "abc"] == [1, 2, 3]
    assert told["c"][-1] <= told["c"][0]


def test_who_leaves_the_line_or_fails_keeps_nobody_waiting():
    line, told = Line(), []

    def leave(ahead: int) -> None:
        told.append(ahead)
        raise KeyboardInterrupt

    with line.turn():
        with pytest.raises(KeyboardInterrupt), line.turn(leave):
            pass
        assert told == [1]
    with suppress(ZeroDivisionError), line.turn():
        raise ZeroDivisionError
    with line.turn(leave):  # nobody is ahead
        told.append(0)
    assert told == [1, 0]
