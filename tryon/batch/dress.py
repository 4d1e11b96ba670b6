"""Dressing one pair after the other: each photo is read once, and no photo stops the others."""

import time
import traceback
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tryon.batch.pairs import File, Pair
from tryon.batch.records import Outcome, Status
from tryon.core import photo
from tryon.core.errors import CheckpointError, OutputError, TryOnError, about
from tryon.types import Person

if TYPE_CHECKING:
    from tryon.pipeline import TryOn

Load = Callable[[], "TryOn"]
"""What makes a try-on."""
Keep = Callable[[np.ndarray, str], None]
"""What is done with a picture ``(H, W, 3)`` and its name."""
_NOTHING = np.empty((0, 0), np.uint8)


def saving_in(folder: Path) -> Keep:
    """Keeps pictures as files in an existing folder."""
    return lambda image, name: photo.save(image, folder / name)


class Dresser:
    """Dresses one pair after the other and keeps the pictures; what it has read it does not read again.

    It keeps of each photo some ten kilobytes, so that thousands of them need no order in which they come.
    """

    def __init__(self, tryon: "TryOn", keep: Keep):
        self._tryon, self._keep = tryon, keep
        self._people = _Readings("person photo", lambda taken, number: tryon.read_person(taken, person=number))
        self._wearers = _Readings("garment photo", lambda taken, number: tryon.read_wearer(taken, person=number))

    def __call__(self, pair: Pair) -> Outcome:
        """Dress a pair, and keep the picture if there is one.

        Raises:
            CheckpointError: weights are missing or damaged.
            OutputError: the picture cannot be written.
        """
        start, sizes, options = time.perf_counter(), tuple(pair.sizes()), pair.options
        status: Status = "ok"
        category, message = options.category, ""
        notes: tuple[str, ...] = ()
        try:
            person = self._people(pair.person_file, options.person_number)
            wearer = self._wearers(pair.garment_file, options.wearer_number)
            garment = self._tryon.take_garment(wearer, category=category)
            category = garment.category
            result = self._tryon(
                person,
                garment,
                below=options.below,
                tuck=options.tuck,
                inner=options.inner,
                normalize=options.normalize,
            )
            self._keep(result.image, pair.picture)
            notes = result.warnings
        except (CheckpointError, OutputError):
            raise
        except Exception as error:
            status, message = _told(error)
        seconds = time.perf_counter() - start
        return Outcome(
            pair=pair, status=status, category=category, message=message, notes=notes, seconds=seconds, sizes=sizes
        )


class _UnusablePhotoError(Exception):
    """A photo that could not be read, and the words of the error that it met then."""

    def __init__(self, status: Status, message: str):
        super().__init__(status, message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class _Packed:
    """A person who was read, without the photo, which is read again from its file in far less time."""

    person: Person
    labels: bytes
    checksum: int

    @classmethod
    def of(cls, person: Person) -> "_Packed":
        labels = zlib.compress(person.parsing.tobytes(), 1)
        return cls(replace(person, photo=_NOTHING, parsing=_NOTHING), labels, _checksum(person.photo))

    def unpacked(self, image: np.ndarray) -> Person | None:
        """The person again, if the photo is still the same."""
        if _checksum(image) != self.checksum:
            return None
        labels = np.frombuffer(zlib.decompress(self.labels), np.uint8).reshape(image.shape[:2])
        return replace(self.person, photo=image, parsing=labels)


class _Readings:
    """People read from photos, each once."""

    def __init__(self, what: str, read: Callable[[photo.Photo, int | None], Person]):
        self._what, self._read = what, read
        self._known: dict[tuple[File, int | None], _Packed | tuple[Status, str]] = {}
        self._last: tuple[tuple[File, int | None], Person] | None = None

    def __call__(self, file: File, number: int | None) -> Person:
        key = file, number
        if self._last and self._last[0] == key:
            return self._last[1]
        known = self._known.get(key)
        if isinstance(known, tuple):
            raise _UnusablePhotoError(*known)
        try:
            with about(self._what):
                taken = photo.as_photo(file, "the photo")
                person = known.unpacked(taken.image) if known else None
                person = person or self._read(taken, number)
        except CheckpointError:
            raise
        except Exception as error:
            self._known[key] = _told(error)
            raise
        self._known[key] = _Packed.of(person)
        self._last = key, person
        return person


def _told(error: Exception) -> tuple[Status, str]:
    """Whether a photo is to blame for an error, and the words for the report."""
    if isinstance(error, _UnusablePhotoError):
        return error.status, error.message
    words = " ".join(str(error).split())
    if isinstance(error, TryOnError) and error.exit_code == 2:
        return "failed", words
    place = traceback.extract_tb(error.__traceback__)[-1]
    return "error", f"{type(error).__name__}: {words} ({Path(place.filename).name}, line {place.lineno})"


def _checksum(image: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(image).data)
