"""Networks written as ONNX files, on networks of a few numbers."""

from dataclasses import dataclass

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from tryon.core import export as exporting
from tryon.core.engine import MADE_FROM, OnnxNetwork
from tryon.core.errors import CheckpointError
from tryon.core.export import export
from tryon.core.weight_files import sha256
from tryon.core.weights import Pretrained


@dataclass(frozen=True)
class TinyConfig:
    width: int = 16


class Tiny(nn.Module, Pretrained):
    """Two outputs and one that is left out, as networks have them."""

    config_class = TinyConfig
    weights_name = "tiny"

    def __init__(self, config: TinyConfig):
        super().__init__()
        self.config = config
        self.conv = nn.Conv2d(3, config.width, 3, padding=1)
        self.norm = nn.BatchNorm2d(config.width)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(config.width, 2)

    def forward(self, image):
        maps = self.norm(self.conv(image))
        return maps, self.head(self.dropout(maps.mean((2, 3)))), None


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    network = Tiny(TinyConfig())
    network(torch.rand(4, 3, 32, 32))  # gives the running statistics values of their own
    network.save_pretrained(tmp_path)
    return tmp_path


SHAPES = [("batch", 3, "height", "width")]


def test_an_exported_network_answers_as_the_network_does(saved):
    network = Tiny.from_pretrained(saved)
    assert export(network, SHAPES, saved) < 1e-5
    exported = OnnxNetwork(saved / "model.onnx", network.config)
    for shape in ((1, 3, 32, 96), (3, 3, 64, 32)):
        image = np.random.default_rng(0).random(shape, np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(image))[:2]
        for one, other in zip(exported(image), expected, strict=True):
            np.testing.assert_allclose(one, other.numpy(), atol=1e-5)


def test_the_file(saved):
    export(Tiny.from_pretrained(saved), SHAPES, saved)
    model = onnx.load(saved / "model.onnx")
    assert {one.key: one.value for one in model.metadata_props} == {MADE_FROM: sha256(saved / "model.safetensors")}
    halves = {one.name for one in model.graph.initializer if one.data_type == onnx.TensorProto.FLOAT16}
    assert len(halves) == 1  # the convolution's weights alone are worth it
    assert [one.version for one in model.opset_import if not one.domain] == [18]
    assert sorted(path.name for path in saved.iterdir()) == [
        "README.md", "config.json", "model.onnx", "model.safetensors",
    ]  # fmt: skip


def test_weights_that_half_precision_does_not_hold_stay_as_they_are(saved, tmp_path):
    network = Tiny.from_pretrained(saved)
    with torch.no_grad():
        network.conv.weight.add_(1e-6)
    network.save_pretrained(tmp_path / "single", half=False)
    assert export(network, SHAPES, tmp_path / "single") < 1e-5
    model = onnx.load(tmp_path / "single" / "model.onnx")
    assert onnx.TensorProto.FLOAT16 not in {one.data_type for one in model.graph.initializer}


def test_a_file_that_answers_otherwise_is_not_written(saved, monkeypatch):
    halved = exporting._halved

    def damaged(model):
        halved(model)
        for tensor in model.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT16:
                values = onnx.numpy_helper.to_array(tensor)
                tensor.CopyFrom(onnx.numpy_helper.from_array(1.1 * values, tensor.name))
        return model

    monkeypatch.setattr(exporting, "_halved", damaged)
    with pytest.raises(CheckpointError, match=r"answers otherwise than PyTorch \(by 0\.\d+ of its largest output\)"):
        export(Tiny.from_pretrained(saved), SHAPES, saved)
    assert sorted(path.name for path in saved.iterdir()) == ["README.md", "config.json", "model.safetensors"]
