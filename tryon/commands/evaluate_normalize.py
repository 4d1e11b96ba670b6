"""What ``tryon evaluate normalize`` does.

People are drawn at random from photos, nothing is picked by hand, but so that a third of them have their arms in front
of the body, as :func:`hpn.normalize.needs_normalizing` tells. Keys of the JSON file:

* ``in_front``: share of the people with arms in front
* ``changed``: share whose pose was changed; the figures below are over these
* ``edited``: mean share of the photo that was changed
* ``reread``: share in which the person is found again; the others need it
* ``arms_reached_0.1``, ``arms_reached_0.2``: of the elbows and wrists that the canonical pose has elsewhere than the
  photo, the share that is read within .1 and .2 torso lengths of there
* ``exposed_skin_mean``, ``_max``, ``_above_1_percent``: skin that the change shows between collar-bone and mid-thigh,
  below the neckline and away from the new arms, more than the photo does, as a share of that region
* ``seconds``: mean time of the change of pose, the person having been read
"""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from appearance_flow.body import ARMS
from hpn.normalize import needs_normalizing
from tryon import draw, metrics
from tryon.commands.evaluate import EvaluateNormalize
from tryon.commands.evaluate_swap import EXPOSED_LIMIT
from tryon.commands.evaluation import check_outputs, progress, report, table, used_weights
from tryon.core import photo as photos
from tryon.core import skeleton
from tryon.core.errors import ConfigError, DataError, PersonNotFoundError, TryOnError
from tryon.data.ccp import ClothingCoParsing
from tryon.pipeline import TryOn
from tryon.types import Person

CELL = (360, 240)
PEOPLE_IN_A_ROW = 4
_MOVED = 0.5  # pixels
_ARM_WIDTH = 0.3  # torso lengths around a new arm whose skin is the arm's


def run(options: EvaluateNormalize) -> None:
    """Normalize, measure, print the table, and write the files that were asked for."""
    check_outputs(options, options.sheet)
    if options.number < 3:
        raise ConfigError(f"--number {options.number} has no third; give 3 or more")
    data = ClothingCoParsing(options.data, options.split, labeled=False)
    tryon = TryOn.from_pretrained(options.weights)
    values, cells = [], []
    for name, person, reason in progress(_people(tryon, data, options.number, options.seed), "people"):
        start = time.perf_counter()
        try:
            posed = tryon.normalize(person)
        except TryOnError as error:
            values.append({"in_front": float(_in_front(reason)), "changed": 0.0})
            cells.append((f"{name}: {error}", _before_and_after(person.photo, person.photo)))
            continue
        seconds = time.perf_counter() - start
        values.append({"in_front": float(_in_front(reason)), **measure(tryon, person, posed), "seconds": seconds})
        cells.append((f"{name}: {reason or 'as they stand'}", _before_and_after(person.photo, posed.photo)))
    if not values:
        raise DataError(f"nobody was found in the photos of {options.split} in {options.data}")
    figures = summarize(values)
    report(options, len(values), figures, used_weights(options.weights, "parser", "pose", "hpn"))
    if options.sheet:
        _draw(cells, options.sheet)
    print(f"{len(values)} people of {options.split}\n")
    print(table(("measure", "value"), figures.items()))


def measure(tryon: TryOn, person: Person, posed: Person) -> dict[str, float]:
    """The figures of one person under the names that the module describes, before they are summarized."""
    changed = (person.photo != posed.photo).any(-1)
    if not changed.any():
        return {"changed": 0.0}
    values = {"changed": 1.0, "edited": float(changed.mean()), "reread": 0.0}
    try:
        again = tryon.read_person(posed.photo)
    except PersonNotFoundError:
        return values
    # Arms that stay are the photo's own pixels: to find them again is no merit of the network.
    brought = (person.keypoints[:, 2] <= 0) | (np.abs(posed.keypoints - person.keypoints)[:, :2] > _MOVED).any(1)
    joints = [i for arm in ARMS.values() for i in arm[1:] if posed.keypoints[i, 2] > 0 and brought[i]]
    errors = metrics.keypoint_errors(again.keypoints[None], posed.keypoints[None], min_visibility=0)[0, joints]
    for limit in (0.1, 0.2):
        values[f"arms_reached_{limit}"] = metrics.pck(errors, limit)
    return values | {"reread": 1.0, "exposed_skin": exposed_skin(person, posed, again.parsing, changed)}


def exposed_skin(person: Person, posed: Person, parsing: np.ndarray, changed: np.ndarray) -> float:
    """Skin that ``parsing``, the reading of the new picture, shows where it changed, and the photo does not; as a share
    of torso and hips without the neckline and the new arms. NaN where the photo does not show them."""
    region = metrics.torso_mask(posed.keypoints, parsing.shape, neckline=False)
    if region is None:
        return float("nan")
    arms = np.zeros(parsing.shape, np.uint8)
    width = max(round(_ARM_WIDTH * skeleton.torso_length(posed.keypoints)), 1)
    for arm in ARMS.values():
        seen = [tuple(np.round(posed.keypoints[i, :2]).astype(int).tolist()) for i in arm if posed.keypoints[i, 2] > 0]
        for a, b in pairwise(seen):
            cv2.line(arms, a, b, 1, width)
    region &= arms == 0
    return metrics.exposed_skin(person.parsing, np.where(changed, parsing, person.parsing), region)


def summarize(values: list[dict[str, float]]) -> dict[str, float]:
    """The figures over all people from those of each."""

    def known(key: str) -> np.ndarray:
        return np.array([one[key] for one in values if not np.isnan(one.get(key, np.nan))])

    figures = {
        key: float(known(key).mean()) if known(key).size else float("nan")
        for key in ("in_front", "changed", "edited", "reread", "arms_reached_0.1", "arms_reached_0.2", "seconds")
    }
    skin = known("exposed_skin")
    figures["exposed_skin_mean"] = float(skin.mean()) if skin.size else float("nan")
    figures["exposed_skin_max"] = float(skin.max()) if skin.size else float("nan")
    figures["exposed_skin_above_1_percent"] = float((skin > EXPOSED_LIMIT).mean()) if skin.size else float("nan")
    return figures


def _people(tryon: TryOn, data: ClothingCoParsing, number: int, seed: int) -> Iterator[tuple[str, Person, str | None]]:
    """Name, person, and why they should be normalized: a third with arms in front, as far as there are as many."""
    wanted = {True: number // 3, False: number - number // 3}
    for index in np.random.default_rng(seed).permutation(len(data)):
        sample = data[int(index)]
        try:
            person = tryon.read_person(sample.image)
        except PersonNotFoundError:
            continue
        reason = needs_normalizing(person)
        if wanted[_in_front(reason)]:
            wanted[_in_front(reason)] -= 1
            yield sample.name, person, reason
        if not any(wanted.values()):
            return


def _in_front(reason: str | None) -> bool:
    return reason is not None and reason.startswith("arms")


def _before_and_after(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.concatenate([photos.letterbox(picture, CELL, 255)[0] for picture in (before, after)], 1)


def _draw(cells: list[draw.Cell], path: Path) -> None:
    rows = [cells[i : i + PEOPLE_IN_A_ROW] for i in range(0, len(cells), PEOPLE_IN_A_ROW)]
    photos.save(draw.contact_sheet(rows, (CELL[0], 2 * CELL[1])), path)
