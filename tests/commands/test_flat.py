"""The commands on garments that nobody wears, with networks that read drawn ones exactly."""

import json

import cv2
import numpy as np
import pytest

from tests.read.flat.colors import CLOTH, INSIDE, drawn_reader
from tests.read.flat.test_matte import drawn
from tryon.cli import main
from tryon.core import photo
from tryon.core.labels import Label
from tryon.datasets.flat_garments import FlatGarments, is_held_out
from tryon.evaluate.flat import measure_prints, measure_things
from tryon.read.flat.read import FlatReader
from tryon.types import PersonSample

TEE = (CLOTH, 60, 100, 240, 350), (INSIDE, 130, 100, 170, 120)
PIXELS = [[60, 100], [239, 100], [239, 349], [60, 349]]


@pytest.fixture(autouse=True)
def reads_drawings(monkeypatch):
    monkeypatch.setattr(FlatReader, "from_pretrained", lambda weights=None: drawn_reader())


@pytest.fixture
def lying(tmp_path):
    photo.save(drawn(*TEE), tmp_path / "tee.png")
    return tmp_path / "tee.png"


def test_a_garment_is_cut_out_with_soft_edges_and_told_of(lying, tmp_path, capsys):
    assert main(["parse", str(lying), "--flat", "-o", str(tmp_path / "cut.png"), "--json"]) == 0
    cut = cv2.imread(str(tmp_path / "cut.png"), cv2.IMREAD_UNCHANGED)
    assert cut.shape == (400, 300, 4)
    assert (cut[200, 150, 3], cut[50, 150, 3], cut[108, 150, 3]) == (255, 0, 0)  # front, ground, inside of the back
    facts = json.loads(capsys.readouterr().out)
    assert (facts["kind"], facts["kinds"]["t-shirt"], facts["width"], facts["height"]) == ("t-shirt", 1.0, 300, 400)
    assert facts["points"]["neck"] == [pytest.approx(150, abs=2), pytest.approx(100, abs=2), pytest.approx(1, abs=0.1)]
    assert facts["box"][0] < 60 < 240 < facts["box"][2]


def test_without_transparency_it_lies_on_a_pattern(lying, tmp_path, capsys):
    assert main(["parse", str(lying), "--flat", "-o", str(tmp_path / "cut.jpg")]) == 0
    assert photo.load(tmp_path / "cut.jpg").shape == (400, 300, 3)
    assert capsys.readouterr().out.strip() == str(tmp_path / "cut.jpg")


def test_nothing_to_cut_out(tmp_path, capsys):
    photo.save(drawn(), tmp_path / "white.png")
    assert main(["parse", str(tmp_path / "white.png"), "--flat", "-o", str(tmp_path / "cut.png")]) == 2
    assert capsys.readouterr().err.startswith("tryon: garment photo: no garment was made out")
    assert not (tmp_path / "cut.png").exists()


@pytest.fixture
def folders(tmp_path):
    """Two tees of the validation split, and the outline of one of them, of which the lower half is left out."""
    names = [name for name in map(str, range(100)) if is_held_out(tmp_path / f"{name}.jpg")][:2]
    for name in names:
        for root, picture in (("garments", drawn(*TEE)), ("mattes", drawn((CLOTH, 60, 100, 240, 350)))):
            folder = tmp_path / root / "t-shirt"
            folder.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(folder / f"{name}.{'jpg' if root == 'garments' else 'png'}"), picture[..., ::-1])
    half = [[x, min(y, 224)] for x, y in PIXELS]
    outline = {
        "size": [400, 300],
        "white_on_white": True,
        "cloth": [half],
        "points": {"throat": [150, 100], "r_hem": [60, 349]},
    }
    (tmp_path / "outlines.json").write_text(json.dumps({f"t-shirt/{names[0]}": outline}))
    return tmp_path


def test_what_is_measured(folders, monkeypatch, capsys):
    monkeypatch.setattr("tryon.evaluate.flat.OUTLINES", folders / "outlines.json")
    given = ["--data", folders / "garments", "--mattes", folders / "mattes", "--json", folders / "flat.json"]
    assert main(["evaluate", "flat", *map(str, given)]) == 0
    found = json.loads((folders / "flat.json").read_text())
    assert found["iou_cloth"] == pytest.approx(0.5, abs=0.02)
    assert found["iou_cloth_white"] == found["iou_cloth_lowest"] == found["iou_cloth"]
    assert (found["outlines"], found["kinds"], found["right_kind"]) == (1, 2, 1)
    assert found["right_kind_skirt"] is None
    # No point is at the throat and the hem in what this network says.
    assert (found["hand_points"], found["hand_pck_0.1"], found["told_flat"]) == (2, 0, 1)
    assert (found["number"], found["refused"]) == (2, 0)
    assert found["drawn_presence"] > 0
    assert "| iou_front |" in capsys.readouterr().out


def test_what_is_no_garment_and_what_is_printed(folders, monkeypatch):
    monkeypatch.setattr("tryon.evaluate.flat.OUTLINES", folders / "outlines.json")
    reader, labels = drawn_reader(), np.zeros((300, 200), np.uint8)
    labels[40:280, 60:140], labels[240:280, 60:140] = Label.UPPER, Label.SHOES
    person = PersonSample(np.full((300, 200, 3), 250, np.uint8), np.zeros((18, 3), np.float32), labels)
    garments = FlatGarments(folders / "garments", folders / "mattes", "val")
    found = measure_things(reader, [person], garments)
    # This network takes nothing pale for a garment, and whatever has the color of its cloth for one.
    assert (found["refused_shoes"], found["things_shoes"]) == (1, 1)
    assert (found["things_heaps"], found["things_bags"]) == (60, 0)
    assert found["refused_heaps"] < 0.5
    prints = measure_prints(reader, [person], garments)
    # It takes the pale print for a hole, of which those that reach the outline stay.
    assert prints["told_flat_printed"] == 1
    assert prints["iou_cloth_printed"] < 0.55


def test_a_sheet_needs_people(folders, capsys):
    given = ["--data", folders / "garments", "--mattes", folders / "mattes", "--sheet", folders / "sheet.jpg"]
    assert main(["evaluate", "flat", *map(str, given)]) == 2
    assert "--sheet needs --people" in capsys.readouterr().err
