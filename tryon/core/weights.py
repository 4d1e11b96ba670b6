"""Saving and loading of networks: a folder with ``config.json``, ``model.safetensors`` and a model card.

Loading is strict: a missing, unknown or misshapen entry is an error, never a silent default.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import asdict, fields
from itertools import zip_longest
from pathlib import Path
from typing import Any, ClassVar, Self, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import nn

from tryon.core.errors import CheckpointError
from tryon.core.files import write_atomically

FORMAT_VERSION = 1
RELEASED = Path(__file__).parents[1] / "weights"
_CONFIG, _MODEL, _CARD = "config.json", "model.safetensors", "README.md"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


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
        write_atomically(folder / _MODEL, save(tensors, metadata={"format": "pt"}))
        write_atomically(folder / _CONFIG, (json.dumps(config, indent=2) + "\n").encode())
        write_atomically(folder / _CARD, card.encode())

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
        folder = _find(source, cls.weights_name, revision)
        config = _read_config(folder, cls.__name__, cls.config_class)
        try:
            network = cast(Callable[[Any], Any], cls)(config)
        except (TypeError, ValueError, RuntimeError) as error:
            raise CheckpointError(f"{folder / _CONFIG} describes no valid {cls.__name__}: {error}") from error
        tensors = _read_tensors(folder)
        _check_tensors(folder, network.state_dict(), tensors)
        network.load_state_dict(tensors)
        return cast(Self, network.eval())


def weights_info(folder: str | Path) -> dict[str, str | int]:
    """Facts about saved weights.

    Returns:
        ``class``: name of the network; ``bytes`` and ``sha256`` of ``model.safetensors``; ``parameters``: number of
        floating values in it, running statistics included.

    Raises:
        CheckpointError: the folder holds no readable weights.
    """
    folder = Path(folder)
    config = _read_json(folder)
    path = folder / _MODEL
    try:
        data = path.read_bytes()
        parameters = 0
        with safe_open(path, "pt") as file:
            for name in file.keys():  # noqa: SIM118 - safe_open is no mapping
                stored = file.get_slice(name)
                if "F" in stored.get_dtype():
                    parameters += torch.Size(stored.get_shape()).numel()
    except (OSError, SafetensorError) as error:
        raise _damaged(path, error) from error
    return {
        "class": str(config.get("_class", "")),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": parameters,
    }


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
        if path.is_file() and _sha256(path).startswith(digits):
            return path
        torch.hub.download_url_to_file(url, str(path), hash_prefix=digits)  # writes it whole or not at all
    except (OSError, RuntimeError) as error:
        raise CheckpointError(
            f"{url} could not be downloaded to {folder} ({error}); check the connection, or put the file there yourself"
        ) from error
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _find(source: str | Path | None, weights_name: str, revision: str | None) -> Path:
    if source is None:
        folder = RELEASED / weights_name
        if not folder.is_dir():
            raise CheckpointError(
                f"the released weights are not at {folder}; reinstall the package, or give the folder of your own"
            )
        return folder
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_file():
        raise CheckpointError(f"{source} is a file; give the folder that holds {_CONFIG} and {_MODEL}")
    if isinstance(source, str) and _HUB_ID.fullmatch(source):
        return _download(source, revision)
    hub = f", and {source!r} is no hub id (owner/name)" if isinstance(source, str) else ""
    raise CheckpointError(
        f"no weights at {folder.absolute()}{hub}; "
        f"give a folder with {_CONFIG} and {_MODEL}, or nothing for the released weights"
    )


def _download(hub_id: str, revision: str | None) -> Path:
    looked = f"there is no folder {Path(hub_id).absolute()}"
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise CheckpointError(
            f"{looked}, and hub weights need the package huggingface_hub; "
            "install it with `pip install huggingface_hub`, or give an existing folder"
        ) from error
    try:
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=[_CONFIG, _MODEL]))
    except Exception as error:  # The hub package lets the errors of its HTTP library through.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CheckpointError(
            f"{looked}, and {hub_id} could not be loaded from the Hugging Face hub ({reason}); "
            "check the name and the connection, or give an existing folder"
        ) from error


def _read_json(folder: Path) -> dict[str, Any]:
    path = folder / _CONFIG
    try:
        config = json.loads(path.read_bytes())  # of bytes, because these may begin with a byte order mark
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); is {folder} the folder weights of a training?"
        ) from error
    except ValueError as error:
        raise _damaged(path, error) from error
    if not isinstance(config, dict):
        raise _damaged(path, "it holds no JSON object")
    return config


def _read_config(folder: Path, class_name: str, config_class: type) -> Any:
    stored = _read_json(folder)
    path = folder / _CONFIG
    found = stored.pop("_class", None)
    if found != class_name:
        raise CheckpointError(f"{path} is of the network {found}, expected {class_name}; give another folder")
    version = stored.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format version {version}, this program reads {FORMAT_VERSION}; update the package"
        )
    known = {field.name for field in fields(config_class)}
    _raise_if_any(path, missing=known - stored.keys(), unknown=stored.keys() - known)
    try:
        return config_class(**{name: _restore_tuples(value) for name, value in stored.items()})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} holds a value that {class_name} does not take: {error}") from error


def _restore_tuples(value: Any) -> Any:
    """JSON has no tuples."""
    return tuple(map(_restore_tuples, value)) if isinstance(value, list) else value


def _read_tensors(folder: Path) -> dict[str, torch.Tensor]:
    path = folder / _MODEL
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise _damaged(path, error) from error


def _check_tensors(folder: Path, expected: dict[str, torch.Tensor], found: dict[str, torch.Tensor]) -> None:
    mismatched = {
        f"{name} {tuple(found[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected.keys() & found.keys()
        if found[name].shape != expected[name].shape
    }
    _raise_if_any(
        folder / _MODEL,
        missing=expected.keys() - found.keys(),
        unexpected=found.keys() - expected.keys(),
        mismatched=mismatched,
    )


def _raise_if_any(path: Path, **problems: set[str]) -> None:
    """Name three that do not fit, of each kind in turn, and count the rest."""
    kinds = [[f"{kind} {name}" for name in sorted(names)] for kind, names in problems.items()]
    found = [one for rank in zip_longest(*kinds) for one in rank if one]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise CheckpointError(
            f"{path} does not fit this network ({', '.join(found[:3])}{more}); it is of another network or version"
        )


def _damaged(path: Path, reason: Exception | str) -> CheckpointError:
    return CheckpointError(f"{path} is missing or damaged ({reason}); copy or download the weights again")
