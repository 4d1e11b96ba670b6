"""``tryon train parser`` and ``pose`` on a few drawn people: what they print, leave, and measure on the way."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

import tryon
from tryon.cli import main
from tryon.core.labels import Label
from tryon.read.parser.model import GarmentParser, ParserConfig
from tryon.read.pose.model import PoseConfig, PoseEstimator

SIZE = (160, 96)
CCP_SKIN = 41
NAMES = ("0001", "0002", "0003")


@pytest.fixture
def ccp_tree(tmp_path):
    root = tmp_path / "ccp"
    (root / "photos").mkdir(parents=True)
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    truth = np.zeros(SIZE, np.uint8)
    truth[20:150, 30:66] = CCP_SKIN
    points = np.zeros((18, 3), np.float32)
    points[[1, 2, 5, 8, 11]] = (48, 40, 1), (36, 40, 1), (60, 40, 1), (40, 80, 1), (56, 80, 1)
    for i, name in enumerate(NAMES):
        Image.fromarray(np.full((*SIZE, 3), 60 * i, np.uint8)).save(root / "photos" / f"{name}.jpg")
        savemat(root / "annotations" / "pixel-level" / f"{name}.mat", {"groundtruth": truth})
    (root / "split.csv").write_text("photo,labelled,split\n0001,1,train\n0002,1,train\n0003,1,val\n")
    np.savez(root / "keypoints.npz", photo=np.array(NAMES), coco18=np.stack(3 * [points]))
    return root


@pytest.fixture
def command(tmp_path, ccp_tree):
    """Trains a tiny network of a kind on two views of two pictures."""
    GarmentParser(ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64))).save_pretrained(
        tmp_path / "parser"
    )
    PoseEstimator(PoseConfig(pyramid_channels=16, head_channels=32, input_size=(64, 64))).save_pretrained(
        tmp_path / "pose"
    )

    def run(kind, *arguments):
        options = ["--size", "64", "64", "--batch", "2", "--workers", "0", "--init", str(tmp_path / kind)]
        return main(["train", kind, "--data", str(ccp_tree), "--out", str(tmp_path / "run"), *options, *arguments])

    return run


@pytest.mark.parametrize(("kind", "figures"), [("parser", {"miou_9", "iou_person"}), ("pose", {"pck_0.1"})])
def test_a_training_tells_how_it_goes_and_what_comes_next(capsys, tmp_path, ccp_tree, command, kind, figures):
    assert command(kind, "--images", "4") == 0
    printed = capsys.readouterr()
    assert "\r" not in printed.out + printed.err
    number = r"-?(\d[\d.e+-]*|nan)"
    found = ", ".join(f"{name} {number}" for name in sorted(figures, reverse=True))
    weights = tmp_path / "run" / "weights"
    expected = (
        rf"reading the photos of {ccp_tree}",
        r"training starts on cpu: 2 steps of 2 views",
        rf"step 1 of 2, 2 views, loss {number}, learning rate {number}",
        rf"step 2 of 2, 4 views, loss {number}, learning rate {number}, {number} views a second",
        rf"validation at step 2 of 2: {found}",
        rf"weights: {weights}",
        rf"measure them: tryon evaluate {kind} --data {ccp_tree} --weights {weights}",
    )
    lines = printed.out.splitlines()
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line), line
    last = json.loads((tmp_path / "run" / "stats.jsonl").read_text().splitlines()[-1])
    assert last.keys() == {"step", "images"} | {f"val_{name}" for name in figures}
    network = {"parser": GarmentParser, "pose": PoseEstimator}[kind]
    network.from_pretrained(weights)


@pytest.fixture
def tags_tree(tmp_path, ccp_tree):
    root = tmp_path / "tags"
    for folder in ("photos", "person_masks"):
        (root / folder).mkdir(parents=True)
    Image.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(root / "photos" / "1005.jpg")
    Image.fromarray(np.full(SIZE, 255, np.uint8)).save(root / "person_masks" / "1005.png")
    (root / "tags.csv").write_text("photo,tags\n1005,skirt|blouse\n")
    np.savez(root / "keypoints.npz", photo=np.array(["1005"]), coco18=np.ones((1, 18, 3), np.float32))
    return root


def test_photos_with_tags_are_labeled_once(capsys, tmp_path, command, tags_tree):
    """By the network that the training starts from; what it said then is what a training that goes on sees."""
    network = GarmentParser.from_pretrained(tmp_path / "parser")
    torch.nn.init.zeros_(network.unet.segmentation_head[0].weight)
    network.unet.segmentation_head[0].bias.data[:] = torch.eye(14)[int(Label.SKIRT)] * 9
    network.save_pretrained(tmp_path / "parser")
    arguments = ("--tags", str(tags_tree), "--tags-share", "0.9", "--images", "2")
    assert command("parser", *arguments) == 0
    assert f"labeling the 1 photos of {tags_tree} by their tags" in capsys.readouterr().out
    kept = tmp_path / "run" / "tagged.npz"
    with np.load(kept) as maps:
        assert maps.files == []  # somebody who is a skirt all over is nobody
    before = kept.read_bytes()
    assert command("parser", *arguments) == 0
    assert "labeling" not in capsys.readouterr().out
    assert kept.read_bytes() == before


def test_another_network_has_them_labeled_by_the_released_parser(capsys, tmp_path, command, tags_tree):
    """It finds somebody in the picture of a sample."""
    sample = Path(tryon.__file__).parent / "samples" / "man_tshirt.jpg"
    photo = Image.open(sample).resize((288, 384))
    photo.save(tags_tree / "photos" / "1005.jpg")
    Image.fromarray(np.full((384, 288), 255, np.uint8)).save(tags_tree / "person_masks" / "1005.png")
    (tags_tree / "tags.csv").write_text("photo,tags\n1005,t-shirt|jeans\n")
    assert command("pose", "--tags", str(tags_tree), "--images", "2") == 0
    assert "labeling the 1 photos" in capsys.readouterr().out
    with np.load(tmp_path / "run" / "tagged.npz") as maps:
        assert {int(Label.UPPER), int(Label.PANTS)} <= set(np.unique(maps["1005"]).tolist())
        assert not {int(Label.DRESS), int(Label.SKIRT), int(Label.OUTER)} & set(np.unique(maps["1005"]).tolist())


def test_tags_need_a_teacher(capsys, tmp_path, ccp_tree, tags_tree):
    arguments = ["--data", str(ccp_tree), "--out", str(tmp_path / "run"), "--encoder-weights", "x.pth"]
    assert main(["train", "parser", *arguments, "--tags", str(tags_tree)]) == 2
    assert capsys.readouterr().err == "tryon: --tags needs --init: a trained parser labels those photos\n"


def test_without_photos_of_val_nothing_is_measured(capsys, ccp_tree, command):
    (ccp_tree / "split.csv").write_text("photo,labelled,split\n0001,1,train\n0002,1,train\n0003,1,train\n")
    assert command("parser", "--images", "2") == 0
    out = capsys.readouterr().out
    assert f"no labeled photo of val in {ccp_tree}: nothing is measured on the way" in out
    assert "validation at" not in out


def test_minutes_limit_a_training_without_images(capsys, tmp_path, command):
    assert command("parser", "--minutes", "0.001") == 0
    out = capsys.readouterr().out
    assert "training starts on cpu: 0.001 minutes\nstep 1, 2 views, loss" in out
    assert (tmp_path / "run" / "weights").is_dir()
    assert command("parser", "--minutes", "0") == 2
    assert capsys.readouterr().err == "tryon: --minutes 0 must be above 0\n"


def test_a_dry_run_times_steps_and_leaves_nothing(capsys, tmp_path, command, monkeypatch):
    monkeypatch.setattr("tryon.commands.run_training.seconds_a_step", lambda task, config: 1.5)
    assert command("pose", "--dry-run") == 0
    assert command("pose", "--dry-run", "--minutes", "10") == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "reading" not in line] == [
        "1.5 s a step of 2 views on this machine (cpu); 12000 steps take 5 h 0 min (5.00 h)",
        "1.5 s a step of 2 views on this machine (cpu); 10 minutes hold 400 steps, 800 views",
    ]
    assert not (tmp_path / "run").exists()
