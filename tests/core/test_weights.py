"""Weights, shape checks and atomic files, on networks of a few numbers."""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from tryon.core import weight_files
from tryon.core.checks import check_divisible, check_shape
from tryon.core.errors import CheckpointError, ShapeError
from tryon.core.files import write_atomically
from tryon.core.weight_files import weights_info
from tryon.core.weights import Pretrained, download


@dataclass(frozen=True)
class TinyConfig:
    width: int = 4
    size: tuple[int, int] = (8, 6)
    stages: tuple[tuple[int, ...], ...] = ((1, 2), (3,))
    name: str = "tiny"

    def __post_init__(self):
        if self.width <= 0:
            raise ValueError("width must be positive")


class Tiny(nn.Module, Pretrained):
    config_class = TinyConfig
    weights_name = "tiny"

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.conv = nn.Conv2d(3, config.width, 3)
        self.norm = nn.BatchNorm2d(config.width)
        self.register_buffer("mean", torch.ones(3), persistent=False)

    def forward(self, images):
        return self.norm(self.conv(images))


class Other(Tiny):
    pass


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    network = Tiny(TinyConfig(size=(3, 5)))
    network(torch.rand(2, 3, 8, 8))  # Gives the running statistics other values than a new network has.
    folder = tmp_path / "runs" / "tiny"
    network.save_pretrained(folder, card="# Tiny\n")
    return network, folder


def fails(folder, network=Tiny):
    with pytest.raises(CheckpointError) as caught:
        network.from_pretrained(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edit_config(folder, **changes):
    config = json.loads((folder / "config.json").read_text())
    config.update(changes)
    (folder / "config.json").write_text(json.dumps({key: value for key, value in config.items() if value != "DROP"}))


def edit_tensors(folder, drop=(), **changes):
    tensors = load_file(folder / "model.safetensors") | changes
    save_file({name: tensor for name, tensor in tensors.items() if name not in drop}, folder / "model.safetensors")


def test_round_trip(saved):
    network, folder = saved
    loaded = Tiny.from_pretrained(folder)
    assert loaded.config == TinyConfig(size=(3, 5))
    assert not loaded.training
    assert not any(parameter.dtype != torch.float32 for parameter in loaded.parameters())
    assert loaded.norm.num_batches_tracked.item() == 1
    images = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(loaded(images), network.eval()(images), atol=5e-3, rtol=5e-3)


def test_single_precision_is_exact(saved, tmp_path):
    network, _ = saved
    network.save_pretrained(tmp_path / "single", half=False)
    images = torch.rand(1, 3, 8, 8)
    assert torch.equal(Tiny.from_pretrained(str(tmp_path / "single"))(images), network.eval()(images))


def test_the_files(saved):
    _, folder = saved
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "config.json", "model.safetensors"]
    assert (folder / "README.md").read_text() == "# Tiny\n"
    assert json.loads((folder / "config.json").read_text()) == {
        "_class": "Tiny",
        "format_version": 1,
        "width": 4,
        "size": [3, 5],
        "stages": [[1, 2], [3]],
        "name": "tiny",
    }
    tensors = load_file(folder / "model.safetensors")
    assert {name: (str(tensor.dtype), tuple(tensor.shape)) for name, tensor in tensors.items()} == {
        "conv.weight": ("torch.float16", (4, 3, 3, 3)),
        "conv.bias": ("torch.float16", (4,)),
        "norm.weight": ("torch.float16", (4,)),
        "norm.bias": ("torch.float16", (4,)),
        "norm.running_mean": ("torch.float16", (4,)),
        "norm.running_var": ("torch.float16", (4,)),
        "norm.num_batches_tracked": ("torch.int64", ()),
    }


def test_weights_info(saved):
    _, folder = saved
    data = (folder / "model.safetensors").read_bytes()
    assert weights_info(folder) == {
        "class": "Tiny",
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": 108 + 5 * 4,
    }


def test_released_weights(saved, tmp_path, monkeypatch):
    network, _ = saved
    monkeypatch.setattr(weight_files, "RELEASED", tmp_path / "weights")
    assert "the released weights are not at" in fails(None)
    network.save_pretrained(tmp_path / "weights" / "tiny")
    assert Tiny.from_pretrained().config == network.config


def test_released_weights_lie_in_the_package():
    assert weight_files.RELEASED.name == "weights"
    assert (weight_files.RELEASED.parent / "types.py").is_file()


def test_saving_again_replaces(saved):
    network, folder = saved
    (folder / "notes.txt").write_text("mine")
    with torch.no_grad():
        network.conv.bias.fill_(0.25)
    network.save_pretrained(folder)
    assert Tiny.from_pretrained(folder).conv.bias.tolist() == [0.25] * 4
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(("value", "half"), [(1e6, True), (float("nan"), True), (float("inf"), False)])
def test_weights_that_are_not_finite_are_not_saved(saved, tmp_path, value, half):
    network, _ = saved
    network.norm.running_var[2] = value
    with pytest.raises(CheckpointError, match=r"weight norm\.running_var is not finite in"):
        network.save_pretrained(tmp_path / "bad", half=half)
    assert not (tmp_path / "bad").exists()


def test_another_network(saved):
    assert "is of the network Tiny, expected Other" in fails(saved[1], Other)


def test_another_format_version(saved):
    edit_config(saved[1], format_version=2)
    assert "has format version 2, this program reads 1" in fails(saved[1])


def test_config_keys_are_strict(saved):
    edit_config(saved[1], width="DROP", depth=3)
    assert "(missing width, unknown depth)" in fails(saved[1])


@pytest.mark.parametrize("width", ["wide", -1, None])
def test_config_values_that_the_network_does_not_take(saved, width):
    edit_config(saved[1], width=width)
    assert str(saved[1] / "config.json") in fails(saved[1])


def test_tensors_are_strict(saved):
    edit_tensors(
        saved[1],
        drop=("norm.bias",),
        extra=torch.zeros(1),
        **{"conv.weight": torch.zeros(4, 3, 1, 1), "norm.weight": torch.zeros(5)},
    )
    assert (
        "(missing norm.bias, unexpected extra, mismatched conv.weight (4, 3, 1, 1) instead of (4, 3, 3, 3) and 1 more)"
    ) in fails(saved[1])


def test_weights_of_another_network_are_told_in_short(saved):
    edit_tensors(saved[1], **{f"layer{i}.weight": torch.zeros(1) for i in range(400)})
    message = fails(saved[1])
    assert "(unexpected layer0.weight, unexpected layer1.weight, unexpected layer10.weight and 397 more)" in message
    assert len(message) < 400


def test_a_configuration_with_a_byte_order_mark(saved):
    path = saved[1] / "config.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    type(saved[0]).from_pretrained(saved[1])


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "gone"])
def test_damaged_weights(saved, damage):
    path = saved[1] / "model.safetensors"
    data = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"not tensors " * 99}[damage])
    assert f"{path} is missing or damaged" in fails(saved[1])
    with pytest.raises(CheckpointError, match="is missing or damaged"):
        weights_info(saved[1])


@pytest.mark.parametrize("text", ["", "{", "[1]"])
def test_damaged_config(saved, text):
    (saved[1] / "config.json").write_text(text)
    assert "config.json is missing or damaged" in fails(saved[1])


def test_a_folder_without_weights(tmp_path):
    assert f"is {tmp_path} the folder weights of a training?" in fails(tmp_path)


def test_a_path_that_does_not_exist(tmp_path, saved):
    assert f"no weights at {tmp_path / 'no'}" in fails(tmp_path / "no")
    assert "is no hub id (owner/name)" in fails("./no/where")
    looked_up = fails(Path("owner/name"))  # A Path is never looked up on the network.
    assert "hub" not in looked_up
    assert "give a folder with config.json and model.safetensors" in looked_up
    assert "is a file; give the folder" in fails(saved[1] / "config.json")


def test_a_hub_id_that_cannot_be_reached(monkeypatch, tmp_path):
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    message = fails("nobody/nothing")
    assert f"there is no folder {tmp_path / 'nobody/nothing'}" in message
    assert "nobody/nothing could not be loaded from the Hugging Face hub" in message


def test_a_hub_id_without_the_hub_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert "install it with `pip install huggingface_hub`" in fails("nobody/nothing")


def test_check_shape():
    images = torch.zeros(2, 3, 64, 96)
    check_shape(images, "images", (None, 3, "/32", "/32"))
    check_shape(images.numpy(), "images", (2, 3, 64, 96))
    with pytest.raises(ShapeError) as caught:
        check_shape(images[..., :90], "images", (None, 3, "/32", "/32"))
    assert str(caught.value) == (
        "images has shape (2, 3, 64, 90), expected (any, 3, a multiple of 32, a multiple of 32)"
    )
    assert caught.value.actual == (2, 3, 64, 90)
    for expected in ((2, 3, 64), (2, 4, 64, 96), (None, None, None, None, None)):
        with pytest.raises(ShapeError):
            check_shape(images, "images", expected)
    with pytest.raises(ShapeError):
        check_shape(np.zeros((0, 4)), "empty", ("/32", 4))


def test_check_divisible_says_what_fits():
    check_divisible(64, 96, 32, "images")
    with pytest.raises(ShapeError, match=r"pad it to \(96, 128\)"):
        check_divisible(65, 100, 32, "images")
    with pytest.raises(ShapeError, match=r"pad it to \(32, 32\)"):
        check_divisible(0, 1, 32, "images")


def test_write_atomically_keeps_the_old_file_when_it_fails(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_atomically(path, b"old")
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(OSError, match="No space left"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_download_is_checked_and_done_once(tmp_path):
    (tmp_path / "there").mkdir()
    digits = hashlib.sha256(b"weights").hexdigest()[:8]
    source = tmp_path / "there" / f"vgg16-{digits}.pth"
    source.write_bytes(b"weights")
    path = download(source.as_uri(), tmp_path / "here")
    assert path == tmp_path / "here" / source.name
    assert path.read_bytes() == b"weights"
    source.unlink()
    assert download(source.as_uri(), tmp_path / "here") == path  # without asking again
    path.write_bytes(b"half")
    with pytest.raises(CheckpointError, match="could not be downloaded"):
        download(source.as_uri(), tmp_path / "here")


def test_a_download_of_something_else_is_not_kept(tmp_path):
    source = tmp_path / "vgg16-01234567.pth"
    source.write_bytes(b"a page that says no")
    with pytest.raises(CheckpointError, match=r"could not be downloaded to .*here \(invalid hash value"):
        download(source.as_uri(), tmp_path / "here")
    assert list((tmp_path / "here").iterdir()) == []
