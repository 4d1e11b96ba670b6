"""Colors and texture continued into a hole."""

import numpy as np

from tryon.core.fill import continue_texture

CHECKS = np.where((np.indices((64, 96)).sum(0) // 2 % 2)[..., None] > 0, 150, 90) + np.zeros(3, int)
HOLE = np.zeros((64, 96), bool)
HOLE[:, 40:] = True


def contrast(picture: np.ndarray, columns: slice) -> float:
    return float(picture[8:56, columns].astype(float).std())


def test_texture_goes_on_where_nothing_is_said():
    filled = continue_texture(CHECKS.astype(np.uint8), HOLE, ~HOLE)
    assert contrast(filled, np.s_[42:48]) > 20
    assert contrast(filled, np.s_[66:72]) > 20
    np.testing.assert_array_equal(filled[:, :40], CHECKS[:, :40])


def test_texture_fades_within_its_reach_and_the_color_stays():
    filled = continue_texture(CHECKS.astype(np.uint8), HOLE, ~HOLE, reach=6)
    whole = continue_texture(CHECKS.astype(np.uint8), HOLE, ~HOLE)
    near, far = contrast(filled, np.s_[40:42]), contrast(filled, np.s_[70:90])
    assert near > 0.7 * contrast(whole, np.s_[40:42])
    assert far < 3
    assert abs(filled[8:56, 70:90].mean() - 120) < 4


def test_grain_goes_on_where_the_mirror_image_is_hidden_too():
    narrow = np.zeros_like(HOLE)
    narrow[:, 24:40] = True
    filled = continue_texture(CHECKS.astype(np.uint8), HOLE, narrow)
    assert contrast(filled, np.s_[74:90]) > 10
    assert abs(filled[8:56, 74:90].mean() - 120) < 4
