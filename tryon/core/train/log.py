"""What a training tells about itself: ``stats.jsonl`` always, TensorBoard when it is installed, sample sheets."""

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from tryon.core import photo
from tryon.core.files import write_atomically


class RunLog:
    """Writes into a run folder; lines after the step that a run goes on from are dropped first."""

    def __init__(self, run: Path, first_step: int):
        run.mkdir(parents=True, exist_ok=True)
        self._sheets = run / "sheets"
        self._path = run / "stats.jsonl"
        if self._path.exists():
            kept = [line for line in self._path.read_bytes().splitlines(True) if _step_of(line) <= first_step]
            write_atomically(self._path, b"".join(kept))
        self._file = self._path.open("a", buffering=1)
        self._clock = time.monotonic()
        self._images: int | None = None
        try:
            from torch.utils.tensorboard import SummaryWriter

            self._board: SummaryWriter | None = SummaryWriter(str(run), purge_step=first_step + 1)
        except ImportError:
            self._board = None

    def scalars(self, step: int, images: int, scalars: dict[str, torch.Tensor], lr: float) -> None:
        """One line: step, images shown, learning rate, seconds for an image, and the scalars of the step."""
        now = time.monotonic()
        line = {"step": step, "images": images, "lr": round(float(lr), 8)}
        if self._images is not None and images > self._images:
            line["seconds_per_image"] = round((now - self._clock) / (images - self._images), 4)
        self._clock, self._images = now, images
        line |= {name: round(float(scalar), 6) for name, scalar in scalars.items()}
        self._file.write(json.dumps(line) + "\n")
        if self._board:
            for name, scalar in scalars.items():
                self._board.add_scalar(name, float(scalar), step)

    def validation(self, step: int, images: int, figures: Mapping[str, float]) -> None:
        """A line of its own with what was measured on fixed examples, as ``val_NAME``; NaN becomes null."""
        known = {f"val_{name}": round(value, 6) if math.isfinite(value) else None for name, value in figures.items()}
        self._file.write(json.dumps({"step": step, "images": images} | known) + "\n")
        if self._board:
            for name, value in figures.items():
                self._board.add_scalar(f"val_{name}", value, step)

    def sheet(self, step: int, picture: np.ndarray) -> None:
        """Keep a picture of fixed examples as ``sheets/STEP.jpg``."""
        self._sheets.mkdir(exist_ok=True)
        photo.save(picture, self._sheets / f"{step:07d}.jpg")
        if self._board:
            self._board.add_image("sheet", picture, step, dataformats="HWC")

    def close(self) -> None:
        self._file.close()
        if self._board:
            self._board.close()


def _step_of(line: bytes) -> float:
    """The step of a line, or infinity for one that a killed run left unfinished."""
    try:
        return json.loads(line)["step"] if line.endswith(b"\n") else math.inf
    except (ValueError, LookupError, TypeError):
        return math.inf
