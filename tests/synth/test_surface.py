"""Surface maps and exact flow, on the doll and, where there is one, on a real avatar."""

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("embreex")

from tests.synth.doll import ATLAS, make_doll
from tryon.body import skeleton
from tryon.core.errors import DataError
from tryon.synth.backdrop import studio
from tryon.synth.poses import natural_pose
from tryon.synth.raycast import surface_points
from tryon.synth.render import Camera, Render, atlas_labels, render
from tryon.synth.rig import Avatar, load_avatar
from tryon.synth.surface import exact_flow

GRAY = studio((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
HANGING = {"LeftArm": np.array((0, 0, -1.4)), "RightArm": np.array((0, 0, 1.4))}


@pytest.fixture(scope="module")
def doll() -> Avatar:
    """With colors that change all over the body, so that a point is known by its color."""
    doll = make_doll()
    low, high = doll.vertices.min(0), doll.vertices.max(0)
    place = (doll.vertices - low) / (high - low)
    y, x = np.mgrid[:64, :64]
    texture = np.stack((4 * x, 4 * y, 128 + 100 * np.sin((x + y) / 5), np.full(x.shape, 255)), -1).astype(np.uint8)
    return replace(doll, uv=place[:, :2] * 0.9 + 0.05, textures=(texture,))


def shoot(doll: Avatar, pose: dict, size: tuple[int, int] = (160, 120), **camera: float) -> Render:
    return render(doll, pose, Camera(**camera), None, GRAY, ATLAS, size, samples=3)


def warp(source: Render, flow: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    return cv2.remap(source.image, np.nan_to_num(x + flow[..., 0]), np.nan_to_num(y + flow[..., 1]), cv2.INTER_LINEAR)


def round_trip_error(source: Render, target: Render) -> tuple[float, float]:
    """Mean absolute error where visible, of 1, and the visible share of the surface."""
    flow, visible = exact_flow(source, target)
    error = np.abs(warp(source, flow)[visible].astype(float) - target.image[visible]).mean() / 255
    return error, visible.sum() / (target.triangle >= 0).sum()


def test_surface_map_leads_back_to_the_pixel(doll):
    picture = shoot(doll, HANGING, yaw=0.5)
    rows, columns = np.nonzero(picture.triangle >= 0)
    rest = picture.barycentric[rows, columns]
    face = picture.triangle[rows, columns]
    points = surface_points(picture.scene, face, np.c_[1 - rest.sum(1), rest])
    np.testing.assert_allclose(
        picture.camera.project(points, picture.parsing.shape), np.stack((columns, rows), 1), atol=0.02
    )
    away = np.linalg.norm(points - picture.camera.axes()[0], axis=1)
    np.testing.assert_allclose(picture.depth[rows, columns], away, atol=1e-3)


def test_surface_map_is_empty_where_nobody_is(doll):
    picture = shoot(doll, {})
    assert picture.triangle[2, 2] == -1
    assert picture.depth[2, 2] == np.inf
    assert picture.triangle.dtype == np.int32
    assert ((picture.triangle >= 0) == (picture.parsing > 0)).mean() > 0.99


def test_flow_between_equal_pictures_is_zero(doll):
    picture = shoot(doll, HANGING)
    flow, visible = exact_flow(picture, picture)
    assert visible.sum() > 0.8 * (picture.triangle >= 0).sum()
    np.testing.assert_allclose(flow[visible], 0, atol=0.02)
    assert np.isnan(flow[2, 2]).all()


def test_flow_follows_a_lifted_arm(doll):
    source, target = shoot(doll, {}), shoot(doll, HANGING)
    flow, visible = exact_flow(source, target)
    x, y = np.round(target.keypoints[skeleton.L_ELBOW, :2]).astype(int)
    expected = source.keypoints[skeleton.L_ELBOW, :2] - target.keypoints[skeleton.L_ELBOW, :2]
    np.testing.assert_allclose(flow[y, x], expected, atol=4)
    assert abs(expected).max() > 10
    assert visible[y, x]


def test_what_an_arm_hides_in_the_source_is_not_visible(doll):
    quarter = np.array((0, -np.pi / 2, 0))  # the upper arm points to the front, the forearm to the right
    across = {"LeftArm": quarter, "LeftForeArm": quarter}
    source, target = shoot(doll, across), shoot(doll, HANGING)
    flow, visible = exact_flow(source, target)
    body = (target.triangle >= 0) & (np.abs(flow).max(-1) < 2)
    hidden = source.depth < target.depth - 0.05  # the arm lies in front of what the target shows here
    assert (body & hidden).sum() > 20
    assert not visible[body & hidden].any()


def test_points_outside_the_source_are_not_visible(doll):
    source, target = shoot(doll, HANGING, target=1.4, span=0.8), shoot(doll, HANGING)
    flow, visible = exact_flow(source, target)
    x, y = np.round(target.keypoints[skeleton.L_KNEE, :2]).astype(int)
    assert y + flow[y, x, 1] > 160
    assert not visible[y, x]


def test_warping_a_render_reproduces_the_other(doll):
    source, target = shoot(doll, {}, (256, 192), yaw=0.3), shoot(doll, HANGING, (256, 192), yaw=-0.2)
    error, share = round_trip_error(source, target)
    assert error <= 0.01
    assert share > 0.5
    turned = shoot(doll, HANGING, (256, 192), yaw=0.1)
    flow, visible = exact_flow(source, turned)  # the flow of another picture must not do
    assert np.abs(warp(source, flow)[visible].astype(float) - target.image[visible]).mean() / 255 > 0.02


def test_renders_of_other_surfaces_have_no_flow(doll):
    fewer = replace(doll, faces=doll.faces[:-24], face_mesh=doll.face_mesh[:-24])
    with pytest.raises(DataError, match="two renders of the same surface"):
        exact_flow(shoot(fewer, {}), shoot(doll, {}))


@pytest.mark.parametrize("name", ["White_F_1_Busi", "MENA_M_2_Casual"])
def test_warping_a_render_of_a_real_avatar_reproduces_the_other(name):
    folder = os.environ.get("TRYON_AVATARS")
    if not folder:
        pytest.skip("TRYON_AVATARS names no folder of avatars")
    avatar = load_avatar(Path(folder) / f"{name}.glb")
    rng = np.random.default_rng(0)
    pictures = []
    for stance, yaw in (("standing", 0.3), ("arms crossed", -0.2)):
        camera = Camera(yaw=yaw, target=1.3, span=0.9)
        pose = natural_pose(avatar, stance, rng)
        pictures.append(render(avatar, pose, camera, None, GRAY, atlas_labels(name), (320, 240), samples=3))
    error, share = round_trip_error(*pictures)
    assert error <= 0.01
    assert share > 0.6
