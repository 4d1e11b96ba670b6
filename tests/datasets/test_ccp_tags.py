"""Photos whose tags only name what is worn."""

import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError
from tryon.core.labels import Label
from tryon.datasets.ccp_tags import ClothingCoParsingTags
from tryon.datasets.sources import open_split, recognize

SIZE = (60, 40)


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tags"
    for folder in ("photos", "person_masks"):
        (root / folder).mkdir(parents=True)
    mask = np.zeros(SIZE, np.uint8)
    mask[10:50, 10:30] = 255
    for i, name in enumerate(("1005", "1006")):
        Image.fromarray(np.full((*SIZE, 3), 100 * i, np.uint8)).save(root / "photos" / f"{name}.jpg")
        Image.fromarray(mask).save(root / "person_masks" / f"{name}.png")
    (root / "tags.csv").write_text("photo,tags\n1005,null|blouse|t-shirt|skirt|skin\n1006,dress|tights|purse\n")
    np.savez(root / "keypoints_x.npz", photo=np.array(["1006", "1005"]), coco18=np.ones((2, 18, 3), np.float32))
    return root


def test_tags_become_classes(tree):
    photos = ClothingCoParsingTags(tree)
    assert len(photos) == 2
    assert photos.worn(0) == {Label.BACKGROUND, Label.UPPER, Label.SKIRT, Label.SKIN}
    assert photos.worn(1) == {Label.DRESS, Label.LEGWEAR, Label.BAG}
    sample = photos[1]
    assert (sample.name, sample.parsing, sample.image.shape) == ("1006", None, (*SIZE, 3))
    assert photos.person_mask(1)[30, 20] == 255
    assert photos.person_mask(1)[5, 5] == 0


def test_the_layout_is_told_apart(tree):
    assert recognize(tree) == "ccp-tags"
    assert [sample.name for sample in open_split(tree, "train")] == ["1005", "1006"]


def test_what_is_missing_or_wrong_is_told(tree):
    (tree / "tags.csv").write_text("photo,tags\n1005,cloak\n")
    with pytest.raises(DataError, match="1005: the tag 'cloak' is none of Clothing Co-Parsing's 59 labels"):
        ClothingCoParsingTags(tree)
    (tree / "tags.csv").write_text("photo,tags\n1007,skirt\n")
    with pytest.raises(DataError, match="has no key points of 1 pictures, 1007 first"):
        ClothingCoParsingTags(tree)
    (tree / "keypoints_x.npz").unlink()
    with pytest.raises(DataError, match="no keypoints"):
        ClothingCoParsingTags(tree)
    (tree / "person_masks" / "1005.png").rename(tree / "1005.png")
    (tree / "tags.csv").unlink()
    with pytest.raises(DataError, match=r"tags\.csv is missing; expected photos, person_masks"):
        ClothingCoParsingTags(tree)
