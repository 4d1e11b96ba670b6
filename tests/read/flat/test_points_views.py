"""Views of the point network: the same by seed, with points where the planes show them, and mattes that err."""

import numpy as np
import pytest

from tests.read.flat.drawn_square import SquareGarment
from tryon.read.flat.points_views import PointViews, damage, tone


def views(seed: int = 3) -> PointViews:
    return PointViews(lambda rng: SquareGarment(), 64, seed)


def test_a_view_depends_on_seed_and_number_alone():
    view, same = views().view(5), views().view(5)
    assert np.array_equal(view.planes, same.planes)
    assert np.array_equal(view.points, same.points)
    assert not np.array_equal(view.planes, views().view(6).planes)
    assert not np.array_equal(view.planes, views(4).view(5).planes)
    assert (view.planes.shape, view.planes.dtype, view.points.shape) == ((64, 64, 3), np.float32, (25, 3))


def test_points_lie_where_the_planes_show_them():
    off = []
    for number in range(40):
        view = views().view(number)
        # The garment is 60 pixels high, 50 of them below the neck point at row 30; the hem is 39 pixels wide.
        assert 40 < view.side < 64
        assert view.points[23, 0] - view.points[22, 0] == pytest.approx(39 / 60 * view.side, rel=1e-3)
        assert np.flatnonzero(view.points[:, 2]).tolist() == [0, 22, 23]
        rows = np.flatnonzero((view.planes[..., :2].sum(2) > 0.5).any(1))
        off.append(rows[-1] - view.points[22, 1])
    assert abs(np.median(off)) < 1


def test_damage_errs_in_each_of_its_ways_and_never_says_more_than_one():
    garment = SquareGarment()
    points = garment.points.copy()
    points[[1, 4]] = (22, 30, 1), (57, 30, 1)
    missing = called_cloth = ground = beside = untouched = ragged = holes = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        cloth, inside = damage(rng, garment.cloth.copy(), garment.inside.copy(), points)
        assert (cloth + inside).max() <= 1.0001
        assert min(cloth.min(), inside.min()) >= 0
        neck = np.s_[21:25, 37:43]
        missing += inside.max() < 0.05
        called_cloth += cloth[neck].mean() > 0.8
        ground += (cloth + inside)[neck].mean() < 0.2
        beside += (cloth + inside)[:16].max() > 0.5  # the hook of a hanger, or a piece of the ground
        ragged += (cloth + inside)[30:70, 50:70].sum(1).std() > 0.1  # of the straight edge on the left
        holes += (cloth + inside)[40:70, 30:50].min() < 0.7
        untouched += np.array_equal(cloth, garment.cloth) and np.array_equal(inside, garment.inside)
    assert 40 <= missing <= 100
    assert 20 <= called_cloth <= 80
    assert 8 <= ground <= 50
    assert 15 <= beside <= 70
    assert 45 <= ragged <= 100
    assert 10 <= holes <= 60
    assert untouched <= 40


def test_damage_leaves_its_input_as_it_was():
    garment = SquareGarment()
    for seed in range(40):
        damage(np.random.default_rng(seed), garment.cloth, garment.inside, garment.points)
    assert np.array_equal(garment.cloth, SquareGarment().cloth)
    assert np.array_equal(garment.inside, SquareGarment().inside)


def test_pictures_are_gray_faint_and_noisy_at_times():
    image = np.full((40, 40, 3), (200, 40, 40), np.uint8)
    image[::4] = 20, 200, 40
    gray = faint = noisy = 0
    for seed in range(100):
        seen = tone(np.random.default_rng(seed), image).astype(float)
        colors = seen[1::4].mean((0, 1)) - seen[::4].mean((0, 1))
        gray += np.ptp(seen.mean((0, 1))) < 2
        faint += np.ptp(seen.mean((0, 1))) > 2 and abs(colors[0]) < 150
        noisy += seen[::4].std((0, 1)).max() > 0.7
    assert 10 <= gray <= 32
    assert 12 <= faint <= 45
    assert 18 <= noisy <= 42


def test_a_hanger_hangs_from_points_that_are_known():
    cloth = np.zeros((60, 60), np.float32)
    cloth[20:50, 20:40] = 1
    unknown = np.zeros((25, 3), np.float32)
    unknown[13:, 2] = -1  # as of a rendered skirt
    for seed in range(60):
        damaged, _ = damage(np.random.default_rng(seed), cloth, np.zeros_like(cloth), unknown)
        assert damaged[:8, :8].max() < 0.05
