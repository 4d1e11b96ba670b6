"""How many try-ons a minute ``tryon batch`` makes: ``python benchmarks/batch.py [--out benchmarks/batch.csv]``.

What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import csv
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows

SAMPLES = rows.ROOT / "tryon" / "samples"
GOOD = (0, 2)  # Exit codes: with 2, photos were refused.


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, expected = write_pairs(options, folder), None
        for workers in options.workers:
            out = folder / f"out{workers}"
            batch = command(table, out, options, workers)
            row = rows.facts() | {"load": round(os.getloadavg()[0], 1), "ray": options.ray or ""}
            row |= {"workers": workers} | measure(batch, out)
            print(", ".join(f"{name} {value}" for name, value in list(row.items())[8:]), flush=True)
            if options.out:
                rows.append(row, options.out)
            expected = expected or contents(out)
            check(contents(out), expected, f"with {workers} workers")
        if options.kill_at:
            out = folder / "killed"
            batch = command(table, out, options, options.workers[-1])
            kill(batch, out, options.kill_at)
            rows.run_python(batch, GOOD)
            check(contents(out), expected, f"killed after {options.kill_at} pairs and started again")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how many pairs a minute a batch makes.")
    parser.add_argument("--people", type=Path, default=SAMPLES, help="folder of photos; default: the samples")
    parser.add_argument("--garments", type=Path, default=SAMPLES, help="folder of photos; default: the samples")
    parser.add_argument("--pairs", type=int, help="only so many, the first garments for every person")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of processes, one row each")
    parser.add_argument("--ray", help="ADDRESS, auto or local, as of tryon batch")
    parser.add_argument(
        "--kill-at", type=int, default=0, help="at last, kill one after so many pairs and start it again"
    )
    parser.add_argument("--weights", type=Path, help="folder with the folders parser and pose; default: the released")
    parser.add_argument("--out", type=Path, help="CSV file that rows are appended to")
    return parser.parse_args()


def write_pairs(options: argparse.Namespace, folder: Path) -> Path:
    """A table of the pairs, those of a person together."""
    people, garments = (sorted(one.glob("*.jpg")) for one in (options.people, options.garments))
    garments = garments[: -(-options.pairs // len(people))] if options.pairs else garments
    pairs = list(itertools.product(people, garments))[: options.pairs]
    table = folder / "pairs.csv"
    with open(table, "w", newline="") as file:
        csv.writer(file).writerows([("person", "garment"), *((a.absolute(), b.absolute()) for a, b in pairs)])
    return table


def command(table: Path, out: Path, options: argparse.Namespace, workers: int) -> list[str]:
    """The arguments of Python for a batch."""
    weights = ["--weights", str(options.weights)] if options.weights else []
    ray = ["--ray", options.ray] if options.ray else []
    return ["-m", "tryon", "batch", str(table), "-o", str(out), "--workers", str(workers), *weights, *ray]


def measure(batch: list[str], out: Path) -> dict[str, object]:
    """One batch, from the shell to the report."""
    seconds, _ = rows.run_python(batch, GOOD)
    with open(out / "report.csv", newline="") as file:
        pairs = [float(row["seconds"]) for row in csv.DictReader(file)]
    return {
        "pairs": len(pairs),
        "seconds": round(seconds, 1),
        "pairs_a_minute": round(60 * len(pairs) / seconds, 1),
        "pair_s": round(sum(pairs) / len(pairs), 3),
    }


def kill(batch: list[str], folder: Path, count: int) -> None:
    """Begin a batch, and kill it when so many pairs are done."""
    process = subprocess.Popen([sys.executable, *batch], stderr=subprocess.DEVNULL)
    while len(journal(folder)) < count:
        if process.poll() is not None:
            sys.exit(f"the batch ended before {count} pairs were done")
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def journal(folder: Path) -> list[bytes]:
    """What is done so far."""
    return [line for file in folder.glob("journal-*") for line in file.read_bytes().splitlines()]


def check(found: dict[str, object], expected: dict[str, object], how: str) -> None:
    """End with a sentence unless two batches made the same."""
    if found != expected:
        names = [name for name in expected if found.get(name) != expected[name]]
        sys.exit(f"{how}, {len(names)} pictures or the report differ from those of the first run, such as {names[0]}")
    print(f"{how}: the same pictures and report", flush=True)


def contents(folder: Path) -> dict[str, object]:
    """The pictures of a batch and its report without the seconds."""
    found: dict[str, object] = {path.name: path.read_bytes() for path in folder.glob("*.jpg")}
    with open(folder / "report.csv", newline="") as file:
        found["report"] = [row[:-1] for row in csv.reader(file)]
    return found


if __name__ == "__main__":
    main()
