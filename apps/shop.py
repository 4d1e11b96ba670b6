"""Entry point of the shop: page settings, the list of pages and the menu, nothing else."""

import streamlit as st

from apps import SHOP, bag, services

# An icon by name would be fetched from a font server; a local file keeps the page free of foreign requests.
st.set_page_config(page_title="Try it on", page_icon=str(SHOP.parent / "assets" / "favicon.png"), layout="wide")
services.keep_uploads_in_memory()
if st.context.theme.type == "dark":  # Streamlit writes white on the light color of buttons, too faint to read
    st.html("<style>[data-testid^=stBaseButton-primary]:not(:disabled) { color: #000; }</style>")
pieces = bag.count()
menu = [
    st.Page("app_pages/products.py", title="Shop", default=True),
    st.Page("app_pages/fitting.py", title="Fitting room"),
    st.Page("app_pages/batch.py", title="Many at once"),
    st.Page("app_pages/bag.py", title=f"Bag ({pieces})" if pieces else "Bag"),
    st.Page("app_pages/about.py", title="About"),
]
page = st.navigation([*menu, st.Page("app_pages/product.py", title="Product")], position="hidden")
# Streamlit's own menu lies in a sidebar on a phone, two clicks away, and stays open over the page that was chosen.
with st.container(horizontal=True, key="menu"):
    for one in menu:
        st.page_link(one)
    bag.remember()
page.run()
