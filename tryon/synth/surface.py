"""Exact appearance flow: where the point of the surface that one render shows lies in another."""

import numpy as np

from tryon.core.errors import DataError
from tryon.synth.raycast import surface_points, texture_level, trace
from tryon.synth.render import Render

_TOLERANCE = 2e-3  # meters by which a ray may hit something before the point and still be said to hit the point
_AROUND = 0.04  # meters by which the depth of the pixels around a point may differ from its own


def exact_flow(source: Render, target: Render, where: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The flow that fetches the pixels of ``target`` from ``source``.

    Triangle i of both avatars has to be the same piece of the surface: the same avatar, or, for the triangles of the
    clothes, an avatar and another one that was dressed from it (:func:`tryon.synth.dressing.dress`).

    Args:
        source: the picture that pixels are fetched from.
        target: the picture in whose frame the flow is.
        where: ``(H, W)`` ``bool`` pixels of ``target`` whose surface both have; all, if left out.

    Returns:
        ``(H, W, 2)`` ``float32``: target pixel + flow = source pixel of the same point of the surface, which can lie
        outside the source; NaN where no surface is seen. And ``(H, W)`` ``bool``: the point is seen in ``source``.

    Raises:
        DataError: ``source`` lacks triangles that ``target`` shows.
    """
    shown = target.triangle >= 0 if where is None else (target.triangle >= 0) & where
    rows, columns = np.nonzero(shown)
    face = target.triangle[rows, columns]
    if face.size and face.max() >= len(source.scene.avatar.faces):
        raise DataError(
            f"the surface of {target.scene.avatar.name} has triangles that {source.scene.avatar.name} lacks; "
            "a flow needs two renders of the same surface"
        )
    rest = target.barycentric[rows, columns]
    points = surface_points(source.scene, face, np.c_[1 - rest.sum(1), rest])
    size = source.parsing.shape
    place = source.camera.project(points, size)
    flow = np.full((*target.parsing.shape, 2), np.nan, np.float32)
    flow[rows, columns] = place - np.stack((columns, rows), 1)
    inside = ((place >= 0) & (place <= np.array(size[::-1]) - 1)).all(1)
    visible = np.zeros(target.parsing.shape, bool)
    visible[rows[inside], columns[inside]] = _is_seen(source, points[inside], place[inside])
    return flow, visible


def _is_seen(render: Render, points: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """``(N,)`` ``bool``: the picture shows the points ``(N, 3)`` of the surface, which lie at ``pixels`` ``(N, 2)``.

    Nothing may lie between the camera and a point, and the four pixels around it have to show its surroundings:
    bilinear sampling across an edge would fetch something else.
    """
    position, _ = render.camera.axes()
    away = points - position
    distance = np.linalg.norm(away, axis=1)
    directions = (away / distance[:, None]).astype(np.float32)
    origins = np.repeat(position[None].astype(np.float32), len(points), 0)
    level = texture_level(render.scene.avatar, render.camera.span / render.parsing.shape[0])
    hits = trace(render.scene, origins, directions, level)
    first = np.full(len(points), np.inf)
    solid = np.flatnonzero(hits.solid)
    places = surface_points(render.scene, hits.face[solid], hits.barycentric[solid])
    first[hits.ray[solid]] = np.linalg.norm(places - position, axis=1)
    seen = np.abs(first - distance) < _TOLERANCE
    low = np.floor(pixels).astype(int)
    last = np.array(render.depth.shape[::-1]) - 1
    for step in ((0, 0), (1, 0), (0, 1), (1, 1)):
        x, y = np.minimum(low + step, last).T
        seen &= np.abs(render.depth[y, x] - distance) < _AROUND
    return seen
