"""The shop: a Streamlit page that tries garments on."""

import sys
from pathlib import Path

SHOP = Path(__file__).with_name("shop.py")


def command(port: int | None = None) -> list[str]:
    """The command line that serves the shop, settings of ``.streamlit/config.toml`` included.

    Args:
        port: the TCP port, or ``None`` for Streamlit's choice, the first free one from 8501.
    """
    port_flags = [] if port is None else ["--server.port", str(port)]
    return [sys.executable, "-m", "streamlit", "run", str(SHOP), *port_flags]
