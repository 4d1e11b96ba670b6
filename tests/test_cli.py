"""The command line as a whole: help, exit codes, and the commands that read a photo, on the released networks."""

import json
import os
import re
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
    "swap", "batch", "normalize", "transfer", "parse", "pose", "shop", "serve", "catalog", "evaluate", "train",
    "ablate", "hpn", "data", "weights",
)  # fmt: skip


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["--help"])
    assert raised.value.code == 0
    out = capsys.readouterr().out
    for command in COMMANDS:
        assert command in out


PAGES = (
    *([one] for one in COMMANDS),
    *(["evaluate", one] for one in ("parser", "pose", "swap", "groups", "normalize", "hpn")),
    *(["train", one] for one in ("parser", "pose", "hpn")),
    *(["catalog", one] for one in ("import", "list", "remove", "export")),
    *(["data", one] for one in ("render", "puppet", "check", "pack")),
)


@pytest.mark.parametrize("command", PAGES, ids=" ".join)
def test_every_command_has_help(capsys, monkeypatch, command):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as raised:
        main([*command, "--help"])
    assert raised.value.code == 0
    page = capsys.readouterr().out
    usage = page.splitlines()[0]
    assert usage.startswith(f"usage: tryon {' '.join(command)} [-h]")
    assert "None" not in page
    assert "(default: )" not in page
    options = [" ".join(entry.replace("│", " ").split()) for entry in re.split(r"\n[│ ] (?=-)", page)[1:]]
    assert options
    for option in options:
        words = re.sub(r"\((default: |required).*", "", option)
        assert re.search(r"(?<![\w{,|-])[A-Z]?[a-z]{2,}\b", words), f"no help: {option}"
        if "(required)" in option and "subcommands" not in option:
            assert f" {words.split(', -')[0].split(' ')[0]} " in usage


def test_help_tells_of_the_version(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "tryon --version" in capsys.readouterr().out


def test_a_usage_line_names_what_has_to_be_given(capsys):
    for command, line in (
        (["swap"], "usage: tryon swap [-h] -o PICTURE [OPTIONS] PERSON GARMENT"),
        (["batch"], "usage: tryon batch [-h] -o FOLDER [OPTIONS] PEOPLE|TABLE [GARMENTS]"),
        (["ablate"], "usage: tryon ablate [-h] --data FOLDER ... --out PATH --vgg-weights PATH [OPTIONS] {hpn}"),
        (["train", "hpn"], "usage: tryon train hpn [-h] --out PATH [OPTIONS]"),
        (["data", "check"], "usage: tryon data check [-h] [OPTIONS] DATA"),
        (["data", "check", "there"], "usage: tryon data check [-h] [OPTIONS] DATA"),
        (["swap", "a.jpg", "b.jpg"], "usage: tryon swap [-h] -o PICTURE [OPTIONS] PERSON GARMENT"),
        (["hpn", "info"], "usage: tryon hpn [-h] {info}"),
    ):
        with pytest.raises(SystemExit):
            main([*command, "--help"])
        assert capsys.readouterr().out.splitlines()[0] == line


def test_an_unknown_command_is_told_all_that_there_are(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["foo"])
    assert raised.value.code == 2
    err = capsys.readouterr().err
    assert "foo" in err
    assert all(command in err for command in COMMANDS)


def test_with_json_an_error_is_json_too(capsys, tmp_path):
    missing = tmp_path / "missing.jpg"
    for arguments in (["parse", missing], ["normalize", missing], ["swap", missing, missing]):
        assert main([*map(str, arguments), "-o", str(tmp_path / "out.jpg"), "--json"]) == 2
        out, err = capsys.readouterr()
        which = "" if arguments[0] == "parse" else "person photo: "
        assert json.loads(out) == {"error": f"{which}{missing} does not exist; check the path"}
        assert err == f"tryon: {which}{missing} does not exist; check the path\n"
    assert main(["parse", str(missing), "-o", str(tmp_path / "out.jpg")]) == 2
    assert capsys.readouterr().out == ""


def test_with_json_a_wrong_option_is_json_too(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["swap", "a.jpg", "b.jpg", "--json"])
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    (sentence,) = json.loads(out).values()
    assert sentence.startswith("Missing from tryon swap: -o PICTURE, --out PICTURE Where the")
    assert "Missing from tryon swap" in err


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
    found = np.asarray(Image.open(out))
    assert found.shape == (1024, 768)
    assert found.max() < NUM_LABELS
    truth = people.person("man_tshirt").parsing
    assert (found == truth)[truth > 0].mean() > 0.8


def test_parse_tells_facts(capsys, tmp_path):
    out = tmp_path / "labels.jpg"
    assert main(["parse", str(people.path("man_tshirt")), "-o", str(out), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["output"], facts["width"], facts["height"], facts["facing"]) == (str(out), 768, 1024, "front")
    assert sum(facts["shares"].values()) == pytest.approx(1, abs=0.01)
    truth = people.person("man_tshirt").parsing
    assert facts["shares"]["background"] == pytest.approx((truth == 0).mean(), abs=0.03)
    assert facts["seconds_read_person"] > 0


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


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        (
            "--person",
            "--person N Which person of the person photo, counted from the left, from 1; by default the largest",
        ),
        ("--wearer", "--wearer N Which person of the garment photo; or which garment, where nobody wears them."),
    ],
)
def test_a_value_of_the_wrong_kind_is_one_sentence(capsys, option, meaning):
    assert main(["swap", "a.jpg", "b.jpg", "-o", "c.jpg", option, "x", "--json"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"tryon: the value of {option} cannot be read; expected {meaning}")
    assert err.count("\n") == 1
    assert json.loads(out) == {"error": err.removeprefix("tryon: ").rstrip("\n")}


def test_a_wrong_option_in_json_is_told_once(capsys):
    with pytest.raises(SystemExit):
        main(["swap", "a.jpg", "b.jpg", "-o", "c.jpg", "--foo", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert error.startswith("Unrecognized options: --foo For full helptext")


def test_a_wrong_command_in_json(capsys):
    with pytest.raises(SystemExit) as raised:
        main(["foo", "a.jpg", "--json"])
    assert raised.value.code == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["error"].startswith(
        "Unrecognized options: foo Available subcommands: swap, batch, transfer, normalize, parse, pose, shop, serve, "
        "catalog, evaluate, train, ablate, hpn, data, weights, export For full helptext"
    )
    with pytest.raises(SystemExit):
        main(["foo", "a.jpg"])
    assert capsys.readouterr() == ("", err)


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
