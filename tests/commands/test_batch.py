"""``tryon batch`` with networks that read drawn people without mistakes."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.batch.drawn_batch import Asked, drawn_folders, elsewhere
from tests.drawn import drawn_tryon
from tests.read.flat.colors import drawn_reader
from tryon.cli import main
from tryon.core import photo
from tryon.pipeline import TryOn
from tryon.read.flat.kinds import WORN

ROOT = Path(__file__).parents[2]


RELEASED = TryOn.from_pretrained


def drawn_or_given(weights=None, *, mirror=True):
    return RELEASED(weights, mirror=mirror) if weights == Path("empty") else drawn_tryon()


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """Two drawn people and three garments as arguments; the command line reads drawn people."""
    monkeypatch.setattr(TryOn, "from_pretrained", drawn_or_given)
    drawn_folders(tmp_path)
    return [str(tmp_path / "people"), str(tmp_path / "garments")]


def report(out):
    with open(out / "report.csv", newline="") as file:
        return [{name: cell for name, cell in row.items() if name != "seconds"} for row in csv.DictReader(file)]


def test_two_folders(capsys, tmp_path, folders):
    out, sheet = tmp_path / "new" / "out", tmp_path / "sheet.png"
    assert main(["batch", *folders, "-o", str(out), "--format", "png", "--sheet", str(sheet)]) == 0
    assert capsys.readouterr() == (f"{out / 'report.csv'}\n", "")
    names = [f"p{i}--g{j}.png" for i in range(2) for j in range(3)]
    assert sorted(path.name for path in out.glob("*.png")) == names
    assert [row["picture"] for row in report(out)] == names
    assert report(out)[1] == {
        "person": "p0.png", "garment": "g1.png", "category": "upper", "picture": "p0--g1.png", "status": "ok",
        "message": "", "notes": "",
    }  # fmt: skip
    assert photo.load(out / "p1--g2.png").shape == (240, 200, 3)
    assert photo.load(sheet).shape == (864, 816, 3)
    again = drawn_tryon()
    expected = again(again.read_person(f"{folders[0]}/p1.png"), again.read_garment(f"{folders[1]}/g2.png"))
    assert (photo.load(out / "p1--g2.png") == expected.image).all()


def test_a_table_and_a_photo_that_is_refused(capsys, tmp_path, folders):
    table = tmp_path / "pairs.csv"
    table.write_text(
        "person,garment,category,out\npeople/p1.png,garments/g0.png,lower,first.webp\n"
        "people/p1.png,missing.png,,\npeople/p0.png,garments/g2.png,,\n"
    )
    out = tmp_path / "out"
    assert main(["batch", str(table), "-o", str(out), "--json"]) == 2
    sentence = (
        "1 of 3 pairs have no picture (1 because a photo was refused, 0 by a fault of ours); "
        f"{out / 'report.csv'} tells why"
    )
    printed, err = capsys.readouterr()
    assert err == f"tryon: {sentence}\n"
    assert json.loads(printed) == {
        "error": sentence, "output": str(out), "report": str(out / "report.csv"), "pairs": 3, "ok": 2, "failed": 1,
        "errors": 0,
    }  # fmt: skip
    rows = report(out)
    assert [(row["category"], row["picture"], row["status"]) for row in rows] == [
        ("lower", "first.webp", "ok"), ("auto", "", "failed"), ("upper", "p0--g2.jpg", "ok"),
    ]  # fmt: skip
    assert rows[1]["message"] == f"garment photo: {tmp_path / 'missing.png'} does not exist; check the path"
    photo.save(photo.load(f"{folders[1]}/g1.png"), tmp_path / "missing.png")
    assert main(["batch", str(table), "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["ok"], facts["failed"], facts.get("error")) == (3, 0, None)


def test_a_fault_of_ours_has_another_exit_code(capsys, monkeypatch, tmp_path, folders):
    class Broken(TryOn):
        def take_garment(self, wearer, *, category="auto"):
            raise ZeroDivisionError

    def broken(weights=None, *, mirror=True):
        good = drawn_tryon()
        return Broken(good.parser, good.pose, flat=drawn_reader(WORN))

    monkeypatch.setattr(TryOn, "from_pretrained", broken)
    assert main(["batch", *folders, "-o", str(tmp_path / "out")]) == 1
    assert "6 of 6 pairs have no picture (0 because a photo was refused, 6 by a fault" in capsys.readouterr().err


def test_what_a_table_says_comes_before_the_options(monkeypatch, tmp_path, folders):
    tryon, loaded = Asked(), []

    def load(weights=None, *, mirror=True):
        loaded.append((weights, mirror))
        return tryon

    monkeypatch.setattr(TryOn, "from_pretrained", load)
    table = tmp_path / "pairs.csv"
    table.write_text(
        "person,garment,below,tuck,inner,normalize\n"
        "people/p1.png,garments/g0.png,,,,\npeople/p1.png,garments/g1.png,bring,in,bring,never\n"
    )
    options = ["--below", "keep", "--tuck", "out", "--inner", "keep", "--normalize", "auto", "--no-mirror"]
    assert main(["batch", str(table), "-o", str(tmp_path / "out"), *options]) == 0
    assert tryon.asked == [("keep", "out", "keep", "auto"), ("bring", "in", "bring", "never")]
    assert loaded == [(None, False)]


@pytest.mark.slow
def test_workers_are_other_processes(monkeypatch, tmp_path, folders):
    monkeypatch.setattr(TryOn, "from_pretrained", elsewhere)
    out = tmp_path / "out"
    assert main(["batch", *folders, "-o", str(out), "--workers", "2"]) == 1
    processes = {row["message"] for row in report(out)}
    assert 1 <= len(processes) <= 2
    assert not any(f"process {os.getpid()} " in words for words in processes)


def test_shards_of_one_folder(capsys, tmp_path, folders):
    out = tmp_path / "out"
    for place, pictures in ((2, 3), (1, 6)):
        assert main(["batch", *folders, "-o", str(out), "--shard", f"{place}/2", "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert (facts["pairs"], facts["ok"]) == (6, pictures)
        assert len(report(out)) == pictures


def test_a_batch_that_was_begun_with_other_options_is_refused(capsys, tmp_path, folders):
    out = tmp_path / "out"
    assert main(["batch", *folders, "-o", str(out), "--shard", "1/6"]) == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    capsys.readouterr()
    for option, words in (
        (["--category", "lower"], "category auto, not lower"),
        (["--no-mirror"], "mirror True, not False"),
        (["--format", "webp"], "format jpg, not webp"),
    ):
        assert main(["batch", *folders, "-o", str(out), *option]) == 2
        assert capsys.readouterr().err == f"tryon: {out} was begun with {words}; give another --out\n"
    (Path(folders[0]) / "p9.jpg").touch()
    assert main(["batch", *folders, "-o", str(out)]) == 2
    assert capsys.readouterr().err == f"tryon: {out} was begun with other pairs or options; give another --out\n"
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


BAD = {
    "an address": (["https://a.de/people", "garments", "-o", "out"], "https://a.de/people: addresses are not fetched"),
    "an address alone": (["https://a.de/t.csv", "-o", "out"], "https://a.de/t.csv: addresses are not fetched; give a"),
    "no folder": (["missing", "garments", "-o", "out"], "missing cannot be read (No such file or directory)"),
    "an empty folder": (["people", "empty", "-o", "out"], "empty holds no photos; expected files that end in"),
    "one folder": (["people", "-o", "out"], "people is a folder; give that of the garments too, or a CSV file alone"),
    "a photo": (["people/p0.png", "garments", "-o", "out"], "p0.png cannot be read (Not a directory)"),
    "a photo alone": (["people/p0.png", "-o", "out"], "people/p0.png is no text; expected a table with the columns"),
    "a table without a column": (["table.csv", "-o", "out"], "table.csv lacks the columns garment; expected person"),
    "out in people": (["people", "garments", "-o", "people/out"], "people/out lies in people, whose photos are read"),
    "out is garments": (["people", "garments", "-o", "garments"], "--out garments lies in garments, whose photos"),
    "out has other files": (["people", "people", "-o", "garments"], "garments holds other files and no batch"),
    "out is a file": (["people", "garments", "-o", "table.csv"], "table.csv cannot be made or read as a folder"),
    "shard 3/2": (["people", "garments", "-o", "out", "--shard", "3/2"], "--shard is '3/2'; give I/N"),
    "shard 0/2": (["people", "garments", "-o", "out", "--shard", "0/2"], "--shard is '0/2'; give I/N"),
    "shard 2": (["people", "garments", "-o", "out", "--shard", "2"], "--shard is '2'; give I/N"),
    "no workers": (["people", "garments", "-o", "out", "--workers", "0"], "--workers is 0; give the number of"),
    "sheet is a photo": (["good.csv", "-o", "out", "--sheet", "people/p0.png"], "would be overwritten"),
    "sheet in people": (["people", "garments", "-o", "out", "--sheet", "people/s.png"], "--sheet people/s.png lies in"),
    "sheet in no folder": (["people", "people", "-o", "out", "--sheet", "no/s.png"], "no is no existing folder"),
    "sheet of no kind": (["people", "people", "-o", "out", "--sheet", "out/s.gif"], "has an unknown extension"),
    "sheet is a picture": (["people", "people", "-o", "out", "--sheet", "out/p0--p1.jpg"], "is a picture of the batch"),
    "no weights": (["people", "garments", "-o", "out", "--weights", "empty"], "no weights at empty: expected the"),
    "no weights to normalize": (
        ["people", "garments", "-o", "out", "--weights", "people", "--normalize", "auto"], "/people/hpn; give a folder",
    ),
    "out over a file": (["people", "garments", "-o", "table.csv/out"], "cannot be made or read as a folder (Not a dir"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(capsys, monkeypatch, tmp_path, folders, case):
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").write_text("person,category\npeople/p0.png,upper\n")
    (tmp_path / "good.csv").write_text("person,garment\npeople/p0.png,people/p1.png\n")
    monkeypatch.chdir(tmp_path)
    before = sorted(path for path in Path().rglob("*"))
    arguments, words = BAD[case]
    assert main(["batch", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert words in line
    assert sorted(path for path in Path().rglob("*")) == before


def test_a_run_that_was_killed_goes_on(capsys, tmp_path, folders):
    code = (
        "import sys\n"
        "from tests.drawn import drawn_tryon\n"
        "from tryon.cli import main\n"
        "from tryon.pipeline import TryOn\n"
        "TryOn.from_pretrained = lambda weights=None, *, mirror=True: drawn_tryon()\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    run = subprocess.Popen(
        [sys.executable, "-c", code, "batch", *folders, "-o", str(killed)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    end = time.monotonic() + 120
    while len(list(killed.glob("p*.jpg"))) < 2 and run.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL
    made = {path.name: path.stat().st_mtime_ns for path in killed.glob("p*.jpg")}
    assert 2 <= len(made) < 6
    assert not (killed / "report.csv").exists()
    done = (killed / "journal-1-of-1.jsonl").read_text().count("\n")
    assert main(["batch", *folders, "-o", str(killed)]) == 0
    assert main(["batch", *folders, "-o", str(whole)]) == 0
    assert report(killed) == report(whole)
    for path in whole.glob("*.jpg"):
        assert (killed / path.name).read_bytes() == path.read_bytes()
    # What the journal told to be done was left as it was.
    kept = sum((killed / name).stat().st_mtime_ns == at for name, at in made.items())
    assert kept == done >= 1
    assert capsys.readouterr().out == f"{killed / 'report.csv'}\n{whole / 'report.csv'}\n"
