"""How fast a try-on is and how much memory it takes: ``python benchmarks/swap.py [--out benchmarks/swap.csv]``.

Only what users call is measured: the class ``TryOn`` and the command ``tryon swap``. What each column means stands in
``benchmarks/README.md``.
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median

import rows

SAMPLES = rows.ROOT / "tryon" / "samples"
AIMS = {
    "warm_s": 1.0,
    "second_garment_s": 0.5,
    "shell_to_file_s": 2.5,
    "peak_memory_gb": 0.6,
    "import_s": 0.2,
}


def main() -> None:
    options = parse_options()
    # Processes first, while this one is small: Linux counts the memory of the process that starts another as the
    # other's own.
    figures = measure_processes(options)
    figures |= measure_warm(options)
    row = facts(options) | {name: round(figures[name], 3) for name in AIMS}
    for name, value in row.items():
        print(f"{name:17} {value}" + (f"   (aim: at most {AIMS[name]})" if name in AIMS else ""))
    if options.out:
        rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the time and the memory of a try-on.")
    parser.add_argument("--person", type=Path, default=SAMPLES / "man_tshirt.jpg", help="photo of the person")
    parser.add_argument("--garment", type=Path, default=SAMPLES / "man_floral.jpg", help="photo with the garment")
    parser.add_argument("--runs", type=int, default=5, help="each figure is the median of that many runs")
    parser.add_argument("--weights", type=Path, help="folder with the folders parser and pose; default: the released")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be 1 or more")
    return options


def measure_processes(options: argparse.Namespace) -> dict[str, float]:
    """Seconds and memory of whole processes."""
    weights = ["--weights", str(options.weights)] if options.weights else []
    with tempfile.TemporaryDirectory() as folder:
        photos = [str(options.person), str(options.garment)]
        swap = ["-m", "tryon", "swap", *photos, "-o", f"{folder}/result.png", *weights]
        swaps = [rows.run_python(swap) for _ in range(options.runs)]
    imported = [rows.run_python(["-c", "import tryon"])[0] for _ in range(options.runs)]
    bare = [rows.run_python(["-c", "pass"])[0] for _ in range(options.runs)]
    return {
        "shell_to_file_s": median(seconds for seconds, _ in swaps),
        "peak_memory_gb": median(memory for _, memory in swaps) / 1e9,
        "import_s": median(imported) - median(bare),
    }


def measure_warm(options: argparse.Namespace) -> dict[str, float]:
    """Seconds of a try-on in a process that has the networks loaded and has used them once."""
    from tryon import TryOn
    from tryon.core import photo

    tryon = TryOn.from_pretrained(options.weights)
    person_photo, garment_photo = photo.load(options.person), photo.load(options.garment)
    person = tryon.read_person(person_photo)

    def swap() -> None:
        tryon(tryon.read_person(person_photo), tryon.read_garment(garment_photo))

    def second_garment() -> None:
        tryon(person, tryon.read_garment(garment_photo))

    swap()
    return {
        "warm_s": rows.median_time(swap, options.runs),
        "second_garment_s": rows.median_time(second_garment, options.runs),
    }


def facts(options: argparse.Namespace) -> dict[str, object]:
    """Where and on what was measured."""
    from tryon import TryOn
    from tryon.core import photo
    from tryon.core.engine import threads

    shapes = [photo.load(path).shape for path in (options.person, options.garment)]
    return rows.facts() | {
        "engine": TryOn.from_pretrained(options.weights).engine,
        "threads": threads(),
        "photos": " ".join(f"{width}x{height}" for height, width, _ in shapes),
        "runs": options.runs,
    }


if __name__ == "__main__":
    main()
