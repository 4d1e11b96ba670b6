"""What of the network's drawing the picture shows: not the whole, because its colors alone are false."""

import numpy as np
import pytest
import torch

from hpn.model import HPN, HPNConfig
from tests import people
from tryon.body import skeleton as sk
from tryon.body.poses import canonical_pose
from tryon.core.labels import Label
from tryon.repose.transfer import Transfer, transfer
from tryon.types import Person

CYAN, BLACK = (-1.0, 1.0, 1.0), (-1.0, -1.0, -1.0)
EVERYWHERE, NOWHERE = 9.0, -9.0  # logits


def saying(drawn: tuple[float, float, float], copied: float, person: float) -> HPN:
    """A network that gives one color and one answer everywhere."""
    network = HPN(HPNConfig(width=1 / 16, norm="group", align=True, copy=True, person=True)).eval()
    with torch.no_grad():
        network.to_rgb.weight.zero_()
        network.to_rgb.bias.copy_(torch.tensor((*drawn, copied, person)))
    return network


@pytest.fixture(scope="module")
def crossed() -> Person:
    """Crossed arms in green, before magenta."""
    return people.dyed(people.person("man_crossed_arms", 384), people.SKIN_DYE, people.BACKGROUND_DYE)


def normalized(network: HPN, person: Person) -> Transfer:
    return transfer(network, person, canonical_pose(person.keypoints, person.photo.shape[:2]))


def torso(points: np.ndarray) -> tuple[slice, slice]:
    return (
        slice(int(points[sk.NECK, 1]), int(points[[sk.R_HIP, sk.L_HIP], 1].mean())),
        slice(int(points[sk.R_HIP, 0]), int(points[sk.L_HIP, 0])),
    )


def test_drawn_colors_do_not_show_where_cloth_and_arms_can_be_continued(crossed):
    """Not even in the soft edges, though the network says to draw everything."""
    cyan, black = (normalized(saying(color, NOWHERE, EVERYWHERE), crossed) for color in (CYAN, BLACK))
    assert 0.02 < cyan.mask.mean() < 0.2
    below_the_head = slice(int(cyan.keypoints[sk.NECK, 1]), None)
    assert np.abs(cyan.image.astype(int) - black.image)[below_the_head].max() <= 1


def test_drawn_colors_show_where_the_photo_has_no_cloth_to_continue(crossed):
    bags = people.relabeled(crossed, {Label.UPPER: Label.BAG, Label.PANTS: Label.BAG})
    done = normalized(saying(CYAN, NOWHERE, EVERYWHERE), bags)
    drawn = people.near(done.image, (0, 255, 255))[torso(done.keypoints)]
    assert drawn.mean() == pytest.approx(0.32, abs=0.02)


def test_where_one_arm_hid_the_other_the_network_says_what_to_copy():
    """All other pixels of an arm are copied in any case, so few change: .032 of the edited ones, .13 otherwise."""
    person = people.person("man_crossed_arms", 384)
    copied, drawn = (normalized(saying(CYAN, logit, EVERYWHERE), person) for logit in (EVERYWHERE, NOWHERE))
    changed = np.abs(copied.image.astype(int) - drawn.image).max(-1) > 3
    assert 0.01 < changed.sum() / copied.mask.sum() < 0.06


def test_the_network_says_where_the_person_ends_beside_the_torso(crossed):
    there, gone = (normalized(saying(CYAN, EVERYWHERE, logit), crossed) for logit in (EVERYWHERE, NOWHERE))
    assert there.person.sum() > gone.person.sum() + 300
    # Along the arms' bones and in the torso the person is certain.
    assert gone.person[torso(gone.keypoints)].min() > 0.99
    for elbow, wrist in ((sk.R_ELBOW, sk.R_WRIST), (sk.L_ELBOW, sk.L_WRIST)):
        x, y = gone.keypoints[[elbow, wrist], :2].mean(0).round().astype(int)
        assert gone.person[y, x] > 0.9
