"""What the trainings on views share: the configuration that their options make, the run, and what is told of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

import torch

from tryon.commands import telling
from tryon.core.train.loop import ENDLESS, Task, TrainConfig, seconds_a_step, train


class Options(Protocol):
    """The options of :class:`tryon.commands.options.Training`, and those that every training has with its own words."""

    @property
    def out(self) -> Path: ...
    @property
    def images(self) -> int | None: ...
    @property
    def minutes(self) -> float | None: ...
    @property
    def batch(self) -> int: ...
    @property
    def lr(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def workers(self) -> int: ...
    @property
    def bf16(self) -> bool: ...
    @property
    def compile(self) -> bool: ...
    @property
    def device(self) -> Literal["cpu", "cuda"]: ...
    @property
    def dry_run(self) -> bool: ...


def train_config(options: Options, images: int) -> TrainConfig:
    """The configuration that options ask for.

    Args:
        options: of the command.
        images: views in all where neither they nor minutes are given.

    Raises:
        ConfigError: they contradict themselves.
    """
    return TrainConfig(
        images=options.images or (images if options.minutes is None else ENDLESS),
        minutes=options.minutes,
        batch=options.batch,
        lr=options.lr,
        seed=options.seed,
        workers=options.workers,
        bf16=options.bf16,
        compile=options.compile,
        device=options.device,
    )


def run_task(
    options: Options,
    config: TrainConfig,
    task: Task,
    measure: Sequence[str] | None,
    record: Mapping[str, str] | None = None,
) -> None:
    """Train a network and save it, or tell how long that takes.

    Args:
        options: of the command.
        config: from :func:`train_config`.
        task: what is trained, and on what.
        measure: arguments of ``tryon evaluate`` that measure the weights, which is told at the end; ``None`` where no
            command does.
        record: what else a run that goes on must have in common with what was begun.
    """
    task.network.to(memory_format=torch.channels_last)  # faster on the processors it was tried on
    if options.dry_run:
        telling.say(telling.estimate(config, seconds_a_step(task, config)))
        return
    trained = train(task, config, options.out, record=dict(record or {}), say=telling.say).network
    weights = options.out / "weights"
    trained.save_pretrained(weights)
    if measure is None:
        telling.say(f"weights: {weights}")
    else:
        telling.close(weights, ["tryon", "evaluate", *measure])
