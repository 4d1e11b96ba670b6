"""``tryon export``, on tiny networks of the real classes."""

import json

import pytest

from hpn.model import HPN
from hpn.network import POSE_TRANSFER, HPNConfig
from tryon.cli import main
from tryon.core.engine import engine_of, load
from tryon.read.flat.points_model import GarmentPoints, PointsConfig
from tryon.render.composite.model import Compositor
from tryon.render.composite.network import CompositorConfig
from tryon.render.layout.model import Layout


@pytest.mark.parametrize("align", [False, True])
def test_networks_of_a_folder(capsys, tmp_path, align):
    config = HPNConfig(width=1 / 16, norm="group", align=align, copy=align)
    HPN(config).save_pretrained(tmp_path / "hpn")
    if align:
        GarmentPoints(PointsConfig(channels=8, input_size=64)).save_pretrained(tmp_path / "points")
        Compositor(CompositorConfig(pyramid_channels=8, head_channels=4)).save_pretrained(tmp_path / "render")
    assert main(["export", "--folder", str(tmp_path), "--json"]) == 0
    differences = json.loads(capsys.readouterr().out)
    names = ("hpn", "points", "render") if align else ("hpn",)
    assert list(differences) == [str(tmp_path / name / "model.onnx") for name in names]
    assert all(0 <= one < 1e-3 for one in differences.values())
    network = load(POSE_TRANSFER, tmp_path / "hpn")
    assert (engine_of(network), network.config) == ("onnxruntime", config)
    assert main(["weights", "--folder", str(tmp_path), "--json"]) == 0
    assert {one["engine"] for one in json.loads(capsys.readouterr().out).values()} == {"onnxruntime"}


def test_a_network_that_cannot_be_exported(capsys, tmp_path):
    Layout().save_pretrained(tmp_path)
    assert main(["export", "--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"tryon: {tmp_path} is of the network Layout, which cannot be exported; give the folder of GarmentParser, "
        "PoseEstimator, AmodalNet, AppearanceFlowNet, GarmentMatte, GarmentPoints, Compositor or HPN\n"
    )


def test_a_folder_without_weights(capsys, tmp_path):
    assert main(["export", "--folder", str(tmp_path)]) == 2
    assert f"no weights in {tmp_path}; expected config.json in it" in capsys.readouterr().err
