"""A batch on a Ray cluster of two workers on this machine."""

import importlib.util
import sys

import pytest

from tests.batch.drawn_batch import Dying, drawn_folders
from tests.batch.test_run import files, without_weights
from tests.drawn import drawn_tryon
from tryon.batch.records import Records
from tryon.batch.run import run
from tryon.cli import main
from tryon.core.errors import CheckpointError, ConfigError

installed = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'tryon[ray]'"
)


@installed
@pytest.mark.slow
def test_ray_makes_what_one_process_makes(tmp_path, monkeypatch):
    pairs = drawn_folders(tmp_path)
    pairs[4].garment_file.write_text("no picture")
    one, two = (Records(tmp_path / name, pairs, {}) for name in ("one", "two"))
    list(run(one, drawn_tryon))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    outcomes = list(run(two, drawn_tryon, workers=2, ray="local"))
    assert {outcome.pair.picture for outcome in outcomes} == {one.picture for one in pairs}
    assert files(two) == files(one)
    assert one.write_report() == {"ok": 4, "failed": 2}
    assert list(run(two, without_weights, workers=2, ray="local")) == []  # nothing is left to do


@installed
@pytest.mark.slow
def test_an_actor_that_dies_takes_its_pair_along_and_no_other(tmp_path):
    records = Records(tmp_path / "out", drawn_folders(tmp_path), {})
    outcomes = {outcome.pair.picture: outcome for outcome in run(records, Dying, workers=2, ray="local")}
    assert len(outcomes) == 6
    assert {name for name, outcome in outcomes.items() if outcome.status == "error"} == {"p0--g1.png", "p1--g1.png"}
    assert outcomes["p0--g1.png"].message == (
        "the worker died at this pair; memory may be short: give fewer --workers and start again"
    )
    assert records.write_report() == {"ok": 4, "error": 2}
    assert [pair.picture for pair in records.todo()] == ["p0--g1.png", "p1--g1.png"]


@installed
@pytest.mark.slow
def test_what_no_photo_is_to_blame_for_ends_the_batch(tmp_path):
    records = Records(tmp_path / "out", drawn_folders(tmp_path), {})
    with pytest.raises(CheckpointError, match="no weights at MINE"):
        list(run(records, without_weights, workers=2, ray="local"))
    assert records.write_report() == {}


@installed
@pytest.mark.slow
def test_no_cluster(tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    records = Records(tmp_path / "out", drawn_folders(tmp_path), {})
    with pytest.raises(ConfigError, match="there is no Ray cluster at auto that can be used"):
        list(run(records, drawn_tryon, ray="auto"))


def test_without_ray(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ray", None)
    drawn_folders(tmp_path)
    assert main(["batch", f"{tmp_path}/people", f"{tmp_path}/garments", "-o", f"{tmp_path}/out", "--ray", "auto"]) == 2
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "tryon: --ray needs Ray, which is not installed; install it with: pip install 'tryon[ray]'"
    )
