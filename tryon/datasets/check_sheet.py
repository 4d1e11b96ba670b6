"""The contact sheet of a data set: some of its samples with skeletons, labels and flow drawn on them."""

from collections.abc import Mapping
from itertools import chain

import numpy as np

from tryon import draw
from tryon.core.errors import DataError, InputImageError
from tryon.core.labels import NUM_LABELS
from tryon.datasets.check import chosen
from tryon.datasets.corrupt import Samples
from tryon.datasets.flow_check import check_flow, warp
from tryon.datasets.shards import Sample, people
from tryon.types import PersonSample

CELL = (220, 170)
COLUMNS = 8


def sheet(splits: Mapping[str, Samples[Sample]], number: int) -> np.ndarray:
    """A contact sheet ``(H, W, 3)`` of ``number`` samples, evenly spread over each split.

    A person takes two cells, skeleton and labels; a pair four: both skeletons, the labels of the target, and the
    source warped by the flow, grey where it is not visible; a triplet also the garment's labels. What does not fit
    its picture is left out. A sample that cannot be read is named in an empty cell.

    Raises:
        DataError: there is no sample.
    """
    filled = {split: samples for split, samples in splits.items() if len(samples)}
    cells: list[list[draw.Cell]] = []
    for position, (split, samples) in enumerate(filled.items()):
        share = number * (position + 1) // len(filled) - number * position // len(filled)
        for index in chosen(len(samples), share):
            try:
                cells.append(_cells(samples[index], f"{split} {index}"))
            except (DataError, InputImageError, OSError):
                cells.append([(f"{split} {index}: unreadable", np.full((*CELL, 3), draw.MISSING, np.uint8))])
    if not cells:
        raise DataError("no samples to draw; is the split empty?")
    a_row = max(1, COLUMNS // max(len(one) for one in cells))
    rows = [list(chain.from_iterable(cells[i : i + a_row])) for i in range(0, len(cells), a_row)]
    return draw.contact_sheet(rows, CELL, gap=8)


def _cells(sample: Sample, place: str) -> list[draw.Cell]:
    persons = people(sample)
    title = f"{place} {sample.name}"
    if isinstance(sample, PersonSample):
        return [(title, _skeleton(sample)), ("", _labels(sample))]
    cells = [(title if not i else role, _skeleton(one)) for i, (role, one) in enumerate(persons.items())]
    if "garment" in persons:
        cells.append(("labels of the garment", _labels(persons["garment"])))
    cells.append(("labels of the target", _labels(sample.target)))
    found, _ = check_flow(sample)
    if sample.flow is not None and "arrays" not in found:
        cells.append(("warped", warp(sample)))
    return cells


def _skeleton(one: PersonSample) -> np.ndarray:
    usable = np.isfinite(one.keypoints).all(1) & (np.abs(one.keypoints) < 1e5).all(1)
    return draw.draw_keypoints(one.image, np.where(usable[:, None], one.keypoints, 0), legend=False)


def _labels(one: PersonSample) -> np.ndarray:
    if one.parsing is None or one.parsing.shape != one.image.shape[:2] or one.parsing.max() >= NUM_LABELS:
        return one.image
    return draw.draw_parsing(one.image, one.parsing, legend=False)
