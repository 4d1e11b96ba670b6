"""Widgets that Streamlit does not have, each with its markup, style and script in one file."""

from base64 import b64encode


def data_url(jpeg: bytes) -> str:
    """A JPEG as a URL that carries it, so that a component needs no second request."""
    return "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
