"""Every baseline finds the same person again who was only moved, and the spline one who was bent at the elbow."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.core.labels import Label, mask_of
from tryon.evaluate.baselines import BASELINES, full_pose_flow, plain_fill, tps, unchanged

LABELS = (Label.UPPER, Label.SCARF)


@pytest.fixture(scope="module")
def pair():
    """A person, and the same moved by 6 right and 4 down."""
    person = people.person("man_tshirt", 160)
    move = np.float32(((1, 0, 6), (0, 1, 4)))
    size = person.photo.shape[1::-1]
    picture = cv2.warpAffine(person.photo, move, size, borderMode=cv2.BORDER_REPLICATE)
    parsing = cv2.warpAffine(person.parsing, move, size, flags=cv2.INTER_NEAREST)
    return person, people.worn_by(
        people.read(picture, sk.transform(person.keypoints, move).astype(np.float32), parsing)
    )


@pytest.mark.parametrize("name", BASELINES)
def test_a_moved_garment_is_put_back(pair, name):
    person, garment = pair
    made = BASELINES[name](person, garment)
    known = np.isfinite(made.flow).all(-1)
    worn = mask_of(person.parsing, *LABELS)
    assert (known & worn).sum() == worn.sum()
    np.testing.assert_allclose(made.flow[known], np.broadcast_to((6, 4), made.flow[known].shape), atol=0.02)
    assert (made.outline == worn).mean() > 0.995
    filled = cv2.dilate(worn.astype(np.uint8), np.ones((7, 7))) > 0 if name == "plain_fill" else worn
    np.testing.assert_array_equal(made.image[~known & ~filled], person.photo[~known & ~filled])
    same = known | ~filled
    assert np.abs(made.image.astype(int) - person.photo)[same].mean() < 0.5


def test_the_spline_passes_through_all_joints(pair):
    person, garment = pair
    wearer = garment.source
    points = wearer.keypoints.copy()
    points[sk.R_ELBOW, :2] += (-9, -7)
    made = tps(person, people.worn_by(people.read(wearer.photo, points, np.full_like(wearer.parsing, Label.UPPER))))
    elbow, hip = (np.round(person.keypoints[i, :2]).astype(int) for i in (sk.R_ELBOW, sk.L_HIP))
    np.testing.assert_allclose(made.flow[elbow[1], elbow[0]], (-3, -3), atol=0.5)
    np.testing.assert_allclose(made.flow[hip[1], hip[0]], (6, 4), atol=0.5)


def test_what_a_shorter_garment_leaves_bare_is_filled_from_around():
    """A red top on a grey picture, and another one that lies on its upper half alone."""
    person = people.person("man_tshirt", 160)
    worn = mask_of(person.parsing, *LABELS)
    red = np.where(worn[..., None], np.uint8((255, 0, 0)), np.uint8((90, 90, 90)))
    middle = np.nonzero(worn)[0].mean()
    upper = np.arange(len(worn))[:, None] < middle
    short = np.where(worn & ~upper, np.uint8(Label.SKIN), person.parsing)
    garment = people.worn_by(people.read(person.photo, person.keypoints, short))
    dressed = replace(person, photo=red)
    bare = worn & (np.arange(len(worn))[:, None] > middle + 3)
    assert bare.sum() > 300
    assert (full_pose_flow(dressed, garment).image[bare] == (255, 0, 0)).all()
    assert (plain_fill(dressed, garment).image[bare] == (90, 90, 90)).all()
    np.testing.assert_array_equal(plain_fill(dressed, garment).outline, full_pose_flow(dressed, garment).outline)


def test_the_unchanged_person_wears_what_they_wore(pair):
    person, _ = pair
    made = unchanged(person, LABELS)
    np.testing.assert_array_equal(made.image, person.photo)
    np.testing.assert_array_equal(made.outline, mask_of(person.parsing, *LABELS))
    assert made.flow is None
