"""Conversions against points whose coordinates tell their number, heat maps against literal values."""

import numpy as np
import pytest

from tryon.body import skeleton
from tryon.body.skeleton import convert, heatmaps, mirror, torso_length, transform


def numbered(count):
    """Point i lies at (10 i, 100 + i), with a confidence of its own."""
    i = np.arange(count, dtype=np.float32)
    return np.stack((10 * i, 100 + i, 0.5 + i / 100), 1)


def from_sources(points, sources):
    """What a table of literal source numbers gives; ``None`` is missing."""
    return np.array([(0, 0, 0) if source is None else points[source] for source in sources], np.float32)


def one_point(x, y, confidence=1.0):
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[0] = x, y, confidence
    return keypoints


def test_names_and_limbs():
    assert skeleton.NUM_KEYPOINTS == 18
    assert skeleton.NAMES[skeleton.NECK] == "neck"
    assert skeleton.NAMES[skeleton.R_WRIST] == "right wrist"
    assert skeleton.NAMES[skeleton.L_EAR] == "left ear"
    limbs = [f"{skeleton.NAMES[a]} - {skeleton.NAMES[b]}" for a, b in skeleton.LIMBS]
    assert limbs == [
        "neck - right shoulder", "neck - left shoulder", "right shoulder - right elbow", "right elbow - right wrist",
        "left shoulder - left elbow", "left elbow - left wrist", "neck - right hip", "right hip - right knee",
        "right knee - right ankle", "neck - left hip", "left hip - left knee", "left knee - left ankle", "neck - nose",
        "nose - right eye", "right eye - right ear", "nose - left eye", "left eye - left ear",
    ]  # fmt: skip


def test_coco18_stays():
    points = numbered(18)
    np.testing.assert_array_equal(convert(points, "coco18"), points)


def test_body25_round_trip():
    points = numbered(18)
    rubbish = [(-5.0, 7.0, 0.9)] * 7
    body25 = np.concatenate((points[:8], rubbish[:1], points[8:], rubbish[1:]))
    assert body25.shape == (25, 3)
    converted = convert(body25, "body25")
    assert converted.dtype == np.float32
    np.testing.assert_array_equal(converted, points)


def test_coco17():
    points = numbered(17)
    expected = from_sources(points, (0, None, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3))
    expected[1] = 55, 105.5, 0.55  # Between the shoulders 5 and 6, with the lower confidence.
    np.testing.assert_allclose(convert(points, "coco17"), expected)


@pytest.mark.parametrize("missing", [5, 6])
def test_coco17_has_a_neck_only_with_both_shoulders(missing):
    points = numbered(17)
    points[missing, 2] = 0
    assert convert(points, "coco17")[1].tolist() == [0, 0, 0]


def test_human36m():
    points = numbered(32)
    legs = (1, 2, 3, 6, 7, 8)
    expected = from_sources(points, (14, 13, 25, 26, 27, 17, 18, 19, *legs, None, None, None, None))
    np.testing.assert_array_equal(convert(points, "h36m32"), expected)
    # The usual 17 of the 32 must give the same person.
    of_32 = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
    np.testing.assert_array_equal(convert(points[of_32], "h36m17"), expected)


def test_mediapipe33():
    points = numbered(33)
    expected = from_sources(points, (0, None, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7))
    expected[1] = 115, 111.5, 0.61
    np.testing.assert_allclose(convert(points, "mediapipe33"), expected)


@pytest.mark.parametrize("confidence", [0, -1])
def test_a_missing_point_is_all_zero(confidence):
    points = numbered(18)
    points[4] = -1, -1, confidence
    assert convert(points, "coco18")[4].tolist() == [0, 0, 0]


def test_convert_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="unknown skeleton 'coco19'; known are coco18, body25, coco17"):
        convert(numbered(18), "coco19")
    with pytest.raises(ValueError, match=r"key points of body25 have shape \(25, 3\), got \(18, 3\)"):
        convert(numbered(18), "body25")


def test_mirror_twice_is_the_identity():
    points = numbered(18)
    points[7] = 0
    once = mirror(points, 640)
    assert once[skeleton.L_WRIST].tolist() == [639 - 40, 104, pytest.approx(0.54)]
    assert once[skeleton.R_WRIST].tolist() == [0, 0, 0]
    assert once[skeleton.NOSE].tolist() == [639, 100, 0.5]
    np.testing.assert_allclose(mirror(once, 640), points)


def test_mirror_agrees_with_the_mirrored_picture():
    """Heat maps mirrored with their channels exchanged are those of the mirrored points."""
    points = numbered(18) / (8, 4, 1)
    maps = heatmaps(points, (48, 32), (48, 32), 2.0)
    np.testing.assert_allclose(
        heatmaps(mirror(points, 32), (48, 32), (48, 32), 2.0), maps[skeleton.MIRROR][:, :, ::-1], atol=1e-6
    )


def test_mirror_and_transform_leave_their_input_alone():
    points = numbered(18)
    before = points.copy()
    mirror(points, 100)
    transform(points, np.array([[2.0, 0, 1], [0, 2, 1]]))
    np.testing.assert_array_equal(points, before)


def test_transform():
    points = numbered(18)
    points[3, 2] = 0
    moved = transform(points, np.array([[0, -1.0, 200], [2, 0, 5]]))
    assert moved[2].tolist() == [200 - 102, 2 * 20 + 5, pytest.approx(0.52)]
    assert moved[3].tolist() == [0, 0, 0]


def test_heatmap_literal_values():
    maps = heatmaps(one_point(3, 2), (6, 8), (6, 8), 1.0)
    assert maps.shape == (18, 6, 8)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps[0, 2, :6], [0.011109, 0.135335, 0.606531, 1, 0.606531, 0.135335], atol=1e-6)
    assert maps[0, 3, 4] == pytest.approx(0.367879, abs=1e-6)  # exp(-1)
    assert not maps[1:].any()


def test_heatmap_center_between_the_pixels():
    # 101 of a picture four times as large: (101 + .5) / 4 - .5 = 24.875; (50 + .5) / 4 - .5 = 12.125.
    heat = heatmaps(one_point(101, 50), (32, 48), (128, 192), 2.0)[0].astype(float)
    y, x = np.mgrid[:32, :48]
    assert (x * heat).sum() / heat.sum() == pytest.approx(24.875, abs=1e-3)
    assert (y * heat).sum() / heat.sum() == pytest.approx(12.125, abs=1e-3)
    assert heat.max() == pytest.approx(np.exp(-(0.125**2 + 0.125**2) / 8))


def test_heatmap_of_a_picture_with_other_proportions():
    heat = heatmaps(one_point(11, 5), (10, 10), (20, 40), 1.0)[0]
    assert np.unravel_index(heat.argmax(), heat.shape) == (2, 2)  # 5.5 / 2 - .5 = 2.25; 11.5 / 4 - .5 = 2.375


@pytest.mark.parametrize(
    ("x", "y", "shown"),
    [
        (-0.5, 4, True), (-3.5, 4, True), (-4.4, 4, True), (-4.6, 4, False),  # 2 sigma = 4 beyond the edge at -.5
        (13.4, 4, True), (13.6, 4, False), (4, -4.6, False), (4, 13.4, True),
        (-3.4, -3.4, False), (-3.2, -3.2, True),  # On the diagonal: 4.1 and 3.8.
    ],
)  # fmt: skip
def test_a_point_outside_keeps_its_tail_up_to_two_sigma(x, y, shown):
    heat = heatmaps(one_point(x, y), (10, 10), (10, 10), 2.0)[0]
    assert heat.any() == shown
    if shown:
        assert heat.max() < 1


def test_a_missing_point_gives_an_empty_map():
    assert not heatmaps(one_point(5, 5, 0), (10, 10), (10, 10), 2.0).any()


def test_torso_length():
    points = np.zeros((18, 3), np.float32)
    points[skeleton.NECK] = 100, 50, 0.9
    points[skeleton.R_HIP] = 100, 150, 0.9
    points[skeleton.L_HIP] = 160, 130, 0.9
    assert torso_length(points) == pytest.approx(np.hypot(30, 90))
    points[skeleton.L_HIP, 2] = 0
    assert torso_length(points) == 0.0
