"""How fast a person is brought into another pose: ``python benchmarks/transfer.py [--out benchmarks/transfer.csv]``.

What each column means stands in ``benchmarks/README.md``.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import rows

PERSON = rows.ROOT / "tryon" / "samples" / "woman_shirt.jpg"
POSE = "arms-out"
AIMS = {
    "transfer_photo_s": 3.0,
    "forward_s": 3.0,
    "forward_1024_s": 5.0,
    "peak_memory_gb": 2.5,
}


def main() -> None:
    options = parse_options()
    with tempfile.TemporaryDirectory() as folder:
        command = ["-m", "tryon", "transfer", str(options.person), POSE, "-o", f"{folder}/result.png"]
        figures = {"peak_memory_gb": rows.run_python(command)[1] / 1e9}
    figures |= measure(options)
    row = facts(options) | {name: round(value, 3) for name, value in figures.items()}
    for name, value in row.items():
        print(f"{name:20} {value}" + (f"   (aim: at most {AIMS[name]})" if name in AIMS else ""))
    if options.out:
        rows.append(row, options.out)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the time and the memory of a change of pose.")
    parser.add_argument("--person", type=Path, default=PERSON, help="photo of the person")
    parser.add_argument("--runs", type=int, default=5, help="each time is the median of that many runs")
    parser.add_argument("--out", type=Path, help="CSV file that a row is appended to")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs must be 1 or more")
    return options


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Seconds, with the networks loaded and used once before."""
    from hpn.model import HPN
    from hpn.network import PRESETS
    from tryon import TryOn
    from tryon.body.poses import named_pose
    from tryon.core import photo

    tryon = TryOn.from_pretrained()
    picture = photo.load(options.person)
    person = tryon.read_person(picture)
    released = HPN.from_pretrained()
    # Weights of that size are not trained; what they compute takes as long.
    largest = HPN(replace(PRESETS["release"], resolution=1024)).eval()

    keypoints = named_pose(POSE, person.keypoints, picture.shape[:2])

    def transfer_person() -> None:
        tryon.transfer(person, keypoints)

    def transfer_photo() -> None:
        tryon.transfer(tryon.read_person(picture), keypoints)

    transfer_person()
    return {
        "transfer_photo_s": rows.median_time(transfer_photo, options.runs),
        "transfer_person_s": rows.median_time(transfer_person, options.runs),
        "forward_s": forward_time(released, options.runs),
        "forward_1024_s": forward_time(largest, options.runs),
    }


def forward_time(network, runs: int) -> float:
    import torch

    side = network.config.resolution
    given = [torch.rand(1, 3, side, side), torch.rand(1, 18, 32, 32)]
    if network.config.align:
        given += [torch.rand(1, 2, side, side), torch.rand(1, 1, side, side)]
    network = network.to(memory_format=torch.channels_last)
    with torch.inference_mode():
        network(*given)
        return rows.median_time(lambda: network(*given), runs)


def facts(options: argparse.Namespace) -> dict[str, object]:
    """Where and on what was measured."""
    import torch

    from hpn.model import HPN
    from tryon.core import photo

    height, width, _ = photo.load(options.person).shape
    return rows.facts() | {
        "torch": torch.__version__,
        "torch_threads": torch.get_num_threads(),
        "photo": f"{width}x{height}",
        "resolution": HPN.from_pretrained().config.resolution,
        "runs": options.runs,
    }


if __name__ == "__main__":
    main()
