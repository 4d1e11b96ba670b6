import numpy as np
import pytest

from tryon.core.nearest import nearest_known


def test_what_is_unknown_is_as_the_nearest_that_is_known():
    known = np.zeros((3, 6), bool)
    known[1, 0] = known[1, 5] = True
    values = np.full((3, 6, 2), 7, np.float32)
    values[1, 0], values[1, 5] = (1, 2), (3, 4)
    found, away = nearest_known(values, known)
    assert found[1].tolist() == [[1, 2]] * 3 + [[3, 4]] * 3
    assert found[0, 1].tolist() == [1, 2]
    assert away[1].tolist() == pytest.approx([0, 1, 2, 2, 1, 0], abs=0.01)
