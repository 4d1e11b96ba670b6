"""The bag and the order form."""

from dataclasses import fields

import streamlit as st

from apps import bag, shelf
from tryon.catalog.models import Variant
from tryon.catalog.orders import Buyer, Line, place, problems_of, totals
from tryon.catalog.store import Catalog, place_of
from tryon.core.errors import TryOnError

# Of each field of the form its label, and its kind, by which browsers fill it in.
LABELS = {
    "name": ("Name", "name"),
    "email": ("E-mail address", "email"),
    "street": ("Street and number", "street-address"),
    "postcode": ("Postcode", "postal-code"),
    "city": ("City", "address-level2"),
    "country": ("Country", "country-name"),
}


def take_quantity(key: bag.Key, widget: str) -> None:
    if (value := st.session_state[widget]) is not None:
        bag.set_quantity(key, int(value))


def show_line(on_shelf: shelf.Shelf, line: Line, variant: Variant | None, note: str) -> None:
    """A line of the bag: what it is, how many, and the way to remove it."""
    key = bag.key_of(line)
    widget = "bag_" + "|".join(key)
    product = on_shelf.products.get(line.handle)
    file = on_shelf.picture(product) if product else None
    with st.container(border=True), st.container(horizontal=True, vertical_alignment="center"):
        if picture := file and shelf.picture(file, shelf.THUMBNAIL_PX):
            st.image(picture, width=72, alt=line.title)
        with st.container(width=260, gap=None):
            if product:
                st.page_link("app_pages/product.py", label=line.title, query_params={"item": line.handle})
            else:
                st.text(line.title)
            kind = ", ".join(filter(None, (line.size and f"Size {line.size}", line.color, line.option)))
            st.caption(f"{kind} · {line.price} each" if kind else f"{line.price} each")
        st.session_state[widget] = line.quantity
        highest = max(line.quantity, bag.most(variant) if variant else 1)
        st.number_input("Quantity", 1, highest, key=widget, width=130, on_change=take_quantity, args=(key, widget))
        st.button("Remove", key=f"remove_{widget}", on_click=bag.remove, args=(key,), help=f"Remove {line.title}")
        if note:
            st.warning(note)


def show_totals(lines: list[Line]) -> None:
    st.subheader("Total: " + " + ".join(map(str, totals(lines))))


def order_form(lines: list[Line], stopped: bool) -> None:
    """Where it goes; the button writes the order."""
    st.subheader("Order")
    st.caption(
        "There is no payment here. What you enter is stored with the order in this shop's own database "
        "and nowhere else."
    )
    with st.form("order_form", width=560):
        texts = {
            name: st.text_input(label, key=f"order_{name}", autocomplete=kind, max_chars=200, persist_state="session")
            for name, (label, kind) in LABELS.items()
        }
        sent = st.form_submit_button("Place order", type="primary", disabled=stopped)
    if stopped:
        st.caption("First mend what the bag says above.")
    if not sent:
        return
    buyer = Buyer(**{field.name: texts[field.name] or "" for field in fields(Buyer)})
    if problems := problems_of(buyer):
        st.error(" ".join(problems))
        return
    try:
        with Catalog(place_of(None)) as catalog:
            order = place(catalog, buyer, lines, bag.token())
    except TryOnError as error:
        st.error(f"{shelf.tell(error)} Your bag and the form are kept.")
        return
    bag.keep_order(order)
    st.rerun()


def show_order() -> None:
    """The order that was placed just now."""
    order = bag.last_order()
    if order is None:
        return
    st.success(f"Thank you. Your order has the number {order.number}.")
    for line in order.lines:
        kind = ", ".join(filter(None, (line.size, line.color, line.option)))
        st.text(f"{line.quantity} × {line.title}{f' ({kind})' if kind else ''}, {line.price} each")
    show_totals(list(order.lines))
    st.button("Done", key="order_done", on_click=bag.forget_order)


st.title("Bag")
show_order()
if bag.lines():
    on_shelf = shelf.load_or_tell()
    checked = bag.refresh(on_shelf.products)
    for line, variant, note in checked:
        show_line(on_shelf, line, variant, note)
    lines = [line for line, _, _ in checked]
    show_totals(lines)
    order_form(lines, stopped=any(v is None or line.quantity > bag.most(v) for line, v, _ in checked))
elif bag.last_order() is None:
    st.info("Your bag is empty.")
    st.page_link("app_pages/products.py", label="To the products")
