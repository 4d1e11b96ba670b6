"""Data sets as WebDataset shards, so that they travel to another machine or a cluster.

A pack is a folder of plain tar files ``SPLIT-NNNNNN.tar`` and a ``manifest.json``. The members of one sample share
everything before the first dot of their names and stand next to each other, as WebDataset wants it: ``KEY.json`` (kind,
names, identities) and, for each person of the sample, ``KEY.ROLE.jpg`` or ``.png``, ``KEY.ROLE.keypoints.npy``
``(18, 3)`` and ``KEY.ROLE.parsing.png`` where there is a label map; ``KEY.flow.npz`` holds ``flow`` and ``visible``
where they are known. The roles are ``image``, or ``source`` and ``target``, or ``person``, ``garment`` and ``target``.

The same samples and options give the same bytes, however often packing was interrupted.
"""

import hashlib
import io
import json
import logging
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from PIL import Image

from tryon.body.skeleton import NUM_KEYPOINTS
from tryon.core import photo
from tryon.core.errors import DataError, InputImageError, OutputError
from tryon.core.files import read_json, write_atomically
from tryon.datasets.corrupt import Samples
from tryon.datasets.reading import finite
from tryon.types import PairSample, PersonSample, TripletSample

Sample = PersonSample | PairSample | TripletSample
Pictures = Literal["jpg", "png"]

VERSION = 1
_ROLES = {"person": ("image",), "pair": ("source", "target"), "triplet": ("person", "garment", "target")}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class PackOptions:
    """What, besides the samples, decides the bytes of a pack."""

    source: str
    """What the samples are, for the manifest."""
    pictures: Pictures = "jpg"
    """JPEG, or PNG, which keeps every pixel and is several times larger."""
    quality: int = 95
    """Of JPEG, 1 to 100; colors keep their full resolution."""
    shard_bytes: int = 256_000_000
    """Most bytes of a shard; a sample that is larger has a shard of its own."""
    max_corrupt: float = 0.01
    """Share of a split that may be unreadable and is left out; above it, packing fails."""


def people(sample: Sample) -> dict[str, PersonSample]:
    """The persons of a sample by their roles; a single person is the ``image``."""
    if isinstance(sample, PersonSample):
        return {"image": sample}
    return {role: getattr(sample, role) for role in _ROLES[_kind(sample)]}


def pack(
    splits: Mapping[str, Samples[Sample]],
    out: str | Path,
    options: PackOptions,
    on_sample: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Write samples as shards. Where ``out`` holds an interrupted pack of the same, the rest is made.

    Args:
        splits: the samples of each split.
        out: folder, made where it is missing.
        options: see :class:`PackOptions`.
        on_sample: called after every sample that was packed, skipped, or found in a finished shard.

    Returns:
        the manifest.

    Raises:
        DataError: more samples than allowed are unreadable, or a sample has arrays that do not fit.
        OutputError: the folder holds something else, or cannot be written; finished shards stay.
    """
    out = Path(out)
    manifest = _started(splits, out, options)
    known = {shard["name"]: shard for shard in manifest["shards"]}
    shards: list[dict[str, Any]] = []
    try:
        for split, samples in splits.items():
            first = number = 0
            while first < len(samples):
                name = f"{split}-{number:06d}.tar"
                shard = known.get(name)
                if shard is None or shard["first"] != first or not _intact(out / name, shard):
                    skipped = sum(len(done["skipped"]) for done in shards if done["split"] == split)
                    shard = _write_shard(out / name, split, samples, first, skipped, options, on_sample)
                    known[name] = shard
                    _write_manifest(out, manifest | {"shards": list(known.values())})
                else:
                    for _ in range(first, shard["stop"]):
                        on_sample()
                shards.append(shard)
                first, number = shard["stop"], number + 1
        manifest |= {"shards": shards, "complete": True}
        _write_manifest(out, manifest)
    except OutputError:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"{out} cannot be written ({reason}); its {len(shards)} finished shards stay, mend this and run it again"
        ) from error
    return manifest


def _started(splits: Mapping[str, Samples[Sample]], out: Path, options: PackOptions) -> dict[str, Any]:
    """The manifest in ``out``, or a new one without shards."""
    new: dict[str, Any] = {
        "version": VERSION,
        "source": options.source,
        "splits": {split: len(samples) for split, samples in splits.items()},
        "pictures": options.pictures,
        "quality": options.quality if options.pictures == "jpg" else None,
        "shard_bytes": options.shard_bytes,
        "shards": [],
        "complete": False,
    }
    if not any(new["splits"].values()):
        raise DataError(f"{options.source} has no samples in {', '.join(splits) or 'any split'}; nothing to pack")
    path = out / "manifest.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        stale = set(out.glob(".tryon-*.tmp"))
        if not path.exists() and set(out.iterdir()) - stale:
            raise OutputError(f"{out} holds other files and no pack; give a new folder")
        for file in stale:
            file.unlink()
        if not path.exists():
            _write_manifest(out, new)
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}); choose another folder") from error
    old = read_manifest(out)
    changed = [key for key in new if key not in ("shards", "complete") and old.get(key) != new[key]]
    if changed:
        raise OutputError(f"{out} holds a pack with another {' and '.join(changed)}; give a new folder")
    return old | {"complete": False}


def _write_shard(
    path: Path,
    split: str,
    samples: Samples[Sample],
    first: int,
    skipped_before: int,
    options: PackOptions,
    on_sample: Callable[[], None],
) -> dict[str, Any]:
    """Fill one shard with the samples from ``first`` on; returns its entry in the manifest."""
    temporary = path.parent / f".tryon-{path.name}.tmp"
    kinds: Counter[str] = Counter()
    skipped: list[int] = []
    stop = first
    try:
        with open(temporary, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for stop in range(first, len(samples) + 1):
                if stop == len(samples):
                    break
                try:
                    sample = samples[stop]
                except OutputError:  # Of an adapter that keeps what it has read: no fault of the sample.
                    raise
                except (DataError, InputImageError, OSError) as error:
                    skipped.append(stop)
                    _check_share(skipped_before + len(skipped), len(samples), split, options.max_corrupt, error)
                    _log.warning("sample %d of %s is left out: %s", stop, split, error)
                    on_sample()
                    continue
                members = dict(_members(sample, f"{stop:08d}", options))
                size = sum(512 + -(-len(data) // 512) * 512 for data in members.values())
                if kinds and tar.offset + size + tarfile.RECORDSIZE > options.shard_bytes:
                    break
                for name, data in members.items():
                    info = tarfile.TarInfo(name)  # Nobody's, of no time: the same bytes on every machine.
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
                kinds[_kind(sample)] += 1
                on_sample()
            tar.close()
            file.flush()
            os.fsync(file.fileno())
        digest, size = _sha256(temporary), temporary.stat().st_size
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return {
        "name": path.name,
        "split": split,
        "first": first,
        "stop": stop,
        "kinds": dict(sorted(kinds.items())),
        "skipped": skipped,
        "bytes": size,
        "sha256": digest,
    }


def _check_share(skipped: int, total: int, split: str, allowed: float, error: Exception) -> None:
    if skipped > allowed * total:
        raise DataError(
            f"{skipped} of the {total} samples of {split} cannot be read, more than the share of {allowed:g} allowed; "
            f"the last because {error}"
        ) from error


def _members(sample: Sample, key: str, options: PackOptions) -> Iterator[tuple[str, bytes]]:
    persons = people(sample)
    facts = {role: {"name": one.name, "identity": one.identity} for role, one in persons.items()}
    meta = {"kind": _kind(sample), "name": sample.name, "people": facts}
    yield f"{key}.json", (json.dumps(meta, ensure_ascii=False) + "\n").encode()
    for role, one in persons.items():
        _check_person(one, f"{role} of {sample.name or key}")
        yield f"{key}.{role}.{options.pictures}", _encode(one.image, options.pictures, options.quality)
        yield f"{key}.{role}.keypoints.npy", _npy(one.keypoints)
        if one.parsing is not None:
            yield f"{key}.{role}.parsing.png", _encode(one.parsing, "png", 0)
    if not isinstance(sample, PersonSample):
        known = {"flow": sample.flow, "visible": sample.visible}
        arrays = {name: array for name, array in known.items() if array is not None}
        if arrays:
            packed = io.BytesIO()
            np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]
            yield f"{key}.flow.npz", packed.getvalue()


def _check_person(one: PersonSample, name: str) -> None:
    """What would not come back as it went in is refused."""
    size = one.image.shape[:2]
    if one.image.dtype != np.uint8 or one.image.shape != (*size, 3) or min(size) < photo.MIN_SIDE:
        raise DataError(
            f"the {name} has a picture {one.image.shape} of {one.image.dtype}; "
            f"expected uint8 (H, W, 3) with sides of {photo.MIN_SIDE} or more"
        )
    if one.keypoints.shape != (NUM_KEYPOINTS, 3):
        raise DataError(f"the {name} has key points {one.keypoints.shape}; expected ({NUM_KEYPOINTS}, 3)")
    if one.parsing is not None and (one.parsing.dtype != np.uint8 or one.parsing.shape != size):
        raise DataError(f"the {name} has a label map {one.parsing.shape} of {one.parsing.dtype}; expected uint8 {size}")


def _encode(picture: np.ndarray, kind: Pictures, quality: int) -> bytes:
    encoded = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(picture))
    if kind == "png":
        image.save(encoded, "PNG", compress_level=6)
    else:
        image.save(encoded, "JPEG", quality=quality, subsampling=0)
    return encoded.getvalue()


def _npy(array: np.ndarray) -> bytes:
    encoded = io.BytesIO()
    np.save(encoded, array)
    return encoded.getvalue()


class Shards:
    """A pack as a sequence of the samples that went in, read from the tar files when asked for.

    The members are found once, by the headers of the tar files; a sample is then read at its place, so that any order
    is fine. No file stays open: instances can be handed to other processes.

    Args:
        root: folder written by :func:`pack`.
        split: one of its splits, or ``all``.
        verify: compare the checksums first, which reads everything.

    Raises:
        DataError: no finished pack, no such split, or a shard is missing, cut off or changed.
    """

    def __init__(self, root: str | Path, split: str = "train", *, verify: bool = False):
        self.root = Path(root)
        manifest = read_manifest(self.root)
        if not manifest["complete"]:
            raise DataError(f"{self.root} is a pack that was not finished; run the same tryon data pack again")
        if split not in (*manifest["splits"], "all"):
            raise DataError(f"{self.root} has no split {split}; it has {', '.join(manifest['splits'])}")
        self._samples: list[tuple[Path, dict[str, tuple[int, int]]]] = []
        for shard in manifest["shards"]:
            if split in (shard["split"], "all"):
                self._add(self.root / shard["name"], shard, verify)

    def _add(self, path: Path, shard: dict[str, Any], verify: bool) -> None:
        size = path.stat().st_size if path.is_file() else None
        if size != shard["bytes"] or (verify and _sha256(path) != shard["sha256"]):
            state = "is missing" if size is None else f"is damaged ({size} bytes)"
            raise DataError(
                f"{path} {state}; expected {shard['bytes']} bytes with the checksum of the manifest, copy it"
            )
        found: dict[str, dict[str, tuple[int, int]]] = {}
        try:
            with tarfile.open(path, "r:") as tar:
                for member in tar:
                    key, _, name = member.name.partition(".")
                    found.setdefault(key, {})[name] = (member.offset_data, member.size)
        except tarfile.TarError as error:
            raise DataError(f"{path} is no tar file ({error}); copy it again") from error
        if len(found) != sum(shard["kinds"].values()):
            raise DataError(f"{path} holds {len(found)} samples, its manifest says otherwise; copy it again")
        self._samples += [(path, members) for members in found.values()]

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, index: int) -> Sample:
        path, members = self._samples[index]
        try:
            with open(path, "rb") as file:
                data = {name: _read(file, *place) for name, place in members.items()}
            return _sample(data)
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise DataError(f"sample {index} of {path} is damaged ({error}); copy the shard again") from error


def _read(file: io.BufferedReader, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _sample(data: dict[str, bytes]) -> Sample:
    meta = json.loads(data["json"])
    persons = {}
    for role in _ROLES[meta["kind"]]:
        picture = data[f"{role}.png"] if f"{role}.png" in data else data[f"{role}.jpg"]
        parsing = None
        if f"{role}.parsing.png" in data:
            parsing = cv2.imdecode(np.frombuffer(data[f"{role}.parsing.png"], np.uint8), cv2.IMREAD_UNCHANGED)
            if parsing is None:
                raise ValueError(f"the label map of its {role} is no picture")
        keypoints = finite(np.load(io.BytesIO(data[f"{role}.keypoints.npy"])), f"its {role}")
        persons[role] = PersonSample(photo.load(picture), keypoints, parsing, **meta["people"][role])
    if meta["kind"] == "person":
        return persons["image"]
    arrays: dict[str, np.ndarray] = {}
    if "flow.npz" in data:
        with np.load(io.BytesIO(data["flow.npz"])) as stored:
            arrays = {name: stored[name] for name in stored.files}
    flow, visible = arrays.get("flow"), arrays.get("visible")
    if meta["kind"] == "pair":
        return PairSample(persons["source"], persons["target"], flow, visible, meta["name"])
    return TripletSample(persons["person"], persons["garment"], persons["target"], flow, visible, meta["name"])


def read_manifest(root: Path) -> dict[str, Any]:
    """The manifest of a pack, finished or not.

    Raises:
        DataError: there is none, or it is of another version.
    """
    path = root / "manifest.json"
    if not path.exists():
        raise DataError(f"{path} is missing; expected a folder written by tryon data pack")
    manifest = read_json(path, "what tryon data pack wrote; copy it again")
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise DataError(f"{path} is no manifest of version {VERSION}; pack the data again with this program")
    return manifest


def _write_manifest(out: Path, manifest: dict[str, Any]) -> None:
    write_atomically(out / "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())


def _kind(sample: Sample) -> str:
    return {PersonSample: "person", PairSample: "pair", TripletSample: "triplet"}[type(sample)]


def _intact(path: Path, shard: dict[str, Any]) -> bool:
    return path.is_file() and path.stat().st_size == shard["bytes"] and _sha256(path) == shard["sha256"]


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
