"""How well the garment parser reads photos (``tryon evaluate parser``).

Keys of the JSON file, all but ``seconds`` in [0, 1]:

* ``found``: share of the photos in which a person was found; the others count as all background below
* ``iou_<class>`` for all 14 classes, ``miou_9``, ``miou_merged5``, ``iou_person`` and ``accuracy`` (of all pixels):
  see :class:`tryon.metrics.Confusion`
* ``found_zoomed_out``, ``iou_person_zoomed_out``: the same where the person has a fifth of the frame's height
* ``seconds``: mean time to find and parse a person
* ``ap_<class>``: average precision of each class being in the photo; ``ap_mean``: their mean
* ``audited_miou_9``, ``audited_miou_merged5``: the same against labels in which those that name the wrong garment are
  mended; see :mod:`tryon.datasets.ccp_corrections`
* ``catalog_...``: the figures of the labels for the same people as shops show clothes, cut out before plain paper and
  cut off by the frame; see :func:`tryon.read.views.catalog_view`
* with ``--renders``: ``render_found``, ``render_iou_person`` and ``render_label_agreement``, the share of the true
  person's pixels with the right class
* with ``--garments``: ``found_in_garments``, share of the pictures in which somebody was found who is not there
"""

import time
from pathlib import Path
from typing import NamedTuple, cast

import cv2
import numpy as np
import torch

from tryon import draw, metrics
from tryon.core import photo as photos
from tryon.core.engine import Network
from tryon.core.errors import DataError
from tryon.core.labels import NUM_LABELS, Label
from tryon.datasets.people import People
from tryon.datasets.renders import Renders
from tryon.evaluate.report import progress, table
from tryon.read.parser.read import find_people, labels_of, read_closely
from tryon.read.parser.task import PRESENT
from tryon.read.views import catalog_view

ZOOM, ZOOM_HEIGHT = 0.2, 1024  # the person's share of the frame's height, and that height in pixels
CATALOG_SIZE = (1024, 768)
SHEET_PHOTOS, SHEET_CELL = 24, (360, 720)


def tables(figures: dict[str, float]) -> str:
    """The figures, and below them those of the classes."""
    names = [label.name.lower() for label in Label]
    of_classes = {f"{kind}_{name}" for kind in ("iou", "ap") for name in names}
    rows = [(n, figures[f"iou_{n}"], figures.get(f"ap_{n}", float("nan"))) for n in names if f"iou_{n}" in figures]
    return (
        table(("measure", "value"), [item for item in figures.items() if item[0] not in of_classes])
        + "\n"
        + table(("class", "IoU", "average precision"), rows)
    )


def sheet(cells: list[draw.Cell]) -> np.ndarray:
    """A picture ``(H, W, 3)`` of the cells that :func:`measure_photos` gives, with the legend of the labels."""
    pictures = draw.contact_sheet([cells[i : i + 4] for i in range(0, len(cells), 4)], SHEET_CELL)
    return np.concatenate((pictures, draw.label_legend(pictures.shape[1], font_size=24)))


class Reading(NamedTuple):
    """What the parser says of the person in a photo who is most likely meant."""

    found: bool
    parsing: np.ndarray
    """``(H, W)``: all background where nobody was found."""
    presence: np.ndarray
    """``(14,)``: zero where nobody was found."""


def read(parser: Network, photo: np.ndarray, *, mirror: bool) -> Reading:
    """Find the person and read them."""
    people = find_people(parser, photo)
    if not people:
        return Reading(False, np.zeros(photo.shape[:2], np.uint8), np.zeros(NUM_LABELS, np.float32))
    close = read_closely(parser, photo, people[0], mirror=mirror)
    return Reading(True, labels_of(photo, people[0], close), close.presence)


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


def measure_photos(
    parser: Network, data: People, *, audited: People | None = None, mirror: bool
) -> tuple[int, dict[str, float], list[draw.Cell]]:
    """The figures of labeled photos, and those against the same people's ``audited`` labels where they are given.

    Returns:
        how many photos were measured, their figures, and a cell of the sheet for each of 24 of them.

    Raises:
        DataError: none of the photos has labels.
    """
    confusion, far_confusion, shop_confusion, audited_confusion = (metrics.Confusion() for _ in range(4))
    found, far_found, shop_found, seconds, presence, worn = [], [], [], [], [], []
    cells: list[draw.Cell] = []
    every = max(1, len(data) // SHEET_PHOTOS)
    for i in progress(range(len(data)), "photos"):
        sample = data[i]
        if sample.parsing is None or not sample.parsing.any():  # a photo whose label map was left empty
            continue
        start = time.perf_counter()
        reading = read(parser, sample.image, mirror=mirror)
        seconds.append(time.perf_counter() - start)
        found.append(reading.found)
        confusion.add(reading.parsing, sample.parsing)
        if audited is not None:
            audited_confusion.add(reading.parsing, cast(np.ndarray, audited[i].parsing))
        presence.append(reading.presence)
        worn.append([(sample.parsing == label).mean() >= PRESENT for label in Label])
        if i % every == 0 and len(cells) < SHEET_PHOTOS:
            cells.append(
                (f"{sample.name}: photo, reading, truth", _compare(sample.image, reading.parsing, sample.parsing))
            )
        far, far_truth = zoomed_out(sample.image, sample.parsing)
        reading = read(parser, far, mirror=mirror)
        far_found.append(reading.found)
        far_confusion.add(reading.parsing, far_truth)
        shop, _, shop_truth = catalog_view(sample, CATALOG_SIZE, np.random.default_rng(i))
        reading = read(parser, shop, mirror=mirror)
        shop_found.append(reading.found)
        shop_confusion.add(reading.parsing, shop_truth)
    if not found:
        raise DataError(f"no labeled photo of this split in {data.root}; check split.csv, or take another split")
    figures = {
        "found": float(np.mean(found)),
        "miou_9": confusion.miou_9(),
        "miou_merged5": confusion.miou_merged5(),
        "iou_person": confusion.iou_person(),
        "accuracy": confusion.accuracy(),
        "found_zoomed_out": float(np.mean(far_found)),
        "iou_person_zoomed_out": far_confusion.iou_person(),
        "seconds": float(np.mean(seconds)),
        "catalog_found": float(np.mean(shop_found)),
        "catalog_miou_9": shop_confusion.miou_9(),
        "catalog_miou_merged5": shop_confusion.miou_merged5(),
        "catalog_iou_person": shop_confusion.iou_person(),
    } | average_precisions(np.array(presence), np.array(worn))
    if audited is not None:
        figures["audited_miou_9"] = audited_confusion.miou_9()
        figures["audited_miou_merged5"] = audited_confusion.miou_merged5()
    return len(found), figures | {f"iou_{label.name.lower()}": confusion.iou(label) for label in Label}, cells


def measure_renders(parser: Network, renders: list[Renders], *, mirror: bool) -> dict[str, float]:
    """The figures of rendered people."""
    confusion, found = metrics.Confusion(), []
    for people, i in progress([(some, i) for some in renders for i in range(len(some))], "renders"):
        sample = people[i]
        reading = read(parser, sample.image, mirror=mirror)
        found.append(reading.found)
        if sample.parsing is not None:
            confusion.add(reading.parsing, sample.parsing)
    return {
        "render_found": float(np.mean(found)) if found else float("nan"),
        "render_iou_person": confusion.iou_person(),
        "render_label_agreement": confusion.person_accuracy(),
    }


def average_precisions(presence: np.ndarray, worn: np.ndarray) -> dict[str, float]:
    """``ap_<class>`` of every class that some photos show and others don't, and ``ap_mean``.

    Args:
        presence: ``(N, 14)`` probabilities.
        worn: ``(N, 14)`` ``bool``.
    """
    from torchmetrics.functional.classification import binary_average_precision

    told = [label for label in Label if 0 < worn[:, label].sum() < len(worn)]
    figures = {
        f"ap_{label.name.lower()}": float(
            binary_average_precision(torch.from_numpy(presence[:, label]), torch.from_numpy(worn[:, label]).long())
        )
        for label in told
    }
    return figures | {"ap_mean": float(np.mean(list(figures.values()))) if figures else float("nan")}


def found_in(parser: Network, pictures: list[Path]) -> float:
    """Share of the picture files in which somebody is found."""
    return float(np.mean([bool(find_people(parser, photos.load(path))) for path in progress(pictures, "garments")]))


def pictures_in(folder: Path) -> list[Path]:
    """The picture files in a folder and its folders.

    Raises:
        DataError: there are none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise DataError(f"no .jpg or .png pictures in {folder}; give a folder with garment pictures")
    return paths


def _compare(photo: np.ndarray, parsing: np.ndarray, truth: np.ndarray) -> np.ndarray:
    maps = [draw.draw_parsing(photo, one, legend=False) for one in (parsing, truth)]
    return np.concatenate((photo, *maps), 1)
