"""Annotations that name the wrong garment, mended by a table."""

import numpy as np
import pytest

from tryon.body import skeleton
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label
from tryon.datasets.ccp_corrections import TABLE, Correction, corrected, corrections

HEADER = "photo,label,becomes,where,why\n"


def test_a_jacket_that_is_called_trousers_above_trousers():
    parsing = np.zeros((10, 4), np.uint8)
    parsing[2:9, 1:3] = Label.PANTS
    parsing[1, 1:3] = Label.SKIN
    points = np.zeros((18, 3), np.float32)
    points[skeleton.R_HIP] = 1, 5, 1
    mended = corrected(parsing, (Correction(Label.PANTS, Label.OUTER, "above"),), points)
    assert mended[:, 1].tolist() == [0, 3, 5, 5, 5, 8, 8, 8, 8, 0]
    assert parsing[2, 1] == Label.PANTS
    below = corrected(parsing, (Correction(Label.PANTS, UNKNOWN, "below"),), points)
    assert below[:, 1].tolist() == [0, 3, 8, 8, 8, 255, 255, 255, 255, 0]


def test_corrections_are_about_the_annotation_not_about_each_other():
    parsing = np.array([[Label.DRESS, Label.OUTER, 0]], np.uint8)
    swap = (Correction(Label.DRESS, Label.OUTER, "all"), Correction(Label.OUTER, Label.DRESS, "all"))
    assert corrected(parsing, swap, np.zeros((18, 3))).tolist() == [[Label.OUTER, Label.DRESS, 0]]
    assert corrected(parsing, (Correction(None, UNKNOWN, "all"),), np.zeros((18, 3))).tolist() == [[255, 255, 0]]


def test_a_table(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text(HEADER + "0007,dress,outer,all,a coat\n0007,*,unknown,below,hidden\n")
    assert corrections(table) == {
        "0007": (Correction(Label.DRESS, Label.OUTER, "all"), Correction(None, UNKNOWN, "below"))
    }


@pytest.mark.parametrize(
    ("row", "words"),
    [("0007,cloak,outer,all,x", "0007: 'CLOAK' is none"), ("0007,dress,outer,left,x", "where is 'left'")],
)
def test_a_wrong_table_is_told(tmp_path, row, words):
    table = tmp_path / f"{row[5:9]}.csv"
    table.write_text(HEADER + row + "\n")
    with pytest.raises(DataError, match=words):
        corrections(table)


def test_the_table_of_the_project_can_be_read():
    rows = corrections(TABLE)
    assert len(rows) > 20
    assert all(photo.isdigit() and len(photo) == 4 for photo in rows)
