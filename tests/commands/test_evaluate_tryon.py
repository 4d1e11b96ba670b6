"""``tryon evaluate tryon`` on triplets and photos of the sample people, by networks that see nobody in them."""

import json

import numpy as np
import pytest
from scipy.io import savemat

from tests import people
from tests.drawn import drawn_tryon
from tests.evaluate.test_truth import GREY, LABELS, RED, dyed
from tryon.cli import main
from tryon.commands.evaluate_tryon import SelfPairs, Triplets
from tryon.core import photo
from tryon.core.labels import CCP_TO_LABEL, NUM_LABELS, Label, mask_of
from tryon.datasets.renders import write_renders
from tryon.evaluate.report import NETWORKS, commit
from tryon.pipeline import TryOn
from tryon.types import PersonSample, TripletSample


@pytest.fixture
def program(monkeypatch):
    monkeypatch.setattr(TryOn, "from_pretrained", lambda weights=None: drawn_tryon())


@pytest.fixture(scope="module")
def triplets(tmp_path_factory):
    """Two people in red, one of them in the outfit that training never sees; and one for training."""
    root = tmp_path_factory.mktemp("triplets")

    def make(i: int) -> tuple[TripletSample, str]:
        name = ("man_tshirt", "man_floral", "man_suit")[i]
        person, target = dyed(name, GREY), dyed(name, RED)
        worn = mask_of(person.parsing, *LABELS)
        flow = np.where(worn[..., None], np.float32(0), np.float32(np.nan))
        wearer = ("Anybody_F_1_Casual", "Anybody_F_1_Util", "Anybody_F_1_Busi")[i]
        garment = dyed(name, RED)
        object.__setattr__(garment, "name", wearer)
        return TripletSample(person, garment, target, np.repeat(flow, 2, -1), worn), ("val", "val", "train")[i]

    write_renders(root, 3, make)
    return root


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A sample person in the layout of Clothing Co-Parsing, a photo without labels, and a dress under a coat."""
    root = tmp_path_factory.mktemp("ccp")
    (root / "photos").mkdir()
    (root / "annotations" / "pixel-level").mkdir(parents=True)
    theirs = np.array([CCP_TO_LABEL.index(label) for label in range(NUM_LABELS)], np.uint8)
    person, coat = people.person("man_tshirt", 192), people.person("woman_coat", 192)
    coat = people.relabeled(coat, {Label.UPPER: Label.DRESS, Label.PANTS: Label.DRESS, Label.SKIRT: Label.DRESS})
    worn = (person, person.parsing), (person, np.zeros_like(person.parsing)), (coat, coat.parsing)
    names = ["0001", "0002", "0003"]
    for name, (one, labels) in zip(names, worn, strict=True):
        photo.save(one.photo, root / "photos" / f"{name}.jpg")
        savemat(root / "annotations" / "pixel-level" / f"{name}.mat", {"groundtruth": theirs[labels]})
    (root / "split.csv").write_text("photo,labelled,split\n0001,1,val\n0002,1,val\n0003,1,train\n")
    points = np.stack([one.keypoints for one, _ in worn])
    np.savez(root / "keypoints.npz", photo=np.array(names), coco18=points)
    return root


def test_tables_and_files(program, triplets, photos, tmp_path, capsys):
    out = {name: tmp_path / f"t.{name}" for name in ("json", "md", "jpg")}
    arguments = ["--data", triplets, "--photos", photos, "--json", out["json"], "--markdown", out["md"]]
    assert main(["evaluate", "tryon", *map(str, arguments), "--sheet", str(out["jpg"])]) == 0
    found = json.loads(out["json"].read_text())
    assert not any(isinstance(value, dict | list) for value in found.values())
    assert (found["number"], found["split"]) == (3, "val")
    assert (found["triplets_number"], found["triplets_identities"]) == (2, 2)
    assert (found["unseen_outfit_number"], found["photos_number"]) == (1, 1)
    assert found["triplets_true_unchanged_l1_changed"] == pytest.approx(51 / 255 / 3, abs=0.005)
    assert found["triplets_true_program_l1_changed"] < 0.01
    assert found["triplets_true_program_outline_iou"] > 0.9
    assert found["triplets_true_pose_flow_flow_error"] < 0.1
    assert found["triplets_own_program_l1_changed"] == found["triplets_true_unchanged_l1_changed"]
    assert (found["triplets_true_program_done"], found["triplets_own_program_done"]) == (1, 0)
    assert found["triplets_true_program_vgg_whole"] is None
    assert found["photos_true_tps_flow_error"] < 2.5
    assert found["photos_true_unchanged_flow_error"] is None
    assert (found["weights_hpn"], len(found["weights_parser"]), len(found["weights_pose"])) == (None, 12, 12)
    text = out["md"].read_text()
    tables, line = text.rstrip("\n").rsplit("\n\n", 1)
    assert capsys.readouterr().out.startswith(tables)
    sums = ", ".join(f"{name} {found[f'weights_{name}']}" for name in NETWORKS[:-1])
    assert line == f"Version 0.1.0, commit {commit()}; weights: {sums}."
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## triplets", "## unseen outfit", "## photos",
    ]  # fmt: skip
    assert "2 samples of val with 2 people" in text
    assert "* 3 times program, own reading: no person was found" in text
    assert "times unchanged" not in text
    assert photo.load(out["jpg"]).shape[0] > 3 * 448


def test_people_of_photos_alone_are_painted_over(triplets, photos):
    assert SelfPairs(photos, "val", 1, 0, drawn_tryon())[0].painted
    assert not Triplets(triplets, "val", 1)[0].painted


def test_garments_without_a_wearer_have_a_table_of_their_own(program, tmp_path, capsys):
    def make(i: int) -> tuple[TripletSample, str]:
        person, target = dyed("man_tshirt", GREY), dyed("man_tshirt", RED)
        worn = mask_of(target.parsing, Label.UPPER)
        flow = np.where(worn[..., None], np.float32(0), np.float32(np.nan))
        alone = PersonSample(
            np.where(worn[..., None], target.image, np.uint8(255)),
            target.keypoints,
            np.where(worn, target.parsing, np.uint8(0)),
            "tshirt",
        )
        return TripletSample(person, alone, target, np.repeat(flow, 2, -1), worn), "val"

    write_renders(tmp_path / "flat", 1, make)
    out, sheet = tmp_path / "t.json", tmp_path / "t.jpg"
    given = ["--data", tmp_path / "flat", "--json", out, "--sheet", sheet]
    assert main(["evaluate", "tryon", *map(str, given)]) == 0
    found = json.loads(out.read_text())
    assert (found["flat_number"], found["flat_true_program_done"]) == (1, 1)
    assert found["flat_true_program_flow_error"] < 0.5
    assert not [key for key in found if key.startswith("triplets")]
    assert "| program | own |" in capsys.readouterr().out
    assert photo.load(sheet).shape[1] == pytest.approx(6 * 336, abs=80)


def test_bad_input(program, triplets, photos, tmp_path, capsys):
    def refused(words: str, *arguments: object) -> None:
        assert main(["evaluate", "tryon", *map(str, arguments)]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1

    refused("triplets is missing; expected a folder of rendered triplets", "--data", tmp_path)
    refused("--number 0 is no number of samples", "--data", triplets, "--number", 0)
    refused("its folder is missing", "--data", triplets, "--markdown", tmp_path / "none" / "t.md")
    refused("no VGG-16 weights from", "--data", triplets, "--vgg-weights", tmp_path / "none")
    refused("is missing; expected the Clothing Co-Parsing layout", "--data", triplets, "--photos", tmp_path)
    refused("has key points, labels and a garment", "--data", triplets, "--photos", photos, "--split", "train")
    (tmp_path / "triplets").mkdir()
    (tmp_path / "meta.csv").write_text("name,identity,split\na,b,train\n")
    refused("has no triplets of val; render some with", "--data", tmp_path)
    (tmp_path / "meta.csv").write_text("name,identity,split\na,b,val\n")
    refused("triplet.npz cannot be read", "--data", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["meta.csv", "triplets"]
