"""Which person tries on which garment, from two folders or from a table, and the name of each picture."""

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from tryon.core.errors import ConfigError, DataError
from tryon.core.files import address_in, read_table
from tryon.core.photo import OUTPUT_SUFFIXES, PHOTO_SUFFIXES, Photo
from tryon.outfit import CATEGORIES, BelowPolicy, Inner
from tryon.types import Tuck

if TYPE_CHECKING:
    from tryon.pipeline import Normalize

CHOICES: dict[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "below": get_args(BelowPolicy),
    "tuck": get_args(Tuck),
    "inner": get_args(Inner),
    "normalize": ("auto", "always", "never"),
}
"""How to try on, and what each may be."""
COLUMNS = ("person", "garment", *CHOICES, "person_number", "wearer_number", "out")
"""Columns that a table may have; the first two have to be there."""
File = Path | Photo
"""A photo, in its file or decoded already."""
_LONGEST_NAME = 255  # bytes, on the usual file systems


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is asked for, as in :meth:`tryon.pipeline.TryOn.__call__` and ``read_garment``."""

    category: str = "auto"
    below: BelowPolicy = "auto"
    tuck: Tuck = "auto"
    inner: Inner = "bring"
    normalize: "Normalize" = "never"
    person_number: int | None = None
    wearer_number: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A person, a garment, and the picture that becomes of them."""

    person: str
    """Name of the person photo, as the report tells it: that in its folder, or as it stands in the table."""
    garment: str
    """Name of the garment photo."""
    picture: str
    """Name of the picture in the folder of the batch; no two pairs have the same."""
    person_file: File
    garment_file: File
    options: Options = Options()

    def facts(self) -> dict[str, object]:
        """What makes this pair the one it is, wherever its photos lie."""
        return {"person": self.person, "garment": self.garment, "picture": self.picture} | asdict(self.options)

    def sizes(self) -> list[int | None]:
        """Bytes of the files, ``None`` for one that cannot be found or is none, to tell whether they were exchanged."""
        return [_size(file) for file in (self.person_file, self.garment_file)]


def all_pairs(people: Path, garments: Path, suffix: str, options: Options = Options()) -> list[Pair]:
    """Every person with every garment, one person after the other, each sorted by name.

    Args:
        people: folder of photos; other files and folders in it are passed over.
        garments: folder of photos.
        suffix: of the pictures, such as ``.jpg``.
        options: for all pairs.

    Raises:
        ConfigError: a folder that is none or holds no photo, or two pictures of the same name.
    """
    pairs = [
        Pair(
            person=person.name,
            garment=garment.name,
            picture=f"{person.stem}--{garment.stem}{suffix}",
            person_file=person,
            garment_file=garment,
            options=options,
        )
        for person in _photos(people)
        for garment in _photos(garments)
    ]
    _check_names(pairs, "rename one of the photos")
    return pairs


def listed_pairs(table: Path, suffix: str, options: Options = Options()) -> list[Pair]:
    """The pairs of a table, in its order.

    Args:
        table: CSV in UTF-8 with a header of :data:`COLUMNS`; ``person`` and ``garment`` are paths of photos, relative
            to the table's folder. An empty cell means what ``options`` and ``suffix`` say.
        suffix: of the pictures that the table does not name.
        options: for what the table leaves open.

    Raises:
        DataError: no such table, or a value that cannot be used.
        ConfigError: two pictures of the same name.
    """
    header, rows = read_table(table, f"a table with the columns {', '.join(COLUMNS[:2])}", COLUMNS[:2])
    if not rows:
        raise DataError(f"{table} lists no pairs; expected a row for each, with the columns person and garment")
    if unknown := [name for name in header if name not in COLUMNS]:
        raise DataError(f"{table} has the unknown column {unknown[0]!r}; its columns may be {', '.join(COLUMNS)}")
    if twice := [name for name in COLUMNS if header.count(name) > 1]:
        raise DataError(f"{table} has the column {twice[0]!r} {header.count(twice[0])} times; leave it there once")
    pairs = []
    for line, cells in rows:
        row = {name: value.strip() for name, value in cells.items()}
        where = f"{table}, line {line}"
        for name in COLUMNS[:2]:
            if not row[name]:
                raise DataError(f"{where} names no {name}; give the path of a photo")
        pairs.append(_listed_pair(row, table.parent, suffix, options, where))
    _check_names(pairs, "give them names in a column out")
    return pairs


def _listed_pair(row: dict[str, str], folder: Path, suffix: str, options: Options, where: str) -> Pair:
    given: dict[str, str | int] = {}
    for name, choices in CHOICES.items():
        if value := row.get(name):
            if value not in choices:
                raise DataError(f"{where}: {name} is {value!r}; choose {', '.join(choices[:-1])} or {choices[-1]}")
            given[name] = value
    for name in ("person_number", "wearer_number"):
        if value := row.get(name):
            if not value.isdecimal() or int(value) < 1:
                raise DataError(f"{where}: {name} is {value!r}; give a whole number, counted from the left, from 1")
            given[name] = int(value)
    person, garment = Path(row["person"]), Path(row["garment"])
    picture = row.get("out") or f"{person.stem}--{garment.stem}{suffix}"
    if row.get("out") and (Path(picture).name != picture or Path(picture).suffix.lower() not in OUTPUT_SUFFIXES):
        endings = f"{', '.join(OUTPUT_SUFFIXES[:-1])} or {OUTPUT_SUFFIXES[-1]}"
        raise DataError(f"{where}: out is {picture!r}; give a file name without folders that ends in {endings}")
    return Pair(
        person=row["person"],
        garment=row["garment"],
        picture=picture,
        person_file=_file(folder, person),
        garment_file=_file(folder, garment),
        options=replace(options, **given),  # type: ignore[arg-type]
    )


def _file(folder: Path, name: Path) -> Path:
    """A photo of a table; an address is left as it is, to be told when the pair is read."""
    return name if address_in(str(name)) else folder / name


def by_person(pairs: Sequence[Pair]) -> dict[tuple[File, int | None], list[Pair]]:
    """The pairs of each person, who so can be read once; people and pairs in their order."""
    groups: dict[tuple[File, int | None], list[Pair]] = {}
    for pair in pairs:
        groups.setdefault((pair.person_file, pair.options.person_number), []).append(pair)
    return groups


def _photos(folder: Path) -> list[Path]:
    try:
        found = sorted(
            path for path in folder.iterdir() if path.suffix[1:].lower() in PHOTO_SUFFIXES and not path.is_dir()
        )
    except (OSError, ValueError) as error:
        if address := address_in(str(folder)):
            raise ConfigError(f"{address}: addresses are not fetched; give a folder of photos") from error
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigError(f"{folder} cannot be read ({reason}); expected a folder of photos") from error
    # Such as the files that macOS puts beside others on foreign disks.
    found = [path for path in found if not path.name.startswith(".")]
    if not found:
        raise ConfigError(f"{folder} holds no photos; expected files that end in {', '.join(PHOTO_SUFFIXES)}")
    return found


def _check_names(pairs: Sequence[Pair], remedy: str) -> None:
    first: dict[str, Pair] = {}
    for pair in pairs:
        if len(os.fsencode(pair.picture)) > _LONGEST_NAME:
            raise ConfigError(
                f"the name of the picture of {pair.person} and {pair.garment} would be longer than the "
                f"{_LONGEST_NAME} bytes that a file name may have; {remedy}"
            )
        # Some file systems do not tell A from a, or one way to write an accent from another.
        other = first.setdefault(unicodedata.normalize("NFC", pair.picture).casefold(), pair)
        if other is not pair:
            raise ConfigError(
                f"{other.person} with {other.garment} and {pair.person} with {pair.garment} would both become "
                f"{pair.picture}; {remedy}"
            )


def _size(file: File) -> int | None:
    if isinstance(file, Photo):
        return None
    try:
        return file.stat().st_size
    except (OSError, ValueError):
        return None
