"""How many puppets and garment self pairs are made in a second: ``python benchmarks/puppet.py --data FOLDER``.

Measured in one process with one thread, as in a worker of a training, on photos of Clothing Co-Parsing, reading and
decoding them included. What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import time
from pathlib import Path

import rows

SIDES = (256, 512, 1024)


def main() -> None:
    options = parse_options()
    row = rows.facts() | {"pairs": options.pairs} | measure(options)
    for name, value in row.items():
        print(f"{name:26} {value}")
    if options.out:
        rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how fast pairs are made from single photos.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the Clothing Co-Parsing data set")
    parser.add_argument("--pairs", type=int, default=20, help="pairs of each kind and size")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to")
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be 1 or more")
    return options


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Pairs a second of each kind, in squares of each side."""
    import cv2

    from tryon.datasets.ccp import ClothingCoParsing
    from tryon.synth.puppet import PuppetPairs
    from tryon.synth.selfpairs import GarmentSelfPairs

    cv2.setNumThreads(1)
    photos = ClothingCoParsing(options.data)
    figures = {}
    for side in SIDES:
        for name, kind in (("puppets", PuppetPairs), ("self_pairs", GarmentSelfPairs)):
            pairs = kind(photos, 0, (side, side))
            pairs.pair(0)
            start = time.perf_counter()
            for number in range(1, options.pairs + 1):
                pairs.pair(number)
            figures[f"{name}_{side}_per_s"] = round(options.pairs / (time.perf_counter() - start), 2)
    return figures


if __name__ == "__main__":
    main()
