"""Packs: what goes in comes out, an interrupted pack becomes the same as another, damage and full disks are named."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon.core.errors import DataError, OutputError
from tryon.datasets.shards import PackOptions, Shards, pack
from tryon.types import PairSample, PersonSample, TripletSample

SIZE = (48, 40)
PNG = PackOptions(source="test", pictures="png")
SMALL = PackOptions(source="test", pictures="png", shard_bytes=40_000)


def person(seed, *, labeled=True, size=SIZE, identity=""):
    rng = np.random.default_rng(seed)
    keypoints = rng.uniform(0, 39, (18, 3)).astype(np.float32)
    keypoints[:, 2] = rng.choice((0, 0.25, 1), 18)
    parsing = rng.integers(0, 14, size, np.uint8) if labeled else None
    return PersonSample(rng.integers(0, 256, (*size, 3), np.uint8), keypoints, parsing, f"p.{seed}", identity)


def flow_of(seed):
    rng = np.random.default_rng(seed)
    flow = rng.normal(0, 5, (*SIZE, 2)).astype(np.float32)
    visible = rng.random(SIZE) > 0.5
    flow[:5] = np.nan
    visible[:5] = False
    return flow, visible


def pair(seed):
    return PairSample(person(seed, identity="ann"), person(seed + 1, identity="ann"), *flow_of(seed), f"pair {seed}")


def triplet(seed):
    return TripletSample(
        person(seed), person(seed + 1, labeled=False, size=(64, 32)), person(seed + 2), *flow_of(seed), "drei/ü"
    )


def assert_equal(a, b):
    """Every field, to the type of the arrays."""
    assert type(a) is type(b)
    for field in type(a).__dataclass_fields__:
        one, two = getattr(a, field), getattr(b, field)
        if isinstance(one, PersonSample):
            assert_equal(one, two)
        elif isinstance(one, np.ndarray):
            assert one.dtype == two.dtype, field
            np.testing.assert_array_equal(one, two, field)
        else:
            assert one == two, field


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("kind", [person, pair, triplet])
def test_png_keeps_everything(tmp_path, kind):
    samples = [kind(seed) for seed in (3, 30, 60)]
    manifest = pack({"train": samples}, tmp_path / "out", PNG)
    assert [shard["kinds"] for shard in manifest["shards"]] == [{kind.__name__: 3}]
    read = Shards(tmp_path / "out", "train", verify=True)
    assert len(read) == 3
    for index in (2, 0, 1):
        assert_equal(read[index], samples[index])
    with pytest.raises(IndexError):
        read[3]
    assert len(list(read)) == 3


def test_what_is_unknown_stays_unknown(tmp_path):
    flow, visible = flow_of(1)
    one, two = person(1, labeled=False), person(2)
    samples = [PairSample(one, two), PairSample(one, two, flow, None), PairSample(one, two, None, visible)]
    pack({"train": samples}, tmp_path / "out", PNG)
    for sample, back in zip(samples, Shards(tmp_path / "out"), strict=True):
        assert_equal(sample, back)


def test_jpeg_changes_the_pictures_a_little_and_nothing_else(tmp_path):
    y, x = np.mgrid[:48, :40]
    smooth = np.dstack([100 + 50 * np.sin(x / 5) + k * y for k in (0, 1, 2)]).astype(np.uint8)
    before = PersonSample(smooth, person(1).keypoints, person(1).parsing, "a", "ann")
    pack({"train": [before]}, tmp_path / "out", PackOptions(source="test"))
    after = Shards(tmp_path / "out")[0]
    assert 0 < np.abs(after.image.astype(int) - smooth).max() <= 6
    assert_equal(PersonSample(smooth, after.keypoints, after.parsing, after.name, after.identity), before)


def test_names_are_those_of_webdataset(tmp_path):
    pack({"train": [pair(1), triplet(4)], "val": [person(9)]}, tmp_path / "out", PackOptions(source="test"))
    with tarfile.open(tmp_path / "out" / "train-000000.tar") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [
        "00000000.json",
        "00000000.source.jpg", "00000000.source.keypoints.npy", "00000000.source.parsing.png",
        "00000000.target.jpg", "00000000.target.keypoints.npy", "00000000.target.parsing.png",
        "00000000.flow.npz",
        "00000001.json",
        "00000001.person.jpg", "00000001.person.keypoints.npy", "00000001.person.parsing.png",
        "00000001.garment.jpg", "00000001.garment.keypoints.npy",
        "00000001.target.jpg", "00000001.target.keypoints.npy", "00000001.target.parsing.png",
        "00000001.flow.npz",
    ]  # fmt: skip
    assert {(member.mtime, member.uid, member.gid, member.uname, member.mode) for member in members} == {
        (0, 0, 0, "", 0o644)
    }


def test_the_manifest(tmp_path):
    out = tmp_path / "out"
    pack({"train": [person(seed) for seed in range(7)], "val": [pair(1)]}, out, SMALL)
    manifest = json.loads((out / "manifest.json").read_text())
    shards = manifest.pop("shards")
    assert manifest == {
        "version": 1,
        "source": "test",
        "splits": {"train": 7, "val": 1},
        "pictures": "png",
        "quality": None,
        "shard_bytes": 40_000,
        "complete": True,
    }
    assert [(shard["name"], shard["first"], shard["stop"], shard["kinds"]) for shard in shards] == [
        ("train-000000.tar", 0, 2, {"person": 2}),
        ("train-000001.tar", 2, 4, {"person": 2}),
        ("train-000002.tar", 4, 6, {"person": 2}),
        ("train-000003.tar", 6, 7, {"person": 1}),
        ("val-000000.tar", 0, 1, {"pair": 1}),
    ]
    for shard in shards:
        data = (out / shard["name"]).read_bytes()
        assert shard["bytes"] == len(data) <= 60_000
        assert shard["sha256"] == hashlib.sha256(data).hexdigest()
        assert shard["bytes"] <= 40_000 or shard["split"] == "val"
    assert [sample.name for sample in Shards(out, "all")] == [*(f"p.{seed}" for seed in range(7)), "pair 1"]


def test_the_same_samples_give_the_same_bytes(tmp_path):
    pack({"train": [pair(seed) for seed in range(4)]}, tmp_path / "a", SMALL)
    time.sleep(1.1)  # Past the resolution of the times in tar files, were there any.
    pack({"train": [pair(seed) for seed in range(4)]}, tmp_path / "b", SMALL)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


class Counted:
    """Samples that count how often they are asked for, and end the run when asked for one of them."""

    def __init__(self, length, stop_at=None):
        self.length, self.stop_at, self.asked = length, stop_at, []

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        self.asked.append(index)
        if index == self.stop_at:
            raise KeyboardInterrupt
        return person(index)


def test_an_interrupted_pack_goes_on(tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    pack({"train": Counted(9)}, whole, SMALL)
    with pytest.raises(KeyboardInterrupt):
        pack({"train": Counted(9, stop_at=5)}, out, SMALL)
    assert sorted(contents(out)) == ["manifest.json", "train-000000.tar", "train-000001.tar"]
    with pytest.raises(DataError, match="was not finished; run the same tryon data pack again"):
        Shards(out)
    rest = Counted(9)
    seen = []
    pack({"train": rest}, out, SMALL, lambda: seen.append(1))
    assert min(rest.asked) == 4
    assert len(seen) == 9
    assert contents(out) == contents(whole)


def test_damaged_shards_are_made_again_and_no_others(tmp_path):
    out = tmp_path / "out"
    pack({"train": Counted(9)}, out, SMALL)
    before = contents(out)
    (out / "train-000003.tar").unlink()
    data = bytearray(before["train-000001.tar"])
    data[1000] ^= 1
    (out / "train-000001.tar").write_bytes(data)
    samples = Counted(9)
    pack({"train": samples}, out, SMALL)
    assert sorted(set(samples.asked)) == [2, 3, 4, 6, 7, 8]  # the last of each only to see that it does not fit
    assert contents(out) == before


SLOW_PACK = """
import sys, time
from tests.datasets.test_shards import Counted, SMALL, pack
class Slow(Counted):
    def __getitem__(self, index):
        time.sleep(0.05)
        return super().__getitem__(index)
pack({"train": Slow(20)}, sys.argv[1], SMALL)
"""


def test_a_killed_pack_goes_on(tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    pack({"train": Counted(20)}, whole, SMALL)
    process = subprocess.Popen([sys.executable, "-c", SLOW_PACK, str(out)], cwd=Path(__file__).parents[2])
    while not (out / "train-000002.tar").exists() or not list(out.glob(".tryon-*.tmp")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (out / "train-000009.tar").exists()
    pack({"train": Counted(20)}, out, SMALL)
    assert contents(out) == contents(whole)


FULL_DISK = """
import resource, sys
from tests.datasets.test_shards import Counted, PackOptions, pack
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
pack({"train": Counted(20)}, sys.argv[1], PackOptions(source="test", pictures="png"))
"""


def test_a_disk_that_fills_up(tmp_path):
    out = tmp_path / "out"
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(out)],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert run.stderr.splitlines()[-1] == (
        f"tryon.core.errors.OutputError: {out} cannot be written (File too large); "
        "its 0 finished shards stay, mend this and run it again"
    )
    assert sorted(contents(out)) == ["manifest.json"]


class Broken(Counted):
    """Samples of which some cannot be read."""

    def __init__(self, length, broken):
        super().__init__(length)
        self.broken = broken

    def __getitem__(self, index):
        if index in self.broken:
            raise DataError(f"{index}.jpg is damaged")
        return super().__getitem__(index)


def test_unreadable_samples_are_left_out_and_counted(tmp_path):
    options = PackOptions(source="test", pictures="png", shard_bytes=40_000, max_corrupt=0.3)
    manifest = pack({"train": Broken(10, (0, 4, 9))}, tmp_path / "out", options)
    assert [shard["skipped"] for shard in manifest["shards"]] == [[0], [4], [], [9]]
    assert [sample.name for sample in Shards(tmp_path / "out")] == [f"p.{i}" for i in (1, 2, 3, 5, 6, 7, 8)]
    with pytest.raises(DataError, match=r"4 of the 10 samples of train cannot be read, more than the share of 0.3 .*"
                       r"the last because 8.jpg is damaged"):  # fmt: skip
        pack({"train": Broken(10, (0, 4, 7, 8))}, tmp_path / "more", options)
    assert ".tar" not in str([name for name in contents(tmp_path / "more") if name.startswith(".")])


def test_samples_that_would_not_come_back_are_refused(tmp_path):
    good = person(1)
    for number, (change, words) in enumerate((
        ({"image": good.image.astype(np.float32)}, r"a picture \(48, 40, 3\) of float32"),
        ({"image": good.image[:20]}, r"a picture \(20, 40, 3\) of uint8; expected .* sides of 32 or more"),
        ({"keypoints": good.keypoints[:17]}, r"key points \(17, 3\); expected \(18, 3\)"),
        ({"parsing": good.parsing[1:]}, r"a label map \(47, 40\) of uint8; expected"),
    )):  # fmt: skip
        with pytest.raises(DataError, match=f"the image of p.1 has {words}"):
            pack({"train": [replace(good, **change)]}, tmp_path / str(number), PNG)


def test_a_folder_of_something_else(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files and no pack; give a new folder"):
        pack({"train": [person(1)]}, tmp_path, PNG)
    with pytest.raises(OutputError, match="cannot be written"):
        pack({"train": [person(1)]}, tmp_path / "notes.txt", PNG)
    with pytest.raises(DataError, match="no samples in train; nothing to pack"):
        pack({"train": []}, tmp_path / "new", PNG)
    pack({"train": [person(1)]}, tmp_path / "out", PNG)
    with pytest.raises(OutputError, match="another splits and shard_bytes; give a new folder"):
        pack({"train": [person(1), person(2)]}, tmp_path / "out", SMALL)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_what_is_wrong_with_a_pack(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(DataError, match=r"manifest\.json is missing; expected a folder written by tryon data pack"):
        Shards(out)
    pack({"train": [person(seed) for seed in range(4)]}, out, SMALL)
    with pytest.raises(DataError, match="has no split val; it has train"):
        Shards(out, "val")
    shard = out / "train-000001.tar"
    data = shard.read_bytes()
    shard.unlink()
    with pytest.raises(DataError, match=r"train-000001\.tar is missing"):
        Shards(out)
    shard.write_bytes(data[:-512])
    with pytest.raises(DataError, match=r"train-000001\.tar is damaged"):
        Shards(out)
    shard.write_bytes(data[:3000] + bytes([data[3000] ^ 1]) + data[3001:])
    with pytest.raises(DataError, match="checksum of the manifest"):
        Shards(out, verify=True)
    shard.write_bytes(bytes(512) + data[512:])
    with pytest.raises(DataError, match="copy it again"):
        Shards(out)
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {"version": 2}))
    with pytest.raises(DataError, match="no manifest of version 1"):
        Shards(out)
    (out / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        Shards(out)


def test_a_damaged_member_is_named(tmp_path):
    out = tmp_path / "out"
    pack({"train": [person(1)]}, out, PNG)
    with tarfile.open(out / "train-000000.tar") as tar:
        places = {member.name: member.offset_data for member in tar}
    data = (out / "train-000000.tar").read_bytes()
    for member in places:
        offset = places[member]
        (out / "train-000000.tar").write_bytes(data[:offset] + bytes(12) + data[offset + 12 :])
        with pytest.raises(DataError, match=r"sample 0 of .*train-000000\.tar is damaged .*; copy the shard again"):
            Shards(out)[0]


def test_no_file_stays_open_and_workers_can_read(tmp_path):
    import pickle

    pack({"train": [person(seed) for seed in range(4)]}, tmp_path / "out", SMALL)
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    read = pickle.loads(pickle.dumps(Shards(tmp_path / "out")))
    assert_equal(read[3], person(3))
    if before:
        assert len(os.listdir("/proc/self/fd")) == before
    shutil.move(tmp_path / "out", tmp_path / "moved")
    assert_equal(Shards(tmp_path / "moved")[2], person(2))


class Unkept(Counted):
    """Samples of an adapter that cannot write what it has read."""

    def __getitem__(self, index):
        raise OutputError("the cache is full")


def test_a_full_cache_is_no_corrupt_sample(tmp_path):
    with pytest.raises(OutputError, match="the cache is full"):
        pack({"train": Unkept(3)}, tmp_path / "out", PackOptions(source="test", max_corrupt=1))


def test_a_damaged_shard_does_not_cost_those_after_it(tmp_path):
    out = tmp_path / "out"
    pack({"train": Counted(9)}, out, SMALL)
    (out / "train-000000.tar").unlink()
    (out / "train-000001.tar").unlink()
    with pytest.raises(KeyboardInterrupt):
        pack({"train": Counted(9, stop_at=3)}, out, SMALL)
    samples = Counted(9)
    pack({"train": samples}, out, SMALL)
    assert sorted(set(samples.asked)) == [2, 3, 4]
