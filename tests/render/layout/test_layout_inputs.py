"""What the layout network is shown of a drawn figure."""

from dataclasses import replace

import numpy as np
import pytest

from appearance_flow.warp import Layer
from tests.figure import SIZE, TRUNK, carried, figure
from tryon.body import skeleton as sk
from tryon.body.torso import complete_torso
from tryon.core.labels import Label
from tryon.outfit import plan
from tryon.render.layout.inputs import (
    GRID,
    HOLE,
    NUM_PLANES,
    OUTSIDE,
    POSE,
    WORN,
    cut_labels,
    cut_mask,
    layout_input,
    other_sides,
    pose_planes,
    window,
    worn_planes,
)
from tryon.types import Garment


def layer(part: str, area: tuple[slice, slice], shift: float = 0) -> Layer:
    alpha, flow = np.zeros(SIZE, np.float32), np.zeros((*SIZE, 2), np.float32)
    alpha[area], flow[..., 0] = 1, shift
    return Layer(part, np.zeros((*SIZE, 3), np.uint8), alpha, flow, None)


def points() -> np.ndarray:
    return complete_torso(figure().keypoints)[0]


def test_the_window_has_the_neck_at_its_row_and_42_pixels_a_torso():
    placed = sk.transform(points(), window(points()))
    assert placed[sk.NECK, :2] == pytest.approx((GRID[1] / 2 - 0.5, 38))
    assert placed[sk.R_HIP, 1] - placed[sk.NECK, 1] == pytest.approx(42)


def test_people_of_another_size_are_seen_alike():
    larger = points() * (3, 3, 1) + (50, 20, 0)
    np.testing.assert_allclose(
        sk.transform(larger, window(larger)), sk.transform(points(), window(points())), atol=1e-3
    )


def test_whoever_stretches_out_is_seen_smaller_and_whole():
    stretched = points()
    stretched[sk.R_WRIST, :2] = -40, 60  # 1.4 torso lengths beside the neck
    placed = sk.transform(stretched, window(stretched))
    assert placed[sk.R_WRIST, 0] >= 0
    assert placed[sk.R_HIP, 1] - placed[sk.NECK, 1] == pytest.approx(42 / 1.275, rel=0.01)


def test_beyond_the_picture_is_outside():
    labels = cut_labels(np.full((100, 200), Label.UPPER, np.uint8), window(points()))
    assert set(np.unique(labels)) == {int(Label.UPPER), OUTSIDE}
    assert (labels[60:] == OUTSIDE).all()  # row 100 of the picture is row 55 of the window


def test_a_mask_is_averaged():
    checks = np.indices(SIZE).sum(0) % 2 == 0
    inner = cut_mask(checks, window(points()))[40:100, 40:70]
    assert np.abs(inner.astype(int) - 127).max() < 40


def test_the_garment_is_divided_into_trunk_sleeves_and_lower_and_what_is_seen():
    person = figure()
    garment = Garment(person, "upper", (int(Label.UPPER),))
    swap = plan(person, garment, "keep")
    sleeve = np.s_[70:150, 132:150]
    layers = (layer("torso", TRUNK), layer("left_arm", sleeve, shift=-45))
    lower = (layer("right_leg", np.s_[165:320, 72:92]),)
    matrix = window(person.close.body.keypoints)
    worn = worn_planes(carried(layers, lower), swap, matrix)
    assert worn.shape == (len(WORN), *GRID)
    shown = dict(zip(WORN, worn, strict=True))
    expected = {"trunk": 105 * 60, "left_arm": 80 * 18, "right_arm": 0, "lower": 155 * 20, "seen": 105 * 60 + 80 * 18}
    for name, area in expected.items():
        assert (shown[name] / 255).sum() == pytest.approx(area * 0.42**2, rel=0.08, abs=1), name
    hidden = replace(layers[1], flow=layers[1].flow * 0)  # there the photo shows no top: its color was continued
    worn = worn_planes(carried((layers[0], hidden)), swap, matrix)
    assert (worn[WORN.index("seen")] / 255).sum() == pytest.approx(105 * 60 * 0.42**2, rel=0.08)


def test_in_a_mirror_sleeves_change_sides():
    worn = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((1, 2, 2), np.uint8)
    assert other_sides(worn)[:, 0, 0].tolist() == [0, 2, 1, 3, 4]


def test_what_is_shown_to_stay():
    labels = np.full(GRID, Label.PANTS, np.uint8)
    labels[:, 100:] = OUTSIDE
    hole = np.zeros(GRID, bool)
    hole[:40] = True
    given = layout_input(labels, hole, np.zeros((5, *GRID), np.uint8), points(), "dress")
    assert (given.stay[0, 0], given.stay[50, 0], given.stay[0, 105]) == (HOLE, Label.PANTS, OUTSIDE)
    assert given.planes.shape == (NUM_PLANES, *GRID)
    assert given.category == 3


def test_limbs_that_are_not_seen_are_not_drawn_and_unsure_ones_are_half():
    one = points()
    one[sk.L_WRIST] = 0
    one[sk.R_ELBOW, 2] = 0.2
    planes = dict(zip(POSE, pose_planes(one, SIZE), strict=True))
    assert not planes["left_arm.1"].any()
    assert planes["right_arm.0"].max() == planes["right_arm.1"].max() == 128
    assert planes["left_arm.0"][90, 135] == planes["torso"][110, 100] == planes["left_leg.1"][280, 118] == 255
    assert planes["head"][35, 100] == 255
