"""``tryon train parser`` and ``tryon train pose`` on two people of one's own, from an encoder file to saved weights."""

import cv2
import numpy as np
import pytest
import torch
from torchvision.models import mobilenet_v2

from tests.drawn import drawn_people
from tryon.cli import main
from tryon.core import photo
from tryon.read.parser.model import GarmentParser
from tryon.read.pose.model import PoseEstimator


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A folder in the layout that the README calls OWN."""
    root = tmp_path_factory.mktemp("own")
    for folder in ("images", "parsing"):
        (root / folder).mkdir()
    points = np.zeros((2, 18, 3), np.float32)
    points[:, 1:14] = [(60 + 3 * i, 40 + 10 * i, 1) for i in range(13)]
    for name in ("anna", "bert"):
        photo.save(drawn_people((60, 10, 190), size=(220, 160)), root / "images" / f"{name}.jpg")
        labels = np.zeros((220, 160), np.uint8)
        labels[20:190, 40:90] = 3
        cv2.imwrite(str(root / "parsing" / f"{name}.png"), labels)
    np.savez(root / "keypoints.npz", name=["anna", "bert"], coco18=points)
    (root / "meta.csv").write_text("name,split\nanna,train\nbert,train\n")
    return root


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("encoder") / "mobilenet_v2.pth"
    torch.save(mobilenet_v2().state_dict(), path)
    return path


def train(network, own, out, *options):
    small = ("--images", "2", "--batch", "2", "--size", "64", "64", "--workers", "0")
    return main(["train", network, "--data", str(own), "--out", str(out), *small, *map(str, options)])


def test_both_networks_are_trained_and_saved(own, encoder, tmp_path):
    assert train("parser", own, tmp_path / "parser", "--encoder-weights", encoder) == 0
    trained = tmp_path / "parser" / "weights"
    assert GarmentParser.from_pretrained(trained).unet.encoder.features[0][0].weight.shape == (32, 3, 3, 3)
    assert train("pose", own, tmp_path / "pose", "--encoder-weights", trained) == 0
    PoseEstimator.from_pretrained(tmp_path / "pose" / "weights")


def test_an_encoder_of_something_else_is_refused(own, tmp_path, capsys):
    torch.save({"weight": torch.zeros(3)}, tmp_path / "other.pth")
    for path, words in ((tmp_path / "other.pth", "lacks"), (tmp_path / "none.pth", "give a MobileNetV2 state dict")):
        assert train("parser", own, tmp_path / "run", "--encoder-weights", path) == 2
        assert words in capsys.readouterr().err
    (tmp_path / "text.pth").write_text("# no weights\n")
    assert train("parser", own, tmp_path / "run", "--encoder-weights", tmp_path / "text.pth") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "text.pth (it is not in the format of torch.save, or holds other things than tensors); give a Mob" in line
    assert not (tmp_path / "run").exists()
