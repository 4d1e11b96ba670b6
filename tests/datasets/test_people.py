"""Which of the two layouts a folder of people has."""

import cv2
import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError
from tryon.datasets.ccp import ClothingCoParsing
from tryon.datasets.people import open_people

POINTS = np.tile(np.linspace((2, 2, 1), (30, 36, 1), 18, dtype=np.float32), (2, 1, 1))


def test_people_of_your_own(tmp_path):
    for folder in ("images", "parsing"):
        (tmp_path / folder).mkdir()
    for name in ("anna", "bert"):
        Image.fromarray(np.full((40, 32, 3), 90, np.uint8)).save(tmp_path / "images" / f"{name}.jpg")
        cv2.imwrite(str(tmp_path / "parsing" / f"{name}.png"), np.full((40, 32), 3, np.uint8))
    np.savez(tmp_path / "keypoints.npz", name=["anna", "bert"], coco18=POINTS)
    (tmp_path / "meta.csv").write_text("name,split\nanna,train\nbert,val\n")
    (anna,) = open_people(tmp_path, "train")
    assert (anna.name, anna.parsing.tolist()) == ("anna", [[3] * 32] * 40)
    assert [one.name for one in open_people(tmp_path, "all", labeled=False)] == ["anna", "bert"]


def test_photos_of_ccp(tmp_path):
    for folder in ("photos", "annotations/pixel-level"):
        (tmp_path / folder).mkdir(parents=True)
    np.savez(tmp_path / "keypoints.npz", photo=["0001", "0002"], coco18=POINTS)
    (tmp_path / "split.csv").write_text("photo,labelled,split\n0001,1,val\n0002,0,val\n")
    assert isinstance(open_people(tmp_path, "val"), ClothingCoParsing)
    assert open_people(tmp_path, "val").names == ["0001"]
    assert open_people(tmp_path, "val", labeled=False).names == ["0001", "0002"]


@pytest.mark.parametrize("layout", ["own", "ccp"])
def test_key_points_in_shares(tmp_path, layout):
    own = layout == "own"
    for folder in ("images", "parsing") if own else ("photos", "annotations/pixel-level"):
        (tmp_path / folder).mkdir(parents=True)
    np.savez(tmp_path / "keypoints.npz", **{"name" if own else "photo": ["1", "2"]}, coco18=POINTS / (32, 40, 1))
    if own:
        (tmp_path / "meta.csv").write_text("name,split\n1,val\n2,val\n")
    else:
        (tmp_path / "split.csv").write_text("photo,labelled,split\n1,1,val\n2,1,val\n")
    with pytest.raises(DataError) as raised:
        open_people(tmp_path, "val")
    assert str(raised.value) == (
        f"the key points of 2 of 2 people in {tmp_path} span less than 8 pixels; expected x and y in pixels, not as "
        "shares of the picture"
    )


def test_a_folder_of_neither(tmp_path):
    with pytest.raises(DataError, match="expected the Clothing Co-Parsing layout"):
        open_people(tmp_path)
