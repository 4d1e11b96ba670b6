"""Labels of Clothing Co-Parsing that name the wrong garment, and what it is instead: ``ccp_corrections.csv``.

Each photo of the table was looked at. A row is photo, label, becomes, where, why: the pixels of ``label`` (``*`` for
everybody's, the background aside) become ``becomes``, or unknown; all of them, or only those above or below the hips.
"""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tryon.body import skeleton
from tryon.core.errors import DataError
from tryon.core.files import read_rows
from tryon.core.labels import UNKNOWN, Label

TABLE = Path(__file__).with_suffix(".csv")
_COLUMNS = ("photo", "label", "becomes", "where", "why")


class Correction(NamedTuple):
    """One row of the table."""

    label: int | None
    """``None`` for every class but the background."""
    becomes: int
    where: str
    """``all``, ``above`` or ``below`` (the hips)."""


@cache
def corrections(table: Path = TABLE) -> dict[str, tuple[Correction, ...]]:
    """The rows of a table by photo.

    Raises:
        DataError: a label or a place is none that is known.
    """
    found = defaultdict(list)
    for row in read_rows(table, _COLUMNS):
        try:
            label = None if row["label"] == "*" else Label[row["label"].upper()]
            becomes = UNKNOWN if row["becomes"] == "unknown" else Label[row["becomes"].upper()]
        except KeyError as error:
            raise DataError(f"{table}, {row['photo']}: {error} is none of the classes of a label map") from error
        if row["where"] not in ("all", "above", "below"):
            raise DataError(f"{table}, {row['photo']}: where is {row['where']!r}, expected all, above or below")
        found[row["photo"]].append(Correction(label, becomes, row["where"]))
    return {photo: tuple(rows) for photo, rows in found.items()}


def corrected(parsing: np.ndarray, rows: tuple[Correction, ...], keypoints: np.ndarray) -> np.ndarray:
    """A label map with the corrections of its photo; each is about the labels as they were annotated.

    Args:
        parsing: ``(H, W)`` ``uint8``.
        rows: of :func:`corrections`.
        keypoints: ``(18, 3)``, of which the hips part above from below; without hips, the middle of the labels does.
    """
    out = parsing.copy()
    hips = keypoints[[skeleton.R_HIP, skeleton.L_HIP]]
    labeled = np.flatnonzero((parsing > 0).any(1))
    middle = labeled.mean() if labeled.size else 0.0
    border = hips[hips[:, 2] > 0, 1].mean() if (hips[:, 2] > 0).any() else middle
    row = np.arange(len(parsing))[:, None]
    places = {"all": row >= 0, "above": row < border, "below": row >= border}
    for one in rows:
        there = parsing > 0 if one.label is None else parsing == one.label
        out[there & places[one.where]] = one.becomes
    return out
