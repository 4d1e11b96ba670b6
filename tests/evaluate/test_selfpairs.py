"""Self pairs: the change is known in both directions, and nothing of the garment is left on the person."""

import numpy as np
import pytest

from tests import people
from tryon.body import skeleton as sk
from tryon.core.labels import Label, mask_of
from tryon.evaluate.deform import random_deformation
from tryon.evaluate.selfpairs import GREY, in_grey, self_pair
from tryon.types import PersonSample

LABELS = (Label.UPPER, Label.SCARF)


def sample(name: str = "man_tshirt") -> PersonSample:
    person = people.person(name, 256)
    return PersonSample(person.photo, person.keypoints, person.parsing, name)


@pytest.mark.parametrize("seed", range(4))
def test_a_change_is_known_in_both_directions(seed):
    kept = np.array(((30.0, 40), (80, 150)))
    change = random_deformation((200, 120), kept, 10, np.random.default_rng(seed))
    x, y = change.backward()
    rows, columns = np.mgrid[: change.size[0], : change.size[1]]
    there = change.forward(np.column_stack((x.ravel(), y.ravel())))
    np.testing.assert_allclose(there, np.column_stack((columns.ravel(), rows.ravel())), atol=0.01)
    places = change.forward(kept)
    assert (places > 5).all()
    assert (places < np.array(change.size[::-1]) - 5).all()
    # Lines are bent, and parallels would meet.
    bent = []
    for line in (((0.0, 0), (60, 0), (120, 0)), ((0, 0), (60, 100), (120, 200)), ((120, 0), (60, 100), (0, 200))):
        start, middle, end = change.forward(np.array(line))
        along, across = end - start, middle - start
        bent.append(abs(along[0] * across[1] - along[1] * across[0]) / np.hypot(*along))
    assert max(bent) > 0.3
    assert np.abs(change.perspective[2, :2]).max() > 1e-5


def test_the_flow_leads_to_the_same_place_of_the_changed_photo():
    truth = sample()
    # A garment whose colors tell the place, in the light of the photo: the red channel is x, the green one y.
    rows, columns = np.mgrid[: truth.image.shape[0], : truth.image.shape[1]]
    picture = np.stack((columns, rows, 0 * rows), -1).astype(np.uint8)
    truth = PersonSample(picture, truth.keypoints, truth.parsing, "ramp")
    pair = self_pair(truth, LABELS, [], np.random.default_rng(1))
    assert pair.target is truth
    cloth = mask_of(truth.parsing, *LABELS)
    np.testing.assert_array_equal(np.isfinite(pair.flow).all(-1), cloth)
    assert not (pair.visible & ~cloth).any()
    assert pair.visible[cloth].mean() > 0.9
    y, x = np.nonzero(pair.visible)
    column, row = np.round(np.column_stack((x, y)) + pair.flow[y, x]).astype(int).T
    assert mask_of(pair.garment.parsing, *LABELS)[row, column].all()
    # Gamma and light change the colors, but not their order along x and y.
    found = pair.garment.image[row, column].astype(float)
    assert np.corrcoef(found[:, 0], x)[0, 1] > 0.98
    assert np.corrcoef(found[:, 1], y)[0, 1] > 0.98
    hip = pair.garment.keypoints[sk.R_HIP, :2] - truth.keypoints[sk.R_HIP, :2]
    near = np.hypot(*(np.column_stack((x, y)) - truth.keypoints[sk.R_HIP, :2]).T).argmin()
    np.testing.assert_allclose(hip, pair.flow[y[near], x[near]], atol=2)


def test_nothing_of_the_garment_is_left_on_the_person():
    truth = sample()
    person = in_grey(truth, LABELS, 60)
    cloth = mask_of(truth.parsing, *LABELS)
    assert (person.image[cloth] == GREY).all()
    grey = (person.image != truth.image).any(-1)
    assert grey.sum() > 1.15 * cloth.sum()  # so that the outline does not tell that of the garment
    assert (person.parsing[cloth] == Label.UPPER).all()
    assert not (grey & (truth.parsing == Label.HAIR)).any()
    np.testing.assert_array_equal(person.parsing[~grey & ~cloth], truth.parsing[~grey & ~cloth])


def test_something_of_somebody_else_may_lie_before_the_garment():
    truth, other = sample(), sample("woman_dress")
    pairs = [self_pair(truth, LABELS, [other], np.random.default_rng(seed)) for seed in range(8)]
    alone = [self_pair(truth, LABELS, [], np.random.default_rng(seed)) for seed in range(8)]
    hidden = [a.visible.sum() - b.visible.sum() for a, b in zip(alone, pairs, strict=True)]
    assert min(hidden) == 0  # not always
    assert sum(one > 20 for one in hidden) >= 3
    # The same draw changes the photo in the same way.
    np.testing.assert_array_equal(alone[0].flow, self_pair(truth, LABELS, [], np.random.default_rng(0)).flow)
