"""What clients have to send, where anything is asked of them."""

import os

from tryon.core.errors import ConfigError

VARIABLE = "TRYON_TOKEN"


def token() -> str:
    """The token of the environment variable; empty where it is not set.

    Raises:
        ConfigError: it is set, and empty: whoever sets it means to ask for one.
    """
    found = os.environ.get(VARIABLE)
    if found is not None and not found.strip():
        raise ConfigError(f"{VARIABLE} is empty; set it to a token, or unset it to serve without one")
    return (found or "").strip()
