"""What onnxruntime is worth, and that it answers as PyTorch does: ``python benchmarks/engines.py [--out FILE]``.

With ``--against FOLDER``, the times of another checkout of the program, such as the last that PyTorch ran, are measured
in turn with those of this one. What each measure means stands in ``benchmarks/README.md``.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
import rows
import size

SAMPLES = rows.ROOT / "tryon" / "samples"
PAIR = [SAMPLES / "man_tshirt.jpg", SAMPLES / "man_floral.jpg"]
WARM = """
import json, sys, time
from concurrent.futures import ThreadPoolExecutor
from tryon import TryOn
from tryon.core import photo
tryon, (one, other) = TryOn.from_pretrained(), map(photo.load, sys.argv[2:])
person = tryon.read_person(one)
tryon(person, tryon.read_garment(other))
found = {"warm": [], "second_garment": [], "in_turn": [], "two_at_once": []}
for _ in range(int(sys.argv[1])):
    for name, times in list(found.items())[:2]:
        wall, cpu = time.perf_counter(), time.process_time()
        tryon(tryon.read_person(one) if name == "warm" else person, tryon.read_garment(other))
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
def both(_):
    tryon(tryon.read_person(one), tryon.read_garment(other))
for name, workers in {"in_turn": 1, "two_at_once": 2}.items():
    wall, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(both, range(8)))
    found[name].append(((time.perf_counter() - wall) / 8, (time.process_time() - cpu) / 8))
print(json.dumps(found))
"""


def main() -> None:
    options = parse_options()
    roots = [rows.ROOT, *([options.against] if options.against else [])]
    measures = {
        "times": lambda: [*shell(roots, options.runs), *warm(roots, options.runs)],
        "equal": lambda: equal(options.photos, options.number),
        "memory": lambda: memory(options.tryons),
    }
    for name in options.measures:
        for found in measures[name]():
            print({key: value for key, value in found.items() if value != ""})
            if options.out:
                rows.append(rows.facts() | {"load": round(os.getloadavg()[0], 1)} | found, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the engine of the networks.")
    parser.add_argument("--measures", nargs="+", choices=("times", "equal", "memory"), default=["times", "memory"])
    parser.add_argument("--against", type=Path, help="folder of another checkout of the program")
    parser.add_argument("--runs", type=int, default=5, help="of each time")
    parser.add_argument("--photos", type=Path, help="folder with photos of people, for equal")
    parser.add_argument("--number", type=int, default=50, help="of these photos")
    parser.add_argument("--tryons", type=int, default=1000, help="in one process, for memory")
    parser.add_argument("--out", type=Path, help="CSV file that rows are appended to")
    options = parser.parse_args()
    if "equal" in options.measures and not options.photos:
        parser.error("equal needs --photos")
    return options


def figures(root: Path, measure: str, values: Sequence[float], digits: int = 3) -> dict[str, object]:
    """A row of one measure: the median, the least and the most, and of how many."""
    return {
        "commit": size.commit(root), "measure": measure, "value": round(median(values), digits),
        "least": round(min(values), digits), "most": round(max(values), digits), "runs": len(values),
    }  # fmt: skip


def shell(roots: list[Path], runs: int) -> Iterator[dict[str, object]]:
    """The command ``tryon swap``, in turn in each checkout."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["swap", *map(str, PAIR), "-o", f"{folder}/result.jpg"]
        found = [[size.measure(command, root) for root in roots] for _ in range(runs)]
    for root, done in zip(roots, zip(*found, strict=True), strict=True):
        seconds, cpu, peak = zip(*done, strict=True)
        yield figures(root, "shell_to_file_s", seconds)
        yield figures(root, "shell_to_file_cpu_s", cpu)
        yield figures(root, "peak_memory_gb", [one / 1e9 for one in peak])


def warm(roots: list[Path], runs: int) -> Iterator[dict[str, object]]:
    """Try-ons with the networks loaded, in processes of each checkout in turn."""
    times: dict[tuple[Path, str], list[tuple[float, float]]] = {}
    for _ in range(2):
        for root in roots:
            done = subprocess.run(
                [sys.executable, "-c", WARM, str(runs), *map(str, PAIR)],
                cwd=root, env=os.environ | {"PYTHONPATH": str(root)}, check=True, capture_output=True, text=True,
            )  # fmt: skip
            for name, values in json.loads(done.stdout.splitlines()[-1]).items():
                times.setdefault((root, name), []).extend(values)
    for (root, name), values in times.items():
        seconds, cpu = zip(*values, strict=True)
        yield figures(root, f"{name}_s", seconds)
        yield figures(root, f"{name}_cpu_s", cpu)


def equal(folder: Path, number: int) -> Iterator[dict[str, object]]:
    """Photos read by both engines, and dressed in what the next photo shows."""
    from tryon import TryOn
    from tryon.core.errors import TryOnError
    from tryon.core.weight_files import ONNX, RELEASED

    with tempfile.TemporaryDirectory() as weights:
        shutil.copytree(RELEASED, weights, dirs_exist_ok=True, ignore=shutil.ignore_patterns(ONNX))
        engines = TryOn.from_pretrained(), TryOn.from_pretrained(weights)
        assert [one.engine for one in engines] == ["onnxruntime", "torch"]
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        chosen = [files[i] for i in np.linspace(0, len(files) - 1, min(number, len(files))).round().astype(int)]
        labels, points, pictures = [], [], []
        for file, other in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
            try:
                people = [one.read_person(file) for one in engines]
                labels.append(float((people[0].parsing == people[1].parsing).mean()))
                points.append(float(np.abs(people[0].keypoints[:, :2] - people[1].keypoints[:, :2]).max()))
                results = [one(who, one.read_garment(other)).image for one, who in zip(engines, people, strict=True)]
            except TryOnError as error:
                print(f"{file.name}: {error}", file=sys.stderr)
                continue
            apart = np.abs(results[0].astype(int) - results[1]).max(-1)
            pictures.append(float((apart <= 1).mean()))
    yield figures(rows.ROOT, "labels_agree", labels, 6)
    yield figures(rows.ROOT, "key_points_apart_px", points, 6)
    yield figures(rows.ROOT, "pictures_agree", pictures, 6)


def memory(number: int) -> Iterator[dict[str, object]]:
    """Resident memory of a process that reads and dresses, over and over, the sample people at half their size."""
    import cv2

    from tryon import TryOn
    from tryon.core import photo

    tryon = TryOn.from_pretrained()
    photos = [photo.load(path) for path in sorted(SAMPLES.glob("*.jpg"))]
    photos = [cv2.resize(one, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for one in photos]
    after = []
    for i in range(number):
        person, garment = photos[i % len(photos)], photos[(i // len(photos) + i + 1) % len(photos)]
        tryon(tryon.read_person(person), tryon.read_garment(garment))
        if i + 1 == 50 or i + 1 == number:
            after.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e9)
            print(f"{i + 1} try-ons: {after[-1]:.3f} GB, {time.process_time():.0f} s", file=sys.stderr)
    yield figures(rows.ROOT, "memory_after_50_gb", after[:1])
    yield figures(rows.ROOT, f"memory_after_{number}_gb", after[-1:])


if __name__ == "__main__":
    main()
