"""The widgets that choose a photo and who of it is meant."""

import streamlit as st

from apps import services, shelf, state
from apps.checking import check
from apps.components.picker import pick
from tryon.catalog.kinds import kind_of
from tryon.core.errors import TryOnError
from tryon.core.photo import PHOTO_SUFFIXES

PREVIEW_WIDTH_PX = 240
GOOD_AND_BAD = (
    (
        "man_tshirt",
        "A good photo: from the front, arms beside the body",
        "✓ Good: from the front, whole, arms off the body.",
    ),
    (
        "man_crossed_arms",
        "A bad photo: crossed arms hide the shirt",
        "✗ Not so good: the arms hide what is to be changed.",
    ),
)
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
    samples = {path.stem.replace("_", " "): path for path in services.sample_files(role)}
    began = state.begin(role, list(samples), default_sample)
    sources: list[state.Source] = ["Sample", "Upload", "Shop"] if role == "garment" else ["Sample", "Upload"]
    st.session_state.setdefault(f"{role}_source", began)  # a product's page may have said it already
    source: state.Source = st.segmented_control(  # type: ignore[assignment]  # required: never None
        f"Source of the {role} photo",
        sources,
        required=True,
        key=f"{role}_source",
        label_visibility="collapsed",
        persist_state="session",
    )
    name = state.sample(role)
    if source == "Sample":
        pictures = {name: services.sample_thumbnail(path) for name, path in samples.items()}
        name = pick(f"Sample {role}", pictures, name, key=f"{role}_sample")
    subject = _choose_product() if source == "Shop" else None
    state.keep_choice(role, source, name)
    if source == "Shop":
        return subject
    if source == "Upload":
        return _choose_upload(role, upload_label, whose)
    photo = services.sample_photo(samples[name])  # Each sample shows one person, or one garment.
    _preview(photo, name)
    return state.Subject(photo)


def _choose_product() -> state.Subject | None:
    """A product of the shop as the garment, from its first picture: worn by somebody, lying or hanging."""
    try:
        on_shelf = shelf.load()
    except TryOnError as error:
        st.error(shelf.tell(error))
        return None
    pictured = {handle: one for handle, one in on_shelf.products.items() if one.pictures}
    asked = state.product()
    if asked and asked not in pictured:
        st.warning("That product is not in the shop, or has no picture. Choose another.")
    st.session_state["garment_product"] = asked if asked in pictured else None
    handle = st.selectbox(
        "Product",
        list(pictured),
        index=None,
        format_func=lambda one: pictured[one].title,
        placeholder="Choose a product",
        key="garment_product",
        on_change=lambda: state.keep_product(st.session_state["garment_product"]),
    )
    if handle is None:
        return None
    product = pictured[handle]
    try:
        photo = shelf.photo(on_shelf.pictures / product.pictures[0])
    except TryOnError as error:
        st.error(services.sentence(error))
        return None
    _preview(photo, product.title)
    st.page_link(
        "app_pages/product.py",
        label=" · ".join(filter(None, ("Sizes and bag", shelf.price_text(product.prices)))),
        query_params={"item": handle},
    )
    return state.Subject(photo, title=product.title, product=handle, category=kind_of(product))


def _choose_upload(role: state.Role, label: str, whose: str) -> state.Subject | None:
    st.html(NEWEST_REFUSAL)
    # Under a new name after each file, so that it is empty again: what was chosen stands below it.
    count = state.uploads(role)
    if role == "person" and st.toggle("Take it with the camera", key="camera", persist_state="session"):
        key = f"{role}_camera_{count}"
        st.camera_input(label, key=key, on_change=_take, args=(role, count, key), label_visibility="collapsed")
    else:
        key = f"{role}_upload_{count}"
        st.file_uploader(label, PHOTO_SUFFIXES, key=key, on_change=_take, args=(role, count, key))
    st.caption("Kept in memory while this page is open, then deleted. It is sent nowhere else.")
    if state.lost(role):
        st.info("The page was loaded anew, and photos are not kept for that: choose yours again.")
    upload = state.upload(role)
    if upload is None:
        if role == "person":
            _good_and_bad()
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
    if len(boxes) <= 1:
        _preview(upload.photo, f"Your {role} photo")
        return _checked(role, state.Subject(upload.photo))
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
    return _checked(role, state.Subject(upload.photo, number))


def _checked(role: state.Role, subject: state.Subject) -> state.Subject | None:
    """Say what a photo is good for before it is used; ``None`` where it cannot be."""
    try:
        with st.spinner("Checking the photo"):
            found = check(services.read(role, subject))
    except TryOnError as error:
        st.error(services.sentence(error))
        return None
    if found.problems:
        st.warning(" ".join([found.found, *map(services.sentence, found.problems)]))
    else:
        st.success(f"{found.found} This photo is good to use.")
    return subject


def _good_and_bad() -> None:
    """What a photo of a person should be like, by two samples."""
    paths = {path.stem: path for path in services.sample_files("person")}
    with st.container(horizontal=True):  # side by side on a phone, too
        for name, alt, text in GOOD_AND_BAD:
            with st.container(width=140):
                st.image(services.sample_thumbnail(paths[name]), alt=alt, width="stretch")
                st.caption(text)


def _take(role: state.Role, count: int, key: str) -> None:
    file = st.session_state[key]
    # A click that comes before the page has emptied the uploader tells of the same file again.
    if file is not None and count == state.uploads(role):
        services.take_upload(role, file.name, file.getvalue())
        services.release(file)


def _preview(photo: state.Photo, alt: str) -> None:
    st.image(services.jpeg(photo.pixels, 2 * PREVIEW_WIDTH_PX), width=PREVIEW_WIDTH_PX, alt=alt)
