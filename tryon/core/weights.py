"""Saving and loading of networks: a folder with ``config.json``, ``model.safetensors`` and a model card.

Loading is strict: a missing, unknown or misshapen entry is an error, never a silent default.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from tryon.core.errors import CheckpointError
from tryon.core.files import write_atomically
from tryon.core.weight_files import (
    CARD,
    CONFIG,
    FORMAT_VERSION,
    MODEL,
    damaged,
    find,
    raise_if_any,
    read_config,
    sha256,
)


class Pretrained:
    """Mixin for an ``nn.Module`` that is saved to and loaded from a folder.

    The network sets the two class attributes, takes its configuration as only constructor argument and keeps it as
    ``self.config``.
    """

    config_class: ClassVar[type]
    """A frozen, flat dataclass of numbers, strings, booleans and tuples of them."""
    weights_name: ClassVar[str]
    """Folder of the released weights inside ``tryon/weights``."""
    config: Any

    def save_pretrained(self, folder: str | Path, *, card: str = "", half: bool = True) -> None:
        """Write ``config.json``, ``model.safetensors`` and ``README.md``, each atomically.

        Args:
            folder: made when missing; other files in it are left alone.
            card: the text of ``README.md``: training data, licence, measured quality, limits.
            half: store floating tensors in half precision; integer buffers are stored as they are.

        Raises:
            CheckpointError: a weight is not finite, or too large for half precision.
            OSError: the folder cannot be written.
        """
        folder = Path(folder)
        tensors = {}
        for name, tensor in cast(nn.Module, self).state_dict().items():
            # A copy even without a change of type, because safetensors refuses tensors that share memory.
            stored = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
            if stored.is_floating_point():
                stored = stored.half() if half else stored.float()
                if not stored.isfinite().all():
                    raise CheckpointError(
                        f"weight {name} is not finite in {'half' if half else 'single'} precision; "
                        "the training diverged, or the weights need half=False"
                    )
            tensors[name] = stored
        config = {"_class": type(self).__name__, "format_version": FORMAT_VERSION, **asdict(self.config)}
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / MODEL, save(tensors, metadata={"format": "pt"}))
        write_atomically(folder / CONFIG, (json.dumps(config, indent=2) + "\n").encode())
        write_atomically(folder / CARD, card.encode())

    @classmethod
    def from_pretrained(cls, source: str | Path | None = None, *, revision: str | None = None) -> Self:
        """Load a network, in float32 and evaluation mode, on the CPU.

        Args:
            source: a folder, or a Hugging Face hub id ``owner/name`` when no such folder exists; ``None`` for the
                weights that come with the package. Only a hub id makes this ask the network.
            revision: branch, tag or commit of the hub repository.

        Raises:
            CheckpointError: nothing there, of another network, damaged, or not exactly the tensors of this network.
        """
        folder = find(source, cls.weights_name, revision)
        config = read_config(folder, cls.__name__, cls.config_class)
        try:
            network = cast(Callable[[Any], Any], cls)(config)
        except (TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{folder / CONFIG} describes no valid {cls.__name__}: {error}") from error
        tensors = _read_tensors(folder)
        _check_tensors(folder, network.state_dict(), tensors)
        network.load_state_dict(tensors)
        return cast(Self, network.eval())


def download(url: str, folder: str | Path) -> Path:
    """Fetch a file of weights and check it, unless it is there already.

    Args:
        url: ends in ``NAME-DIGITS.pth`` as torchvision's do; the digits are the first of the file's SHA-256.
        folder: made when missing.

    Returns:
        The file in ``folder``.

    Raises:
        CheckpointError: it cannot be fetched, is not the file that the digits are of, or cannot be written.
    """
    path = Path(folder) / url.rsplit("/", 1)[-1]
    digits = path.stem.rsplit("-", 1)[-1]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and sha256(path).startswith(digits):
            return path
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digits)  # writes it whole or not at all
    except (OSError, RuntimeError) as error:
        raise CheckpointError(
            f"{url} could not be downloaded to {folder} ({error}); check the connection, or put the file there yourself"
        ) from error
    return path


def _read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / MODEL
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from error


def _check_tensors(folder: Path, expected: dict[str, torch.Tensor], found: dict[str, torch.Tensor]) -> None:
    mismatched = {
        f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected.keys() & found.keys()
        if found[name].shape != expected[name].shape
    }
    raise_if_any(
        folder / MODEL,
        missing=expected.keys() - found.keys(),
        unexpected=found.keys() - expected.keys(),
        mismatched=mismatched,
    )
