"""The one training loop: plain PyTorch, one process or several under ``torchrun``.

A training is a function of its configuration and seed: example ``i`` depends on the seed and ``i`` alone, so a run
that was killed goes on from its last checkpoint with the same losses as one that was never interrupted.
"""

import contextlib
import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, default_collate

from tryon.core.errors import ConfigError, TryOnError
from tryon.core.train import checkpoint, dist
from tryon.core.train.log import RunLog

Batch = dict[str, Tensor]

Moments = dict[str, dict[str, Any]]
"""What the optimizer keeps of each parameter, by the parameter's name."""


class Task(Protocol):
    """What is trained, and on what. Everything random comes from the number of the example."""

    @property
    def network(self) -> nn.Module: ...

    def example(self, number: int) -> Batch:
        """Training example ``number``, without the batch dimension."""
        ...

    def loss(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """``loss``, which is minimized, and other scalars for the log."""
        ...

    def sheet(self, network: nn.Module) -> np.ndarray:
        """RGB ``uint8`` picture of what the network does on fixed examples."""
        ...


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    images: int
    """Training examples to show in all."""
    batch: int = 16
    """Examples a step and process."""
    lr: float = 1e-3
    """Highest learning rate, reached after the warm-up."""
    lr_schedule: Literal["cosine", "halves"] = "cosine"
    """``cosine`` falls to zero; ``halves`` holds for half of the examples and falls to a tenth in the other half."""
    optimizer: Literal["adamw", "adam"] = "adamw"
    """``adam`` adds the weight decay to the gradient, as papers before AdamW did."""
    weight_decay: float = 1e-4
    accumulate: int = 1
    """Parts in which each batch is computed, one after the other, to need less memory."""
    warmup: int = 1000
    """Examples until the learning rate is at its highest."""
    ema: float = 0.998
    """Decay a step of the averaged weights, which are the ones released; 0 releases the weights of the last step."""
    max_gradient_norm: float | None = 5.0
    """Longer gradients of a step are shortened to this, so that no single batch can throw a training back; ``None``
    leaves them as they are."""
    seed: int = 0
    workers: int = 1
    """Processes that prepare examples; 0 prepares them in between."""
    bf16: bool = False
    """Compute in bfloat16 where that is safe; pays on hardware that has it."""
    compile: bool = False
    """Compile the network first: minutes at the start, a third faster after."""
    device: str = "cpu"
    """``cpu`` or ``cuda``; under torchrun each process takes the GPU of its rank."""
    checkpoint_minutes: float = 3.0
    log_steps: int = 10
    """Steps between two lines of stats.jsonl."""
    sheet_steps: int = 500
    """Steps between two pictures of fixed examples."""

    def __post_init__(self) -> None:
        if self.images < 1 or self.batch < 1:
            raise ConfigError(f"--images {self.images} and --batch {self.batch} must be 1 or more")
        if self.accumulate < 1 or self.batch % self.accumulate:
            raise ConfigError(f"--accumulate {self.accumulate} must divide the batch of {self.batch}")
        if not 0 <= self.ema < 1:
            raise ConfigError(f"--ema {self.ema} must lie in [0, 1)")
        if self.max_gradient_norm is not None and self.max_gradient_norm <= 0:
            raise ConfigError(f"max_gradient_norm {self.max_gradient_norm:g} must be above 0, or None")


class Trained(NamedTuple):
    """What a training gives."""

    network: Any
    """Of the class of the task's network, with averaged weights, on the CPU, in evaluation mode."""
    moments: Moments
    """The optimizer's, at the end."""


class _Examples(Dataset):
    """The examples of this process from a step on, in order."""

    def __init__(self, task: Task, first: int, number: int, rank: int, world: int):
        self.task, self.first, self.number, self.rank, self.world = task, first, number, rank, world

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, index: int) -> Batch | TryOnError:
        # Handed on as a value: raised in another process, it would come back as text with that process's traceback.
        try:
            return self.task.example((self.first + index) * self.world + self.rank)
        except TryOnError as error:
            return error


def _collate(examples: list[Batch | TryOnError]) -> Batch | TryOnError:
    for example in examples:
        if isinstance(example, TryOnError):
            return example
    return default_collate(examples)


def train(
    task: Task,
    config: TrainConfig,
    run: str | Path,
    *,
    moments: Moments | None = None,
    record: dict[str, Any] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Trained:
    """Train ``task.network``, or go on where the run folder's last checkpoint stands.

    Args:
        task: network, examples and loss.
        config: must be the one that the run was started with.
        run: folder for ``checkpoint.pt``, ``stats.jsonl``, TensorBoard events and ``sheets/``.
        moments: of parameters of the network that another training has moved already; those of all others are fresh.
        record: whatever else the run must have been started with to be gone on with, such as settings of the loss.
        on_step: called after each step with the step and the number of steps.

    Raises:
        ConfigError: the run folder holds a training with another configuration, or the device is not there.
        CheckpointError: its checkpoint is damaged.
        TryOnError: what :meth:`Task.example` raised.
    """
    run = Path(run)
    with dist.processes(config.device) as (rank, world, device):
        torch.manual_seed(config.seed)
        network = task.network.to(device).train()
        average = copy.deepcopy(network).eval().requires_grad_(False)
        optimizer = _optimizer(network, config, moments or {})
        state = checkpoint.State(network, average, optimizer)
        settings = asdict(config) | {"processes": world} | (record or {})
        first = checkpoint.load(run, state, settings)
        steps = -(-config.images // (config.batch * world))
        wrapped = dist.wrap(network, device, world)
        if config.compile:
            wrapped.compile()  # in place: the names in the state dict stay
        log = RunLog(run, first) if rank == 0 else None
        saved_at = time.monotonic()
        with contextlib.closing(log) if log else contextlib.nullcontext():
            batches = _batches(task, config, first, steps, rank, world)
            for step, batch in zip(range(first, steps), batches, strict=True):
                if isinstance(batch, TryOnError):
                    raise batch
                torch.manual_seed((config.seed * 1_000_003 + step) * world + rank)  # dropout and the like
                scalars = _step(task, wrapped, optimizer, batch, device, _lr(config, step, world), config)
                _update_average(average, network, min(config.ema, (1 + step) / (10 + step)))
                done = step + 1
                if done % config.log_steps == 0 or done == steps:
                    scalars = dist.mean(scalars, world)
                    if log:
                        log.scalars(done, done * config.batch * world, scalars, optimizer.param_groups[0]["lr"])
                if log and (done % config.sheet_steps == 0 or done == steps):
                    log.sheet(done, task.sheet(average))
                if rank == 0 and (time.monotonic() - saved_at > config.checkpoint_minutes * 60 or done == steps):
                    checkpoint.save(run, state, settings, done)
                    saved_at = time.monotonic()
                if on_step:
                    on_step(done, steps)
        return Trained(average.cpu(), _moments(network, optimizer))


def _optimizer(network: nn.Module, config: TrainConfig, moments: Moments) -> torch.optim.Optimizer:
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    optimizer = kind(network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    names = [name for name, _ in network.named_parameters()]
    state = {number: moments[name] for number, name in enumerate(names) if name in moments}
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    return optimizer


def _moments(network: nn.Module, optimizer: torch.optim.Optimizer) -> Moments:
    return {name: optimizer.state[one] for name, one in network.named_parameters() if one in optimizer.state}


def _batches(
    task: Task, config: TrainConfig, first: int, steps: int, rank: int, world: int
) -> Iterator[Batch | TryOnError]:
    number = (steps - first) * config.batch
    examples = _Examples(task, first * config.batch, number, rank, world)
    return iter(
        DataLoader(
            examples,
            batch_size=config.batch,
            num_workers=config.workers,
            prefetch_factor=2 if config.workers else None,
            pin_memory=config.device.startswith("cuda"),
            collate_fn=_collate,
        )
    )


def _lr(config: TrainConfig, step: int, world: int) -> float:
    shown = step * config.batch * world
    if shown < config.warmup:
        return config.lr * (shown + config.batch * world) / (config.warmup + config.batch * world)
    if config.lr_schedule == "halves":
        return config.lr * (1 - 0.9 * max(0.0, 2 * shown / config.images - 1))
    return config.lr * 0.5 * (1 + math.cos(math.pi * (shown - config.warmup) / max(1, config.images - config.warmup)))


def _step(task, network, optimizer, batch, device, lr: float, config: TrainConfig) -> dict[str, Tensor]:
    batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}
    for group in optimizer.param_groups:
        group["lr"] = lr
    optimizer.zero_grad(set_to_none=True)
    size = config.batch // config.accumulate
    parts = []
    for start in range(0, config.batch, size):
        last = start + size == config.batch
        # The processes exchange their gradients once a step, with the last part.
        apart = not last and isinstance(network, nn.parallel.DistributedDataParallel)
        with network.no_sync() if apart else contextlib.nullcontext():
            with torch.autocast(device.type, torch.bfloat16) if config.bf16 else contextlib.nullcontext():
                scalars = task.loss(network, {name: tensor[start : start + size] for name, tensor in batch.items()})
            (scalars["loss"] / config.accumulate).backward()
        parts.append({name: scalar.detach() for name, scalar in scalars.items()})
    scalars = {name: torch.stack([part[name] for part in parts]).mean() for name in parts[0]}
    longest = math.inf if config.max_gradient_norm is None else config.max_gradient_norm
    scalars["gradient_norm"] = nn.utils.clip_grad_norm_(network.parameters(), longest)
    optimizer.step()
    return scalars


@torch.no_grad()
def _update_average(average: nn.Module, network: nn.Module, decay: float) -> None:
    old, new = average.state_dict(), network.state_dict()
    floating = [name for name in old if old[name].is_floating_point()]
    torch._foreach_lerp_([old[name] for name in floating], [new[name] for name in floating], 1 - decay)
    for name in old.keys() - set(floating):
        old[name].copy_(new[name])
