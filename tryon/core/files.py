"""Reading text that users hand in, and writing files so that nobody ever finds half of one."""

import codecs
import csv
import io
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from tryon.core.errors import DataError

LFS_START = b"version https://"
"""How the text begins that Git puts in the place of a file whose content is kept in its Large File Storage."""
_MARKS = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),  # before UTF-16, whose mark it begins with
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/|data:", re.IGNORECASE)
_DELIMITERS = ",;\t"  # spreadsheets write the second where a comma is the decimal point

_HINT = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # how Excel is told what parts the columns


def read_text(path: Path, expected: str) -> str:
    """A text file in UTF-8, with or without a byte order mark; ``expected`` says in the error what it should hold.

    Raises:
        DataError: it is missing, an address, in another encoding (which is named), or no text.
    """
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if address := address_in(str(path)):
            raise DataError(f"{address}: addresses are not fetched; give a file") from error
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DataError(f"{path} cannot be read ({reason}); expected {expected}") from error
    encoding = _other_encoding(data)
    if encoding:
        raise DataError(f"{path} is {encoding}; expected {expected}, as text saved in UTF-8")
    return data.decode("utf-8-sig")


def address_in(given: str) -> str | None:
    """What looks like an address of a network, or ``file://``, cut to a line; ``None`` for all else."""
    if not _ADDRESS.match(given):
        return None
    # A path has lost one of the two slashes, or two of the three.
    whole = re.sub(r"^file:/+", lambda start: f"{start[0][:5]}///", given, flags=re.IGNORECASE)
    return re.sub(r"^([a-z0-9+.-]+):/(?!/)", r"\1://", whole, flags=re.IGNORECASE)[:80]


def read_json(path: Path, expected: str) -> Any:
    """What is in a JSON file; read as :func:`read_text`.

    Raises:
        DataError: it is missing, no text in UTF-8, or no JSON.
    """
    text = read_text(path, expected)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON ({error}); expected {expected}") from error


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, str]]:
    """The rows of a CSV file with a header, parted by commas, semicolons or tabs; read as :func:`read_text`.

    Raises:
        DataError: it is missing, no text in UTF-8, lacks one of ``columns``, or a row has another number of them than
            the header.
    """
    _, rows = read_table(path, f"a table with the columns {', '.join(columns)}", columns)
    return [row for _, row in rows]


def read_table(
    path: Path, expected: str, columns: tuple[str, ...] = ()
) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """A CSV file as :func:`read_rows` reads it, of which the columns may not be known before.

    Args:
        path: of the file. Blank lines, and Excel's hint at the delimiter such as ``sep=;``, may stand before the
            header.
        expected: what it should hold, for the error.
        columns: that have to be there, in lower case; the header may have them in any.

    Returns:
        the header, in lower case where ``columns`` are given, and of each row the line of the file that it ends in,
        from 1, with its values by column.

    Raises:
        DataError: as :func:`read_rows`, or a value is too long to be one.
    """
    text = read_text(path, expected)
    lines = list(io.StringIO(text, newline=""))
    before, delimiter = _before_header(lines)
    reader = csv.DictReader(lines[before:], delimiter=delimiter)
    rows = []
    try:
        header = [name.strip().lower() if columns else name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        missing = ", ".join(sorted(set(columns) - set(header)))
        if missing:
            raise DataError(f"{path} lacks the columns {missing}; expected {', '.join(columns)}, parted by commas")
        for row in reader:
            line = before + reader.line_num
            # The reader puts surplus values under the key None, and None for values that lack.
            if None in row or None in row.values():
                raise DataError(f"{path}, line {line} has not the {len(header)} columns of its header; mend it")
            if any(row.values()):  # spreadsheets leave rows of nothing at the end
                rows.append((line, row))
    except csv.Error as error:
        raise DataError(
            f"{path}, line {before + reader.line_num} cannot be read ({error}); look for a quote too many"
        ) from error
    return header, rows


def delimiter_of(header: str) -> str:
    """What parts the columns of a table: of comma, semicolon and tab the one that its first line has most of."""
    return max(_DELIMITERS, key=header.count)


def _before_header(lines: list[str]) -> tuple[int, str]:
    """How many lines stand before the header of a table, and what parts its columns."""
    hinted = ""
    for number, line in enumerate(lines):
        if hint := _HINT.fullmatch(line):
            hinted = hint[1]
        elif line.strip(f"{_DELIMITERS} \r\n"):
            return number, hinted if hinted and hinted in _DELIMITERS else delimiter_of(line)
    return len(lines), _DELIMITERS[0]


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` under a temporary name in the same folder, then give it its name.

    Raises:
        OSError: the folder is missing or cannot be written to, or the disk is full; ``path`` is as it was.
    """
    # Not the tempfile module: its files are readable by their owner alone, and this one becomes the result.
    temporary = path.parent / f".tryon-{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _other_encoding(data: bytes) -> str | None:
    """What a file seems to be that is no text in UTF-8."""
    for name, marks in _MARKS.items():
        if data.startswith(marks):
            return f"in {name}"
    try:
        data.decode()
    except UnicodeDecodeError:
        # Text has no control characters but for tabs and ends of lines.
        control = set(data) - set(range(32, 256)) - set(b"\t\r\n\f")
        return "no text" if control else "not in UTF-8 (it may be in Latin-1 or Windows-1252)"
    if b"\0" in data:
        return "in UTF-16 without a mark, or no text"
    return None
