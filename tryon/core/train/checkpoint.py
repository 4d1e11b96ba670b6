"""Checkpoints of a training: written whole or not at all, read without unpickling objects."""

import io
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tryon.core.errors import CheckpointError, ConfigError, reason_of
from tryon.core.files import write_atomically

NAME = "checkpoint.pt"
# A run may go on with other values of these: they do not change what is computed.
_FREE = ("workers", "checkpoint_minutes", "log_steps", "sheet_steps", "device")
# What a NumPy float pickles to: the learning rate may be stored as one.
_NUMPY_SCALARS = [
    np._core.multiarray.scalar,  # type: ignore[attr-defined]
    np.dtype,
    np.dtypes.Float64DType,
]


@dataclass(frozen=True)
class State:
    """What a training consists of between two steps; everything random follows from the step."""

    network: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer


def save(run: Path, state: State, config: dict[str, Any], step: int, seconds: float) -> None:
    """Write ``checkpoint.pt`` atomically; ``step`` is the number of steps done, in ``seconds`` of training."""
    run.mkdir(parents=True, exist_ok=True)
    data = io.BytesIO()
    content = {
        "step": step,
        "seconds": seconds,
        "config": config,
        "network": state.network.state_dict(),
        "average": state.average.state_dict(),
        "optimizer": state.optimizer.state_dict(),
    }
    torch.save(content, data)
    write_atomically(run / NAME, data.getvalue())


def load(run: Path, state: State, config: dict[str, Any]) -> tuple[int, float]:
    """Restore ``state`` from the run folder.

    Returns:
        The number of steps done and the seconds of training they took; 0 and 0 when there is no checkpoint.

    Raises:
        ConfigError: the checkpoint belongs to a training with other settings.
        CheckpointError: it is damaged or of another network.
    """
    path = run / NAME
    if not path.exists():
        return 0, 0.0
    try:
        with torch.serialization.safe_globals(_NUMPY_SCALARS):
            content = torch.load(path, map_location="cpu", weights_only=True)
        step, stored = int(content["step"]), {"processes": 1} | content["config"]
        seconds = float(content.get("seconds", 0))  # a checkpoint of an older version does not tell
        parts = [content[name] for name in ("network", "average", "optimizer")]
    except (OSError, RuntimeError, LookupError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise CheckpointError(
            f"{path} is damaged ({reason_of(error)}); delete it to start the training anew"
        ) from error
    # What a checkpoint of an older version does not tell is taken to be the same.
    changed = [name for name in config if name not in _FREE and stored.get(name, config[name]) != config[name]]
    if changed:
        words = ", ".join(f"{name} was {stored.get(name)}, now {config[name]}" for name in changed)
        raise ConfigError(f"{path} belongs to a training with other settings ({words}); give another --out")
    try:
        network, average, optimizer = parts
        state.network.load_state_dict(network)
        state.average.load_state_dict(average)
        state.optimizer.load_state_dict(optimizer)
    except (RuntimeError, LookupError, TypeError, ValueError) as error:
        # torch names every tensor that differs; the first says enough.
        reason = " ".join(line.strip() for line in str(error).splitlines()[:2])
        raise CheckpointError(f"{path} is of another network ({reason}); give another --out") from error
    return step, seconds
