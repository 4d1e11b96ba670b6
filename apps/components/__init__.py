"""Widgets that Streamlit does not have, each with its markup, style and script in one file."""

from base64 import b64encode


def data_url(picture: bytes, kind: str = "jpeg") -> str:
    """A JPEG or PNG as a URL that carries it, so that a component needs no second request."""
    return f"data:image/{kind};base64," + b64encode(picture).decode("ascii")
