"""A line in which visitors wait for the networks, first come, first served."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.5  # between two looks at the line: in between, who waits may leave


class Line:
    """One at a time, in the order in which they came."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[object] = []

    @contextmanager
    def turn(self, on_wait: Callable[[int], None] = lambda ahead: None) -> Iterator[None]:
        """Wait for one's turn, and have it until the end of the ``with`` block.

        Args:
            on_wait: called while others are ahead, again and again, with how many; what it raises leaves the line.
        """
        place = object()
        with self._changed:
            self._line.append(place)
        try:
            while ahead := self._ahead_of(place):
                on_wait(ahead)
                with self._changed:
                    self._changed.wait_for(lambda: self._line[0] is place, _LOOK_S)
            yield
        finally:
            with self._changed:
                self._line.remove(place)
                self._changed.notify_all()

    def _ahead_of(self, place: object) -> int:
        with self._changed:
            return self._line.index(place)
