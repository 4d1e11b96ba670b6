"""What a training tells while it runs: plain lines, on a terminal and in a log file alike."""

import time
from collections.abc import Callable, Mapping

from torch import Tensor

Say = Callable[[str], None]
Clock = Callable[[], float]
"""Seconds since whenever."""

LINE_SECONDS = 30.0


class Timer:
    """How long a training has run, its interruptions left out.

    Args:
        minutes: that it may take; ``None`` for any time.
        seconds: that it ran before its last interruption.
        clock: a monotonic one.
    """

    def __init__(self, minutes: float | None, seconds: float = 0.0, clock: Clock = time.monotonic):
        self.minutes, self.clock = minutes, clock
        self._start = clock() - seconds

    @property
    def seconds(self) -> float:
        return self.clock() - self._start

    def share(self) -> float:
        """How much of the minutes has passed, 1 and more when they are over; 0 without minutes."""
        return self.seconds / (60 * self.minutes) if self.minutes else 0.0

    def left(self) -> float | None:
        """Seconds of the minutes that are left; ``None`` without minutes."""
        return max(0.0, 60 * self.minutes - self.seconds) if self.minutes else None


class Progress:
    """A line after the first step, every half minute, and after the last step.

    Args:
        say: takes a line.
        timer: of the training.
        steps: in all; ``None`` where the minutes alone limit them.
        views: of a step, over all processes.
    """

    def __init__(self, say: Say, timer: Timer, steps: int | None, views: int):
        self._say, self._timer, self._steps, self._views = say, timer, steps, views
        self._said = timer.clock()
        self._timed_from: tuple[int, float] | None = None
        self._losses: Tensor | None = None
        self._count = 0

    def start(self, first: int, device: str, *, finished: bool) -> None:
        """Tell where the training stands before its first step, after ``first`` steps of earlier."""
        if finished:
            self._say(f"this training is finished: {self._at(first)}")
        elif first:
            self._say(f"training goes on after {self._at(first)}")
        else:
            of = "" if self._steps is None else f"{self._steps} steps of {self._views} views"
            limit = f"{self._timer.minutes:g} minutes" if self._timer.minutes else ""
            self._say(f"training starts on {device}: {' or '.join(filter(None, (of, limit)))}")

    def step(self, done: int, loss: Tensor, lr: float, *, last: bool) -> None:
        """Tell of step ``done``, when it is time to.

        Args:
            done: number of the step, from 1.
            loss: scalar of this step; the mean since the last line is told.
            lr: learning rate of this step.
            last: whether the training ends with it.
        """
        # Added up where it lies: to read each would have a GPU wait.
        self._losses = loss if self._losses is None else self._losses + loss
        self._count += 1
        now, first = self._timer.clock(), self._timed_from is None
        if first:  # the start of the workers and a compilation are in the first step, so it is not timed
            self._timed_from = done, now
        if not (first or last or now - self._said >= LINE_SECONDS):
            return
        words = [self._at(done), f"{done * self._views} views", f"loss {float(self._losses) / self._count:.4g}"]
        words += [f"learning rate {lr:.3g}", *self._speed(done, now, last)]
        self._say(", ".join(words))
        self._said, self._losses, self._count = now, None, 0

    def validation(self, done: int, figures: Mapping[str, float]) -> None:
        """Tell what was measured on fixed examples after step ``done``."""
        found = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        self._say(f"validation at {self._at(done)}: {found}")

    def _at(self, done: int) -> str:
        return f"step {done}" if self._steps is None else f"step {done} of {self._steps}"

    def _speed(self, done: int, now: float, last: bool) -> list[str]:
        """Views a second since the first step, and the time left by them or by the clock, whichever is over first."""
        assert self._timed_from is not None
        since, start = self._timed_from
        words, left = [], [] if (rest := self._timer.left()) is None else [rest]
        if done > since and now > start:
            rate = (done - since) * self._views / (now - start)
            words.append(f"{rate:.{0 if rate >= 100 else 2}f} views a second")
            if self._steps is not None:
                left.append((self._steps - done) * self._views / rate)
        return [*words, f"{duration(min(left))} left"] if left and not last else words


def duration(seconds: float) -> str:
    """In words: ``35 s``, ``14 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
