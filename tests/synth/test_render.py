"""Rendering a small synthetic rig, and, where there is one, a real avatar."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.synth.doll import ATLAS, make_doll
from tryon.body import skeleton
from tryon.core.errors import DataError
from tryon.core.labels import Label

pytest.importorskip("embreex")

from tryon.synth.backdrop import random_backdrop, studio
from tryon.synth.poses import natural_pose
from tryon.synth.raycast import Light, embree_scene, gather_light, sample_texture
from tryon.synth.render import ATLAS_LABELS, Camera, atlas_labels, render
from tryon.synth.rig import Avatar, load_avatar

SIZE = (96, 72)
BACKDROP = studio((0.2, 0.6, 0.2), (0.2, 0.6, 0.2))


@pytest.fixture(scope="module")
def doll() -> Avatar:
    return make_doll()


def shoot(doll: Avatar, pose: dict, **camera: float):
    return render(doll, pose, Camera(**camera), Light(), BACKDROP, ATLAS, SIZE, samples=2, rays=6)


def label_at(picture, keypoint: int) -> int:
    x, y, _ = picture.keypoints[keypoint]
    return int(picture.parsing[int(y + 0.5), int(x + 0.5)])


def test_the_middle_of_the_picture_is_where_the_camera_looks():
    camera = Camera(yaw=0.7, height=1.5, distance=3.0, target=1.1)
    np.testing.assert_allclose(camera.project(np.array([[0, 1.1, 0]]), (100, 60)), [[29.5, 49.5]], atol=1e-6)


def test_rays_and_projection_are_inverse():
    camera = Camera(yaw=-0.4, height=1.0, distance=3.5, target=0.8, shift=0.2)
    origins, directions = camera.rays(np.array([3.0, 50.25]), np.array([7.5, 20.0]), (100, 60))
    np.testing.assert_allclose(camera.project(origins + 2 * directions, (100, 60)), [[3, 7.5], [50.25, 20]], atol=1e-3)


def test_light_on_a_point_does_not_depend_on_the_others():
    roof = embree_scene(np.array([[[0, 1, -9], [0, 1, 9], [9, 1, 0]]], np.float32))  # half of the sky is hidden
    points = np.random.default_rng(0).uniform(-1, 0, (200, 3)).astype(np.float32)
    normals = np.tile(np.float32((0, 1, 0)), (200, 1))
    sky, lamp = gather_light(roof, points, normals, Light(), 16, 7)
    some = gather_light(roof, points[50::3], normals[50::3], Light(), 16, 7)
    np.testing.assert_allclose(some[0], sky[50::3], atol=1e-6)
    np.testing.assert_array_equal(some[1], lamp[50::3])
    # Another seed, other rays.
    assert np.abs(gather_light(roof, points, normals, Light(), 16, 8)[0] - sky).max() > 0.01
    assert 0.4 < sky[:, 1].mean() / 0.56 < 0.95
    assert len(np.unique(sky[:, 1])) > 10


def test_the_persons_left_is_at_the_right_of_a_frontal_picture(doll):
    points = shoot(doll, {}).keypoints
    assert points[skeleton.L_WRIST, 0] > 36 > points[skeleton.R_WRIST, 0]


def test_a_camera_on_the_left_sees_the_left_arm_come_forward(doll):
    points = shoot(doll, {}, yaw=np.pi / 2).keypoints
    assert abs(points[skeleton.L_WRIST, 0] - points[skeleton.R_WRIST, 0]) < 1
    assert points[skeleton.NOSE, 0] < points[skeleton.L_EAR, 0]


def test_key_points_and_labels_agree(doll):
    picture = shoot(doll, {})
    assert label_at(picture, skeleton.NECK) == Label.UPPER
    assert label_at(picture, skeleton.NOSE) == Label.SKIN
    assert label_at(picture, skeleton.L_WRIST) == Label.SKIN
    assert label_at(picture, skeleton.R_SHOULDER) == Label.UPPER
    assert picture.parsing[2, 2] == Label.BACKGROUND
    assert set(np.unique(picture.parsing)) == {Label.BACKGROUND, Label.SKIN, Label.UPPER}


def test_labels_follow_the_pose(doll):
    picture = shoot(doll, {"LeftArm": np.array((0, 0, -1.4)), "RightArm": np.array((0, 0, 1.4))})
    assert label_at(picture, skeleton.L_WRIST) == Label.SKIN
    assert picture.keypoints[skeleton.L_WRIST, 1] > picture.keypoints[skeleton.L_SHOULDER, 1] + 15


def test_colors_are_those_of_the_texture(doll):
    picture = shoot(doll, {})
    shirt = picture.image[picture.parsing == Label.UPPER].mean(0)
    skin = picture.image[picture.parsing == Label.SKIN].mean(0)
    assert shirt[2] > 2 * shirt[0]
    assert skin[0] > skin[1] > skin[2]
    np.testing.assert_allclose(picture.image[2, 2], (51, 153, 51), atol=2)


def test_hidden_key_points_are_marked(doll):
    side = shoot(doll, {}, yaw=np.pi / 2).keypoints
    assert side[skeleton.L_SHOULDER, 2] == pytest.approx(0.6)  # behind the arm that points to the camera
    assert side[skeleton.R_WRIST, 2] == pytest.approx(0.6)
    assert shoot(doll, {}).keypoints[skeleton.L_WRIST, 2] == 1


def test_key_points_outside_the_frame_are_missing(doll):
    points = shoot(doll, {}, target=1.4, span=0.8).keypoints
    np.testing.assert_array_equal(points[skeleton.L_ANKLE], (0, 0, 0))
    assert points[skeleton.NECK, 2] == 1


def test_a_person_throws_a_shadow_on_the_floor(doll):
    plain = shoot(doll, {}, height=2.5)
    below = plain.image[80:, :][plain.parsing[80:] == Label.BACKGROUND].astype(int)
    assert below.sum(1).min() < 0.9 * plain.image[2, 2].astype(int).sum()


def test_without_light_the_colors_are_those_of_the_texture_exactly(doll):
    picture = render(doll, {}, Camera(), None, BACKDROP, ATLAS, SIZE, samples=1)
    inside = cv2.erode((picture.parsing == Label.UPPER).astype(np.uint8), np.ones((3, 3))) > 0
    np.testing.assert_allclose(picture.image[inside], np.broadcast_to((40, 40, 200), (inside.sum(), 3)), atol=1)


def test_borders_are_smooth(doll):
    def between(samples: int) -> int:
        """Pixels that are neither backdrop nor plain shirt or skin."""
        picture = render(doll, {}, Camera(yaw=0.3), None, BACKDROP, ATLAS, SIZE, samples=samples).image.astype(int)
        plain = [np.abs(picture - color).max(-1) <= 3 for color in ((51, 153, 51), (40, 40, 200), (200, 150, 120))]
        return int((~np.any(plain, 0)).sum())

    assert between(1) == 0
    assert between(4) > 100


def test_lift_raises_the_person(doll):
    low = shoot(doll, {}).keypoints
    high = render(doll, {}, Camera(), Light(), BACKDROP, ATLAS, SIZE, samples=2, rays=6, lift=0.25).keypoints
    assert low[skeleton.NECK, 1] - high[skeleton.NECK, 1] == pytest.approx(12, abs=0.5)  # 48 pixels a meter


def test_the_same_seed_gives_the_same_picture(doll):
    first, second = shoot(doll, {}), shoot(doll, {})
    np.testing.assert_array_equal(first.image, second.image)


def test_texture_samples_are_bilinear():
    texture = np.zeros((2, 2, 1), np.uint8)
    texture[:, 1] = 200
    uv = np.float32([[0.25, 0.5], [0.5, 0.5], [0.75, 0.25]])
    np.testing.assert_allclose(sample_texture(texture, uv)[:, 0], (0, 100, 200), atol=1)


def test_backdrops_stay_in_range():
    for seed in range(12):
        backdrop = random_backdrop(np.random.default_rng(seed))
        assert backdrop.wall.ndim == 3
        assert backdrop.wall.min() >= 0
        assert backdrop.wall.max() <= 1


def test_atlases_hold_known_labels_only():
    names = sorted(path.stem for path in ATLAS_LABELS.glob("*.png"))
    assert len(names) >= 24
    for name in names:
        atlas = atlas_labels(name)
        assert atlas.shape == (512, 512)
        assert atlas.max() < 14
        assert (atlas == Label.SKIN).any()
    assert Label.OUTER in atlas_labels("White_F_1_Busi")
    assert Label.SCARF in atlas_labels("Black_M_2_Busi")


def test_an_unlabeled_avatar_is_refused():
    with pytest.raises(DataError, match="no label atlas for avatar 'nobody'"):
        atlas_labels("nobody")


def test_real_avatar_wears_what_its_atlas_says():
    folder = os.environ.get("TRYON_AVATARS")
    if not folder:
        pytest.skip("TRYON_AVATARS names no folder of avatars")
    avatar = load_avatar(Path(folder) / "White_F_1_Busi.glb")
    pose = natural_pose(avatar, "standing", np.random.default_rng(0))
    atlas = atlas_labels(avatar.name)
    picture = render(avatar, pose, Camera(), Light(), BACKDROP, atlas, (256, 192), samples=1, rays=4)
    assert label_at(picture, skeleton.L_WRIST) in (Label.SKIN, Label.OUTER)
    assert label_at(picture, skeleton.R_KNEE) == Label.PANTS
    assert label_at(picture, skeleton.NOSE) == Label.SKIN
    assert label_at(picture, skeleton.L_ELBOW) == Label.OUTER
    above = int(picture.keypoints[skeleton.NOSE, 1])
    assert (picture.parsing[:above] == Label.HAIR).sum() > 100
