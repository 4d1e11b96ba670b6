"""Pairs of pictures in a folder: what renders and puppets are written to, and read from, by every training.

``pairs/NAME/`` holds ``source.jpg``, ``target.jpg`` (``target.png`` where it must not lose anything),
``source_parsing.png``, ``target_parsing.png`` and ``pair.npz`` (source_keypoints and target_keypoints ``(18, 3)``, flow
``int16`` ``(H, W, 2)``, see :func:`flow_to_steps`, visible ``(H, W)``); ``meta.csv`` has a row (name, identity, split)
for each whole pair. Pairs of your own may leave out flow and visible, which no training of ours reads.
"""

import io
import os
import secrets
import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError, OutputError, reason_of
from tryon.core.files import read_rows, write_atomically
from tryon.core.labels import NUM_LABELS, UNKNOWN
from tryon.datasets.ccp import Split
from tryon.datasets.reading import finite
from tryon.types import PairSample, PersonSample

COLUMNS = ("name", "identity", "split")
_HEADER = ",".join(COLUMNS) + "\n"
_QUALITY = 95
_STEPS, _NO_FLOW = 32, -32768


def flow_to_steps(flow: np.ndarray) -> np.ndarray:
    """A flow in pixels as ``int16`` steps of 1/32 pixel, as folders store it; -32768 where there is none."""
    steps = np.where(np.isnan(flow), _NO_FLOW, np.round(np.nan_to_num(flow) * _STEPS))
    return np.clip(steps, _NO_FLOW, 32767).astype(np.int16)


def flow_from_steps(steps: np.ndarray) -> np.ndarray:
    """The flow ``float32`` in pixels, NaN where there is none."""
    return np.where(steps == _NO_FLOW, np.nan, steps / np.float32(_STEPS)).astype(np.float32)


def write_pair(folder: str | Path, pair: PairSample, split: str, *, lossless_target: bool = False) -> None:
    """Add a pair to a folder, so that an interrupted run leaves no half pair that :class:`PairFolder` would read.

    One process may write to a folder at a time. Half precision keeps a flow within 1/16 pixel up to 128 pixels.

    Args:
        folder: made where it is missing.
        pair: with label maps, flow, visibility and a name that no other pair has.
        split: ``train`` or ``val``.
        lossless_target: write the target as PNG, bit for bit, instead of JPEG.

    Raises:
        DataError: the pair lacks something, or a name or identity that cannot stand in a row or as a folder.
        OutputError: the folder cannot be written to, or the disk is full.
    """
    parts = _checked(pair)
    root, identity = Path(folder), pair.target.identity
    place = root / "pairs" / pair.name
    temporary = root / "pairs" / f".{secrets.token_hex(8)}.tmp"
    try:
        temporary.mkdir(parents=True)
        try:
            photo.save(pair.source.image, temporary / "source.jpg", quality=_QUALITY)
            photo.save(pair.target.image, temporary / f"target.{'png' if lossless_target else 'jpg'}", quality=_QUALITY)
            for side, parsing in (("source", parts["source_parsing"]), ("target", parts["target_parsing"])):
                write_atomically(temporary / f"{side}_parsing.png", png(parsing))
            write_atomically(temporary / "pair.npz", _arrays(pair))
            if place.exists():  # whole, but the run ended before its row was written
                shutil.rmtree(place)
            os.replace(temporary, place)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
        _add_row(root / "meta.csv", f"{pair.name},{identity},{split}\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"the pair {pair.name} cannot be written to {root} ({reason}); is there space?") from error


def written(folder: str | Path) -> set[str]:
    """The names of the whole pairs in a folder; empty for a new one. A row that was cut off is removed."""
    path = Path(folder) / "meta.csv"
    if not path.exists():
        return set()
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        write_atomically(path, whole)
    return {row["name"] for row in read_rows(path, COLUMNS)} if whole else set()


class PairFolder:
    """A sequence of :class:`PairSample`, decoded when asked for.

    Args:
        root: a folder that :func:`write_pair` filled.
        split: ``train``, ``val`` or ``all``.

    Raises:
        DataError: ``meta.csv`` or ``pairs`` is missing; on access, a file of a pair is missing or damaged.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root = Path(root)
        for needed in ("pairs", "meta.csv"):
            if not (self.root / needed).exists():
                raise DataError(f"{self.root / needed} is missing; expected a folder of pairs, with pairs and meta.csv")
        rows = read_rows(self.root / "meta.csv", COLUMNS)
        rows = [row for row in rows if split in (row["split"], "all")]
        self.names = [row["name"] for row in rows]
        self.identities = [row["identity"] for row in rows]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PairSample:
        name, identity = self.names[index], self.identities[index]
        folder = self.root / "pairs" / name
        try:
            with np.load(folder / "pair.npz") as stored:
                points = {side: stored[f"{side}_keypoints"] for side in ("source", "target")}
                flow = flow_from_steps(stored["flow"]) if "flow" in stored else None
                visible = stored["visible"] if "flow" in stored else None
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{folder / 'pair.npz'} cannot be read ({reason_of(error)}); write the pair again"
            ) from error
        target = folder / "target.png"
        pictures = {
            "source": photo.load(folder / "source.jpg"),
            "target": photo.load(target if target.exists() else folder / "target.jpg"),
        }
        sides = []
        for side, picture in pictures.items():
            parsing = read_parsing(folder / f"{side}_parsing.png", picture)
            sides.append(PersonSample(picture, finite(points[side], folder / "pair.npz"), parsing, name, identity))
        if flow is not None and flow.shape[:2] != sides[1].image.shape[:2]:
            raise DataError(f"{folder / 'pair.npz'} holds a flow of another size than its target; write the pair again")
        return PairSample(sides[0], sides[1], flow, visible, name)


def _checked(pair: PairSample) -> dict[str, np.ndarray]:
    """The label maps of a pair that has all that is stored."""
    for word in (pair.name, pair.target.identity):
        if any(character in word for character in ',"/\\\n') or word.startswith("."):
            raise DataError(f"the name {word!r} cannot be written; expected no comma, quote, slash or leading dot")
    parts = {"source_parsing": pair.source.parsing, "target_parsing": pair.target.parsing}
    everything = {"name": pair.name or None, **parts, "flow": pair.flow, "visible": pair.visible}
    missing = [name for name, part in everything.items() if part is None]
    if missing:
        raise DataError(f"the pair {pair.name!r} lacks {', '.join(missing)}; only whole pairs can be written")
    return {name: part for name, part in parts.items() if part is not None}


def read_parsing(path: Path, image: np.ndarray) -> np.ndarray:
    """The label map ``(H, W)`` of a picture from its file, which may hold :data:`~tryon.core.labels.UNKNOWN`.

    Raises:
        DataError: the file is missing or holds something else.
    """
    if not path.is_file():
        raise DataError(f"the label map {path} is missing; write or render it again")
    parsing = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if parsing is None or parsing.shape != image.shape[:2] or ((parsing >= NUM_LABELS) & (parsing != UNKNOWN)).any():
        raise DataError(
            f"{path} is no label map of the {NUM_LABELS} labels in the size of its picture; write or render it again"
        )
    return parsing


def png(parsing: np.ndarray | None) -> bytes:
    """A label map as the content of a file.

    Raises:
        DataError: there is none.
    """
    if parsing is None:
        raise DataError("a person lacks its label map; only labeled people can be written")
    return cv2.imencode(".png", parsing)[1].tobytes()


def _arrays(pair: PairSample) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        source_keypoints=pair.source.keypoints.astype(np.float32),
        target_keypoints=pair.target.keypoints.astype(np.float32),
        flow=flow_to_steps(np.asarray(pair.flow)),
        visible=np.asarray(pair.visible, bool),
    )
    return packed.getvalue()


def _add_row(path: Path, row: str) -> None:
    if not path.exists():
        write_atomically(path, _HEADER.encode())
    with open(path, "ab") as file:
        file.write(row.encode())
        file.flush()
        os.fsync(file.fileno())
