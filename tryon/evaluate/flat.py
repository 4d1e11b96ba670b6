"""How well garments that nobody wears are read (``tryon evaluate flat``).

All photos are read as the try-on reads them. Keys of the JSON file, all but ``seconds`` and the numbers in [0, 1]:

* ``iou_cloth``, ``iou_front``: intersection over union with outlines that were checked by hand, mean over the photos:
  all cloth, and without the inside of the garment's back; ``iou_inside`` where there is such an inside, over all of its
  pixels together; ``iou_cloth_white``: of pale garments on pale ground; ``iou_cloth_lowest``; ``outlines``, ``white``:
  numbers of photos
* ``right_kind``, and ``right_kind_<kind>``: share of the photos whose kind is named rightly; ``kinds``: their number
* ``told_flat``: share of the photos of garments that are told to have no wearer; ``told_worn``: share of the street
  photos that are told to have one; ``people``: their number
* ``refused``: share of the photos of garments that are taken for something else, or in which none is found
* ``refused_shoes``, ``refused_bags``, ``refused_hats``: of what people of ``val`` wear and hold, cut out and laid on
  paper and on streets, share that is refused; ``refused_heaps``: of heaps of crumpled garments; ``things_<kind>``:
  their number
* ``iou_cloth_printed``, ``told_flat_printed``: as above, of the photos with outlines, with somebody of ``val`` printed
  on the garment
* ``told_turned_worn``: of photos of people that are turned by a quarter or a half and then seem to show a garment that
  nobody wears, share that is refused as turned; ``turned_worn``: their number. ``told_turned_flat``: of turned photos
  of garments, share that is refused or noted as turned; ``told_turned_upright``: the same of photos as they are;
  ``turned_flat``: number of turned ones
* ``pck_0.1``, ``pck_0.05``: with ``--triplets``, share of the joints of rendered garments that were found within .1 and
  .05 of the longer side of the garment's box; ``points``: number of the joints
* ``hand_pck_0.1``, ``hand_pck_0.05``: of the corners that were read by hand in the photos of the outlines, and
  ``hand_points``: their number
* ``drawn_found_0.1``, ``drawn_found_0.05``: of all points of drawn garments, whose mattes err a little; and
  ``drawn_presence``: how often it is told rightly whether a point is there
* ``dressed``: with ``--sheet``, share of random pairs of a street photo and a garment from which a picture came
* ``seconds``: median time to read a garment
"""

import contextlib
import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError, GarmentNotFoundError, PhotoTurnedError, TryOnError
from tryon.datasets.corrupt import Samples
from tryon.datasets.flat_garments import FlatGarments
from tryon.evaluate.report import progress
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import KINDS
from tryon.read.flat.matte import FlatReading
from tryon.read.flat.point_names import NAMES, NUM_POINTS, PRESENT
from tryon.read.flat.points_task import shares_found
from tryon.read.flat.points_views import PointViews
from tryon.read.flat.read import FlatReader
from tryon.read.flat.things import THINGS, heap, laid, things_of
from tryon.read.plausible import TURNS
from tryon.read.printing import printed
from tryon.read.views import PersonViews
from tryon.synth.drawn.plain import DrawnGarments
from tryon.types import PersonSample, TripletSample

OUTLINES = Path(__file__).parent / "flat_outlines.json"
"""Polygons of the cloth on photos of the validation split, in pixels of the photos."""
_THRESHOLDS = (0.1, 0.05)
_DRAWN_SEED, _PAIR_SEED, _THING_SEED = 2**31 - 2, 15, 16
_THINGS, _THING_SIZE = 60, (384, 384)  # of each kind


def measure_photos(reader: FlatReader, root: Path, garments: FlatGarments) -> dict[str, float]:
    """Outlines, kinds, and seconds, over the photos of garments.

    Args:
        reader: to measure.
        root: folder of the photos.
        garments: those whose kinds are asked; the outlines are of some of them.

    Raises:
        DataError: the outlines are of photos of other sizes.
    """
    outlines = json.loads(OUTLINES.read_text())
    right: dict[str, list[bool]] = {kind.name: [] for kind in KINDS}
    flat, refused, seconds, overlaps, corners = [], [], [], [], []
    for name in progress(garments.names, "garments"):
        picture = photo.load(root / f"{name}.jpg")
        kind = next(kind for kind in KINDS if kind.folder == name.split("/")[0])
        flat.append(reader.nobody_wears(picture))
        start, reading, points = time.perf_counter(), None, np.zeros((NUM_POINTS, 3))
        with contextlib.suppress(TryOnError):
            reading, points = reader.cut_out(picture)
            seconds.append(time.perf_counter() - start)
        refused.append(reading is None or not flat[-1])
        right[kind.name].append(reading is not None and KINDS[int(reading.kinds.argmax())] is kind)
        if name in outlines:
            overlaps.append(_overlap(outlines[name], reading, picture.shape[:2], name))
            corners += _corner_errors(outlines[name], points)
    every = [one for answers in right.values() for one in answers]
    figures = {f"right_kind_{name.replace(' ', '_')}": _mean(answers) for name, answers in right.items()}
    figures |= _outline_figures(overlaps) | _shares("hand_pck", corners) | {"hand_points": float(len(corners))}
    return figures | {
        "right_kind": _mean(every), "kinds": float(len(every)), "told_flat": _mean(flat),
        "refused": _mean(refused), "seconds": float(np.median(seconds)) if seconds else float("nan"),
    }  # fmt: skip


def measure_people(reader: FlatReader, people: Iterable[PersonSample], number: int) -> dict[str, float]:
    """Share of photos of people that are told to show a wearer."""
    worn = [not reader.nobody_wears(one.image) for one in progress(people, "people")]
    return {"told_worn": _mean(worn), "people": float(number)}


def measure_turned(reader: FlatReader, people: Sequence[PersonSample], garments: FlatGarments) -> dict[str, float]:
    """Share of photos that are told to be turned, of those that are and of those that are not."""
    worn, flat, upright = [], [], []
    for one in progress(people, "turned people"):
        turned = (np.ascontiguousarray(np.rot90(one.image, turn)) for turn in TURNS)
        worn += [_seems_turned(reader, picture) for picture in turned if reader.nobody_wears(picture)]
    for name in progress(garments.names, "turned garments"):
        picture = photo.load(garments.root / f"{name}.jpg")
        upright.append(_seems_turned(reader, picture))
        flat += [_seems_turned(reader, np.ascontiguousarray(np.rot90(picture, turn))) for turn in TURNS]
    shares = {"told_turned_worn": _mean(worn), "told_turned_flat": _mean(flat), "told_turned_upright": _mean(upright)}
    return shares | {"turned_worn": float(len(worn)), "turned_flat": float(len(flat))}


def _seems_turned(reader: FlatReader, picture: np.ndarray) -> bool:
    try:
        alone, notes = reader.look(picture)
        if not alone:
            reader.refuse_nothing(picture)
    except PhotoTurnedError:
        return True
    except GarmentNotFoundError:
        return False
    return bool(notes)


def measure_prints(reader: FlatReader, people: Sequence[PersonSample], garments: FlatGarments) -> dict[str, float]:
    """Outlines of garments with somebody printed on them, and whether they are told to have no wearer.

    Args:
        reader: to measure.
        people: labeled, who are printed.
        garments: whose photos have outlines.
    """
    flat, overlaps = [], []
    for number, (name, outline) in enumerate(json.loads(OUTLINES.read_text()).items()):
        rng = np.random.default_rng((_THING_SEED, number))
        one = people[int(rng.integers(len(people)))]
        assert one.parsing is not None
        picture = photo.load(garments.root / f"{name}.jpg")
        cloth = _filled(outline["cloth"], picture.shape[:2]) & ~_filled(outline.get("inside", []), picture.shape[:2])
        somebody = (one.parsing > 0).astype(np.float32)
        picture = printed(picture, cloth.astype(np.float32), one.image, somebody, rng)
        flat.append(reader.nobody_wears(picture))
        reading = None
        with contextlib.suppress(TryOnError):
            reading = reader.cut_out(picture)[0]
        overlaps.append(_overlap(outline, reading, picture.shape[:2], name)[0])
    return {"iou_cloth_printed": _mean(overlaps), "told_flat_printed": _mean(flat)}


def measure_things(reader: FlatReader, people: Sequence[PersonSample], garments: FlatGarments) -> dict[str, float]:
    """Share of what is no garment to put on that is refused.

    Args:
        reader: to measure.
        people: labeled, whose shoes, bags and hats are cut out.
        garments: of which heaps are made.
    """
    rng = np.random.default_rng(_THING_SEED)
    cloth = [garments[i] for i in range(len(garments))]
    pictures = {"heaps": [heap(cloth, rng) for _ in range(_THINGS)]}
    cut_out = [thing for one in people for thing in things_of(one)]
    for name in THINGS:
        found = [thing for thing in cut_out if thing.name == name]
        pictures[name] = [found[i] for i in rng.permutation(len(found))[:_THINGS]]
    views = PersonViews(people, _THING_SIZE, _THING_SEED)
    figures: dict[str, float] = {}
    for name, things in pictures.items():
        refused = []
        for i, thing in enumerate(things):
            paper = np.full((*_THING_SIZE, 3), rng.uniform(225, 255), np.uint8)
            refused.append(_is_refused(reader, laid(thing, views.background(rng) if i % 2 else paper, rng)))
        figures |= {f"refused_{name}": _mean(refused), f"things_{name}": float(len(refused))}
    return figures


def _is_refused(reader: FlatReader, picture: np.ndarray) -> bool:
    """Whether a picture is no garment without a wearer, as the try-on has it."""
    if not reader.nobody_wears(picture):
        return True  # nobody is found there either
    try:
        reader.read(picture)
    except GarmentNotFoundError:
        return True
    return False


def measure_triplets(reader: FlatReader, triplets: Samples[TripletSample]) -> dict[str, float]:
    """Share of the joints of rendered garments that are found."""
    errors = []
    for i in progress(range(len(triplets)), "renders"):
        garment = triplets[i].garment
        assert garment.parsing is not None
        truth = garment.keypoints[1:14]
        rows, columns = np.nonzero(garment.parsing)
        side = max(np.ptp(rows), np.ptp(columns)) + 1
        known = truth[:, 2] > 0
        try:
            points = reader.cut_out(garment.image)[1][: len(truth)]
        except TryOnError:
            points = np.zeros_like(truth)
        distance = np.linalg.norm(points[:, :2] - truth[:, :2], axis=1) / side
        errors += np.where(points[:, 2] >= PRESENT, distance, np.inf)[known].tolist()
    return _shares("pck", errors) | {"points": float(len(errors))}


def measure_drawn(reader: FlatReader) -> dict[str, float]:
    """Share of the points of drawn garments that the point network finds."""
    views = PointViews(DrawnGarments().plain, reader.points.config.input_size, _DRAWN_SEED)
    figures = shares_found(reader.points, views)
    return {f"drawn_{name}": value for name, value in figures.items()}


def dress(tryon: TryOn, people: Samples[PersonSample], garments: FlatGarments, number: int) -> tuple[float, list]:
    """Random people in random garments, nothing chosen by hand.

    Args:
        tryon: with the reader to measure.
        people: to be dressed.
        garments: to put on.
        number: of pairs.

    Returns:
        Share of the pairs from which a picture came, and for each pair titled pictures of person, garment and result.
    """
    rng = np.random.default_rng(_PAIR_SEED)
    rows, done = [], []
    for _ in progress(range(number), "pairs"):
        person = people[int(rng.integers(len(people)))]
        name = garments.names[int(rng.integers(len(garments)))]
        picture = photo.load(garments.root / f"{name}.jpg")
        try:
            result = tryon(tryon.read_person(person.image), tryon.read_garment(picture, garment_photo="flat"))
            title, image = str(result.garment.category), result.image
        except TryOnError as error:
            title, image = str(error), person.image
        done.append(image is not person.image)
        rows.append([(person.name, person.image), (name[:24], picture), (title, image)])
    return _mean(done), rows


def _corner_errors(outline: dict, points: np.ndarray) -> list[float]:
    """Distances of corners from where a hand put them, in longer sides of the cloth's box; infinite where missing."""
    corners = np.concatenate([np.array(polygon) for polygon in outline["cloth"]])
    side = np.ptp(corners, axis=0).max() + 1
    errors = []
    for name, place in outline.get("points", {}).items():
        point = points[NAMES.index(name.replace("r_", "right ").replace("l_", "left "))]
        far = float(np.hypot(*(point[:2] - place))) / side
        errors.append(far if point[2] >= PRESENT else float("inf"))
    return errors


def _shares(name: str, errors: Sequence[float]) -> dict[str, float]:
    return {f"{name}_{threshold}": _mean([one <= threshold for one in errors]) for threshold in _THRESHOLDS}


def _overlap(
    outline: dict, reading: FlatReading | None, size: tuple[int, int], name: str
) -> tuple[float, float, int, int, bool]:
    """IoU of cloth and front, common and joint pixels of the inside, and whether the photo is pale on pale."""
    if tuple(outline["size"]) != size:
        raise DataError(f"{name} has the size {size}, its outline in {OUTLINES.name} {tuple(outline['size'])}")
    front, inside = _filled(outline["cloth"], size), _filled(outline.get("inside", []), size)
    front &= ~_filled(outline.get("holes", []), size) & ~inside
    if reading is None:
        return 0.0, 0.0, 0, int(inside.sum()), outline["white_on_white"]
    cloth, truth = reading.cloth > 0.5, front | inside
    back = cloth & (reading.front <= 0.5)
    return (
        _iou(cloth, truth),
        _iou(cloth & ~back, front),
        int((back & inside).sum()),
        int((back | inside).sum()),
        outline["white_on_white"],
    )


def _outline_figures(overlaps: list[tuple[float, float, int, int, bool]]) -> dict[str, float]:
    cloth = [one[0] for one in overlaps]
    white = [one[0] for one in overlaps if one[4]]
    joint = sum(one[3] for one in overlaps)
    return {
        "iou_cloth": _mean(cloth),
        "iou_cloth_lowest": min(cloth, default=float("nan")),
        "iou_cloth_white": _mean(white),
        "iou_front": _mean([one[1] for one in overlaps]),
        "iou_inside": sum(one[2] for one in overlaps) / joint if joint else float("nan"),
        "outlines": float(len(cloth)),
        "white": float(len(white)),
    }


def _filled(polygons: Sequence[Sequence[Sequence[float]]], size: tuple[int, int]) -> np.ndarray:
    out = np.zeros(size, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(out, [np.round(polygon).astype(np.int32)], 1)
    return out > 0


def _iou(found: np.ndarray, truth: np.ndarray) -> float:
    return float((found & truth).sum() / max((found | truth).sum(), 1))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
