"""Dressing pairs in Ray Data's pool of actors, on one machine or many; one that dies takes its pair along, no other."""

import logging
import os
import pickle
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tryon.batch.dress import Dresser, Load, saving_in
from tryon.batch.pairs import File, Pair
from tryon.batch.records import Outcome
from tryon.core.errors import ConfigError, TryOnError
from tryon.core.threads import one_thread


def spread_on_ray(todo: Sequence[Pair], load: Load, folder: Path, workers: int, address: str) -> Iterator[Outcome]:
    """Dress pairs in actors of Ray; arguments and errors as in :func:`tryon.batch.run.run`.

    Yields:
        What became of each pair, in the order in which they were done.

    Raises:
        ConfigError: Ray is not installed, there is no cluster at the address, or no actor came as far as a pair.
    """
    left = dict(enumerate(todo))
    with _cluster(address, workers):
        for _ in range(2):  # The death of an actor may concern a pair that was on its way to it: once more.
            pairs = {index: _anywhere(pair) for index, pair in left.items()}
            for index, found in _found(pairs, load, folder.absolute(), workers):
                if isinstance(found, TryOnError):
                    raise found
                yield replace(found, pair=left.pop(index))
            if len(left) in (0, len(todo)):
                break
    if len(left) == len(todo):
        raise ConfigError("no worker of Ray came as far as a pair; memory may be short: give fewer --workers")
    for pair in left.values():
        words = "the worker died at this pair; memory may be short: give fewer --workers and start again"
        sizes = tuple(pair.sizes())
        yield Outcome(pair=pair, status="error", category=pair.options.category, message=words, sizes=sizes)


def _found(
    pairs: dict[int, Pair], load: Load, folder: Path, workers: int
) -> Iterator[tuple[int, Outcome | TryOnError]]:
    """The index of each pair that came back, and what became of it."""
    import ray
    from ray.data import ActorPoolStrategy, DataContext

    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # a pair whose actor died is told at the end
    # A block for each pair, so that each is told when it is done, and the death of an actor concerns no other.
    items = ray.data.from_items(list(pairs), override_num_blocks=len(pairs))
    actor: Any = _Actor  # Ray's annotations know functions only
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # max_task_retries will not be taken by Ray 2.64, which is not installed
        rows = items.map(
            actor,
            fn_constructor_args=(pairs, load, folder),
            compute=ActorPoolStrategy(size=workers, max_tasks_in_flight_per_actor=1),
            num_cpus=1,
            max_task_retries=0,  # else a pair that kills its actor would be tried for ever
        )
    for row in rows.iter_rows():
        yield row["item"], pickle.loads(row["found"])


class _Actor:
    """Dresses pairs with one thread; what is wrong with weights or writing is its answer."""

    def __init__(self, pairs: dict[int, Pair], load: Load, folder: Path):
        one_thread()
        self._pairs, self._load, self._folder = pairs, load, folder
        self._dresser: Dresser | None = None

    def __call__(self, row: dict[str, int]) -> dict[str, object]:
        found: Outcome | TryOnError
        try:
            self._dresser = self._dresser or Dresser(self._load(), saving_in(self._folder))
            found = self._dresser(self._pairs[row["item"]])
        except TryOnError as error:
            found = error
        return {"item": row["item"], "found": pickle.dumps(found)}


@contextmanager
def _cluster(address: str, workers: int) -> Iterator[None]:
    """A connection to Ray, ended with everything that was started for it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers how it is used
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ConfigError(
            "--ray needs Ray, which is not installed; install it with: pip install 'tryon[ray]'"
        ) from error
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of it stands in the report
    own: dict[str, Any] = {"num_cpus": workers, "include_dashboard": False} if address == "local" else {}
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **own)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise ConfigError(
            f"there is no Ray cluster at {address} that can be used ({' '.join(str(error).split())}); start one, or "
            "give --ray local"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _anywhere(pair: Pair) -> Pair:
    """The pair with the full paths of its files: an actor has a current folder of its own."""

    def full(file: File) -> File:
        return file.absolute() if isinstance(file, Path) else file

    return replace(pair, person_file=full(pair.person_file), garment_file=full(pair.garment_file))
