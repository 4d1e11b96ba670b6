"""VITON and VITON-HD on trees in their layouts, in both spellings of the folders."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.datasets.viton import Viton

SIZE = (64, 48)
# Labels of LIP and CIHP: 2 hair, 5 upper clothes, 7 coat, 9 pants; 10 is jumpsuits in LIP and torso skin in CIHP.
ROWS = {2: slice(0, 10), 10: slice(10, 16), 5: slice(16, 40), 9: slice(40, 64)}


def write_photo(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*SIZE, 3), level, np.uint8)).save(path, quality=95)


def write_labels(path, extra=None, palette=True):
    """Rows of labels on the columns 10 to 30; ``extra`` replaces the upper clothes."""
    labels = np.zeros(SIZE, np.uint8)
    for label, rows in ROWS.items():
        labels[rows, 10:30] = extra if extra and label == 5 else label
    picture = Image.fromarray(labels)
    if palette:  # The palette must not matter: only the indices count.
        picture = picture.convert("P")
        picture.putdata(labels.ravel().tolist())
        picture.putpalette([(37 * i) % 256 for i in range(768)])
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)


def write_keypoints(path, count, key="pose_keypoints_2d"):
    """Point i at (i, 2 i) with confidence .5; point 4 is missing."""
    values = np.array([(i, 2 * i, 0.5) for i in range(count)])
    values[4] = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 1.3, "people": [{key: values.ravel().tolist()}]}))


def write_mask(path):
    mask = np.zeros(SIZE, np.uint8)
    mask[20:40, 10:40] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask).save(path, quality=95)


@pytest.fixture
def viton(tmp_path):
    """CP-VTON's: people *_0.jpg, garments *_1.jpg; in the test, everybody gets the garment of the other."""
    for split, numbers in (("train", ("000003", "000005")), ("test", ("000010", "000028"))):
        for i, number in enumerate(numbers):
            write_photo(tmp_path / split / "image" / f"{number}_0.jpg", 100 + i)
            write_photo(tmp_path / split / "cloth" / f"{number}_1.jpg", 200 + i)
            write_mask(tmp_path / split / "cloth-mask" / f"{number}_1.jpg")
            write_labels(tmp_path / split / "image-parse" / f"{number}_0.png", extra=7 if i else None, palette=False)
            write_keypoints(tmp_path / split / "pose" / f"{number}_0_keypoints.json", 18, "pose_keypoints")
    (tmp_path / "train_pairs.txt").write_text("000003_0.jpg 000003_1.jpg\n000005_0.jpg 000005_1.jpg\n")
    (tmp_path / "test_pairs.txt").write_text("000010_0.jpg 000028_1.jpg\n000028_0.jpg 000010_1.jpg\n")
    return tmp_path


def write_hd(root, points, parse):
    for i, name in enumerate(("00000_00", "00001_00")):
        write_photo(root / "test" / "image" / f"{name}.jpg", 100 + i)
        write_photo(root / "test" / "cloth" / f"{name}.jpg", 200 + i)
        write_mask(root / "test" / "cloth-mask" / f"{name}.jpg")
        write_labels(root / "test" / parse / f"{name}.png")
        write_keypoints(root / "test" / points / f"{name}_keypoints.json", 25)
    (root / "test_pairs.txt").write_text("00000_00.jpg 00001_00.jpg\n00001_00.jpg 00000_00.jpg\n")


def test_viton(viton):
    people = Viton(viton, "train")
    assert [sample.name for sample in people] == ["000003_0", "000005_0"]
    sample = people[0]
    assert sample.image.shape == (64, 48, 3)
    assert np.abs(sample.image.astype(int) - 100).max() <= 2
    assert sample.identity == ""
    assert sample.keypoints[3].tolist() == [3, 6, 0.5]
    assert sample.keypoints[4].tolist() == [0, 0, 0]
    assert sample.keypoints[17].tolist() == [17, 34, 0.5]
    assert sample.parsing[5, 20] == Label.HAIR
    assert sample.parsing[12, 20] == Label.DRESS  # LIP's jumpsuits
    assert sample.parsing[20, 20] == Label.UPPER
    assert sample.parsing[50, 20] == Label.PANTS
    assert sample.parsing[50, 40] == Label.BACKGROUND


def test_try_ons_of_viton(viton):
    train = Viton(viton, "train").try_ons()
    assert [sample.name for sample in train] == ["000003_0--000003_1", "000005_0--000005_1"]
    sample = train[1]
    assert sample.person is sample.target
    assert np.abs(sample.garment.image.astype(int) - 201).max() <= 2
    assert not sample.garment.keypoints.any()
    assert sample.garment.parsing[30, 20] == Label.OUTER  # as the wearer's label map says
    assert sample.garment.parsing[50, 20] == Label.BACKGROUND
    assert (sample.garment.parsing > 0).sum() == 20 * 30
    assert train[0].garment.parsing[30, 20] == Label.UPPER
    test = Viton(viton, "test")
    assert [sample.name for sample in test.try_ons()] == ["000010_0--000010_1", "000028_0--000028_1"]
    assert [sample.name for sample in test.try_ons(paired=False)] == ["000010_0--000028_1", "000028_0--000010_1"]


def test_the_neck_of_cp_vton_plus(viton):
    for number in ("000003", "000005"):
        write_labels(viton / "train" / "image-parse-new" / f"{number}_0.png", extra=20)
    assert Viton(viton, "train")[0].parsing[20, 20] == Label.SKIN


@pytest.mark.parametrize("points", ["openpose-json", "openpose_json"])
@pytest.mark.parametrize("parse", ["image-parse", "image-parse-v3", "image_parse_v3"])
def test_viton_hd(tmp_path, points, parse):
    write_hd(tmp_path, points, parse)
    people = Viton(tmp_path, "test")
    sample = people[0]
    assert sample.name == "00000_00"
    assert sample.parsing[12, 20] == Label.SKIN  # CIHP's torso skin
    # Of BODY_25, point 8 is the middle of the hips and left out: our 8, the right hip, is its 9.
    assert sample.keypoints[7].tolist() == [7, 14, 0.5]
    assert sample.keypoints[8].tolist() == [9, 18, 0.5]
    assert [sample.name for sample in people.try_ons()] == ["00000_00--00000_00", "00001_00--00001_00"]
    assert [sample.name for sample in people.try_ons(paired=False)] == ["00000_00--00001_00", "00001_00--00000_00"]


def test_nobody_found_by_openpose(tmp_path):
    write_hd(tmp_path, "openpose_json", "image-parse-v3")
    file = tmp_path / "test" / "openpose_json" / "00000_00_keypoints.json"
    file.write_text('{"version": 1.3, "people": []}')
    assert not Viton(tmp_path, "test")[0].keypoints.any()
    file.write_text('{"version": 1.3')
    with pytest.raises(DataError, match=r"00000_00_keypoints.json cannot be read as JSON .*; expected JSON with"):
        Viton(tmp_path, "test")[0]
    file.write_text(json.dumps({"people": [{"pose_keypoints_2d": [1.0] * 30}]}))
    with pytest.raises(DataError, match=r"30 values; expected 75 \(BODY_25\) or 54 \(COCO\)"):
        Viton(tmp_path, "test")[0]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("train", "holds test, test_pairs.txt, train_pairs.txt; expected the folder train"),
        ("train_pairs.txt", "holds test, test_pairs.txt, train; expected train_pairs.txt beside the folders"),
        ("train/cloth-mask", "holds cloth, image, image-parse, pose; expected the folders image, cloth, cloth-mask"),
        ("train/pose", "holds cloth, cloth-mask, image, image-parse; expected .* openpose-json"),
    ],
)
def test_a_missing_part(viton, part, words):
    path = viton / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(DataError, match=words):
        Viton(viton, "train")


def test_a_missing_root(tmp_path):
    with pytest.raises(DataError, match="nowhere is no folder; expected the folder train"):
        Viton(tmp_path / "nowhere")


def test_a_wrong_line_of_pairs(viton):
    (viton / "train_pairs.txt").write_text("000003_0.jpg 000003_1.jpg\n\n000005_0.jpg\n")
    with pytest.raises(DataError, match=r"train_pairs.txt, line 3 holds 1 names; expected two: person and garment"):
        Viton(viton, "train")


def test_wrong_label_maps(viton):
    path = viton / "train" / "image-parse" / "000003_0.png"
    for labels, words in (
        (np.zeros((*SIZE, 3), np.uint8), r"000003_0.png holds colors \(RGB\); expected a label map of one index"),
        (np.zeros((4, 4), np.uint8), r"has the size \(4, 4\), its photo \(64, 48\)"),
        (np.full(SIZE, 20, np.uint8), "label 20 lies outside the 20 labels"),
    ):
        Image.fromarray(labels).save(path)
        with pytest.raises(DataError, match=words):
            Viton(viton, "train")[0]
    path.write_bytes(b"\x89PNG cut off")
    with pytest.raises(DataError, match=r"cannot be read as a label map .*; is the download complete"):
        Viton(viton, "train")[0]


def test_a_wrong_mask(viton):
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(viton / "train" / "cloth-mask" / "000003_1.jpg")
    with pytest.raises(DataError, match=r"000003_1.jpg has the size \(40, 40\), its photo \(64, 48\)"):
        Viton(viton, "train").try_ons()[0]


def test_key_points_of_another_size(viton):
    file = viton / "train" / "pose" / "000003_0_keypoints.json"
    values = [0.0] * 54
    values[6:9] = [500, 30, 0.9]
    file.write_text(json.dumps({"people": [{"pose_keypoints": values}]}))
    with pytest.raises(DataError, match=r"right shoulder at \(500, 30\), outside the picture of 48 x 64 pixels"):
        Viton(viton, "train")[0]
