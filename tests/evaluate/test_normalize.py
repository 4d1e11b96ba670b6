"""``tryon evaluate normalize``: its measures on literal numbers, and once on drawn people with a tiny saved network."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hpn.model import HPN, HPNConfig
from tests.drawn import BoxPose, drawn_people
from tests.read.parser.test_read import ColorParser
from tryon.body.skeleton import L_HIP, L_SHOULDER, NECK, R_ELBOW, R_HIP, R_SHOULDER, R_WRIST
from tryon.cli import main
from tryon.core import photo
from tryon.core.labels import Label
from tryon.evaluate.normalize import exposed_skin, measure, summarize
from tryon.metrics import torso_mask
from tryon.pipeline import TryOn
from tryon.types import Person

SIZE = (160, 96)


def person():
    points = np.zeros((18, 3), np.float32)
    points[NECK] = (48, 40, 1)
    points[[R_SHOULDER, L_SHOULDER]] = (30, 40, 1), (66, 40, 1)
    points[[R_HIP, L_HIP]] = (36, 90, 1), (60, 90, 1)
    points[[R_ELBOW, R_WRIST]] = (20, 65, 1), (16, 90, 1)
    return Person(np.zeros((*SIZE, 3), np.uint8), points, np.zeros(SIZE, np.uint8), (0, 0, 96, 160))


def test_arms_that_stay_do_not_count_as_reached():
    one = person()
    posed = one.keypoints.copy()
    posed[R_WRIST] = (40, 60, 1)
    photo = one.photo.copy()
    photo[60:90, 16:40] = 255
    moved = replace(one, photo=photo, keypoints=posed)
    for read, reached in ((one, 0), (moved, 1)):  # the elbow stays, and is read where it is, both times
        values = measure(SimpleNamespace(read_person=lambda _, read=read: read), one, moved)
        assert (values["changed"], values["reread"]) == (1, 1)
        assert (values["arms_reached_0.1"], values["arms_reached_0.2"]) == (reached, reached)


def test_skin_counts_where_the_change_shows_it_and_no_arm_is():
    one = person()
    region = torso_mask(one.keypoints, SIZE, neckline=False)
    read, changed = np.zeros(SIZE, np.uint8), np.zeros(SIZE, bool)
    read[70:80, 45:55] = Label.SKIN  # on the belly
    assert exposed_skin(one, one, read, changed) == 0  # the photo's own pixels
    changed[60:90, 40:60] = True
    share = exposed_skin(one, one, read, changed)
    assert share == pytest.approx(100 / region.sum(), rel=0.1)  # less the arm's surroundings, which are left out
    arm = np.zeros(SIZE, np.uint8)
    arm[60:70, 16:26] = Label.SKIN  # around the elbow
    assert exposed_skin(one, one, arm, np.ones(SIZE, bool)) == 0
    shown = replace(one, parsing=read)
    assert exposed_skin(shown, one, read, changed) == 0  # skin before, skin after
    legs = replace(one, keypoints=np.where(np.arange(18)[:, None] == L_HIP, 0, one.keypoints))
    assert np.isnan(exposed_skin(one, legs, read, changed))


def test_summary():
    values = [
        {"in_front": 1.0, "changed": 1.0, "edited": 0.2, "reread": 1.0, "arms_reached_0.1": 0.5,
         "arms_reached_0.2": 1.0, "exposed_skin": 0.02, "seconds": 2.0},
        {"in_front": 0.0, "changed": 1.0, "edited": 0.1, "reread": 0.0, "seconds": 1.0},
        {"in_front": 0.0, "changed": 0.0, "seconds": 0.0},
        {"in_front": 1.0, "changed": 1.0, "edited": 0.3, "reread": 1.0, "arms_reached_0.1": float("nan"),
         "arms_reached_0.2": float("nan"), "exposed_skin": 0.0, "seconds": 1.0},
    ]  # fmt: skip
    figures = summarize(values)
    assert figures["in_front"] == 0.5
    assert figures["changed"] == 0.75
    assert figures["edited"] == pytest.approx(0.2)
    assert figures["reread"] == pytest.approx(2 / 3)
    assert (figures["arms_reached_0.1"], figures["arms_reached_0.2"]) == (0.5, 1.0)
    assert figures["exposed_skin_mean"] == pytest.approx(0.01)
    assert figures["exposed_skin_max"] == 0.02
    assert figures["exposed_skin_above_1_percent"] == 0.5
    assert figures["seconds"] == 1.0


def test_drawn_people_from_photos_to_figures(monkeypatch, tmp_path, capsys):
    torch.manual_seed(0)
    network = HPN(HPNConfig(width=1 / 16, norm="group", align=True, copy=True, person=True))
    network.save_pretrained(tmp_path / "hpn")
    monkeypatch.setattr(
        TryOn, "from_pretrained", lambda weights: TryOn(ColorParser(), BoxPose(), network, mirror=False)
    )
    root = tmp_path / "ccp"
    for folder in ("photos", "annotations/pixel-level"):
        (root / folder).mkdir(parents=True)
    names = ["0001", "0002", "0003", "0004"]
    for i, name in enumerate(names):
        photo.save(drawn_people((70 + 5 * i, 20, 250), size=(300, 250)), root / "photos" / f"{name}.jpg")
    (root / "split.csv").write_text("photo,labelled,split\n" + "".join(f"{name},0,val\n" for name in names))
    np.savez(root / "keypoints.npz", photo=np.array(names), coco18=np.zeros((4, 18, 3), np.float32))
    out, sheet = tmp_path / "figures.json", tmp_path / "sheet.png"
    arguments = ["--data", str(root), "--number", "3", "--json", str(out), "--sheet", str(sheet)]
    assert main(["evaluate", "normalize", *arguments]) == 0
    figures = json.loads(out.read_text())
    # Nobody has arms in front, so only the two thirds of others are drawn; arms that are not seen are not made up.
    assert figures["number"] == 2
    assert figures["in_front"] == 0
    assert figures["changed"] == 0
    assert figures["edited"] is None
    assert photo.load(sheet).shape[0] > 360
    assert "| changed | 0.000 |" in capsys.readouterr().out
    assert main(["evaluate", "normalize", "--data", str(root), "--number", "2"]) == 2
    assert "has no third; give 3 or more" in capsys.readouterr().err
