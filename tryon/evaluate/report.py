"""What the evaluations share: outputs that are checked before the work, the report, tables, a progress bar.

A report is one JSON object with flat keys. All of them hold ``torch`` (its version), ``date``, ``split`` and ``number``
(of photos, or of pairs); a value that could not be measured is null. The other keys are documented in the modules of
:mod:`tryon.evaluate`.
"""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import torch
from tqdm import tqdm

from tryon.core import photo
from tryon.core.errors import OutputError
from tryon.core.files import write_atomically

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


def report(json_path: Path | None, split: str, number: int, figures: Mapping[str, float]) -> None:
    """Write the JSON file, where one is asked for.

    Args:
        json_path: the file.
        split: part of the data that was measured on.
        number: photos or pairs that were measured.
        figures: NaN becomes null.

    Raises:
        OutputError: the file cannot be written after all.
    """
    if not json_path:
        return
    known = {key: None if math.isnan(value) else value for key, value in figures.items()}
    facts = {
        "torch": torch.__version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "split": split,
        "number": number,
    }
    try:
        write_atomically(json_path, (json.dumps(facts | known, indent=2) + "\n").encode())
    except OSError as error:
        raise OutputError(f"{json_path} cannot be written ({error.strerror}); choose another place") from error


def table(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> str:
    """A Markdown table; numbers have three decimals, NaN is a dash."""
    lines = [[*header], ["---"] + ["---:"] * (len(header) - 1)]
    lines += [[_cell(value) for value in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3f}"
    return str(value)
