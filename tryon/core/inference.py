"""Networks of PyTorch at work: loaded, made ready to read pictures on a CPU, and asked."""

import copy
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def for_reading(network: Network) -> Network:
    """A copy of a network that answers the same in less time; not for training or saving.

    Pictures come with their channels last, and weights to match are read in half the time. Batch normalizations that
    directly follow a convolution become part of it.

    Args:
        network: any; it stays as it is.

    Returns:
        The copy, in evaluation mode.
    """
    ready = copy.deepcopy(network).eval()
    for block in ready.modules():
        if isinstance(block, nn.Sequential):
            for i in range(len(block) - 1):
                first, second = block[i], block[i + 1]
                if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                    block[i], block[i + 1] = fuse_conv_bn_eval(first, second), nn.Identity()
    return ready.to(memory_format=torch.channels_last)


def load(torch_class: str, folder: Path) -> Any:
    """The network of a folder, of a class given by its full name; errors as of
    :meth:`tryon.core.weights.Pretrained.from_pretrained`."""
    module, _, name = torch_class.rpartition(".")
    return getattr(importlib.import_module(module), name).from_pretrained(folder)


def answer(network: nn.Module, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """What a network answers, see :func:`tryon.core.engine.ask`; it is asked where its weights are."""
    device = next((weight.device for weight in network.parameters()), None)
    with torch.inference_mode():
        said = network(*(torch.from_numpy(one).to(device) for one in inputs))
    parts = (said,) if isinstance(said, Tensor) else said
    return tuple(one.float().cpu().numpy() for one in parts if isinstance(one, Tensor))
