"""Verification of what a data adapter gives, before anybody trains on it.

Codes of the findings. Errors: ``unreadable`` (a warning when few), ``arrays`` (shape or type of a picture, key
points, flow or visibility), ``label_size``, ``label_value``, ``not_finite`` and ``confidence`` (key points),
``outside`` (key points outside the picture, a warning when few), ``off_person`` (key points beside the labels, a
warning when few), ``x_y``, ``sides``, ``left_right``, ``up_down``, ``elbow_wrist`` (order of the key points, see
:mod:`tryon.datasets.keypoint_order`), ``identity_leak`` and ``split_duplicates`` (somebody or a picture in two splits),
``other_person`` (source and target of a pair), ``flow_not_finite``, ``flow_outside``, ``flow_wrong``. Warnings:
``left_right_mixed``, ``no_keypoints``, ``joint_missing``, ``tiny``, ``empty_labels``, ``duplicates``, ``flow_error``.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tryon.body.skeleton import NAMES, NUM_KEYPOINTS
from tryon.core.errors import DataError, InputImageError, OutputError
from tryon.core.labels import NUM_LABELS
from tryon.datasets.corrupt import Samples
from tryon.datasets.duplicates import Fingerprint, duplicates, fingerprint
from tryon.datasets.finding import Finding, Level
from tryon.datasets.flow_check import FlowErrors, check_flow
from tryon.datasets.keypoint_order import check_order, extents, right_is_left
from tryon.datasets.shards import Sample, people
from tryon.types import PairSample, PersonSample, TripletSample

TINY = 64
"""Pixels: somebody whose known points span less cannot be recognized."""
MANY_OUTSIDE = 0.05
"""Share of the known points outside their pictures from which the points must be of another size or crop."""
OFF_PERSON = 0.5
"""Share of somebody's known points on the labels of a person below which points and labels do not belong together."""

# Findings about single samples: level, and what they share.
_SINGLE: dict[str, tuple[Level, str]] = {
    "arrays": ("error", "arrays of another shape or type than tryon.types says"),
    "unreadable": ("error", "the sample cannot be read"),
    "label_size": ("error", "the label map is not of the size of its picture"),
    "label_value": ("error", f"the label map holds values above {NUM_LABELS - 1}"),
    "not_finite": ("error", "known key points that are not finite"),
    "confidence": ("error", "confidences of key points outside 0 to 1"),
    "other_person": ("error", "the source and the target show different identities"),
    "flow_not_finite": ("error", "the flow is not finite where the surface is visible"),
    "flow_outside": ("error", "the flow points outside the source where the surface is visible"),
    "no_keypoints": ("warning", "no key point is known"),
    "tiny": ("warning", f"the known key points span less than {TINY} pixels"),
    "empty_labels": ("warning", "the label map holds background only"),
    "flow_error": ("warning", "the source warped by the flow differs from the target where it is visible"),
}


@dataclass
class Report:
    """What a check found.

    Attributes:
        figures: flat; shares are of 1, NaN where nothing could be measured. ``samples_<split>``; ``people``: distinct
            pictures of persons; ``identities``: how many are named; ``labeled``: share with a label map;
            ``width_min``, ``width_max``, ``height_min``, ``height_max`` of the pictures; ``extent_p5``, ``_p50``,
            ``_p95``: pixels that the known points of a person span, and ``extent_share_p50``: of the picture's longer
            side; ``right_is_left``: people whose right side lies left in the picture; ``outside``: known points outside
            the picture; ``on_person``: known points on the labels of a person; ``missing_<joint>``: people without that
            point; ``flow_error`` and ``flow_error_unwarped``: mean absolute difference, of 1, between target and source
            with and without warping, where the surface is visible and moves.
        findings: errors first.
    """

    figures: dict[str, float] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.level == "error" for finding in self.findings)


@dataclass
class _View:
    """What is kept of one picture of a person."""

    split: str
    sample: str
    name: str
    identity: str
    size: tuple[int, int]
    keypoints: np.ndarray
    print: Fingerprint
    labeled: bool
    on_person: float
    """Share of the known points within the picture that lie on a label, NaN where there is none."""


def check(
    splits: Mapping[str, Samples[Sample]],
    number: int | None = None,
    max_corrupt: float = 0.0,
    on_sample: Callable[[], None] = lambda: None,
) -> Report:
    """Read the samples of a data set once and say what is wrong with them.

    Args:
        splits: the samples of each split.
        number: of samples to read in each split, evenly spread; ``None`` reads all.
        max_corrupt: share of the samples up to which unreadable ones are a warning only.
        on_sample: called after each.

    Raises:
        DataError: there is no sample at all.
    """
    checker = _Checker()
    for split, samples in splits.items():
        for index in chosen(len(samples), number):
            checker.add(split, samples, index)
            on_sample()
    if not checker.number:
        raise DataError(f"no samples in {', '.join(splits) or 'any split'}; nothing to check")
    counts = {f"samples_{split}": float(len(samples)) for split, samples in splits.items()}
    return checker.report(counts, max_corrupt)


def chosen(length: int, number: int | None) -> list[int]:
    """``number`` indexes evenly spread over a sequence, or all."""
    if number is None or number >= length:
        return list(range(length))
    return np.linspace(0, length - 1, number).round().astype(int).tolist()


class _Checker:
    def __init__(self) -> None:
        self.number = 0
        self.bad: dict[str, list[str]] = defaultdict(list)
        self.reasons: dict[str, str] = {}
        self.views: list[_View] = []
        self.known: set[tuple[str, str, bytes]] = set()
        self.flows: list[FlowErrors] = []

    def add(self, split: str, samples: Samples[Sample], index: int) -> None:
        self.number += 1
        try:
            sample = samples[index]
        except OutputError:  # Of an adapter that keeps what it has read: no fault of the sample.
            raise
        except (DataError, InputImageError, OSError) as error:
            self.flag("unreadable", f"{split}/{index}", str(error))
            return
        label = f"{split}/{sample.name or index}"
        persons = people(sample)
        whole = [self.add_person(split, label, role, one) for role, one in persons.items()]
        if not isinstance(sample, PersonSample) and all(whole):
            self.add_move(label, sample)

    def flag(self, code: str, label: str, reason: str = "") -> None:
        if label not in self.bad[code][-1:]:
            self.bad[code].append(label)
        self.reasons.setdefault(code, reason)

    def add_person(self, split: str, label: str, role: str, one: PersonSample) -> bool:
        """Returns whether the arrays fit."""
        size = one.image.shape[:2]
        if one.image.dtype != np.uint8 or one.image.shape != (*size, 3):
            self.flag("arrays", label, f"picture {one.image.shape} {one.image.dtype}")
            return False
        if one.keypoints.shape != (NUM_KEYPOINTS, 3):
            self.flag("arrays", label, f"key points {one.keypoints.shape}")
            return False
        seen = fingerprint(one.image)
        if (split, one.name, seen.exact) in self.known:  # A picture that stands in several pairs.
            return True
        self.known.add((split, one.name, seen.exact))
        keypoints = self.check_points(label, role, one.keypoints)
        labels = self.check_labels(label, one)
        on_person = float("nan")
        if labels is not None and labels.any():
            at = np.round(keypoints[(keypoints[:, 2] > 0) & _within(keypoints, size), :2]).astype(int)
            on_person = float((labels[at[:, 1], at[:, 0]] > 0).mean()) if len(at) else on_person
        view = _View(split, label, one.name, one.identity, size, keypoints, seen, labels is not None, on_person)
        self.views.append(view)
        return True

    def check_points(self, label: str, role: str, keypoints: np.ndarray) -> np.ndarray:
        """The points, those that cannot be used as missing."""
        known = keypoints[:, 2] > 0
        finite = np.isfinite(keypoints).all(1)
        if (known & ~finite).any() or np.isnan(keypoints[:, 2]).any():
            self.flag("not_finite", label)
        if (keypoints[:, 2] < 0).any() or (keypoints[:, 2] > 1).any():
            self.flag("confidence", label)
        usable = np.where((known & finite)[:, None], keypoints, 0)
        if not known.any():
            if role != "garment":  # It may lie flat.
                self.flag("no_keypoints", label)
        elif extents(usable[None])[0] < TINY:
            self.flag("tiny", label)
        return usable

    def check_labels(self, label: str, one: PersonSample) -> np.ndarray | None:
        if one.parsing is None:
            return None
        if one.parsing.shape != one.image.shape[:2]:
            self.flag("label_size", label, f"{one.parsing.shape} for a picture of {one.image.shape[:2]}")
        elif one.parsing.dtype != np.uint8:
            self.flag("arrays", label, f"label map {one.parsing.dtype}")
        elif one.parsing.max() >= NUM_LABELS:
            self.flag("label_value", label, f"{one.parsing.max()}")
        else:
            if not one.parsing.any():
                self.flag("empty_labels", label)
            return one.parsing
        return None

    def add_move(self, label: str, sample: PairSample | TripletSample) -> None:
        """The identities and the flow of a pair or triplet."""
        persons = people(sample)
        first = persons["source" if "source" in persons else "person"]
        if first.identity and persons["target"].identity and first.identity != persons["target"].identity:
            self.flag("other_person", label, f"{first.identity} and {persons['target'].identity}")
        found, errors = check_flow(sample)
        for code, reason in found.items():
            self.flag(code, label, reason)
        if errors:
            self.flows.append(errors)

    def report(self, figures: dict[str, float], max_corrupt: float) -> Report:
        findings = [self.single(code) for code in _SINGLE if self.bad[code]]
        if 0 < len(self.bad["unreadable"]) <= max_corrupt * self.number:
            findings = [replace(one, level="warning") if one.code == "unreadable" else one for one in findings]
        findings += _leaks(self.views) + _repeated(self.views)
        figures["people"] = float(len(self.views))
        if self.views:
            points = np.stack([view.keypoints for view in self.views])
            posed = points[(points[..., 2] > 0).any(1)]
            figures |= _figures(self.views, posed)
            findings += check_order(posed) + _missing(posed) + _outside(self.views) + _off_person(self.views)
        if self.flows:
            warped, still = np.nanmean([(one.moved, one.unwarped) for one in self.flows], axis=0).tolist()
            figures |= {"flow_error": warped, "flow_error_unwarped": still}
            if warped >= still:
                words = f"source and target differ by {warped:.3f} of 1 after warping by the flow, {still:.3f} without"
                words += "; is it of the other direction, another size, or another order of x and y?"
                findings.append(Finding("flow_wrong", "error", words))
        return Report(figures, sorted(findings, key=lambda finding: finding.level != "error"))

    def single(self, code: str) -> Finding:
        level, words = _SINGLE[code]
        reason = f", first {self.reasons[code]}" if self.reasons[code] else ""
        return Finding(code, level, words + reason, tuple(self.bad[code]))


def _within(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Whether points ``(18, 3)`` lie in a picture, to the edges of its pixels."""
    x, y = points[:, 0], points[:, 1]
    return (x >= -0.5) & (y >= -0.5) & (x < size[1] - 0.5) & (y < size[0] - 0.5)


def _figures(views: list[_View], points: np.ndarray) -> dict[str, float]:
    """Sizes, scales and what is missing; ``points`` are those of the people who have any."""
    sizes = np.array([view.size for view in views])
    posed = [view for view in views if (view.keypoints[:, 2] > 0).any()]
    spans = extents(points)
    shares = spans / np.array([max(view.size) for view in posed]) if posed else spans
    on_person = np.array([view.on_person for view in views])
    figures = {
        "identities": float(len({view.identity for view in views if view.identity})),
        "labeled": float(np.mean([view.labeled for view in views])),
        "width_min": float(sizes[:, 1].min()),
        "width_max": float(sizes[:, 1].max()),
        "height_min": float(sizes[:, 0].min()),
        "height_max": float(sizes[:, 0].max()),
        "extent_p5": _quantile(spans, 0.05),
        "extent_p50": _quantile(spans, 0.5),
        "extent_p95": _quantile(spans, 0.95),
        "extent_share_p50": _quantile(shares, 0.5),
        "right_is_left": right_is_left(points),
        "outside": _share_outside(views),
        "on_person": _quantile(on_person[~np.isnan(on_person)], None),
    }
    for joint, name in enumerate(NAMES):
        figures[f"missing_{name.replace(' ', '_')}"] = _quantile(points[:, joint, 2] <= 0, None)
    return figures


def _quantile(values: np.ndarray, q: float | None) -> float:
    """A quantile, or the mean; NaN of nothing."""
    if not len(values):
        return float("nan")
    return float(values.mean() if q is None else np.quantile(values, q))


def _share_outside(views: list[_View]) -> float:
    known = [view.keypoints[:, 2] > 0 for view in views]
    outside = sum((k & ~_within(view.keypoints, view.size)).sum() for k, view in zip(known, views, strict=True))
    total = sum(k.sum() for k in known)
    return float(outside / total) if total else float("nan")


def _missing(points: np.ndarray) -> list[Finding]:
    lost = (points[..., 2] <= 0).mean(0) if len(points) else np.zeros(NUM_KEYPOINTS)
    names = [f"{NAMES[joint]} {lost[joint]:.0%}" for joint in np.flatnonzero(lost > 0.5)]
    return [Finding("joint_missing", "warning", f"missing in most people: {', '.join(names)}")] if names else []


def _outside(views: list[_View]) -> list[Finding]:
    names = [view.sample for view in views if ((view.keypoints[:, 2] > 0) & ~_within(view.keypoints, view.size)).any()]
    if not names:
        return []
    share = _share_outside(views)
    words = f"{share:.2%} of the known key points lie outside their pictures, in {len(names)} of {len(views)} people"
    if share > MANY_OUTSIDE:
        words += "; are they of another size or crop?"
    return [Finding("outside", "error" if share > MANY_OUTSIDE else "warning", words, tuple(names))]


def _off_person(views: list[_View]) -> list[Finding]:
    judged = [view for view in views if not np.isnan(view.on_person)]
    names = [view.sample for view in judged if view.on_person < OFF_PERSON]
    if not names:
        return []
    words = (
        f"most of somebody's key points lie on the background of the label map, {len(names)} of {len(judged)} people"
    )
    level: Level = "error" if len(names) > len(judged) / 2 else "warning"
    return [Finding("off_person", level, words, tuple(names))]


def _leaks(views: list[_View]) -> list[Finding]:
    splits: dict[str, set[str]] = defaultdict(set)
    for view in views:
        if view.identity:
            splits[view.identity].add(view.split)
    leaked = sorted(identity for identity, where in splits.items() if len(where) > 1)
    if not leaked:
        return []
    names = tuple(dict.fromkeys(view.sample for view in views if view.identity in leaked))
    listing = ", ".join(leaked[:3]) + (f" and {len(leaked) - 3} more" if len(leaked) > 3 else "")
    words = f"identities in more than one split: {listing}"
    return [Finding("identity_leak", "error", words, names)]


def _repeated(views: list[_View]) -> list[Finding]:
    across: list[str] = []
    within: list[str] = []
    pictures = 0
    for group in duplicates([view.print for view in views]):
        members = [views[i] for i in group]
        samples = list(dict.fromkeys(view.sample for view in members))
        if len({view.split for view in members}) > 1:
            across += samples
        elif len(samples) > 1:  # The pictures of one pair may be alike.
            within += samples
            pictures += len(samples) - 1
    findings = []
    if across:
        words = f"{len(across)} samples show the same picture, or nearly, in more than one split"
        findings.append(Finding("split_duplicates", "error", words, tuple(across)))
    if within:
        words = f"{pictures} pictures repeat another one of their split, or nearly"
        findings.append(Finding("duplicates", "warning", words, tuple(within)))
    return findings
