"""What a HEIC file says of its turning, which its decoder has carried out already."""

import struct
from collections.abc import Iterator


def turned_by_decoder(data: bytes) -> bool:
    """Whether the main picture of a HEIC file has a rotation or mirror box.

    Decoders carry these out. The orientation among its EXIF data, where a camera wrote one too, then says the same once
    more; without a box it is all that there is.
    """
    for kind, start, stop in _boxes(data, 0, len(data)):
        if kind == b"meta":
            try:
                return not {b"irot", b"imir"}.isdisjoint(_properties(data, start + 4, stop))
            except (struct.error, IndexError):  # Cut off: the decoder will say so.
                return False
    return False


def _properties(data: bytes, start: int, stop: int) -> list[bytes]:
    """The kinds of the properties of the main picture, from the content of the meta box."""
    content = {kind: (first, last) for kind, first, last in _boxes(data, start, stop)}
    if not {b"pitm", b"iprp"} <= content.keys():
        return []
    first = content[b"pitm"][0]
    (item,) = struct.unpack_from(">I" if data[first] else ">H", data, first + 4)
    kinds: list[bytes] = []
    chosen: list[int] = []
    for kind, first, last in _boxes(data, *content[b"iprp"]):
        if kind == b"ipco":
            kinds = [one for one, _, _ in _boxes(data, first, last)]
        elif kind == b"ipma":
            chosen += _associations(data, first, item)
    return [kinds[index - 1] for index in chosen if 0 < index <= len(kinds)]


def _associations(data: bytes, at: int, item: int) -> list[int]:
    """The numbers, from 1, of the properties that an ipma box gives to an item."""
    item_format, index_format = ">I" if data[at] else ">H", ">H" if data[at + 3] & 1 else ">B"
    (entries,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    found: list[int] = []
    for _ in range(entries):
        (number,) = struct.unpack_from(item_format, data, at)
        at += struct.calcsize(item_format)
        (count,) = struct.unpack_from(">B", data, at)
        at += 1
        for _ in range(count):
            (index,) = struct.unpack_from(index_format, data, at)
            at += struct.calcsize(index_format)
            if number == item:
                # The highest bit says that the property is essential.
                found.append(index & (0x7FFF if index_format == ">H" else 0x7F))
    return found


def _boxes(data: bytes, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and start and end of the content, of each box between two places."""
    while start + 8 <= stop:
        size, kind = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and start + 16 <= stop:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        elif size == 0:
            size = stop - start
        if size < header:
            return
        yield kind, start + header, min(start + size, stop)
        start += size
