"""What is closed after the layers are laid."""

from dataclasses import replace

import numpy as np
import pytest

from appearance_flow.warp import Layer, Warped
from tests import people
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.render import render
from tryon.render.undress import take_off

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
        frame = person.close.frame
        alpha, one = frame.cut(alpha), frame.cut(one)
        color, flow = np.full((*alpha.shape, 3), NAVY), np.zeros((*alpha.shape, 2), np.float32)
        layers.append(Layer(part, color, alpha, flow, one))
    shins = legs & (rows > knees) & (rows < hem - 15)
    return person, photo, layers, shins


def test_bare_legs_do_not_look_out_beside_trousers(narrow_trousers):
    person, photo, layers, shins = narrow_trousers
    person = replace(person, photo=photo)
    garment = people.garment("man_suit", "lower", 512)
    swap, warped = plan(person, garment, "bring"), Warped((), tuple(layers), False, ())
    undressed = take_off(person, garment, replace(swap, off=np.zeros_like(swap.off)), warped)
    image = render(person, garment, warped, undressed).image
    covered = np.zeros(shins.shape, bool)
    covered[person.close.frame.window] = warped.covered(swap.off.shape) > 0
    assert (shins & ~covered).sum() > 50
    assert people.near(image, tuple(GREEN))[shins & person.body.legs].mean() < 0.03
    below = (person.parsing == Label.SKIN) & people.near(photo, tuple(GREEN)) & ~shins
    assert people.near(image, tuple(GREEN))[below].any()  # below the hem legs stay bare
