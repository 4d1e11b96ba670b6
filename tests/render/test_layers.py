"""What is closed after the layers are laid."""

import numpy as np
import pytest

from tests import people
from tryon.body.torso import torso_size
from tryon.body.zones import zones
from tryon.core.labels import Label
from tryon.render.carry import Layer
from tryon.render.layers import compose

GREEN, NAVY = np.uint8((0, 255, 0)), np.uint8((20, 20, 90))


@pytest.fixture
def narrow_trousers():
    """Somebody whose legs are bare and green, and trousers down to the shins that are a little narrower than they."""
    person = people.person("man_tshirt", 512)
    legs = person.parsing == Label.PANTS
    person = people.relabeled(person, {Label.PANTS: Label.SKIN})
    photo = np.where(legs[..., None], GREEN, person.photo)
    knees, ankles = (float(person.keypoints[[a, b], 1].mean()) for a, b in ((9, 12), (10, 13)))
    rows, hem = np.arange(512)[:, None], (knees + ankles) / 2
    inner = np.zeros(legs.shape, bool)
    inner[:, 6:-6] = legs[:, 6:-6] & legs[:, 12:] & legs[:, :-12]
    layers = []
    for part, hip in (("left_leg", 11), ("right_leg", 8)):
        side = np.arange(legs.shape[1]) * np.sign(person.keypoints[hip, 0] - person.keypoints[1, 0])
        one = inner & (side > person.keypoints[1, 0] * np.sign(person.keypoints[hip, 0] - person.keypoints[1, 0]))
        alpha = (one & (rows < hem)).astype(np.float32)
        layers.append(Layer(part, np.full(photo.shape, NAVY), alpha, np.zeros((*legs.shape, 2), np.float32)))
    shins = legs & (rows > knees) & (rows < hem - 15)
    return person, photo, layers, shins


def test_bare_legs_do_not_look_out_beside_trousers(narrow_trousers):
    person, photo, layers, shins = narrow_trousers
    size = person.parsing.shape
    body = zones(person.keypoints, size, torso_size(person.keypoints))
    off = np.zeros(size, bool)
    image, _ = compose(photo, person.parsing, person.keypoints, body, off, layers, [])
    assert (shins & (layers[0].alpha + layers[1].alpha == 0)).sum() > 50
    assert people.near(image, tuple(GREEN))[shins & body.legs].mean() < 0.03
    below = (person.parsing == Label.SKIN) & people.near(photo, tuple(GREEN)) & ~shins
    assert people.near(image, tuple(GREEN))[below].any()  # below the hem legs stay bare
