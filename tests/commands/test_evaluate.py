"""The evaluations on tiny data in the documented layouts, read by networks whose answer is known beforehand."""

import json

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from tryon.cli import main
from tryon.commands.evaluate_parser import zoomed_out
from tryon.commands.evaluate_pose import upper_body, wrist_over_torso
from tryon.commands.evaluate_swap import exposed_skin, label_agreement, measure, random_pairs, summarize
from tryon.core.labels import Label
from tryon.core.skeleton import L_HIP, L_KNEE, L_SHOULDER, NECK, NOSE, R_HIP, R_KNEE, R_SHOULDER
from tryon.core.weights import weights_info
from tryon.metrics import torso_mask
from tryon.parser.model import GarmentParser, ParserConfig
from tryon.pipeline import TryOn
from tryon.pose.model import PoseConfig, PoseEstimator
from tryon.types import Garment, Person, PersonSample, TryOnResult

SIZE = (160, 96)
CCP_SKIN = 41
NAMES = ("0001", "0002", "0003")


def keypoints():
    points = np.zeros((18, 3), np.float32)
    points[NOSE], points[NECK] = (48, 20, 1), (48, 40, 1)
    points[R_SHOULDER], points[L_SHOULDER] = (36, 40, 1), (60, 40, 1)
    points[R_HIP], points[L_HIP] = (40, 80, 1), (56, 80, 1)
    points[R_KNEE], points[L_KNEE] = (40, 120, 1), (56, 120, 1)
    return points


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


def constant_parser(label):
    """A real network that calls every pixel ``label``."""
    network = GarmentParser(ParserConfig(decoder_channels=(16, 8, 8, 8, 8), input_size=(64, 64)))
    head = network.unet.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    head.bias.data[label] = 10
    return network


def blind_pose():
    """A real network that sees no key point."""
    network = PoseEstimator(PoseConfig(pyramid_channels=32, head_channels=32, input_size=(64, 64)))
    head = network.fpn.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    return network


@pytest.fixture
def weights(tmp_path):
    """Folders ``skin/parser``, ``nobody/parser`` and ``pose`` beside each."""
    for name, label in (("skin", Label.SKIN), ("nobody", Label.BACKGROUND)):
        constant_parser(label).save_pretrained(tmp_path / name / "parser")
        blind_pose().save_pretrained(tmp_path / name / "pose")
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
    assert found["torch"] == torch.__version__
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
    assert figures["weights_pose"] == weights_info(weights / "nobody" / "pose")["sha256"][:12]
    assert figures["weights_hpn"] is None
    assert figures["number"] == 3
    assert figures["done"] == 0
    assert figures["preserved"] is None
    assert (tmp_path / "sheet.jpg").exists()
    assert len(list(full.glob("*.jpg"))) == 3
    assert list(full.glob("*.png")) == []
    assert capsys.readouterr().out.count("no person was found") == 3


def test_pairs_are_different_photos_and_follow_the_seed():
    pairs = random_pairs(5, 40, seed=1)
    assert pairs == random_pairs(5, 40, seed=1) != random_pairs(5, 40, seed=2)
    assert all(person != other for person, other in pairs)
    assert {photo for pair in pairs for photo in pair} == set(range(5))


def result(shift):
    """A garment of 20 × 10 pixels brought from ``shift`` pixels further right."""
    photo = np.zeros((*SIZE, 3), np.uint8)
    mask = np.zeros(SIZE, bool)
    mask[50:70, 40:50] = True
    worn = np.zeros(SIZE, np.uint8)
    worn[50:70, 45:55] = Label.UPPER
    flow = np.where(mask[..., None], np.array((shift, 0)), np.nan).astype(np.float32)
    warped = np.dstack((photo, mask.astype(np.uint8) * 255))
    person = Person(photo, keypoints(), np.zeros(SIZE, np.uint8), (0, 0, 96, 160))
    source = Person(photo, keypoints(), worn, (0, 0, 96, 160))
    return TryOnResult(photo.copy(), mask, warped, flow, person, Garment(source, "upper", (Label.UPPER,)))


def test_label_agreement_follows_the_flow():
    read = np.where(result(5).mask, Label.UPPER, 0).astype(np.uint8)
    assert label_agreement(result(5), read) == 1
    assert label_agreement(result(0), read) == 0.5  # half of it is read beside the garment
    assert label_agreement(result(5), np.zeros_like(read)) == 0


def test_skin_counts_as_exposed_only_where_something_was_edited():
    one, read = result(5), np.zeros(SIZE, np.uint8)
    region = torso_mask(one.person.keypoints, SIZE, neckline=True)
    read[55:60, 40:50] = Label.SKIN  # within the edit
    read[75:79, 40:50] = Label.SKIN  # the photo's own pixels, below it
    assert exposed_skin(one, read, one.person, neckline=True) == pytest.approx(50 / region.sum())
    one.person.parsing[60:62, 40:50] = Label.SKIN  # shown by the photo, no longer by the result
    assert exposed_skin(one, read, one.person, neckline=True) == pytest.approx(30 / region.sum())


def test_a_changed_pixel_outside_the_edit_is_seen():
    tryon = TryOn(constant_parser(Label.BACKGROUND), blind_pose())
    changed = result(5)
    assert measure(tryon, changed, result(5).person)["preserved"] == 1
    changed.image[60, 45] = 255
    assert measure(tryon, changed, result(5).person)["preserved"] == 1
    changed.image[0, 0] = 1
    values = measure(tryon, changed, result(5).person)
    assert values["preserved"] == values["reread"] == 0
    assert values["edited"] == pytest.approx(200 / (160 * 96))


def test_summary_leaves_out_what_could_not_be_measured():
    nan = float("nan")
    values = [
        {"preserved": 1.0, "reread": 1.0, "keypoint_drift": 0.1, "exposed_skin": 0.0, "edited": 0.2},
        {"preserved": 1.0, "reread": 1.0, "keypoint_drift": 0.3, "exposed_skin": 0.04, "edited": 0.4},
        {"preserved": 1.0, "reread": 0.0, "keypoint_drift": nan, "exposed_skin": nan, "edited": 0.3},
        {},
    ]
    figures = summarize(values, [{"swap": 1.0}, {"swap": 2.0}, {"swap": 3.0}, {}])
    assert figures["done"] == 0.75
    assert figures["reread"] == pytest.approx(2 / 3)
    assert figures["keypoint_drift"] == pytest.approx(0.2)
    assert figures["keypoint_drift_max"] == 0.3
    assert figures["exposed_skin_mean"] == pytest.approx(0.02)
    assert figures["exposed_skin_max"] == 0.04
    assert figures["exposed_skin_above_1_percent"] == 0.5
    assert figures["seconds_swap"] == 2


def test_zoomed_out_person_has_a_fifth_of_the_height_and_ends_with_the_photo():
    photo, parsing = np.full((400, 300, 3), 50, np.uint8), np.zeros((400, 300), np.uint8)
    parsing[100:, 100:200], photo[100:, 100:200] = Label.PANTS, 250
    far, labels = zoomed_out(photo, parsing)
    assert far.shape == (1024, 768, 3)
    rows = np.flatnonzero(labels.any(1))
    assert len(rows) == pytest.approx(0.2 * 1024, abs=1)
    assert far[rows[-1] - 5, 384, 0] == 250
    assert (far[rows[-1] + 2 :] == 50).all()


def test_crops_end_between_hips_and_mid_thigh():
    rng = np.random.default_rng(0)
    sample = PersonSample(np.zeros((*SIZE, 3), np.uint8), keypoints(), None)
    heights = []
    for _ in range(50):
        photo, points = upper_body(sample, rng)
        heights.append(len(photo))
        assert (points[[R_HIP, L_HIP, NECK], 2] == 1).all()
        assert (points[[R_KNEE, L_KNEE], 2] == 0).all()
    assert 84 <= min(heights) < 88  # the hips are at 80, the torso is 40
    assert 96 < max(heights) <= 100
    sample.keypoints[NECK] = 0
    assert upper_body(sample, rng) is None


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


def test_a_split_without_photos_and_a_folder_without_pictures(ccp_tree, weights, tmp_path, capsys):
    parser = ["evaluate", "parser", "--weights", str(weights / "skin" / "parser"), "--data", str(ccp_tree)]
    (tmp_path / "empty").mkdir()
    assert main([*parser, "--garments", str(tmp_path / "empty")]) == 2
    assert "give a folder with garment pictures" in capsys.readouterr().err
    (ccp_tree / "split.csv").write_text("photo,labelled,split\n0003,1,train\n")
    assert main(parser) == 2
    assert "take another split" in capsys.readouterr().err


def test_a_wrist_before_the_torso_counts_as_crossed():
    keypoints = np.zeros((18, 3), np.float32)
    keypoints[[2, 5, 8, 11]] = [(10, 10, 1), (50, 10, 1), (15, 60, 1), (45, 60, 1)]  # shoulders and hips
    keypoints[[4, 7]] = [(5, 60, 1), (55, 60, 1)]
    assert not wrist_over_torso(keypoints)
    keypoints[7, :2] = (30, 40)
    assert wrist_over_torso(keypoints)
    keypoints[7, 2] = 0
    assert not wrist_over_torso(keypoints)
