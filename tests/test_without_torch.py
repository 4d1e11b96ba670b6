"""What people run who only dress others: each command, where PyTorch and the rest of ``train`` are not there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests import people
from tests.serve.served import Served, finished, request

ROOT = Path(__file__).parents[1]
# Put before all other modules of a process. A None in sys.modules would be taken for the package by some who look.
HIDE = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        package = name.partition(".")[0]
        if package in {packages}:
            raise ModuleNotFoundError(f"No module named {{package!r}}", name=package)

sys.meta_path.insert(0, Hidden())
"""
TRAIN = (
    "torch", "torchvision", "segmentation_models_pytorch", "torchmetrics", "kornia", "albumentations", "scipy",
    "tensorboard", "onnx", "onnxscript",
)  # fmt: skip


@pytest.fixture
def without(tmp_path):
    """The environment variable that hides packages from a process."""

    def hidden(*packages: str) -> dict[str, str]:
        folder = tmp_path / "hide"
        folder.mkdir(exist_ok=True)
        (folder / "sitecustomize.py").write_text(HIDE.format(packages=packages))
        return {"PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}

    return hidden


def tryon(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tryon", *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def photos(tmp_path):
    """Small photos of a person, of another, and of a shirt that nobody wears."""
    names = {"person": "man_tshirt", "other": "man_floral", "shirt": "flat/tshirt_on_wood"}
    for name, sample in names.items():
        picture = cv2.imread(str(people.path(sample)))
        small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / f"{name}.png"), small)
    return {name: str(tmp_path / f"{name}.png") for name in names}


@pytest.mark.parametrize(
    "command",
    [
        "swap {person} {other} -o {out} --json", "swap {person} {shirt} -o {out} --json",
        "parse {person} -o {out}", "parse {shirt} --flat -o {out}", "pose {person} -o {out}",
        "normalize {person} -o {out} --background plain", "transfer {person} arms-out -o {out}",
    ],
)  # fmt: skip
def test_a_command_runs(without, photos, tmp_path, command):
    out = tmp_path / "out.png"
    done = tryon(without(*TRAIN), *(word.format(out=out, **photos) for word in command.split()))
    assert done.returncode == 0, done.stderr
    assert cv2.imread(str(out)) is not None
    if "--json" in command:
        assert json.loads(done.stdout)["engine"] == "onnxruntime"


def test_a_batch_runs(without, photos, tmp_path):
    table = tmp_path / "pairs.csv"
    table.write_text("person,garment,normalize\nperson.png,other.png,always\nother.png,person.png,never\n")
    out = tmp_path / "batch"
    done = tryon(without(*TRAIN), "batch", str(table), "-o", str(out), "--workers", "2", "--sheet", str(out) + ".jpg")
    assert done.returncode == 0, done.stderr
    assert len(list(out.glob("*.jpg"))) == 2


@pytest.mark.parametrize("command", [("serve",), ("shop", "--headless", "--api")], ids=["serve", "shop"])
def test_a_service_answers(without, tmp_path, command):
    with Served(tmp_path / "log.txt", *command, **without(*TRAIN)) as served:
        served.wait_for("/healthz", lambda answer: answer["status"] == "ok")
        asked = served.answer("/v1/run", request("man_suit", "woman_shirt", category="tops"))
        done = finished(served, asked)
        assert (done["status"], done["error"]) == ("completed", None), served.log.read_text()


def test_weights_are_listed(without):
    done = tryon(without(*TRAIN), "weights", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert list(facts) == ["amodal", "flow", "hpn", "matte", "parser", "points", "pose"]
    assert {one["engine"] for one in facts.values()} == {"onnxruntime"}


@pytest.mark.parametrize(
    ("hidden", "command", "words"),
    [
        (
            TRAIN,
            "train hpn --data {tmp} --out {tmp}/run --preset eighth --dry-run",
            "this command needs the package torch; install what training and measuring need with: "
            "pip install -e '.[train]'",
        ),
        (
            TRAIN,
            "export --folder {tmp}",
            "this command needs the package onnx; install what training and measuring need with: "
            "pip install -e '.[train]'",
        ),
        (
            ("onnxruntime",),
            "pose {person} -o {tmp}/out.png",
            "onnxruntime, which runs the networks, cannot be imported (No module named 'onnxruntime'); install the "
            "build for this machine with: pip install --force-reinstall onnxruntime",
        ),
    ],
    ids=["train", "export", "onnxruntime"],
)
def test_what_is_missing_is_told_in_a_sentence(without, photos, tmp_path, hidden, command, words):
    done = tryon(without(*hidden), *(word.format(tmp=tmp_path, **photos) for word in command.split()))
    assert (done.returncode, done.stderr, done.stdout) == (2, f"tryon: {words}\n", "")
    assert not (tmp_path / "out.png").exists()
