"""Where sleeves end."""

import numpy as np

from tryon.render.layers import _sleeve_end

ARM = np.ones((200, 40), bool)
ALONG = np.repeat(np.linspace(0, 2, 200, endpoint=False, dtype=np.float32)[:, None], 40, 1)


def test_a_sleeve_with_a_slanting_hem_ends_where_it_covers_less_than_two_fifths_of_the_arm():
    rows, columns = np.mgrid[:200, :40]
    shown = columns < 140 - rows  # whole down to the elbow, in row 100; nothing from row 140 on
    assert _sleeve_end(ALONG, ARM, shown) == 1.25


def test_a_sleeve_beside_the_arm_ends_at_the_shoulder():
    assert _sleeve_end(ALONG, ARM, np.zeros_like(ARM)) == 0
