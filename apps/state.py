"""What one visitor's session remembers, with types. Everything here is gone when the visitor leaves."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from tryon.outfit import BelowPolicy
from tryon.types import Garment, Person

Request = tuple[str, str, str, BelowPolicy]
"""What a try-on was asked for: keys of the person photo and the garment photo, category, what happens below."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo that the visitor chose, decoded once."""

    key: str
    """Hash of the file, so that a photo is known again."""
    pixels: np.ndarray
    """``(H, W, 3)`` ``uint8`` RGB, upright."""


@dataclass(frozen=True)
class Outcome:
    """A finished try-on, encoded for the page; the arrays behind it are not kept."""

    request: Request
    before: bytes
    after: bytes
    png: bytes
    """The result in full size; ``before`` and ``after`` are JPEGs in the size of the page."""
    steps: tuple[tuple[str, bytes], ...]
    """Title and JPEG of each intermediate picture."""
    warnings: tuple[str, ...]
    seconds: float


def photo(role: str) -> Photo | None:
    """The photo that was last decoded for ``role``, ``person`` or ``garment``."""
    return st.session_state.get(f"{role} photo")


def keep_photo(role: str, value: Photo) -> None:
    st.session_state[f"{role} photo"] = value


def person(key: str) -> Person | None:
    """The person of photo ``key``, if it was the last one read."""
    known, value = st.session_state.get("person read", ("", None))
    return value if known == key else None


def keep_person(key: str, value: Person) -> None:
    st.session_state["person read"] = (key, value)


def garment(key: str, category: str) -> Garment | None:
    """The garment of photo ``key`` for what was asked for, if it was the last one read."""
    known, value = st.session_state.get("garment read", (("", ""), None))
    return value if known == (key, category) else None


def keep_garment(key: str, category: str, value: Garment) -> None:
    st.session_state["garment read"] = ((key, category), value)


def outcome(request: Request) -> Outcome | None:
    """The last finished try-on, if it answers ``request``."""
    value = st.session_state.get("outcome")
    return value if value is not None and value.request == request else None


def keep_outcome(value: Outcome) -> None:
    st.session_state["outcome"] = value


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
