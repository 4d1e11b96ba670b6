"""A contact sheet of a batch: people in rows, garments in columns."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from tryon.batch.pairs import File, Pair
from tryon.batch.records import Outcome, Records
from tryon.core import photo
from tryon.core.errors import TryOnError
from tryon.draw import Cell, contact_sheet, draw_text

ROWS, COLUMNS = 40, 20
"""People and garments on a sheet at most: the first ones."""
_CELL = (256, 192)
_EMPTY: Cell = ("", np.full((*_CELL, 3), 255, np.uint8))


def sheet(records: Records) -> np.ndarray:
    """What a batch made so far, for people to look at.

    Args:
        records: of the batch.

    Returns:
        ``(H, W, 3)``: on the left and above the photos, and where they cross the picture, the words why there is none,
        or nothing where the pair is not done or not asked for. A garment that is asked for in several ways has
        several columns.
    """
    done = records.outcomes()
    people: dict[object, Pair] = {}
    garments: dict[object, Pair] = {}
    cells: dict[tuple[object, object], Outcome] = {}
    for pair in records.pairs:
        person, garment = _places(pair)
        people.setdefault(person, pair)
        garments.setdefault(garment, pair)
        if pair.picture in done:
            cells[person, garment] = done[pair.picture]
    people, garments = dict(list(people.items())[:ROWS]), dict(list(garments.items())[:COLUMNS])
    rows = [[_EMPTY, *(_photo(pair.garment, pair.garment_file) for pair in garments.values())]]
    for row, pair in people.items():
        pictures = [_result(cells.get((row, column)), records.folder) for column in garments]
        rows.append([_photo(pair.person, pair.person_file), *pictures])
    return contact_sheet(rows, _CELL)


def _places(pair: Pair) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """The row and the column of a pair."""
    options = asdict(pair.options)
    return (pair.person, options.pop("person_number")), (pair.garment, *options.values())


def _photo(name: str, file: File) -> Cell:
    try:
        return name, _small(file)
    except TryOnError:
        return name, draw_text("cannot be read", _CELL, 16)


def _result(outcome: Outcome | None, folder: Path) -> Cell:
    if outcome is None:
        return _EMPTY
    if outcome.status != "ok":
        return outcome.status, draw_text(outcome.message, _CELL, 12)
    return outcome.category, _small(folder / outcome.pair.picture)


def _small(file: File) -> np.ndarray:
    """A picture at the size of a cell, as hundreds at their own would not fit into memory."""
    return photo.letterbox(photo.as_photo(file, "the photo").image, _CELL, 255)[0]
