"""Dressing pairs in several processes of one thread each; one that dies takes no more than its pair along."""

import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from tryon.batch.dress import Dresser, Load, saving_in
from tryon.batch.pairs import Pair, by_person
from tryon.batch.records import Outcome
from tryon.core.errors import ConfigError, TryOnError
from tryon.core.threads import one_thread


def spread(todo: Sequence[Pair], load: Load, folder: Path, workers: int) -> Iterator[Outcome]:
    """Dress pairs in processes; arguments and errors as in :func:`tryon.batch.run.run`.

    Each worker is given the pairs of one person, so that nobody is read twice as long as there are people for all.

    Yields:
        What became of each pair, in the order in which they were done.
    """
    pairs = _Waiting(todo)
    team = [_Worker(load, folder) for _ in range(min(workers, len(todo)))]
    try:
        while team:
            for connection in wait([worker.connection for worker in team]):
                (worker,) = (one for one in team if one.connection is connection)
                outcome = worker.answer()
                if outcome:
                    yield outcome
                if worker.ended:
                    team.remove(worker)
                    if len(pairs) > sum(not one.ready for one in team):
                        team.append(_Worker(load, folder))
                elif pair := pairs.take(worker.pair, [one.pair for one in team if one is not worker]):
                    worker.give(pair)
                else:
                    worker.stop()
                    team.remove(worker)
    finally:
        for worker in team:
            worker.process.kill()
            worker.stop()


class _Waiting:
    """The pairs that nobody has taken."""

    def __init__(self, pairs: Sequence[Pair]):
        self._groups = {person: deque(group) for person, group in by_person(pairs).items()}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def take(self, last: Pair | None, others: Sequence[Pair | None]) -> Pair | None:
        """A pair of the person of ``last``, else of a person whom nobody else is at, else of who has most left."""
        if not self._groups:
            return None
        busy = by_person([pair for pair in others if pair])
        own = by_person([last] if last else [])
        free = [person for person in self._groups if person in own] or [p for p in self._groups if p not in busy]
        person = free[0] if free else max(self._groups, key=lambda one: len(self._groups[one]))
        pair = self._groups[person].popleft()
        if not self._groups[person]:
            del self._groups[person]
        return pair


@dataclass(init=False, eq=False)
class _Worker:
    """A process, and what it is at."""

    process: SpawnProcess
    connection: Connection
    pair: Pair | None
    ready: bool
    ended: bool

    def __init__(self, load: Load, folder: Path):
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, load, folder), daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process is the end of the connection
        self.pair, self.ready, self.ended = None, False, False

    def give(self, pair: Pair) -> None:
        self.pair = pair
        with suppress(OSError):  # Where it has died, the next answer tells it.
            self.connection.send(pair)

    def answer(self) -> Outcome | None:
        """What became of its pair; ``None`` once it is ready for the first."""
        try:
            found: Outcome | TryOnError | None = self.connection.recv()
        except (EOFError, OSError):
            return self._death()
        if isinstance(found, TryOnError):
            raise found
        self.ready = True
        return found

    def stop(self) -> None:
        self.connection.close()
        self.process.join()

    def _death(self) -> Outcome:
        self.stop()
        self.ended = True
        code = self.process.exitcode or 0
        how = f"signal {-code}, {signal.strsignal(-code)}" if code < 0 else f"exit code {code}"
        if self.pair is None:
            raise ConfigError(
                f"a worker ended while it loaded the networks ({how}); memory may be short: give fewer --workers"
            )
        return Outcome(
            pair=self.pair,
            status="error",
            category=self.pair.options.category,
            message=f"the worker died at this pair ({how}); memory may be short: give fewer --workers and start again",
            sizes=tuple(self.pair.sizes()),
        )


def _work(connection: Connection, load: Load, folder: Path) -> None:
    """What a worker does until the connection ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    one_thread()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            dresser = Dresser(load(), saving_in(folder))
            connection.send(None)
            while True:
                connection.send(dresser(connection.recv()))
        except TryOnError as error:  # of weights, or of writing
            connection.send(error)
