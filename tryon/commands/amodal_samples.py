"""What the training of the network of whole garments is shown: where its data sets meet it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from appearance_flow.amodal.views import Wearer
from tryon.commands.layout_samples import figures, labeled_figures
from tryon.core.errors import GarmentNotFoundError
from tryon.core.labels import LOWER_BODY, Label
from tryon.datasets.ccp import Split
from tryon.outfit import UPPER_BODY, choose, shown
from tryon.render.layout.views import Figure

_UPPER = ("upper", "outer", "dress")


def wearers(data: Path, tags: Path | None, run: Path) -> tuple[list[Wearer], np.ndarray]:
    """Labeled photos of the train split that show a garment, and how often each is drawn; as
    :func:`tryon.commands.layout_samples.figures`."""
    labeled, weights = figures(data, tags, run)
    found = [_wearer(one) for one in labeled]
    kept = [i for i, one in enumerate(found) if one.garments]
    return [found[i] for i in kept], weights[kept]


def labeled_wearers(data: Path, split: Split) -> list[Wearer]:
    """Labeled photos of a split that show a garment."""
    return [one for one in map(_wearer, labeled_figures(data, split)) if one.garments]


def _wearer(figure: Figure) -> Wearer:
    labels, keypoints = figure.labels, figure.keypoints
    garments: list[Sequence[int]] = []
    for category in _UPPER:
        try:
            _, carried = choose(labels, keypoints, category)
        except GarmentNotFoundError:
            continue
        if category == "outer" and shown(labels, keypoints, Label.DRESS):
            carried = (int(Label.OUTER),)  # of the dress below a coat, only what lies above the waist would go along
        garments.append([label for label in carried if label in UPPER_BODY and label != Label.SCARF])
    garments += [[int(label)] for label in LOWER_BODY if shown(labels, keypoints, label)]
    return Wearer(labels, keypoints, tuple(map(tuple, garments)))
