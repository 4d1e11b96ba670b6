"""One process, or several under ``torchrun``."""

import contextlib
import os
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from tryon.core.errors import ConfigError


@contextlib.contextmanager
def processes(device: str) -> Iterator[tuple[int, int, torch.device]]:
    """Rank, number of processes and the device of this one; joins the group that ``torchrun`` started.

    Processes meet once: trainings that follow each other are to be wrapped in this as a whole, and find the group then.

    Raises:
        ConfigError: a GPU was asked for and none is there.
    """
    rank, world = place()
    if device.startswith("cuda"):
        if not torch.cuda.is_available():
            raise ConfigError("--device cuda was asked for, but PyTorch finds no GPU; use --device cpu")
        chosen = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(chosen)
    else:
        chosen = torch.device(device)
    if world == 1 or torch.distributed.is_initialized():
        yield rank, world, chosen
        return
    torch.distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield rank, world, chosen
    finally:
        torch.distributed.destroy_process_group()


def wrap(network: nn.Module, device: torch.device, world: int) -> nn.Module:
    """The network, averaging its gradients over all processes when there are several."""
    if world == 1:
        return network
    ids = [device.index] if device.type == "cuda" else None
    return nn.parallel.DistributedDataParallel(network, device_ids=ids)


def mean(scalars: dict[str, Tensor], world: int) -> dict[str, Tensor]:
    """Each scalar averaged over all processes; every process must call this."""
    if world == 1:
        return scalars
    stacked = torch.stack([scalar.float() for scalar in scalars.values()])
    torch.distributed.all_reduce(stacked)
    return dict(zip(scalars, stacked / world, strict=True))


def agree(value: float, world: int, device: torch.device) -> float:
    """The first process's value in all of them; every process must call this."""
    if world == 1:
        return value
    shared = torch.tensor(value, dtype=torch.float64, device=device)
    torch.distributed.broadcast(shared, 0)
    return float(shared)


def meet(world: int) -> None:
    """Wait until every process is here: one that ended while the first still writes could have that one ended, too."""
    if world > 1:
        torch.distributed.barrier()


def place() -> tuple[int, int]:
    """Rank of this process, and how many there are; the first, 0, is the one that writes and prints."""
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
