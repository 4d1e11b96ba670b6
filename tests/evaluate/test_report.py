"""What every results file says of the program and its weights, and that those in results/ are of the released ones."""

import hashlib
import json
import re
import subprocess
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path

import pytest
import torch

from tryon.core.weight_files import RELEASED
from tryon.evaluate.report import NETWORKS, checksums, commit, report, used_weights
from tryon.read.parser.model import GarmentParser, ParserConfig

RESULTS = Path(__file__).parents[2] / "results"
README = (RESULTS / "README.md").read_text()
BEFORE_CHECKSUMS = frozenset({"hpn_val.json"})
"""Files of results/ that were measured before checksums were written; each leaves when it is measured again."""
OTHER_WEIGHTS = "## Of other weights"
"""Section of results/README.md whose list, before the colon of each bullet, names the files whose figures are of other
weights than the released ones; what is said of files below the list excuses nothing."""


@pytest.fixture
def weights(tmp_path):
    """A small parser, and no other network."""
    torch.manual_seed(0)
    network = GarmentParser(ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64)))
    network.save_pretrained(tmp_path / "mine" / "parser")
    return tmp_path / "mine"


def sha256(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def test_a_report_says_of_what_it_is(weights, tmp_path, capsys):
    report(tmp_path / "f.json", "val", 3, {"value": float("nan")}, used_weights(weights, "parser"))
    found = json.loads((tmp_path / "f.json").read_text())
    assert found.pop("date").endswith("+00:00")
    ours = sha256(weights / "parser")[:12]
    assert found == {
        "version": "0.1.0", "commit": commit(), "weights_parser": ours, "weights_pose": None,
        "weights_flow": None, "weights_amodal": None,
        "weights_matte": None, "weights_points": None, "weights_hpn": None,
        "engine": "torch", "onnxruntime": version("onnxruntime"), "torch": version("torch"),
        "split": "val", "number": 3, "value": None,
    }  # fmt: skip
    theirs = sha256(RELEASED / "parser")[:12]
    assert capsys.readouterr().out == (
        f"The weights of parser in {weights / 'parser'} ({ours}) are not the released ones ({theirs}).\n\n"
    )


def test_released_weights_are_not_remarked_upon(tmp_path, capsys):
    report(tmp_path / "f.json", "val", 3, {}, used_weights(None, *NETWORKS))
    assert capsys.readouterr().out == ""
    found = json.loads((tmp_path / "f.json").read_text())
    for name in NETWORKS:
        assert found[f"weights_{name}"] == sha256(RELEASED / name)[:12]


def test_weights_that_were_not_needed(weights):
    assert checksums(used_weights(weights, "parser", "hpn"))["weights_hpn"] is None


def test_the_commit_of_a_clone(tmp_path):
    def git(*arguments: str) -> str:
        names = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(
            ["git", *names, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    assert commit(tmp_path) is None
    git("init")
    assert commit(tmp_path) is None  # without a commit
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-m", "first")
    head = git("rev-parse", "HEAD").strip()[:12]
    assert commit(tmp_path) == head
    (tmp_path / "other").touch()
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "figures.json").write_text("1")
    assert commit(tmp_path) == head
    git("add", "results")
    assert commit(tmp_path) == head  # measuring writes results
    git("commit", "-m", "second")
    head = git("rev-parse", "HEAD").strip()[:12]
    (tmp_path / "results" / "figures.json").write_text("2")
    assert commit(tmp_path) == head
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path) == f"{head}+"


def excused(readme: str = README) -> dict[str, str]:
    """The files in the bullet list at the start of the section :data:`OTHER_WEIGHTS`, and what it says of them."""
    _, heading, section = readme.partition(OTHER_WEIGHTS)
    assert heading
    lines = section.partition("\n## ")[0].splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("* "))
    bullets = "\n".join(takewhile(lambda line: line.startswith(("* ", "  ")), lines[first:])).removeprefix("* ")
    parts = [bullet.partition(":") for bullet in bullets.split("\n* ")]
    return {name: " ".join(why.split()) for head, _, why in parts for name in re.findall("`([^`]+)`", head)}


def of_other_weights(path: Path) -> list[str]:
    """What keeps the figures of a file from being of the released weights."""
    found = json.loads(path.read_text())
    current = checksums(used_weights(None, *(folder.name for folder in RELEASED.iterdir() if folder.is_dir())))
    named = {key: value for key, value in found.items() if key.startswith("weights_")}
    if not any(named.values()):
        return ["no checksum"]
    missing = [f"{key} is missing" for key in current if key not in named]
    return missing + [key for key, value in named.items() if value not in (None, current.get(key))]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.name)
def test_figures_are_of_the_released_weights_or_named_as_of_others(path):
    reasons = of_other_weights(path)
    if path.name in BEFORE_CHECKSUMS:
        assert reasons == ["no checksum"]
    else:
        assert bool(reasons) == (path.name in excused()), reasons


def test_the_files_that_are_named_are_there():
    there = {path.name for path in RESULTS.iterdir()}
    assert sorted({*BEFORE_CHECKSUMS, *excused()} - there) == []


def test_only_the_list_excuses():
    text = f"""`a.json`: of before.

{OTHER_WEIGHTS}

All but:

* `b.json`, `b.md`: of a network like that of `c.json`, whose
  `d.json` is another.
* `e.json`: of earlier weights.

Also `f.json` is old.

* `g.json`: not part of the list.

## Keys

* `h.json`: no."""
    why = "of a network like that of `c.json`, whose `d.json` is another."
    assert excused(text) == {"b.json": why, "b.md": why, "e.json": "of earlier weights."}


def test_figures_of_other_weights_are_seen(tmp_path):
    path = tmp_path / "new.json"
    whole = checksums(used_weights(None, *NETWORKS))
    without = {key: value for key, value in whole.items() if key != "weights_amodal"}
    for content, reasons in (
        (whole, []),
        (whole | {"weights_pose": None}, []),
        (whole | {"weights_parser": "0" * 12}, ["weights_parser"]),
        (whole | {"weights_render": "0" * 12}, ["weights_render"]),
        (without, ["weights_amodal is missing"]),
        ({"miou_9": 0.7}, ["no checksum"]),
        (dict.fromkeys(whole), ["no checksum"]),
    ):
        path.write_text(json.dumps(content))
        assert of_other_weights(path) == reasons
