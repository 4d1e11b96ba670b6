import numpy as np

from tryon.synth.backdrop import random_ground


def test_grounds_are_plain_often_nearly_white_or_have_boards_or_folds():
    spread, bright = [], []
    for seed in range(60):
        wall = random_ground(np.random.default_rng(seed)).wall
        assert wall.dtype == np.float32
        assert 0 <= wall.min() <= wall.max() <= 1
        gray = wall.mean(2)
        spread.append(np.ptp([gray[::16].mean(0).std(), gray[:, ::16].mean(1).std()]))
        bright.append(np.median(gray) > 0.88)
    assert 15 < sum(bright) < 45
    assert 8 < sum(np.array(spread) > 0.03) < 25  # boards: stripes along one side only
