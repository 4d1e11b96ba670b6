"""Training views of the layout network on a drawn figure whose labels are known pixel by pixel."""

import numpy as np
import pytest

from tests.figure import LEGS, figure
from tryon.body.torso import complete_torso
from tryon.core.errors import DataError
from tryon.core.labels import UNKNOWN, Label
from tryon.render.layout.inputs import GRID, HOLE, NEW_LOWER, NEW_UPPER, OUTSIDE, WORN
from tryon.render.layout.views import Figure, LayoutViews, Removal, classes, figure_of
from tryon.types import PersonSample

NUMBERS = range(40)


def drawn(*areas) -> Figure:
    person = figure(*areas)
    return Figure(person.parsing, complete_torso(person.keypoints)[0])


@pytest.fixture(scope="module")
def shown():
    return [LayoutViews([drawn()], (), 3).view(number) for number in NUMBERS]


def equal(a, b) -> bool:
    same = np.array_equal(a.given.stay, b.given.stay) and np.array_equal(a.given.planes, b.given.planes)
    return same and np.array_equal(a.truth, b.truth) and np.array_equal(a.changes, b.changes)


def test_a_view_depends_on_the_seed_and_its_number_alone(shown):
    again = LayoutViews([drawn()], (), 3)
    assert all(equal(again.view(number), shown[number]) for number in (17, 4, 0))
    assert not equal(LayoutViews([drawn()], (), 4).view(4), shown[4])
    assert not equal(shown[4], shown[5])


def test_what_comes_off_is_a_hole_and_its_truth_is_known(shown):
    for view in shown:
        assert view.given.stay.shape == view.truth.shape == GRID
        assert set(np.unique(view.given.stay)) <= {*range(14), HOLE, OUTSIDE}
        new = (view.truth == NEW_UPPER) | (view.truth == NEW_LOWER)
        assert new.any()
        assert (view.given.stay[new] == HOLE).all()
        assert view.changes[new].all()


def test_more_comes_off_than_is_put_on(shown):
    """Background, bare skin and trousers have to grow back; in most views, not always the same."""
    regrown = dict.fromkeys((Label.BACKGROUND, Label.SKIN, Label.PANTS), 0)
    for view in shown:
        for label in regrown:
            regrown[label] += bool(((view.given.stay == HOLE) & (view.truth == label)).sum() > 10)
    assert len(shown) * 0.9 < regrown[Label.BACKGROUND]
    assert 3 < regrown[Label.PANTS] < len(shown)
    assert 3 < regrown[Label.SKIN] < len(shown)


def test_the_garment_lies_about_where_it_is_worn_but_not_exactly(shown):
    overlaps = []
    for view in shown:
        laid = (view.given.planes[: len(WORN) - 1] > 127).any(0)
        new = (view.truth == NEW_UPPER) | (view.truth == NEW_LOWER)
        overlaps.append((laid & new).sum() / (laid | new).sum())
    assert 0.6 < np.mean(overlaps) < 0.95
    assert max(overlaps) < 1


def test_pieces_are_hidden_in_some_views(shown):
    seen = [view.given.planes[len(WORN) - 1].sum() / max(view.given.planes[: len(WORN) - 1].max(0).sum(), 1)
            for view in shown]  # fmt: skip
    assert min(seen) < 0.9
    assert max(seen) > 0.97


def test_photos_cut_by_the_frame_are_shown_and_not_judged_beyond_it(shown):
    cut = [view for view in shown if (view.given.stay[-20] == OUTSIDE).all()]
    assert 3 < len(cut) < len(shown)
    assert all((view.truth[view.given.stay == OUTSIDE] == UNKNOWN).all() for view in shown)


def test_unknown_labels_are_holes_that_nobody_judges():
    unknown = drawn((np.s_[200:260, LEGS[0][1]], UNKNOWN))
    for number in range(8):
        view = LayoutViews([unknown], (), 0).view(number)
        assert UNKNOWN not in view.given.stay


def test_a_triplet_is_shown_with_its_own_truth():
    person = drawn()
    dressed = person.labels.copy()
    dressed[LEGS[0]] = dressed[LEGS[1]] = Label.SKIN
    hole = (person.labels == Label.UPPER) | (person.labels == Label.PANTS)
    worn = np.zeros((5, *hole.shape), np.uint8)
    worn[0][person.labels == Label.UPPER] = worn[-1][person.labels == Label.UPPER] = 255
    truth = classes(dressed, (int(Label.UPPER),))
    removal = Removal(person.labels, hole, worn, truth, person.keypoints, "upper")
    views = LayoutViews([person], [removal], 0)
    bare = 0
    for number in NUMBERS:
        view = views.view(number)
        legs = (view.given.stay == HOLE) & (view.truth == Label.SKIN)
        bare += bool(legs[100:].sum() > 200)  # in no view of the photo are the legs bare
    assert 0.15 * len(NUMBERS) < bare < 0.5 * len(NUMBERS)


def test_classes_of_a_dressed_person():
    labels = np.array([[Label.DRESS, Label.DRESS, Label.PANTS, Label.SKIN, Label.UPPER]], np.uint8)
    below = np.array([[False, True, True, True, True]])
    new = (int(Label.DRESS), int(Label.PANTS))
    assert classes(labels, new).tolist() == [[NEW_UPPER, NEW_UPPER, NEW_LOWER, Label.SKIN, Label.UPPER]]
    assert classes(labels, new, below).tolist() == [[NEW_UPPER, Label.DRESS, NEW_LOWER, Label.SKIN, Label.UPPER]]


def test_photos_are_kept_small_and_those_without_shoulders_left_out():
    person = figure()
    large = np.kron(person.parsing, np.ones((2, 2), np.uint8))
    points = person.keypoints.copy()
    points[:, :2] = points[:, :2] * 2 + 0.5
    kept = figure_of(PersonSample(np.zeros((*large.shape, 3), np.uint8), points, large))
    assert kept.labels.shape == (288, 169)
    assert kept.keypoints[1, :2] == pytest.approx(((200.5 + 0.5) * 288 / 680 - 0.5, (120.5 + 0.5) * 288 / 680 - 0.5))
    points[2] = points[5] = 0
    assert figure_of(PersonSample(np.zeros((*large.shape, 3), np.uint8), points, large)) is None


def test_no_photo_is_told():
    with pytest.raises(DataError, match="give a folder of people with label maps"):
        LayoutViews([], (), 0)
