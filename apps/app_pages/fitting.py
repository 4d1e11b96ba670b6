"""The fitting room: a person, a garment, the result."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import streamlit as st

from apps import correcting, services, state
from apps.choosing import choose_photo
from apps.components.compare import compare
from apps.components.zoom import zoom
from tryon.core.errors import KindError, TryOnError
from tryon.outfit import BelowPolicy, Inner
from tryon.types import Tuck

if TYPE_CHECKING:  # It imports torch: the page is drawn before.
    from tryon.pipeline import Normalize

RESULT_WIDTH_PX = 560
CATEGORIES = {
    "auto": "What is worn on top, or what lies there (automatic)",
    "upper": "Top",
    "outer": "Coat or jacket",
    "dress": "Dress",
    "lower": "Trousers or skirt",
    "outfit": "The whole outfit",
}
BELOW: dict[BelowPolicy, str] = {
    "auto": "keep mine where they are seen",
    "keep": "always keep mine",
    "bring": "bring their trousers or skirt along",
}
TUCK: dict[Tuck, str] = {"auto": "as it is worn there", "in": "in the waistband", "out": "out over it"}
INNER: dict[Inner, str] = {"bring": "what they wear under it", "keep": "what I wear"}
NORMALIZE: dict["Normalize", str] = {
    "never": "never",
    "auto": "where arms lie over the body or the shoulders are turned",
    "always": "always",
}

log = logging.getLogger(__name__)


def choose_options() -> state.Options:
    """How to try on, from a popover that most visitors never open."""
    with st.popover("Options"):
        category = st.selectbox(
            "Garment",
            list(CATEGORIES),
            format_func=CATEGORIES.__getitem__,
            key="category",
            persist_state="session",
        )
        below = st.radio(
            "Where the new garment is shorter than mine",
            list(BELOW),
            format_func=BELOW.__getitem__,
            key="below",
            persist_state="session",
        )
        tuck = st.radio("Wear a top", list(TUCK), format_func=TUCK.__getitem__, key="tuck", persist_state="session")
        inner = st.radio(
            "In the opening of a coat",
            list(INNER),
            format_func=INNER.__getitem__,
            key="inner",
            persist_state="session",
        )
        normalize = st.radio(
            "Straighten the pose first",
            list(NORMALIZE),
            format_func=NORMALIZE.__getitem__,
            key="normalize",
            persist_state="session",
        )
        st.caption("People are redrawn upright and frontal, arms off the body: more of the clothes, less sharp.")
    return state.Options(category, below, tuck, inner, normalize)


def title_of(garment: state.Subject) -> str:
    return garment.title or "From a photo"


def with_layers(person: state.Subject) -> state.Subject:
    """The person in what was tried on and kept on, with a button that takes the last of it off."""
    layers = state.layers(person.key)
    if not layers:
        return person
    photo = services.worn(layers[-1])
    st.image(services.jpeg(photo.pixels, 480), width=240, alt="You in what is kept on")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Kept on: {', '.join(layer.title for layer in layers)}.")
        st.button("Take the last off", key="take_off", on_click=state.take_off, args=(person.key,))
    return replace(person, photo=photo, base=person.key, made_of=layers[-1].made_of)


def run(request: state.Request, person: state.Subject, garment: state.Subject) -> None:
    """Try on, with progress; then draw the page again with the result, or say what went wrong."""
    bar = st.progress(0.0)

    def on_progress(text: str, part: float) -> None:
        bar.progress(part, text)

    try:
        outcome = services.try_on(request, person, garment, on_progress)
        state.keep_outcome(outcome)
        made_of = person.sources | garment.sources
        state.keep_tried(state.Tried(request, title_of(garment), garment.product, outcome.after, made_of))
    except Exception as error:
        if isinstance(error, TryOnError) and not isinstance(error, KindError):
            message = services.sentence(error)
        else:
            reference = uuid4().hex[:8]
            log.exception("try-on failed, reference %s", reference)
            message = f"Something went wrong on our side (reference {reference}). Try again, or take another photo."
        state.keep_problem(request, message)
    # Not reached when the visitor changes a choice in the meantime: the page then starts over with the new choice.
    state.set_running(False)
    st.rerun()


@st.dialog("The result in full size", width="large")
def look_closer(outcome: state.Outcome) -> None:
    zoom(outcome.jpeg, "The person wearing the garment", key="zoom")


def show(outcome: state.Outcome, person: state.Subject, garment: state.Subject) -> None:
    """The result, and what can be done with it."""
    with st.container(width=RESULT_WIDTH_PX):
        compare(outcome.before, outcome.after, key="compare")
        st.caption(f"Ready in {outcome.seconds:.1f} s. Drag across the picture to compare.")
        for warning in outcome.warnings:
            st.warning(warning)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                "Download PNG", outcome.png, "try-on.png", "image/png", on_click="ignore", key="download"
            )
            st.download_button(
                "Download JPEG", outcome.jpeg, "try-on.jpg", "image/jpeg", on_click="ignore", key="download_jpeg"
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Look closer", key="closer"):
                look_closer(outcome)
            st.button(
                "Keep it on",
                help="and try another garment with it",
                key="keep_on",
                on_click=state.keep_on,
                args=(person, state.Layer(outcome.png, title_of(garment), person.sources | garment.sources)),
            )
            st.toggle("Show steps", key="show_steps", persist_state="session")


def result_part(person: state.Subject | None, garment: state.Subject | None) -> state.Request | None:
    """The button, and below it the progress, the result or the problem; returns what is asked for."""
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
        options = choose_options()
    if person is None or garment is None:
        state.set_running(False)
        st.caption("Choose a photo of a person and one of a garment to begin.")
        return None
    if options.category == "auto":
        options = replace(options, category=garment.category)
    corrections = state.correction("person", person.key), state.correction("garment", garment.key)
    request = (person.key, garment.key, options, corrections)
    if state.running():
        run(request, person, garment)
    outcome = state.outcome(request)
    if problem := state.problem(request):
        st.error(problem)
    elif outcome is None:
        st.caption("The result appears here after some seconds.")
    else:
        show(outcome, person, garment)
    return request


def show_tried() -> None:
    """The last results of the visit side by side."""
    st.subheader("Tried on in this visit")
    with st.grid(min_column_width=150):
        for one in state.tried():
            with st.container():
                st.image(one.picture, alt=f"Tried on: {one.title}", width="stretch")
                if one.product:
                    st.page_link("app_pages/product.py", label=one.title, query_params={"item": one.product})
                else:
                    st.caption(one.title)


st.title("Fitting room")
person_column, garment_column, result_column = st.columns([1, 1, 1.3], gap="medium")
with person_column:
    st.subheader("1. Your photo")
    person = choose_photo("person", "man tshirt", "A photo of you, from the front, arms free", "Which one are you?")
    person = person and with_layers(person)
with garment_column:
    st.subheader("2. The garment")
    garment = choose_photo(
        "garment",
        "man floral",
        "A photo of the garment: worn by somebody, lying flat or hanging",
        "Who wears the garment?",
    )
with result_column:
    st.subheader("3. The result")
    request = result_part(person, garment)
outcome = state.outcome(request) if request else None
if outcome is not None and st.session_state.get("show_steps"):
    st.subheader("How it came about")
    with st.grid(min_column_width=150):
        for title, picture in outcome.steps:
            st.image(picture, caption=title, alt=title, width="stretch")
if request and person and garment:
    correcting.show(request, person, garment)
if len(state.tried()) > 1:
    show_tried()
services.warm_up()
