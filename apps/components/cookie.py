"""A cookie of the page's own, which Streamlit reads but cannot set. Nothing is to be seen of it."""

import streamlit as st

_JS = """
export default function({ data }) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.value}; Max-Age=${data.seconds}; Path=/; SameSite=Strict${secure}`;
}
"""

_mount = st.components.v2.component("tryon.cookie", html="<span></span>", js=_JS)


def keep_cookie(name: str, value: str, seconds: int, *, key: str) -> None:
    """Let the browser keep a cookie.

    Args:
        name, value: letters, digits, ``_`` and ``-`` only.
        seconds: from now, until it is forgotten.
        key: unique on the page.
    """
    _mount(data={"name": name, "value": value, "seconds": seconds}, key=key)
