"""What every results file says of the program and its weights, and that those in results/ are of the released ones."""

import hashlib
import json
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from tryon.core.weight_files import RELEASED
from tryon.evaluate.report import NETWORKS, checksums, commit, report, used_weights
from tryon.read.parser.model import GarmentParser, ParserConfig

RESULTS = Path(__file__).parents[2] / "results"
BEFORE_CHECKSUMS = frozenset({"hpn_val.json"})
"""Files of results/ that were measured before checksums were written; each leaves when it is measured again."""
OTHER_WEIGHTS = "## Of other weights"
"""Section of results/README.md that names the files whose figures are of other weights than the released ones."""


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
    assert commit(tmp_path) == head
    (tmp_path / "file").write_text("2")
    assert commit(tmp_path) == f"{head}+"


def of_other_weights(path: Path, notes: str) -> list[str]:
    """The weights that a results file was not measured with though they are released; none where it says so itself."""
    found = json.loads(path.read_text())
    if "weights_note" in found or f"`{path.name}`" in notes:
        return []
    if path.name in BEFORE_CHECKSUMS:
        return ["listed as older, and has checksums"] if "weights_parser" in found else []
    current = checksums(used_weights(None, *(folder.name for folder in RELEASED.iterdir() if folder.is_dir())))
    named = {key: value for key, value in found.items() if key.startswith("weights_")}
    if not any(named.values()):
        return ["no checksum"]
    return [key for key, value in named.items() if value not in (None, current.get(key))]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.name)
def test_the_released_figures_are_of_the_released_weights(path):
    _, heading, notes = (RESULTS / "README.md").read_text().partition(OTHER_WEIGHTS)
    assert heading
    assert of_other_weights(path, notes.partition("\n## ")[0]) == []


def test_the_table_of_older_results_names_files_that_are_there():
    assert sorted(BEFORE_CHECKSUMS - {path.name for path in RESULTS.glob("*.json")}) == []


def test_figures_of_other_weights_are_seen(tmp_path):
    path = tmp_path / "new.json"
    right = sha256(RELEASED / "parser")[:12]
    for content, found in (
        ({"weights_parser": right, "weights_pose": None}, []),
        ({"weights_parser": "0" * 12, "weights_pose": None}, ["weights_parser"]),
        ({"weights_parser": "0" * 12, "weights_note": "of a smaller parser"}, []),
        ({"miou_9": 0.7}, ["no checksum"]),
    ):
        path.write_text(json.dumps(content))
        assert of_other_weights(path, "") == found
    assert of_other_weights(path, "Here is `new.json` of another network") == []
