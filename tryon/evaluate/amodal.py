"""How far garments reach behind what hides them: photos with somebody else's hair, bag, arms or top laid over.

Only what was laid over counts, where the photo below it is known: see :mod:`appearance_flow.amodal.views`. Keys are
``<group>_<measure>``. Groups: ``all`` of it; ``upper`` and ``lower`` garments; and what lies over them: ``hair``,
``bag`` (scarfs and jewelry too), ``arms``, ``tops``. Measures, in [0, 1], over the pixels of all views together:

* ``right``: the network says rightly whether the garment is there
* ``right_seen``: the same of saying that it ends where it is hidden
* ``iou``: of the garment there
* ``share``: of these pixels among those of all groups
"""

from collections.abc import Iterable

import numpy as np

from appearance_flow.amodal.network import mask
from appearance_flow.amodal.views import View
from tryon.core.engine import Network
from tryon.core.labels import NUM_LABELS, Label
from tryon.evaluate.report import table

_OVER = {
    "hair": (Label.HAIR, Label.HAT),
    "bag": (Label.BAG, Label.SCARF, Label.ACCESSORY),
    "arms": (Label.SKIN,),
    "tops": (Label.UPPER, Label.OUTER, Label.DRESS),
}
_LOWER = (Label.SKIRT, Label.PANTS)
GROUPS = ("all", "upper", "lower", *_OVER)
MEASURES = ("right", "right_seen", "iou")


def measure(network: Network, views: Iterable[View]) -> dict[str, float]:
    """The figures of some views, see above; NaN where nothing is of a group."""
    counts = {group: np.zeros(5) for group in GROUPS}
    for view in views:
        found, truth = mask(network, view.shown) > 0.5, view.truth
        labels = view.shown[: NUM_LABELS + 1].argmax(0)
        seen = np.unique(labels[view.shown[NUM_LABELS + 1] > 0])
        kind = "lower" if set(seen.tolist()) & set(_LOWER) else "upper"
        places = {"all": view.hidden, kind: view.hidden}
        places |= {group: view.hidden & np.isin(labels, over) for group, over in _OVER.items()}
        for group, where in places.items():
            counts[group] += [
                value.sum() for value in
                (where, where & (found == truth), where & ~truth, where & found & truth, where & (found | truth))
            ]  # fmt: skip
    figures: dict[str, float] = {}
    for group, (pixels, right, empty, both, either) in counts.items():
        shares = _share(right, pixels), _share(empty, pixels), _share(both, either)
        figures |= {f"{group}_{name}": value for name, value in zip(MEASURES, shares, strict=True)}
        figures[f"{group}_share"] = _share(pixels, counts["all"][0])
    return figures


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


def tables(figures: dict[str, float]) -> str:
    """The figures as a Markdown table."""
    names = (*MEASURES, "share")
    return table(("behind", *names), ((group, *(figures[f"{group}_{name}"] for name in names)) for group in GROUPS))
