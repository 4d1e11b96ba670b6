"""Fetch a picture from a host that the operator of the service allows."""

import time
from http.client import HTTPException, HTTPMessage
from typing import IO
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tryon.core.deadlines import within
from tryon.core.errors import InputImageError

WAIT = 20.0
"""Seconds for the whole picture, from the first look for the host to the last byte."""
_CHUNK = 2**16


def fetch(address: str, max_bytes: int, wait: float = WAIT) -> bytes:
    """What is at an https address; redirects are followed within the host only.

    Args:
        address: on a host that is allowed.
        max_bytes: of the picture.
        wait: seconds for the whole picture.

    Raises:
        InputImageError: it cannot be fetched, takes longer, or is larger.
    """
    try:
        return within(wait, lambda: _fetch(address, max_bytes, wait))
    except TimeoutError as error:
        host = urlsplit(address).netloc
        raise InputImageError(f"it could not be fetched from {host} ({error}); check the address") from error


def _fetch(address: str, max_bytes: int, wait: float) -> bytes:
    host = urlsplit(address).netloc
    until = time.monotonic() + wait
    data = bytearray()
    try:
        with build_opener(_SameHost).open(Request(address, headers={"User-Agent": "tryon"}), timeout=wait) as answer:
            while chunk := answer.read1(_CHUNK):
                data += chunk
                if len(data) > max_bytes:
                    raise InputImageError(f"it is larger than {max_bytes / 1e6:g} MB at {host}; give a smaller picture")
                if time.monotonic() > until:
                    raise TimeoutError(f"it took longer than {wait:g} seconds")
    except InputImageError:
        raise
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise InputImageError(f"it could not be fetched from {host} ({reason}); check the address") from error
    return bytes(data)


class _SameHost(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if (new.scheme, new.netloc.lower()) != ("https", old.netloc.lower()):
            raise InputImageError(f"{old.netloc} sends on to another host or to http; give the address it sends to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
