"""How many pictures the renderer makes: ``python benchmarks/render.py --avatars VALID [--out benchmarks/render.csv]``.

Each row is one kind of sample at one size: ``images_per_s`` counts pictures, of which a pair has two and a triplet
three, of all ``processes`` together during ``seconds`` of wall time, with label maps, surface maps and flow, nothing
written. Each process draws from eight avatars that it has read before; clothes are recolored, without photos of
fabrics. Let nothing else run on the machine meanwhile: ``load`` is how many processes wanted to run in the minute
before. ``images_per_cpu_s`` counts the pictures of a second of a processor's time, which others take less from.
"""

import argparse
import multiprocessing
import os
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
            load = os.getloadavg()[0]
            speed, per_cpu = measure(options, kind, side)
            aim = f"   (aim: at least {AIMS[side]})" if side in AIMS else ""
            print(f"{kind:9} {side:5}²  {speed:6.2f} images a second, {per_cpu:.2f} a processor{aim}", flush=True)
            if options.out:
                figures = {"load": load, "images_per_s": speed, "images_per_cpu_s": per_cpu}
                figures = {key: round(value, 3) for key, value in figures.items()}
                rows.append(facts(options) | {"kind": kind, "side": side} | figures, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the speed of the renderer.")
    parser.add_argument("--avatars", type=Path, required=True, help="folder of the VALID library's .glb files")
    parser.add_argument("--processes", type=int, default=2, help="that render at the same time")
    parser.add_argument("--seconds", type=float, default=20, help="for each kind and size")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to for each kind and size")
    return parser.parse_args()


def measure(options: argparse.Namespace, kind: str, side: int) -> tuple[float, float]:
    """Pictures a second of all processes together, and a second of processor time."""
    jobs = [(options.avatars, kind, side, seed, options.seconds) for seed in range(options.processes)]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        pictures, wall, busy = zip(*pool.starmap(measure_process, jobs, chunksize=1), strict=True)
    return sum(n / s for n, s in zip(pictures, wall, strict=True)), sum(pictures) / sum(busy)


def measure_process(
    avatars: Path, kind: Literal["people", "pairs", "triplets"], side: int, seed: int, seconds: float
) -> tuple[int, float, float]:
    """How many pictures, in how many seconds of wall and of processor time, without what is read once."""
    import cv2
    import numpy as np

    from tryon.synth.pairs import Studio

    cv2.setNumThreads(1)
    studio = Studio(avatars, "train", (side, side))
    rng = np.random.default_rng(seed)
    studio.names = sorted(rng.choice(list(studio.partners), AVATARS, replace=False).tolist())
    studio.partners = dict.fromkeys(studio.names, studio.names)
    for name in studio.names:
        studio.load(name)
    studio.sample(kind, rng)
    samples, start, busy = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        studio.sample(kind, rng)
        samples += 1
    return samples * PICTURES[kind], time.perf_counter() - start, time.process_time() - busy


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
