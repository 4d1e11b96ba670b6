"""What is where on the dressed person: the rules, the layout network and the nearest label, beside the truth.

Measured is the region that may change by the rules (:attr:`tryon.render.undress.Undressed.region`), the same for every
method, in the person's close view: ``all`` of it, and ``outside`` of where the truth shows the new garment: what the
old garment leaves. Methods:

* ``rules``: what is painted where by :func:`tryon.render.undress.take_off` and :func:`tryon.render.render.render`
* ``nearest``: the new garment where it covers, and in the hole the nearest label of what stays and of the new garment
* ``layout``: as ``rules``, with the network's decisions held to what may be made up
* ``network``: the network's classes as they are, where the region is; elsewhere the photo

A pixel is right when the kind is: background, skin (stockings too), own cloth, new garment for the upper body, for the
lower, or what lies before them (hair, hat, bag, shoes, scarf, jewelry).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from appearance_flow.refine import Refiner
from appearance_flow.sleeves import SLEEVES
from appearance_flow.warp import Warped, union, warp
from hpn.evaluate import mean_and_error
from tryon.body.proportions import WAIST
from tryon.core.labels import Label, mask_of
from tryon.evaluate.readings import person_of
from tryon.evaluate.report import table
from tryon.evaluate.truth import Case
from tryon.outfit import choose, plan
from tryon.render.layout.inputs import NEW_LOWER, NEW_UPPER, LayoutInput, window
from tryon.render.layout.views import classes
from tryon.render.undress import Layouts, Undressed, take_off
from tryon.types import CloseView, Garment

METHODS = ("rules", "nearest", "layout", "network")
PARTS = ("all", "outside")
KINDS = {
    "background": (Label.BACKGROUND,),
    "skin": (Label.SKIN, Label.LEGWEAR),
    "cloth": (Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS),
    "new_upper": (NEW_UPPER,),
    "new_lower": (NEW_LOWER,),
    "front": (Label.HAT, Label.HAIR, Label.SHOES, Label.BAG, Label.SCARF, Label.ACCESSORY),
}
MEASURED = {"background": ("background",), "skin": ("skin",), "cloth": ("cloth",), "new": ("new_upper", "new_lower")}
"""Kinds whose intersection over union is told."""
MEASURES = tuple(
    f"{name}_{part}"
    for part in PARTS
    for name in ("right", *(f"iou_{one}" for one in MEASURED))
    if (name, part) != ("iou_new", "outside")  # 0 by what outside means
)
_CLOTH = (*KINDS["cloth"], NEW_UPPER, NEW_LOWER)
_LOWER_CLOTH = (Label.SKIRT, Label.PANTS, NEW_LOWER)


@dataclass(eq=False, slots=True)
class Compared:
    """What came of one case."""

    identity: str
    groups: tuple[str, ...]
    values: dict[str, dict[str, float]] = field(default_factory=dict)
    """By method and measure."""
    made_up: float = 0.0
    """Pixels between collar-bone and mid-thigh, the neckline left out, where the decisions put skin into the hole."""


def compare(case: Case, refiner: Refiner | None, layouts: Layouts | None) -> Compared:
    """All methods on one case, by its exact key points and labels.

    Raises:
        TryOnError: the program refuses the person or the garment.
    """
    sample = case.sample
    person, wearer = person_of(sample.person), person_of(sample.garment)
    category, new = choose(wearer.parsing, wearer.keypoints, case.category)
    garment = Garment(wearer, category, new)
    swap = plan(person, garment, "bring")
    warped, view = warp(person, garment, swap, refiner), person.close
    by_rules = take_off(person, garment, swap, warped)
    assert sample.target.parsing is not None
    below = view.body.depth > WAIST if category in ("upper", "outer") else None
    dressed = view.frame.cut(sample.target.parsing, cv2.INTER_NEAREST_EXACT)
    truth = classes(dressed, (*new, *(swap.bring if warped.brought else ())), below)
    found = {"rules": painted(view, warped, by_rules), "nearest": nearest(view, warped, by_rules)}
    outcome = Compared(sample.target.identity or sample.name, case.groups)
    if layouts:
        said: list[np.ndarray] = []

        def keep(given: LayoutInput) -> np.ndarray:
            said.append(layouts(given))
            return said[-1]

        decided = take_off(person, garment, swap, warped, keep)
        found["layout"] = painted(view, warped, decided)
        found["network"] = _as_said(said[-1], view, by_rules)
        outcome.made_up = float((decided.skin & view.body.torso & ~view.body.neck).sum())
    outcome.values = {name: measure(classes_found, truth, by_rules.region) for name, classes_found in found.items()}
    return outcome


def painted(view: CloseView, warped: Warped, undressed: Undressed) -> np.ndarray:
    """``(h, w)`` ``uint8``: the class of what :func:`tryon.render.render.render` paints at each place."""
    out = view.parsing.copy()
    size = out.shape
    lower, upper = union(warped.lower, size) > 0.5, union(warped.upper, size) > 0.5
    cloth = mask_of(out, *KINDS["cloth"]) & ~undressed.off
    out[undressed.hole] = Label.BACKGROUND
    out[undressed.skin] = Label.SKIN
    sources = np.where(cloth, view.parsing, np.uint8(Label.BACKGROUND))
    sources[lower] = NEW_LOWER
    sources[upper] = NEW_UPPER
    hips = view.body.depth > WAIST
    is_lower = mask_of(sources, *_LOWER_CLOTH) | ((sources == Label.DRESS) & hips)
    for half, known in ((hips, is_lower), (~hips, mask_of(sources, *_CLOTH) & ~is_lower)):
        known = known if known.any() else mask_of(sources, *_CLOTH)
        if known.any():
            here = undressed.cloth & half
            out[here] = _spread(sources, known)[here]
    out[lower] = NEW_LOWER
    if warped.lower and not warped.upper:
        top = mask_of(view.parsing, Label.UPPER, Label.OUTER, Label.DRESS) & ~undressed.off
        out[top] = view.parsing[top]
    trunk = tuple(layer for layer in warped.upper if layer.part not in SLEEVES)
    sleeves = tuple(layer for layer in warped.upper if layer.part in SLEEVES)
    out[union(trunk, size) > 0.5] = NEW_UPPER
    out[undressed.over_trunk] = view.parsing[undressed.over_trunk]
    out[union(sleeves, size) > 0.5] = NEW_UPPER
    worn = np.where(upper, np.uint8(NEW_UPPER), np.uint8(NEW_LOWER))
    gaps = undressed.gaps & ~(lower | upper)
    if (lower | upper).any():
        out[gaps] = _spread(worn, lower | upper)[gaps]
    out[undressed.in_front] = view.parsing[undressed.in_front]
    return out


def nearest(view: CloseView, warped: Warped, undressed: Undressed) -> np.ndarray:
    """``(h, w)`` ``uint8``: the new garment where it covers, what lies before it, and the nearest in the hole."""
    size = view.parsing.shape
    lower, upper = union(warped.lower, size) > 0.5, union(warped.upper, size) > 0.5
    out = view.parsing.copy()
    out[lower] = NEW_LOWER
    out[upper] = NEW_UPPER
    hole = (undressed.off | undressed.hole) & ~lower & ~upper
    if hole.all():
        return out
    out[hole] = _spread(out, ~hole)[hole]
    out[undressed.in_front] = view.parsing[undressed.in_front]
    return out


def _spread(labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The nearest known label everywhere."""
    _, places = cv2.distanceTransformWithLabels((~known).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    of_place = np.zeros(places.max() + 1, np.uint8)
    of_place[places[known]] = labels[known]
    return of_place[places]


def _as_said(probabilities: np.ndarray, view: CloseView, undressed: Undressed) -> np.ndarray:
    matrix, size = window(view.body.keypoints), view.parsing.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    planes = [
        cv2.warpAffine(plane, matrix, size[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
        for plane in probabilities
    ]
    return np.where(undressed.region, np.argmax(planes, 0).astype(np.uint8), view.parsing)


def measure(found: np.ndarray, truth: np.ndarray, region: np.ndarray) -> dict[str, float]:
    """:data:`MEASURES` of one case; NaN for what neither shows there.

    Args:
        found: ``(h, w)`` classes.
        truth: ``(h, w)`` classes.
        region: ``(h, w)`` ``bool``, where they are compared.
    """
    kind_of = np.zeros(NEW_LOWER + 1, np.uint8)
    for number, labels in enumerate(KINDS.values()):
        kind_of[list(labels)] = number
    ours, theirs = kind_of[found], kind_of[truth]
    names = list(KINDS)
    values = {}
    for part, where in zip(PARTS, (region, region & ~mask_of(truth, NEW_UPPER, NEW_LOWER)), strict=True):
        values[f"right_{part}"] = float((ours == theirs)[where].mean()) if where.any() else float("nan")
        for name, kinds in MEASURED.items():
            numbers = [names.index(kind) for kind in kinds]
            one, other = np.isin(ours, numbers) & where, np.isin(theirs, numbers) & where
            total = (one | other).sum()
            values[f"iou_{name}_{part}"] = float((one & other).sum() / total) if total else float("nan")
    return {name: values[name] for name in MEASURES}


def figures(outcomes: Sequence[Compared]) -> dict[str, float]:
    """Means over the samples that show it, and their standard errors over the people.

    Returns:
        ``<group>_<method>_<measure>`` and the same with ``_se``; ``<group>_number``, ``<group>_identities``, and
        ``<group>_made_up``, pixels of skin that the network's decisions make up where none may be: 0.
    """
    found: dict[str, float] = {}
    for group in dict.fromkeys(name for one in outcomes for name in one.groups):
        chosen = [one for one in outcomes if group in one.groups]
        found |= {f"{group}_number": len(chosen), f"{group}_identities": len({one.identity for one in chosen})}
        found[f"{group}_made_up"] = sum(one.made_up for one in chosen)
        for method in chosen[0].values:
            for name in MEASURES:
                values = np.array([one.values[method][name] for one in chosen])
                mean, error = mean_and_error(values, [one.identity for one in chosen])
                found |= {f"{group}_{method}_{name}": mean, f"{group}_{method}_{name}_se": error}
    return found


def tables(found: dict[str, float], outcomes: Sequence[Compared], split: str) -> str:
    """Markdown: a table for each group."""
    parts = []
    for group in dict.fromkeys(name for one in outcomes for name in one.groups):
        lines = []
        for method in next(one for one in outcomes if group in one.groups).values:
            keys = [f"{group}_{method}_{name}" for name in MEASURES]
            lines.append((method, *(f"{found[key]:.3f} ± {found[f'{key}_se']:.3f}" for key in keys)))
        header = ("method", *(name.replace("_", " ") for name in MEASURES))
        parts.append(
            f"## {group.replace('_', ' ')}\n\n{found[f'{group}_number']} samples of {split} with "
            f"{found[f'{group}_identities']} people; mean over the samples ± standard error over the people.\n\n"
            + table(header, lines)
        )
    return "\n".join(parts)
