"""``tryon train layout`` and ``tryon evaluate layout`` on drawn figures of one's own, from label maps to the tables."""

import csv
import json

import cv2
import numpy as np
import pytest

from tests.figure import LEGS, SIZE, figure
from tryon.cli import main
from tryon.core import photo
from tryon.core.labels import Label
from tryon.datasets.renders import write_renders
from tryon.render.layout.model import Layout
from tryon.types import PersonSample, TripletSample


def sample(*areas) -> PersonSample:
    person = figure(*areas)
    return PersonSample(person.photo, person.keypoints, person.parsing, "", "anna")


def triplet(number: int) -> tuple[TripletSample, str]:
    """Somebody puts on a dress."""
    gown = np.s_[60:230, 70:130]
    flow = np.zeros((*SIZE, 2), np.float32)
    person, dressed = sample(), sample((gown, Label.DRESS), *((leg, Label.SKIN) for leg in LEGS))
    visible = dressed.parsing == Label.DRESS
    return TripletSample(person, dressed, dressed, flow, visible, "bea"), "train" if number else "val"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two labeled people of one's own, and triplets."""
    root = tmp_path_factory.mktemp("data")
    own, triplets = root / "own", root / "triplets"
    for folder in ("images", "parsing"):
        (own / folder).mkdir(parents=True)
    person = figure()
    for name in ("anna", "bert"):
        photo.save(person.photo, own / "images" / f"{name}.jpg")
        cv2.imwrite(str(own / "parsing" / f"{name}.png"), person.parsing)
    np.savez(own / "keypoints.npz", name=["anna", "bert"], coco18=np.stack([person.keypoints] * 2))
    (own / "meta.csv").write_text("name,split\nanna,train\nbert,val\n")
    write_renders(triplets, 3, triplet)
    return own, triplets


def train(data, out, *options) -> int:
    own, triplets = data
    small = ("--images", "4", "--batch", "2", "--workers", "0")
    return main(
        ["train", "layout", "--data", str(own), "--triplets", str(triplets), "--out", str(out), *small, *options]
    )


def test_a_network_is_trained_and_goes_on_with_the_same_triplets(data, tmp_path, capsys):
    assert train(data, tmp_path) == 0
    assert "validation at step 2 of 2: right_hole" in capsys.readouterr().out
    trained = Layout.from_pretrained(tmp_path / "weights")
    assert trained.config.channels == (32, 64, 112, 128)
    with np.load(tmp_path / "triplets.npz") as kept:
        names = {name.partition("_")[2] for name in kept.files}
        assert names == {"labels", "hole", "worn", "truth", "keypoints", "category"}
        assert len(kept.files) == 2 * 6  # the third one is of val
        assert set(np.unique(kept["0_truth"])) == {0, int(Label.SKIN), 14}
        assert str(kept["0_category"]) == "outfit"
    (tmp_path / "triplets.npz").write_bytes(b"damaged")
    assert train(data, tmp_path) == 2
    assert "remove it to have the triplets prepared again" in capsys.readouterr().err


@pytest.mark.usefixtures("quick_dry_run")
def test_a_dry_run_trains_nothing(data, tmp_path, capsys):
    assert train(data, tmp_path / "run", "--dry-run") == 0
    assert "s a step of 2 views on this machine (cpu)" in capsys.readouterr().out
    assert not (tmp_path / "run" / "weights").exists()


def test_a_folder_without_triplets_is_told(data, tmp_path, capsys):
    own, _ = data
    assert train((own, own), tmp_path) == 2
    assert "expected a folder of rendered triplets" in capsys.readouterr().err


def test_the_rules_and_the_network_are_measured(data, ccp, tmp_path, capsys):
    _, triplets = data
    Layout().save_pretrained(tmp_path / "weights")
    options = ("--json", str(tmp_path / "found.json"), "--markdown", str(tmp_path / "found.md"))
    command = ["evaluate", "layout", "--data", str(ccp), "--triplets", str(triplets)]
    assert main([*command, "--weights", str(tmp_path / "weights"), *options]) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["number"] == found["triplets_number"] + found["photos_number"]
    assert found["triplets_made_up"] == found["photos_made_up"] == 0
    assert found["photos_rules_right_all"] > 0.8
    assert 0 <= found["photos_layout_right_all"] <= 1
    lines = list(csv.reader((tmp_path / "found.md").read_text().splitlines(), delimiter="|"))
    assert {line[1].strip() for line in lines if len(line) > 3} >= {"rules", "nearest", "layout", "network"}
    assert main([*command, "--number", "0"]) == 2
    assert "give 1 or more" in capsys.readouterr().err
