"""DeepFashion In-shop on trees in its layouts, with a blob painted where the key point file says the nose is."""

import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError, InputImageError
from tryon.datasets.deepfashion import DeepFashion, flat_name, item_of

FRONT, SIDE = "fashionWOMENTees_Tanksid0000508545_1front.jpg", "fashionWOMENTees_Tanksid0000508545_2side.jpg"
FULL = "fashionMENDenimid0000008001_7additional.jpg"
PATHS = {
    FRONT: "WOMEN/Tees_Tanks/id_00005085/45_1_front.jpg",
    SIDE: "WOMEN/Tees_Tanks/id_00005085/45_2_side.jpg",
    FULL: "MEN/Denim/id_00000080/01_7_additional.jpg",
}
# The nose lies 40 from the top and 128 from the left; the neck 85 and 129; the right wrist is missing.
Y = "[40, 85, 90, 147, -1, 82, 141, 199, 205, -1, -1, 205, -1, -1, 34, 34, 39, 40]"
X = "[128, 129, 96, 89, -1, 164, 169, 151, 98, -1, -1, 138, -1, -1, 121, 136, 112, 145]"
NOBODY = "[-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1]"
HEADER = "name:keypoints_y:keypoints_x\n"


def paint(path, size, x, y):
    """A gray picture with a red blob of 9 x 9 pixels around x, y."""
    picture = np.full((*size, 3), 128, np.uint8)
    picture[y - 4 : y + 5, x - 4 : x + 5] = (255, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=95)


def red(sample, point):
    x, y = sample.keypoints[point, :2].round().astype(int)
    color = sample.image[y, x].astype(int)
    return color[0] > 200 and color[1] < 60


def annotate(root, *rows, name="fasion-annotation-test.csv"):
    root.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(HEADER + "".join(f"{row}\n" for row in rows))


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "In-shop"
    for path in PATHS.values():
        paint(root / "Img" / "img" / path, (256, 256), 128, 40)
    annotate(root, f"{FRONT}: {Y}: {X}", f"{SIDE}: {Y}: {X}", f"{FULL}: {NOBODY}: {NOBODY}")
    (root / "fasion-resize-pairs-test.csv").write_text(f"from,to\n{FRONT},{SIDE}\n{SIDE},{FRONT}\n")
    return root


def test_flat_names():
    for flat, path in PATHS.items():
        assert flat_name(f"Img/img/{path}") == flat
        assert flat_name(f"fashion/{flat}") == flat
    assert flat_name("images/WOMEN-Tees_Tanks-id_00005085-45_1_front.jpg") == FRONT
    assert flat_name("WOMEN/Tees_Tanks/id_00005085/notes.jpg") is None
    assert item_of(FRONT) == "id_00005085"
    assert item_of(FULL) == "id_00000080"
    assert item_of("front.jpg") == ""


def test_the_tree_of_the_data_set(tree):
    people = DeepFashion(tree, "test")
    assert len(people) == 3
    front, side, nobody = people
    assert front.name == "fashionWOMENTees_Tanksid0000508545_1front"
    assert (front.identity, side.identity, nobody.identity) == ("id_00005085", "id_00005085", "id_00000080")
    assert front.parsing is None
    assert front.keypoints[0].tolist() == [128, 40, 1]
    assert front.keypoints[2].tolist() == [96, 90, 1]  # The right shoulder is on the left of the picture.
    assert front.keypoints[[4, 9, 13]].tolist() == [[0, 0, 0]] * 3
    assert red(front, 0)
    assert not nobody.keypoints.any()


@pytest.mark.parametrize("header", ["from,to", ",from,to"])
def test_pairs_with_and_without_an_index(tree, header):
    rows = [f"{FRONT},{SIDE}", f"{SIDE},{FRONT}"]
    lines = rows if header == "from,to" else [f"{i},{row}" for i, row in enumerate(rows)]
    (tree / "fasion-resize-pairs-test.csv").write_text("\n".join([header, *lines]) + "\n")
    pairs = DeepFashion(tree, "test").pairs()
    assert len(pairs) == 2
    assert pairs[0].source.name.endswith("1front")
    assert pairs[0].target.name.endswith("2side")
    assert pairs[1].source.name.endswith("2side")
    assert pairs[0].source.identity == pairs[0].target.identity


@pytest.mark.parametrize(
    ("size", "nose"),
    [
        ((256, 176), (88, 40)),  # without the padding of 40
        ((512, 352), (176.5, 80.5)),  # and twice as large
        ((256, 256), (128, 40)),
    ],
)
def test_flat_pictures_of_every_size(tmp_path, size, nose):
    paint(tmp_path / "test" / FRONT, size, round(nose[0] - 0.1), round(nose[1] - 0.1))
    annotate(tmp_path, f"{FRONT}: {Y}: {X}")
    (sample,) = DeepFashion(tmp_path, "test")
    assert sample.keypoints[0, :2].tolist() == list(nose)
    assert red(sample, 0)


def test_key_points_of_the_cut_pictures(tmp_path):
    paint(tmp_path / "train" / FRONT, (256, 176), 88, 40)
    cut = X.replace("128", "88").replace("129", "89")
    annotate(tmp_path, f"{FRONT}: {Y}: {cut}", name="fasion-resize-annotation-train.csv")
    (sample,) = DeepFashion(tmp_path, "train")
    assert sample.keypoints[0].tolist() == [88, 40, 1]
    assert sample.keypoints[4].tolist() == [0, 0, 0]
    assert red(sample, 0)


def test_of_two_sizes_the_larger_is_read(tree):
    paint(tree / "Img" / "img_highres" / PATHS[FRONT], (512, 352), 176, 80)
    assert DeepFashion(tree, "test")[0].image.shape == (512, 352, 3)


def test_another_layout(tmp_path):
    with pytest.raises(DataError, match=r"nowhere is no folder; expected In-shop pictures"):
        DeepFashion(tmp_path / "nowhere")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"holds notes.txt; expected In-shop pictures .* fasion-annotation-train.csv"):
        DeepFashion(tmp_path)


def test_no_pair_file(tree):
    (tree / "fasion-resize-pairs-test.csv").unlink()
    with pytest.raises(DataError, match=r"holds Img, fasion-annotation-test.csv; expected fasion-resize-pairs-test"):
        DeepFashion(tree, "test").pairs()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{FRONT}: {Y}", r"fasion-annotation-test.csv, line 3 has 2 fields; expected name: \[18 y\]: \[18 x\]"),
        (f"{FRONT}: [1, 2]: {X}", "line 3 has 2 values in a list; expected 18"),
        (f"{FRONT}: {Y}: [1, 2", "line 3 holds '\\[1, 2'; expected a list of numbers"),
    ],
)
def test_wrong_rows_of_key_points(tree, row, words):
    annotate(tree, f"{FRONT}: {Y}: {X}", row)
    with pytest.raises(DataError, match=words):
        DeepFashion(tree, "test")


def test_a_wrong_header(tree):
    (tree / "fasion-annotation-test.csv").write_text("name,x,y\n")
    with pytest.raises(DataError, match="expected the header name:keypoints_y:keypoints_x"):
        DeepFashion(tree, "test")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"from,to\n{FRONT}\n", r"fasion-resize-pairs-test.csv, line 2 has 1 columns, its header 2"),
        (f"from,to\n{FRONT},{SIDE},{SIDE}\n", "line 2 has 3 columns, its header 2"),
        (f"source,target\n{FRONT},{SIDE}\n", "begins with 'source,target'; expected the header from,to"),
        ("from,to\na.jpg,b.jpg\n", "line 2 names a.jpg, which .*fasion-annotation-test.csv lacks"),
    ],
)
def test_wrong_pairs(tree, text, words):
    (tree / "fasion-resize-pairs-test.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        DeepFashion(tree, "test").pairs()


def test_key_points_outside_the_picture(tree):
    annotate(tree, f"{FRONT}: {Y}: {X.replace('164', '300')}")
    with pytest.raises(DataError, match=r"left shoulder at \(300, 82\), outside the picture of 256 x 256 pixels"):
        DeepFashion(tree, "test")[0]


def test_missing_and_damaged_pictures(tree):
    (tree / "Img" / "img" / PATHS[FRONT]).unlink()
    (tree / "Img" / "img" / PATHS[SIDE]).write_bytes(b"\xff\xd8\xff no picture")
    people = DeepFashion(tree, "test")
    with pytest.raises(DataError, match=r"1front.jpg of .*annotation-test.csv is not in .*; is the download complete"):
        people[0]
    with pytest.raises(InputImageError):
        people[1]
