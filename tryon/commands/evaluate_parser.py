"""What ``tryon evaluate parser`` does.

Keys of the JSON file, all but ``seconds`` in [0, 1]:

* ``found``: share of the photos in which a person was found; the others count as all background below
* ``iou_<class>`` for all 14 classes, ``miou_9``, ``miou_merged5``, ``iou_person`` and ``accuracy`` (of all pixels):
  see :class:`tryon.metrics.Confusion`
* ``found_zoomed_out``, ``iou_person_zoomed_out``: the same where the person has a fifth of the frame's height
* ``seconds``: mean time to find and parse a person
* with ``--renders``: ``render_found``, ``render_iou_person`` and ``render_label_agreement``, the share of the true
  person's pixels with the right class
* with ``--garments``: ``found_in_garments``, share of the pictures in which somebody was found who is not there
"""

import time
from pathlib import Path

import cv2
import numpy as np

from tryon import draw, metrics
from tryon.commands.evaluate import EvaluateParser
from tryon.commands.evaluation import check_outputs, progress, report, table
from tryon.core import photo as photos
from tryon.core.errors import DataError
from tryon.core.inference import for_reading
from tryon.core.labels import Label
from tryon.core.weights import RELEASED
from tryon.data.ccp import ClothingCoParsing
from tryon.data.renders import Renders
from tryon.parser.model import GarmentParser
from tryon.parser.read import find_people, parse_person

ZOOM, ZOOM_HEIGHT = 0.2, 1024  # the person's share of the frame's height, and that height in pixels
SHEET_PHOTOS, SHEET_CELL = 24, (360, 720)


def run(options: EvaluateParser) -> None:
    """Measure, print the tables, and write the files that were asked for."""
    check_outputs(options, options.sheet)
    parser = for_reading(GarmentParser.from_pretrained(options.weights))
    data = ClothingCoParsing(options.data, options.split)
    renders = [Renders(folder, options.split) for folder in options.renders]
    garments = _pictures_in(options.garments) if options.garments else None
    number, figures, cells = _measure_photos(parser, data, options)
    if renders:
        figures |= _measure_renders(parser, renders, options.mirror)
    if garments is not None:
        found = [bool(find_people(parser, photos.load(path))) for path in progress(garments, "garments")]
        figures["found_in_garments"] = float(np.mean(found))
    report(options, number, figures, {"parser": options.weights or RELEASED / "parser"})
    if options.sheet:
        sheet = draw.contact_sheet([cells[i : i + 4] for i in range(0, len(cells), 4)], SHEET_CELL)
        photos.save(np.concatenate((sheet, draw.label_legend(sheet.shape[1], font_size=24))), options.sheet)
    classes = {key: value for key, value in figures.items() if key.removeprefix("iou_").upper() in Label.__members__}
    print(f"{number} photos of {options.split}\n")
    print(table(("measure", "value"), [item for item in figures.items() if item[0] not in classes]))
    print(table(("class", "IoU"), [(key.removeprefix("iou_"), value) for key, value in classes.items()]))


def read(parser: GarmentParser, photo: np.ndarray, *, mirror: bool) -> tuple[bool, np.ndarray]:
    """Whether a person was found, and the label map of the one who is most likely meant."""
    people = find_people(parser, photo)
    if not people:
        return False, np.zeros(photo.shape[:2], np.uint8)
    return True, parse_person(parser, photo, people[0], mirror=mirror)


def zoomed_out(photo: np.ndarray, parsing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A photo in which the person has a fifth of the frame's height.

    Args:
        photo: ``(H, W, 3)``.
        parsing: ``(H, W)`` true label map that shows somebody.

    Returns:
        the photo, shrunk, in the middle of a frame of 1024 pixels height into which its background is continued, and
        the label map to it.
    """
    rows = np.flatnonzero(parsing.any(1))
    scale = ZOOM * ZOOM_HEIGHT / (rows[-1] + 1 - rows[0])
    size = max(1, round(photo.shape[0] * scale)), max(1, round(photo.shape[1] * scale))
    small = cv2.resize(photo, size[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    labels = cv2.resize(parsing, size[::-1], interpolation=cv2.INTER_NEAREST)
    frame = max(ZOOM_HEIGHT, size[0]), max(round(ZOOM_HEIGHT * photo.shape[1] / photo.shape[0]), size[1])
    top, left = (frame[0] - size[0]) // 2, (frame[1] - size[1]) // 2
    borders = top, frame[0] - size[0] - top, left, frame[1] - size[1] - left
    ground = cv2.copyMakeBorder(_background_at_edges(small, labels), *borders, cv2.BORDER_REPLICATE)
    ground[top : top + size[0], left : left + size[1]] = small
    return ground, cv2.copyMakeBorder(labels, *borders, cv2.BORDER_CONSTANT, value=0)


def _background_at_edges(photo: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """The photo with its outermost pixels taken from the nearest background there, so that no limb is continued."""
    out = photo.copy()
    # Outlines are labeled coarsely, and shrinking has mixed them with the background.
    person = cv2.dilate((parsing > 0).astype(np.uint8), np.ones((7, 7), np.uint8))
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        background = np.flatnonzero(person[edge] == 0)
        if background.size:
            every = np.arange(person[edge].size)
            nearest = background[np.abs(background[:, None] - every).argmin(0)]
            out[edge] = photo[edge][nearest]
    return out


def _measure_photos(
    parser: GarmentParser, data: ClothingCoParsing, options: EvaluateParser
) -> tuple[int, dict[str, float], list[draw.Cell]]:
    confusion, far_confusion = metrics.Confusion(), metrics.Confusion()
    found, far_found, seconds = [], [], []
    cells: list[draw.Cell] = []
    every = max(1, len(data) // SHEET_PHOTOS)
    for i in progress(range(len(data)), "photos"):
        sample = data[i]
        if sample.parsing is None or not sample.parsing.any():  # a photo whose label map was left empty
            continue
        start = time.perf_counter()
        one_found, parsing = read(parser, sample.image, mirror=options.mirror)
        seconds.append(time.perf_counter() - start)
        found.append(one_found)
        confusion.add(parsing, sample.parsing)
        if options.sheet and i % every == 0 and len(cells) < SHEET_PHOTOS:
            cells.append((f"{sample.name}: photo, reading, truth", _compare(sample.image, parsing, sample.parsing)))
        far, far_truth = zoomed_out(sample.image, sample.parsing)
        one_found, parsing = read(parser, far, mirror=options.mirror)
        far_found.append(one_found)
        far_confusion.add(parsing, far_truth)
    if not found:
        raise DataError(
            f"no labeled photo of {options.split} in {options.data}; check split.csv, or take another split"
        )
    figures = {
        "found": float(np.mean(found)),
        "miou_9": confusion.miou_9(),
        "miou_merged5": confusion.miou_merged5(),
        "iou_person": confusion.iou_person(),
        "accuracy": confusion.accuracy(),
        "found_zoomed_out": float(np.mean(far_found)),
        "iou_person_zoomed_out": far_confusion.iou_person(),
        "seconds": float(np.mean(seconds)),
    }
    return len(found), figures | {f"iou_{label.name.lower()}": confusion.iou(label) for label in Label}, cells


def _measure_renders(parser: GarmentParser, renders: list[Renders], mirror: bool) -> dict[str, float]:
    confusion, found = metrics.Confusion(), []
    for people, i in progress([(some, i) for some in renders for i in range(len(some))], "renders"):
        sample = people[i]
        one_found, parsing = read(parser, sample.image, mirror=mirror)
        found.append(one_found)
        if sample.parsing is not None:
            confusion.add(parsing, sample.parsing)
    return {
        "render_found": float(np.mean(found)) if found else float("nan"),
        "render_iou_person": confusion.iou_person(),
        "render_label_agreement": confusion.person_accuracy(),
    }


def _pictures_in(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise DataError(f"no .jpg or .png pictures in {folder}; give a folder with garment pictures")
    return paths


def _compare(photo: np.ndarray, parsing: np.ndarray, truth: np.ndarray) -> np.ndarray:
    maps = [draw.draw_parsing(photo, one, legend=False) for one in (parsing, truth)]
    return np.concatenate((photo, *maps), 1)
