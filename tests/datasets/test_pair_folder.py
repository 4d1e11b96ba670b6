"""Pairs on disk: what is read is what was written, and nothing half-written is read."""

from dataclasses import replace

import numpy as np
import pytest

from tryon.core.errors import DataError, OutputError
from tryon.datasets.pair_folder import PairFolder, write_pair, written
from tryon.types import PairSample, PersonSample


def pair(name="a", identity="anna", seed=0):
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(2):
        image = np.tile(rng.integers(0, 256, (1, 1, 3), np.uint8), (48, 40, 1))
        points = rng.uniform(0, 40, (18, 3)).astype(np.float32)
        sides.append(PersonSample(image, points, rng.integers(0, 14, (48, 40), np.uint8), name, identity))
    flow = rng.uniform(-900, 900, (48, 40, 2)).astype(np.float32)
    flow[:5] = np.nan
    return PairSample(sides[0], sides[1], flow, rng.random((48, 40)) < 0.5, name)


def test_what_is_read_is_what_was_written(tmp_path):
    original = pair()
    write_pair(tmp_path / "out", original, "train", lossless_target=True)
    assert (tmp_path / "out" / "meta.csv").read_text() == "name,identity,split\na,anna,train\n"
    assert sorted(file.name for file in (tmp_path / "out" / "pairs" / "a").iterdir()) == [
        "pair.npz", "source.jpg", "source_parsing.png", "target.png", "target_parsing.png",
    ]  # fmt: skip
    read = PairFolder(tmp_path / "out")[0]
    assert (read.name, read.source.name, read.target.identity) == ("a", "a", "anna")
    assert np.array_equal(read.target.image, original.target.image)
    assert np.abs(read.source.image.astype(int) - original.source.image).max() <= 2
    for side in ("source", "target"):
        assert np.array_equal(getattr(read, side).parsing, getattr(original, side).parsing)
        assert np.array_equal(getattr(read, side).keypoints, getattr(original, side).keypoints)
    assert np.array_equal(read.visible, original.visible)
    assert np.isnan(read.flow[:5]).all()
    assert np.abs(read.flow[5:] - original.flow[5:]).max() <= 1 / 64 + 1e-6
    assert (read.flow.dtype, read.visible.dtype) == (np.float32, bool)


def test_own_pairs_need_no_flow(tmp_path):
    write_pair(tmp_path, pair(), "train")
    path = tmp_path / "pairs" / "a" / "pair.npz"
    with np.load(path) as stored:
        points = {name: stored[name] for name in ("source_keypoints", "target_keypoints")}
    np.savez(path, **points)
    read = PairFolder(tmp_path)[0]
    assert (read.flow, read.visible) == (None, None)
    assert np.array_equal(read.target.keypoints, points["target_keypoints"])


def test_splits_are_kept_apart(tmp_path):
    write_pair(tmp_path, pair("a"), "train")
    write_pair(tmp_path, pair("b", "bert"), "val")
    assert PairFolder(tmp_path).names == ["a"]
    assert PairFolder(tmp_path, "val").identities == ["bert"]
    assert PairFolder(tmp_path, "all").names == ["a", "b"]
    assert (tmp_path / "pairs" / "a" / "target.jpg").is_file()


def test_a_run_that_was_interrupted_goes_on(tmp_path):
    assert written(tmp_path) == set()
    write_pair(tmp_path, pair("a"), "train")
    write_pair(tmp_path, pair("b"), "train")
    meta = tmp_path / "meta.csv"
    meta.write_text(meta.read_text()[:-4])  # the row of b was cut off
    assert written(tmp_path) == {"a"}
    write_pair(tmp_path, pair("b", seed=7), "train")
    assert written(tmp_path) == {"a", "b"}
    assert np.array_equal(PairFolder(tmp_path)[1].visible, pair("b", seed=7).visible)
    assert sorted(folder.name for folder in (tmp_path / "pairs").iterdir()) == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [({"flow": None}, "lacks flow"), ({"visible": None}, "lacks visible"), ({"name": "a/b"}, "'a/b'"),
     ({"name": ""}, "lacks name")],
)  # fmt: skip
def test_half_a_pair_is_refused(tmp_path, change, words):
    with pytest.raises(DataError, match=words):
        write_pair(tmp_path, replace(pair(), **change), "train")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_a_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="the pair a cannot be written"):
        write_pair(tmp_path / "file", pair(), "train")


def test_a_damaged_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="pairs is missing; expected a folder of pairs"):
        PairFolder(tmp_path)
    write_pair(tmp_path, pair(), "train")
    (tmp_path / "pairs" / "a" / "source_parsing.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"source_parsing\.png is no label map"):
        PairFolder(tmp_path)[0]
    (tmp_path / "pairs" / "a" / "pair.npz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"pair\.npz cannot be read"):
        PairFolder(tmp_path)[0]
