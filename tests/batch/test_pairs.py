"""Which pairs two folders or a table make."""

import pytest

from tryon.batch.pairs import Options, all_pairs, listed_pairs
from tryon.core import photo
from tryon.core.errors import ConfigError, DataError, InputImageError, TryOnError


def folder(path, *names):
    path.mkdir(parents=True)
    for name in names:
        (path / name).touch()
    return path


def test_every_person_with_every_garment_one_person_after_the_other(tmp_path):
    people = folder(tmp_path / "people", "b.png", "a.JPG", "notes.txt", ".a.jpg")
    (people / "folder.jpg").mkdir()
    garments = folder(tmp_path / "garments", "y.heic", "x.webp")
    pairs = all_pairs(people, garments, ".jpg", Options(category="dress"))
    assert [pair.picture for pair in pairs] == ["a--x.jpg", "a--y.jpg", "b--x.jpg", "b--y.jpg"]
    assert [(pair.person, pair.garment) for pair in pairs[1:3]] == [("a.JPG", "y.heic"), ("b.png", "x.webp")]
    assert pairs[0].person_file == people / "a.JPG"
    assert pairs[0].garment_file == garments / "x.webp"
    assert {pair.options.category for pair in pairs} == {"dress"}


@pytest.mark.parametrize(
    ("people", "garments", "words"),
    [
        (("a.jpg", "a.png"), ("x.jpg",), "a.jpg with x.jpg and a.png with x.jpg would both become a--x.png"),
        (("a.jpg", "A.jpg"), ("x.jpg",), "A.jpg with x.jpg and a.jpg with x.jpg would both become a--x.png"),
        (("a.jpg", "a--b.jpg"), ("b--c.jpg", "c.jpg"), "would both become a--b--c.png; rename one of the photos"),
        (("a" * 200 + ".jpg",), ("x" * 60 + ".jpg",), "would be longer than the 255 bytes that a file name may have"),
        (("notes.txt",), ("x.jpg",), "people holds no photos; expected files that end in jpg, jpeg, "),
        ((), ("x.jpg",), "people holds no photos"),
        (("a.jpg",), (), "garments holds no photos"),
    ],
)
def test_folders_that_cannot_be_used(tmp_path, people, garments, words):
    with pytest.raises(ConfigError) as raised:
        all_pairs(folder(tmp_path / "people", *people), folder(tmp_path / "garments", *garments), ".png")
    assert words in str(raised.value)


def test_a_folder_that_is_none(tmp_path):
    (tmp_path / "file.jpg").touch()
    for name, words in (("missing", "(No such file or directory)"), ("file.jpg", "(Not a directory)")):
        with pytest.raises(ConfigError) as raised:
            all_pairs(tmp_path / name, tmp_path, ".png")
        assert str(raised.value) == f"{tmp_path / name} cannot be read {words}; expected a folder of photos"


def table(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_says_what_is_asked_for(tmp_path):
    rows = (
        "person;garment;category;below;tuck;inner;normalize;person_number;wearer_number;out\r\n"
        "ann/é.jpg; /photos/x.png ;lower;keep;in;keep;auto;2;3;first.webp\r\n"
        "b.jpg;x.png;;;;;;;;\r\n;;;;;;;;;\r\n"
    )
    first, second = listed_pairs(table(tmp_path / "t.csv", rows, "utf-8-sig"), ".jpg", Options(category="dress"))
    assert first.facts() == {
        "person": "ann/é.jpg", "garment": "/photos/x.png", "picture": "first.webp", "category": "lower",
        "below": "keep", "tuck": "in", "inner": "keep", "normalize": "auto", "person_number": 2, "wearer_number": 3,
    }  # fmt: skip
    assert first.person_file == tmp_path / "ann" / "é.jpg"
    assert str(first.garment_file) == "/photos/x.png"
    assert second.picture == "b--x.jpg"
    assert second.options == Options(category="dress")


def test_an_address_in_a_table_is_kept_to_be_told(tmp_path):
    (pair,) = listed_pairs(table(tmp_path / "t.csv", "person,garment\nhttps://a.org/b.jpg,c.jpg\n"), ".jpg")
    with pytest.raises(InputImageError) as raised:
        photo.read(pair.person_file)
    assert str(raised.value) == "https://a.org/b.jpg: addresses are not fetched; give a file"
    assert pair.garment_file == tmp_path / "c.jpg"


BAD_TABLES = {
    "person,category\na.jpg,upper\n": "lacks the columns garment; expected person, garment",
    "person,garment\n": "lists no pairs; expected a row for each",
    "person,garment,sku\na.jpg,b.jpg,3\n": "has the unknown column 'sku'; its columns may be person, garment,",
    "person,garment,person\na.jpg,b.jpg,c.jpg\n": "has the column 'person' 2 times; leave it there once",
    "person,garment\n,b.jpg\n": "line 2 names no person; give the path of a photo",
    "person,garment\na.jpg\n": "line 2 has not the 2 columns of its header",
    "person,garment,category\na.jpg,b.jpg,\na.jpg,c.jpg,hat\n": "line 3: category is 'hat'; choose",
    "person,garment,below\na.jpg,b.jpg,x\n": "below is 'x'; choose auto, bring or keep",
    "person,garment,person_number\na.jpg,b.jpg,0\n": "person_number is '0'; give a whole number, counted from the left",
    "person,garment,wearer_number\na.jpg,b.jpg,two\n": "wearer_number is 'two'; give a whole number",
    "person,garment,out\na.jpg,b.jpg,../c.jpg\n": "out is '../c.jpg'; give a file name without folders that ends in",
    "person,garment,out\na.jpg,b.jpg,c.gif\n": "out is 'c.gif'; give a file name",
    "person,garment,category\na.jpg,b.jpg,upper\na.jpg,b.jpg,lower\n": "both become a--b.jpg; give them names",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_TABLES)
def test_a_table_that_cannot_be_used(tmp_path, text):
    with pytest.raises(TryOnError) as raised:
        listed_pairs(table(tmp_path / "t.csv", text), ".jpg")
    assert BAD_TABLES[text] in str(raised.value)
    assert raised.value.exit_code == 2


def test_a_table_in_another_encoding_or_missing(tmp_path):
    for encoding, words in (("utf-16", "is in UTF-16; expected a table"), ("latin-1", "is not in UTF-8")):
        with pytest.raises(DataError, match=words):
            listed_pairs(table(tmp_path / "t.csv", "person,garment\né.jpg,b.jpg\n", encoding), ".jpg")
    with pytest.raises(DataError, match=r"missing.csv cannot be read \(No such file or directory\)"):
        listed_pairs(tmp_path / "missing.csv", ".jpg")
