"""A folder of saved weights: ``config.json``, ``model.safetensors``, a model card, and ``model.onnx`` where exported.

Here is what needs no engine: finding the folder, reading its configuration, facts about it.
"""

import hashlib
import json
import math
import re
from dataclasses import fields
from itertools import zip_longest
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tryon.core.errors import CheckpointError
from tryon.core.files import LFS_START

FORMAT_VERSION = 1
RELEASED = Path(__file__).parents[1] / "weights"
CONFIG, MODEL, ONNX, CARD = "config.json", "model.safetensors", "model.onnx", "README.md"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def folders_of_weights(folder: Path) -> list[Path]:
    """The folders of saved weights that a folder is or holds.

    Raises:
        CheckpointError: there are none.
    """
    found = sorted(path.parent for pattern in (CONFIG, f"*/{CONFIG}") for path in folder.glob(pattern))
    if not found:
        raise CheckpointError(f"no weights in {folder}; expected {CONFIG} in it, or in one folder a network")
    return found


def class_of(folder: Path) -> str:
    """The name of the network that saved weights are of; errors as of :func:`read_config`."""
    return str(_read_json(folder).get("_class", ""))


def weights_info(folder: str | Path) -> dict[str, str | int]:
    """Facts about saved weights.

    Returns:
        ``class``: name of the network; ``bytes`` and ``sha256`` of ``model.safetensors``; ``parameters``: number of
        floating values in it, running statistics included.

    Raises:
        CheckpointError: the folder holds no readable weights.
    """
    folder = Path(folder)
    class_name = class_of(folder)
    path = folder / MODEL
    try:
        data = path.read_bytes()
        parameters = 0
        with safe_open(path, "np") as file:
            for name in file.keys():  # noqa: SIM118 - safe_open is no mapping
                stored = file.get_slice(name)
                if "F" in stored.get_dtype():
                    parameters += math.prod(stored.get_shape())
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from error
    return {
        "class": class_name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": parameters,
    }


def check_readable(path: Path) -> None:
    """Check that a ``model.safetensors`` is whole, as far as its header tells.

    Raises:
        CheckpointError: it is not.
    """
    try:
        with safe_open(path, "np"):
            pass
    except (OSError, SafetensorError) as error:
        raise damaged(path, error) from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def find(source: str | Path | None, weights_name: str, revision: str | None = None) -> Path:
    """The folder of a network's weights.

    Args:
        source: a folder, or a Hugging Face hub id ``owner/name`` when no such folder exists; ``None`` for the weights
            that come with the package.
        weights_name: folder of the released weights inside ``tryon/weights``.
        revision: branch, tag or commit of the hub repository.

    Raises:
        CheckpointError: there is no such folder, or the hub cannot be asked.
    """
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
        raise CheckpointError(f"{source} is a file; give the folder that holds {CONFIG} and {MODEL}")
    if isinstance(source, str) and _HUB_ID.fullmatch(source):
        return _download(source, revision)
    hub = f", and {source!r} is no hub id (owner/name)" if isinstance(source, str) else ""
    raise CheckpointError(
        f"no weights at {folder.absolute()}{hub}; "
        f"give a folder with {CONFIG} and {MODEL}, or nothing for the released weights"
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
        return Path(snapshot_download(hub_id, revision=revision, allow_patterns=[CONFIG, MODEL, ONNX]))
    except Exception as error:  # The hub package lets the errors of its HTTP library through.
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CheckpointError(
            f"{looked}, and {hub_id} could not be loaded from the Hugging Face hub ({reason}); "
            "check the name and the connection, or give an existing folder"
        ) from error


def _read_json(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config = json.loads(path.read_bytes())  # of bytes, because these may begin with a byte order mark
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); is {folder} the folder weights of a training?"
        ) from error
    except ValueError as error:
        raise damaged(path, error) from error
    if not isinstance(config, dict):
        raise damaged(path, "it holds no JSON object")
    return config


def read_config(folder: Path, class_name: str, config_class: type) -> Any:
    """The configuration of saved weights, an instance of ``config_class``.

    Raises:
        CheckpointError: it is missing, damaged, of another network or version, or not exactly of these fields.
    """
    stored = _read_json(folder)
    path = folder / CONFIG
    found = stored.pop("_class", None)
    if found != class_name:
        raise CheckpointError(f"{path} is of the network {found}, expected {class_name}; give another folder")
    version = stored.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format version {version}, this program reads {FORMAT_VERSION}; update the package"
        )
    known = {field.name for field in fields(config_class)}
    raise_if_any(path, missing=known - stored.keys(), unknown=stored.keys() - known)
    try:
        return config_class(**{name: _restore_tuples(value) for name, value in stored.items()})
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"{path} holds a value that {class_name} does not take: {error}") from error


def _restore_tuples(value: Any) -> Any:
    """JSON has no tuples."""
    return tuple(map(_restore_tuples, value)) if isinstance(value, list) else value


def raise_if_any(path: Path, **problems: set[str]) -> None:
    """Name three that do not fit, of each kind in turn, and count the rest."""
    kinds = [[f"{kind} {name}" for name in sorted(names)] for kind, names in problems.items()]
    found = [one for rank in zip_longest(*kinds) for one in rank if one]
    if found:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        raise CheckpointError(
            f"{path} does not fit this network ({', '.join(found[:3])}{more}); it is of another network or version"
        )


def damaged(path: Path, reason: Exception | str) -> CheckpointError:
    """The error of a file of weights that cannot be read."""
    try:
        with path.open("rb") as file:
            pointer = file.read(len(LFS_START)) == LFS_START
    except OSError:  # which the reason says
        pointer = False
    if pointer:
        return CheckpointError(f"{path} is a pointer of Git LFS, not the weights; fetch them with: git lfs pull")
    return CheckpointError(f"{path} is missing or damaged ({reason}); copy or download the weights again")
