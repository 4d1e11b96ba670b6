"""Writing the intermediate pictures of a try-on into a folder."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from tryon import draw
from tryon.core import photo
from tryon.core.errors import OutputError
from tryon.types import TryOnResult


def check_folder(folder: Path, inputs: Iterable[Path] = (), out: Path | None = None) -> None:
    """Check, before any work is done, that the steps can be written without overwriting one of the inputs.

    Args:
        folder: for the steps.
        inputs: photos that are read.
        out: where the picture of the result is to be written.

    Raises:
        OutputError: it has the name of the result or lies in it; or is a file, cannot be made or written where it is,
            or holds an input that has the name of a step.
    """
    for one in inputs:
        if re.match(r"\d\d_", one.name) and one.parent.resolve() == folder.resolve():
            raise OutputError(f"{one} is a photo that is read and would be overwritten; choose another --steps")
    if out and out.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise OutputError(f"{folder} cannot be a folder, because {out} is to be the picture; choose another --steps")
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"{folder} cannot be made or written as a folder; choose another --steps")


def write_steps(result: TryOnResult, folder: Path) -> None:
    """Write every step as ``NN_title.png``.

    Raises:
        OutputError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made ({error.strerror}); choose another --steps") from error
    for number, (title, picture) in enumerate(draw.steps(result), 1):
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
        photo.save(picture, folder / f"{number:02d}_{name}.png")
