"""Pictures of avatars with exact key points and label maps, on a plain CPU.

Camera rays are cast with Embree (packages ``embreex``), which also gives the soft light: the light of the sky and of
an area lamp that reaches each visible vertex is gathered by rays and interpolated over the triangles, so that shading
is free of noise and its cost does not depend on the picture's size. Strands of hair are textured cards; rays go on
through their transparent texels.
"""

import argparse
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tryon.core.errors import DataError
from tryon.core.labels import NUM_LABELS, Label
from tryon.data.backdrop import Backdrop, random_backdrop
from tryon.data.poses import STANCES, clear_torso, natural_pose, retarget, street_poses
from tryon.data.raycast import (
    Fragments,
    Light,
    Scene,
    build_scene,
    floor_light,
    texture_level,
    trace,
)
from tryon.data.rig import Avatar, Pose, keypoints3d, load_avatar, pose_joints, skin
from tryon.data.shading import shade, to_linear, to_srgb

ATLAS_LABELS = Path(__file__).parent / "atlas_labels"
VALIDATION_PEOPLE = frozenset({"AIAN_M_1", "Asian_M_2", "Black_M_1", "MENA_F_2", "NHPI_M_2"})
OCCLUDED = np.float32(0.6)
"""Visibility of a key point that lies inside the frame behind something."""
# How far below the surface a key point lies at most, in meters; what is hidden deeper is occluded.
_DEPTHS = np.array((2, 14, 13, 9, 7, 13, 9, 7, 20, 12, 10, 20, 12, 10, 3, 3, 5, 5), np.float32) / 100


@dataclass(frozen=True)
class Camera:
    """A camera that looks at the height ``target`` (meters) of the vertical line through the origin."""

    yaw: float = 0.0
    """Radians; positive moves the camera to the person's left."""
    height: float = 1.3
    """Meters above the ground."""
    distance: float = 4.0
    """Meters from the origin."""
    target: float = 0.9
    span: float = 2.0
    """Meters at the person's distance that fill the height of the picture."""
    shift: float = 0.0
    """Meters by which the person stands left of the picture's middle."""

    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """Position ``(3,)`` and rotation ``(3, 3)`` whose rows are right, down, forward."""
        out = np.array((np.sin(self.yaw), 0, np.cos(self.yaw)))
        right = np.array((np.cos(self.yaw), 0, -np.sin(self.yaw)))
        middle = right * self.shift + (0, self.target, 0)
        position = out * self.distance + right * self.shift + (0, self.height, 0)
        forward = (middle - position) / np.linalg.norm(middle - position)
        return position, np.stack((right, np.cross(forward, right), forward))

    def project(self, points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Pixels ``(N, 2)`` x, y of points ``(N, 3)`` in a picture of ``size``."""
        position, axes = self.axes()
        local = (points - position) @ axes.T
        focal = size[0] * np.hypot(self.distance, self.height - self.target) / self.span
        return local[:, :2] / local[:, 2:] * focal + ((size[1] - 1) / 2, (size[0] - 1) / 2)

    def rays(self, x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Origins and unit directions ``(N, 3)`` of the rays through the pixels x, y."""
        position, axes = self.axes()
        focal = size[0] * np.hypot(self.distance, self.height - self.target) / self.span
        local = np.stack(((x - (size[1] - 1) / 2) / focal, (y - (size[0] - 1) / 2) / focal, np.ones(len(x))), 1)
        directions = local @ axes
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.repeat(position[None], len(x), 0).astype(np.float32), directions.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Render:
    """A labeled picture."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    keypoints: np.ndarray
    """``(18, 3)`` ``float32`` x, y, visibility: 1 visible, 0.6 hidden behind something, 0 outside the picture."""
    parsing: np.ndarray
    """``(H, W)`` ``uint8`` label map."""


@lru_cache(maxsize=64)
def atlas_labels(name: str) -> np.ndarray:
    """The label atlas ``(N, N)`` ``uint8`` of an avatar's body texture.

    Raises:
        DataError: the avatar is not among those whose atlas is labeled.
    """
    path = ATLAS_LABELS / f"{name}.png"
    if not path.is_file():
        raise DataError(f"no label atlas for avatar {name!r}; labeled are those in {ATLAS_LABELS.name}/")
    with Image.open(path) as image:
        return np.asarray(image)


def _background(
    camera: Camera, light: Light, backdrop: Backdrop, shadow: np.ndarray, size: tuple[int, int]
) -> np.ndarray:
    """Linear RGB ``(H, W, 3)`` of wall and floor, with the person's shadow on the floor."""
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    origins, directions = camera.rays(x.ravel(), y.ravel(), size)
    wall = cv2.resize(backdrop.wall, (width, height), interpolation=cv2.INTER_LINEAR)
    out = to_linear(wall).reshape(-1, 3)
    down = np.minimum(directions[:, 1], -1e-4)
    reach = -origins[:, 1] / down
    ground = origins + directions * reach[:, None]
    toward = np.array((np.sin(camera.yaw), np.cos(camera.yaw)))
    depth = -(ground[:, [0, 2]] @ toward)  # meters behind the person
    is_floor = (directions[:, 1] < -1e-4) & (depth < 1.6)
    paper = np.clip((1.6 - depth) / 1.2, 0, 1)[:, None] if backdrop.seam < 0.5 else 1.0
    color = to_linear(np.array(backdrop.floor, np.float32))
    floor = paper * color + (1 - paper) * out
    cells = len(shadow)
    place = ((ground[:, [0, 2]] + 2) / 4 * (cells - 1)).astype(np.float32)
    left = cv2.remap(
        shadow, place[:, 0].reshape(size), place[:, 1].reshape(size), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    ).reshape(-1, 1)
    edge = np.clip(2 - np.abs(ground[:, [0, 2]]).max(1, keepdims=True), 0, 1) ** 0.5
    floor = floor * (1 + (np.clip(left, 0, 1) - 1) * edge)
    return np.where(is_floor[:, None], floor, out).reshape(height, width, 3).astype(np.float32)


def _label_map(scene: Scene, fragments: Fragments, atlas: np.ndarray, size: tuple[int, int], grid: int) -> np.ndarray:
    """``(H, W)`` ``uint8``: the label that most of a pixel's rays see."""
    avatar = scene.avatar
    solid = np.flatnonzero(fragments.solid)
    face = fragments.face[solid]
    uv = np.einsum("nk,nkc->nc", fragments.barycentric[solid], avatar.uv[avatar.faces[face]])
    side = np.array(atlas.shape[::-1])
    texel = np.clip((uv * side).astype(int), 0, side - 1)
    labels = atlas[texel[:, 1], texel[:, 0]]
    names = np.array(avatar.mesh_names)[avatar.face_mesh[face]]
    labels[names == "h_wig"] = Label.HAIR
    labels[(names == "h_L_eye") | (names == "h_R_eye")] = Label.SKIN
    width = size[1]
    ray = fragments.ray[solid]
    pixel = ray // (width * grid) // grid * width + ray % (width * grid) // grid
    votes = np.bincount(pixel * NUM_LABELS + labels, minlength=size[0] * width * NUM_LABELS)
    votes = votes.reshape(-1, NUM_LABELS)
    votes[:, 0] = grid * grid - votes.sum(1)
    return votes.argmax(1).astype(np.uint8).reshape(size)


def _visibility(
    scene: Scene, points: np.ndarray, pixels: np.ndarray, camera: Camera, size: tuple[int, int]
) -> np.ndarray:
    position, _ = camera.axes()
    away = points - position
    distance = np.linalg.norm(away, axis=1)
    directions = (away / distance[:, None]).astype(np.float32)
    origins = np.repeat(position[None].astype(np.float32), len(points), 0)
    first = scene.embree.run(origins, directions, output=True)["tfar"]
    inside = ((pixels >= -0.5) & (pixels < np.array(size[::-1]) - 0.5)).all(1)
    return np.where(inside, np.where(first < distance - _DEPTHS, OCCLUDED, 1.0), 0.0).astype(np.float32)


def _box_of_rays(points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of all pixels of the box around ``points`` ``(N, 2)`` inside a picture of ``size``."""
    low = np.clip(np.floor(points.min(0)), 0, (size[1] - 1, size[0] - 1)).astype(int)
    high = np.clip(np.ceil(points.max(0)) + 1, 1, size[::-1]).astype(int)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    return x.ravel(), y.ravel()


def render(
    avatar: Avatar,
    pose: Pose,
    camera: Camera,
    light: Light,
    backdrop: Backdrop,
    atlas: np.ndarray,
    size: tuple[int, int],
    samples: int = 2,
    rays: int = 24,
    seed: int = 0,
) -> Render:
    """Render an avatar that stands at the origin.

    Args:
        avatar: the person.
        pose: rotations of the joints, see :mod:`tryon.data.rig`.
        camera: where the picture is taken from.
        light: lamp and sky.
        backdrop: wall and floor.
        atlas: ``(N, N)`` ``uint8`` labels of the body texture, see :func:`atlas_labels`.
        size: height and width in pixels.
        samples: rays a pixel along each side of the pixel.
        rays: light rays for each visible vertex; more give smoother shadows.
        seed: of the light rays.

    Returns:
        The picture with its key points and label map.

    Raises:
        DependencyError: embreex is not installed.
    """
    rng = np.random.default_rng(seed)
    rotations, positions = pose_joints(avatar, pose)
    vertices = skin(avatar, rotations, positions)
    lift = np.array((0, -vertices[:, 1].min(), 0), np.float32)
    vertices, points = vertices + lift, keypoints3d(avatar, rotations, positions) + lift
    scene = build_scene(avatar, vertices)
    level = texture_level(avatar, camera.span / size[0] / samples)
    fine = (size[0] * samples, size[1] * samples)
    x, y = _box_of_rays((camera.project(vertices, size) + 0.5) * samples - 0.5, fine)
    origins, directions = camera.rays((x + 0.5) / samples - 0.5, (y + 0.5) / samples - 0.5, size)
    fragments = trace(scene, origins, directions, level)
    colors = shade(scene, fragments, -directions[fragments.ray], light, level, rays, rng)
    fragments = replace(fragments, ray=y[fragments.ray] * fine[1] + x[fragments.ray])
    pixel = fragments.ray // fine[1] // samples * size[1] + fragments.ray % fine[1] // samples
    share = fragments.weight / samples**2
    covered = np.bincount(pixel, share, size[0] * size[1])[:, None]
    person = np.stack([np.bincount(pixel, share * c, size[0] * size[1]) for c in colors.T], 1)
    shadow = floor_light(scene.casters, light, rays, rng)
    behind = _background(camera, light, backdrop, shadow, size).reshape(-1, 3)
    picture = to_srgb(person + (1 - np.clip(covered, 0, 1)) * behind).reshape(*size, 3)
    pixels = camera.project(points, size)
    visibility = _visibility(scene, points, pixels, camera, size)
    return Render(
        # Dithered, because soft gradients would show bands in 8 bits.
        image=np.clip(picture * 255 + rng.random((*size, 1)), 0, 255).astype(np.uint8),
        keypoints=np.c_[np.where(visibility[:, None] > 0, pixels, 0), visibility].astype(np.float32),
        parsing=_label_map(scene, fragments, atlas, size, samples),
    )


def random_view(rng: np.random.Generator) -> tuple[Camera, Light]:
    """A camera around eye to hip height, mostly in front of the person, and a light.

    One picture in three shows the upper body only, one in eight is taken from the side or from behind.
    """
    yaw = rng.uniform(-np.pi, np.pi) if rng.random() < 0.12 else np.clip(rng.normal(0, 0.4), -0.8, 0.8)
    close = rng.random() < 0.33
    camera = Camera(
        yaw=float(yaw),
        height=rng.uniform(0.8, 1.75),
        distance=rng.uniform(2.2, 6.0),
        target=rng.uniform(1.1, 1.45) if close else rng.uniform(0.8, 1.0),
        span=rng.uniform(0.75, 1.4) if close else rng.uniform(1.85, 2.5),
        shift=rng.normal(0, 0.06 if close else 0.12),
    )
    tint = rng.normal(0, 0.06, 3)
    key, sky = rng.uniform(0.3, 1.1), rng.uniform(0.25, 0.75)
    light = Light(
        yaw=camera.yaw + rng.uniform(-1.4, 1.4),
        elevation=rng.uniform(0.25, 1.3),
        softness=rng.uniform(0.05, 0.5),
        key=tuple(key * (1 + tint)),
        sky=tuple(sky * (1 - tint)),
        bounce=tuple(sky * rng.uniform(0.3, 0.7) * (1 + rng.normal(0, 0.04, 3))),
    )
    return camera, light


def is_validation(avatar: str) -> bool:
    """Whether the person of an avatar such as ``White_F_1_Casual`` is kept for validation, in all outfits."""
    return avatar.rsplit("_", 1)[0] in VALIDATION_PEOPLE


def render_set(avatars: Path, out: Path, number: int, seed: int, street_poses: list[np.ndarray]) -> None:
    """Write labeled renders; pictures that are there already are kept, so that a run can be taken up again.

    Makes ``images/NNNN.jpg``, ``parsing/NNNN.png``, ``meta.csv`` (name, avatar, split) and ``keypoints.npz`` with
    ``name`` ``(N,)`` and ``coco18`` ``(N, 18, 3)``, as :class:`tryon.data.renders.Renders` reads them.

    Args:
        avatars: folder of ``.glb`` files; those with a label atlas are used.
        out: folder to write to.
        number: of pictures.
        seed: picture i depends on the seed and i only.
        street_poses: ``(33, 3)`` points for :func:`tryon.data.poses.retarget`; used for half of the pictures.

    Raises:
        DataError: no labeled avatar in the folder.
    """
    paths = [path for path in sorted(avatars.glob("*.glb")) if (ATLAS_LABELS / f"{path.stem}.png").is_file()]
    if not paths:
        raise DataError(f"no labeled avatar in {avatars}; expected the .glb files of the VALID library")
    load = lru_cache(maxsize=1)(load_avatar)
    for folder in ("images", "parsing", "keypoints"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(seed).permutation(len(paths))
    rows, keypoints = ["name,avatar,split"], []
    for i in range(number):
        path = paths[order[i // 4 % len(paths)]]  # four pictures of an avatar in turn, because reading one takes long
        name = f"{i:04d}"
        points_file = out / "keypoints" / f"{name}.npy"
        if not points_file.is_file():
            picture = _random_render(load(path), np.random.default_rng((seed, i)), street_poses)
            Image.fromarray(picture.image).save(out / "images" / f"{name}.jpg", quality=92)
            Image.fromarray(picture.parsing).save(out / "parsing" / f"{name}.png")
            np.save(points_file, picture.keypoints)
        keypoints.append(np.load(points_file))
        rows.append(f"{name},{path.stem},{'val' if is_validation(path.stem) else 'train'}")
        if i % 20 == 19 or i == number - 1:
            (out / "meta.csv").write_text("\n".join(rows) + "\n")
            names = [row.split(",")[0] for row in rows[1:]]
            np.savez_compressed(out / "keypoints.npz", name=names, coco18=np.stack(keypoints))


def _random_render(avatar: Avatar, rng: np.random.Generator, street_poses: list[np.ndarray]) -> Render:
    stance = None
    if street_poses and rng.random() < 0.5:
        stance = retarget(street_poses[rng.integers(len(street_poses))])
    pose = clear_torso(avatar, *stance) if stance else natural_pose(avatar, str(rng.choice(list(STANCES))), rng)
    camera, light = random_view(rng)
    backdrop = random_backdrop(rng)
    size = (512, int(rng.choice((320, 352, 384))))
    return render(avatar, pose, camera, light, backdrop, atlas_labels(avatar.name), size, rays=12)


def main() -> None:
    """Command line of :func:`render_set`."""
    parser = argparse.ArgumentParser(description="Write labeled renders of avatars for training.")
    parser.add_argument("--avatars", type=Path, required=True, help="folder of .glb files of the VALID library")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--number", type=int, default=500, help="pictures to make")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--poses", type=Path, help="folder of clothing-co-parsing with keypoints_blazepose_heavy.npz")
    args = parser.parse_args()
    render_set(args.avatars, args.out, args.number, args.seed, street_poses(args.poses) if args.poses else [])


if __name__ == "__main__":
    main()
