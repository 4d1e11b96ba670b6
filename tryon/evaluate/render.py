"""What the compositing network is worth: pictures with it and without it, beside the truth.

Key points and labels are exact, and everything before the rendering is the same for both. Measures are those of
:mod:`tryon.evaluate.measures`; their regions too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appearance_flow.refine import Refiner
from appearance_flow.warp import warp
from hpn.evaluate import mean_and_error
from tryon.core.perceptual import VGGFeatures
from tryon.evaluate.measures import Judge, regions
from tryon.evaluate.readings import read
from tryon.evaluate.truth import Case
from tryon.outfit import plan
from tryon.pipeline import TryOn
from tryon.render.composite.apply import Compositing
from tryon.render.render import render
from tryon.render.undress import take_off

MEASURES = {
    "l1_changed": "L1 changed",
    "ssim_changed": "SSIM changed",
    "local_ssim_changed": "local SSIM changed",
    "vgg_changed": "VGG-16 changed",
    "ssim_garment": "SSIM garment",
    "vgg_garment": "VGG-16 garment",
    "ssim_skin": "SSIM skin",
}
"""Keys of the JSON file, and titles."""


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """One case."""

    identity: str
    groups: tuple[str, ...]
    rules: dict[str, float]
    network: dict[str, float]


def compare(case: Case, tryon: TryOn, refiner: Refiner, network: Compositing, features: VGGFeatures | None) -> Compared:
    """One case with and without the network.

    Raises:
        TryOnError: the program refuses the case, or it lacks labels, key points or flow.
    """
    sample = case.sample
    person, garment = read(tryon, sample, "true", case.category)
    swap = plan(person, garment, "bring")
    warped = warp(person, garment, swap, refiner)
    undressed = take_off(person, garment, swap, warped)
    judge = Judge(sample.target.image, sample.target.keypoints, regions(sample, case.labels), features)
    rules, composed = (
        judge(render(person, garment, swap, warped, undressed, compositing).image) for compositing in (None, network)
    )
    return Compared(sample.target.identity or sample.name, case.groups, rules, composed)


def figures(compared: Sequence[Compared]) -> dict[str, float]:
    """``<group>_<rules|network|change>_<measure>``, means over the samples, of the change with ``_se``, its standard
    error over the people; and ``<group>_number``."""
    found: dict[str, float] = {}
    for group in dict.fromkeys(name for one in compared for name in one.groups):
        chosen = [one for one in compared if group in one.groups]
        found[f"{group}_number"] = len(chosen)
        for measure in MEASURES:
            rules, network = (
                np.array([values[measure] for values in side])
                for side in ([one.rules for one in chosen], [one.network for one in chosen])
            )
            for name, values in (("rules", rules), ("network", network)):
                found[f"{group}_{name}_{measure}"] = mean_and_error(values, [one.identity for one in chosen])[0]
            change, error = mean_and_error(network - rules, [one.identity for one in chosen])
            found |= {f"{group}_change_{measure}": change, f"{group}_change_{measure}_se": error}
    return found


def table(found: dict[str, float]) -> str:
    """The figures as Markdown, a table for each group."""
    text = []
    for group in dict.fromkeys(key.removesuffix("_number") for key in found if key.endswith("_number")):
        text += [f"## {group}", "", f"{found[f'{group}_number']:.0f} samples; mean of the change ± standard error.", ""]
        text += ["| measure | rules | with the network | change |", "| --- | ---: | ---: | ---: |"]
        for measure, title in MEASURES.items():
            rules, network, change = (found[f"{group}_{name}_{measure}"] for name in ("rules", "network", "change"))
            if not math.isnan(rules):
                error = found[f"{group}_change_{measure}_se"]
                text.append(f"| {title} | {rules:.4f} | {network:.4f} | {change:+.4f} ± {error:.4f} |")
        text.append("")
    return "\n".join(text)
