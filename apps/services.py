"""What the pages use: the one pipeline, the sample people, and pictures encoded for a browser."""

import hashlib
import io
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image
from starlette.formparsers import MultiPartParser

from apps import state
from tryon.core import photo as photo_file
from tryon.draw import steps as draw_steps

if TYPE_CHECKING:
    from tryon import TryOn

MAX_SHOWN_PX = 1280
"""Longer side of the pictures on the page; the download has the photo's own size."""

_one_at_a_time = threading.Lock()


def keep_uploads_in_memory() -> None:
    """Let no upload touch the disk: the web server would buffer one of more than 1 MB in a temporary file."""
    MultiPartParser.spool_max_size = 2 * 2**20 * st.get_option("server.maxUploadSize")


@st.cache_resource(show_spinner=False)
def pipeline() -> "TryOn":
    """The networks, loaded once for all visitors."""
    from tryon import TryOn  # Here, because it imports torch: the page is drawn before.

    return TryOn.from_pretrained()


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Begin to load the networks in the background, while the first visitor looks at the page."""
    threading.Thread(target=pipeline, name="warm up", daemon=True).start()


def sample_files() -> list[Path]:
    """The sample people that come with the package, in the order of their names."""
    return sorted(Path(str(files("tryon") / "samples")).glob("*.jpg"))


@st.cache_data(show_spinner=False, max_entries=64)
def sample_thumbnail(path: Path) -> bytes:
    """A small JPEG of a sample."""
    return jpeg(photo_file.load(path), 240)


def open_photo(role: str, data: bytes) -> state.Photo:
    """Decode a photo, or take it from the session when it is the one of the last time.

    Args:
        role: ``person`` or ``garment``.
        data: the file's content.

    Raises:
        InputImageError: it is no picture that can be used; the message can be shown.
    """
    key = hashlib.sha256(data).hexdigest()
    known = state.photo(role)
    if known is not None and known.key == key:
        return known
    opened = state.Photo(key, photo_file.load(data))
    state.keep_photo(role, opened)
    return opened


def try_on(
    request: state.Request,
    person_photo: state.Photo,
    garment_photo: state.Photo,
    on_progress: Callable[[str, float], object],
) -> state.Outcome:
    """Read what has not been read yet, try on, and encode the pictures for the page.

    One visitor's try-on runs at a time: the networks take all cores anyway.

    Args:
        request: category (as in :meth:`tryon.TryOn.read_garment`) and what happens below (as in
            :meth:`tryon.TryOn.__call__`) come from here.
        person_photo: the person.
        garment_photo: who wears the garment.
        on_progress: called with what happens now and the part that is done, in [0, 1].

    Raises:
        TryOnError: something about the photos; the message can be shown.
    """
    category, below = request[2:]
    if _one_at_a_time.locked():
        on_progress("Waiting for another visitor's try-on", 0.0)
    with _one_at_a_time:
        on_progress("Loading the networks", 0.0)
        tryon = pipeline()
        start = perf_counter()
        on_progress("Reading the person", 0.05)
        person = state.person(person_photo.key)
        if person is None:
            person = tryon.read_person(person_photo.pixels)
            state.keep_person(person_photo.key, person)
        on_progress("Reading the garment", 0.3)
        garment = state.garment(garment_photo.key, category)
        if garment is None:
            garment = tryon.read_garment(garment_photo.pixels, category=category)
            state.keep_garment(garment_photo.key, category, garment)

        def on_stage(name: str, index: int, total: int) -> None:
            on_progress(name.capitalize(), 0.5 + 0.45 * index / total)

        result = tryon(
            person,
            garment,
            below=below,
            on_stage=on_stage,
        )
        seconds = perf_counter() - start
        on_progress("Drawing the steps", 0.97)
        steps = draw_steps(result)
    return state.Outcome(
        request=request,
        before=jpeg(person.photo, MAX_SHOWN_PX),
        after=jpeg(result.image, MAX_SHOWN_PX),
        png=png(result.image),
        steps=tuple((title, jpeg(picture, MAX_SHOWN_PX)) for title, picture in steps),
        warnings=result.warnings,
        seconds=seconds,
    )


def sentence(message: object) -> str:
    """An error or a warning as a sentence for the page."""
    text = str(message)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def jpeg(picture: np.ndarray, longer_side: int) -> bytes:
    """RGB ``(H, W, 3)`` ``uint8`` as a JPEG, made smaller where a side is longer than ``longer_side`` pixels."""
    small = Image.fromarray(picture)
    small.thumbnail((longer_side, longer_side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=90)
    return out.getvalue()


def png(picture: np.ndarray) -> bytes:
    """RGB ``(H, W, 3)`` ``uint8`` as a PNG without loss."""
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=3)
    return out.getvalue()
