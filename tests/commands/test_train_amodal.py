"""``tryon train amodal`` and ``tryon evaluate amodal`` on drawn figures of one's own."""

import json

import cv2
import numpy as np
import pytest

from appearance_flow.amodal.model import AmodalNet
from tests.figure import figure
from tryon.cli import main
from tryon.core import photo
from tryon.core.labels import Label

HAIR = np.s_[30:100, 76:90]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Two labeled people of one's own."""
    root = tmp_path_factory.mktemp("own")
    for folder in ("images", "parsing"):
        (root / folder).mkdir()
    person = figure((HAIR, Label.HAIR))
    for name in ("anna", "bert"):
        photo.save(person.photo, root / "images" / f"{name}.jpg")
        cv2.imwrite(str(root / "parsing" / f"{name}.png"), person.parsing)
    np.savez(root / "keypoints.npz", name=["anna", "bert"], coco18=np.stack([person.keypoints] * 2))
    (root / "meta.csv").write_text("name,split\nanna,train\nbert,val\n")
    return root


def train(own, out, *options: str) -> int:
    small = ("--images", "4", "--batch", "2", "--workers", "0")
    return main(["train", "amodal", "--data", str(own), "--out", str(out), *small, *options])


def test_a_network_is_trained_and_measured(own, tmp_path, capsys):
    assert train(own, tmp_path) == 0
    said = capsys.readouterr().out
    assert "validation at step 2 of 2: right" in said
    assert "tryon evaluate amodal --data" in said
    assert isinstance(AmodalNet.from_pretrained(tmp_path / "weights"), AmodalNet)
    command = ["evaluate", "amodal", "--data", str(own), "--number", "6", "--weights", str(tmp_path / "weights")]
    assert main([*command, "--json", str(tmp_path / "found.json")]) == 0
    assert "6 views of 1 photos of val" in capsys.readouterr().out
    found = json.loads((tmp_path / "found.json").read_text())
    assert 0 <= found["all_right"] <= 1
    assert found["engine"] == "torch"
    assert main([*command[:-4], "--number", "0"]) == 2
    assert "give 1 or more" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_dry_run")
def test_a_dry_run_trains_nothing(own, tmp_path, capsys):
    assert train(own, tmp_path / "run", "--dry-run") == 0
    assert "s a step of 2 views on this machine (cpu)" in capsys.readouterr().out
    assert not (tmp_path / "run" / "weights").exists()
    assert train(own, tmp_path / "run", "--batch", "0") == 2
    assert "--batch 0 must be 1 or more" in capsys.readouterr().err
