"""A folder of videos, or of folders with their frames, each of one person: pose pairs as the paper made from YouTube.

Expected in the root, or in the folder of the split under it, are video files or folders of pictures whose names end in
the number of the frame. The name of a video is its person's identity. Videos are decoded by PyAV: it tells when each
frame is shown without decoding it, and finds a frame exactly by that time. Phones and the web write videos of
changing frame rate, in which counting frames goes wrong.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.errors import DataError, DependencyError, OutputError, reason_of
from tryon.core.files import write_atomically
from tryon.datasets.compose import Pairs, draw_pairs
from tryon.datasets.foreground import Foreground, Read, on_plain
from tryon.datasets.reading import finite, layout_error
from tryon.types import PersonSample

Split = Literal["train", "test"]

_VIDEOS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v")
_PICTURES = (".jpg", ".jpeg", ".png")
_HELD_OUT = 0.1  # of the videos, for the test, where no folders say otherwise


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a video."""

    file: Path
    """The video, or the picture itself."""
    stamp: int | None
    """When it is shown, in the units of the video; ``None`` for a picture."""
    seconds: float
    """When it is shown, from the first frame."""
    video: str

    @property
    def name(self) -> str:
        return f"{self.video}_{round(self.seconds * 1000):08d}"


class Videos:
    """A sequence of :class:`PersonSample` without background, decoded and read when asked for.

    Frames in which ``read`` finds nobody count as corrupt (see :class:`tryon.datasets.corrupt.Readable`); give a higher
    share than for photos.

    Args:
        root: folder of videos or frame folders, or of ``train`` and ``test`` with those. Without these two, a tenth of
            the videos, at least one, is held out for the test, chosen by their names.
        read: finds the person, its key points and labels, such as :meth:`tryon.pipeline.TryOn.read_person`.
        split: ``train`` or ``test``.
        fps: frames a second to take, by presentation time.
        frame_rate: frames a second of the frame folders; ``None`` takes all their frames as they are.
        fill: RGB of the removed background.
        cache: an existing folder in which every frame is kept once it was decoded and read, as ``NAME.npz``: both take
            seconds, and every frame is part of several pairs. It knows nothing of ``read``: use another folder with
            other weights.

    Raises:
        DataError: there are no videos, one cannot be read, or ``cache`` is no folder.
        DependencyError: PyAV is needed and not installed.
    """

    def __init__(
        self,
        root: str | Path,
        read: Read,
        split: Split = "train",
        *,
        fps: float = 3.0,
        frame_rate: float | None = None,
        fill: tuple[int, int, int] = (0, 0, 0),
        cache: Path | None = None,
    ):
        if cache is not None and not cache.is_dir():
            raise DataError(f"{cache} is no folder; make it first, frames that were read are kept there")
        self.root, self._fill, self._cache = Path(root), fill, cache
        divided = (self.root / split).is_dir()
        folder = self.root / split if divided else self.root
        found = _videos(folder)
        if not found:
            raise layout_error(folder, f"videos ({', '.join(_VIDEOS)}) or folders of numbered frames")
        if not divided:
            found = _side(found, split)
        self.frames: list[Frame] = []
        for path in found:
            self.frames += _from_folder(path, fps, frame_rate) if path.is_dir() else _from_video(path, fps)
        self._people = Foreground(_Frames(self.frames), read, fill=fill)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> PersonSample:
        """A sample.

        Raises:
            DataError: the frame is damaged or shows nobody, or its file in the cache is damaged.
            OutputError: the cache cannot be written to.
        """
        if self._cache is None:
            return self._people[index]
        frame = self.frames[index]
        file = self._cache / f"{frame.name}.npz"
        if not file.exists():
            _store(file, self._people[index])
        image, keypoints, parsing = _stored(file)
        return PersonSample(on_plain(image, parsing, self._fill), keypoints, parsing, frame.name, frame.video)

    def pairs(self, per_target: int = 4, *, min_gap: float = 1.0, seed: int = 0) -> Pairs:
        """Pairs of frames of one video.

        Args:
            per_target: every frame is the target of so many pairs.
            min_gap: seconds between the two frames at least, so that the poses differ.
            seed: of the drawing.
        """
        groups: dict[str, list[int]] = {}
        for i, frame in enumerate(self.frames):
            groups.setdefault(frame.video, []).append(i)

        def differ(source: int, target: int) -> bool:
            gap = abs(self.frames[source].seconds - self.frames[target].seconds)
            return gap >= min_gap - 1e-6

        return Pairs(self, draw_pairs(groups.values(), per_target, seed, differ))


class _Frames:
    """The whole pictures, with all key points missing."""

    def __init__(self, frames: list[Frame]):
        self.frames = frames

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> PersonSample:
        frame = self.frames[index]
        image = photo.load(frame.file) if frame.stamp is None else _decode(frame)
        return PersonSample(image, np.zeros((NUM_KEYPOINTS, 3), np.float32), None, frame.name, frame.video)


def choose(seconds: np.ndarray, fps: float) -> np.ndarray:
    """Choose frames at an even rate.

    Args:
        seconds: ``(N,)`` ascending presentation times.
        fps: frames a second wanted.

    Returns:
        ascending places in ``seconds`` of the frames nearest to ``k / fps`` after the first, none twice.
    """
    span = seconds[-1] - seconds[0]
    ticks = seconds[0] + np.arange(int(span * fps + 1e-6) + 1) / fps
    after = np.clip(np.searchsorted(seconds, ticks), 1, max(len(seconds) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(seconds) - 1)
    return np.unique(np.where(ticks - seconds[before] <= seconds[after] - ticks, before, after))


def _videos(folder: Path) -> list[Path]:
    def is_video(path: Path) -> bool:
        if path.is_dir():
            return any(one.suffix.lower() in _PICTURES for one in path.iterdir())
        return path.suffix.lower() in _VIDEOS

    return sorted(path for path in folder.iterdir() if is_video(path)) if folder.is_dir() else []


def _side(videos: list[Path], split: Split) -> list[Path]:
    """The videos of one side of a split that hardly changes when videos are added."""
    if len(videos) < 2:
        raise DataError(f"{videos[0]} is the only video; expected two or more, so that one can be held out")
    order = sorted(videos, key=lambda path: (zlib.crc32(path.stem.encode()), path.stem))
    count = max(1, round(_HELD_OUT * len(videos)))
    return sorted(order[:count] if split == "test" else order[count:])


def _from_folder(folder: Path, fps: float, frame_rate: float | None) -> list[Frame]:
    numbered = []
    for path in folder.iterdir():
        if path.suffix.lower() in _PICTURES:
            number = re.search(r"(\d+)$", path.stem)
            if number is None:
                raise DataError(f"{path} has no number at the end of its name; expected numbered frames")
            numbered.append((int(number[1]), path))
    numbered.sort()
    if frame_rate is None:
        return [Frame(path, None, i / fps, folder.name) for i, (_, path) in enumerate(numbered)]
    seconds = np.array([number - numbered[0][0] for number, _ in numbered]) / frame_rate
    return [Frame(numbered[i][1], None, float(seconds[i]), folder.name) for i in choose(seconds, fps)]


def _from_video(path: Path, fps: float) -> list[Frame]:
    av = _pyav()
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            unit = float(stream.time_base)
            packets = container.demux(stream)
            stamps = sorted({packet.pts for packet in packets if packet.pts is not None and not packet.is_discard})
    except (av.FFmpegError, IndexError) as error:
        raise DataError(f"{path} cannot be read as a video ({error}); convert or remove it") from error
    if not stamps:
        raise DataError(f"{path} holds no frames; convert or remove it")
    seconds = (np.array(stamps) - stamps[0]) * unit
    return [Frame(path, stamps[i], float(seconds[i]), path.stem) for i in choose(seconds, fps)]


def _decode(frame: Frame) -> np.ndarray:
    """The picture ``(H, W, 3)`` of a frame, upright."""
    av = _pyav()
    try:
        with av.open(str(frame.file)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            container.seek(frame.stamp, stream=stream)
            for picture in container.decode(stream):
                if picture.pts is None or picture.pts < frame.stamp:
                    continue
                if picture.pts > frame.stamp or picture.is_corrupt:
                    break
                return np.rot90(picture.to_ndarray(format="rgb24"), picture.rotation // 90).copy()
    except av.FFmpegError as error:
        raise DataError(f"{frame.file} cannot be decoded at {frame.seconds:.2f} s ({error}); is it whole?") from error
    raise DataError(f"{frame.file} has no whole frame at {frame.seconds:.2f} s; is it whole?")


def _store(file: Path, sample: PersonSample) -> None:
    stored = io.BytesIO()
    np.savez_compressed(stored, image=sample.image, keypoints=sample.keypoints, parsing=np.asarray(sample.parsing))
    try:
        write_atomically(file, stored.getvalue())
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror}); make room or use another cache") from error


def _stored(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    try:
        with np.load(file) as stored:
            return stored["image"], finite(stored["keypoints"], file), stored["parsing"]
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{file} cannot be read ({reason_of(error)}); remove it, it will be written again") from error


def _pyav():
    try:
        import av
    except ImportError as error:
        raise DependencyError("videos need PyAV; install it with: pip install -e '.[train]'") from error
    return av
