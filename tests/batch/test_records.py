"""What is kept of a batch, and what is left to do after an interruption."""

import pytest

from tryon.batch.pairs import all_pairs
from tryon.batch.records import Outcome, Records
from tryon.core.errors import ConfigError, DataError, OutputError

SETTINGS = {"category": "auto", "mirror": True}


@pytest.fixture
def pairs(tmp_path):
    """Two people of 1 and 2 bytes and two garments of 3 and 4."""
    for name, size in (("people/a", 1), ("people/b", 2), ("garments/x", 3), ("garments/y", 4)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.jpg").write_bytes(b"." * size)
    return all_pairs(tmp_path / "people", tmp_path / "garments", ".png")


def begin(tmp_path, pairs):
    return Records(tmp_path / "new" / "out", pairs, SETTINGS)


def finish(records, pair, status="ok", shard=(1, 1), **facts):
    if status == "ok":
        (records.folder / pair.picture).touch()
    facts = {"category": "upper", "seconds": 0.25, "sizes": tuple(pair.sizes())} | facts
    records.add(Outcome(pair=pair, status=status, **facts), shard)


def pictures(pairs):
    return [pair.picture for pair in pairs]


def test_the_report(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    finish(records, pairs[3], notes=("one, two", "three"))
    finish(records, pairs[0], "failed", message="person photo: é", category="auto")
    finish(records, pairs[1], "error", message="TypeError: x")
    assert records.write_report() == {"ok": 1, "failed": 1, "error": 1}
    assert (records.folder / "report.csv").read_bytes().decode() == (
        "person,garment,category,picture,status,message,notes,seconds\n"
        "a.jpg,x.jpg,auto,,failed,person photo: é,,0.250\n"
        "a.jpg,y.jpg,upper,,error,TypeError: x,,0.250\n"
        'b.jpg,y.jpg,upper,b--y.png,ok,,"one, two | three",0.250\n'
    )


def test_what_is_left(tmp_path, pairs):
    finish(begin(tmp_path, pairs), pairs[2])
    finish(begin(tmp_path, pairs), pairs[0], "failed")
    finish(begin(tmp_path, pairs), pairs[1], "error")
    records = begin(tmp_path, pairs)
    assert pictures(records.todo()) == ["a--y.png", "b--y.png"]  # a fault of ours is tried again
    pairs[3].garment_file.write_bytes(b"another")
    assert pictures(records.todo()) == ["a--y.png", "b--y.png"]
    (records.folder / "b--x.png").unlink()
    assert records.write_report() == {"failed": 1, "error": 1}
    assert pictures(records.todo()) == ["a--y.png", "b--x.png", "b--y.png"]


def test_a_photo_that_was_refused_and_mended_is_tried_again(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    finish(records, pairs[0], "failed")
    finish(records, pairs[1])
    assert pictures(records.todo()) == ["b--x.png", "b--y.png"]
    pairs[0].garment_file.write_bytes(b"another")
    assert pictures(records.todo()) == ["a--x.png", "b--x.png", "b--y.png"]
    finish(records, pairs[0], "failed", message="again")
    assert pictures(records.todo()) == ["b--x.png", "b--y.png"]
    pairs[0].garment_file.write_bytes(b"a good one")
    finish(records, pairs[0])
    assert records.outcomes()["a--x.png"].status == "ok"
    pairs[0].garment_file.write_bytes(b"yet another")
    with pytest.raises(ConfigError) as raised:
        records.todo()
    assert str(raised.value).startswith("a.jpg or x.jpg has changed since ")


def test_a_line_that_was_torn_is_done_again(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    finish(records, pairs[0])
    finish(records, pairs[1])
    journal = records.folder / "journal-1-of-1.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-20])
    assert pictures(records.todo()) == ["a--y.png", "b--x.png", "b--y.png"]
    finish(records, pairs[1])
    assert journal.read_bytes() == whole
    journal.write_bytes(whole[:10])
    assert records.outcomes() == {}
    finish(records, pairs[0])
    finish(records, pairs[1])
    assert journal.read_bytes() == whole


def test_shards_divide_the_pairs_and_share_the_report(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    parts = [pictures(records.todo((place, 3))) for place in (1, 2, 3)]
    assert parts == [["a--x.png"], ["a--y.png"], ["b--x.png", "b--y.png"]]
    assert [pictures(records.todo((place, 8))) for place in (1, 2)] == [[], ["a--x.png"]]
    finish(records, pairs[3], shard=(3, 3))
    finish(records, pairs[0], shard=(1, 3))
    assert (records.folder / "journal-3-of-3.jsonl").exists()
    assert records.write_report() == {"ok": 2}
    assert [line.split(",")[3] for line in (records.folder / "report.csv").read_text().splitlines()[1:]] == [
        "a--x.png", "b--y.png",
    ]  # fmt: skip
    assert pictures(records.todo()) == ["a--y.png", "b--x.png"]


def test_a_shard_that_ends_while_the_report_is_written_is_in_it(tmp_path, pairs):
    class Slow(Records):
        def _write(self, name, data):
            super()._write(name, data)
            if name == "report.csv" and len(self.outcomes()) == 1:
                finish(other, pairs[3], shard=(2, 2))
                other.write_report()
                super()._write(name, data)

    other = begin(tmp_path, pairs)
    slow = Slow(other.folder, pairs, SETTINGS)
    finish(slow, pairs[0], shard=(1, 2))
    assert slow.write_report() == {"ok": 2}
    assert len((other.folder / "report.csv").read_text().splitlines()) == 3


def test_the_best_of_several_journals_counts(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    finish(records, pairs[0], shard=(1, 1))
    finish(records, pairs[0], "failed", shard=(2, 2))
    finish(records, pairs[1], "failed", shard=(2, 2))
    finish(records, pairs[1], "error", shard=(4, 4))
    assert records.write_report() == {"ok": 1, "failed": 1}


def test_pairs_of_a_person_come_together(tmp_path, pairs):
    mixed = [pairs[0], pairs[2], pairs[3], pairs[1]]
    assert pictures(begin(tmp_path, mixed).todo()) == ["a--x.png", "a--y.png", "b--x.png", "b--y.png"]


def test_a_folder_of_another_batch_is_refused(tmp_path, pairs):
    out = begin(tmp_path, pairs).folder
    with pytest.raises(ConfigError) as raised:
        Records(out, pairs, SETTINGS | {"category": "dress"})
    assert str(raised.value) == f"{out} was begun with category auto, not dress; give another --out"
    for others in (pairs[:3], pairs[::-1], all_pairs(tmp_path / "people", tmp_path / "garments", ".jpg")):
        with pytest.raises(ConfigError) as raised:
            Records(out, others, SETTINGS)
        assert str(raised.value) == f"{out} was begun with other pairs or options; give another --out"


def test_a_folder_that_cannot_be_used(tmp_path, pairs):
    with pytest.raises(ConfigError, match="people holds other files and no batch"):
        Records(tmp_path / "people", pairs, SETTINGS)
    with pytest.raises(OutputError, match=r"cannot be made or read as a folder \(Not a directory\)"):
        Records(tmp_path / "people" / "a.jpg" / "out", pairs, SETTINGS)
    assert sorted(path.name for path in tmp_path.rglob("*.json")) == []


def test_a_journal_changed_by_hand(tmp_path, pairs):
    records = begin(tmp_path, pairs)
    for line in (b"{}\n", b"no json\n", b'{"picture": "c.jpg"}\n', b"3\n"):
        (records.folder / "journal-1-of-1.jsonl").write_bytes(line)
        with pytest.raises(DataError, match="is damaged; remove it, and its pairs are done again"):
            records.outcomes()
