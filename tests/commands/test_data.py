"""``tryon data check`` and ``tryon data pack``, and how the layout of a folder is recognized."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.datasets.checked import SIZE, person
from tests.drawn import BoxPose, drawn_people
from tests.read.parser.test_read import ColorParser
from tryon.commands.data_check import DataCheck
from tryon.commands.data_pack import DataPack
from tryon.commands.data_render import DataRender
from tryon.core import photo
from tryon.core.errors import ConfigError, DataError, OutputError
from tryon.datasets.check import check
from tryon.datasets.shards import PackOptions, Shards, pack
from tryon.datasets.sources import open_split, recognize, splits_of
from tryon.pipeline import TryOn
from tryon.types import Person, PersonSample


@pytest.fixture
def packed(tmp_path):
    """A pack with somebody in two splits and an empty label map."""
    empty = replace(person(1, identity="ann"), parsing=np.zeros(SIZE, np.uint8))
    pack({"train": [empty, person(2)], "val": [person(3, identity="ann")]}, tmp_path / "d", PackOptions(source="test"))
    return tmp_path / "d"


def test_the_command_with_errors(packed, tmp_path, capsys):
    out = tmp_path / "found.json"
    with pytest.raises(DataError, match=r"d has errors \(findings above: 1\); mend them before training") as caught:
        DataCheck(data=packed, sheet=tmp_path / "sheet.png", json=out).run()
    assert caught.value.exit_code == 2
    printed = capsys.readouterr().out.splitlines()
    assert "samples_train        2" in printed
    assert "missing points       none" in printed
    assert printed[-3:] == [
        "error: identity_leak: identities in more than one split: ann [2: train/p1, val/p3]",
        "warning: empty_labels: the label map holds background only [1: train/p1]",
        str(tmp_path / "sheet.png"),
    ]
    facts = json.loads(out.read_text())
    assert (facts["layout"], facts["errors"], facts["samples_val"]) == ("shards", 1, 1)
    assert facts["findings"][1] == {
        "code": "empty_labels",
        "level": "warning",
        "message": "the label map holds background only",
        "samples": ["train/p1"],
    }
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def test_warnings_alone_are_no_failure(packed, tmp_path, capsys):
    DataCheck(data=packed, splits=("train",), sheet=tmp_path / "sheet.png").run()
    assert "warning: empty_labels" in capsys.readouterr().out


def test_options_of_the_commands(packed, tmp_path):
    with pytest.raises(OutputError, match="make it first"):
        DataCheck(data=packed, sheet=tmp_path / "none" / "sheet.png").run()
    with pytest.raises(OutputError, match="give a file in an existing folder to --json"):
        DataCheck(data=packed, sheet=tmp_path / "sheet.png", json=tmp_path).run()
    with pytest.raises(DataError, match="the layout atr is unknown; known are shards, ccp,"):
        DataCheck(data=packed, sheet=tmp_path / "sheet.png", layout="atr").run()
    with pytest.raises(ConfigError, match="must be 1 or more"):
        DataCheck(data=packed, number=0)
    for options, words in (
        ({"quality": 0}, "--quality 0 is out of range"),
        ({"shard_size": 0}, "--shard-size 0 is not positive"),
        ({"max_corrupt": 2}, "--max-corrupt 2 is no share"),
    ):
        with pytest.raises(ConfigError, match=words):
            DataPack(data=packed, out=tmp_path / "out", **options)


def test_poses_that_cannot_be_rendered(tmp_path):
    with pytest.raises(ConfigError, match="no stance is called 'arms akimbo'; choose from standing, contrapposto, "):
        DataRender(out=tmp_path / "out", avatars=tmp_path, stances=("arms crossed", "arms akimbo")).run()
    with pytest.raises(ConfigError, match="--stances takes only the poses that it names"):
        DataRender(out=tmp_path / "out", avatars=tmp_path, stances=("arms crossed",), poses=tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_render_that_makes_nothing_does_not_bind_the_next(tmp_path):
    out, avatars = tmp_path / "out", tmp_path / "avatars"
    with pytest.raises(DataError, match=r"no labeled avatar for train in .*; expected the .glb files of the VALID"):
        DataRender(out=out, avatars=tmp_path / "none").run()
    assert not out.exists()
    avatars.mkdir()
    for name in ("White_F_1_Casual", "MENA_F_2_Casual"):  # one of each split, with nothing in its file
        (avatars / f"{name}.glb").touch()
    with pytest.raises(DataError):
        DataRender(out=out, avatars=avatars).run()
    assert list(out.iterdir()) == []


def test_a_render_goes_on_only_with_its_own_options(tmp_path):
    record = '{"people": "avatars", "kind": "pairs", "stances": [], "seed": 3, "size": [64, 48], "split": "both"}'
    (tmp_path / "render.json").write_text(record)
    same = {"out": tmp_path, "avatars": tmp_path, "kind": "pairs", "size": (64, 48)}
    with pytest.raises(DataError, match="no labeled avatar"):  # which comes after
        DataRender(**same, seed=3).run()
    with pytest.raises(ConfigError, match=r"was rendered with .*'seed': 3.*; give another folder with --out"):
        DataRender(**same, seed=4).run()


def test_packing_a_pack(packed, tmp_path, capsys):
    DataPack(data=packed, out=tmp_path / "again", pictures="png").run()
    assert capsys.readouterr().out.splitlines()[0].startswith("train: 2 samples in 1 shards, 0.")
    again = Shards(tmp_path / "again", "all", verify=True)
    for one, two in zip(Shards(packed, "all"), again, strict=True):
        np.testing.assert_array_equal(one.image, two.image)
    DataPack(data=packed, out=tmp_path / "part", splits=("val",)).run()
    assert splits_of(tmp_path / "part") == ("val",)


def test_recognizing_a_layout(packed, tmp_path):
    assert recognize(packed) == "shards"
    assert splits_of(packed) == ("train", "val")
    assert [sample.name for sample in open_split(packed, "val")] == ["p3"]
    with pytest.raises(DataError, match="has no split test; it has train, val"):
        open_split(packed, "test")
    with pytest.raises(DataError, match="is no folder; give the folder of a data set"):
        recognize(tmp_path / "none")
    (tmp_path / "other" / "pics").mkdir(parents=True)
    with pytest.raises(DataError, match=r"holds pics, which is no known layout; expected one of shards \(manifest"):
        recognize(tmp_path / "other")
    for name in ("photos", "annotations/pixel-level", "pairs"):
        (tmp_path / "other" / name).mkdir(parents=True)
    (tmp_path / "other" / "meta.csv").touch()
    with pytest.raises(DataError, match="could be ccp or pairs; give --layout"):
        recognize(tmp_path / "other")
    with pytest.raises(DataError, match=r"split\.csv is missing"):
        open_split(tmp_path / "other", "train", "ccp")


@pytest.mark.parametrize(
    ("layout", "files"),
    [
        ("ccp", ("photos/0001.jpg", "annotations/pixel-level/0001.mat")),
        ("renders", ("images/a.jpg", "parsing/a.png", "meta.csv")),
        ("triplets", ("triplets/a/person.jpg", "meta.csv")),
        ("pairs", ("pairs/a/source.jpg", "meta.csv")),
        ("deepfashion", ("fasion-resize-annotation-test.csv", "img/a.jpg")),
        ("deepfashion", ("fashion-annotation-train.csv",)),
        ("human36m", ("images/s_01/a.jpg", "annotations/a.json")),
        ("human36m", ("processed/S1/Posing-1/annot.h5",)),
        ("human36m", ("S9/Posing-1/annot.h5",)),
        ("viton", ("train_pairs.txt", "train/cloth/a.jpg", "train/image/a.jpg")),
        ("dresscode", ("lower_body/images/a.jpg",)),
        ("video", ("train/a.mp4", "test/b.mp4")),
        ("video", ("a.mov",)),
    ],
)
def test_the_layouts(tmp_path, layout, files):
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert recognize(tmp_path) == layout


def write_picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    photo.save(np.full((256, 256, 3), 90, np.uint8), path)


def test_pairs_of_an_adapter(tmp_path, packed):
    names = [f"fashionWOMENDressesid0000000101_{view}.jpg" for view in ("1front", "2side")]
    root = tmp_path / "fashion"
    for name in names:
        write_picture(root / name)
    row = f"{list(range(20, 38))}: {list(range(60, 78))}"
    (root / "fasion-annotation-test.csv").write_text(
        "name:keypoints_y:keypoints_x\n" + "".join(f"{name}: {row}\n" for name in names)
    )
    (root / "fasion-resize-pairs-test.csv").write_text(f"from,to\n{names[0]},{names[1]}\n")
    assert [type(sample).__name__ for sample in open_split(root, "test")] == 2 * ["PersonSample"]
    (pair,) = open_split(root, "test", pairs=True)
    assert pair.target.keypoints[0].tolist() == [60, 20, 1]
    DataPack(data=root, splits=("test",), pairs=True, out=tmp_path / "out").run()
    (again,) = Shards(tmp_path / "out", "test")
    assert again.name == pair.name
    with pytest.raises(DataError, match="the layout shards has nothing to make pairs of; take its samples as they are"):
        open_split(packed, "train", pairs=True)


def test_pictures_that_have_to_be_read(tmp_path):
    for number in (1, 2):
        write_picture(tmp_path / "frames" / "train" / "ann" / f"{number}.png")

    def read(picture):
        one = person(1)
        return Person(picture, one.keypoints, np.ones(picture.shape[:2], np.uint8), (0, 0, 9, 9))

    samples = open_split(tmp_path / "frames", "train", "video", read=read)
    assert [sample.identity for sample in samples] == ["ann", "ann"]
    with pytest.raises(DataError, match="the layout video holds pictures only; give read to find the people in them"):
        open_split(tmp_path / "frames", "train", "video")


def test_the_real_photos(ccp: Path):
    assert recognize(ccp) == "ccp"
    splits = {split: open_split(ccp, split) for split in splits_of(ccp)}
    report = check(splits, 20)
    assert report.errors == 0
    assert report.figures["right_is_left"] > 0.9


def test_packing_reads_label_maps_where_there_are_none(tmp_path, monkeypatch):
    tryon = TryOn(ColorParser(), BoxPose(), lambda: None, mirror=False)
    monkeypatch.setattr(TryOn, "from_pretrained", lambda: tryon)
    photo = drawn_people((75, 20, 260), size=(300, 250))
    bare = PersonSample(photo, np.zeros((18, 3), np.float32), None, "bare", "ann")
    pack({"train": [bare]}, tmp_path / "bare", PackOptions(source="test", pictures="png"))
    DataPack(data=tmp_path / "bare", out=tmp_path / "read", pictures="png", read=True).run()
    (sample,) = Shards(tmp_path / "read", "train")
    assert (sample.parsing == tryon.read_person(photo).parsing).all()
    assert (sample.parsing > 0).mean() > 0.1
