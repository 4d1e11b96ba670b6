"""Reading MakeHuman assets from a folder that the test writes, and fitting them."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError
from tryon.synth.body import NUM_BASE_VERTICES
from tryon.synth.makehuman import fit, licenses, load_asset


def write_asset(folder: Path, **changes: object) -> Path:
    """A quad and, apart from it in mesh and texture, a triangle, both tied to the base vertices 0, 1 and 2."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0.1, 0.1), (0.3, 0.1), (0.1, 0.3)]
    data = {
        "ref_vIdxs": [[0, 1, 2]] * 7,
        "weights": [[1, 0, 0]] * 4 + [[0.5, 0.25, 0.25]] * 3,
        "offsets": [[x, y, 0] for x, y in corners[:4]] + [[0, 0, k] for k in range(3)],
        "uvs": [[value for corner in corners for value in corner]],
        # Bits 1 + 2 + 8 and 2 + 8: a quad and a triangle, with material and texture coordinates.
        "faces": [11, 0, 1, 2, 3, 0, 0, 1, 2, 3, 10, 4, 5, 6, 0, 4, 5, 6],
        "metadata": {"deleteVerts": [i < 10 for i in range(NUM_BASE_VERTICES)]},
    }
    folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(folder / "mesh.json.gz", "wt") as stream:
        json.dump(data | changes, stream)
    Image.new("RGB", (8, 4), (10, 20, 30)).save(folder / "diffuse.png")
    return folder


def test_polygons_become_triangles_in_two_pieces(tmp_path: Path):
    asset = load_asset(write_asset(tmp_path / "quad"))
    assert asset.name == "quad"
    assert asset.faces.tolist() == [[0, 1, 2], [0, 2, 3], [4, 5, 6]]
    assert asset.part[0] == asset.part[1] != asset.part[2]
    assert asset.island[0] == asset.island[1] != asset.island[2]
    assert asset.uv[asset.face_uv[0]].tolist() == [[0, 1], [1, 1], [1, 0]]  # the file counts from the bottom
    assert asset.hides.sum() == 10
    assert asset.texture.shape == (4, 8, 4)
    assert asset.texture[0, 0].tolist() == [10, 20, 30, 255]


def test_vertices_follow_the_body_that_they_are_tied_to(tmp_path: Path):
    asset = load_asset(write_asset(tmp_path))
    body = np.zeros((NUM_BASE_VERTICES, 3))
    body[:3] = (1, 2, 3), (2, 2, 3), (1, 6, 3)
    fitted = fit(asset, body)
    assert fitted[2].tolist() == pytest.approx([1.1, 2.1, 3])  # offsets are in decimeters
    assert fitted[6].tolist() == pytest.approx([1.25, 3, 3.2])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata": {"deleteVerts": [True]}}, "not fitted to the base mesh"),
        ({"ref_vIdxs": [[0, 1, NUM_BASE_VERTICES]] * 7}, "names vertices that it does not have"),
        ({"faces": [2, 0, 1, 2, 0]}, "without texture coordinates"),
        ({"weights": None}, "cannot be read"),
    ],
)
def test_assets_that_do_not_fit_are_told(tmp_path: Path, changes: dict, message: str):
    with pytest.raises(DataError, match=message):
        load_asset(write_asset(tmp_path, **changes))


def test_a_damaged_or_missing_file_is_told(tmp_path: Path):
    with pytest.raises(DataError, match=r"lacks mesh\.json\.gz or diffuse\.png"):
        load_asset(tmp_path)
    path = write_asset(tmp_path) / "mesh.json.gz"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match="cannot be read"):
        load_asset(tmp_path)


def test_licenses_by_name(tmp_path: Path):
    with pytest.raises(DataError, match="is missing"):
        licenses(tmp_path)
    path = tmp_path / "LICENCES.csv"
    path.write_text("kind,name,verts,author,declared,effective\nclothes,Coat,3,somebody,CC BY 3.0,CC BY\n")
    assert licenses(tmp_path) == {"Coat": ("somebody", "CC BY")}
    path.write_text("name,author\nCoat,somebody\n")
    with pytest.raises(DataError, match="lacks the columns"):
        licenses(tmp_path)
