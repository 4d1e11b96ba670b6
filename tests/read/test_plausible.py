"""Photos that are turned, and people where nobody is; on the sample people, read by the released networks."""

from functools import partial

import cv2
import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.core import photo as photos
from tryon.core.errors import NobodyFoundError, PhotoTurnedError
from tryon.read.plausible import NOBODY, certainty, glance, refuse_contradiction, refuse_turned

BLANK = np.zeros((40, 30, 3), np.uint8)
SENTENCES = {
    1: "the photo seems to lie on its side; turn it by 90° clockwise",
    2: "the photo seems to be upside down; turn it by 180°",
    3: "the photo seems to lie on its side; turn it by 90° counterclockwise",
}


def sure(confidence):
    """Key points that were all found with this confidence."""
    return np.full((18, 3), confidence, np.float32)


def test_certainty_is_the_mean_of_head_neck_and_the_surer_shoulder():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[sk.L_EAR, sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER, sk.R_KNEE], 2] = 0.9, 0.6, 0.2, 0.3, 1
    assert certainty(keypoints) == pytest.approx(0.6)
    assert certainty(NOBODY) == 0


@pytest.mark.parametrize("name", ["man_tshirt", "woman_coat"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_photo_is_refused_with_the_way_to_turn_it(tryon_released, name, quarters):
    picture = np.ascontiguousarray(np.rot90(photos.load(people.path(name)), quarters))
    with pytest.raises(PhotoTurnedError) as raised:
        tryon_released.read_person(picture)
    assert str(raised.value) == SENTENCES[quarters]


def test_half_a_person_is_not_taken_for_turned(tryon_released):
    picture = photos.load(people.path("man_tshirt"))
    half = picture[:, :370]
    assert tryon_released.read_person(np.ascontiguousarray(half)).keypoints[sk.NECK, 1] < 300
    # Upside down and cut by both sides as well, they are told.
    with pytest.raises(PhotoTurnedError, match="upside down"):
        tryon_released.read_person(np.ascontiguousarray(np.rot90(picture[:, 220:520], 2)))


def test_people_without_a_head_and_close_ups_are_not_taken_for_turned(tryon_released):
    look = partial(glance, tryon_released.parser, tryon_released.pose)
    for name in ("man_suit", "woman_sweater"):
        picture, points = photos.load(people.path(name)), people.person(name).keypoints
        chin = int(points[[sk.NOSE, sk.NECK], 1].mean())
        waist = int(points[[sk.NECK, sk.R_HIP], 1].mean())
        for part in (picture[chin:], picture[:waist]):
            refuse_turned(part, look(part), look)
            tryon_released.read_person(part)


def test_a_sure_reading_is_not_turned():
    def look(_):
        raise AssertionError("a plausible photo was read again")

    refuse_turned(BLANK, sure(0.71), look)


@pytest.mark.parametrize(("found", "turned"), [(0.0, 0.45), (0.55, 0.6), (0.65, 0.74)])
def test_a_photo_is_not_turned_without_clear_gain(found, turned):
    refuse_turned(BLANK, sure(found), lambda _: sure(turned))
    with pytest.raises(PhotoTurnedError):
        refuse_turned(BLANK, sure(found), lambda _: sure(turned + 0.1))


def test_who_is_cut_by_a_side_is_upside_down_only_for_sure():
    for turned in (0.79, 0.81):
        looks = iter((sure(0.1), sure(turned), sure(0.1)))
        if turned < 0.8:
            refuse_turned(BLANK, sure(0.55), lambda _, looks=looks: next(looks), cut=True)
        else:
            with pytest.raises(PhotoTurnedError, match="upside down"):
                refuse_turned(BLANK, sure(0.55), lambda _, looks=looks: next(looks), cut=True)
    with pytest.raises(PhotoTurnedError, match="clockwise"):
        refuse_turned(BLANK, sure(0.4), lambda _: sure(0.6), cut=True)


def test_the_surest_way_to_turn_is_named():
    marked = BLANK.copy()
    marked[:, -1] = 255  # the right edge comes to lie above by a quarter turn counterclockwise
    with pytest.raises(PhotoTurnedError, match="90° counterclockwise"):
        refuse_turned(marked, NOBODY, lambda turned: sure(0.9 if turned[0].all() else 0.6))
    marked = BLANK.copy()
    marked[:, 0] = 255
    with pytest.raises(PhotoTurnedError, match="90° clockwise"):
        refuse_turned(marked, NOBODY, lambda turned: sure(0.9 if turned[0].all() else 0.6))


def test_shoulders_on_trousers_or_beside_the_person_contradict_the_labels():
    one = people.person("man_tshirt")
    refuse_contradiction(one.keypoints, one.parsing)
    on_the_legs, beside = one.keypoints.copy(), one.keypoints.copy()
    shoulders = [sk.NECK, sk.R_SHOULDER, sk.L_SHOULDER]
    on_the_legs[shoulders, :2] = one.keypoints[[sk.R_KNEE, sk.R_KNEE, sk.L_KNEE], :2]
    beside[shoulders, :2] = 20
    for wrong in (on_the_legs, beside):
        with pytest.raises(NobodyFoundError, match="no upper body was found for certain"):
            refuse_contradiction(wrong, one.parsing)


def test_one_shoulder_alone_is_nobody():
    one = people.person("man_tshirt")
    alone = np.zeros((18, 3), np.float32)
    alone[[sk.R_SHOULDER, sk.NOSE]] = one.keypoints[[sk.R_SHOULDER, sk.NOSE]]
    with pytest.raises(NobodyFoundError, match="only one shoulder of the person was found"):
        refuse_contradiction(alone, one.parsing)


def test_tiny_people_do_not_tell_how_a_photo_lies(tryon_released):
    look = partial(glance, tryon_released.parser, tryon_released.pose)
    picture = photos.load(people.path("man_tshirt"))
    wall = np.full((1024, 768, 3), 225, np.uint8)
    for height, found in ((150, True), (80, False)):
        small = cv2.resize(picture, (round(height * 0.75), height), interpolation=cv2.INTER_AREA)
        scene = wall.copy()
        scene[400 : 400 + height, 300 : 300 + small.shape[1]] = small
        assert bool(look(scene)[:, 2].any()) == found


def test_feet_for_a_head_do_not_tell_how_a_photo_lies(tryon_released, monkeypatch):
    """The same key points count on a person, and not on their legs."""
    picture, points = photos.load(people.path("man_tshirt")), people.person("man_tshirt").keypoints
    look = partial(glance, tryon_released.parser, tryon_released.pose)
    on_the_legs = points.copy()
    on_the_legs[sk.R_SHOULDER, :2] = points[sk.R_KNEE, :2]
    for given, counts in ((points, True), (on_the_legs, False)):
        monkeypatch.setattr("tryon.read.plausible.read_keypoints", lambda *_, given=given, **__: given)
        assert bool(look(picture)[:, 2].any()) == counts


def test_a_body_that_is_hardly_found_is_not_believed():
    one = people.person("man_tshirt")
    faint = one.keypoints.copy()
    faint[:, 2] = 0.19
    with pytest.raises(NobodyFoundError):
        refuse_contradiction(faint, one.parsing)
    faint[:, 2] = 0.21
    refuse_contradiction(faint, one.parsing)
