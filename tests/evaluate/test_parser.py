"""The parser's evaluation: its frames with somebody far away."""

import numpy as np
import pytest

from tryon.core.labels import Label
from tryon.evaluate.parser import average_precisions, zoomed_out


def test_zoomed_out_person_has_a_fifth_of_the_height_and_ends_with_the_photo():
    photo, parsing = np.full((400, 300, 3), 50, np.uint8), np.zeros((400, 300), np.uint8)
    parsing[100:, 100:200], photo[100:, 100:200] = Label.PANTS, 250
    far, labels = zoomed_out(photo, parsing)
    assert far.shape == (1024, 768, 3)
    rows = np.flatnonzero(labels.any(1))
    assert len(rows) == pytest.approx(0.2 * 1024, abs=1)
    assert far[rows[-1] - 5, 384, 0] == 250
    assert (far[rows[-1] + 2 :] == 50).all()


def test_average_precision_of_a_class():
    """Dresses in the photos ranked first and third of three: (1 / 1 + 2 / 3) / 2; nobody else is asked for."""
    presence, worn = np.zeros((3, len(Label)), np.float32), np.zeros((3, len(Label)), bool)
    presence[:, Label.DRESS], worn[:, Label.DRESS] = (0.9, 0.5, 0.2), (True, False, True)
    worn[:, Label.SKIN] = True
    assert average_precisions(presence, worn) == pytest.approx({"ap_dress": 5 / 6, "ap_mean": 5 / 6})
