"""Accuracy by group: who belongs to which, and the figures of groups from those of pictures."""

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from tryon.body.skeleton import L_HIP, L_SHOULDER, NECK, R_HIP, R_SHOULDER
from tryon.cli import main
from tryon.core.labels import Label
from tryon.evaluate.groups import (
    Cell,
    balanced,
    cell_of,
    measure,
    random_member,
    rows,
    summarize,
    typology_angle,
)
from tryon.pipeline import TryOn
from tryon.read.parser.model import GarmentParser, ParserConfig
from tryon.read.pose.model import PoseConfig, PoseEstimator
from tryon.synth.body import BodyShape
from tryon.types import PersonSample

LIGHT, MEDIUM, DARK = (215, 172, 142), (190, 140, 110), (105, 59, 43)
KEYS = ("found", "label_agreement", "iou_person", "pck_0.1", "pck_0.2")
needs_assets = pytest.mark.skipif(
    not os.environ.get("TRYON_MAKEHUMAN") or importlib.util.find_spec("anny") is None,
    reason="TRYON_MAKEHUMAN names no folder, or no anny",
)


def skin(color):
    return np.full((8, 8, 4), (*color, 255), np.uint8)


def test_every_kind_of_people_comes_as_often():
    assert len(set(balanced(18))) == 18
    people = balanced(96)
    assert [sum(one.sex == sex for one in people) for sex in ("female", "male")] == [48, 48]
    assert [sum(one.tone == tone for one in people) for tone in ("light", "medium", "dark")] == [32, 32, 32]
    assert [sum(one.build == build for one in people) for build in ("slim", "average", "heavy")] == [32, 32, 32]
    counts = [people.count(cell) for cell in set(people)]
    assert (len(counts), min(counts), max(counts)) == (18, 5, 6)


def test_typology_angle():
    # L* a* b* of the light color is 73.4, 11.5, 21.3; of a gray, b* is 0.
    assert typology_angle(np.array(LIGHT)) == pytest.approx(47.67, abs=0.05)
    assert typology_angle(np.array(DARK)) == pytest.approx(-47.06, abs=0.05)
    assert typology_angle(np.array((200, 200, 200))) == pytest.approx(90, abs=0.5)


@pytest.mark.parametrize(("color", "tone"), [(LIGHT, "light"), (MEDIUM, "medium"), (DARK, "dark")])
@pytest.mark.parametrize(("weight", "build"), [(0.3, "slim"), (0.4, "average"), (0.6, "average"), (0.7, "heavy")])
def test_groups_of_a_person(color, tone, weight, build):
    assert cell_of(BodyShape(female=True, weight=weight), skin(color)) == Cell("female", tone, build)
    assert cell_of(BodyShape(female=False, weight=weight), skin(color)) == Cell("male", tone, build)


def test_summary_of_literal_values():
    people = [Cell("female", "light", "slim"), Cell("male", "light", "heavy"), Cell("female", "dark", "slim")]
    values = [dict.fromkeys(KEYS, value) for value in (1.0, 0.5, 0.6)]
    values[0]["pck_0.1"] = float("nan")
    figures = summarize(people, values)
    assert [figures[f"groups_{group}_number"] for group in ("all", "sex_female", "tone_light", "tone_medium")] == [
        3, 2, 2, 0,
    ]  # fmt: skip
    assert figures["groups_all_found"] == pytest.approx(0.7)
    assert figures["groups_sex_female_label_agreement"] == pytest.approx(0.8)
    assert figures["groups_sex_female_label_agreement_se"] == pytest.approx(0.2)  # .2828 / sqrt(2)
    assert figures["groups_build_heavy_iou_person"] == pytest.approx(0.5)
    assert np.isnan(figures["groups_build_heavy_iou_person_se"])
    assert figures["groups_tone_light_pck_0.1"] == pytest.approx(0.5)
    assert np.isnan(figures["groups_tone_medium_found"])
    table = {row[0]: row[1:] for row in rows(figures)}
    assert list(table) == [
        "all", "sex: female", "sex: male", "tone: light", "tone: medium", "tone: dark",
        "build: slim", "build: average", "build: heavy",
    ]  # fmt: skip
    assert table["sex: female"] == (2, "0.800 ± 0.200", "0.800 ± 0.200", "0.800 ± 0.200", "0.600 ± –", "0.800 ± 0.200")
    assert table["tone: medium"] == (0, "–", "–", "–", "–", "–")


def test_somebody_who_is_not_found_counts_as_wrong():
    parser = GarmentParser(ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64)))
    head = parser.unet.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[Label.BACKGROUND] = 10
    tryon = TryOn(parser, PoseEstimator(PoseConfig(pyramid_channels=32, head_channels=32, input_size=(64, 64))))
    truth = np.zeros((64, 48), np.uint8)
    truth[10:60, 10:40] = Label.UPPER
    points = np.zeros((18, 3), np.float32)
    for joint, place in {NECK: (24, 15), R_SHOULDER: (15, 15), L_SHOULDER: (33, 15), R_HIP: (18, 40)}.items():
        points[joint] = (*place, 1)
    points[L_HIP] = (30, 40, 1)
    sample = PersonSample(np.full((64, 48, 3), 128, np.uint8), points, truth)
    assert measure(tryon, sample) == dict.fromkeys(KEYS, 0.0)
    nowhere = PersonSample(sample.image, np.zeros((18, 3), np.float32), truth)
    assert np.isnan(measure(tryon, nowhere)["pck_0.1"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [(["--number", "0"], "--number 0 is no number of pictures"), ([], "LICENCES.csv is missing")],
)
def test_wrong_input_is_one_sentence(tmp_path: Path, capsys, options: list[str], sentence: str):
    assert main(["evaluate", "groups", "--makehuman", str(tmp_path), *options]) == 2
    assert sentence in capsys.readouterr().err


@needs_assets
@pytest.mark.slow
@pytest.mark.parametrize("cell", [Cell("male", "dark", "heavy"), Cell("female", "light", "slim")], ids="-".join)
def test_somebody_of_a_cell(cell: Cell):
    folder = Path(os.environ["TRYON_MAKEHUMAN"])
    look = random_member(np.random.default_rng(1), folder, cell, "somebody")
    assert cell_of(look.shape, look.skin) == cell
    assert look.identity == "somebody"


@needs_assets
@pytest.mark.slow
def test_the_command_measures_renders(tmp_path: Path, capsys):
    pytest.importorskip("embreex")
    path = tmp_path / "groups.json"
    folder = os.environ["TRYON_MAKEHUMAN"]
    assert main(["evaluate", "groups", "--makehuman", folder, "--number", "2", "--json", str(path)]) == 0
    assert "| sex: female | 1 |" in capsys.readouterr().out
    figures = json.loads(path.read_text())
    assert (figures["split"], figures["number"], figures["groups_all_number"]) == ("val", 2, 2)
    assert figures["groups_sex_female_found_se"] is None
    assert 0 <= figures["groups_tone_light_label_agreement"] <= 1
