"""Garments without a wearer; they need the folder of MakeHuman assets in ``TRYON_MAKEHUMAN``."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from tryon.body import skeleton as sk
from tryon.core.labels import UNKNOWN, Label

ASSETS = os.environ.get("TRYON_MAKEHUMAN")
pytestmark = [
    pytest.mark.skipif(
        not ASSETS or importlib.util.find_spec("anny") is None or importlib.util.find_spec("embreex") is None,
        reason="TRYON_MAKEHUMAN names no folder, or no anny, or no embreex",
    ),
    pytest.mark.slow,
]
SIZE = (256, 192)


def dressed(*assets: str, cut: int = 3):
    """A woman in trousers, upper garments and jackets, from inside to outside, and the layer of the outermost."""
    from tryon.synth.body import BodyShape
    from tryon.synth.dressed import random_look, wear
    from tryon.synth.outfits import Item
    from tryon.synth.wardrobe import OUTERS, PANTS, SHOES, UPPERS

    folder = Path(str(ASSETS))
    look = random_look(np.random.default_rng(0), folder, "anny_x", BodyShape())
    garments = [next(one for one in (*UPPERS, *OUTERS) if one.asset == asset) for asset in assets]
    outfit = [Item(PANTS[0], 3), *(Item(garment, cut) for garment in garments), Item(SHOES[0], 3)]
    return wear(look, outfit, folder, [], None), 1 + len(assets)


@pytest.fixture(scope="module")
def shirt():
    return dressed("female_elegantsuit01", cut=0)


@pytest.fixture(scope="module")
def tee():
    return dressed("female_casualsuit01")


def flat(worn, **lay):
    from tryon.synth.flat import Lay, lay_flat

    person, layer = worn
    return lay_flat(person, layer, np.random.default_rng(1), SIZE, Lay(**lay))


def worn_picture(worn, yaw: float = 0.0):
    """The person standing, from the front, and where the garment is seen."""
    from tryon.synth.backdrop import studio
    from tryon.synth.dressed import pose_person
    from tryon.synth.poses import natural_pose
    from tryon.synth.raycast import Light
    from tryon.synth.render import Camera, render

    person, layer = worn
    posed = pose_person(person, natural_pose(person.figure, "standing", np.random.default_rng(2)))
    camera, gray = Camera(yaw=yaw, target=1.2, span=1.2), studio((0.5,) * 3, (0.5,) * 3)
    picture = render(posed, {}, camera, Light(), gray, person.atlas, SIZE, rays=4)
    return picture, (picture.triangle >= 0) & (person.avatar.face_mesh[picture.triangle] == layer)


def test_joints_of_a_shirt_lie_on_its_cloth_in_their_order(shirt):
    picture = flat(shirt, arms=(0.6, 0.6), wide=1.2)
    points = picture.keypoints
    assert points[:, 2].tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (points[[sk.NOSE, sk.R_HIP]] == 0).all()  # it ends at the waist
    order = [sk.R_WRIST, sk.R_ELBOW, sk.R_SHOULDER, sk.NECK, sk.L_SHOULDER, sk.L_ELBOW, sk.L_WRIST]
    assert (np.diff(points[order, 0]) > 5).all()
    assert (np.diff(points[order[3:], 1]) > -0.5).all()  # the arms hang
    for joint in (sk.R_ELBOW, sk.R_SHOULDER, sk.L_SHOULDER, sk.L_ELBOW):
        x, y = points[joint, :2].round().astype(int)
        assert picture.parsing[y, x] == Label.UPPER


def test_flat_cloth_is_wider_at_the_hips_than_at_the_shoulders(tee):
    def spread(points: np.ndarray, right: int, left: int) -> float:
        return points[left, 0] - points[right, 0]

    def ratio(wide: float) -> float:
        points = flat(tee, wide=wide).keypoints
        return spread(points, sk.R_HIP, sk.L_HIP) / spread(points, sk.R_SHOULDER, sk.L_SHOULDER)

    assert ratio(1.3) / ratio(1.0) == pytest.approx(1.3, abs=0.01)


def test_legs_widen_from_the_hips_to_half_a_torso_below_them(shirt):
    person, _ = shirt

    def spread(below: float) -> np.ndarray:
        """How far the hips, the knees and the ankles of trousers are apart."""
        points = flat((person, 1), wide=1.1, below=below, legs=0.0).keypoints
        return points[[sk.L_HIP, sk.L_KNEE, sk.L_ANKLE], 0] - points[[sk.R_HIP, sk.R_KNEE, sk.R_ANKLE], 0]

    assert spread(1.5) / spread(1.1) == pytest.approx((1, 1.5 / 1.1, 1.5 / 1.1), abs=0.02)


def test_sleeves_widen_across_the_arm(shirt):
    def ratio(wide: float) -> float:
        """How thick the sleeve of a level forearm is, against the upper arm's length."""
        picture = flat(shirt, arms=(0.0, 0.0), wide=wide)
        wrist, elbow, shoulder = picture.keypoints[[sk.R_WRIST, sk.R_ELBOW, sk.R_SHOULDER], 0]
        sleeve = picture.parsing[:, round(float(wrist)) + 2 : round(float(elbow))] > 0
        return sleeve.sum(0).mean() / (shoulder - elbow)

    assert ratio(1.3) / ratio(1.0) == pytest.approx(1.3, abs=0.1)


def test_trousers_reach_no_arms_that_hang_beside_them(shirt):
    person, _ = shirt
    points = flat((person, 1), arms=(1.39, 1.39), bend=(0.3, 0.3), depth=0.9).keypoints
    assert points[:, 2].tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("asset", ["Tank_Top_01", "spaghetti-top"])
def test_straps_reach_the_shoulders(asset: str):
    points = flat(dressed(asset)).keypoints
    assert points[[sk.R_SHOULDER, sk.L_SHOULDER], 2].tolist() == [1, 1]
    assert points[[sk.R_ELBOW, sk.L_ELBOW], 2].tolist() == [0, 0]


@pytest.mark.parametrize("depth", [0.06, 0.8])
def test_the_back_behind_an_open_neckline_has_no_known_label(tee, depth: float):
    picture = flat(tee, depth=depth)
    x = round(float(picture.keypoints[sk.NECK, 0]))
    column = picture.parsing[:, x]
    changes = column[np.flatnonzero(np.diff(column.astype(int), prepend=-1))].tolist()
    assert changes[:3] == [Label.BACKGROUND, UNKNOWN, Label.UPPER]  # the ground, the back's collar, the front
    assert set(np.unique(picture.parsing)) == {Label.BACKGROUND, Label.UPPER, UNKNOWN}
    assert (picture.parsing == UNKNOWN).sum() < 0.1 * (picture.parsing == Label.UPPER).sum()


def test_cloth_that_shows_its_inner_side_is_never_taken_for_the_garment():
    picture = flat(dressed("Tank_Top_01"))
    cloth = picture.parsing == Label.UPPER
    assert (picture.parsing == UNKNOWN).sum() > 200
    corners = picture.scene.vertices[picture.scene.avatar.faces[picture.triangle]]
    first, second, third = np.moveaxis(corners, 2, 0)
    turned_over = np.cross(second - first, third - first)[..., 2] < 0
    assert not (cloth & (picture.triangle >= 0) & turned_over).any()


def test_a_lining_at_the_back_faces_the_camera_and_is_the_back_all_the_same():
    picture = flat(dressed("female_casualsuit01", "male_casualsuit05"))
    x, y = picture.keypoints[[sk.NECK, sk.R_HIP], [0, 1]].round().astype(int)
    column = picture.parsing[:y, x]
    assert (column[column > 0] == UNKNOWN).all()
    assert (column == UNKNOWN).sum() > 40


def test_the_flow_leads_from_the_worn_neckline_to_the_flat_one(tee):
    from tryon.synth.surface import exact_flow

    garment = flat(tee)
    target, shown = worn_picture(tee)
    flow, _ = exact_flow(garment, target, shown)
    x = round(float(target.keypoints[sk.NECK, 0]))
    y = np.flatnonzero(target.parsing[:, x] == Label.UPPER)[0]
    end = np.array((x, y)) + flow[y, x]
    column = garment.parsing[:, round(float(end[0]))]
    assert np.flatnonzero(column == Label.UPPER)[0] == pytest.approx(end[1], abs=2.5)


def test_lowered_arms_carry_the_same_cloth_elsewhere(shirt):
    from tryon.synth.surface import exact_flow

    person, _ = shirt
    target, shown = worn_picture(shirt)
    x, y = target.keypoints[sk.R_ELBOW, :2].round().astype(int)
    triangle = target.triangle[y, x]
    assert shown[y, x]
    middle = person.avatar.vertices[person.avatar.faces[triangle]].mean(0)
    ends = []
    for angle in (0.2, 1.2):
        garment = flat(shirt, arms=(angle, angle))
        flow, visible = exact_flow(garment, target, shown)
        end = (np.array((x, y)) + flow[y, x]).round().astype(int)
        assert visible[y, x]
        found = person.avatar.vertices[person.avatar.faces[garment.triangle[end[1], end[0]]]].mean(0)
        assert np.linalg.norm(found - middle) < 0.02  # meters
        ends.append(end - garment.keypoints[sk.R_SHOULDER, :2])
    assert ends[0][1] + 15 < ends[1][1]  # pixels that the sleeve hangs lower
    assert not (ends[0] == ends[1]).all()


def test_the_inside_of_a_garment_is_no_source_for_its_outside(tee, monkeypatch: pytest.MonkeyPatch):
    """Seen from behind, the outer side of the back lies where the flat picture shows the inner side."""
    from tryon.synth import dressed_studio
    from tryon.synth.raycast import Light
    from tryon.synth.render import Camera

    person, layer = tee
    studio = dressed_studio.DressedStudio(Path(str(ASSETS)), size=SIZE, stances=("standing",))
    monkeypatch.setattr(dressed_studio, "random_view", lambda rng: (Camera(yaw=np.pi, target=1.2, span=1.2), Light()))
    monkeypatch.setattr(studio, "_exchanged", lambda look, rng: (person, person, layer))
    sample = studio.triplet(np.random.default_rng(3))
    assert sample.flow is not None
    assert sample.visible is not None
    assert sample.garment.parsing is not None
    rows, columns = np.nonzero(np.isfinite(sample.flow).all(-1))
    x, y = (np.stack((columns, rows), 1) + sample.flow[rows, columns]).round().astype(int).T
    inside = sample.garment.parsing[y, x] == UNKNOWN
    assert inside.sum() > 30
    assert not sample.visible[rows, columns][inside].any()


def test_a_third_of_the_garments_is_filled_out():
    from tryon.synth.flat import random_lay

    rng = np.random.default_rng(4)
    lays = [random_lay(rng) for _ in range(600)]
    filled = [lay for lay in lays if lay.depth > 0.1]
    assert 160 < len(filled) < 240
    assert min(lay.depth for lay in filled) >= 0.3
    assert max(lay.wide for lay in filled) < 1 + 0.4 * 0.7 + 1e-9
    assert 1.3 < max(lay.wide for lay in lays) < 1.4
    pressed = [lay.below for lay in lays if lay.depth < 0.1]
    assert min(pressed) == pytest.approx(1 + 0.4 * 0.94, abs=0.01)
    assert max(pressed) == pytest.approx(1 + 0.9 * 0.94, abs=0.01)
    angles = np.degrees([lay.arms for lay in lays])
    assert angles.min() >= 0
    assert 75 < angles.max() <= 80 + 1e-9


def test_shadows_lie_beside_what_is_pressed_and_below_what_is_filled_out(tee):
    def darker(depth: float) -> float:
        """Levels by which the ground right of the cloth is darker than left of it."""
        picture = flat(tee, depth=depth)
        neck, hips = picture.keypoints[[sk.NECK, sk.R_HIP], 1].astype(int)
        rows = slice(neck, (neck + hips) // 2)
        cloth = picture.parsing[rows] > 0
        first, last = cloth.argmax(1), cloth.shape[1] - 1 - cloth[:, ::-1].argmax(1)
        gray = picture.image[rows].mean(-1)
        each = np.arange(len(gray))
        return abs(float(gray[each, first - 2].mean() - gray[each, last + 2].mean()))

    assert darker(0.5) < 4
    assert darker(0.06) > 15
