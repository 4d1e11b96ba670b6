"""What the trainings print: plain lines, on a terminal and in a log file alike."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from tryon.core.train import dist
from tryon.core.train.loop import ENDLESS, TrainConfig
from tryon.core.train.progress import duration


def say(line: str) -> None:
    """Print a line at once; of several processes, only the first does."""
    if dist.place()[0] == 0:
        print(line, flush=True)


def estimate(config: TrainConfig, seconds: float) -> str:
    """How long a training takes.

    Args:
        config: of the training.
        seconds: that a step takes, from :func:`tryon.core.train.loop.seconds_a_step`.
    """
    views = config.batch * dist.place()[1]
    words = f"{seconds:.3g} s a step of {views} views on this machine ({config.device})"
    if config.images != ENDLESS:
        steps = -(-config.images // views)
        words += f"; {steps} steps take {duration(steps * seconds)} ({steps * seconds / 3600:.2f} h)"
    if config.minutes:
        steps = int(60 * config.minutes / seconds)
        words += f"; {config.minutes:g} minutes hold {steps} steps, {steps * views} views"
    return words


def close(weights: Path, command: Sequence[str]) -> None:
    """Tell where the weights are, and the command that measures them."""
    say(f"weights: {weights}")
    say(f"measure them: {shlex.join(command)}")
