import cv2
import numpy as np
import pytest

from tests.figure import POINTS
from tryon.body.window import Window
from tryon.core.errors import PersonNotFoundError

KEYPOINTS = np.array([(x, y, 1) for x, y in POINTS], np.float32)  # a torso of 100 pixels, the neck at 100, 60


def test_the_torso_is_equally_long_in_every_window():
    window = Window.of(KEYPOINTS, (180, 136))
    assert window.scale == pytest.approx(0.5)
    assert Window.torso((180, 136)) == pytest.approx(50)
    points = window.points(KEYPOINTS)
    assert points[1].tolist() == pytest.approx([67.5, 30, 1])
    assert points[8].tolist() == pytest.approx([59.5, 80, 1])


def test_a_missing_point_stays_missing():
    keypoints = KEYPOINTS.copy()
    keypoints[4] = 0
    assert Window.of(keypoints, (180, 136)).points(keypoints)[4].tolist() == [0, 0, 0]


@pytest.mark.parametrize("size", [(180, 136), (90, 68), (720, 544)])
def test_pictures_are_cut_where_points_lie(size):
    window = Window.of(KEYPOINTS, size)
    picture = np.zeros((340, 200), np.float32)
    picture[110:131, 50:71] = 1  # around the right elbow, at 60, 120
    cut = window.cut(picture)
    assert cut.shape == size
    rows, columns = np.nonzero(cut > 0.5)
    assert (columns.mean(), rows.mean()) == pytest.approx(window.points(KEYPOINTS)[3, :2], abs=0.6)
    assert cut.sum() == pytest.approx(picture.sum() * window.scale**2, rel=0.06)


def test_what_is_laid_back_lies_where_it_was():
    window = Window.of(KEYPOINTS, (360, 272))
    ys, xs = np.mgrid[:340, :200].astype(np.float32)
    wave = np.sin(xs / 20) + np.cos(ys / 30)
    back = window.lay_back(window.cut(wave), wave.shape)
    assert np.abs(back - wave)[20:320, 50:150].max() < 0.02


def test_labels_are_not_mixed():
    labels = np.zeros((340, 200), np.uint8)
    labels[:, 100:] = 8
    assert set(np.unique(Window.of(KEYPOINTS, (96, 72)).cut(labels, cv2.INTER_NEAREST)).tolist()) == {0, 8}


def test_nobody_has_no_window():
    with pytest.raises(PersonNotFoundError):
        Window.of(np.zeros((18, 3), np.float32), (96, 72))
