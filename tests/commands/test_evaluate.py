"""The evaluations on tiny data in the documented layouts, read by networks whose answer is known beforehand."""

import json
from importlib.metadata import version

import cv2
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from tests.appearance_flow import drawn_flow
from tests.evaluate.blind import SIZE, blind_pose, constant_parser, keypoints
from tryon.cli import main
from tryon.core.labels import Label
from tryon.core.weight_files import weights_info
from tryon.read.flat.matte_model import GarmentMatte, MatteConfig
from tryon.read.flat.points_model import GarmentPoints, PointsConfig

CCP_SKIN = 41
NAMES = ("0001", "0002", "0003")


@pytest.fixture
def ccp_tree(tmp_path):
    root = tmp_path / "ccp"
    (root / "photos").mkdir(parents=True)
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    truth = np.zeros(SIZE, np.uint8)
    truth[:, :24] = CCP_SKIN  # a quarter of the photo
    for i, name in enumerate(NAMES):
        Image.fromarray(np.full((*SIZE, 3), 60 * i, np.uint8)).save(root / "photos" / f"{name}.jpg")
        savemat(root / "annotations" / "pixel-level" / f"{name}.mat", {"groundtruth": truth})
    (root / "split.csv").write_text("photo,labelled,split\n0001,1,val\n0002,1,val\n0003,1,train\n")
    np.savez(root / "keypoints.npz", photo=np.array(NAMES), coco18=np.stack(3 * [keypoints()]))
    return root


@pytest.fixture
def renders_tree(tmp_path):
    root = tmp_path / "renders"
    for folder in ("images", "parsing"):
        (root / folder).mkdir(parents=True)
    Image.fromarray(np.full((*SIZE, 3), 90, np.uint8)).save(root / "images" / "a_0.jpg")
    labels = np.full(SIZE, Label.SKIN, np.uint8)
    labels[40:] = Label.PANTS
    cv2.imwrite(str(root / "parsing" / "a_0.png"), labels)
    np.savez(root / "keypoints.npz", name=np.array(["a_0"]), coco18=keypoints()[None])
    (root / "meta.csv").write_text("name,avatar,split\na_0,a,val\n")
    return root


@pytest.fixture
def weights(tmp_path):
    """Folders ``skin/parser``, ``nobody/parser``, and the other networks beside each."""
    for name, label in (("skin", Label.SKIN), ("nobody", Label.BACKGROUND)):
        constant_parser(label).save_pretrained(tmp_path / name / "parser")
        blind_pose().save_pretrained(tmp_path / name / "pose")
        drawn_flow.network().save_pretrained(tmp_path / name / "flow")
        drawn_flow.amodal_network().save_pretrained(tmp_path / name / "amodal")
        GarmentMatte(MatteConfig(pyramid_channels=8, head_channels=8)).save_pretrained(tmp_path / name / "matte")
        GarmentPoints(PointsConfig(channels=8)).save_pretrained(tmp_path / name / "points")
    return tmp_path


def evaluate(*arguments, out):
    assert main(["evaluate", *map(str, arguments), "--json", str(out)]) == 0
    return json.loads(out.read_text())


def test_parser_that_calls_everything_skin(ccp_tree, renders_tree, weights, tmp_path, capsys):
    garments = tmp_path / "garments" / "shirts"
    garments.mkdir(parents=True)
    Image.fromarray(np.full((64, 64, 3), 200, np.uint8)).save(garments / "one.jpg")
    found = evaluate(
        "parser", "--data", ccp_tree, "--weights", weights / "skin" / "parser", "--renders", renders_tree,
        "--garments", garments.parent, "--sheet", tmp_path / "sheet.png", "--no-mirror", out=tmp_path / "parser.json",
    )  # fmt: skip
    assert found["number"] == 2
    assert found["split"] == "val"
    assert found["weights_parser"] == weights_info(weights / "skin" / "parser")["sha256"][:12]
    assert found["weights_pose"] is None
    assert found["torch"] == version("torch")
    assert found["found"] == found["found_zoomed_out"] == found["found_in_garments"] == found["render_found"] == 1
    assert found["iou_skin"] == found["miou_9"] == found["iou_person"] == found["accuracy"] == 0.25
    assert found["iou_background"] == 0
    assert found["iou_bag"] is None
    assert found["render_label_agreement"] == 0.25
    assert found["render_iou_person"] == 1
    assert 0 < found["iou_person_zoomed_out"] < 0.1
    assert (tmp_path / "sheet.png").exists()
    assert "| skin | 0.250 |" in capsys.readouterr().out


def test_parser_that_finds_nobody(ccp_tree, weights, tmp_path):
    found = evaluate(
        "parser", "--data", ccp_tree, "--weights", weights / "nobody" / "parser", "--split", "all",
        out=tmp_path / "parser.json",
    )  # fmt: skip
    assert found["number"] == 3
    assert found["found"] == found["iou_person"] == found["iou_skin"] == 0
    assert found["accuracy"] == 0.75
    assert "render_label_agreement" not in found


@pytest.mark.parametrize(("who", "found"), [("skin", 1), ("nobody", 0)])
def test_pose_that_sees_nothing(ccp_tree, renders_tree, weights, tmp_path, capsys, who, found):
    figures = evaluate(
        "pose", "--data", ccp_tree, "--weights", weights / who / "pose",
        "--parser-weights", weights / who / "parser", "--renders", renders_tree, renders_tree,
        out=tmp_path / "pose.json",
    )  # fmt: skip
    assert figures["number"] == figures["render_number"] == 2
    for name in ("parser", "pose"):
        assert figures[f"weights_{name}"] == weights_info(weights / who / name)["sha256"][:12]
    assert figures["found"] == figures["crop_found"] == figures["render_found"] == found
    assert figures["catalog_found"] == found
    assert figures["pck_0.1"] == figures["pck_0.2"] == figures["crop_pck_0.2"] == figures["render_pck_0.1"] == 0
    assert figures["pck_0.1_neck"] == figures["pck_0.2_left_knee"] == 0
    assert figures["pck_0.1_left_wrist"] is None  # not in the truth
    assert figures["crop_pck_0.1_left_knee"] is None  # always below the cut
    assert figures["crop_invented"] == 0
    assert "| left knee | 0.000 | 0.000 | – | – | 0.000 | 0.000 |" in capsys.readouterr().out


def test_swap_without_a_result_says_why(ccp_tree, weights, tmp_path, capsys):
    full = tmp_path / "made" / "full"
    figures = evaluate(
        "swap", "--data", ccp_tree, "--number", 3, "--weights", weights / "nobody", "--sheet", tmp_path / "sheet.jpg",
        "--full", full, out=tmp_path / "swap.json",
    )  # fmt: skip
    assert figures["number"] == 3
    assert figures["weights_pose"] == weights_info(weights / "nobody" / "pose")["sha256"][:12]
    assert figures["weights_hpn"] is None
    assert figures["done"] == 0
    assert figures["preserved"] is None
    assert (tmp_path / "sheet.jpg").exists()
    assert len(list(full.glob("*.jpg"))) == 3
    assert list(full.glob("*.png")) == []
    assert capsys.readouterr().out.count("no person was found") == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("parser", "--json", "nowhere/out.json"), "no existing folder"),
        (("pose", "--json", "."), "is a folder"),
        (("parser", "--sheet", "sheet.txt"), "unknown extension"),
        (("swap", "--sheet", "nowhere/sheet.png"), "no existing folder"),
        (("swap", "--number", "0"), "1 or more"),
        (("swap", "--split", "train"), "a pair needs two"),
        (("swap", "--full", "taken"), "cannot be made"),
    ],
)
def test_bad_options_are_refused_before_the_work(ccp_tree, tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("a file")
    before = sorted(tmp_path.iterdir())
    assert main(["evaluate", *arguments, "--data", str(ccp_tree)]) == 2
    assert message in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("option", ["--json", "--sheet"])
def test_an_output_that_is_a_file_of_the_data(ccp_tree, capsys, option):
    path = next((ccp_tree / "photos").glob("*.jpg"))
    before = path.read_bytes()
    for command in (["evaluate", "parser", "--data", str(ccp_tree)], ["data", "check", str(ccp_tree)]):
        assert main([*command, option, str(path)]) == 2
        assert capsys.readouterr().err == (
            f"tryon: {path} is a file in {ccp_tree}, which is read, and would be overwritten; give {option} another "
            "place\n"
        )
    assert path.read_bytes() == before


def test_an_output_that_is_a_file_of_the_weights(ccp_tree, weights, capsys):
    folder = weights / "skin" / "parser"
    path = folder / "config.json"
    before = path.read_bytes()
    assert main(["evaluate", "parser", "--data", str(ccp_tree), "--weights", str(folder), "--json", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"tryon: {path} is a file that is read and would be overwritten; give --json another name\n"
    )
    assert path.read_bytes() == before


def test_a_split_without_photos_and_a_folder_without_pictures(ccp_tree, weights, tmp_path, capsys):
    parser = ["evaluate", "parser", "--weights", str(weights / "skin" / "parser"), "--data", str(ccp_tree)]
    (tmp_path / "empty").mkdir()
    assert main([*parser, "--garments", str(tmp_path / "empty")]) == 2
    assert "give a folder with garment pictures" in capsys.readouterr().err
    (ccp_tree / "split.csv").write_text("photo,labelled,split\n0003,1,train\n")
    assert main(parser) == 2
    assert "take another split" in capsys.readouterr().err


def test_repairs_name_the_networks_that_read_and_no_others(ccp_tree, weights, tmp_path):
    found = evaluate("repairs", "--data", ccp_tree, "--weights", weights / "skin", out=tmp_path / "repairs.json")
    loaded = [key for key, value in found.items() if key.startswith("weights_") and value]
    assert loaded == ["weights_parser", "weights_pose"]
