"""Pictures of avatars with exact key points and label maps, on a plain CPU.

Camera rays are cast with Embree (packages ``embreex``), which also gives the soft light: the light of the sky and of
an area lamp that reaches each visible vertex is gathered by rays and interpolated over the triangles, so that shading
is free of noise and its cost does not depend on the picture's size. Strands of hair are textured cards; rays go on
through their transparent texels.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tryon.core.errors import DataError
from tryon.core.labels import NUM_LABELS, Label
from tryon.synth.backdrop import Backdrop
from tryon.synth.raycast import (
    Fragments,
    Light,
    Scene,
    build_scene,
    floor_light,
    surface_points,
    texture_level,
    trace,
)
from tryon.synth.rig import Avatar, Pose, keypoints3d, pose_joints, skin
from tryon.synth.shading import shade, texture_colors, to_linear, to_srgb

ATLAS_LABELS = Path(__file__).parent / "atlas_labels"
OCCLUDED = np.float32(0.6)
"""Visibility of a key point that lies inside the frame behind something."""
_MESH_LABELS = {"h_wig": Label.HAIR, "h_L_eye": Label.SKIN, "h_R_eye": Label.SKIN}
_STEP = 0.02  # meters of depth between neighboring pixels that make an edge
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
        directions /= np.sqrt(np.einsum("nc,nc->n", directions, directions))[:, None]
        return np.repeat(position[None], len(x), 0).astype(np.float32), directions.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Render:
    """A labeled picture, and which point of the surface each of its pixels shows."""

    image: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB."""
    keypoints: np.ndarray
    """``(18, 3)`` ``float32`` x, y, visibility: 1 visible, 0.6 hidden behind something, 0 outside the picture."""
    parsing: np.ndarray
    """``(H, W)`` ``uint8`` label map."""
    triangle: np.ndarray
    """``(H, W)`` ``int32`` index of the avatar's triangle at the pixel's center, -1 where there is none. UV alone would
    not do: in these atlases, two places of the body can share one."""
    barycentric: np.ndarray
    """``(H, W, 2)`` ``float32`` weights of the triangle's second and third corner; the first has the rest."""
    depth: np.ndarray
    """``(H, W)`` ``float32`` meters from the camera along the pixel's ray, infinite where there is no surface."""
    scene: Scene
    camera: Camera
    lift: float
    """Meters by which the posed avatar was raised."""


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


def _background(camera: Camera, backdrop: Backdrop, shadow: np.ndarray | None, size: tuple[int, int]) -> np.ndarray:
    """Linear RGB ``(H, W, 3)`` of wall and floor, with the person's shadow on the floor."""
    height, width = size
    out = to_linear(cv2.resize(backdrop.wall, (width, height), interpolation=cv2.INTER_LINEAR)).astype(np.float32)
    rows = np.arange(height)
    _, middle = camera.rays(np.full(height, width // 2), rows, size)
    below = rows[middle[:, 1] < -1e-4]  # the camera does not roll: a row looks down as a whole, or not at all
    if not len(below):
        return out
    y, x = np.mgrid[below[0] : height, :width]
    origins, directions = camera.rays(x.ravel(), y.ravel(), size)
    ground = origins[:, [0, 2]] - directions[:, [0, 2]] * (origins[:, 1] / directions[:, 1])[:, None]
    depth = -(ground @ np.array((np.sin(camera.yaw), np.cos(camera.yaw)), np.float32))[:, None]  # behind the person
    wall = out[below[0] :].reshape(-1, 3)
    paper = np.clip((1.6 - depth) / 1.2, 0, 1) if backdrop.seam < 0.5 else 1.0
    floor = paper * to_linear(np.array(backdrop.floor, np.float32)) + (1 - paper) * wall
    if shadow is not None:
        place = ((ground + 2) / 4 * (len(shadow) - 1)).reshape(*y.shape, 2)
        left = cv2.remap(shadow, place[..., 0], place[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        edge = np.sqrt(np.clip(2 - np.abs(ground).max(1, keepdims=True), 0, 1))
        floor *= 1 + (np.clip(left, 0, 1).reshape(-1, 1) - 1) * edge
    out[below[0] :] = np.where(depth < 1.6, floor, wall).reshape(*y.shape, 3)
    return out


def _labels_of(avatar: Avatar, atlas: np.ndarray, face: np.ndarray, barycentric: np.ndarray) -> np.ndarray:
    """``(N,)`` ``uint8`` labels at points of the surface."""
    uv = np.einsum("nk,nkc->nc", barycentric, avatar.uv[avatar.faces[face]])
    side = np.array(atlas.shape[::-1])
    texel = np.clip((uv * side).astype(int), 0, side - 1)
    labels = atlas[texel[:, 1], texel[:, 0]]
    own = np.array([_MESH_LABELS.get(name, 255) for name in avatar.mesh_names], np.uint8)[avatar.face_mesh[face]]
    return np.where(own < 255, own, labels)


def _label_map(
    scene: Scene, fragments: Fragments, place: np.ndarray, atlas: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """``(P,)`` ``uint8``: the label that most rays of each pixel see.

    Args:
        scene: what is seen.
        fragments: of all rays.
        place: ``(N,)`` the pixel of each fragment.
        atlas: labels of the body texture.
        count: ``(P,)`` rays of each pixel.
    """
    solid = np.flatnonzero(fragments.solid)
    labels = _labels_of(scene.avatar, atlas, fragments.face[solid], fragments.barycentric[solid])
    out = np.zeros(len(count), np.uint8)
    place = place[solid]
    out[place] = labels
    several = count[place] > 1
    used, position = np.unique(place[several], return_inverse=True)
    votes = np.bincount(position * NUM_LABELS + labels[several], minlength=len(used) * NUM_LABELS)
    votes = votes.reshape(-1, NUM_LABELS)
    votes[:, 0] = count[used] - votes.sum(1)
    out[used] = votes.argmax(1)
    return out


def _edges(scene: Scene, fragments: Fragments, place: np.ndarray, depth: np.ndarray, atlas: np.ndarray) -> np.ndarray:
    """``(P,)`` ``bool``: pixels that need more than one ray: at borders of person, limbs and labels, and in hair."""
    labels = _label_map(scene, fragments, place, atlas, np.ones(depth.size, int)).reshape(depth.shape)
    near = np.where(np.isfinite(depth), depth, 100)
    box = np.ones((3, 3), np.uint8)
    edge = cv2.dilate(near, box) - cv2.erode(near, box) > _STEP
    edge |= cv2.dilate(labels, box) != cv2.erode(labels, box)
    edge.ravel()[place[~fragments.solid]] = True
    return edge.ravel()


def _refined(
    scene: Scene,
    camera: Camera,
    seen: tuple[Fragments, np.ndarray, np.ndarray],
    count: np.ndarray,
    samples: int,
    level: int,
    size: tuple[int, int],
) -> tuple[Fragments, np.ndarray, np.ndarray]:
    """Fragments, directions to the camera and pixels, with many rays instead of one where ``count`` says so."""
    fragments, view, place = seen
    keep = count[place] == 1
    pixel = np.flatnonzero(count > 1)
    corner = (np.arange(samples) + 0.5) / samples - 0.5
    step_y, step_x = (step.ravel() for step in np.meshgrid(corner, corner, indexing="ij"))
    x, y = (pixel % size[1])[:, None] + step_x, (pixel // size[1])[:, None] + step_y
    origins, directions = camera.rays(x.ravel(), y.ravel(), size)
    fine = trace(scene, origins, directions, level)
    both = Fragments(*(np.concatenate((a[keep], b)) for a, b in zip(fragments.parts(), fine.parts(), strict=True)))
    view = np.concatenate((view[keep], -directions[fine.ray]))
    return both, view, np.concatenate((place[keep], pixel[fine.ray // samples**2]))


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


def _box(points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """x and y of all pixels of the box around ``points`` ``(N, 2)`` inside a picture of ``size``."""
    low = np.clip(np.floor(points.min(0)), 0, (size[1] - 1, size[0] - 1)).astype(int)
    high = np.clip(np.ceil(points.max(0)) + 1, 1, size[::-1]).astype(int)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    return x.ravel(), y.ravel()


def render(
    avatar: Avatar,
    pose: Pose,
    camera: Camera,
    light: Light | None,
    backdrop: Backdrop,
    atlas: np.ndarray,
    size: tuple[int, int],
    samples: int = 2,
    rays: int = 24,
    seed: int = 0,
    lift: float | None = None,
) -> Render:
    """Render an avatar that stands at the origin.

    Args:
        avatar: the person.
        pose: rotations of the joints, see :mod:`tryon.synth.rig`.
        camera: where the picture is taken from.
        light: lamp and sky; ``None`` shows the plain colors of the textures.
        backdrop: wall and floor.
        atlas: ``(N, N)`` ``uint8`` labels of the body texture, see :func:`atlas_labels`.
        size: height and width in pixels.
        samples: rays a pixel along each side of the pixel.
        rays: light rays for each visible vertex; more give smoother shadows.
        seed: of the light rays.
        lift: meters by which the posed avatar is raised; left out, so far that its lowest point is on the ground.

    Returns:
        The picture with its key points, label map and surface map.

    Raises:
        DependencyError: embreex is not installed.
    """
    rotations, positions = pose_joints(avatar, pose)
    vertices = skin(avatar, rotations, positions)
    lift = -float(vertices[:, 1].min()) if lift is None else lift
    raised = np.array((0, lift, 0), np.float32)
    vertices, points = vertices + raised, keypoints3d(avatar, rotations, positions) + raised
    scene = build_scene(avatar, vertices)
    level = texture_level(avatar, camera.span / size[0])
    x, y = _box(camera.project(vertices, size), size)
    pixel = y * size[1] + x
    origins, directions = camera.rays(x, y, size)
    fragments = trace(scene, origins, directions, level)
    triangle, barycentric, depth = _surface(scene, fragments, pixel, camera, size)
    view, place = -directions[fragments.ray], pixel[fragments.ray]
    count = np.ones(size[0] * size[1], int)  # rays of each pixel
    if samples > 1:
        count[_edges(scene, fragments, place, depth, atlas)] = samples**2
        fragments, view, place = _refined(scene, camera, (fragments, view, place), count, samples, level, size)
    if light is None:
        colors = texture_colors(avatar, fragments, level)
    else:
        colors = shade(scene, fragments, view, light, level, rays, seed)
    share = fragments.weight / count[place]
    shadow = None if light is None else floor_light(scene.casters, light, rays, seed)
    picture = _background(camera, backdrop, shadow, size).reshape(-1, 3)
    covered = np.bincount(place, share, size[0] * size[1])[pixel, None]
    person = np.stack([np.bincount(place, share * c, size[0] * size[1])[pixel] for c in colors.T], 1)
    picture[pixel] = person + (1 - np.clip(covered, 0, 1)) * picture[pixel]
    # Dithered, because soft gradients would show bands in 8 bits.
    dither = np.random.default_rng(seed).random((size[0] * size[1], 1), np.float32)
    picture = to_srgb(picture) * 255 + dither
    pixels = camera.project(points, size)
    visibility = _visibility(scene, points, pixels, camera, size)
    return Render(
        image=np.clip(picture, 0, 255).astype(np.uint8).reshape(*size, 3),
        keypoints=np.c_[np.where(visibility[:, None] > 0, pixels, 0), visibility].astype(np.float32),
        parsing=_label_map(scene, fragments, place, atlas, count).reshape(size),
        triangle=triangle,
        barycentric=barycentric,
        depth=depth,
        scene=scene,
        camera=camera,
        lift=lift,
    )


def _surface(
    scene: Scene, fragments: Fragments, pixel: np.ndarray, camera: Camera, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The fields ``triangle``, ``barycentric`` and ``depth`` of :class:`Render`; ``pixel`` is that of each ray."""
    solid = np.flatnonzero(fragments.solid)
    place = pixel[fragments.ray[solid]]
    triangle = np.full(size[0] * size[1], -1, np.int32)
    barycentric = np.zeros((len(triangle), 2), np.float32)
    depth = np.full(len(triangle), np.inf, np.float32)
    triangle[place] = fragments.face[solid]
    barycentric[place] = fragments.barycentric[solid, 1:]
    points = surface_points(scene, fragments.face[solid], fragments.barycentric[solid])
    depth[place] = np.linalg.norm(points - camera.axes()[0], axis=1)
    return triangle.reshape(size), barycentric.reshape(*size, 2), depth.reshape(size)


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
