"""What the try-on makes of random pairs of photos (``tryon evaluate swap``).

Pairs of photos are drawn at random, nothing is picked by hand: what the other person wears on the upper body is put on
the person. Keys of the JSON file:

* ``done``: share of the pairs that gave a result; the means below are over these
* ``preserved``: share of the results whose pixels outside the edited region are those of the photo, bit for bit: 1
* ``reread``: share of the results in which the person is found again; the next three need it
* ``keypoint_drift``, ``keypoint_drift_max``: how far the key points that are read on the result lie from those of the
  photo, or of the pose that the person was brought into, in torso lengths; see :func:`tryon.metrics.keypoint_drift`
* ``label_agreement``: share of the carried pixels that changed which the parser reads as the class that they have in
  the garment photo, as far as that shows them
* ``exposed_skin_mean``, ``_max``, ``_above_1_percent`` (share of the results): skin that changed pixels show more
  than they do in the photo, as a share of torso and hips; see :func:`tryon.metrics.torso_mask`.
  ``exposed_skin_below_neckline_`` and the same leaves out the hand's breadth around the neck
* ``edited``: mean share of the photo in the region that may change
* ``seconds_read_person``, ``seconds_read_garment``, ``seconds_swap``, and ``seconds_swap_<stage>`` for each stage
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tryon import draw, metrics
from tryon.core import photo as photos
from tryon.core.errors import OutputError, PersonNotFoundError, TryOnError
from tryon.core.labels import LOWER_BODY
from tryon.datasets.people import People
from tryon.evaluate.report import table
from tryon.outfit import UPPER_BODY
from tryon.pipeline import Normalize, TryOn
from tryon.types import Person, TryOnResult

CELL = (360, 240)
PAIRS_IN_A_ROW = 4
EXPOSED_LIMIT = 0.01
COLUMNS = ("keypoint_drift", "label_agreement", "exposed_skin", "exposed_skin_below_neckline")  # of the pairs


@dataclass
class Swap:
    """One pair, and what came out."""

    title: str
    person: np.ndarray
    other: np.ndarray
    outcome: TryOnResult | str
    """The result, or the sentence that says why there is none."""
    seconds: dict[str, float] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)

    def cells(self) -> list[draw.Cell]:
        """Garment photo, person and result, each under its title."""
        if isinstance(self.outcome, str):
            height, width = self.person.shape[:2]
            outcome = draw.draw_text(self.outcome, (height, width), max(12, width // 14))
        else:
            outcome = self.outcome.image
        return [("garment photo", self.other), ("person", self.person), ("result", outcome)]


def random_pairs(number_of_photos: int, number: int, seed: int) -> list[tuple[int, int]]:
    """Pairs of different photos, the person's first; the same seed gives the same pairs."""
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(number_of_photos, 2, replace=False) for _ in range(number)]
    return [(int(person), int(other)) for person, other in drawn]


def measure(tryon: TryOn, result: TryOnResult, person: Person) -> dict[str, float]:
    """The figures of one result under the names that the module describes; NaN for what cannot be measured.

    Args:
        tryon: reads the result.
        result: of the try-on.
        person: as photographed, before any change of pose.
    """
    kept = ~result.mask
    values = dict.fromkeys(
        ("keypoint_drift", "label_agreement", "exposed_skin", "exposed_skin_below_neckline"), float("nan")
    )
    values["preserved"] = float((result.image[kept] == person.photo[kept]).all())
    values["edited"] = float(result.mask.mean())
    values["reread"] = 0.0
    try:
        again = tryon.read_person(result.image)
    except PersonNotFoundError:
        return values
    values["reread"] = 1.0
    values["keypoint_drift"] = metrics.keypoint_drift(result.person.keypoints, again.keypoints)
    # What lies before the garment is the photo's though the region reaches behind it, and shows nothing new.
    painted = replace(result, mask=result.mask & (result.image != person.photo).any(-1))
    values["label_agreement"] = label_agreement(painted, again.parsing)
    values["exposed_skin"] = exposed_skin(painted, again.parsing, person, neckline=True)
    values["exposed_skin_below_neckline"] = exposed_skin(painted, again.parsing, person, neckline=False)
    return values


def label_agreement(result: TryOnResult, parsing: np.ndarray) -> float:
    """Share of the carried pixels in the edited region that ``parsing`` calls what they are in the garment photo, as
    far as that shows them."""
    carried = (result.warped_garment[..., 3] > 127) & result.mask & ~np.isnan(result.flow).any(-1)
    y, x = np.nonzero(carried)
    if not x.size:
        return float("nan")
    labels = result.garment.source.parsing
    offset = result.flow[y, x]
    source_x = np.clip(np.round(x + offset[:, 0]).astype(int), 0, labels.shape[1] - 1)
    source_y = np.clip(np.round(y + offset[:, 1]).astype(int), 0, labels.shape[0] - 1)
    there = labels[source_y, source_x]
    shown = np.isin(there, (*UPPER_BODY, *LOWER_BODY))  # elsewhere the photo shows what hides the garment
    return float((parsing[y, x] == there)[shown].mean()) if shown.any() else float("nan")


def exposed_skin(result: TryOnResult, parsing: np.ndarray, person: Person, *, neckline: bool) -> float:
    """Skin that ``parsing``, the result's reading, shows more than the photo of ``person``, as a share of torso and
    hips; NaN where the photo does not show them.

    Outside of the edit every pixel is the photo's and shows nothing new, even where it is read differently next to
    other clothes: white trousers below a short dress may be taken for legs.
    """
    region = metrics.torso_mask(result.person.keypoints, result.mask.shape, neckline=neckline)
    if region is None:
        return float("nan")
    before = person.parsing
    return metrics.exposed_skin(before, np.where(result.mask, parsing, before), region)


def summarize(values: Sequence[dict[str, float]], seconds: Sequence[dict[str, float]]) -> dict[str, float]:
    """The figures over all pairs from those of each; a pair without a result has no values."""
    results = [one for one in values if one]
    figures = {"done": len(results) / len(values)}
    for key in ("preserved", "reread", "keypoint_drift", "label_agreement", "edited"):
        figures[key] = _over(np.mean, results, key)
    figures["keypoint_drift_max"] = _over(np.max, results, "keypoint_drift")
    for key in ("exposed_skin", "exposed_skin_below_neckline"):
        figures[f"{key}_mean"] = _over(np.mean, results, key)
        figures[f"{key}_max"] = _over(np.max, results, key)
        figures[f"{key}_above_1_percent"] = _over(lambda shares: np.mean(shares > EXPOSED_LIMIT), results, key)
    for stage in dict.fromkeys(stage for one in seconds for stage in one):
        figures[f"seconds_{stage}"] = _over(np.mean, seconds, stage)
    return figures


def _over(function: Callable[[np.ndarray], np.floating], values: Sequence[dict[str, float]], key: str) -> float:
    known = np.array([one[key] for one in values if not np.isnan(one.get(key, np.nan))])
    return float(function(known)) if known.size else float("nan")


def swap_pair(tryon: TryOn, data: People, pair: tuple[int, int], number: int, normalize: Normalize) -> Swap:
    """Swap and measure the pair with this number."""
    wearer, other = data[pair[0]], data[pair[1]]
    swap = Swap(f"{number:02} garment of {other.name} on {wearer.name}", wearer.image, other.image, "")
    try:
        start = time.perf_counter()
        person = tryon.read_person(wearer.image)
        read = time.perf_counter()
        garment = tryon.read_garment(other.image)
        read_both = time.perf_counter()
        result = tryon(person, garment, normalize=normalize)
        end = time.perf_counter()
    except TryOnError as error:
        swap.outcome = str(error)
        return swap
    swap.outcome = result
    swap.seconds = {"read_person": read - start, "read_garment": read_both - read, "swap": end - read_both}
    swap.seconds |= {f"swap_{stage}": spent for stage, spent in result.timings.items()}
    swap.values = measure(tryon, result, person)
    return swap


def row(swap: Swap) -> tuple[object, ...]:
    """A line of the table of pairs."""
    why = swap.outcome if isinstance(swap.outcome, str) else ""
    return (swap.title, *(swap.values.get(key, np.nan) for key in COLUMNS), why)


def tables(figures: dict[str, float], rows: Sequence[tuple[object, ...]]) -> str:
    """The figures over all pairs, and below them the rows of the pairs."""
    return table(("measure", "value"), figures.items()) + "\n" + table(("pair", *COLUMNS, "no result because"), rows)


def thumbnail(swap: Swap) -> np.ndarray:
    """Garment photo, person and result in a row, small."""
    return np.concatenate([photos.letterbox(picture, CELL, 255)[0] for _, picture in swap.cells()], 1)


def sheet(cells: Sequence[draw.Cell]) -> np.ndarray:
    """A picture ``(H, W, 3)`` of thumbnails under their titles."""
    rows = [list(cells[i : i + PAIRS_IN_A_ROW]) for i in range(0, len(cells), PAIRS_IN_A_ROW)]
    return draw.contact_sheet(rows, (CELL[0], 3 * CELL[1]))


def make_folder(folder: Path) -> None:
    """Make a folder for pictures.

    Raises:
        OutputError: it cannot be made, or not be written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"the folder {folder} cannot be made ({error.strerror}); choose another place") from error
    photos.check_output(folder / "result.png")


def save(swap: Swap, folder: Path) -> None:
    """Write the row of three, and the result where there is one."""
    name = swap.title.replace(" ", "_")
    photos.save(draw.side_by_side(swap.cells()), folder / f"{name}.jpg")
    if not isinstance(swap.outcome, str):
        photos.save(swap.outcome.image, folder / f"{name}.png")
