"""How time and memory of a command grow with the photo: ``python benchmarks/size.py [--out benchmarks/size.csv]``.

It is ``tryon swap``, or the one that ``--command`` names. With ``--against FOLDER``, another checkout of the program is
measured in turn with this one, for a comparison in one run. What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import cv2
import rows

SAMPLES = rows.ROOT / "tryon" / "samples"
COMMANDS = {
    "swap": "swap {person} {garment}",
    "steps": "swap {person} {garment} --steps {folder}/steps",
    "transfer": "transfer {person} arms-out",
    "normalize": "normalize {person}",
    "parse": "parse {person}",
    "pose": "pose {person}",
}
SIZES = {"0.8": (768, 1024), "12": (3024, 4032), "48": (6048, 8064)}  # megapixels: width, height


def main() -> None:
    options = parse_options()
    roots = [rows.ROOT, *([options.against] if options.against else [])]
    with tempfile.TemporaryDirectory() as folder:
        for name in options.sizes:
            photos = [
                enlarged(SAMPLES / f"{one}.jpg", SIZES[name], Path(folder)) for one in ("man_tshirt", "man_floral")
            ]
            places = {"person": photos[0], "garment": photos[1], "folder": folder}
            command = [one.format(**places) for one in f"{COMMANDS[options.command]} -o {{folder}}/result.jpg".split()]
            found = [[measure(command, root) for root in roots] for _ in range(options.runs)]
            for root, runs in zip(roots, zip(*found, strict=True), strict=True):
                done = [run for run in runs if run]
                row = rows.facts() | {
                    "commit": commit(root),
                    "megapixels": name,
                    "runs": options.runs,
                    "seconds": round(median(seconds for seconds, _, _ in done), 2) if done else "refused",
                    "cpu_seconds": round(median(cpu for _, cpu, _ in done), 2) if done else "",
                    "peak_memory_gb": round(max(memory for _, _, memory in done) / 1e9, 3) if done else "",
                    "command": options.command,
                }
                print({key: row[key] for key in ("commit", "megapixels", "seconds", "cpu_seconds", "peak_memory_gb")})
                if options.out:
                    rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a command on photos of several sizes.")
    parser.add_argument("--command", choices=COMMANDS, default="swap", help="what is measured")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES), help="megapixels")
    parser.add_argument("--runs", type=int, default=3, help="times are the median of that many runs")
    parser.add_argument("--against", type=Path, help="folder of another checkout of the program")
    parser.add_argument("--out", type=Path, help="CSV file that rows are appended to")
    return parser.parse_args()


def enlarged(path: Path, size: tuple[int, int], folder: Path) -> Path:
    """A sample as a JPEG of another size."""
    out = folder / f"{path.stem}_{size[0]}.jpg"
    cv2.imwrite(str(out), cv2.resize(cv2.imread(str(path)), size, interpolation=cv2.INTER_CUBIC))
    return out


def measure(command: list[str], root: Path) -> tuple[float, float, int] | None:
    """Wall and processor seconds and largest memory in bytes of a command; ``None`` where it is refused."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tryon", *command],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return None
    memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, memory


def commit(root: Path) -> str:
    git = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(git, cwd=root, capture_output=True, text=True).stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
