"""Entry point of the shop: page settings and the list of pages, nothing else."""

import streamlit as st

from apps import SHOP, services

# An icon by name would be fetched from a font server; a local file keeps the page free of foreign requests.
st.set_page_config(page_title="Try it on", page_icon=str(SHOP.parent / "assets" / "favicon.png"), layout="wide")
services.keep_uploads_in_memory()
st.navigation(
    [
        st.Page("app_pages/fitting.py", title="Fitting room", default=True),
        st.Page("app_pages/about.py", title="About"),
    ],
    position="top",
).run()
