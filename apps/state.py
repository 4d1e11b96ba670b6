"""What one visitor's session remembers, with types. Everything here is gone when the visitor leaves.

It outlives the widgets, which Streamlit forgets when they leave the page. The address of the page names what may be
known to others: which samples were chosen, and that a photo was uploaded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from apps.mending import Correction
from tryon.outfit import BelowPolicy, Inner
from tryon.types import Box, Person, Tuck

if TYPE_CHECKING:  # It imports much: the page is drawn before.
    from tryon.pipeline import Normalize

Role = Literal["person", "garment"]
Source = Literal["Sample", "Upload", "Shop"]
UPLOAD = "upload"
"""In place of the name of a sample in the address of the page."""
PRODUCT = "product:"
"""Before the handle of a product, in place of the name of a sample."""
_REMEMBERED = 8  # results of a visit


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo that the visitor chose, decoded once."""

    key: str
    """Hash of the file, so that a photo is known again."""
    pixels: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB, upright."""


@dataclass(frozen=True, eq=False)
class Upload:
    """The file that the visitor chose last: a photo, or why it was refused."""

    name: str
    photo: Photo | None
    refused: str = ""


@dataclass(frozen=True, eq=False)
class Subject:
    """Somebody in a photo."""

    photo: Photo
    number: int | None = None
    """Which of several people, as in :meth:`tryon.TryOn.read_person`."""
    title: str = ""
    """What the garment is called, where it is a product."""
    product: str = ""
    """The handle of the product."""
    category: str = "auto"
    """The kind of garment that the product is."""
    base: tuple[str, int | None] | None = None
    """Of somebody who keeps a garment on: the key of the same person without it,"""
    made_of: frozenset[str] = frozenset()
    """and the keys of all photos that the photo was made of."""

    @property
    def key(self) -> tuple[str, int | None]:
        """The same for the same person of the same file."""
        return self.photo.key, self.number

    @property
    def sources(self) -> frozenset[str]:
        """Keys of the photos that it was made of; its own, where it was made of none."""
        return self.made_of or frozenset((self.photo.key,))


@dataclass(frozen=True, eq=False)
class Layer:
    """A garment that was tried on and is kept on while others are tried with it."""

    png: bytes
    """The person with it, and with those before it."""
    title: str
    made_of: frozenset[str]
    """Keys of the photos that the picture was made of."""


@dataclass(frozen=True)
class Options:
    """How to try on, as in :meth:`tryon.TryOn.read_garment` and :meth:`tryon.TryOn.__call__`."""

    category: str
    below: BelowPolicy
    tuck: Tuck
    inner: Inner
    normalize: "Normalize"


Request = tuple[tuple[str, int | None], tuple[str, int | None], Options, tuple[Correction, Correction]]
"""What a try-on was asked for: keys of the person and of the garment's wearer, how, and what was corrected of them."""


@dataclass(frozen=True)
class Outcome:
    """A finished try-on, encoded for the page; the arrays behind it are not kept."""

    request: Request
    before: bytes
    after: bytes
    png: bytes
    jpeg: bytes
    """The result in full size, twice; ``before`` and ``after`` are JPEGs in the size of the page."""
    steps: tuple[tuple[str, bytes], ...]
    """Title and JPEG of each intermediate picture."""
    warnings: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Tried:
    """A result of this visit, to compare with others."""

    request: Request
    title: str
    product: str
    """The handle of the product; empty for a garment of a photo."""
    picture: bytes
    """JPEG."""
    made_of: frozenset[str]
    """Keys of the photos that it was made of."""


def begin(role: Role, samples: Sequence[str], default: str) -> Source:
    """Take the choice of a new session from the address of the page, or else the default sample.

    Returns:
        Where the photo came from when the session began.
    """
    if f"{role} began" not in st.session_state:
        named = st.query_params.get(role, "")
        product = named.removeprefix(PRODUCT) if role == "garment" and named.startswith(PRODUCT) else ""
        st.session_state[f"{role} began"] = "Upload" if named == UPLOAD else "Shop" if product else "Sample"
        if product:
            choose_product(product)
        st.session_state[f"{role} lost"] = named == UPLOAD
        st.session_state[f"{role} sample"] = named if named in samples else default
    return st.session_state[f"{role} began"]


def lost(role: Role) -> bool:
    """Whether the page was loaded anew after an upload, which the new session cannot know."""
    return st.session_state[f"{role} lost"]


def sample(role: Role) -> str:
    """The name of the sample that was chosen last."""
    return st.session_state[f"{role} sample"]


def keep_choice(role: Role, source: Source, sample_name: str) -> None:
    """Remember where the photo comes from and which sample it is, also in the address of the page."""
    st.session_state[f"{role} sample"] = sample_name
    named = {"Upload": UPLOAD, "Shop": f"{PRODUCT}{product() or ''}", "Sample": sample_name}[source]
    if st.query_params.get(role) != named:
        st.query_params[role] = named


def choose_product(handle: str) -> None:
    """Take a product of the shop as the garment, before the fitting room is drawn."""
    st.session_state["garment product"] = handle
    st.session_state["garment_source"] = "Shop"


def product() -> str | None:
    """The handle of the product that was chosen last as the garment."""
    return st.session_state.get("garment product")


def keep_product(handle: str | None) -> None:
    st.session_state["garment product"] = handle


def upload(role: Role) -> Upload | None:
    """The last file that was uploaded for ``role``."""
    return st.session_state.get(f"{role} upload")


def uploads(role: Role) -> int:
    """How many files were uploaded for ``role``, or taken away again."""
    return st.session_state.get(f"{role} uploads", 0)


def keep_upload(role: Role, value: Upload | None) -> None:
    """Remember an upload in place of the last one, or forget that with all that was made from it."""
    if value is None and (old := upload(role)) and old.photo:
        key = old.photo.key
        st.session_state["tried"] = [one for one in tried() if key not in one.made_of]
        if (batch := st.session_state.get("batch")) and batch.person.photo.key == key:
            del st.session_state["batch"]
    if (value is None or role == "person") and (old := upload(role)) and old.photo:
        _forget_layers(old.photo.key)
    st.session_state[f"{role} upload"] = value
    st.session_state[f"{role} uploads"] = uploads(role) + 1
    st.session_state[f"{role} lost"] = False
    for name in (f"{role} people", f"{role} read", *(("outcome", "problem", "mend pictures") if value is None else ())):
        st.session_state.pop(name, None)


def people(role: Role, key: str) -> tuple[list[Box], int] | None:
    """Who is in photo ``key``, as from :meth:`tryon.TryOn.count_people`, if it was the last one looked at."""
    known, value = st.session_state.get(f"{role} people", ("", None))
    return value if known == key else None


def keep_people(role: Role, key: str, value: tuple[list[Box], int]) -> None:
    st.session_state[f"{role} people"] = (key, value)


def person(role: Role, subject: Subject) -> Person | None:
    """The person of a photo, if it was the last one read for ``role``, apart from that in what is kept on."""
    known, value = st.session_state.get("layer read" if subject.base else f"{role} read", (None, None))
    return value if known == subject.key else None


def keep_person(role: Role, subject: Subject, value: Person) -> None:
    st.session_state["layer read" if subject.base else f"{role} read"] = (subject.key, value)


def correction(role: Role, key: tuple[str, int | None]) -> Correction:
    """What the visitor corrected of the reading of :attr:`Subject.key`."""
    return st.session_state.get(f"{role} corrections", {}).get(key, Correction())


def keep_correction(role: Role, key: tuple[str, int | None], value: Correction) -> None:
    known = {one: kept for one, kept in st.session_state.get(f"{role} corrections", {}).items() if one != key}
    st.session_state[f"{role} corrections"] = dict([*known.items(), (key, value)][-_REMEMBERED:])


def layers(key: tuple[str, int | None]) -> tuple[Layer, ...]:
    """What the person of :attr:`Subject.key` keeps on, the first one first; of the last person only."""
    known, value = st.session_state.get("layers", (None, ()))
    return value if known == key else ()


def keep_on(person: Subject, layer: Layer) -> None:
    """Keep a garment on ``person``, once; of many, the first ones can no longer be taken off."""
    key = person.base or person.key
    worn = layers(key)
    if not worn or worn[-1].png != layer.png:  # a click that comes before the page is drawn tells of it again
        st.session_state["layers"] = (key, (*worn, layer)[-_REMEMBERED:])
        _forget_worn()  # also of somebody else, whose photo may be removed while this person is dressed


def take_off(key: tuple[str, int | None]) -> None:
    """Take the last layer of a person off."""
    st.session_state["layers"] = (key, layers(key)[:-1])
    _forget_worn()


def worn_photo(layer: Layer) -> Photo | None:
    """The photo of a layer, if it was the last one decoded."""
    known, photo = st.session_state.get("layer photo", (None, None))
    return photo if known is layer else None


def keep_worn_photo(layer: Layer, photo: Photo) -> None:
    st.session_state["layer photo"] = (layer, photo)


def _forget_layers(key: str) -> None:
    """Forget what is kept on, if any of it was made of photo ``key``."""
    _, worn = st.session_state.get("layers", (None, ()))
    if any(key in layer.made_of for layer in worn):
        del st.session_state["layers"]
        _forget_worn()


def _forget_worn() -> None:
    for name in ("layer photo", "layer read"):
        st.session_state.pop(name, None)


def outcome(request: Request) -> Outcome | None:
    """The last finished try-on, if it answers ``request``."""
    value = st.session_state.get("outcome")
    return value if value is not None and value.request == request else None


def keep_outcome(value: Outcome) -> None:
    st.session_state["outcome"] = value
    st.session_state.pop("problem", None)  # "try again" has helped


def tried() -> list[Tried]:
    """The last results of this visit, the newest first, each garment on each person once."""
    return st.session_state.get("tried", [])


def keep_tried(value: Tried) -> None:
    others = [one for one in tried() if one.request[:2] != value.request[:2]]
    st.session_state["tried"] = [value, *others][:_REMEMBERED]


def problem(request: Request) -> str | None:
    """Why the last try-on failed, if it was for ``request``."""
    known, value = st.session_state.get("problem", (None, None))
    return value if known == request else None


def keep_problem(request: Request, value: str | None) -> None:
    st.session_state["problem"] = (request, value)


def running() -> bool:
    """Whether the button was pressed and the answer is still being made."""
    return st.session_state.get("running", False)


def set_running(value: bool) -> None:
    st.session_state["running"] = value
