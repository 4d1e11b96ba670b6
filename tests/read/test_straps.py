"""Straps drawn on a sample person: where they may lie, what the label map says, and that the picture shows them."""

import numpy as np
import pytest

from tests import people
from tests.read.test_views import ONE_KIND
from tryon.body import skeleton
from tryon.core.labels import Label
from tryon.read.straps import with_straps
from tryon.read.views import PersonViews, ViewConfig
from tryon.types import PersonSample


def drawn(seed, name="man_tshirt"):
    person = people.person(name, height=512)
    image, parsing = with_straps(person.photo, person.keypoints, person.parsing, np.random.default_rng(seed))
    return person, image, parsing


@pytest.mark.parametrize("seed", range(12))
def test_a_strap_lies_on_clothes_or_the_chest_and_is_labeled_where_it_shows(seed):
    person, image, parsing = drawn(seed)
    changed = parsing != person.parsing
    assert 20 < changed.sum() < 0.1 * (person.parsing > 0).sum()
    assert set(np.unique(parsing[changed])) <= {Label.BAG, Label.ACCESSORY}
    below = set(np.unique(person.parsing[changed]))
    assert below <= {Label.UPPER, Label.OUTER, Label.DRESS, Label.SKIRT, Label.PANTS, Label.SCARF, Label.SKIN}
    skin = changed & (person.parsing == Label.SKIN)
    rows = np.nonzero(skin)[0]
    neck, hip = person.keypoints[skeleton.NECK, 1], person.keypoints[skeleton.R_HIP, 1]
    assert (rows < neck + 0.35 * (hip - neck)).all(), "an arm or a hand lies in front of a strap"
    assert np.abs(image.astype(int) - person.photo)[changed].max(-1).mean() > 3
    assert (image[person.parsing == 0] == person.photo[person.parsing == 0]).mean() > 0.98


def test_bags_and_necklaces_both_come_and_go_as_the_seed_says():
    kinds = set()
    for seed in range(16):
        person, _, parsing = drawn(seed)
        kinds |= set(parsing[parsing != person.parsing].tolist())
    assert kinds == {Label.BAG, Label.ACCESSORY}
    assert np.array_equal(drawn(5)[1], drawn(5)[1])
    assert not np.array_equal(drawn(5)[1], drawn(6)[1])


def test_nothing_is_drawn_on_who_shows_no_trunk():
    person = people.person("man_tshirt", height=512)
    keypoints = person.keypoints.copy()
    keypoints[skeleton.L_HIP, 2] = 0
    image, parsing = with_straps(person.photo, keypoints, person.parsing, np.random.default_rng(0))
    assert image is person.photo
    assert parsing is person.parsing


def test_views_have_straps_as_often_as_they_should():
    person = people.person("man_tshirt", height=512)
    sample = PersonSample(person.photo, person.keypoints, person.parsing, "man")

    def share(strap):
        views = PersonViews([sample], (128, 96), 2, config=ViewConfig(**ONE_KIND, strap=strap))
        return np.mean([bool((views.view(i)[2] == Label.BAG).any()) for i in range(60)])

    assert not (person.parsing == Label.BAG).any()
    assert share(0) == 0
    assert 0.15 < share(0.4) < 0.5
