"""The shop: a Streamlit page that tries garments on."""

import errno
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from tryon.core.errors import ConfigError
from tryon.serve.token import token

SHOP = Path(__file__).with_name("shop.py")
SHOP_AND_SERVICE = Path(__file__).with_name("shop_and_service.py")


def command(port: int, *, headless: bool = False, api: bool = False) -> list[str]:
    """The command line that serves the shop, settings of ``.streamlit/config.toml`` included.

    Args:
        port: the TCP port.
        headless: open no browser.
        api: answer programs too, as ``tryon serve`` does.
    """
    flags = ["--server.port", str(port)] + (["--server.headless", "true"] if headless else [])
    return [sys.executable, "-m", "streamlit", "run", str(SHOP_AND_SERVICE if api else SHOP), *flags]


def serve(port: int, *, headless: bool = False, api: bool = False) -> NoReturn:
    """Become the shop's server: this process is replaced by it, so that a signal to the command ends the server, too.

    Args:
        port: the TCP port, 1 to 65535.
        headless: open no browser.
        api: answer programs too, as ``tryon serve`` does.

    Raises:
        ConfigError: the port does not exist, is taken, or may not be used; or with ``api``, the token is empty.
    """
    check_port(port)
    if api:
        token()
    arguments = command(port, headless=headless, api=api)
    sys.stdout.flush()
    os.execv(arguments[0], arguments)


def check_port(port: int) -> None:
    """Raise a :class:`ConfigError` unless a server can listen on ``port`` of this machine now."""
    if not 1 <= port <= 65535:
        raise ConfigError(f"port {port} does not exist; choose a --port from 1 to 65535")
    with socket.socket() as probe:
        # As the server does: a port that was given up a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("localhost", port))
            probe.listen()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
            raise ConfigError(f"port {port} {reason}; choose another --port") from error
