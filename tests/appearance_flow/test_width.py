import numpy as np
import pytest

from appearance_flow.pose_flow import pose_flow
from appearance_flow.sampling import warp_photo
from appearance_flow.width import fit_width
from tryon.body import skeleton as sk
from tryon.core.errors import ShapeError

SIZE = (192, 128)


def block(left: int, right: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[36:96, left : right + 1] = True
    return mask


def width_at(mask: np.ndarray, flow: np.ndarray, row: int) -> tuple[int, int]:
    """Half-widths of the warped mask left and right of the torso's axis at x = 64."""
    columns = np.nonzero(warp_photo(mask.astype(np.float32), flow, "zeros")[row] > 0.5)[0]
    return 64 - columns.min(), columns.max() - 64


def test_a_garment_that_fits_is_left_alone(person):
    flow = fit_width(pose_flow(person, person, SIZE), "torso", block(44, 84), block(44, 84))
    assert np.abs(flow).max() < 1e-3


def test_a_narrow_garment_is_widened_most_of_the_way(person):
    pose = pose_flow(person, person, SIZE)
    left, right = width_at(block(48, 80), fit_width(pose, "torso", block(48, 80), block(44, 84)), 80)
    assert 18 <= left <= 20
    assert 18 <= right <= 20


def test_both_sides_are_fitted_apart(person):
    pose = pose_flow(person, person, SIZE)
    left, right = width_at(block(48, 84), fit_width(pose, "torso", block(48, 84), block(44, 84)), 80)
    assert left >= 18
    assert right == 20


def test_a_loose_garment_stays_loose_and_the_change_is_limited(person):
    pose = pose_flow(person, person, SIZE)
    left, _ = width_at(block(34, 94), fit_width(pose, "torso", block(34, 94), block(46, 82)), 80)
    assert 26 <= left < 30
    left, _ = width_at(block(60, 68), fit_width(pose, "torso", block(60, 68), block(24, 104)), 80)
    assert 4 < left <= 4 * 1.4


def test_shoulders_stay_where_they_are(person):
    flow = fit_width(pose_flow(person, person, SIZE), "torso", block(48, 80), block(44, 84))
    assert np.abs(flow[:42]).max() < 0.05
    assert np.abs(flow[80, 80]).max() > 1


def test_sleeves_are_fitted_across_the_arm(person):
    person[sk.L_ELBOW, :2], person[sk.L_WRIST, :2] = (79, 70), (79, 100)
    pose = pose_flow(person, person, SIZE)
    narrow, wide = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    narrow[40:100, 75:84] = True
    wide[40:100, 74:85] = True
    flow = fit_width(pose, "left_arm", narrow, wide)
    assert flow[90, 84, 0] == pytest.approx(-5 * (1 - 1.25**-0.7), abs=0.35)
    assert np.abs(flow[..., 1]).max() < 0.3


def test_without_garment_or_body_the_pose_flow_is_kept(person):
    pose = pose_flow(person, person, SIZE)
    assert np.array_equal(fit_width(pose, "torso", block(48, 80), np.zeros(SIZE, bool)), pose.part_flow("torso"))


def test_a_mask_of_another_size_is_refused(person):
    with pytest.raises(ShapeError, match="target_mask"):
        fit_width(pose_flow(person, person, SIZE), "torso", block(48, 80), np.zeros((4, 4), bool))
