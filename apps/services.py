"""What the pages use: the one pipeline, the sample people, and pictures encoded for a browser."""

import hashlib
import io
import threading
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import streamlit as st
from PIL import Image
from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from apps import state
from apps.line import Line
from apps.mending import mended_person, mended_wearer
from tryon.batch.dress import Dresser
from tryon.batch.pairs import Pair
from tryon.batch.records import Outcome as PairOutcome
from tryon.core import photo as photo_file
from tryon.core.errors import InputImageError
from tryon.draw import draw_people
from tryon.draw import steps as draw_steps
from tryon.types import Box, Person

if TYPE_CHECKING:
    from tryon import TryOn

MAX_SHOWN_PX = 1280
"""Longer side of the pictures on the page; the download has the photo's own size."""

MAX_NUMBERED_PX = 800
"""Longer side of the picture that numbers people."""

_STAGES = {
    "normalize": "Straightening the pose",
    "warp": "Fitting the garment",
    "take_off": "Taking the old garment off",
    "render": "Drawing the result",
}
_PLAIN = {
    "another --category": "another kind of garment",
    "--category auto or": "automatic or",
    "choose --garment-photo flat where it lies or hangs": "one in which it lies or hangs by itself",
    "choose --garment-photo flat where nobody wears it, or use": "use",
    "the canonical pose": "an upright, frontal pose",
    "person photo: ": "",
    "garment photo: ": "in the garment photo, ",
    "the wearer's": "the person's",
}
_line = Line()


def keep_uploads_in_memory() -> None:
    """Let no upload touch the disk: the web server would buffer one of more than 1 MB in a temporary file."""
    MultiPartParser.spool_max_size = 2 * 2**20 * st.get_option("server.maxUploadSize")


@st.cache_resource(show_spinner=False)
def pipeline() -> "TryOn":
    """The networks, loaded once for all visitors."""
    from tryon import TryOn  # Here, because it imports much: the page is drawn before.

    return TryOn.from_pretrained()


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Begin to load the networks in the background, while the first visitor looks at the page."""
    threading.Thread(target=pipeline, name="warm up", daemon=True).start()


def sample_files(role: state.Role) -> list[Path]:
    """The sample people that come with the package, and as garments those without a wearer, too, each in order."""
    samples = Path(str(files("tryon") / "samples"))
    people, garments = sorted(samples.glob("*.jpg")), sorted((samples / "flat").glob("*.jpg"))
    return [*people, *garments] if role == "garment" else people


@st.cache_data(show_spinner=False, max_entries=64)
def sample_thumbnail(path: Path) -> bytes:
    """A small JPEG of a sample."""
    return jpeg(photo_file.load(path), 240)


@st.cache_resource(show_spinner=False, max_entries=64)
def sample_photo(path: Path) -> state.Photo:
    """A sample, decoded; the same one for all visitors."""
    return decoded(path.read_bytes())


def take_upload(role: state.Role, name: str, data: bytes) -> None:
    """Remember a file that the visitor chose, as a photo or as refused.

    Args:
        role: what it shows.
        name: the file's name, for the page.
        data: its content.
    """
    try:
        state.keep_upload(role, state.Upload(name, decoded(data)))
    except InputImageError as error:
        state.keep_upload(role, state.Upload(name, None, sentence(error)))


def release(file: UploadedFile) -> None:
    """Take a file out of the web server's memory, where it would stay until the visitor leaves."""
    context = get_script_run_ctx()
    assert context is not None  # called by a page
    manager = cast(MemoryUploadedFileManager, context.uploaded_file_mgr)
    manager.remove_file(context.session_id, file.file_id)


def people(role: state.Role, photo: state.Photo) -> tuple[list[Box], int]:
    """Who is in a photo, looked for once; as in :meth:`tryon.TryOn.count_people`. A garment may have no wearer."""
    found = state.people(role, photo.key)
    if found is None:
        alone = role == "garment" and pipeline().nobody_wears(photo.pixels)
        found = ([], 0) if alone else pipeline().count_people(photo.pixels)
        state.keep_people(role, photo.key, found)
    return found


def numbered(photo: state.Photo, boxes: list[Box], chosen: int) -> bytes:
    """JPEG of a photo that numbers its people and marks the one that is chosen."""
    height, width = photo.pixels.shape[:2]
    scale = min(1.0, MAX_NUMBERED_PX / max(height, width))
    small = cv2.resize(photo.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    scaled = [(round(x0 * scale), round(y0 * scale), round(x1 * scale), round(y1 * scale)) for x0, y0, x1, y1 in boxes]
    return jpeg(draw_people(small, scaled, chosen), MAX_NUMBERED_PX)


def try_on(
    request: state.Request,
    person_photo: state.Subject,
    garment_photo: state.Subject,
    on_progress: Callable[[str, float], None],
) -> state.Outcome:
    """Read what has not been read yet, try on, and encode the pictures for the page.

    One visitor's try-on runs at a time: the networks take all cores anyway.

    Args:
        request: options and corrections come from here.
        person_photo: the person.
        garment_photo: the garment, worn by somebody or not.
        on_progress: called with what happens now and the part that is done, in [0, 1].

    Raises:
        TryOnError: something about the photos; the message can be shown.
    """
    options, corrections = request[2:]
    with _line.turn(lambda ahead: on_progress(waiting(ahead), 0.0)):
        on_progress("Loading the networks", 0.0)
        tryon = pipeline()
        start = perf_counter()
        on_progress("Reading the person", 0.05)
        person = read("person", person_photo)
        on_progress("Reading the garment", 0.3)
        wearer = mended_wearer(read("garment", garment_photo), corrections[1], options.category)
        garment = tryon.take_garment(wearer, category=options.category)
        person = mended_person(person, corrections[0], garment.category)
        result = tryon(
            person,
            garment,
            below=options.below,
            tuck=options.tuck,
            inner=options.inner,
            normalize=options.normalize,
            on_stage=lambda name, index, total: on_progress(_STAGES[name], 0.5 + 0.45 * index / total),
        )
        seconds = perf_counter() - start
        on_progress("Drawing the steps", 0.97)
        steps = draw_steps(result)
    return state.Outcome(
        request=request,
        before=jpeg(person.photo, MAX_SHOWN_PX),
        after=jpeg(result.image, MAX_SHOWN_PX),
        png=png(result.image),
        jpeg=jpeg(result.image, max(result.image.shape)),
        steps=tuple((title, jpeg(picture, MAX_SHOWN_PX)) for title, picture in steps),
        warnings=tuple(sentence(warning) for warning in result.warnings),
        seconds=seconds,
    )


def waiting(ahead: int) -> str:
    """What is said to a visitor with so many others ahead."""
    return f"Waiting: {ahead} other try-on{'s' if ahead > 1 else ''} before yours"


def dress(dresser: Dresser, pair: Pair) -> PairOutcome:
    """Dress one pair of a batch when it is its turn, so that other visitors are served between two of them."""
    with _line.turn():
        return dresser(pair)


def decoded(data: bytes) -> state.Photo:
    """A photo from the content of its file.

    Raises:
        InputImageError: it is no photo that can be read.
    """
    return state.Photo(hashlib.sha256(data).hexdigest(), photo_file.load(data))


def worn(layer: state.Layer) -> state.Photo:
    """The photo of what is kept on, decoded once."""
    photo = state.worn_photo(layer)
    if photo is None:
        photo = decoded(layer.png)
        state.keep_worn_photo(layer, photo)
    return photo


def read(role: state.Role, subject: state.Subject) -> Person:
    """A person, or a garment with or without a wearer, read once; errors as of :class:`tryon.TryOn`."""
    person = state.person(role, subject)
    if person is None:
        reader = pipeline().read_person if role == "person" else pipeline().read_wearer
        person = reader(subject.photo.pixels, person=subject.number)
        state.keep_person(role, subject, person)
    return person


def sentence(message: object) -> str:
    """An error or a warning as a sentence for the page, in words of the page."""
    text = str(message)
    for term, plain in _PLAIN.items():
        text = text.replace(term, plain)
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
