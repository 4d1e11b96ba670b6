"""A whole batch in this process and in others."""

import pytest

from tests.batch.drawn_batch import Dying, drawn_folders, dying_at_once
from tests.drawn import drawn_tryon
from tryon.batch.records import Records
from tryon.batch.run import run
from tryon.batch.workers import _Waiting
from tryon.core.errors import CheckpointError, ConfigError
from tryon.pipeline import TryOn


def files(records):
    """Everything in the folder of a batch; of the report, all but the seconds."""
    found = {path.name: path.read_bytes() for path in records.folder.iterdir() if "journal" not in path.name}
    found["report.csv"] = [line.rpartition(b",")[0] for line in found["report.csv"].splitlines()]
    return found


def test_a_batch_that_is_stopped_and_goes_on_equals_one_that_is_not(tmp_path):
    pairs = drawn_folders(tmp_path)
    whole, stopped = (Records(tmp_path / name, pairs, {}) for name in ("whole", "stopped"))
    assert [outcome.pair for outcome in run(whole, drawn_tryon)] == pairs
    first = run(stopped, drawn_tryon)
    assert [next(first).pair for _ in range(2)] == pairs[:2]
    first.close()
    assert len((stopped.folder / "report.csv").read_text().splitlines()) == 3
    assert [outcome.pair for outcome in run(stopped, drawn_tryon)] == pairs[2:]
    assert files(stopped) == files(whole)
    assert len(files(whole)) == 8  # six pictures, the report and batch.json

    def load():
        raise AssertionError("nothing is left to do")

    assert list(run(whole, load)) == []


def test_shards_together_equal_the_whole(tmp_path):
    pairs = drawn_folders(tmp_path, people=1, garments=3)
    whole, parts = (Records(tmp_path / name, pairs, {}) for name in ("whole", "parts"))
    list(run(whole, drawn_tryon))
    assert [outcome.pair for outcome in run(parts, drawn_tryon, shard=(2, 2))] == pairs[1:]
    assert [outcome.pair for outcome in run(parts, drawn_tryon, shard=(1, 2))] == pairs[:1]
    assert files(parts) == files(whole)


@pytest.mark.slow
def test_workers_make_what_one_process_makes(tmp_path):
    pairs = drawn_folders(tmp_path)
    pairs[4].garment_file.write_text("no picture")
    one, two = (Records(tmp_path / name, pairs, {}) for name in ("one", "two"))
    list(run(one, drawn_tryon))
    assert {outcome.pair.picture for outcome in run(two, drawn_tryon, workers=2)} == {one.picture for one in pairs}
    assert files(two) == files(one)
    assert one.write_report() == {"ok": 4, "failed": 2}


@pytest.mark.slow
def test_a_worker_that_dies_takes_its_pair_along_and_no_other(monkeypatch, tmp_path):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # what a worker would have on two cores
    records = Records(tmp_path / "out", drawn_folders(tmp_path), {})
    outcomes = {outcome.pair.picture: outcome for outcome in run(records, Dying, workers=2)}
    assert {name for name, outcome in outcomes.items() if outcome.status == "error"} == {"p0--g1.png", "p1--g1.png"}
    assert outcomes["p0--g1.png"].message == (
        "the worker died at this pair (signal 9, Killed); memory may be short: give fewer --workers and start again"
    )
    assert records.write_report() == {"ok": 4, "error": 2}
    assert [pair.picture for pair in records.todo()] == ["p0--g1.png", "p1--g1.png"]


def without_weights() -> TryOn:
    raise CheckpointError("no weights at MINE")


@pytest.mark.slow
def test_workers_that_cannot_begin_end_the_batch(tmp_path):
    records = Records(tmp_path / "out", drawn_folders(tmp_path), {})
    with pytest.raises(ConfigError, match=r"ended while it loaded the networks \(signal 9, Killed\)"):
        list(run(records, dying_at_once, workers=2))
    with pytest.raises(CheckpointError, match="no weights at MINE"):
        list(run(records, without_weights, workers=2))
    assert records.write_report() == {}


def test_a_worker_stays_with_its_person_and_helps_where_most_is_left(tmp_path):
    pairs = drawn_folders(tmp_path)
    waiting = _Waiting(pairs)
    assert waiting.take(None, []) == pairs[0]
    assert waiting.take(None, [pairs[0]]) == pairs[3]  # of the other person
    assert waiting.take(pairs[0], [pairs[3]]) == pairs[1]
    assert waiting.take(pairs[1], [pairs[3]]) == pairs[2]
    assert waiting.take(pairs[2], [pairs[3]]) == pairs[4]  # nobody is left of the first person
    assert len(waiting) == 1
    assert waiting.take(pairs[3], [pairs[4]]) == pairs[5]
    assert waiting.take(pairs[5], [pairs[4]]) is None
