"""What the evaluations share: outputs that are checked before the work, the report, tables, a progress bar.

A report is one JSON object with flat keys. All of them hold ``engine`` (what ran the networks), the versions of
``onnxruntime`` and ``torch``, ``date``, ``split`` and ``number`` (of photos, or of pairs); a value that could not be
measured is null. The other keys are documented in the modules of :mod:`tryon.evaluate`.
"""

import json
import math
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

import tryon
from tryon.core import photo
from tryon.core.engine import engine_in
from tryon.core.errors import OutputError
from tryon.core.files import write_atomically
from tryon.core.weight_files import RELEASED, weights_info

NETWORKS = ("parser", "pose", "flow", "amodal", "matte", "points", "hpn")
ROOT = Path(tryon.__file__).parents[1]
_DIGITS = 12  # of a checksum or a commit: enough to tell them apart

Item = TypeVar("Item")


def check_outputs(json_path: Path | None, sheet: Path | None = None) -> None:
    """Check, before any work is done, that the outputs can be written.

    Raises:
        OutputError: one of them cannot.
    """
    if json_path:
        path, folder = json_path, json_path.parent
        if path.is_dir():
            raise OutputError(f"{path} is a folder; give the name of a .json file in it")
        if not folder.is_dir():
            raise OutputError(f"{path} cannot be written because {folder} is no existing folder; make it first")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise OutputError(f"{path} cannot be written: permission denied; choose another place")
    if sheet:
        photo.check_output(sheet)


def progress(items: Iterable[Item], what: str) -> Iterable[Item]:
    """The items, with a bar on stderr where that is a terminal."""
    return tqdm(items, desc=what, unit="", leave=False, disable=None)


def used_weights(folder: Path | None, *names: str) -> dict[str, Path]:
    """The weights of networks in a folder that has one folder for each; ``None`` for the released ones."""
    return {name: (folder or RELEASED) / name for name in names}


def checksums(weights: Mapping[str, Path]) -> dict[str, str | None]:
    """``weights_<network>`` for all of :data:`NETWORKS`: the beginning of the SHA-256 of its ``model.safetensors``;
    ``None`` for a network that is not measured, or that is not there and was not needed.

    Args:
        weights: folder of each network that is measured.
    """
    return {f"weights_{name}": _checksum(weights.get(name)) for name in dict.fromkeys((*NETWORKS, *weights))}


def report(
    json_path: Path | None,
    split: str,
    number: int,
    figures: Mapping[str, float],
    weights: Mapping[str, Path],
    engine: str | None = None,
) -> None:
    """Write the JSON file, where one is asked for, and name weights that are not the released ones.

    Args:
        json_path: the file.
        split: part of the data that was measured on.
        number: photos or pairs that were measured.
        figures: NaN becomes null.
        weights: folder of each network that was measured, such as from :func:`used_weights`.
        engine: what ran them; by default what :func:`tryon.core.engine.load` takes for these folders.

    Raises:
        OutputError: the file cannot be written after all.
    """
    found, released = checksums(weights), checksums(used_weights(None, *weights))
    for name, folder in weights.items():
        ours, theirs = found[f"weights_{name}"], released[f"weights_{name}"]
        if ours != theirs:
            print(f"The weights of {name} in {folder} ({ours}) are not the released ones ({theirs}).\n")
    if not json_path:
        return
    known = {key: None if math.isnan(value) else value for key, value in figures.items()}
    content = facts(weights, engine) | {"split": split, "number": number} | known
    _write(json_path, json.dumps(content, indent=2) + "\n")


def facts(weights: Mapping[str, Path], engine: str | None = None) -> dict[str, str | None]:
    """What every results file says of the program: ``version``, ``commit``, :func:`checksums`, ``engine``, the versions
    of ``onnxruntime`` and ``torch``, and ``date``; arguments as of :func:`report`."""
    return {
        "version": tryon.__version__,
        "commit": commit(),
        **checksums(weights),
        "engine": engine or " and ".join(sorted({engine_in(one) for one in weights.values() if one.is_dir()})),
        "onnxruntime": _version("onnxruntime"),
        "torch": _version("torch"),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write_markdown(path: Path | None, text: str, weights: Mapping[str, Path]) -> None:
    """Write tables, where a file is asked for, under them a line of what was measured: version, commit and weights.

    Raises:
        OutputError: the file cannot be written.
    """
    if not path:
        return
    sums = ", ".join(f"{name.removeprefix('weights_')} {one}" for name, one in checksums(weights).items() if one)
    measured = f"Version {tryon.__version__}, commit {commit() or 'unknown'}{sums and f'; weights: {sums}'}."
    _write(path, f"{text.rstrip()}\n\n{measured}\n")


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place") from error


def commit(root: Path = ROOT) -> str | None:
    """The git commit of the program, with ``+`` where files differ from it other than those of ``results``, which
    measuring writes; ``None`` where it runs in no clone."""
    if not (root / ".git").exists():
        return None
    try:
        found = _git(root, "rev-parse", f"--short={_DIGITS}", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)results")
        return found + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _checksum(folder: Path | None) -> str | None:
    if folder is None or not folder.is_dir():
        return None
    return str(weights_info(folder)["sha256"])[:_DIGITS]


def table(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table; numbers have three decimals, NaN is a dash."""
    lines = [[*header], ["---"] + ["---:"] * (len(header) - 1)]
    lines += [[_cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3f}"
    return str(value)
