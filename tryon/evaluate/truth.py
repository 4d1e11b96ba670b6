"""Try-ons whose result is known: every method on every sample, with either reading, against the truth.

Methods are those of :mod:`tryon.evaluate.baselines` and ``program``; readings those of :mod:`tryon.evaluate.readings`.
Where a method gives no result, the user still has the photo: it counts as ``unchanged``, and ``done`` says how often.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from hpn.evaluate import mean_and_error
from tryon.core.errors import DataError, TryOnError
from tryon.core.labels import Label, mask_of
from tryon.core.perceptual import VGGFeatures
from tryon.evaluate.baselines import BASELINES, Dressed, unchanged
from tryon.evaluate.measures import (
    PICTURE_MEASURES,
    REGIONS,
    Judge,
    flow_figures,
    length_errors,
    outline_iou,
    regions,
)
from tryon.evaluate.readings import READINGS, person_of, read, unworn
from tryon.pipeline import TryOn
from tryon.types import Garment, Person, TripletSample, TryOnResult

METHODS = ("unchanged", *BASELINES, "program")
OUTLINE_MEASURES = ("outline_iou", "sleeve_error", "hem_error")
FLOW_MEASURES = ("flow_error", "flow_error_95", "flow_known", "folded")
MEASURES = (
    *(f"{measure}_{region}" for measure in PICTURE_MEASURES for region in REGIONS),
    *OUTLINE_MEASURES,
    *FLOW_MEASURES,
    "done",
)
_SAME = 2  # levels of 255
Key = tuple[str, str]
"""Reading and method."""


@dataclass(frozen=True, eq=False, slots=True)
class Case:
    """A triplet and what is asked of it."""

    sample: TripletSample
    """With label maps, key points and flow."""
    category: str
    """As in :meth:`tryon.pipeline.TryOn.take_garment`."""
    labels: tuple[int, ...]
    """Classes of the garment on the truth."""
    groups: tuple[str, ...]
    """Tables that it counts in."""
    painted: bool = False
    """As in :func:`tryon.evaluate.readings.read`."""


@dataclass(eq=False, slots=True)
class Outcome:
    """What came of one case."""

    name: str
    identity: str
    groups: tuple[str, ...]
    values: dict[Key, dict[str, float]] = field(default_factory=dict)
    pictures: dict[Key, np.ndarray] = field(default_factory=dict)
    """Of the methods, where they are asked for."""
    failures: dict[Key, str] = field(default_factory=dict)
    seconds: float = math.nan
    """Of the program, with its own reading."""


def measure(tryon: TryOn, case: Case, features: VGGFeatures | None, *, keep: Sequence[Key] = ()) -> Outcome:
    """All methods with both readings on one case.

    Args:
        tryon: the program.
        case: what to measure on.
        features: VGG-16; without it its distance is NaN.
        keep: whose pictures to keep.

    Raises:
        DataError: the sample lacks labels, key points or flow.
    """
    sample = case.sample
    outcome = Outcome(sample.name, sample.target.identity or sample.name, case.groups)
    if unworn(sample.garment) is None:
        person_of(sample.garment)  # tells of one without labels or key points
    judge = Examiner(sample, case.labels, features)
    before = unchanged(person_of(sample.person), case.labels)
    nothing = judge(before)
    for reading in READINGS:
        start = time.perf_counter()
        try:
            read_person, read_garment = read(tryon, sample, reading, case.category, painted=case.painted)
            failure = ""
        except TryOnError as error:
            failure = str(error)
        seconds = time.perf_counter() - start
        for method in METHODS:
            key = reading, method
            made, why = before, "" if method == "unchanged" else failure
            start = time.perf_counter()
            if not failure and method != "unchanged":
                made, why = _try(_method(tryon, method), read_person, read_garment, before)
            if key == ("own", "program") and not why:
                outcome.seconds = seconds + time.perf_counter() - start
            outcome.values[key] = (nothing if made is before else judge(made)) | {"done": float(not why)}
            if why:
                outcome.failures[key] = why
            if key in keep:
                outcome.pictures[key] = made.image
    return outcome


class Examiner:
    """All measures of one sample.

    Raises:
        DataError: the sample has no flow.
    """

    def __init__(self, sample: TripletSample, labels: tuple[int, ...], features: VGGFeatures | None):
        if sample.flow is None or sample.visible is None:
            raise DataError(f"{sample.name} has no flow; render the triplets with tryon data render")
        self.where = regions(sample, labels)
        self.judge = Judge(sample.target.image, sample.target.keypoints, self.where, features)
        self.flow = sample.flow
        self.keypoints = sample.target.keypoints

    def __call__(self, made: Dressed) -> dict[str, float]:
        """:data:`MEASURES`, without ``done``."""
        truth = self.where["garment"]
        values = self.judge(made.image)
        values["outline_iou"] = outline_iou(made.outline, truth)
        values |= length_errors(made.outline, truth, self.keypoints)
        return values | flow_figures(made.flow, self.flow, self.where["seen"])


def program(tryon: TryOn, person: Person, garment: Garment) -> Dressed:
    """What users get. The new garment is where it was carried to and is seen: hair and hands may lie before it, and
    what came along for the legs without being asked for is another one."""
    result = tryon(person, garment, below="bring")  # the true picture shows all of the other's clothes
    carried = result.warped_garment.astype(int)
    same = (np.abs(carried[..., :3] - result.image) <= _SAME).all(-1)  # cloth of one color need not be edited
    outline = (carried[..., 3] > 127) & (result.mask | same) & ~_came_along(result)
    return Dressed(result.image, outline, result.flow)


def _came_along(result: TryOnResult) -> np.ndarray:
    """``(H, W)`` where skirt or trousers of the garment photo were carried over that are no part of the garment."""
    labels, taken = result.garment.source.parsing, result.garment.labels
    y, x = np.nonzero(np.isfinite(result.flow).all(-1))
    places = np.round(np.stack((x, y), -1) + result.flow[y, x]).astype(int)
    column, row = np.clip(places, 0, np.array(labels.shape[::-1]) - 1).T
    found = np.zeros(result.mask.shape, bool)
    found[y, x] = mask_of(labels[row, column], *({Label.SKIRT, Label.PANTS} - set(taken)))
    return found


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Means over the samples, and their standard errors over the people.

    Returns:
        ``<group>_<reading>_<method>_<measure>`` and the same with ``_se``; for each group ``<group>_number``,
        ``<group>_identities``, and ``<group>_seconds`` of the program with its own reading.
    """
    found: dict[str, float] = {}
    for group in dict.fromkeys(name for one in outcomes for name in one.groups):
        chosen = [one for one in outcomes if group in one.groups]
        identities = [one.identity for one in chosen]
        found |= {f"{group}_number": len(chosen), f"{group}_identities": len(set(identities))}
        found[f"{group}_seconds"] = mean_and_error(np.array([one.seconds for one in chosen]), identities)[0]
        for (reading, method), measure_name in product(rows(), MEASURES):
            values = np.array([one.values[reading, method][measure_name] for one in chosen])
            mean, error = mean_and_error(values, identities)
            key = f"{group}_{reading}_{method}_{measure_name}"
            found |= {key: mean, f"{key}_se": error}
    return found


def rows() -> list[Key]:
    """Reading and method of each row of a table: what is unchanged needs no reading."""
    return [key for key in product(READINGS, METHODS) if key != ("own", "unchanged")]


def _method(tryon: TryOn, name: str) -> Callable[[Person, Garment], Dressed]:
    methods: Mapping[str, Callable[[Person, Garment], Dressed]] = BASELINES
    return methods.get(name, lambda person, garment: program(tryon, person, garment))


def _try(
    method: Callable[[Person, Garment], Dressed], person: Person, garment: Garment, otherwise: Dressed
) -> tuple[Dressed, str]:
    try:
        return method(person, garment), ""
    except TryOnError as error:
        return otherwise, str(error)
