"""Letterbox, crop and affine maps: literal values, and blobs that must land where the points say."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.core import photo
from tryon.core.errors import ShapeError


def test_letterbox_literal():
    canvas, box = photo.letterbox(np.full((100, 50, 3), 200, np.uint8), (40, 40), (1, 2, 3))
    assert box == photo.Letterbox((100, 50), (40, 40), (40, 20), 0, 10)
    assert canvas.shape == (40, 40, 3)
    assert canvas[20, 9].tolist() == canvas[20, 30].tolist() == [1, 2, 3]
    assert canvas[20, 10].tolist() == canvas[20, 29].tolist() == [200, 200, 200]
    # The center of the first pixel lies .5 from the edge: .5 * .4 - .5 = -.3, and 10 to the right.
    np.testing.assert_allclose(box.to_inner(np.array([[0.0, 0.0, 0.7]])), [[9.7, -0.3, 0.7]])
    np.testing.assert_allclose(box.matrix, [[0.4, 0, 9.7], [0, 0.4, -0.3]])


def test_letterbox_points_follow_the_pixels():
    """A blob that is scaled is found where ``to_inner`` says, to a fraction of a pixel, shrunk and enlarged."""
    for outer, inner in (((200, 120), (64, 48)), ((60, 40), (200, 180))):
        y, x = np.mgrid[: outer[0], : outer[1]]
        center = np.array([[19.3, 31.6]])
        blob = np.exp(-((x - center[0, 0]) ** 2 + (y - center[0, 1]) ** 2) / 18)
        canvas, box = photo.letterbox(np.repeat((blob * 255).astype(np.uint8)[..., None], 3, 2), inner, 0)
        weight = canvas[..., 0].astype(float)
        y, x = np.mgrid[: inner[0], : inner[1]]
        found = (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()
        np.testing.assert_allclose(found, box.to_inner(center)[0], atol=0.05)


sizes = st.tuples(st.integers(1, 4000), st.integers(1, 4000))
small_sizes = st.tuples(st.integers(1, 400), st.integers(1, 400))
coordinates = st.floats(-5000, 5000)


@given(sizes, small_sizes, coordinates, coordinates)
def test_letterbox_inverse_is_exact(outer, inner, x, y):
    scale = min(inner[0] / outer[0], inner[1] / outer[1])
    resized = tuple(max(1, round(side * scale)) for side in outer)
    box = photo.Letterbox(outer, inner, resized, (inner[0] - resized[0]) // 2, (inner[1] - resized[1]) // 2)
    points = np.array([[x, y, 0.5]])
    np.testing.assert_allclose(box.to_outer(box.to_inner(points)), points, atol=1e-6)
    np.testing.assert_allclose(box.to_inner(box.to_outer(points)), points, atol=1e-6)


@given(small_sizes, small_sizes)
def test_letterbox_fits_and_undo_restores_the_size(outer, inner):
    canvas, box = photo.letterbox(np.full((*outer, 3), 90, np.uint8), inner, 90)
    assert canvas.shape == (*inner, 3)
    assert (canvas == 90).all()
    assert box.undo(np.ones((*inner, 1), np.float32)).shape == (*outer, 1)
    np.testing.assert_allclose(box.undo(np.ones(inner, np.float32)), 1, atol=1e-5)


def test_letterbox_undo_of_probabilities():
    image = np.zeros((80, 120, 3), np.uint8)
    image[:20, -30:] = 255
    canvas, box = photo.letterbox(image, (60, 100), 0)
    maps = np.zeros((60, 100, 14), np.float32)
    maps[..., 3] = canvas[..., 0] / 255
    back = box.undo(maps)
    assert back.shape == (80, 120, 14)
    assert np.abs(back[..., 3] - image[..., 0] / 255).mean() < 0.01
    with pytest.raises(ShapeError, match=r"array has shape \(30, 50, 14\), expected \(60, 100, 14\)"):
        box.undo(maps[::2, ::2])


# --- crop -----------------------------------------------------------------------------------------------------------


def test_crop_of_whole_pixels_is_a_slice():
    image = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    crop, matrix = photo.crop_and_resize(image, (10, 20, 50, 40), (20, 40))
    np.testing.assert_array_equal(crop, image[20:40, 10:50])
    np.testing.assert_allclose(matrix, [[1, 0, -10], [0, 1, -20]])


def test_crop_at_half_size_averages_pairs():
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, ::2] = 200
    crop, matrix = photo.crop_and_resize(image, (0, 0, 64, 64), (32, 32))
    assert (crop == 100).all()
    np.testing.assert_allclose(matrix, [[0.5, 0, -0.25], [0, 0.5, -0.25]])


@pytest.mark.parametrize("size", [(13, 17), (40, 31), (100, 90), (300, 400)])
def test_crop_does_not_alias(size):
    y, x = np.mgrid[:211, :307]
    checks = np.repeat((((x + y) % 2) * 255).astype(np.uint8)[..., None], 3, 2)
    crop, _ = photo.crop_and_resize(checks, (7.3, 5.1, 290.2, 200.7), size)
    if size[0] < 60:
        assert np.abs(crop.astype(float) - 127.5).max() < 15
    assert abs(crop.mean() - 127.5) < 2


def test_crop_outside_is_filled():
    image = np.full((40, 40, 3), (10, 20, 30), np.uint8)
    crop, _ = photo.crop_and_resize(image, (-40, 0, 40, 40), (40, 80), 128)
    assert crop[20, 0].tolist() == [128, 128, 128]
    assert crop[20, 70].tolist() == [10, 20, 30]
    crop, _ = photo.crop_and_resize(image, (-40, -500, 80, 40), (54, 12))
    assert (crop == (10, 20, 30)).all()


@given(
    st.floats(-30, 60), st.floats(-30, 60), st.floats(50, 200), st.floats(50, 200),
    st.tuples(st.integers(20, 90), st.integers(20, 90)),
)  # fmt: skip
def test_crop_points_follow_the_pixels(x0, y0, width, height, size):
    y, x = np.mgrid[:120, :130]
    center = np.array([x0 + width / 2, y0 + height / 2]) - 0.5
    blob = np.exp(-((x - center[0]) ** 2 + (y - center[1]) ** 2) / 32)
    image = np.repeat((blob * 255).astype(np.uint8)[..., None], 3, 2)
    if not (14 < center[0] < 115 and 14 < center[1] < 105):
        return
    crop, matrix = photo.crop_and_resize(image, (x0, y0, x0 + width, y0 + height), size, 0)
    weight = crop[..., 0].astype(float)
    y, x = np.mgrid[: size[0], : size[1]]
    found = np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()
    np.testing.assert_allclose(found, center @ matrix[:, :2].T + matrix[:, 2], atol=0.1)
    np.testing.assert_allclose(found, [(size[1] - 1) / 2, (size[0] - 1) / 2], atol=0.1)


@pytest.mark.parametrize("box", [(10, 10, 10, 20), (20, 0, 10, 20), (50, 0, 60, 20), (0, 0, np.nan, 20)])
def test_crop_of_nothing(box):
    with pytest.raises(ValueError, match="is empty or lies outside the picture of 40 x 40 pixels"):
        photo.crop_and_resize(np.zeros((40, 40, 3), np.uint8), box, (10, 10))


def test_invert_affine():
    matrix = np.array([[2.0, 1, 3], [0, 4, -1]])
    np.testing.assert_allclose(photo.invert_affine(matrix), cv2.invertAffineTransform(matrix))
