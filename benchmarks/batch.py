"""How many try-ons a minute ``tryon batch`` makes: ``python benchmarks/batch.py [--out benchmarks/batch.csv]``.

What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import rows

SAMPLES = rows.ROOT / "tryon" / "samples"


def main() -> None:
    options = parse_options()
    for workers in options.workers:
        row = rows.facts() | measure(options, workers)
        print(", ".join(f"{name} {row[name]}" for name in ("workers", "pairs", "seconds", "pairs_a_minute", "pair_s")))
        if options.out:
            rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how many pairs a minute a batch makes.")
    parser.add_argument("--people", type=Path, default=SAMPLES, help="folder of photos; default: the samples")
    parser.add_argument("--garments", type=Path, default=SAMPLES, help="folder of photos; default: the samples")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of processes, one row each")
    parser.add_argument("--weights", type=Path, help="folder with the folders parser and pose; default: the released")
    parser.add_argument("--out", type=Path, help="CSV file that rows are appended to")
    return parser.parse_args()


def measure(options: argparse.Namespace, workers: int) -> dict[str, object]:
    """One batch, from the shell to the report."""
    weights = ["--weights", str(options.weights)] if options.weights else []
    with tempfile.TemporaryDirectory() as folder:
        batch = ["-m", "tryon", "batch", str(options.people), str(options.garments), "-o", folder, *weights]
        seconds, _ = rows.run_python([*batch, "--workers", str(workers)])
        with open(Path(folder) / "report.csv", newline="") as file:
            pairs = [float(row["seconds"]) for row in csv.DictReader(file)]
    return {
        "workers": workers,
        "pairs": len(pairs),
        "seconds": round(seconds, 1),
        "pairs_a_minute": round(60 * len(pairs) / seconds, 1),
        "pair_s": round(sum(pairs) / len(pairs), 3),
    }


if __name__ == "__main__":
    main()
