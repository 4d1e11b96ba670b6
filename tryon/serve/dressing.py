"""From what a client asks for to the picture: fetch, read what has not been read yet, try on, encode."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tryon.core import photo
from tryon.core.errors import about
from tryon.core.labels import Label
from tryon.outfit import shown
from tryon.serve.fetching import fetch
from tryon.serve.fields import CategoryAsked, PhotoType, Picture, Request
from tryon.types import Person

if TYPE_CHECKING:
    from tryon.pipeline import GarmentPhoto, TryOn

MAX_READ = 32
"""People who are remembered as they were read, wearers of garments too: several clients with some garments each."""
MAX_PIXELS = 100_000_000
"""Of the photos of all who are remembered: some gigabytes of memory."""
_CATEGORIES = {"auto": "auto", "bottoms": "lower", "one-pieces": "dress"}
_GARMENT_PHOTOS: "dict[PhotoType, GarmentPhoto]" = {"auto": "auto", "model": "worn", "flat-lay": "flat"}


@dataclass(frozen=True, eq=False, slots=True)
class Dressed:
    """What a try-on made."""

    data: bytes
    """The file of the picture."""
    notes: tuple[str, ...]
    """What may have gone wrong, in sentences."""


class Dresser:
    """Makes the pictures, one at a time; photos that come again are not read again.

    Args:
        tryon: the networks.
        clock: seconds, as of :func:`time.monotonic`.
        max_bytes: of a picture that is fetched.
    """

    def __init__(self, tryon: "TryOn", clock: Callable[[], float], max_bytes: int):
        self._tryon, self._clock, self._max_bytes = tryon, clock, max_bytes
        self._read: dict[tuple[str, bytes], tuple[float, Person]] = {}  # from the one used longest ago to the last

    def __call__(self, request: Request, check: Callable[[], None]) -> Dressed:
        """Make a picture.

        Args:
            request: what is asked for.
            check: called between the steps; what it raises ends the work.

        Raises:
            TryOnError: something about the photos.
        """
        with about("person photo"):
            person = self._person(request.person, "person", self._tryon.read_person)
        check()
        with about("garment photo"):
            kind = _GARMENT_PHOTOS[request.garment_photo_type]
            wearer = self._person(request.garment, kind, partial(self._tryon.read_wearer, garment_photo=kind))
        check()
        garment = self._tryon.take_garment(wearer, category=category_of(wearer, request.category))
        result = self._tryon(person, garment, on_stage=lambda *_: check())
        return Dressed(photo.encode(result.image, request.output_format.upper()), result.warnings)

    def forget(self, before: float) -> None:
        """Let go of whoever was last used before a time of the clock."""
        self._read = {key: kept for key, kept in self._read.items() if kept[0] >= before}

    def _person(self, picture: Picture, role: str, read: Callable[[bytes], Person]) -> Person:
        data = fetch(picture, self._max_bytes) if isinstance(picture, str) else picture
        key = role, hashlib.sha256(data).digest()
        person = self._read.pop(key)[1] if key in self._read else read(data)
        self._read[key] = self._clock(), person
        while len(self._read) > 1 and (len(self._read) > MAX_READ or self._pixels() > MAX_PIXELS):
            del self._read[next(iter(self._read))]
        return person

    def _pixels(self) -> int:
        return sum(person.parsing.size for _, person in self._read.values())


def category_of(wearer: Person, asked: CategoryAsked) -> str:
    """The category of :func:`tryon.outfit.choose` that is meant; of tops the one that is worn outermost."""
    if asked == "tops":
        return "outer" if shown(wearer.parsing, wearer.keypoints, Label.OUTER) else "upper"
    return _CATEGORIES[asked]
