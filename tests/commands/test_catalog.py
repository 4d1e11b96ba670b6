"""``tryon catalog``: from a table to a catalog, a list and an export, and how it says what went wrong."""

import json

import pytest
from PIL import Image

from tests.drawn import drawn_tryon
from tests.read.flat.colors import CLOTH, GROUND, drawn_reader
from tryon.cli import main
from tryon.pipeline import TryOn

TABLE = (
    "handle,title,category,sku,size,color,price,currency,stock,pictures,vendor\n"
    "shirt,Linen shirt,Shirts,S-1,S,red,39.90,EUR,3,red.png,Acme\n"
    "shirt,,,S-2,M,blue,45,EUR,1,,Acme\n"
    "cap,Cap,,,,,,,,https://cdn.example/cap.png,Acme\n"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a table and a picture in ``shop``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRYON_CATALOG", raising=False)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "products.csv").write_text(TABLE)
    Image.new("RGB", (32, 32), "red").save(tmp_path / "shop" / "red.png")
    return tmp_path


def run(capsys, *arguments):
    code = main(["catalog", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_import_reports_list_shows_remove_takes_away(folder, capsys):
    assert run(capsys, "import", "shop") == (
        0,
        "catalog.db: 2 products, 2 variants, 1 picture from a table with the columns of this project\n"
        "1 picture URL not fetched; give --download, or put the files beside the table:\n"
        "  https://cdn.example/cap.png\n"
        "1 column ignored:\n"
        "  vendor\n",
        "",
    )
    assert run(capsys, "list") == (
        0,
        "handle  title        category  colors     sizes  price                 stock  pictures\n"
        "shirt   Linen shirt  Shirts    red, blue  S, M   39.90 EUR, 45.00 EUR  4      1\n"
        "cap     Cap                                                                   0\n",
        "",
    )
    assert run(capsys, "remove", "cap", "cap") == (0, "catalog.db: 1 product removed\n", "")
    assert run(capsys, "list")[1].count("\n") == 2
    assert "(1 of them replaced)" in run(capsys, "import", "shop/products.csv")[1]


def test_with_json_facts_are_printed(folder, capsys, monkeypatch):
    monkeypatch.setenv("TRYON_CATALOG", "ours.db")
    assert json.loads(run(capsys, "import", "shop", "--json")[1]) == {
        "catalog": "ours.db",
        "format": "own",
        "products": 2,
        "replaced": 0,
        "variants": 2,
        "pictures": 1,
        "pictures_missing": [],
        "urls_not_fetched": ["https://cdn.example/cap.png"],
        "rows_skipped": [],
        "columns_ignored": ["vendor"],
        "proposed": [],
        "not_proposed": [],
    }
    facts = json.loads(run(capsys, "list", "--json")[1])
    (picture,) = facts["products"][0].pop("pictures")
    assert (folder / picture).is_file()
    assert facts["products"][0] == {
        "handle": "shirt",
        "title": "Linen shirt",
        "description": "",
        "category": "Shirts",
        "gender": "",
        "variants": [
            {
                "sku": "S-1", "size": "S", "color": "red", "option": "", "price": "39.90", "currency": "EUR",
                "stock": 3,
            },
            {
                "sku": "S-2", "size": "M", "color": "blue", "option": "", "price": "45.00", "currency": "EUR",
                "stock": 1,
            },
        ],
    }  # fmt: skip
    assert json.loads(run(capsys, "remove", "shirt", "--json")[1]) == {"catalog": "ours.db", "removed": ["shirt"]}
    assert json.loads(run(capsys, "export", "out", "--json")[1]) == {"output": "out/catalog.csv", "products": 1}


def test_an_export_can_be_imported_into_another_catalog(folder, capsys):
    run(capsys, "import", "shop")
    assert run(capsys, "export", "out") == (0, "out/catalog.csv\n", "")
    assert run(capsys, "import", "out", "--catalog", "other.db")[0] == 0
    assert run(capsys, "list", "--catalog", "other.db")[1] == run(capsys, "list")[1]


def test_options_of_the_import_arrive(folder, capsys):
    (folder / "shop" / "products.csv").write_text("handle,title,price,pictures\na,A,5,lost.png\n")
    assert run(capsys, "import", "shop", "--currency", "EUR")[0] == 2
    assert run(capsys, "import", "shop", "--currency", "EUR", "--allow-missing-pictures") == (
        0,
        "catalog.db: 1 product, 1 variant, 0 pictures from a table with the columns of this project\n"
        "1 picture left out:\n"
        "  line 2: there is no picture lost.png\n",
        "",
    )
    assert "5.00 EUR" in run(capsys, "list")[1]


def test_proposals_are_made_only_when_asked_and_are_told(folder, capsys, monkeypatch):
    people = drawn_tryon()
    drawn = TryOn(people.parser, people.pose, flat=drawn_reader(0))
    monkeypatch.setattr(TryOn, "from_pretrained", lambda: drawn)
    (folder / "pictures").mkdir()
    dress = Image.new("RGB", (300, 400), GROUND)
    dress.paste(CLOTH, (60, 100, 240, 350))
    dress.save(folder / "pictures" / "number_nine.png")
    run(capsys, "import", "pictures")
    assert run(capsys, "list")[1].splitlines()[1].split() == ["number-nine", "Number", "nine", "1"]
    assert run(capsys, "import", "pictures", "--propose") == (
        0,
        "catalog.db: 1 product (1 of them replaced), 1 variant, 1 picture from a folder of pictures\n"
        "1 product with a proposed category or color:\n"
        "  number-nine: category dress, color blue\n",
        "",
    )
    assert run(capsys, "list")[1].splitlines()[1].split() == ["number-nine", "Number", "nine", "dress", "blue", "1"]


def test_pictures_are_fetched_only_when_asked(folder, capsys, monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    (folder / "shop" / "products.csv").write_text("handle,title,pictures\na,A,http://127.0.0.1:9/a.png\n")
    code, _, err = run(capsys, "import", "shop", "--download")
    assert code == 2
    assert err.startswith("tryon: shop/products.csv, line 2: http://127.0.0.1:9/a.png could not be fetched (")
    assert run(capsys, "import", "shop")[0] == 0


def test_long_lists_are_cut_but_not_in_json(folder, capsys):
    rows = "".join(f"a,A,https://cdn.example/{number}.png\n" for number in range(12))
    (folder / "shop" / "products.csv").write_text("handle,title,pictures\n" + rows)
    lines = run(capsys, "import", "shop")[1].splitlines()
    assert lines[1].startswith("12 picture URLs")
    assert lines[11:] == ["  https://cdn.example/9.png", "  and 2 more, all told with --json"]
    assert len(json.loads(run(capsys, "import", "shop", "--json")[1])["urls_not_fetched"]) == 12


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["list"], "there is no catalog catalog.db; make it with: tryon catalog import FOLDER_OR_CSV"),
        (["export", "out"], "there is no catalog catalog.db; make it with: tryon catalog import FOLDER_OR_CSV"),
        (["remove", "a"], "there is no catalog catalog.db; make it with: tryon catalog import FOLDER_OR_CSV"),
        (["remove"], "no product is named; give the handles of those to remove"),
        (
            ["import", "no.csv"],
            "no.csv cannot be read (No such file or directory); expected a table of products: CSV, or tabs",
        ),
    ],
)
def test_errors_are_sentences_also_in_json(folder, capsys, arguments, sentence):
    assert run(capsys, *arguments) == (2, "", f"tryon: {sentence}\n")
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, json.loads(out), err) == (2, {"error": sentence}, f"tryon: {sentence}\n")
    assert [path.name for path in folder.iterdir()] == ["shop"]


def test_with_json_a_wrong_option_is_json_too(folder, capsys):
    with pytest.raises(SystemExit):
        main(["catalog", "import", "--json"])
    assert "FOLDER_OR_CSV" in json.loads(capsys.readouterr().out)["error"]
