"""The region that may change: known before anything is painted, and held against whatever is painted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests import people
from tests.drawn import drawn_tryon
from tryon.body import skeleton as sk
from tryon.core.labels import Label, mask_of
from tryon.evaluate.swap import measure
from tryon.render import render as rendering
from tryon.types import Person, TryOnResult

HEIGHT = 384
PAIRS = [("man_suit", "woman_shirt"), ("woman_coat", "man_floral"), ("man_tshirt", "woman_dress")]


@pytest.fixture(params=PAIRS, ids=lambda pair: "-".join(pair))
def pair(request):
    wearer, other = request.param
    return people.person(wearer, HEIGHT), people.garment(other, "auto", HEIGHT)


def test_it_is_what_comes_off_and_what_goes_on(pair):
    """Bounds of it found anew, from the label map and from where the new garment lies."""
    wearer, garment = pair
    result = people.dress(wearer, garment)
    cloth = mask_of(wearer.parsing, Label.UPPER, Label.OUTER, Label.DRESS, Label.SCARF, Label.SKIRT, Label.PANTS)
    new = result.warped_garment[..., 3] > 0
    reach = np.ones((2 * round(0.1 * wearer.body.unit) + 1,) * 2, np.uint8)
    may = cv2.dilate((cloth | new).astype(np.uint8), reach) > 0
    assert not (result.mask & ~may).any()
    assert not result.mask[: int(wearer.keypoints[sk.NOSE, 1])].any()
    # What of the old garment is seen no more must be able to change.
    off = mask_of(wearer.parsing, Label.UPPER, Label.OUTER)
    assert result.mask[off].mean() > 0.97


def test_colors_do_not_decide_it(pair):
    """The new garment in other colors changes the same pixels: nothing is compared with what was painted."""
    wearer, garment = pair
    inverted = replace(garment.source, photo=255 - garment.source.photo)
    same = people.dress(wearer, replace(garment, source=inverted))
    assert (same.mask == people.dress(wearer, garment).mask).all()


def test_what_is_painted_outside_is_not_shown(pair, monkeypatch):
    wearer, garment = pair
    mask = people.dress(wearer, garment).mask
    whole = rendering.paint

    def everywhere(*stages):
        canvas = whole(*stages)
        canvas.colors[:] = (255, 0, 0)
        return canvas

    monkeypatch.setattr(rendering, "paint", everywhere)
    result = people.dress(wearer, garment)
    assert (result.image == wearer.photo)[~mask].all()
    assert people.near(result.image, (255, 0, 0))[mask].all()


def test_a_pixel_that_changed_outside_is_found_by_the_evaluation():
    tryon = drawn_tryon()
    person: Person = people.person("man_suit", HEIGHT)
    garment = people.garment("woman_shirt", "auto", HEIGHT)
    right = tryon(person, garment)
    assert measure(tryon, right, person)["preserved"] == 1
    y, x = np.argwhere(~right.mask)[1000]
    image = right.image.copy()
    image[y, x] ^= 1
    wrong: TryOnResult = replace(right, image=image)
    assert measure(tryon, wrong, person)["preserved"] == 0
