"""The shop: all products, to search, filter and sort. The address of the page tells what is shown."""

from functools import partial
from typing import get_args

import streamlit as st

from apps import shelf
from apps.components.cards import Card, cards
from apps.view import PAGE_SIZE, Choices, Sort, View, choices_of, find, read_query
from tryon.catalog.models import Product
from tryon.catalog.text import counted

SORTS: dict[Sort, str] = {
    "shop": "Our order",
    "cheap": "Lowest price first",
    "dear": "Highest price first",
    "name": "Name",
}


def show_all() -> None:
    """Filter nothing."""
    st.query_params.clear()


def take_choices(choices: Choices, page: int | None = None) -> None:
    """Write what the widgets say to the address; another filter begins at the first page."""
    chosen = st.session_state
    price = chosen.get("shop_price")
    view = View(
        search=chosen["shop_search"].strip()[:100],
        category=chosen.get("shop_category"),
        colors=tuple(chosen.get("shop_colors", ())),
        sizes=tuple(chosen.get("shop_sizes", ())),
        price=price if price and tuple(price) != (choices.lowest, choices.highest) else None,
        sort=chosen["shop_sort"],
        page=page or 1,
    )
    st.query_params.from_dict(view.query())


def take_page(choices: Choices) -> None:
    take_choices(choices, st.session_state["shop_page"])


def choose(view: View, choices: Choices) -> None:
    """The widgets, which show what the address says."""
    st.session_state["shop_search"] = view.search
    st.session_state["shop_sort"] = view.sort
    st.session_state["shop_category"] = view.category
    st.session_state["shop_colors"] = list(view.colors)
    st.session_state["shop_sizes"] = list(view.sizes)
    st.session_state["shop_price"] = view.price or (choices.lowest, choices.highest)
    changed = partial(take_choices, choices)
    search, sort = st.columns([2, 1])
    search.text_input("Search", key="shop_search", placeholder="Shirt, blue, …", max_chars=100, on_change=changed)
    sort.selectbox("Sort by", get_args(Sort), format_func=SORTS.__getitem__, key="shop_sort", on_change=changed)
    if choices.categories:
        st.pills("Category", choices.categories, key="shop_category", on_change=changed)
    active = len(view.colors) + len(view.sizes) + (view.price is not None)
    with st.expander(f"Filters ({active} chosen)" if active else "Filters"):
        colors, sizes, price = st.columns(3, gap="medium")
        colors.multiselect("Color", choices.colors, key="shop_colors", placeholder="Any color", on_change=changed)
        sizes.multiselect("Size", choices.sizes, key="shop_sizes", placeholder="Any size", on_change=changed)
        if choices.lowest < choices.highest:
            price.slider(
                f"Price in {choices.currency}", choices.lowest, choices.highest, key="shop_price", on_change=changed
            )


def card(shown: shelf.Shelf, product: Product) -> Card:
    """A product as the grid shows it."""
    file = shown.picture(product)
    picture = shelf.picture(file, shelf.THUMBNAIL_PX) if file else None
    sold_out = product.variants and all(map(shelf.is_sold_out, product.variants))
    note = "Sold out" if sold_out else f"{len(product.colors)} colors" if len(product.colors) > 1 else ""
    return Card(product.handle, product.title, shelf.price_text(product.prices), note, picture)


st.title("Shop")
on_shelf = shelf.load_or_tell()
products = list(on_shelf.products.values())
if on_shelf.samples:
    st.caption(
        "Sample products: the pictures are computer-generated, names and prices are invented. "
        "Your own products take their place with “tryon catalog import”."
    )
choices = choices_of(products)
view, wrong = read_query({name: st.query_params.get_all(name) for name in st.query_params}, choices)
choose(view, choices)
for sentence in wrong:
    st.info(sentence)
found = find(products, view, choices.currency)
pages = max(1, -(-len(found) // PAGE_SIZE))
page = min(view.page, pages)
with st.container(horizontal=True, vertical_alignment="center"):
    st.text(counted(len(found), "product"))
    if view != View(sort=view.sort, page=view.page):
        st.button("Show all", key="shop_all", on_click=show_all)
        if found:
            st.page_link("app_pages/batch.py", label="Try all of these on", query_params=view.query())
st.session_state["last view"] = view.query()
if found:
    shown = [card(on_shelf, one) for one in found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    opened = cards("Products", shown, "product?item=", key="shop_cards")
    if pages > 1:
        st.session_state["shop_page"] = page
        st.pagination(pages, key="shop_page", on_change=take_page, args=(choices,))
    if opened in on_shelf.products:
        st.switch_page("app_pages/product.py", query_params={"item": opened})
else:
    st.info("No product is like that. Take a filter away, or show all products.")
