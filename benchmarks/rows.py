"""What the benchmarks share: timing, and what each writes beside its figures."""

import csv
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

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


def run_python(arguments: Sequence[str], good: Sequence[int] = (0,)) -> tuple[float, int]:
    """Wall time in seconds and largest resident memory in bytes of a Python process; other exit codes end this one."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        sys.exit(f"`python {' '.join(arguments)}` failed with exit code {process.returncode}; see its message above")
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def median_time(function: Callable[[], None], runs: int) -> float:
    """Median wall time in seconds."""
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return median(seconds)
