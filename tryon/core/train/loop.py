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
from tryon.core.train.progress import Clock, Progress, Say, Timer

Batch = dict[str, Tensor]

Moments = dict[str, dict[str, Any]]
"""What the optimizer keeps of each parameter, by the parameter's name."""

ENDLESS = 10**9
"""More examples than ``minutes`` allow anywhere, where they alone are to end a training."""
_MINUTES_WARMUP = 0.05  # of the minutes: the warm-up is over then at the latest
_MINUTES_CHECKPOINT = 1.0  # between two checkpoints, where the minutes are counted
_VALIDATING = 0.05  # of the time at most


class Task(Protocol):
    """What is trained, and on what. Everything random comes from the number of the example."""

    @property
    def network(self) -> nn.Module: ...

    def example(self, number: int) -> Batch:
        """Training example ``number``, without the batch dimension."""
        ...

    def loss(self, network: nn.Module, batch: Batch, share: float) -> dict[str, Tensor]:
        """``loss``, which is minimized, and other scalars for the log.

        ``share`` is how much of the training is done with this batch, in (0, 1].
        """
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures, of the same examples every time, which training does not see; none where there are no such."""
        ...

    def sheet(self, network: nn.Module) -> np.ndarray:
        """RGB ``uint8`` picture of what the network does on fixed examples."""
        ...


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    images: int
    """Training examples to show in all; at most, with ``minutes``."""
    minutes: float | None = None
    """Stop by the clock: the training, its interruptions left out, takes these minutes, and the learning rate falls to
    its end with them. How it goes then depends on the machine. What is prepared before the first step and written
    after the last comes on top."""
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
    """Minutes between two checkpoints, at most one with ``minutes``. With each goes a validation, unless these would
    take more than a twentieth of the time."""
    log_steps: int = 10
    """Steps between two lines of stats.jsonl."""
    sheet_steps: int = 500
    """Steps between two pictures of fixed examples."""

    def __post_init__(self) -> None:
        if self.images < 1 or self.batch < 1:
            raise ConfigError(f"--images {self.images} and --batch {self.batch} must be 1 or more")
        if self.minutes is not None and not self.minutes > 0:
            raise ConfigError(f"--minutes {self.minutes:g} must be above 0")
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
    say: Say | None = None,
    clock: Clock = time.monotonic,
) -> Trained:
    """Train ``task.network``, or go on where the run folder's last checkpoint stands.

    Args:
        task: network, examples and loss.
        config: must be the one that the run was started with.
        run: folder for ``checkpoint.pt``, ``stats.jsonl``, TensorBoard events and ``sheets/``.
        moments: of parameters of the network that another training has moved already; those of all others are fresh.
        record: whatever else the run must have been started with to be gone on with, such as settings of the loss.
        on_step: called after each step with the step and the number of steps.
        say: takes the lines that tell how the training goes, in the first process.
        clock: seconds, for the minutes, the checkpoints and those lines.

    Raises:
        ConfigError: the run folder holds a training with another configuration, or the device is not there.
        CheckpointError: its checkpoint is damaged.
        TryOnError: what :meth:`Task.example` raised.
    """
    run = Path(run)
    with dist.processes(config.device) as (rank, world, device):
        state = _state(task, config, device, moments or {})
        settings = asdict(config) | {"processes": world} | (record or {})
        first, seconds = checkpoint.load(run, state, settings)
        timer = Timer(config.minutes, seconds, clock)
        elapsed = _elapsed(timer, world, device)
        steps = first if elapsed >= 1 else -(-config.images // (config.batch * world))
        wrapped = _wrapped(state.network, config, device, world)
        writer = _Writer(task, config, run, state, settings, first, steps, timer, say) if rank == 0 else None
        with contextlib.closing(writer) if writer else contextlib.nullcontext():
            batches = _batches(task, config, first, steps, rank, world)
            for step, batch in zip(range(first, steps), batches, strict=True):
                torch.manual_seed((config.seed * 1_000_003 + step) * world + rank)  # dropout and the like
                lr, done = _lr(config, step, world, elapsed), step + 1
                share = min(1.0, max(elapsed, done * config.batch * world / config.images))
                scalars = _step(task, wrapped, state.optimizer, batch, device, lr, share, config)
                _update_average(state.average, state.network, min(config.ema, (1 + step) / (10 + step)))
                elapsed = _elapsed(timer, world, device)
                last = done == steps or elapsed >= 1
                means = dist.mean(scalars, world) if done % config.log_steps == 0 or last else None
                if writer:
                    writer.step(done, scalars["loss"], lr, means, last=last)
                if on_step:
                    on_step(done, steps)
                if last:
                    break
        dist.meet(world)
        return Trained(state.average.cpu(), _moments(state))


def _moments(state: checkpoint.State) -> Moments:
    kept = state.optimizer.state
    return {name: kept[one] for name, one in state.network.named_parameters() if one in kept}


class _Writer:
    """What the first process writes and tells after a step."""

    def __init__(
        self,
        task: Task,
        config: TrainConfig,
        run: Path,
        state: checkpoint.State,
        settings: dict[str, Any],
        first: int,
        steps: int,
        timer: Timer,
        say: Say | None,
    ):
        self._task, self._config, self._run, self._state, self._settings = task, config, run, state, settings
        self._views = config.batch * settings["processes"]
        self._timer, self._saved_at = timer, timer.clock()
        self._validate_at = timer.clock()
        self._log = RunLog(run, first)
        self._progress = None
        if say:
            known = None if config.images == ENDLESS else steps
            self._progress = Progress(say, timer, known, self._views)
            self._progress.start(first, str(config.device), finished=first >= steps)

    def step(self, done: int, loss: Tensor, lr: float, means: dict[str, Tensor] | None, *, last: bool) -> None:
        """After step ``done``; ``means`` of the scalars over all processes, where they are to be logged."""
        config = self._config
        if means is not None:
            self._log.scalars(done, done * self._views, means, lr)
        if done % config.sheet_steps == 0 or last:
            self._log.sheet(done, self._task.sheet(self._state.average))
        if self._progress:
            self._progress.step(done, loss, lr, last=last)
        minutes = min(config.checkpoint_minutes, _MINUTES_CHECKPOINT) if config.minutes else config.checkpoint_minutes
        if last or self._timer.clock() - self._saved_at > minutes * 60:
            if last or self._timer.clock() >= self._validate_at:
                self._validate(done)
            checkpoint.save(self._run, self._state, self._settings, done, self._timer.seconds)
            self._saved_at = self._timer.clock()

    def _validate(self, done: int) -> None:
        start = self._timer.clock()
        figures = self._task.validate(self._state.average)
        end = self._timer.clock()
        self._validate_at = end + (end - start) * (1 / _VALIDATING - 1)
        if figures:
            self._log.validation(done, done * self._views, figures)
            if self._progress:
                self._progress.validation(done, figures)

    def close(self) -> None:
        self._log.close()


def _state(task: Task, config: TrainConfig, device: torch.device, moments: Moments) -> checkpoint.State:
    torch.manual_seed(config.seed)
    network = task.network.to(device).train()
    average = copy.deepcopy(network).eval().requires_grad_(False)
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    optimizer = kind(network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    names = [name for name, _ in network.named_parameters()]
    kept = {number: moments[name] for number, name in enumerate(names) if name in moments}
    optimizer.load_state_dict(optimizer.state_dict() | {"state": kept})
    return checkpoint.State(network, average, optimizer)


def _wrapped(network: nn.Module, config: TrainConfig, device: torch.device, world: int) -> nn.Module:
    wrapped = dist.wrap(network, device, world)
    if config.compile:
        wrapped.compile()  # in place: the names in the state dict stay
    return wrapped


def _elapsed(timer: Timer, world: int, device: torch.device) -> float:
    """The share of the minutes that has passed: one for all processes, whose weights would part otherwise."""
    return dist.agree(timer.share(), world, device) if timer.minutes else 0.0


def seconds_a_step(task: Task, config: TrainConfig, *, enough: float = 10.0, clock: Clock = time.monotonic) -> float:
    """How long a step takes here, on real examples: three steps at least, and as many as fit into ``enough`` seconds.

    Nothing is written; ``task.network`` is trained a little. The step before the timed ones holds the start of the
    workers and a compilation.

    Raises:
        TryOnError: what :meth:`Task.example` raised.
    """
    with dist.processes(config.device) as (rank, world, device):
        state = _state(task, config, device, {})
        wrapped = _wrapped(state.network, config, device, world)
        steps, start = 0, 0.0
        for batch in _batches(task, config, 0, ENDLESS, rank, world):
            scalars = _step(task, wrapped, state.optimizer, batch, device, config.lr, 1.0, config)
            float(scalars["loss"])  # waits for the GPU
            _update_average(state.average, state.network, config.ema)
            now = clock()
            if steps == 0:
                start = now
            elif steps >= 3 and dist.agree(now - start, world, device) >= enough:
                break
            steps += 1
        return dist.agree(now - start, world, device) / steps


def _batches(task: Task, config: TrainConfig, first: int, steps: int, rank: int, world: int) -> Iterator[Batch]:
    number = (steps - first) * config.batch
    examples = _Examples(task, first * config.batch, number, rank, world)
    loader = DataLoader(
        examples,
        batch_size=config.batch,
        num_workers=config.workers,
        prefetch_factor=2 if config.workers else None,
        pin_memory=config.device.startswith("cuda"),
        collate_fn=_collate,
    )
    for batch in loader:
        if isinstance(batch, TryOnError):
            raise batch
        yield batch


def _lr(config: TrainConfig, step: int, world: int, elapsed: float = 0.0) -> float:
    """The learning rate of a step; ``elapsed`` is the share of the minutes that has passed."""
    shown = step * config.batch * world
    if shown < config.warmup and elapsed < _MINUTES_WARMUP:
        warm = (shown + config.batch * world) / (config.warmup + config.batch * world)
        return config.lr * max(warm, elapsed / _MINUTES_WARMUP)
    if config.lr_schedule == "halves":
        return config.lr * (1 - 0.9 * max(0.0, 2 * max(shown / config.images, elapsed) - 1))
    past = (shown - config.warmup) / max(1, config.images - config.warmup)
    return config.lr * 0.5 * (1 + math.cos(math.pi * max(past, elapsed)))


def _step(task, network, optimizer, batch, device, lr: float, share: float, config: TrainConfig) -> dict[str, Tensor]:
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
                part = {name: tensor[start : start + size] for name, tensor in batch.items()}
                scalars = task.loss(network, part, share)
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
