"""How many pictures the renderer makes: ``python benchmarks/render.py --avatars VALID [--out benchmarks/render.csv]``.

Each row is one kind of sample at one size: ``images_per_s`` counts pictures, of which a pair has two and a triplet
three, of all ``processes`` together during ``seconds`` of wall time, with label maps, surface maps and flow, nothing
written. Each process draws from eight avatars that it has read before; clothes are recolored, without photos of
fabrics. Let nothing else run on the machine meanwhile.
"""

import argparse
import multiprocessing
import time
from pathlib import Path
from typing import Literal

import rows

SIDES = (256, 512, 1024)
PICTURES = {"people": 1, "pairs": 2, "triplets": 3}
AIMS = {256: 8.0, 1024: 1.0}
AVATARS = 8  # of each process; they are read before the clock starts


def main() -> None:
    options = parse_options()
    for side in SIDES:
        for kind in PICTURES:
            speed = measure(options, kind, side)
            aim = f"   (aim: at least {AIMS[side]})" if side in AIMS else ""
            print(f"{kind:9} {side:5}²  {speed:6.2f} images a second{aim}", flush=True)
            if options.out:
                rows.append(facts(options) | {"kind": kind, "side": side, "images_per_s": round(speed, 3)}, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the speed of the renderer.")
    parser.add_argument("--avatars", type=Path, required=True, help="folder of the VALID library's .glb files")
    parser.add_argument("--processes", type=int, default=2, help="that render at the same time")
    parser.add_argument("--seconds", type=float, default=20, help="for each kind and size")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to for each kind and size")
    return parser.parse_args()


def measure(options: argparse.Namespace, kind: str, side: int) -> float:
    """Pictures a second of all processes together."""
    jobs = [(options.avatars, kind, side, seed, options.seconds) for seed in range(options.processes)]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        return sum(pool.starmap(speed_of_process, jobs, chunksize=1))


def speed_of_process(
    avatars: Path, kind: Literal["people", "pairs", "triplets"], side: int, seed: int, seconds: float
) -> float:
    """Pictures a second, without what is read once."""
    import cv2
    import numpy as np

    from tryon.data.pairs import Studio

    cv2.setNumThreads(1)
    studio = Studio(avatars, "train", (side, side))
    rng = np.random.default_rng(seed)
    studio.names = sorted(rng.choice(list(studio.partners), AVATARS, replace=False).tolist())
    studio.partners = dict.fromkeys(studio.names, studio.names)
    for name in studio.names:
        studio.load(name)
    studio.sample(kind, rng)
    samples, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        studio.sample(kind, rng)
        samples += 1
    return samples * PICTURES[kind] / (time.perf_counter() - start)


def facts(options: argparse.Namespace) -> dict[str, object]:
    """Where and on what was measured."""
    import embreex

    return rows.facts() | {
        "embreex": embreex.__version__,
        "processes": options.processes,
        "seconds": options.seconds,
    }


if __name__ == "__main__":
    main()
