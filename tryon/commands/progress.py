"""Progress of a command on a terminal, and nothing when the output goes to a file."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stages(*names: str) -> Iterator[Callable[[], None]]:
    """Show named stages, one after the other, on standard error.

    Yields:
        Call it when a stage begins.
    """
    from tqdm import tqdm

    with tqdm(
        total=len(names), file=sys.stderr, disable=None, leave=False, bar_format="{desc} {n}/{total} {elapsed}"
    ) as bar:
        waiting = iter(names)

        def begin() -> None:
            bar.set_description(next(waiting), refresh=False)
            bar.update()
            bar.refresh()

        yield begin
