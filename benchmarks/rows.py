"""What every benchmark writes beside its figures, and how."""

import csv
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]


def facts() -> dict[str, object]:
    """Where and on what was measured."""
    import cv2
    import numpy as np

    from tryon import __version__

    git = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": subprocess.run(git, cwd=ROOT, capture_output=True, text=True).stdout.strip() or "unknown",
        "tryon": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
    }


def cpu_model() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def append(row: dict[str, object], path: Path) -> None:
    """Add a row to a CSV file, in the order of its columns; a new file gets the row's own."""
    columns = next(csv.reader(path.read_text().splitlines())) if path.exists() else list(row)
    with open(path, "a", newline="") as file:
        writer = csv.DictWriter(file, columns)
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow(row)
