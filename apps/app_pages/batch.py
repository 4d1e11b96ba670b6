"""Many at once: all products of a selection on one person, as a contact sheet and a zip."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from apps import batching, services, shelf
from apps.batching import MAX_GARMENTS, MAX_SIDE_PX, Batch
from apps.choosing import choose_photo
from apps.view import View, choices_of
from tryon.batch.records import Outcome
from tryon.catalog.models import Product
from tryon.catalog.text import counted

_VIEW = ("search", "category", "color", "size", "price", "sort", "page")  # what the shop writes to its address


def take_items(handles: list[str]) -> None:
    """Name the products in the address of the page."""
    for name in _VIEW:
        st.query_params.pop(name, None)
    st.query_params["item"] = handles


def take_chosen() -> None:
    take_items(st.session_state["batch_products"])


def choose_products(pictured: dict[str, Product]) -> list[Product]:
    """Let the visitor choose products: by the shop's filters, by category, or one by one."""
    choices = choices_of(list(pictured.values()))
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    handles, told = batching.asked_for(query, pictured, choices)
    if choices.categories:
        st.text("All of a category")
        with st.container(horizontal=True):
            for name in choices.categories:
                view = View(category=name)
                st.button(name, key=f"batch_category_{name}", on_click=st.query_params.from_dict, args=(address(view),))
    st.session_state["batch_products"] = handles
    st.multiselect(
        "Products",
        list(pictured),
        format_func=lambda handle: pictured[handle].title,
        placeholder="Choose products",
        max_selections=MAX_GARMENTS,
        select_all=False,
        key="batch_products",
        on_change=take_chosen,
    )
    for sentence in told:
        st.info(sentence)
    st.page_link(
        "app_pages/products.py",
        label="Choose by color, size or price in the shop",
        query_params=st.session_state.get("last view", {}),
    )
    return [pictured[handle] for handle in handles]


def address(view: View) -> dict[str, str | list[str]]:
    """The parameters of a view on this page, which keeps the person."""
    return {name: st.query_params[name] for name in ("person",) if name in st.query_params} | view.query()


def cell(outcome: Outcome, batch: Batch) -> None:
    """One picture of the contact sheet, or why there is none."""
    product = batch.products[outcome.pair.garment]
    with st.container():
        if picture := batch.shown.get(outcome.pair.picture):
            st.image(picture, alt=f"Tried on: {product.title}", width="stretch")
        else:
            st.error(services.sentence(outcome.message))
        st.page_link("app_pages/product.py", label=product.title, query_params={"item": product.handle})
        for note in outcome.notes:
            st.caption(services.sentence(note))


def draw_cells(grid: DeltaGenerator, batch: Batch, drawn: int) -> int:
    """Draw what is done and not drawn yet; returns how much is drawn now."""
    with grid:
        for outcome in batch.outcomes[drawn:]:
            cell(outcome, batch)
            drawn += 1
    return drawn


def results(batch: Batch) -> None:
    """Progress, all that is done, and its downloads; while the batch runs, one picture after the other comes."""
    st.subheader("3. The results")
    head, grid = st.container(), st.grid(min_column_width=150)
    drawn = draw_cells(grid, batch, 0)
    if batch.running:
        with head, st.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0)
            st.button("Cancel", key="batch_cancel", on_click=batch.end)
        while pair := batch.next:
            done, total = len(batch.outcomes), len(batch.pairs)
            bar.progress(done / total, f"{done + 1} of {total}: {batch.products[pair.garment].title}")
            batch.step()
            drawn = draw_cells(grid, batch, drawn)
        batch.end()
        st.rerun()  # the buttons follow
    with head:
        show_end(batch)


def show_end(batch: Batch) -> None:
    """How the batch ended, and its downloads."""
    done, total = len(batch.outcomes), len(batch.pairs)
    if batch.problem:
        st.error(batch.problem)
    words = f"{counted(done - batch.lost, 'picture')} of {counted(total, 'product')}."
    if batch.lost:
        words += f" {counted(batch.lost, 'product')} could not be tried on; each says why."
    if done < total and not batch.problem:
        words = f"Canceled. {words}"
    st.text(words)
    if not batch.pictures:
        return
    with st.container(horizontal=True):
        # Made when they are asked for, so that nothing is kept twice.
        st.download_button(
            "Download all (zip)", batch.zip, "try-ons.zip", "application/zip", on_click="ignore", key="batch_zip"
        )
        st.download_button(
            "Download contact sheet", batch.sheet, "contact-sheet.jpg", "image/jpeg", on_click="ignore",
            key="batch_sheet",
        )  # fmt: skip
    st.caption(
        f"Kept in memory for this visit only, with sides of {MAX_SIDE_PX} pixels at most. The fitting room gives the "
        "photo's own size."
    )


st.title("Many at once")
on_shelf = shelf.load_or_tell()
pictured = {handle: one for handle, one in on_shelf.products.items() if one.pictures}
person_column, garment_column = st.columns([1, 1.6], gap="medium")
with person_column:
    st.subheader("1. Your photo")
    person = choose_photo("person", "man tshirt", "A photo of you, from the front, arms free", "Which one are you?")
with garment_column:
    st.subheader("2. The garments")
    products = choose_products(pictured)
    batch = batching.current()
    running = batch is not None and batch.running
    # The click is seen before the page is drawn again, so that the button is disabled while it works.
    st.button(
        f"Try on {counted(len(products), 'product')}" if products else "Try them on",
        type="primary",
        key="batch_go",
        on_click=batching.begin,
        args=(person, products, on_shelf),
        disabled=running or person is None or not products,
    )
    if person is None or not products:
        st.caption("Choose a photo of a person and one product or more to begin.")
    else:
        st.caption(
            "One after the other, some seconds each, while this page is open. One that cannot be tried on stops no "
            "other."
        )
if batch is not None:
    results(batch)
services.warm_up()
