"""The region that may change: known before anything is painted, and held against whatever is painted."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from hpn.model import HPN, HPNConfig
from tests import people
from tests.drawn import BoxPose
from tests.read.parser.test_read import ColorParser
from tryon.body import skeleton as sk
from tryon.core.labels import Label, mask_of
from tryon.evaluate.swap import measure
from tryon.pipeline import TryOn
from tryon.render import render as rendering
from tryon.repose.transfer import transfer
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


def normalizing() -> TryOn:
    """Reads drawn people, and has a small untrained network that changes poses."""
    return TryOn(ColorParser(), BoxPose(), lambda: HPN(HPNConfig(width=1 / 16, norm="group", person=True)).eval())


@pytest.mark.parametrize("normalize", ["never", "auto"])
def test_a_pixel_that_changed_outside_is_found_by_the_evaluation(normalize, monkeypatch):
    person: Person = people.person("man_crossed_arms" if normalize == "auto" else "man_suit", HEIGHT)
    garment = people.garment("woman_shirt", "auto", HEIGHT)
    tryon = normalizing()
    monkeypatch.setattr("tryon.pipeline.parse_person", lambda *_, **__: person.parsing)
    right = tryon(person, garment, normalize=normalize)
    assert (right.person is person) == (normalize == "never")
    assert measure(tryon, right, person)["preserved"] == 1
    y, x = np.argwhere(~right.mask)[1000]
    image = right.image.copy()
    image[y, x] ^= 1
    wrong: TryOnResult = replace(right, image=image)
    assert measure(tryon, wrong, person)["preserved"] == 0


def test_what_normalizing_may_change_is_its_region_and_not_what_it_changed(monkeypatch):
    """The region is that of the change of pose, and a pixel that is painted outside of it shows as a fault."""
    tryon = normalizing()
    crossed, garment = people.person("man_crossed_arms", HEIGHT), people.garment("man_suit", "auto", HEIGHT)
    monkeypatch.setattr("tryon.pipeline.parse_person", lambda *_, **__: crossed.parsing)
    regions = []

    def spoiled(*arguments):
        done = transfer(*arguments)
        regions.append(done.mask)
        assert not done.mask[3, 5]
        done.image[3, 5] ^= 255
        return done

    right = tryon(crossed, garment, normalize="auto")
    monkeypatch.setattr("tryon.pipeline.transfer", spoiled)
    wrong = tryon(crossed, garment, normalize="auto")
    assert (wrong.person.reposed == regions[0]).all()
    assert (regions[0] & ~right.mask).sum() == 0
    assert (right.mask == wrong.mask).all()
    assert not wrong.mask[3, 5]
    assert (right.image == crossed.photo)[~right.mask].all()
    assert not (wrong.image == crossed.photo)[~wrong.mask].all()
    # Who comes in another pose already is the photo that the try-on may not change elsewhere.
    posed = tryon.transfer(crossed, "arms-out")
    assert posed.reposed is not None
    assert (posed.reposed & ~tryon(posed, garment).mask).any()
