"""The widgets that choose a photo and who of it is meant."""

import streamlit as st

from apps import services, state
from apps.components.picker import pick
from tryon.core.errors import TryOnError
from tryon.core.photo import PHOTO_SUFFIXES

PREVIEW_WIDTH_PX = 240
# The uploader keeps every file that it refuses itself until one is taken, and hides the reason in a tooltip.
NEWEST_REFUSAL = """
<style>
[data-testid="stFileChips"] > div > div:not(:last-child) { display: none; }
[data-testid="stFileChip"] { flex-wrap: wrap; height: auto; }
[data-testid="stFileChip"] [role="alert"] {
  position: static; width: 100%; height: auto; margin: 0; clip: auto; clip-path: none; white-space: normal;
}
</style>
"""


def choose_photo(role: state.Role, default_sample: str, upload_label: str, whose: str) -> state.Subject | None:
    """Let the visitor choose a photo, and who of several people it shows.

    Args:
        role: what it is for.
        default_sample: the name of the sample of a first visit.
        upload_label: what photo is asked for.
        whose: the question which of several people is meant.

    Returns:
        ``None`` until there is a photo that can be used.
    """
    samples = {path.stem.replace("_", " "): path for path in services.sample_files()}
    sources: list[state.Source] = ["Sample", "Upload"]
    source = st.segmented_control(
        f"Source of the {role} photo",
        sources,
        default=state.begin(role, list(samples), default_sample),
        required=True,
        key=f"{role}_source",
        label_visibility="collapsed",
        persist_state="session",
    )
    name = state.sample(role)
    if source == "Sample":
        pictures = {name: services.sample_thumbnail(path) for name, path in samples.items()}
        name = pick(f"Sample {role}", pictures, name, key=f"{role}_sample")
    state.keep_choice(role, source, name)
    if source == "Upload":
        return _choose_upload(role, upload_label, whose)
    photo = services.sample_photo(samples[name])  # Each sample shows one person.
    _preview(photo, name)
    return state.Subject(photo)


def _choose_upload(role: state.Role, label: str, whose: str) -> state.Subject | None:
    st.html(NEWEST_REFUSAL)
    # Under a new name after each file, so that it is empty again: what was chosen stands below it.
    count = state.uploads(role)
    st.file_uploader(label, PHOTO_SUFFIXES, key=f"{role}_upload_{count}", on_change=_take, args=(role, count))
    st.caption("Kept in memory while this page is open, then deleted. It is sent nowhere else.")
    if state.lost(role):
        st.info("The page was loaded anew, and photos are not kept for that: choose yours again.")
    upload = state.upload(role)
    if upload is None:
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(upload.name)
        st.button("Remove", key=f"{role}_remove", on_click=state.keep_upload, args=(role, None))
    if upload.photo is None:
        st.error(upload.refused)
        return None
    try:
        with st.spinner("Looking for people in the photo"):
            boxes, meant = services.people(role, upload.photo)
    except TryOnError as error:
        st.error(services.sentence(error))
        _preview(upload.photo, f"Your {role} photo")
        return None
    if len(boxes) == 1:
        _preview(upload.photo, f"Your {role} photo")
        return state.Subject(upload.photo)
    picture = st.container()
    number = st.segmented_control(
        whose,
        range(1, len(boxes) + 1),
        default=meant,
        required=True,
        key=f"{role}_number_{upload.photo.key}",
        persist_state="session",
    )
    picture.image(
        services.numbered(upload.photo, boxes, number),
        alt=f"Your {role} photo with {len(boxes)} people, numbered from the left; number {number} is chosen",
    )
    return state.Subject(upload.photo, number)


def _take(role: state.Role, count: int) -> None:
    file = st.session_state[f"{role}_upload_{count}"]
    # A click that comes before the page has emptied the uploader tells of the same file again.
    if file is not None and count == state.uploads(role):
        services.take_upload(role, file.name, file.getvalue())
        services.release(file)


def _preview(photo: state.Photo, alt: str) -> None:
    st.image(services.jpeg(photo.pixels, 2 * PREVIEW_WIDTH_PX), width=PREVIEW_WIDTH_PX, alt=alt)
