"""Text files as spreadsheets and editors write them, in bytes."""

import pytest

from tryon.core.errors import DataError
from tryon.core.files import read_json, read_rows, read_table, read_text

TABLE = "photo,split\r\nMüller,train\r\n"
COLUMNS = ("photo", "split")


def write(path, data):
    path.write_bytes(data)
    return path


def refused(read, path, *arguments):
    with pytest.raises(DataError) as caught:
        read(path, *arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))


def test_a_byte_order_mark_is_no_text(tmp_path):
    path = write(tmp_path / "a", b"\xef\xbb\xbf" + TABLE.encode())
    assert read_text(path, "text") == TABLE
    assert read_rows(path, COLUMNS) == [{"photo": "Müller", "split": "train"}]
    assert read_json(write(tmp_path / "b", b'\xef\xbb\xbf{"a": "\xc3\xbc"}'), "facts") == {"a": "ü"}


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("latin-1", " is not in UTF-8 (it may be in Latin-1 or Windows-1252)"),
        ("utf-16", " is in UTF-16"),
        ("utf-16-le", " is no text"),
        ("utf-32", " is in UTF-32"),
    ],
)
def test_other_encodings_are_named(tmp_path, encoding, words):
    path = write(tmp_path / "a", TABLE.encode(encoding))
    expected = "; expected a table with the columns photo, split, as text saved in UTF-8"
    assert refused(read_rows, path, COLUMNS) == words + expected
    assert refused(read_json, path, "facts") == f"{words}; expected facts, as text saved in UTF-8"


def test_utf_16_of_plain_letters_without_a_mark(tmp_path):
    path = write(tmp_path / "a", "photo,split\n".encode("utf-16-le"))
    assert refused(read_text, path, "text").startswith(" is in UTF-16 without a mark, or no text")


def test_a_picture_is_no_text(tmp_path):
    assert refused(read_json, write(tmp_path / "a", b"\xff\xd8\xff\xe0\0\x10JFIF\0"), "facts").startswith(
        " is no text;"
    )


def test_a_file_that_is_missing_or_a_folder(tmp_path):
    words = " cannot be read (No such file or directory); expected a list"
    assert refused(read_text, tmp_path / "no", "a list") == words
    assert "cannot be read (" in refused(read_json, tmp_path, "a list")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiters_of_spreadsheets(tmp_path, delimiter):
    text = f'photo, split\n"a{delimiter}\nb",train\n,\n'.replace(",", delimiter)
    rows = read_rows(write(tmp_path / "a", text.encode()), COLUMNS)
    assert rows == [{"photo": f"a{delimiter}\nb", "split": "train"}]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("before", "delimiter"),
    [
        ("sep=,\n", ","),
        ("sep=;\n", ";"),
        ('"SEP=\t"\n', "\t"),
        ("\n \n,,\n", ","),
        ("\nsep=;\n\n", ";"),
        ("sep=|\n", ","),
    ],
)
def test_what_may_stand_before_the_header(tmp_path, before, delimiter, newline):
    text = before + " Photo ,SPLIT,Note\na,train,x\nb,val\n".replace(",", delimiter)
    path = write(tmp_path / "a", text.replace("\n", newline).encode())
    line = before.count("\n") + 3
    assert refused(read_rows, path, COLUMNS) == f", line {line} has not the 3 columns of its header; mend it"
    path = write(tmp_path / "a", text.replace("b" + delimiter + "val\n", "").replace("\n", newline).encode())
    assert read_table(path, "a table", COLUMNS) == (
        ["photo", "split", "note"],
        [(line - 1, {"photo": "a", "split": "train", "note": "x"})],
    )


def test_a_hint_counts_more_than_what_the_header_has_most_of(tmp_path):
    path = write(tmp_path / "a", b"sep=;\nphoto, as taken;split\n")
    assert read_table(path, "a table") == (["photo, as taken", "split"], [])


def test_a_table_of_nothing_but_what_stands_before_the_header(tmp_path):
    words = " lacks the columns photo, split; expected photo, split, parted by commas"
    assert refused(read_rows, write(tmp_path / "a", b"sep=,\n\n"), COLUMNS) == words


def test_columns_and_rows_that_do_not_fit(tmp_path):
    path = write(tmp_path / "a", b"photo;kind\n1;2\n")
    assert refused(read_rows, path, COLUMNS) == " lacks the columns split; expected photo, split, parted by commas"
    path = write(tmp_path / "b", b"photo,split\n1,train\n2\n")
    assert refused(read_rows, path, COLUMNS) == ", line 3 has not the 2 columns of its header; mend it"
    assert "lacks the columns photo, split" in refused(read_rows, write(tmp_path / "c", b""), COLUMNS)


def test_json_that_is_none(tmp_path):
    assert refused(read_json, write(tmp_path / "a", b"{"), "facts").startswith(" cannot be read as JSON (Expecting")
    assert "cannot be read as JSON" in refused(read_json, write(tmp_path / "b", b"[" * 100_000), "facts")


def test_a_table_tells_its_header_and_the_lines_of_its_rows(tmp_path):
    path = write(tmp_path / "a", b'title;price\n\n"long\nshirt";19,99\nshirt;5\n;\n')
    assert read_table(path, "a catalog") == (
        ["title", "price"],
        [(4, {"title": "long\nshirt", "price": "19,99"}), (5, {"title": "shirt", "price": "5"})],
    )


def test_a_quote_that_swallows_the_file_is_told(tmp_path):
    path = write(tmp_path / "a", b'title,price\n"shirt,1\n' + b"coat,2\n" * 20_000)
    assert refused(read_table, path, "a catalog").startswith(", line ")
    late = write(tmp_path / "b", b"\n" * 6 + path.read_bytes())
    assert refused(read_table, late, "a catalog").startswith(", line 7 cannot be read (")
    assert refused(read_table, path, "a catalog").endswith("; look for a quote too many")
