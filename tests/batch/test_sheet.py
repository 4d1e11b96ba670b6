"""The contact sheet of a batch."""

import numpy as np

from tests.batch.drawn_batch import drawn_folders
from tests.drawn import drawn_tryon
from tryon.batch.records import Records
from tryon.batch.run import run
from tryon.batch.sheet import sheet
from tryon.core import photo


def test_people_in_rows_and_garments_in_columns(tmp_path):
    pairs = drawn_folders(tmp_path)
    pairs[2].garment_file.write_text("no picture")
    records = Records(tmp_path / "out", pairs, {})
    outcomes = run(records, drawn_tryon)
    for _ in range(5):
        next(outcomes)
    outcomes.close()
    picture = sheet(records)
    # Cells of 256 x 192 under titles of 20 with gaps of 12.
    assert picture.shape == (3 * (20 + 256 + 12), 4 * (192 + 12), 3)
    cells = [[picture[y + 20 : y + 276, x : x + 192] for x in range(0, 816, 204)] for y in range(0, 864, 288)]
    assert (cells[0][0] == 255).all()
    assert (cells[2][3] == 255).all()  # not done

    def small(file):
        return photo.letterbox(photo.load(file), (256, 192), 255)[0]

    assert (cells[0][1] == small(pairs[0].garment_file)).all()
    assert (cells[2][0] == small(pairs[3].person_file)).all()
    assert (cells[1][2] == small(records.folder / "p0--g1.png")).all()
    assert (cells[2][1] == small(records.folder / "p1--g0.png")).all()
    for words in (cells[0][3], cells[1][3]):  # of the photo that is none, and of its pair
        assert 0.9 < np.isin(words, 255).mean() < 1
