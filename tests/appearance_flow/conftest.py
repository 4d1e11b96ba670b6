import numpy as np
import pytest


@pytest.fixture
def person() -> np.ndarray:
    """``(18, 3)``: a person who stands frontally in a picture of 192 x 128, arms a little away from the body."""
    xy = [
        (64, 22), (64, 40), (49, 40), (39, 64), (35, 86), (79, 40), (89, 64), (93, 86), (56, 90), (54, 130), (54, 170),
        (72, 90), (74, 130), (74, 170), (61, 19), (67, 19), (57, 20), (71, 20),
    ]  # fmt: skip
    return np.array([(x, y, 1) for x, y in xy], np.float32)
