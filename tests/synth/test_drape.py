"""Cutting cloth, keeping layers apart, and leaving out what is hidden, on sheets of a few triangles."""

import numpy as np
import pytest

from tryon.core.labels import Label
from tryon.synth.drape import Cloth, clip, covered, keep_faces, push_out, tuck_in


def sheet(height: float, side: float = 0.5, cells: int = 20, joint: int = 0) -> Cloth:
    """A level square of cloth at y = ``height``, facing up, that moves with one of two joints."""
    axis = np.linspace(-side, side, cells + 1)
    x, z = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    index = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (part.ravel() for part in (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]))
    faces = np.concatenate((np.stack((a, c, b), 1), np.stack((a, d, c), 1)))
    places = np.stack((x, np.full(len(x), height), z), 1)
    uv = np.stack((x, z), 1)[faces] + 0.5
    weights = np.eye(2, dtype=np.float32)[np.full(len(x), joint)]
    return Cloth("sheet", Label.UPPER, places, places, weights, faces, uv, np.zeros((2, 2, 4), np.uint8))


def area(cloth: Cloth) -> float:
    corners = cloth.vertices[cloth.faces]
    return float(
        np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    )


def test_a_cut_is_straight_and_keeps_texture_and_orientation():
    cloth = clip(sheet(0), 0.123 - sheet(0).vertices[:, 0])
    assert cloth.vertices[:, 0].max() == pytest.approx(0.123)
    assert area(cloth) == pytest.approx(0.623 * 1.0)
    assert np.allclose(cloth.uv[..., 0] - 0.5, cloth.vertices[cloth.faces][..., 0], atol=1e-6)
    corners = cloth.vertices[cloth.faces]
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1] >= 0).all()
    assert len(np.unique(np.round(cloth.vertices, 6), axis=0)) == len(cloth.vertices)  # neighbors share the new ones


def test_a_cut_that_misses_changes_nothing():
    cloth = clip(sheet(0), np.ones(len(sheet(0).vertices)))
    assert np.array_equal(cloth.faces, sheet(0).faces)


def test_unused_vertices_go_with_their_faces():
    cloth = keep_faces(sheet(0), np.arange(800) == 0)
    assert cloth.faces.tolist() == [[0, 2, 1]]
    assert len(cloth.weights) == len(cloth.canonical) == 3


def test_what_sinks_in_is_pushed_out_by_the_margin():
    under, up = sheet(0), np.tile((0.0, 1.0, 0.0), (441, 1))
    cloth = sheet(-0.01)
    pushed = push_out(cloth.vertices, cloth.faces, under.vertices, up, 0.004)
    assert pushed[:, 1].min() == pytest.approx(0.004, abs=1e-6)
    clear = sheet(0.02)
    assert np.array_equal(push_out(clear.vertices, clear.faces, under.vertices, up, 0.004), clear.vertices)


def test_skin_is_hidden_under_a_garment_but_not_at_its_rim():
    pytest.importorskip("embreex")
    skin, garment = sheet(0), sheet(0.02, side=0.25)
    hidden = covered(skin, [garment])
    reach = np.abs(skin.vertices[:, [0, 2]]).max(1)
    assert hidden[reach < 0.19].all()
    assert not hidden[reach > 0.22].any()


def test_a_garment_of_another_limb_hides_nothing():
    pytest.importorskip("embreex")
    assert not covered(sheet(0), [sheet(0.02, joint=1)]).any()


def test_what_sticks_out_is_pulled_in_and_what_lies_under_stays():
    pytest.importorskip("embreex")
    up = np.tile((0.0, 1.0, 0.0), (441, 1))
    garment = sheet(0.0, side=0.6)
    proud, under, far = sheet(0.01), sheet(-0.01), sheet(0.2)
    assert tuck_in(proud, proud.vertices, up, [(garment, garment.vertices)])[:, 1] == pytest.approx(-0.003, abs=1e-5)
    for cloth in (under, far):
        assert np.array_equal(tuck_in(cloth, cloth.vertices, up, [(garment, garment.vertices)]), cloth.vertices)
