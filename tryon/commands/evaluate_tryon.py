"""``tryon evaluate tryon``: what comes out beside what should, where that is known. Free of torch until it runs.

Groups, each a table of its own:

* ``triplets``: all triplets of ``--data``, a rendered person in the clothes of somebody else. People of ``val`` are in
  no training; their wearers are such people too, or wear the outfit that is in no training.
* ``unseen_outfit``: those of them with that outfit, ``VALIDATION_OUTFIT`` of :mod:`tryon.synth.pairs`
* ``flat``: triplets of ``--data`` whose garment is shown without a wearer, from tryon data render --makehuman
* ``photos``: real photos of ``--photos`` as in :mod:`tryon.evaluate.selfpairs`, without dresses under a coat

Keys of the JSON file are ``<group>_<reading>_<method>_<measure>`` and the same with ``_se``, the standard error over
the people; ``<group>_number``, ``<group>_identities``, and ``<group>_seconds`` of one try-on with its reading.
Readings: ``true``, by the exact key points and labels, which agree on both photos as no readings do, and ``own``, as
the program reads the photos; people of ``photos`` are read before the grey is laid over them. Methods: ``program`` and
those of :mod:`tryon.evaluate.baselines`. Measures:

* ``ssim``, ``local_ssim``, ``vgg``, ``l1``, each with ``_whole``, ``_changed``, ``_garment``, ``_seen`` and ``_skin``:
  see :mod:`tryon.evaluate.measures`
* ``outline_iou``: intersection over union of where the garment was put and where it is on the truth
* ``sleeve_error``, ``hem_error``: in per cent of the arm and the leg, see
  :func:`tryon.evaluate.measures.length_errors`
* ``flow_error``, ``flow_error_95``, ``flow_known``, ``folded``: see :func:`tryon.evaluate.measures.flow_figures`
* ``done``: share of the samples with a result; without one the unchanged photo is measured
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tryon.commands.options import File, Folder, KnownTruth
from tryon.core.errors import DataError, GarmentNotFoundError, PersonNotFoundError
from tryon.core.labels import Label

if TYPE_CHECKING:
    from tryon.datasets.ccp import Split
    from tryon.draw import Cell
    from tryon.evaluate.truth import Case, Outcome
    from tryon.pipeline import TryOn
    from tryon.types import PersonSample

OUTFIT = tuple(map(int, (Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, Label.SKIRT, Label.PANTS)))
"""What a rendered person puts on: all clothes of the other but shoes, stockings and hats."""
_SHEET_CASES, _CELL = 24, (448, 336)
_NO_DRESS = 0.02  # of the person's pixels: what is no more than a mistake of a label map
_SHOWN = {
    ("true", "pose_flow"): "pose flow, true",
    ("true", "program"): "program, true",
    ("own", "program"): "program, own",
}
_COLUMNS = {
    "ssim_changed": "SSIM changed",
    "local_ssim_changed": "local SSIM changed",
    "vgg_changed": "VGG-16 changed",
    "l1_changed": "L1 changed",
    "ssim_seen": "SSIM garment seen",
    "l1_seen": "L1 garment seen",
    "ssim_skin": "SSIM skin",
    "ssim_whole": "SSIM whole",
    "outline_iou": "outline IoU",
    "sleeve_error": "sleeve error, % of the arm",
    "hem_error": "hem error, % of the leg",
    "flow_error": "flow error, px",
    "flow_error_95": "flow error, 95th percentile",
    "flow_known": "flow known",
    "folded": "folded",
    "done": "done",
}


@dataclass(frozen=True, kw_only=True)
class EvaluateTryOn(KnownTruth):
    """Measure try-ons whose result is known, beside simple methods."""

    data: Path
    """Folder of rendered triplets, from tryon data render --kind triplets."""
    photos: Folder = None
    """Folder of the Clothing Co-Parsing data set: garments of its labeled photos are put back on their wearers."""
    sheet: File = None
    """Picture of 24 samples, spread evenly: person, garment, truth, pose flow, results with either reading."""
    weights: Folder = None
    """Folder with the folders parser and pose of saved weights, instead of the released ones."""
    vgg_weights: File = None
    """State dict file of torchvision's vgg16 or of its features; without it, no perceptual distance is measured."""

    def run(self) -> None:
        import numpy as np

        from tryon import draw
        from tryon.core import photo
        from tryon.core.perceptual import VGGFeatures
        from tryon.evaluate.report import NETWORKS, progress, report, used_weights, write_markdown
        from tryon.evaluate.truth import figures, measure
        from tryon.pipeline import TryOn

        self.check(self.sheet)
        sources: list[Triplets | SelfPairs] = [Triplets(self.data, self.split, self.number)]
        features = VGGFeatures.from_file(self.vgg_weights) if self.vgg_weights else None
        tryon = TryOn.from_pretrained(self.weights)
        if self.photos:
            sources.append(SelfPairs(self.photos, self.split, self.number, self.seed, tryon))
        places = [(source, i) for source in sources for i in range(len(source))]
        spread = np.linspace(0, len(places) - 1, min(_SHEET_CASES, len(places))).round().astype(int)
        shown = set(spread.tolist()) if self.sheet else set()
        outcomes, lines = [], []
        for number, (source, i) in enumerate(progress(places, "samples")):
            case = source[i]
            outcome = measure(tryon, case, features, keep=tuple(_SHOWN) if number in shown else ())
            if number in shown:
                lines.append(sheet_line(case, outcome))
                outcome.pictures.clear()  # those of all samples together would fill the memory
            outcomes.append(outcome)
        found = figures(outcomes)
        text = markdown(found, outcomes, self.split)
        print(text)
        used = used_weights(self.weights, *NETWORKS[:-1])
        report(self.json, self.split, len(outcomes), found, used)
        write_markdown(self.markdown, text, used)
        if self.sheet:
            photo.save(draw.contact_sheet(lines, _CELL), self.sheet)


class Triplets:
    """Rendered triplets as cases, at most ``number``, spread evenly.

    Raises:
        DataError: the folder is none of rendered triplets, or has none of the split.
    """

    def __init__(self, folder: Path, split: "Split", number: int):
        from tryon.datasets.renders import RenderedTriplets

        self._triplets = RenderedTriplets(folder, split)
        if not len(self._triplets):
            raise DataError(f"{folder} has no triplets of {split}; render some with tryon data render --split {split}")
        self._chosen = _spread(range(len(self._triplets)), number)

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: int) -> "Case":
        from tryon.evaluate.readings import CATEGORIES, unworn
        from tryon.evaluate.truth import Case
        from tryon.synth.pairs import VALIDATION_OUTFIT, outfit_of

        place = self._chosen[index]
        sample = self._triplets[place]
        label = unworn(sample.garment)
        if label is not None:
            return Case(sample, CATEGORIES[label], (int(label),), ("flat",))
        unseen = outfit_of(self._triplets.garments[place]) == VALIDATION_OUTFIT
        groups = ("triplets", "unseen_outfit") if unseen else ("triplets",)
        return Case(sample, "outfit", OUTFIT, groups)


class SelfPairs:
    """Real photos whose garment for the upper body is put back on, at most ``number``, spread evenly.

    Raises:
        DataError: the folder is none of Clothing Co-Parsing, or no photo of the split has labels, key points and such
            a garment.
    """

    def __init__(self, folder: Path, split: "Split", number: int, seed: int, tryon: "TryOn"):
        from tryon.datasets.ccp import ClothingCoParsing

        self._photos, self._seed, self._tryon = ClothingCoParsing(folder, split), seed, tryon
        self._labels: dict[int, tuple[int, ...]] = {}
        for i in range(len(self._photos)):
            if labels := self._worn(self._photos[i]):
                self._labels[i] = labels
        if not self._labels:
            raise DataError(
                f"no photo of {split} in {folder} has key points, labels and a garment for the upper body; "
                "give labeled photos of dressed people"
            )
        self._chosen = _spread(list(self._labels), number)

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: int) -> "Case":
        import numpy as np

        from tryon.evaluate.selfpairs import self_pair
        from tryon.evaluate.truth import Case

        place = self._chosen[index]
        rng = np.random.default_rng((self._seed, place))
        sample = self_pair(self._photos[place], self._labels[place], self._photos, rng)
        return Case(sample, "auto", self._labels[place], ("photos",), painted=True)

    def _worn(self, sample: "PersonSample") -> tuple[int, ...]:
        """The classes of the garment for the upper body, none where there is no such garment."""
        from tryon.evaluate.readings import person_of

        if sample.parsing is None or not sample.parsing.any() or not (sample.keypoints[:, 2] > 0).any():
            return ()
        try:
            garment = self._tryon.take_garment(person_of(sample))
        except (GarmentNotFoundError, PersonNotFoundError):
            return ()
        # With a coat, what is worn below it changes hands down to the waist only: half a dress has no truth.
        dress = (sample.parsing == Label.DRESS).sum() > _NO_DRESS * (sample.parsing > 0).sum()
        return () if garment.category == "outer" and dress else garment.labels


def _spread(places: Sequence[int], number: int) -> list[int]:
    import numpy as np

    return [places[i] for i in np.linspace(0, len(places) - 1, min(number, len(places))).round().astype(int)]


def markdown(found: "dict[str, float]", outcomes: "Sequence[Outcome]", split: str) -> str:
    """A table for each group, and what failed."""
    from collections import Counter

    from tryon.evaluate.hpn import plus_minus
    from tryon.evaluate.report import table
    from tryon.evaluate.truth import rows

    parts = []
    for group in dict.fromkeys(name for one in outcomes for name in one.groups):
        lines = []
        for reading, method in rows():
            key = f"{group}_{reading}_{method}"
            cells = [plus_minus(found[f"{key}_{name}"], found[f"{key}_{name}_se"]) for name in _COLUMNS]
            lines.append((method.replace("_", " "), "–" if method == "unchanged" else reading, *cells))
        parts.append(
            f"## {group.replace('_', ' ')}\n\n{found[f'{group}_number']} samples of {split} with "
            f"{found[f'{group}_identities']} people; mean over the samples ± standard error over the people.\n\n"
            + table(("method", "reading", *_COLUMNS.values()), lines)
        )
    reasons = Counter(
        f"{method.replace('_', ' ')}, {reading} reading: {why}"
        for one in outcomes
        for (reading, method), why in one.failures.items()
    )
    if reasons:
        parts.append("Without a result, so that the unchanged photo was measured:\n")
        parts.append("\n".join(f"* {count} times {why}" for why, count in reasons.most_common()) + "\n")
    return "\n".join(parts)


def sheet_line(case: "Case", outcome: "Outcome") -> "list[Cell]":
    """Person, garment, truth and some results, under what was measured of them in the changed region."""
    sample = case.sample
    cells = [(f"{sample.name} person", sample.person.image), ("garment", sample.garment.image)]
    cells.append(("truth", sample.target.image))
    for key, title in _SHOWN.items():
        values = outcome.values[key]
        words = (
            f"{title}: SSIM {values['ssim_changed']:.3f} L1 {values['l1_changed']:.3f} IoU {values['outline_iou']:.2f}"
        )
        cells.append((words, outcome.pictures[key]))
    return cells
