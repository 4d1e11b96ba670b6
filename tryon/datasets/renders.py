"""Folders of rendered people and of rendered try-on triplets, as ``tryon data render`` writes them.

People: ``images/NAME.jpg``, ``parsing/NAME.png`` (label map), ``keypoints.npz`` (name, coco18) and ``meta.csv``
(name, avatar, split). Triplets: ``triplets/NAME/`` with ``person.jpg``, ``garment.jpg``, ``target.jpg``, the label maps
``person_parsing.png`` and so on, and ``triplet.npz`` (person_keypoints, garment_keypoints and target_keypoints
``(18, 3)``; flow and visible as in :mod:`tryon.datasets.pair_folder`); ``meta.csv``
(name, identity, split, garment: whose clothes, or the garment that lies flat). Where a flat garment shows the inside
of its back, its label map holds :data:`~tryon.core.labels.UNKNOWN`. Rendered pairs are folders of
:mod:`tryon.datasets.pair_folder`. The splits divide the people, not the pictures.
"""

import io
import os
import secrets
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from tryon.core import photo
from tryon.core.errors import DataError, OutputError, reason_of
from tryon.core.files import read_rows, write_atomically
from tryon.datasets.ccp import Split, check_names, read_keypoints
from tryon.datasets.pair_folder import flow_from_steps, flow_to_steps, png, read_parsing, write_pair, written
from tryon.datasets.reading import finite
from tryon.types import PairSample, PersonSample, TripletSample

_ROLES = ("person", "garment", "target")
_QUALITY = 93


class Renders:
    """A sequence of :class:`PersonSample`, decoded when asked for.

    Raises:
        DataError: a file of the layout is missing, or holds something else.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root = Path(root)
        for needed in ("images", "parsing", "keypoints.npz", "meta.csv"):
            if not (self.root / needed).exists():
                raise DataError(
                    f"{self.root / needed} is missing; expected images, parsing, keypoints.npz and meta.csv"
                )
        self.keypoints = read_keypoints(self.root / "keypoints.npz", "name")
        rows = [row for row in read_rows(self.root / "meta.csv", ("name", "split")) if split in (row["split"], "all")]
        self.names = [row["name"] for row in rows]
        self.identities = [row.get("avatar", "").rpartition("_")[0] for row in rows]
        check_names(self.names, self.keypoints, self.root / "keypoints.npz")

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> PersonSample:
        name = self.names[index]
        image = photo.load(self.root / "images" / f"{name}.jpg")
        parsing = read_parsing(self.root / "parsing" / f"{name}.png", image)
        return PersonSample(
            image,
            finite(self.keypoints[name], f"{self.root / 'keypoints.npz'}, {name}"),
            parsing,
            name,
            self.identities[index],
        )


class RenderedTriplets:
    """A sequence of :class:`TripletSample`, decoded when asked for.

    Args:
        root: the folder.
        split: ``train``, ``val`` or ``all``.

    Raises:
        DataError: ``meta.csv`` or ``triplets`` is missing; on access, a file of a triplet is missing or damaged.

    Attributes:
        garments: for each triplet the avatar whose clothes are put on, or the garment's name; "" where ``meta.csv``,
            of an older renderer, does not say it.
    """

    def __init__(self, root: str | Path, split: Split = "train"):
        self.root = Path(root)
        for needed in ("triplets", "meta.csv"):
            if not (self.root / needed).exists():
                raise DataError(f"{self.root / needed} is missing; expected a folder of rendered triplets")
        rows = read_rows(self.root / "meta.csv", ("name", "identity", "split"))
        rows = [row for row in rows if split in (row["split"], "all")]
        self.names = [row["name"] for row in rows]
        self.identities = [row["identity"] for row in rows]
        self.garments = [row.get("garment", "") for row in rows]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> TripletSample:
        name = self.names[index]
        folder = self.root / "triplets" / name
        try:
            with np.load(folder / "triplet.npz") as stored:
                points = [stored[f"{role}_keypoints"] for role in _ROLES]
                steps, visible = stored["flow"], stored["visible"]
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{folder / 'triplet.npz'} cannot be read ({reason_of(error)}); render the triplet again"
            ) from error
        people = []
        for role, keypoints in zip(_ROLES, points, strict=True):
            image = photo.load(folder / f"{role}.jpg")
            parsing = read_parsing(folder / f"{role}_parsing.png", image)
            identity = "" if role == "garment" else self.identities[index]  # whoever wears it is somebody else
            people.append(PersonSample(image, finite(keypoints, folder / "triplet.npz"), parsing, name, identity))
        person, garment, target = people
        return TripletSample(person, garment, target, flow_from_steps(steps), visible, name)


def write_renders(
    out: Path,
    number: int,
    make: Callable[[int], tuple[PersonSample | PairSample | TripletSample, str]],
    step: Callable[[], None] = lambda: None,
) -> int:
    """Fill a folder with samples of one kind; those that are there already are kept, so that a run can be taken up.

    Args:
        out: folder, made where it is missing.
        number: of samples.
        make: gives sample i, whose name becomes that of its avatar, and its split.
        step: called after each sample.

    Returns:
        How many were made now.

    Raises:
        OutputError: the folder cannot be written to, or the disk is full.
    """
    made = 0
    try:
        out.mkdir(parents=True, exist_ok=True)
        people = {path.stem for path in (out / "keypoints").glob("*.npz")}
        done = people or written(out)
        for i in range(number):
            name = f"{i:06d}"
            if name not in done:
                sample, split = make(i)
                if isinstance(sample, PersonSample):
                    _write_person(out, name, sample, split)
                elif isinstance(sample, PairSample):
                    write_pair(out, replace(sample, name=name), split)
                else:
                    _write_triplet(out, name, sample, split)
                made += 1
            if (i % 50 == 49 or i == number - 1) and (out / "keypoints").is_dir():
                _write_index(out)
            step()
    except OSError as error:
        raise OutputError(f"renders cannot be written to {out} ({error.strerror or error}); is there space?") from error
    return made


def _write_person(out: Path, name: str, sample: PersonSample, split: str) -> None:
    for folder in ("images", "parsing", "keypoints"):
        (out / folder).mkdir(exist_ok=True)
    photo.save(sample.image, out / "images" / f"{name}.jpg", quality=_QUALITY)
    write_atomically(out / "parsing" / f"{name}.png", png(sample.parsing))
    # Last, because it tells that the others are there.
    points = _npz(coco18=sample.keypoints, avatar=np.array(sample.name), split=np.array(split))
    write_atomically(out / "keypoints" / f"{name}.npz", points)


def _write_index(out: Path) -> None:
    """``keypoints.npz`` and ``meta.csv`` of all people that are there."""
    paths = sorted((out / "keypoints").glob("*.npz"))
    rows, points = ["name,avatar,split"], []
    for path in paths:
        with np.load(path) as stored:
            rows.append(f"{path.stem},{stored['avatar']},{stored['split']}")
            points.append(stored["coco18"])
    write_atomically(out / "keypoints.npz", _npz(name=np.array([path.stem for path in paths]), coco18=np.stack(points)))
    write_atomically(out / "meta.csv", ("\n".join(rows) + "\n").encode())


def _write_triplet(out: Path, name: str, sample: TripletSample, split: str) -> None:
    if sample.flow is None or sample.visible is None:
        raise DataError(f"the triplet {name} lacks its flow; only rendered triplets can be written")
    place, temporary = out / "triplets" / name, out / "triplets" / f".{secrets.token_hex(8)}.tmp"
    people = dict(zip(_ROLES, (sample.person, sample.garment, sample.target), strict=True))
    temporary.mkdir(parents=True)
    try:
        for role, person in people.items():
            photo.save(person.image, temporary / f"{role}.jpg", quality=_QUALITY)
            write_atomically(temporary / f"{role}_parsing.png", png(person.parsing))
        arrays = {f"{role}_keypoints": person.keypoints for role, person in people.items()}
        arrays |= {"flow": flow_to_steps(sample.flow), "visible": sample.visible}
        write_atomically(temporary / "triplet.npz", _npz(**arrays))
        if place.exists():  # whole, but the run ended before its row was written
            shutil.rmtree(place)
        os.replace(temporary, place)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    meta = out / "meta.csv"
    rows = meta.read_bytes() if meta.exists() else b"name,identity,split,garment\n"
    write_atomically(meta, rows + f"{name},{sample.person.identity},{split},{sample.garment.name}\n".encode())


def _npz(**arrays: np.ndarray) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # taken for the option allow_pickle
    return packed.getvalue()
