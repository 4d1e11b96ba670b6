"""How well the pose transfer network does on pairs (``tryon evaluate hpn``).

Keys of the JSON file, ``<method>_<measure>`` and ``<method>_<measure>_se``: methods and measures as in
:mod:`hpn.evaluate`, and the method ``hpn``. A value is the mean over the pairs; its standard error is that of the means
of the identities. Without VGG-16 weights ``vgg`` and ``lpips`` are missing, without torchmetrics ``lpips``. Besides:

* ``resolution``: side of the pictures
* ``identities``: people among the pairs
* ``left_out``: pairs that show too little of the person in one of the poses
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hpn.evaluate import (
    Judge,
    Method,
    Scores,
    mean_and_error,
    prepared,
)
from hpn.model import HPN
from tryon import draw
from tryon.core.errors import ConfigError, DataError
from tryon.core.lpips import LPIPS, lpips_weights
from tryon.core.perceptual import VGGFeatures
from tryon.datasets.corrupt import Samples
from tryon.datasets.shards import Sample
from tryon.datasets.sources import LAYOUTS, open_split, recognize
from tryon.evaluate.report import table
from tryon.types import PairSample

TITLES = {
    "ssim": "SSIM",
    "foreground_ssim": "foreground SSIM",
    "local_ssim": "local SSIM",
    "l1": "L1",
    "psnr": "PSNR (dB)",
    "vgg": "VGG-16 distance",
    "lpips": "LPIPS (VGG-16)",
}
PAPER = {"ssim": "0.954", "local_ssim": "0.772"}  # Human3.6M, table 1
SHEET_PAIRS, PAIRS_IN_A_ROW, CELL = 24, 3, (160, 160)


class Chosen:
    """Pairs of some folders, at most ``number``, spread evenly, decoded when asked for.

    Attributes:
        available: pairs that the folders have of that split.

    Raises:
        ConfigError: no folder, or ``number`` is less than 1.
        DataError: a folder has no pairs, or none of that split.
    """

    def __init__(self, folders: Sequence[Path], split: str, number: int):
        if not folders:
            raise ConfigError("no data to measure on; give folders of pairs with --data")
        if number < 1:
            raise ConfigError(f"--number {number} is no number of pairs; give 1 or more")
        self._folders: list[Samples[Sample]] = []
        for folder in folders:
            layout = recognize(folder)
            self._folders.append(open_split(folder, split, layout, pairs=LAYOUTS[layout].pairs is not None))
        places = [(f, i) for f, samples in enumerate(self._folders) for i in range(len(samples))]
        if not places:
            raise DataError(f"{', '.join(map(str, folders))} has no pairs of {split}; give folders with some")
        self.available = len(places)
        spread = np.linspace(0, len(places) - 1, min(number, len(places))).round().astype(int)
        self._places = [places[i] for i in spread]

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[PairSample]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> PairSample:
        folder, place = self._places[index]
        pair = self._folders[folder][place]
        if not isinstance(pair, PairSample):
            raise DataError("a folder of --data holds no pairs; render some with tryon data render --kind pairs")
        return pair


def check_device(device: str) -> None:
    """Check that a device is there.

    Raises:
        ConfigError: it is not.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ConfigError("--device cuda needs an NVIDIA GPU and torch with CUDA; leave it out to compute on the CPU")


def load_features(vgg_weights: Path | None) -> VGGFeatures | None:
    """VGG-16 from its file, or nothing where none is given."""
    return VGGFeatures.from_file(vgg_weights) if vgg_weights else None


def load_judge(features: VGGFeatures | None, vgg_weights: Path | None) -> Judge:
    """All measures whose weights are at hand."""
    linear = lpips_weights()
    if features is None or vgg_weights is None or linear is None:
        return Judge(features)
    return Judge(features, LPIPS.from_files(features, vgg_weights, linear))


def figures(scores: Scores) -> dict[str, float]:
    """Means and standard errors under the names that the module describes."""
    found: dict[str, float] = {}
    for method, measures in scores.values.items():
        for measure, values in measures.items():
            mean, error = mean_and_error(values, scores.identities)
            found |= {f"{method}_{measure}": mean, f"{method}_{measure}_se": error}
    return found


def markdown(scores: Scores, split: str, facts: dict[str, int], *, has_vgg: bool) -> str:
    """The table, and what has to be known to read it."""
    measures = list(next(iter(scores.values.values())))
    rows = []
    for method, values in scores.values.items():
        cells = [plus_minus(*mean_and_error(values[measure], scores.identities)) for measure in measures]
        rows.append((method.replace("_", " "), *cells))
    rows.append(("the paper, Human3.6M", *(PAPER.get(measure, "–") for measure in measures)))
    side = facts["resolution"]
    lines = [
        f"{len(scores)} pairs of {split} with {facts['identities']} people at {side} x {side}; mean over the pairs ± "
        "standard error over the people.",
        "",
        table(("method", *(TITLES[measure] for measure in measures)), rows),
        "The background is grey and empty, in the target as in all pictures: `empty` is that background alone, and "
        "`mean` the mean of the targets measured here. The paper's pictures are others, so its figures compare only "
        "loosely.",
    ]
    if facts["left_out"]:
        lines.append(f"{facts['left_out']} pairs were left out: they show too little of the person.")
    if not has_vgg:
        lines.append("The VGG-16 distance and LPIPS were not measured: they need --vgg-weights.")
    elif "lpips" not in measures:
        lines.append("LPIPS was not measured: its weights come with the package torchmetrics, which is not installed.")
    return "\n".join(lines) + "\n"


def plus_minus(mean: float, error: float) -> str:
    """A mean and its error, three decimals; a dash for what is not known."""
    if math.isnan(mean):
        return "–"
    return f"{mean:.3f}" if math.isnan(error) else f"{mean:.3f} ± {error:.3f}"


@torch.inference_mode()
def sheet(pairs: Chosen, network: HPN, methods: dict[str, Method], device: str) -> np.ndarray:
    """Source, target, limb warp and result of pairs spread evenly, three pairs in a row."""
    spread = np.linspace(0, len(pairs) - 1, min(SHEET_PAIRS, len(pairs))).round().astype(int)
    some: Iterable[PairSample] = (pairs[int(i)] for i in spread)
    cells: list[draw.Cell] = []
    for _, view in prepared(some, network.config.resolution, network.config.sigma, device):
        pictures = {
            "source": view["image"],
            "target": view["target"],
            "limb warp": methods["limb_warp"](view),
            "HPN": methods["hpn"](view),
        }
        cells += [(title, _uint8(picture)) for title, picture in pictures.items()]
    columns = 4 * PAIRS_IN_A_ROW
    return draw.contact_sheet([cells[i : i + columns] for i in range(0, len(cells), columns)], CELL)


def _uint8(picture: Tensor) -> np.ndarray:
    """``(H, W, 3)`` of ``(1, 3, H, W)`` in [-1, 1]."""
    return ((picture[0].cpu().clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 0).numpy()
