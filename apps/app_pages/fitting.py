"""The fitting room: a person, a garment, the result."""

import logging
from uuid import uuid4

import streamlit as st

from apps import services, state
from apps.components.compare import compare
from apps.components.picker import pick
from tryon.core.errors import InputImageError, TryOnError
from tryon.outfit import BelowPolicy

PHOTO_TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif", "bmp", "tif", "tiff"]
PREVIEW_WIDTH_PX = 240
RESULT_WIDTH_PX = 560
CATEGORIES = {
    "auto": "What is worn on top (automatic)",
    "upper": "Top",
    "outer": "Coat or jacket",
    "dress": "Dress",
    "lower": "Trousers or skirt",
    "outfit": "The whole outfit",
}
BELOW: dict[BelowPolicy, str] = {"bring": "bring their trousers or skirt along", "keep": "keep mine"}

log = logging.getLogger(__name__)


def choose_photo(role: str, default_sample: str, upload_label: str) -> state.Photo | None:
    """The widgets to choose one photo; ``None`` until there is one that can be used."""
    source = st.segmented_control(
        f"Source of the {role} photo",
        ["Sample", "Upload"],
        default="Sample",
        required=True,
        key=f"{role}_source",
        label_visibility="collapsed",
    )
    if source == "Sample":
        samples = {path.stem.replace("_", " "): path for path in services.sample_files()}
        name = pick(
            f"Sample {role}",
            {name: services.sample_thumbnail(path) for name, path in samples.items()},
            default_sample,
            key=f"{role}_sample",
        )
        data, alt = samples[name].read_bytes(), name
    else:
        upload = st.file_uploader(upload_label, PHOTO_TYPES, key=f"{role}_upload")
        st.caption("Kept in memory while this page is open, then deleted. It is sent nowhere else.")
        if upload is None:
            return None
        data, alt = upload.getvalue(), f"Your {role} photo"
    try:
        photo = services.open_photo(role, data)
    except InputImageError as error:
        st.error(services.sentence(error))
        return None
    st.image(services.jpeg(photo.pixels, 2 * PREVIEW_WIDTH_PX), width=PREVIEW_WIDTH_PX, alt=alt)
    return photo


def choose_options() -> tuple[str, BelowPolicy]:
    """Category and what happens below, from a popover that most visitors never open."""
    with st.popover("Options"):
        category = st.selectbox("Garment", list(CATEGORIES), format_func=CATEGORIES.__getitem__, key="category")
        below = st.radio(
            "Where the new garment is shorter than mine", list(BELOW), format_func=BELOW.__getitem__, key="below"
        )
    return category, below


def run(request: state.Request, person: state.Photo, garment: state.Photo) -> None:
    """Try on, with progress; then draw the page again with the result, or say what went wrong."""
    bar = st.progress(0.0)
    try:
        state.keep_outcome(services.try_on(request, person, garment, lambda text, part: bar.progress(part, text)))
    except TryOnError as error:
        state.keep_problem(request, services.sentence(error))
    except Exception:
        reference = uuid4().hex[:8]
        log.exception("try-on failed, reference %s", reference)
        message = f"Something went wrong on our side (reference {reference}). Try again, or take another photo."
        state.keep_problem(request, message)
    # Not reached when the visitor changes a choice in the meantime: the page then starts over with the new choice.
    state.set_running(False)
    st.rerun()


def show(outcome: state.Outcome) -> None:
    """The result, its download and, when asked for, how it came about."""
    with st.container(width=RESULT_WIDTH_PX):
        compare(outcome.before, outcome.after, key="compare")
        st.caption(f"Ready in {outcome.seconds:.1f} s. Drag across the picture to compare.")
        for warning in outcome.warnings:
            st.warning(services.sentence(warning))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                "Download PNG", outcome.png, "try-on.png", "image/png", on_click="ignore", key="download"
            )
            st.toggle("Show steps", key="show_steps")


def result_part(person: state.Photo | None, garment: state.Photo | None) -> state.Outcome | None:
    """The button, and below it the progress, the result or the problem; returns the result that is shown."""
    with st.container(horizontal=True):
        # The click is seen before the page is drawn again, so that the button is disabled while it works.
        st.button(
            "Try it on",
            type="primary",
            key="go",
            on_click=state.set_running,
            args=(True,),
            disabled=state.running() or person is None or garment is None,
        )
        category, below = choose_options()
    if person is None or garment is None:
        state.set_running(False)
        st.caption("Choose a photo of a person and one of a garment to begin.")
        return None
    request = (person.key, garment.key, category, below)
    if state.running():
        run(request, person, garment)
    if problem := state.problem(request):
        st.error(problem)
        return None
    outcome = state.outcome(request)
    if outcome is None:
        st.caption("The result appears here after some seconds.")
    else:
        show(outcome)
    return outcome


st.title("Fitting room")
person_column, garment_column, result_column = st.columns([1, 1, 1.3], gap="medium")
with person_column:
    st.subheader("1. Your photo")
    person = choose_photo("person", "man tshirt", "A photo of you, from the front, arms free")
with garment_column:
    st.subheader("2. The garment")
    garment = choose_photo("garment", "man floral", "A photo of somebody who wears the garment")
with result_column:
    st.subheader("3. The result")
    outcome = result_part(person, garment)
if outcome is not None and st.session_state.get("show_steps"):
    st.subheader("How it came about")
    with st.grid(min_column_width=150):
        for title, picture in outcome.steps:
            st.image(picture, caption=title, alt=title, width="stretch")
services.warm_up()
