"""The pipeline on the sample photos, with the released networks."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests import people
from tryon import metrics
from tryon.core import photo as photos
from tryon.core.errors import PersonNotFoundError, TryOnError
from tryon.core.labels import Label
from tryon.evaluate.swap import measure
from tryon.pipeline import TryOn
from tryon.render.composite.model import Compositor
from tryon.render.composite.network import CompositorConfig


@pytest.fixture(scope="module")
def read(tryon_released):
    return {name: tryon_released.read_person(photos.load(people.path(name))) for name in people.NAMES}


@pytest.mark.slow
@pytest.mark.parametrize("name", people.NAMES)
def test_the_samples_are_read_well(read, name):
    truth = people.person(name)
    region = truth.parsing > 0
    assert (read[name].parsing == truth.parsing)[region].mean() >= 0.8
    errors = metrics.keypoint_errors(read[name].keypoints[None], truth.keypoints[None])
    assert metrics.pck(errors, 0.1) >= 0.9
    assert read[name].facing == "front"
    assert not read[name].seated
    assert read[name].warnings == ()


@pytest.mark.slow
@pytest.mark.parametrize("wearer", people.NAMES)
def test_never_undressing_by_what_is_read_again(tryon_released, read, wearer):
    """Of the four that come after somebody in the list, so that everybody wears and is worn by as many.

    Of one pair pale flowers along the hem, below crossed arms, are read as skin: 1.1 % of the region, all cloth.
    """
    place = people.NAMES.index(wearer)
    for other in (*people.NAMES, *people.NAMES)[place + 1 : place + 5]:
        result = tryon_released(read[wearer], tryon_released.take_garment(read[other]))
        values = measure(tryon_released, result, read[wearer])
        assert values["preserved"] == 1
        flowers = (wearer, other) == ("man_crossed_arms", "man_floral")
        assert values["exposed_skin_below_neckline"] <= (0.015 if flowers else 0.01), other


def test_two_sample_photos(tryon_released):
    person = tryon_released.read_person(photos.load(people.path("man_suit")))
    result = tryon_released(person, tryon_released.read_garment(photos.load(people.path("woman_shirt"))))
    truth = people.person("man_suit")
    jacket = truth.parsing == Label.OUTER
    assert result.garment.category == "upper"
    assert np.abs(result.image.astype(int) - person.photo)[jacket].mean() > 20
    assert (result.image == person.photo)[~result.mask].all()
    assert result.mask[truth.parsing == 0].mean() < 0.05


@pytest.mark.parametrize(
    ("name", "category"),
    [("woman_dress", "auto"), ("man_suit", "outer"), ("man_tshirt", "lower"), ("woman_coat", "outfit")],
)
def test_who_wears_the_garment_already_stays_as_they_are(tryon_released, name, category):
    person = tryon_released.read_person(photos.load(people.path(name)))
    result = tryon_released(person, tryon_released.take_garment(person, category=category))
    assert np.array_equal(result.image, person.photo)
    assert not result.mask.any()
    assert "person photo: the garment is worn in it already, so nothing changes" in result.warnings
    shown = result.warped_garment[..., 3] > 127
    assert np.nanmax(np.abs(result.flow[shown])) < 0.5
    assert shown.sum() > 0.9 * np.isin(person.parsing, result.garment.labels).sum()


def test_who_wears_more_or_is_to_wear_it_otherwise_changes(tryon_released):
    person = tryon_released.read_person(photos.load(people.path("man_suit")))
    outfit = tryon_released.take_garment(person, category="outfit")
    suit_without_trousers = replace(outfit, labels=tuple(label for label in outfit.labels if label != Label.PANTS))
    tucked = tryon_released.take_garment(tryon_released.read_person(photos.load(people.path("man_tshirt"))))
    darker = replace(person, photo=person.photo - (person.photo > 0))
    results = (
        tryon_released(person, suit_without_trousers),
        tryon_released(tucked.source, tucked, tuck="in"),
        tryon_released(darker, tryon_released.take_garment(person)),
    )
    for result in results:
        assert result.mask.sum() > 5000
        assert not any("worn in it already" in warning for warning in result.warnings)


def test_a_compositing_network_composes_what_is_made_up(tryon_released):
    parser, pose = tryon_released.parser, tryon_released.pose
    against_the_rules = Compositor(CompositorConfig(pyramid_channels=8, head_channels=4, trust=-8.0)).eval()
    person, garment = people.person("man_suit", 512), people.garment("woman_shirt", "upper", 512)
    plain = TryOn(parser, pose)(person, garment)
    composed = TryOn(parser, pose, render=against_the_rules)
    result = composed(person, garment)
    assert (result.image != plain.image).any(-1).sum() > 200
    assert np.array_equal(result.mask, plain.mask)
    assert (result.image == person.photo)[~result.mask].all()
    assert composed.engine == "onnxruntime and torch"


@pytest.fixture(scope="module")
def landscape() -> np.ndarray:
    return people.landscape()


def test_nobody_in_a_landscape(tryon_released, landscape):
    with pytest.raises(PersonNotFoundError, match="no person was found"):
        tryon_released.read_person(landscape)


def test_two_samples_side_by_side(tryon_released):
    picture = np.hstack([photos.load(people.path(name)) for name in ("man_tshirt", "woman_shirt")])
    person = tryon_released.read_person(picture)
    assert "2 people are in the photo" in person.warnings[0]
    left = tryon_released.read_person(picture, person=1)
    assert left.box[2] < 780
    assert tryon_released.read_person(picture, person=2).box[0] > 760
    with pytest.raises(PersonNotFoundError, match="person 5 was asked for, but 2 were found"):
        tryon_released.read_person(picture, person=5)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (
            (45, 60),
            "garment photo: no wearer of a garment was made out in a photo of 45 x 60 pixels, and at least 32 from",
        ),
        ((75, 100), "garment photo: .* in a photo of 75 x 100.*, and at least 32 .*are needed"),
    ],
)
def test_a_garment_photo_of_few_pixels(tryon_released, size, words):
    with pytest.raises(TryOnError, match=words):
        tryon_released.read_garment(small("woman_coat", size))


def test_a_garment_photo_with_just_enough_pixels(tryon_released):
    person = tryon_released.read_person(people.path("man_suit"))
    result = tryon_released(person, tryon_released.read_garment(small("woman_shirt", (120, 160))))
    note = "garment photo: the garment is enlarged 6.6 times and will look blurred; a larger garment photo helps"
    assert note in result.warnings


def small(name: str, size: tuple[int, int]) -> np.ndarray:
    """A sample photo at another width and height."""
    return cv2.resize(photos.load(people.path(name)), size, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("side", ["left", "right"])
def test_half_a_sample(tryon_released, side):
    whole = photos.load(people.path("man_floral"))
    middle = whole.shape[1] // 2
    half = whole[:, middle:] if side == "left" else whole[:, :middle]
    said = f"the photo's {side} edge cuts the person in half, so the garment sits badly there"
    assert tryon_released.read_person(half).warnings == (said,)


def test_a_sample_cut_off_above_the_hips(tryon_released):
    person = tryon_released.read_person(photos.load(people.path("man_tshirt"))[:380])
    assert "the photo ends above the hips; only garments for the upper body can be put on" in person.warnings
    garment = tryon_released.read_garment(photos.load(people.path("woman_shirt")))
    assert tryon_released(person, garment).mask.any()
    with pytest.raises(PersonNotFoundError, match="ends above the hips"):
        tryon_released(person, replace(garment, category="lower", labels=(int(Label.PANTS),)))
