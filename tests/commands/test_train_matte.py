"""``tryon train matte`` on drawn garments and people: what it reads, tells, and leaves."""

import re

import cv2
import numpy as np
import pytest
import torch
from scipy.io import savemat

from tests.read.flat.colors import CLOTH
from tests.read.flat.test_matte import drawn
from tryon.cli import main
from tryon.core import photo
from tryon.datasets.flat_garments import is_held_out
from tryon.read.flat.kinds import NEITHER
from tryon.read.flat.matte_model import GarmentMatte, MatteConfig
from tryon.read.flat.matte_views import MatteViews
from tryon.read.flat.sample import UNKNOWN_KIND, FlatGarment
from tryon.read.views import PersonViews
from tryon.synth.drawn.plain import DrawnGarments
from tryon.types import PersonSample

TEE = drawn((CLOTH, 60, 100, 240, 350))
SKIN = 41  # among the data set's labels


@pytest.fixture
def command(tmp_path):
    """Trains a tiny network on two tees and two people."""
    names = list(map(str, range(40)))
    held_out = next(name for name in names if is_held_out(tmp_path / f"{name}.jpg"))
    train = [name for name in names if not is_held_out(tmp_path / f"{name}.jpg")][:2]
    for name in (held_out, *train):
        for root, picture, ending in (("garments", TEE, "jpg"), ("mattes", 255 - TEE[..., 0], "png")):
            folder = tmp_path / root / "t-shirt"
            folder.mkdir(parents=True, exist_ok=True)
            photo.save(
                picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, 2), folder / f"{name}.{ending}"
            )
    people = tmp_path / "people"
    (people / "photos").mkdir(parents=True)
    (people / "annotations" / "pixel-level").mkdir(parents=True)
    labels = np.zeros((160, 96), np.uint8)
    labels[20:150, 30:66] = SKIN
    for name in ("0001", "0002"):
        photo.save(np.full((160, 96, 3), 90, np.uint8), people / "photos" / f"{name}.jpg")
        savemat(people / "annotations" / "pixel-level" / f"{name}.mat", {"groundtruth": labels})
    (people / "split.csv").write_text("photo,labelled,split\n0001,1,train\n0002,1,val\n")
    np.savez(people / "keypoints.npz", photo=np.array(["0001", "0002"]), coco18=np.zeros((2, 18, 3), np.float32))
    GarmentMatte(MatteConfig(pyramid_channels=8, head_channels=8)).save_pretrained(tmp_path / "tiny")

    def run(*arguments):
        folders = ["--data", "garments", "--mattes", "mattes", "--people", "people", "--init", "tiny", "--out", "run"]
        paths = [str(tmp_path / one) if not one.startswith("--") else one for one in folders]
        return main(["train", "matte", *paths, "--size", "64", "64", "--batch", "2", "--workers", "0", *arguments])

    return run


def test_a_network_is_trained_and_measured_on_the_way(command, tmp_path, capsys):
    assert command("--images", "4") == 0
    printed = capsys.readouterr().out
    assert re.search(r"validation at step 2 of 2: iou_cloth \S+, right_kind \S+, right_worn \S+\n", printed)
    assert "tryon evaluate flat --data" in printed
    before, after = (GarmentMatte.from_pretrained(tmp_path / one) for one in ("tiny", "run/weights"))
    assert not torch.equal(before.classes[1].weight, after.classes[1].weight)
    assert cv2.imread(str(next((tmp_path / "run" / "sheets").glob("*")))) is not None


@pytest.mark.usefixtures("quick_dry_run")
def test_a_dry_run_trains_nothing(command, tmp_path, capsys):
    assert command("--images", "4", "--dry-run") == 0
    assert "s a step of 2 views on this machine (cpu)" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()


def test_no_training_starts_from_nothing(tmp_path, capsys):
    folders = ["--data", str(tmp_path), "--mattes", str(tmp_path), "--people", str(tmp_path), "--out", str(tmp_path)]
    assert main(["train", "matte", *folders]) == 2
    assert "give either --encoder-weights or --init" in capsys.readouterr().err


def test_views_show_garments_as_they_are_and_say_what_is_known():
    tee = FlatGarment(TEE, 255 - TEE[..., 0], 7, "t-shirt/a")
    coat = FlatGarment(TEE, 255 - TEE[..., 0], 2, "outwear/b")
    parsing = np.zeros((160, 96), np.uint8)
    parsing[20:150, 30:66] = 2
    person = PersonSample(np.full((160, 96, 3), 90, np.uint8), np.zeros((18, 3), np.float32), parsing)
    views = MatteViews([tee, coat], PersonViews([person], (64, 64), 0), (64, 64), 0, DrawnGarments(size=(64, 64)))
    shown = [views.view(number) for number in range(60)]
    again = views.view(7)
    assert (again.image == shown[7].image).all()
    assert {view.shows for view in shown} >= {2, 7, 8, NEITHER, UNKNOWN_KIND}
    heaps = [view for view in shown if view.shows == NEITHER and not view.known.any()]
    assert heaps  # what they are made of is cloth, and nothing to put on
    for view in (view for view in shown if view.shows != NEITHER):
        cloth, inside = view.known
        assert cloth.all() == (view.shows != 8)
        if view.shows == UNKNOWN_KIND:
            assert inside.all()
        if view.shows == 7:  # its lower part cannot be its inside, its neck can
            rows = np.flatnonzero(((view.cloth > 0.9) & inside).any(1))
            assert rows.size
            assert not inside[view.cloth > 0.9].all()
        if view.shows == 2:  # a coat may be open all the way
            assert not inside[view.cloth > 0.9].any()
        assert view.inside.max() <= 1


def test_pictures_are_printed_on_garments():
    tee = FlatGarment(TEE, 255 - TEE[..., 0], 7, "t-shirt/a")
    parsing = np.zeros((160, 96), np.uint8)
    parsing[20:150, 30:66] = 2
    person = PersonSample(np.full((160, 96, 3), (255, 0, 0), np.uint8), np.zeros((18, 3), np.float32), parsing)
    views = MatteViews([tee], PersonViews([person], (64, 64), 0), (64, 64), 0, DrawnGarments(size=(64, 64)))
    shown = [view for view in map(views.view, range(60)) if view.shows == 7]
    red = [(view.image[view.cloth > 0.9].astype(int) @ (1, 0, -1) > 60).mean() > 0.02 for view in shown]
    assert 0.05 < np.mean(red) < 0.45
