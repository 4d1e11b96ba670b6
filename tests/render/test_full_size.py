"""Photos larger than the close view: the same picture, with the photos' own detail."""

import cv2
import numpy as np
import pytest

from tests import people
from tryon.core.labels import Label


@pytest.fixture(scope="module")
def pair():
    """Somebody and a garment, small and large."""
    small = people.person("man_suit", 384), people.person("man_floral", 384)
    return small, (people.enlarged(small[0], 5, 20), people.enlarged(small[1], 5, 20))


@pytest.fixture(scope="module")
def large(pair):
    _, (wearer, source) = pair
    assert wearer.close.frame.reduced
    return people.dress(wearer, people.worn_by(source))


def test_it_is_the_picture_of_the_small_photo(pair, large):
    small = people.dress(pair[0][0], people.worn_by(pair[0][1]))
    shrunk = cv2.resize(large.image, small.image.shape[1::-1], interpolation=cv2.INTER_AREA)
    difference = np.abs(shrunk.astype(int) - small.image)
    assert difference[~small.mask].mean() < 2.5  # of the noise
    assert difference[small.mask].mean() < 6


def test_every_pixel_outside_the_region_is_the_photos(pair, large):
    wearer = pair[1][0]
    assert large.mask.mean() < 0.3
    assert (large.image == wearer.photo)[~large.mask].all()


def test_the_garment_has_the_grain_of_its_photo(pair, large):
    """A picture that was only enlarged would have none."""
    wearer = pair[1][0]
    cloth = (large.warped_garment[..., 3] == 255) & (wearer.parsing == Label.OUTER)
    inner = cv2.erode(cloth.astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    grey = large.image.astype(float).mean(-1)
    fine = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[inner]
    assert inner.sum() > 20_000
    assert fine.mean() > 5  # the noise alone has 9, of which sampling keeps a part


def test_the_flow_leads_into_the_garment_photo(pair, large):
    source = pair[1][1]
    ys, xs = np.nonzero((large.warped_garment[..., 3] == 255) & ~np.isnan(large.flow).any(-1))
    x, y = (np.stack((xs, ys), -1) + large.flow[ys, xs]).round().astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < source.parsing.shape[1]) & (y < source.parsing.shape[0])
    assert inside.mean() > 0.99
    labels = source.parsing[y[inside], x[inside]]
    assert np.isin(labels, (Label.UPPER, Label.PANTS)).mean() > 0.95
