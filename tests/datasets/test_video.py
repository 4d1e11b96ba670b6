"""Videos and folders of frames, with a reader that sees a bright person on a dark ground."""

import errno
import os
import sys
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from tryon.core.errors import DataError, DependencyError, OutputError, PersonNotFoundError
from tryon.core.labels import Label
from tryon.datasets.corrupt import Readable
from tryon.datasets.foreground import Foreground, Labeled
from tryon.datasets.video import Videos, choose
from tryon.types import PairSample, Person, PersonSample

SIZE = (64, 48)


def picture(level):
    """A person of this gray, 30 x 20 pixels, on gray 40."""
    out = np.full((*SIZE, 3), 40, np.uint8)
    out[20:50, 10:30] = level
    return out


def read(photo):
    """Everything brighter than 70 is the person's shirt."""
    parsing = np.where(photo[..., 0] > 70, np.uint8(Label.UPPER), np.uint8(0))
    if not parsing.any():
        raise PersonNotFoundError("no person was found in the photo")
    keypoints = np.zeros((18, 3), np.float32)
    ys, xs = np.nonzero(parsing)
    keypoints[1] = (xs.mean(), ys.min(), 1)
    return Person(photo, keypoints, parsing, (10, 20, 30, 50))


def write_video(path, times, levels):
    """Frames shown at ``times`` milliseconds, all but the first predicted from the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=1000)
        stream.width, stream.height, stream.pix_fmt = SIZE[1], SIZE[0], "yuv420p"
        stream.bit_rate = 4_000_000
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for time, level in zip(times, levels, strict=True):
            frame = av.VideoFrame.from_ndarray(picture(level), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def person_level(sample):
    return float(sample.image[25:45, 15:25].mean())


@pytest.mark.parametrize(
    ("seconds", "places"),
    [
        (np.arange(25) / 25, [0, 8, 17]),
        (np.arange(7) / 3, [0, 1, 2, 3, 4, 5, 6]),
        (np.array([0.0, 0.1, 0.2, 0.7, 1.0]), [0, 2, 3, 4]),  # 0, .33, .67, 1
        (np.array([5.0, 7.0]), [0, 1]),
        (np.array([4.0]), [0]),
    ],
)
def test_frames_are_chosen_by_time(seconds, places):
    assert choose(seconds, 3.0).tolist() == places


def test_a_video_of_changing_frame_rate(tmp_path):
    # Slow at first, then fast: by number, every fourth frame would be at 0, 800, 880, ...
    times = [0, 200, 400, 600, *range(800, 1400, 20)]
    levels = [100 + 4 * i for i in range(len(times))]
    for name in ("a", "b"):
        write_video(tmp_path / "train" / f"{name}.mp4", times, levels)
    data = Videos(tmp_path, read)
    assert len(data) == 10
    assert [frame.seconds for frame in data.frames[:5]] == pytest.approx([0, 0.4, 0.6, 1.0, 1.34])
    assert [person_level(data[i]) for i in (4, 0, 2, 1, 3)] == pytest.approx([224, 100, 112, 108, 156], abs=3)
    sample = data[1]
    assert sample.name == "a_00000400"
    assert sample.identity == "a"
    assert sample.parsing[30, 20] == Label.UPPER
    assert (sample.image[:, 40:] == 0).all()  # The ground of 40 is gone.
    assert sample.keypoints[1, 2] == 1


def test_a_video_of_a_phone_held_upright(tmp_path):
    path = tmp_path / "train" / "a.mp4"
    write_video(path, range(0, 300, 100), [120] * 3)
    one = 0x10000.to_bytes(4)
    upright, turned = one + bytes(12) + one, bytes(4) + one + bytes(4) + (-0x10000).to_bytes(4, signed=True) + bytes(4)
    data = path.read_bytes()
    track = data.index(upright, data.index(b"tkhd"))
    path.write_bytes(data[:track] + turned + data[track + 20 :])
    sample = Videos(tmp_path, read)[0]
    assert sample.image.shape == (48, 64, 3)
    ys, xs = np.nonzero(sample.parsing)
    # Turned clockwise: column 10 to 29 become the rows, and rows 20 to 49 of 64 the columns 14 to 43.
    assert [ys.min(), ys.max(), xs.min(), xs.max()] == pytest.approx([10, 29, 14, 43], abs=2)


def test_pairs_of_a_video(tmp_path):
    for name in ("a", "b"):
        write_video(tmp_path / "train" / f"{name}.mp4", range(0, 2000, 100), [120] * 20)
    data = Videos(tmp_path, read, fill=(255, 255, 255))
    assert len(data) == 12  # 0, .33, .67, 1, 1.33, 1.67 s
    pairs = data.pairs(per_target=9, min_gap=1.0)
    for source, target in pairs.indices:
        first, second = data.frames[source], data.frames[target]
        assert first.video == second.video
        assert abs(first.seconds - second.seconds) >= 0.999
    # 0 with 1, 1.33, 1.67; .33 with 1.33, 1.67; .67 with 1.67; either way around and in both videos.
    assert len(pairs) == 24
    pair = pairs[0]
    assert pair.source.identity == pair.target.identity
    assert (pair.source.image[:, 40:] == 255).all()


def write_frames(folder, numbers, pattern="{:05d}.png"):
    folder.mkdir(parents=True)
    for number in numbers:
        Image.fromarray(picture(100 + number)).save(folder / pattern.format(number))


def test_folders_of_frames(tmp_path):
    write_frames(tmp_path / "train" / "a", range(1, 26))
    write_frames(tmp_path / "train" / "b", (8, 9, 10), "frame_{}.png")  # 10 comes after 9.
    whole = Videos(tmp_path, read)
    assert len(whole) == 28
    assert [person_level(whole[25 + i]) for i in range(3)] == [108, 109, 110]
    assert whole[26].name == "b_00000333"
    thinned = Videos(tmp_path, read, frame_rate=25)
    assert [person_level(sample) for sample in thinned] == [101, 109, 118, 108]


def test_videos_are_held_out_where_no_folders_say(tmp_path):
    for name in "abcdefghijkl":
        write_frames(tmp_path / name, (1,))
    train, test = ({frame.video for frame in Videos(tmp_path, read, split).frames} for split in ("train", "test"))
    assert len(train) == 11
    assert len(test) == 1
    assert not train & test


def test_frames_without_anybody_are_corrupt(tmp_path):
    write_frames(tmp_path / "train" / "a", (1, 2, 3, 4))
    Image.fromarray(np.full((*SIZE, 3), 40, np.uint8)).save(tmp_path / "train" / "a" / "00002.png")
    (tmp_path / "train" / "a" / "00003.png").write_bytes(b"\x89PNG")
    data = Readable(Videos(tmp_path, read), max_corrupt=0.5)
    assert [person_level(sample) for sample in data] == [101, 104]
    assert data.corrupt[1] == "a_00000333: no person was found in the photo"
    with pytest.raises(DataError, match=r"1 of 4 samples cannot be read, more than the share of 0.01 allowed"):
        list(Readable(Videos(tmp_path, read)))


def test_the_cache_is_read_instead_of_the_video(tmp_path):
    folder = tmp_path / "train" / "a"
    write_frames(folder, (1, 2))
    cache = tmp_path / "cache"
    cache.mkdir()
    first = Videos(tmp_path, read, cache=cache)[1]
    assert [path.name for path in cache.iterdir()] == ["a_00000333.npz"]
    assert person_level(first) == 102

    def never(photo):
        raise AssertionError("the cache should have been read")

    (folder / "00002.png").write_bytes(b"not decoded again")
    again = Videos(tmp_path, never, fill=(9, 8, 7), cache=cache)[1]
    assert person_level(again) == 102
    assert again.image[0, 0].tolist() == [9, 8, 7]
    assert (again.parsing == first.parsing).all()
    assert (again.keypoints == first.keypoints).all()
    assert (again.name, again.identity) == ("a_00000333", "a")
    (cache / "a_00000333.npz").write_bytes(b"PK half")
    with pytest.raises(DataError, match=r"a_00000333.npz cannot be read .*; remove it, it will be written again"):
        Videos(tmp_path, never, cache=cache)[1]
    with pytest.raises(DataError, match="nowhere is no folder; make it first"):
        Videos(tmp_path, read, cache=tmp_path / "nowhere")


def test_a_full_disk(tmp_path, monkeypatch):
    write_frames(tmp_path / "train" / "a", (1,))
    cache = tmp_path / "cache"
    cache.mkdir()

    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"a_00000000.npz cannot be written \(No space left on device\); make room"):
        Videos(tmp_path, read, cache=cache)[0]
    assert list(cache.iterdir()) == []


def test_own_key_points_are_kept():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[0] = (5, 6, 1)
    sample = PersonSample(picture(200), keypoints, None, "one", "S1")
    seen = Foreground([sample], read, fill=(1, 2, 3))[0]
    assert seen.keypoints[0].tolist() == [5, 6, 1]
    assert seen.keypoints[1].tolist() == [0, 0, 0]
    assert (seen.parsing > 0).sum() == 600
    assert seen.image[0, 0].tolist() == [1, 2, 3]
    assert (seen.name, seen.identity) == ("one", "S1")


def test_label_maps_are_read_where_there_are_none():
    points = np.zeros((18, 3), np.float32)
    bare = PersonSample(picture(200), points, None, "bare", "S1")
    own = replace(bare, parsing=np.full(bare.image.shape[:2], 5, np.uint8))
    samples = Labeled([bare, own, PairSample(bare, own, name="pair")], read)
    assert len(samples) == 3
    assert (samples[0].parsing > 0).sum() == 600
    assert samples[0].image is bare.image
    assert samples[1] is own
    assert (samples[2].source.parsing == samples[0].parsing).all()
    assert samples[2].target is own
    nobody = Labeled([replace(bare, image=np.zeros_like(bare.image))], read)
    with pytest.raises(DataError, match="bare: "):
        nobody[0]


def test_other_layouts(tmp_path):
    with pytest.raises(DataError, match=r"nowhere is no folder; expected videos \(.mp4"):
        Videos(tmp_path / "nowhere", read)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"holds notes.txt; expected videos .* or folders of numbered frames"):
        Videos(tmp_path, read)
    write_frames(tmp_path / "a", (1,))
    with pytest.raises(DataError, match="a is the only video; expected two or more, so that one can be held out"):
        Videos(tmp_path, read)
    write_frames(tmp_path / "b", (1,), "first.png")
    with pytest.raises(DataError, match=r"first.png has no number at the end of its name; expected numbered frames"):
        Videos(tmp_path, read, "train"), Videos(tmp_path, read, "test")


def test_without_pyav(tmp_path, monkeypatch):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "a.mp4").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DependencyError, match=r"videos need PyAV; install it with: pip install -e '.\[train\]'"):
        Videos(tmp_path, read)


def test_damaged_videos(tmp_path):
    good = tmp_path / "train" / "good.mp4"
    write_video(good, range(0, 3000, 100), [120] * 30)
    whole = bytearray(good.read_bytes())
    with av.open(str(good)) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.pos]
    bad = tmp_path / "train" / "bad.mp4"
    bad.write_bytes(b"no video at all")
    with pytest.raises(DataError, match=r"bad.mp4 cannot be read as a video .*; convert or remove it"):
        Videos(tmp_path, read)
    for place, size in packets[13:]:
        whole[place : place + size] = bytes(size)
    bad.write_bytes(whole)
    data = Videos(tmp_path, read)
    seen = [frame.video for frame in data.frames]
    broken = [i for i in range(len(seen)) if seen[i] == "bad"]
    assert len(broken) == 9
    with pytest.raises(DataError, match=r"bad.mp4 (cannot be decoded|has no whole frame) at 2.70 s.*; is it whole"):
        data[broken[-1]]
    assert person_level(data[broken[0]]) == pytest.approx(120, abs=3)
