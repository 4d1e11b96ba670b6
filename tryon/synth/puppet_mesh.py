"""A mesh of sheets over a picture that is moved as rigidly as possible.

The energy and its minimization by turns are those of Sorkine and Alexa (As-rigid-as-possible surface modeling, SGP
2007), in the plane, where a rotation is a complex number. A sheet (an arm, a leg, the rest of the body) is a grid of
its own, so that it can slide over the others, and shares vertices with the body where it is attached, so that
nothing tears. The map is linear in each triangle: it and its inverse are exact.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

_ROUNDS = 5
_BUCKETS = (8, 16, 32, 64, 128)  # sides of the boxes in which triangles are drawn, in pixels


@dataclass(frozen=True, eq=False, slots=True)
class SheetMesh:
    """Square cells over the masks of several sheets."""

    cell: int
    """Side of a cell in pixels."""
    rest: np.ndarray
    """``(V,)`` complex: x + iy of the vertices."""
    corners: np.ndarray
    """``(C, 4)``: vertices of each cell: top left, top right, bottom left, bottom right."""
    sheet: np.ndarray
    """``(C,)``: the sheet of each cell."""
    vertex_sheet: np.ndarray
    """``(V,)``: the sheet of each vertex; a shared vertex is the body's, 0."""
    lookup: np.ndarray
    """``(S, rows, columns)``: number of the cell there, -1 for none."""


def build_mesh(masks: np.ndarray, attached: np.ndarray, cell: int) -> SheetMesh:
    """Cover masks with cells.

    Args:
        masks: ``(S, H, W)`` ``bool``, the body first.
        attached: ``(S, H, W)`` ``bool``: vertices of a sheet that lie there are the body's, where the body has them.
        cell: side of a cell in pixels.
    """
    count, height, width = masks.shape
    rows, columns = -(-height // cell), -(-width // cell)
    padded = np.zeros((count, rows * cell, columns * cell), bool)
    padded[:, :height, :width] = masks
    used = np.asarray(padded.reshape(count, rows, cell, columns, cell).any((2, 4)))
    sheet, row, column = np.nonzero(used)
    lookup = np.full(used.shape, -1)
    lookup[used] = np.arange(len(sheet))

    steps = ((0, 0), (0, 1), (1, 0), (1, 1))
    y = np.stack([row + dy for dy, _ in steps], 1)
    x = np.stack([column + dx for _, dx in steps], 1)
    body = np.zeros((rows + 1, columns + 1), bool)
    for dy, dx in steps:
        body[dy : rows + dy, dx : columns + dx] |= used[0]
    held = attached[sheet[:, None], np.minimum(y * cell, height - 1), np.minimum(x * cell, width - 1)]
    owner = np.where(held & body[y, x], 0, sheet[:, None])
    keys, corners = np.unique((owner * (rows + 1) + y) * (columns + 1) + x, return_inverse=True)
    rest = (keys % (columns + 1) + 1j * (keys // (columns + 1) % (rows + 1))) * cell
    vertex_sheet = keys // ((columns + 1) * (rows + 1))
    return SheetMesh(cell, rest, corners.reshape(-1, 4), sheet, vertex_sheet, lookup)


def move_rigidly(mesh: SheetMesh, goals: np.ndarray, weights: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Where the vertices go when some are drawn to goals and everything between stays as rigid as possible.

    Args:
        goals: ``(V,)`` complex: where each vertex is drawn to.
        weights: ``(V,)`` positive: how strongly, against 1 for an edge of the mesh.
        turns: ``(V,)`` complex of length 1: the rotation of each vertex to start from.

    Returns:
        ``(V,)`` complex.
    """
    a, b, c, d = mesh.corners.T
    pairs = np.concatenate([np.stack(edge, 1) for edge in ((a, b), (c, d), (a, c), (b, d), (a, d), (b, c))])
    pairs = np.unique(np.sort(pairs, 1), axis=0)
    i, j = pairs.T
    count = len(mesh.rest)
    edges = mesh.rest[i] - mesh.rest[j]
    strength = np.where(np.abs(edges) > 1.2 * mesh.cell, 0.5, 1.0)
    incidence = sparse.csr_matrix(
        (np.concatenate((np.ones(len(i)), -np.ones(len(i)))), (np.tile(np.arange(len(i)), 2), np.concatenate((i, j)))),
        shape=(len(i), count),
    )
    laplacian = incidence.T @ sparse.diags(strength) @ incidence + sparse.diags(weights)
    solve = splu(laplacian.tocsc()).solve
    moved = goals
    for number in range(_ROUNDS):
        if number:
            covariance = strength * (moved[i] - moved[j]) * edges.conj()
            total = _sum(i, covariance, count) + _sum(j, covariance, count)
            turns = total / np.maximum(np.abs(total), 1e-12)
        wanted = strength * 0.5 * (turns[i] + turns[j]) * edges
        right = weights * goals + _sum(i, wanted, count) - _sum(j, wanted, count)
        moved = solve(np.stack((right.real, right.imag), 1)) @ np.array((1, 1j))
    return moved


def forward(mesh: SheetMesh, moved: np.ndarray, sheets: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Where points of the sheets go.

    Args:
        moved: ``(V,)`` complex, from :func:`move_rigidly`.
        sheets: ``(N,)``: the sheet of each point.
        points: ``(N,)`` complex. A point outside its sheet moves with the sheet's nearest cell.

    Returns:
        ``(N,)`` complex.
    """
    column = np.floor(points.real / mesh.cell).astype(int)
    row = np.floor(points.imag / mesh.cell).astype(int)
    _, rows, columns = mesh.lookup.shape
    inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    cells = np.where(inside, mesh.lookup[sheets, row.clip(0, rows - 1), column.clip(0, columns - 1)], -1)
    for n in np.flatnonzero(cells < 0):
        own = np.flatnonzero(mesh.sheet == sheets[n])
        center = mesh.rest[mesh.corners[own]].mean(1)
        cells[n] = own[np.abs(center - points[n]).argmin()]
    corners = mesh.corners[cells]
    offset = (points - mesh.rest[corners[:, 0]]) / mesh.cell
    u, v = offset.real, offset.imag
    a, b, c, d = moved[corners].T
    return np.where(u + v <= 1, a + u * (b - a) + v * (c - a), d + (1 - u) * (c - d) + (1 - v) * (b - d))


def inverse(mesh: SheetMesh, moved: np.ndarray, sheet: int, rank: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """From which point of a sheet each pixel of the moved picture comes.

    Args:
        moved: ``(V,)`` complex, from :func:`move_rigidly`.
        sheet: number of the sheet.
        rank: ``(C,)``: where a sheet folds over itself, the cell of the highest rank lies in front.
        size: height and width of the moved picture.

    Returns:
        ``(H, W)`` ``complex64``, NaN where the sheet is not.
    """
    cells = np.flatnonzero(mesh.sheet == sheet)
    cells = cells[np.argsort(rank[cells], kind="stable")]
    a, b, c, d = mesh.corners[cells].T
    triangles = np.stack((np.stack((a, b, c), 1), np.stack((d, c, b), 1)), 1).reshape(-1, 3)
    pixels, values, order = [], [], []
    corners = moved[triangles]
    low = np.floor(corners.real.min(1)) + 1j * np.floor(corners.imag.min(1))
    span = np.maximum(np.ptp(corners.real, 1), np.ptp(corners.imag, 1)) + 2
    smaller = 0
    for side in _BUCKETS:
        chosen = np.flatnonzero((span > smaller) & (span <= side))
        smaller = side
        if len(chosen) == 0:
            continue
        y, x = np.mgrid[:side, :side]
        spots = low[chosen, None] + (x + 1j * y).ravel()
        u, v = _barycentric(corners[chosen], spots)
        hit = (u >= -1e-6) & (v >= -1e-6) & (u + v <= 1 + 1e-6)
        hit &= (spots.real >= 0) & (spots.imag >= 0) & (spots.real < size[1]) & (spots.imag < size[0])
        first, second, third = mesh.rest[triangles[chosen]].T
        value = first[:, None] + u * (second - first)[:, None] + v * (third - first)[:, None]
        pixels.append((spots.imag * size[1] + spots.real)[hit].astype(int))
        values.append(value[hit])
        order.append(np.broadcast_to(chosen[:, None], hit.shape)[hit])
    out = np.full(size, np.nan + 1j * np.nan, np.complex64)
    if pixels:
        last = np.argsort(np.concatenate(order), kind="stable")  # of equal pixels, the last assignment stays
        out.reshape(-1)[np.concatenate(pixels)[last]] = np.concatenate(values)[last]
    return out


def _sum(index: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(index, values.real, count) + 1j * np.bincount(index, values.imag, count)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a.real * b.imag - a.imag * b.real


def _barycentric(corners: np.ndarray, spots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of spots ``(T, N)`` in triangles ``(T, 3)``: the shares of the second and the third corner."""
    start = corners[:, :1]
    one, two, way = corners[:, 1:2] - start, corners[:, 2:] - start, spots - start
    area = _cross(one, two)
    area = np.where(np.abs(area) < 1e-9, np.nan, area)  # a triangle without area holds no pixel
    return _cross(way, two) / area, _cross(one, way) / area
