"""What ``tryon evaluate groups`` does: whether the program reads some people worse than others.

People of every sex, skin tone and build, about as many of each, are rendered in clothes of the validation split; so
the truth is exact, and everybody is somebody new. They are read as a user's photo is, by :meth:`TryOn.read_person`.
What such pictures cannot tell: photos differ in more than these have, and hair and clothes here go with the sex.

The groups:

* ``sex``: ``female`` or ``male``, of the body; clothes and hair are chosen to it
* ``tone``: ``light``, ``medium`` or ``dark``, by the individual typology angle of the skin texture's median color, as
  it is before lighting: above 41 degrees, 10 to 41, below 10. The angle is that of Chardon, Cretois and Hourseau, "Skin
  colour typology and suntanning pathways", Int. J. Cosmet. Sci. 13, 1991; each group joins two of the six there (Del
  Bino and Bernerd, Br. J. Dermatol. 169 S3, 2013: very light and light, intermediate and tan, brown and dark).
  MakeHuman's skins are light or dark; the tones between are mixtures of the two
* ``build``: ``slim``, ``average`` or ``heavy``, by thirds of the body's weight parameter
  (:class:`tryon.data.body.BodyShape`), which says nothing about kilograms

Keys of the JSON file, ``groups_<group>_<measure>`` with the groups ``all``, ``sex_female``, ``tone_dark``,
``build_heavy`` and so on. Values are means over the pictures of a group, each counted once;
``groups_<group>_<measure>_se`` is the standard error of that mean. Two groups differ by more than chance only where
their difference is well above twice the root of the sum of their squared standard errors.

* ``number``: pictures of the group
* ``found``: share of them in which the person was found; else everything below counts as wrong
* ``label_agreement``: share of the true person's pixels with the right class
* ``iou_person``: intersection over union of all that is not background
* ``pck_0.1``, ``pck_0.2``: share of the true points with a visibility above .5 that were found within .1 and .2 torso
  lengths; see :func:`tryon.metrics.pck`. Pictures that end above the hips show no torso to measure by and are left out
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tryon import metrics
from tryon.commands.evaluate import EvaluateGroups
from tryon.commands.evaluation import check_outputs, progress, report, table, used_weights
from tryon.core.errors import ConfigError, DataError, PersonNotFoundError
from tryon.data.body import BodyShape
from tryon.data.dressed import Look, random_look, random_shape, random_skin
from tryon.data.dressed_studio import DressedStudio
from tryon.pipeline import TryOn
from tryon.types import PersonSample

SEXES = ("female", "male")
TONES = ("light", "medium", "dark")
BUILDS = ("slim", "average", "heavy")
LIGHT_ABOVE, DARK_BELOW = 41.0, 10.0  # degrees
SLIM_BELOW, HEAVY_ABOVE = 1 / 3, 2 / 3  # of the weight parameter
MEASURES = ("found", "label_agreement", "iou_person", "pck_0.1", "pck_0.2")
_TRIES = 2_000


class Cell(NamedTuple):
    """Who is in a picture: one group of each kind."""

    sex: str
    tone: str
    build: str


def run(options: EvaluateGroups) -> None:
    """Render, measure, print the table, and write the file that was asked for."""
    check_outputs(options)
    if options.number < 1:
        raise ConfigError(f"--number {options.number} is no number of pictures; give 1 or more")
    studio = DressedStudio(options.makehuman, options.split, poses=options.poses)
    tryon = TryOn.from_pretrained(options.weights)
    people = balanced(options.number)
    values = []
    for i, cell in enumerate(progress(people, "pictures")):
        rng = np.random.default_rng((options.seed, i))
        look = random_member(rng, options.makehuman, cell, f"groups_{i}")
        values.append(measure(tryon, studio.person(rng, look)))
    figures = summarize(people, values)
    report(options, options.number, figures, used_weights(options.weights, "parser", "pose"))
    print(f"{options.number} pictures of {options.split}; mean ± standard error\n")
    print(table(("group", "pictures", *MEASURES), rows(figures)))


def balanced(number: int) -> list[Cell]:
    """Cells in an order in which every 6 have equal numbers of each sex, tone and build, and every 18 all cells."""
    return [Cell(SEXES[i % 2], TONES[i // 2 % 3], BUILDS[(i // 2 + i // 6) % 3]) for i in range(number)]


def typology_angle(color: np.ndarray) -> float:
    """Individual typology angle in degrees, ``atan((L* - 50) / b*)``, of an RGB color ``(3,)`` in [0, 255]."""
    lab = cv2.cvtColor(np.float32(color).reshape(1, 1, 3) / 255, cv2.COLOR_RGB2LAB)[0, 0]
    return float(np.degrees(np.arctan2(lab[0] - 50, lab[2])))


def cell_of(shape: BodyShape, skin: np.ndarray) -> Cell:
    """The groups of a body with a skin texture ``(N, N, 3 or 4)``."""
    angle = typology_angle(np.median(skin[..., :3], axis=(0, 1)))
    tone = TONES[0] if angle > LIGHT_ABOVE else TONES[2] if angle < DARK_BELOW else TONES[1]
    return Cell(_sex(shape), tone, _build(shape))


def _sex(shape: BodyShape) -> str:
    return SEXES[0] if shape.female else SEXES[1]


def _build(shape: BodyShape) -> str:
    return BUILDS[0] if shape.weight < SLIM_BELOW else BUILDS[2] if shape.weight > HEAVY_ABOVE else BUILDS[1]


def random_member(rng: np.random.Generator, folder: Path, cell: Cell, identity: str) -> Look:
    """Somebody of a cell, otherwise as random as everybody in the renders.

    Raises:
        DataError: a file is missing in ``folder``, or its skins do not give the tone.
        DependencyError: the package ``anny`` is missing.
    """
    for _ in range(_TRIES):
        shape = random_shape(rng)
        if (_sex(shape), _build(shape)) != (cell.sex, cell.build):
            continue  # a skin takes far longer than a shape
        skin = random_skin(rng, folder, shape)
        if cell_of(shape, skin) == cell:
            return random_look(rng, folder, identity, shape, skin)
    raise DataError(
        f"{folder} gave nobody {cell.sex} of {cell.tone} skin tone in {_TRIES} tries; expected MakeHuman's skins"
    )


def measure(tryon: TryOn, sample: PersonSample) -> dict[str, float]:
    """The figures of one picture under the names in :data:`MEASURES`; NaN where the truth does not show any point."""
    parsing, keypoints = np.zeros(sample.image.shape[:2], np.uint8), np.zeros((18, 3), np.float32)
    try:
        person = tryon.read_person(sample.image)
        parsing, keypoints, found = person.parsing, person.keypoints, 1.0
    except PersonNotFoundError:
        found = 0.0
    confusion = metrics.Confusion()
    if sample.parsing is not None:
        confusion.add(parsing, sample.parsing)
    errors = metrics.keypoint_errors(keypoints[None], sample.keypoints[None])
    return {
        "found": found,
        "label_agreement": confusion.person_accuracy(),
        "iou_person": confusion.iou_person(),
        "pck_0.1": metrics.pck(errors, 0.1),
        "pck_0.2": metrics.pck(errors, 0.2),
    }


def summarize(people: Sequence[Cell], values: Sequence[dict[str, float]]) -> dict[str, float]:
    """The figures of all groups from those of each picture, under the names that the module describes."""
    members = {"all": np.ones(len(people), bool)}
    for kind, names in (("sex", SEXES), ("tone", TONES), ("build", BUILDS)):
        for name in names:
            members[f"{kind}_{name}"] = np.array([getattr(cell, kind) == name for cell in people])
    figures: dict[str, float] = {}
    for group, chosen in members.items():
        figures[f"groups_{group}_number"] = int(chosen.sum())
        for key in MEASURES:
            known = np.array([one[key] for one, mine in zip(values, chosen, strict=True) if mine])
            known = known[~np.isnan(known)]
            figures[f"groups_{group}_{key}"] = float(known.mean()) if known.size else float("nan")
            error = known.std(ddof=1) / np.sqrt(known.size) if known.size > 1 else np.nan
            figures[f"groups_{group}_{key}_se"] = float(error)
    return figures


def rows(figures: dict[str, float]) -> list[tuple[object, ...]]:
    """The table's rows: group, number of pictures, and each measure with its standard error."""

    def cell(key: str) -> str:
        value, error = (f"{figures[name]:.3f}".replace("nan", "–") for name in (key, f"{key}_se"))
        return value if value == "–" else f"{value} ± {error}"

    groups = [key.removeprefix("groups_").removesuffix("_number") for key in figures if key.endswith("_number")]
    return [
        (
            group.replace("_", ": "),
            figures[f"groups_{group}_number"],
            *(cell(f"groups_{group}_{key}") for key in MEASURES),
        )
        for group in groups
    ]
