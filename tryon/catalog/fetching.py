"""Fetch the pictures that a table names by URL. Nothing else here uses the network, and this only when asked to."""

import hashlib
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from tryon.core.deadlines import within
from tryon.core.decoding import PHOTO_SUFFIXES
from tryon.core.errors import InputImageError

MAX_BYTES = 100_000_000
"""Of a picture; what is larger is none that a shop shows."""
_WAIT = 30.0  # seconds without an answer
_WAIT_IN_ALL = 180.0  # seconds for a whole picture, also where it comes byte by byte


class Fetcher:
    """Fetches pictures into a folder, each URL once. Only http and https are followed, also when a server redirects.

    Args:
        folder: for the files; to be deleted by who made it.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._fetched: dict[str, Path] = {}
        self._opener = OpenerDirector()  # not the usual one, which reads ftp and files of this machine too
        for handler in (
            ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler,
            UnknownHandler,
        ):  # fmt: skip
            self._opener.add_handler(handler())

    def __call__(self, url: str) -> Path:
        """The file with what is at a URL; it is not looked into.

        Raises:
            InputImageError: it cannot be fetched, or is larger than :data:`MAX_BYTES`.
        """
        if url not in self._fetched:
            self._fetched[url] = self._fetch(url)
        return self._fetched[url]

    def _fetch(self, url: str) -> Path:
        # Spaces and letters beyond ASCII, which browsers take too; what is quoted already stays.
        address = quote(f"https:{url}" if url.startswith("//") else url, safe="%/:?#[]@!$&'()*+,;=~")
        try:
            if urlsplit(address).scheme.lower() not in ("http", "https"):
                raise InputImageError(f"{url[:200]} cannot be fetched; give a URL of http or https, or a file")
            request = Request(address, headers={"User-Agent": "tryon"})
            data = within(_WAIT_IN_ALL, lambda: self._read(request))
        except (OSError, ValueError, HTTPException) as error:
            if isinstance(error, InputImageError):
                raise
            reason = getattr(error, "reason", None) or error
            raise InputImageError(f"{url[:200]} could not be fetched ({reason}); check it, or give a file") from error
        if len(data) > MAX_BYTES:
            raise InputImageError(f"{url[:200]} is larger than {MAX_BYTES // 1_000_000} MB; give a smaller picture")
        suffix = PurePosixPath(unquote(urlsplit(address).path)).suffix.lower()
        name = hashlib.sha256(address.encode()).hexdigest()[:32]
        file = self._folder / (name + (suffix if suffix[1:] in PHOTO_SUFFIXES else ""))
        file.write_bytes(data)
        return file

    def _read(self, request: Request) -> bytes:
        with self._opener.open(request, timeout=_WAIT) as answer:
            return answer.read(MAX_BYTES + 1)
