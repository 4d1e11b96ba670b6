"""The adapters on tiny trees in the documented layouts, and what they say about trees with a part missing."""

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.datasets.ccp import ClothingCoParsing
from tryon.datasets.renders import Renders

SIZE = (60, 40)
SKIRT, SKIN = 42, 41  # labels of Clothing Co-Parsing


def write_photo(path, level):
    Image.fromarray(np.full((*SIZE, 3), level, np.uint8)).save(path, quality=95)


def keypoints(count):
    points = np.zeros((count, 18, 3), np.float32)
    points[:, 0] = [(i, 2 * i, 0.5) for i in range(count)]
    return points


@pytest.fixture
def ccp_tree(tmp_path):
    root = tmp_path / "ccp"
    (root / "photos").mkdir(parents=True)
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    names = ["0001", "0002", "0003", "0004"]
    for i, name in enumerate(names):
        write_photo(root / "photos" / f"{name}.jpg", 50 * i)
        if name != "0003":
            raw = np.zeros(SIZE, np.uint8)
            raw[10:20, 5:15] = SKIRT
            raw[5:10, 5:15] = SKIN
            savemat(root / "annotations" / "pixel-level" / f"{name}.mat", {"groundtruth": raw})
    (root / "split.csv").write_text("photo,labelled,split\n0001,1,train\n0002,1,val\n0003,0,train\n0004,1,train\n")
    np.savez(root / "keypoints_some.npz", photo=np.array(names), coco18=keypoints(4))
    return root


@pytest.fixture
def renders_tree(tmp_path):
    root = tmp_path / "renders"
    for folder in ("images", "parsing"):
        (root / folder).mkdir(parents=True)
    for i, name in enumerate(("a_0", "b_0")):
        write_photo(root / "images" / f"{name}.jpg", 50 * i)
        cv2.imwrite(str(root / "parsing" / f"{name}.png"), np.full(SIZE, 4 + i, np.uint8))
    np.savez(root / "keypoints.npz", name=np.array(["a_0", "b_0"]), coco18=keypoints(2))
    (root / "meta.csv").write_text("name,avatar,split\na_0,a,train\nb_0,b,val\n")
    return root


@pytest.mark.parametrize(
    ("split", "labeled", "names"),
    [
        ("train", True, ["0001", "0004"]),
        ("val", True, ["0002"]),
        ("all", True, ["0001", "0002", "0004"]),
        ("train", False, ["0001", "0003", "0004"]),
    ],
)
def test_ccp_splits(ccp_tree, split, labeled, names):
    data = ClothingCoParsing(ccp_tree, split, labeled=labeled)
    assert len(data) == len(names)
    assert [sample.name for sample in data] == names


def test_a_ccp_sample(ccp_tree):
    data = ClothingCoParsing(str(ccp_tree), "all", labeled=False)
    sample = data[1]
    assert sample.image.shape == (60, 40, 3)
    assert np.abs(sample.image.astype(int) - 50).max() <= 2
    assert sample.keypoints[0].tolist() == [1, 2, 0.5]
    assert sample.parsing.dtype == np.uint8
    assert np.bincount(sample.parsing.ravel())[[Label.SKIRT, Label.SKIN]].tolist() == [100, 50]
    assert (sample.parsing[10:20, 5:15] == Label.SKIRT).all()
    assert data[2].parsing is None
    sample.keypoints[:] = 7  # a copy
    assert data[1].keypoints[0].tolist() == [1, 2, 0.5]


@pytest.mark.parametrize("part", ["photos", "annotations/pixel-level", "split.csv", "keypoints_some.npz"])
def test_a_missing_part_of_ccp(ccp_tree, part):
    path = ccp_tree / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DataError, match="keypoints" if part.endswith("npz") else f"{part} is missing"):
        ClothingCoParsing(ccp_tree)


def test_wrong_content_of_ccp(ccp_tree):
    labels = ccp_tree / "annotations" / "pixel-level" / "0001.mat"
    for content, words in (
        ({"other": np.zeros(SIZE)}, "holds no label map 'groundtruth'"),
        ({"groundtruth": np.zeros((4, 4), np.uint8)}, r"size \(4, 4\), its photo \(60, 40\)"),
        ({"groundtruth": np.full(SIZE, 59, np.uint8)}, "label 59 lies outside the 59 labels"),
    ):
        savemat(labels, content)
        with pytest.raises(DataError, match=words):
            ClothingCoParsing(ccp_tree)[0]
    for data in (b"", b"no matlab file", b"\x89HDF" * 300):
        labels.write_bytes(data)
        with pytest.raises(DataError, match="is the download complete"):
            ClothingCoParsing(ccp_tree)[0]
    labels.unlink()
    with pytest.raises(DataError, match="is the download complete"):
        ClothingCoParsing(ccp_tree)[0]


def test_wrong_key_points(ccp_tree):
    path = ccp_tree / "keypoints_some.npz"
    np.savez(path, photo=np.array(["0001"]), coco18=keypoints(1))
    with pytest.raises(DataError, match="no key points of 1 pictures, 0004 first"):
        ClothingCoParsing(ccp_tree)
    np.savez(path, photo=np.array(["0001"]), coco18=np.zeros((1, 17, 3)))
    with pytest.raises(DataError, match=r"shape \(1, 17, 3\), expected \(1, 18, 3\)"):
        ClothingCoParsing(ccp_tree)
    np.savez(path, photo=np.array(["0001"]))
    with pytest.raises(DataError, match="expected the arrays photo and coco18"):
        ClothingCoParsing(ccp_tree)
    path.write_bytes(b"PK\x03\x04 damaged")
    with pytest.raises(DataError, match="cannot be read"):
        ClothingCoParsing(ccp_tree)
    path.write_bytes(b"no arrays at all")
    with pytest.raises(DataError) as raised:
        ClothingCoParsing(ccp_tree)
    reason = "it is no file of NumPy, or holds other things than numbers and text"
    assert str(raised.value) == f"{path} cannot be read ({reason}); expected the arrays photo and coco18"


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("column", [0, 2])
def test_numbers_of_key_points_that_are_not_finite(ccp_tree, renders_tree, value, column):
    """Told when the photo is read; the place of a missing point means nothing."""
    points = keypoints(4)
    points[:, 3] = np.nan, np.nan, 0
    np.savez(ccp_tree / "keypoints_some.npz", photo=np.array(["0001", "0002", "0003", "0004"]), coco18=points)
    samples = ClothingCoParsing(ccp_tree)
    assert samples[0].keypoints[3].tolist() == [0, 0, 0]
    points[0, 4, column] = value
    points[:, 4, 2] = np.where(points[:, 4, 2] == 0, 1, points[:, 4, 2])
    np.savez(ccp_tree / "keypoints_some.npz", photo=np.array(["0001", "0002", "0003", "0004"]), coco18=points)
    with pytest.raises(DataError, match=r"keypoints_some.npz, 0001 holds a value at the right wrist that is no finite"):
        ClothingCoParsing(ccp_tree)[0]
    np.savez(renders_tree / "keypoints.npz", name=np.array(["a_0", "b_0"]), coco18=points[:2])
    with pytest.raises(DataError, match=r"keypoints.npz, a_0 holds a value at the right wrist that is no finite"):
        Renders(renders_tree)[0]


@pytest.mark.parametrize("row", ["0002,1", "0002,1,val,1"])
def test_a_row_of_wrong_length(ccp_tree, row):
    (ccp_tree / "split.csv").write_text(f"photo,labelled,split\n0001,1,train\n{row}\n")
    with pytest.raises(DataError, match=r"split.csv, line 3 has not the 3 columns of its header"):
        ClothingCoParsing(ccp_tree)


def test_wrong_split(ccp_tree):
    (ccp_tree / "split.csv").write_text("photo,split\n0001,train\n")
    with pytest.raises(DataError, match="lacks the columns labelled"):
        ClothingCoParsing(ccp_tree)


def test_renders(renders_tree):
    assert [sample.name for sample in Renders(renders_tree, "all")] == ["a_0", "b_0"]
    (sample,) = Renders(renders_tree, "val")
    assert sample.name == "b_0"
    assert np.abs(sample.image.astype(int) - 50).max() <= 2
    assert (sample.parsing == Label.OUTER).all()
    assert sample.keypoints[0].tolist() == [1, 2, 0.5]


@pytest.mark.parametrize("part", ["images", "parsing", "keypoints.npz", "meta.csv"])
def test_a_missing_part_of_renders(renders_tree, part):
    path = renders_tree / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DataError, match=f"{part} is missing; expected images, parsing, keypoints.npz and meta.csv"):
        Renders(renders_tree)


def test_wrong_content_of_renders(renders_tree):
    path = renders_tree / "parsing" / "a_0.png"
    for labels in (np.zeros((4, 4), np.uint8), np.full(SIZE, 14, np.uint8), np.zeros((*SIZE, 3), np.uint8)):
        cv2.imwrite(str(path), labels)
        with pytest.raises(DataError, match=r"a_0\.png is no label map of the 14 labels"):
            Renders(renders_tree)[0]
    path.unlink()
    with pytest.raises(DataError, match=r"the label map .*a_0\.png is missing; write or render it again"):
        Renders(renders_tree)[0]
    (renders_tree / "meta.csv").write_text("name,avatar\na_0,a\n")
    with pytest.raises(DataError, match="lacks the columns split"):
        Renders(renders_tree)


def test_the_real_photos(ccp):
    train, val = ClothingCoParsing(ccp, "train"), ClothingCoParsing(ccp, "val")
    assert not set(train.names) & set(val.names)
    assert len(train) + len(val) == len(ClothingCoParsing(ccp, "all")) == 900
    assert len(ClothingCoParsing(ccp, "all", labeled=False)) == 1020
    for sample in (train[0], val[0]):
        assert sample.parsing.shape == sample.image.shape[:2]
        assert (sample.parsing > 0).mean() > 0.05
        seen = sample.keypoints[sample.keypoints[:, 2] > 0.8, :2].round().astype(int)
        seen = seen[(seen >= 0).all(1) & (seen < sample.image.shape[1::-1]).all(1)]
        assert (sample.parsing[seen[:, 1], seen[:, 0]] > 0).mean() > 0.8
