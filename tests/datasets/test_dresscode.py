"""Dress Code on trees in its layout."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.datasets.dresscode import DressCode

SIZE = (128, 96)  # a quarter of the frame of the key points
# ATR: 2 hair, 4 upper clothes, 5 skirt, 6 pants, 7 dress.


def write(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path, **({"quality": 95} if path.suffix == ".jpg" else {}))


def write_item(folder, number, level, lower):
    write(folder / "images" / f"{number}_0.jpg", np.full((*SIZE, 3), level, np.uint8))
    write(folder / "images" / f"{number}_1.jpg", np.full((*SIZE, 3), level + 100, np.uint8))
    labels = np.zeros(SIZE, np.uint8)
    labels[:20], labels[20:60], labels[60:] = 2, 4, lower
    write(folder / "label_maps" / f"{number}_4.png", labels)
    # Point i at (40 i, 20 i) of 384 x 512; from point 10 on it is missing, and so is point 0.
    points = [[4.0 * i, 20.0 * i, 0.9, i] if 0 < i < 10 else [-1, -1, 0, -1] for i in range(18)]
    (folder / "keypoints").mkdir(parents=True, exist_ok=True)
    (folder / "keypoints" / f"{number}_2.json").write_text(json.dumps({"keypoints": points}))


@pytest.fixture
def tree(tmp_path):
    for category, numbers in (("upper_body", ("000001", "000002")), ("lower_body", ("013563", "013564"))):
        folder = tmp_path / category
        for i, number in enumerate(numbers):
            write_item(folder, number, 50 + i, lower=(6, 5)[i])
        first, second = numbers
        (folder / "train_pairs.txt").write_text(f"{first}_0.jpg\t{first}_1.jpg\n{second}_0.jpg\t{second}_1.jpg\n")
        (folder / "test_pairs_paired.txt").write_text(f"{first}_0.jpg\t{first}_1.jpg\n")
        (folder / "test_pairs_unpaired.txt").write_text(f"{first}_0.jpg\t{second}_1.jpg\n")
    return tmp_path


def add_masks(tree):
    mask = np.zeros(SIZE, np.uint8)
    mask[10:20, 10:30] = 255
    for number in ("013563", "013564"):
        write(tree / "lower_body" / "cloth_mask" / f"{number}_1.png", mask)


def test_people(tree):
    people = DressCode(tree, "train")
    assert [sample.name for sample in people] == [
        "upper_body_000001_0", "upper_body_000002_0", "lower_body_013563_0", "lower_body_013564_0",
    ]  # fmt: skip
    sample = people[2]
    assert sample.image.shape == (128, 96, 3)
    assert np.abs(sample.image.astype(int) - 50).max() <= 2
    # (20, 100) of 384 x 512 is (20.5 / 4 - .5, 100.5 / 4 - .5) of 96 x 128.
    assert sample.keypoints[5].tolist() == [4.625, 24.625, 1]
    assert sample.keypoints[[0, 10, 17]].tolist() == [[0, 0, 0]] * 3
    assert [sample.parsing[y, 0] for y in (0, 30, 100)] == [Label.HAIR, Label.UPPER, Label.PANTS]
    assert people[3].parsing[100, 0] == Label.SKIRT


def test_try_ons(tree):
    train = DressCode(tree, "train").try_ons()
    sample = train[2]
    assert sample.name == "lower_body_013563_0--lower_body_013563_1"
    assert sample.person is sample.target
    assert np.abs(sample.garment.image.astype(int) - 150).max() <= 2
    assert sample.garment.parsing is None
    test = DressCode(tree, "test")
    assert [sample.name for sample in test.try_ons(paired=False)] == [
        "upper_body_000001_0--upper_body_000002_1", "lower_body_013563_0--lower_body_013564_1",
    ]  # fmt: skip


def test_masks_are_labeled_as_the_wearer_is(tree):
    add_masks(tree)
    train = DressCode(tree, "train").try_ons()
    assert (train[2].garment.parsing == Label.PANTS).sum() == 200
    assert (train[3].garment.parsing == Label.SKIRT).sum() == 200
    assert train[0].garment.parsing is None


def test_one_category_is_enough(tree):
    shutil.rmtree(tree / "upper_body")
    assert len(DressCode(tree, "train")) == 2


def test_other_layouts(tree, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(DataError, match="holds nothing; expected one or more of the folders upper_body, lower_body"):
        DressCode(empty)
    (tree / "upper_body" / "test_pairs_paired.txt").unlink()
    with pytest.raises(DataError, match=r"holds images, keypoints, label_maps, .*; expected test_pairs_paired.txt"):
        DressCode(tree, "test")
    shutil.rmtree(tree / "upper_body" / "label_maps")
    with pytest.raises(DataError, match="expected the folders images, keypoints, label_maps"):
        DressCode(tree)


def test_unpaired_training_is_unknown(tree):
    with pytest.raises(DataError, match=r"expected train_pairs_unpaired.txt"):
        DressCode(tree, "train").try_ons(paired=False)


def test_pair_files_that_do_not_fit(tree):
    (tree / "upper_body" / "test_pairs_unpaired.txt").write_text("000009_0.jpg 000002_1.jpg\n")
    with pytest.raises(DataError, match=r"test_pairs_unpaired.txt names 000009_0.jpg, which the paired file lacks"):
        DressCode(tree, "test").try_ons(paired=False)
    (tree / "upper_body" / "train_pairs.txt").write_text("000001_0.jpg 000001_1.jpg x\n")
    with pytest.raises(DataError, match=r"train_pairs.txt, line 1 holds 3 names"):
        DressCode(tree)


def test_wrong_key_points(tree):
    file = tree / "upper_body" / "keypoints" / "000001_2.json"
    for content, words in (
        ({"keypoints": [[1, 2, 3, 4]] * 17}, r"shape \(17, 4\); expected \(18, 4\)"),
        ({"points": []}, "expected the key points of Dress Code"),
        ({"keypoints": [[900, 20, 1, 0]] * 18}, r"nose at \(224.6.*, 4.6.*\), outside the picture of 96 x 128 pixels"),
    ):
        file.write_text(json.dumps(content))
        with pytest.raises(DataError, match=words):
            DressCode(tree)[0]
    file.unlink()
    with pytest.raises(DataError, match=r"000001_2.json cannot be read"):
        DressCode(tree)[0]
