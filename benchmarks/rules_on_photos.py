"""What each rule changes on photos: ``python benchmarks/rules_on_photos.py --photos CCP --out FOLDER``.

Random pairs of photos are swapped, what is worn above and what is worn below, with all rules of ``rules.toml`` and
without each of those that take part in warping and rendering; photos are read once. A table is printed, and the
folder gets a picture for each rule of what it changes most, with the rule and without.
"""

import argparse
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from rules import MEASURED, RULES, environment  # switches the rule off that the environment names

_LEVELS = 8  # by which a pixel has to differ
_MARGIN = 40  # pixels around what changed in a picture
Swapped = list[tuple[np.ndarray, np.ndarray]]
"""Of each swap the picture, and the region that might change."""


def main() -> None:
    options = parse_options()
    if options.one:
        options.one.with_suffix(".done").write_bytes(pickle.dumps(swap(pickle.loads(options.one.read_bytes()))))
        return
    options.out.mkdir(parents=True, exist_ok=True)
    names = [name for name, rule in RULES.items() if options.only in name and rule["module"].startswith(MEASURED)]
    print("| rule | changed swaps | of the region, at most |\n|---|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        cases = Path(folder) / "cases"
        cases.write_bytes(pickle.dumps(read(options)))
        whole = swapped_without("", cases)
        for number, name in enumerate(names):
            without = swapped_without(name, cases)
            shares = [share(*both) for both in zip(whole, without, strict=True)]
            most = int(np.argmax(shares))
            print(f"| {name} | {np.count_nonzero(shares)} of {len(shares)} | {shares[most]:.1%} |", flush=True)
            if shares[most]:
                draw(whole[most][0], without[most][0], options.out / f"{number:02d} {name.replace('/', ' ')}.png")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Switch rules off, one at a time, and look what changes on photos.")
    asked = "--one" not in sys.argv
    parser.add_argument("--photos", type=Path, required=asked, help="folder of people, as of tryon evaluate swap")
    parser.add_argument("--out", type=Path, required=asked, help="folder for the pictures")
    parser.add_argument("--number", type=int, default=24, help="of pairs")
    parser.add_argument("--seed", type=int, default=0, help="of the pairs")
    parser.add_argument("--only", default="", help="part of the names of the rules to switch off")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # of the processes that this one starts
    return parser.parse_args()


def read(options: argparse.Namespace) -> list:
    """People and garments, of the upper and of the lower body; those that are refused are left out."""
    from tryon.core.errors import TryOnError
    from tryon.datasets.people import open_people
    from tryon.evaluate.swap import random_pairs
    from tryon.pipeline import TryOn

    tryon, people, cases = TryOn.from_pretrained(), open_people(options.photos, "val", labeled=False), []
    for one, other in random_pairs(len(people), options.number, options.seed):
        try:
            person, wearer = tryon.read_person(people[one].image), tryon.read_wearer(people[other].image)
        except TryOnError:
            continue
        for category in ("auto", "lower"):
            try:
                cases.append((person, tryon.take_garment(wearer, category=category)))
            except TryOnError:
                continue
    return cases


def swap(cases: list) -> Swapped:
    from tryon.pipeline import TryOn

    tryon = TryOn.from_pretrained()
    results = (tryon(person, garment) for person, garment in cases)
    return [(result.image, result.mask) for result in results]


def swapped_without(name: str, cases: Path) -> Swapped:
    """All cases in a process of its own, without a rule."""
    subprocess.run([sys.executable, __file__, "--one", str(cases)], env=environment(name), check=True)
    return pickle.loads(cases.with_suffix(".done").read_bytes())


def share(one: tuple[np.ndarray, np.ndarray], other: tuple[np.ndarray, np.ndarray]) -> float:
    """How much of the region that may change is another color."""
    return float(differ(one[0], other[0]).sum() / max((one[1] | other[1]).sum(), 1))


def differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.astype(int) - other).max(-1) > _LEVELS


def draw(one: np.ndarray, other: np.ndarray, path: Path) -> None:
    from tryon.core import photo
    from tryon.core.masks import window_of

    window = window_of(differ(one, other), _MARGIN)
    photo.save(np.concatenate((one[window], other[window]), 1), path)


if __name__ == "__main__":
    main()
