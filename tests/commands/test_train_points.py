"""``tryon train points`` on drawn garments, from an encoder file to saved weights."""

import numpy as np
import pytest
import torch
from torchvision.models import mobilenet_v2

from tryon.cli import main
from tryon.core import photo
from tryon.core.errors import DataError
from tryon.read.flat import points_task
from tryon.read.flat.points_model import GarmentPoints, PointsConfig
from tryon.synth.drawn.plain import DrawnGarments


@pytest.fixture(autouse=True)
def _few_views(monkeypatch):
    monkeypatch.setattr(points_task, "VALIDATION_VIEWS", 2)


def train(out, *options) -> int:
    small = ("--images", "4", "--batch", "2", "--workers", "0")
    return main(["train", "points", "--out", str(out), *small, *map(str, options)])


def test_a_network_is_trained_and_trained_on(tmp_path, capsys):
    torch.manual_seed(0)
    torch.save(mobilenet_v2().state_dict(), tmp_path / "encoder.pth")
    assert train(tmp_path / "first", "--encoder-weights", tmp_path / "encoder.pth") == 0
    assert "validation at step 2 of 2: found_0.1" in capsys.readouterr().out
    first = GarmentPoints.from_pretrained(tmp_path / "first" / "weights")
    assert first.config == PointsConfig()
    assert train(tmp_path / "second", "--init", tmp_path / "first" / "weights") == 0
    second = GarmentPoints.from_pretrained(tmp_path / "second" / "weights")
    assert not torch.equal(first.maps.weight, second.maps.weight)


@pytest.mark.usefixtures("quick_dry_run")
def test_a_dry_run_trains_nothing(tmp_path, capsys):
    GarmentPoints(PointsConfig(channels=8, input_size=64)).save_pretrained(tmp_path / "tiny")
    assert train(tmp_path / "run", "--init", tmp_path / "tiny", "--dry-run") == 0
    assert "s a step of 2 views on this machine (cpu)" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()


def test_no_training_starts_from_nothing(tmp_path, capsys):
    assert train(tmp_path) == 2
    assert "give either --encoder-weights or --init" in capsys.readouterr().err


def test_cloth_of_a_folder_of_photos(tmp_path):
    with pytest.raises(DataError, match=r"no \.jpg or \.png photos of garments for train"):
        DrawnGarments(tmp_path)
    photo.save(np.full((200, 200, 3), (20, 230, 20), np.uint8), tmp_path / "lawn.png")
    draw = DrawnGarments(tmp_path).plain
    medians = []
    for seed in range(12):
        drawn = draw(np.random.default_rng(seed))
        medians.append(np.median(drawn.image[drawn.cloth > 0.9], 0))
    green = sum(g > 3 * r and g > 3 * b for r, g, b in medians)
    assert 2 <= green <= 10
