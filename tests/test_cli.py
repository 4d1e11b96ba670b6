"""The command line as a whole: help, exit codes, and the commands that read a photo, on the released networks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests import people
from tryon.cli import main
from tryon.core.errors import ShapeError
from tryon.core.labels import NUM_LABELS

ROOT = Path(__file__).parents[1]
EXTRA = ("albumentations", "kornia", "scipy", "torchmetrics")
COMMANDS = (
    "swap", "normalize", "transfer", "parse", "pose", "shop", "evaluate", "train", "ablate", "hpn", "data", "weights",
)  # fmt: skip


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert command in out


@pytest.mark.parametrize("command", [*([one] for one in COMMANDS), ["evaluate", "hpn"], ["train", "hpn"]], ids=" ".join)
def test_every_command_has_help(capsys, command):
    with pytest.raises(SystemExit) as raised:
        main([*command, "--help"])
    assert raised.value.code == 0
    assert f"usage: tryon {' '.join(command)}" in " ".join(capsys.readouterr().out.split())


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "tryon 0.1.0\n"


def test_a_fault_of_ours_is_told_by_another_exit_code(capsys, monkeypatch):
    def fail(_):
        raise ShapeError("flow", "(H, W, 2)", (3,))

    monkeypatch.setattr("tryon.commands.weights.Weights.run", fail)
    assert main(["weights"]) == 1
    assert capsys.readouterr().err == "tryon: flow has shape (3,), expected (H, W, 2)\n"


def test_an_interrupt_leaves_quietly(capsys, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tryon.commands.weights.Weights.run", interrupt)
    assert main(["weights"]) == 130
    assert capsys.readouterr().err == "tryon: interrupted\n"


def test_parse_writes_labels(capsys, tmp_path):
    out = tmp_path / "labels.png"
    assert main(["parse", str(people.path("man_tshirt")), "-o", str(out), "--labels"]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    labels = np.asarray(Image.open(out))
    assert labels.shape[:2] == (1024, 768)
    assert labels.max() < NUM_LABELS
    found = labels if labels.ndim == 2 else labels[..., 0]
    truth = people.person("man_tshirt").parsing
    assert (found == truth)[truth > 0].mean() > 0.8


def test_labels_go_into_png_only(capsys, tmp_path):
    out = tmp_path / "labels.jpg"
    assert main(["parse", str(people.path("man_tshirt")), "-o", str(out), "--labels"]) == 2
    assert "would not keep the labels exactly" in capsys.readouterr().err
    assert not out.exists()


def test_pose_prints_openpose_json(capsys, tmp_path):
    out = tmp_path / "pose.jpg"
    assert main(["pose", str(people.path("woman_shirt")), "-o", str(out), "--json"]) == 0
    (person,) = json.loads(capsys.readouterr().out)["people"]
    keypoints = np.array(person["pose_keypoints_2d"]).reshape(18, 3)
    truth = people.person("woman_shirt").keypoints
    torso = 230
    distance = np.linalg.norm(keypoints[:, :2] - truth[:, :2], axis=1)
    assert (distance < 0.1 * torso).mean() >= 0.9
    assert Image.open(out).width == 768


def test_weights_lists_the_released_networks(capsys):
    assert main(["weights", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["parser"]["class"] == "GarmentParser"
    assert facts["pose"]["class"] == "PoseEstimator"
    assert facts["hpn"]["class"] == "HPN"
    assert all(len(one["sha256"]) == 64 and one["bytes"] > 1e6 for one in facts.values())
    assert main(["weights"]) == 0
    assert "GarmentParser" in capsys.readouterr().out


@pytest.mark.slow
def test_a_try_on_needs_no_package_of_training(tmp_path):
    sample = {name: str(people.path(name)) for name in ("man_tshirt", "man_floral", "woman_shirt")}
    code = (
        f"import sys; sys.modules |= dict.fromkeys({EXTRA})\n"
        "import apps.services\n"
        "from tryon.cli import main\n"
        f"swap = ['swap', {sample['man_tshirt']!r}, {sample['man_floral']!r}, '--normalize', 'always', '-o', 'a.jpg']\n"
        f"transfer = ['transfer', {sample['woman_shirt']!r}, 'arms-out', '-o', 'b.jpg']\n"
        f"read = [[name, {sample['woman_shirt']!r}, '-o', name + '.jpg'] for name in ('parse', 'pose', 'normalize')]\n"
        "sys.exit(max(main(command) for command in (swap, transfer, *read)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, timeout=300,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert len(list(tmp_path.glob("*.jpg"))) == 5


def test_a_missing_package_of_training_is_one_sentence(capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "albumentations", None)
    monkeypatch.delitem(sys.modules, "tryon.read.views", raising=False)
    monkeypatch.delitem(sys.modules, "tryon.read.parser.task", raising=False)
    monkeypatch.delitem(sys.modules, "tryon.commands.person_training", raising=False)
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "run"), "--encoder-weights", "imagenet"]
    assert main(["train", "parser", *arguments]) == 2
    err = capsys.readouterr().err
    assert "needs the package albumentations; install" in err
    assert err.count("\n") == 1
