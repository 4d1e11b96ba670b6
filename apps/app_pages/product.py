"""One product: pictures, sizes, price, and the ways to try it on or to buy it."""

from functools import partial

import streamlit as st

from apps import bag, services, shelf, state
from tryon.catalog.models import Product, Variant


def choose_variant(product: Product) -> Variant | None:
    """Let the visitor choose among what the variants differ in.

    Returns:
        ``None`` until everything is chosen, or where the product has no variants.
    """
    left = list(product.variants)
    for field, label in (("color", "Color"), ("size", "Size"), ("option", "Kind")):
        values = list(dict.fromkeys(getattr(one, field) for one in left))
        if len(values) > 1:
            gone = {value for value in values if all(shelf.is_sold_out(v) for v in left if getattr(v, field) == value)}
            chosen = st.pills(
                label,
                values,
                format_func=partial(_named, gone),
                key=f"product_{field}_{product.handle}",
            )
            if chosen is None:
                return None
            left = [one for one in left if getattr(one, field) == chosen]
    return left[0] if left else None


def _named(sold_out: set[str], value: str) -> str:
    return f"{value} (sold out)" if value in sold_out else value or "one"


def buy(product: Product) -> None:
    """Size, quantity, and the button that puts it into the bag."""
    variant = choose_variant(product)
    most = bag.most(variant) if variant and variant.price else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quantity = st.number_input("Quantity", 1, max(most, 1), 1, key=f"quantity_{product.handle}", width=130)
        clicked = st.button("Add to bag", key="add", disabled=most == 0)
    if variant and clicked and most:
        bag.add(product, variant, int(quantity))
        st.session_state["added"] = product.title
        st.rerun()  # the menu counts the bag
    if title := st.session_state.pop("added", None):
        st.success(f"{title} is in your bag.")
        st.page_link("app_pages/bag.py", label="To the bag")
    if variant is None:
        st.caption("Choose a size to buy it." if product.variants else "This product cannot be bought yet.")
    elif variant.price is None:
        st.caption("This product has no price yet and cannot be bought.")
    elif shelf.is_sold_out(variant):
        st.caption(f"Size {variant.size} is sold out." if variant.size else "This product is sold out.")
    elif variant.stock is not None and variant.stock <= 3:
        st.caption(f"Only {variant.stock} left.")


def show(on_shelf: shelf.Shelf, product: Product) -> None:
    """The product's page."""
    left, right = st.columns([1, 1.1], gap="large")
    pictures = [shelf.picture(on_shelf.pictures / name, shelf.PICTURE_PX) for name in product.pictures]
    readable = [picture for picture in pictures if picture]
    with left:
        for number, picture in enumerate(readable, 1):
            st.image(picture, alt=f"{product.title}, picture {number} of {len(readable)}", width="stretch")
        if not readable:
            st.caption("There is no picture of this product.")
    with right:
        st.title(product.title)
        if price := shelf.price_text(product.prices):
            st.subheader(price)
        if st.button("Try it on", type="primary", key="try", disabled=not pictures or pictures[0] is None):
            state.choose_product(product.handle)
            state.set_running(True)
            st.switch_page("app_pages/fitting.py")
        st.caption("You see it on a sample person, or on a photo of yours that stays on this machine.")
        buy(product)
        if product.description:
            st.text(product.description)
        if on_shelf.samples:
            st.caption("A sample product: its pictures are computer-generated, its name and price invented.")


on_shelf = shelf.load_or_tell()
st.page_link("app_pages/products.py", label="← All products", query_params=st.session_state.get("last view", {}))
item = st.query_params.get("item", "")
product = on_shelf.products.get(item)
if product is not None:
    show(on_shelf, product)
    services.warm_up()
else:
    st.title("Not here")
    st.error(
        "This product is not in the shop, or no longer. All others are one click away."
        if item
        else "The address names no product. Choose one in the shop."
    )
