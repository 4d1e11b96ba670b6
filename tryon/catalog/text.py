"""Names and plain text from what retailers write."""

import re
import unicodedata
from html.parser import HTMLParser

_LINES = {"br", "p", "div", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>|&#?\w+;")


def slug(text: str) -> str:
    """A text in lower-case letters, digits and dashes, for handles and names of files; ``product`` if none is left."""
    parted = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:80].rstrip("-") or "product"


def counted(number: int, word: str) -> str:
    """A number with its word, which is regular in the plural: ``1 row``, ``2 rows``."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def title_of(stem: str) -> str:
    """A title from the name of a file: ``red_summer-dress`` becomes ``Red summer dress``."""
    words = re.sub(r"[\s_-]+", " ", stem).strip() or stem
    return words[:1].upper() + words[1:]


def plain(text: str) -> str:
    """HTML as plain text, its paragraphs on lines of their own; text without HTML as it is."""
    if not _TAG.search(text):
        return text.strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (re.sub(r"\s+", " ", line).strip() for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0  # depth in what is never shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        if tag in _LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0
        if tag in _LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:  # ends of lines in the source are only space
            self.parts.append(data.replace("\n", " "))
