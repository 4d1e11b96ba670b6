"""The engines that run networks: which one does, that both answer the same, and files that neither can run."""

import shutil
import sys

import numpy as np
import pytest
import torch

from appearance_flow.amodal.inputs import NUM_PLANES, SIZE
from appearance_flow.amodal.network import AMODAL
from appearance_flow.network import FLOW
from appearance_flow.planes import GARMENT_PLANES, PERSON_PLANES
from hpn.network import POSE_TRANSFER
from tryon.core import engine, inference
from tryon.core.engine import MADE_FROM, OnnxNetwork, ask, engine_in, engine_of, load, ready, threads
from tryon.core.errors import CheckpointError, DependencyError
from tryon.core.weight_files import RELEASED, sha256, weights_info
from tryon.read.flat.matte_network import MATTE
from tryon.read.flat.points_network import POINTS
from tryon.read.parser.network import PARSER
from tryon.read.pose.network import POSE

# What the readers ask each network about, in sizes that the exported example did not have.
SHAPES = {
    PARSER: [(1, 3, 384, 160)],
    POSE: [(1, 3, 288, 192)],
    MATTE: [(2, 3, 192, 352)],
    POINTS: [(3, 3, 192, 192)],
    FLOW: [(5, GARMENT_PLANES, 192, 144), (1, PERSON_PLANES, 192, 144), (1,)],
    AMODAL: [(1, NUM_PLANES, *SIZE)],
    POSE_TRANSFER: [(1, 3, 128, 128), (1, 18, 32, 32), (1, 2, 128, 128), (1, 1, 128, 128)],
}


@pytest.fixture
def points(tmp_path):
    """A copy of the released point network."""
    return shutil.copytree(RELEASED / "points", tmp_path / "points")


@pytest.mark.parametrize("spec", SHAPES, ids=lambda spec: spec.weights_name)
def test_a_released_file_is_made_from_the_weights_beside_it(spec):
    network = load(spec)
    assert isinstance(network, OnnxNetwork)
    made_from = network._session.get_modelmeta().custom_metadata_map[MADE_FROM]
    folder = RELEASED / spec.weights_name
    assert made_from == sha256(folder / "model.safetensors"), "export it again with: tryon export"
    assert network.config == inference.load(spec.torch_class, folder).config


@pytest.mark.parametrize("spec", SHAPES, ids=lambda spec: spec.weights_name)
def test_both_engines_answer_the_same(spec):
    rng = np.random.default_rng(0)
    inputs = [rng.random(shape, np.float32) for shape in SHAPES[spec]]
    ours = ask(load(spec), *inputs)
    theirs = ask(inference.load(spec.torch_class, RELEASED / spec.weights_name), *inputs)
    assert len(ours) == len(theirs) >= 1
    for one, other in zip(ours, theirs, strict=True):
        assert (one.shape, one.dtype) == (other.shape, np.float32)
        assert np.abs(one - other).max() < 2e-4 * np.abs(other).max()


def test_all_released_files_together_stay_small():
    assert sum(path.stat().st_size for path in RELEASED.rglob("*")) < 60e6


def test_weights_without_an_onnx_file_are_run_by_torch(points):
    assert (engine_in(points), engine_of(load(POINTS, points))) == ("onnxruntime", "onnxruntime")
    (points / "model.onnx").unlink()
    network = load(POINTS, points)
    assert (engine_in(points), engine_of(network)) == ("torch", "torch")
    assert isinstance(network, torch.nn.Module)
    picture = np.full((1, 3, 192, 192), 0.5, np.float32)
    np.testing.assert_allclose(ask(ready(network), picture)[0], ask(load(POINTS), picture)[0], atol=1e-4)


def test_released_weights_are_not_run_by_torch(points, tmp_path, monkeypatch):
    (points / "model.onnx").unlink()
    monkeypatch.setattr("tryon.core.weight_files.RELEASED", tmp_path)
    with pytest.raises(CheckpointError, match=r"model\.onnx is missing or damaged"):
        load(POINTS)


def test_a_stale_file(points):
    (points / "model.safetensors").write_bytes((RELEASED / "pose" / "model.safetensors").read_bytes())
    with pytest.raises(CheckpointError) as raised:
        load(POINTS, points)
    assert str(raised.value) == (
        f"{points / 'model.onnx'} was not made from the model.safetensors beside it; make it again with: "
        f"tryon export --folder {points}"
    )


def test_damaged_weights_beside_a_file_that_is_whole(points):
    path = points / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    for tried in (lambda: load(POINTS, points), lambda: engine_in(points)):
        with pytest.raises(CheckpointError) as raised:
            tried()
        assert str(raised.value).startswith(f"{path} is missing or damaged (")
        assert str(raised.value).endswith("; copy or download the weights again")


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx"])
def test_a_pointer_of_git_lfs_instead_of_weights(points, name):
    (points / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    with pytest.raises(CheckpointError) as raised:
        load(POINTS, points)
    sentence = f"{points / name} is a pointer of Git LFS, not the weights; fetch them with: git lfs pull"
    assert str(raised.value) == sentence
    if name == "model.safetensors":
        with pytest.raises(CheckpointError) as raised:
            weights_info(points)
        assert str(raised.value) == sentence


@pytest.mark.parametrize("damage", ["cut", "empty", "text"])
def test_a_damaged_file(points, damage):
    path = points / "model.onnx"
    data = path.read_bytes()
    path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "text": b"no network " * 99}[damage])
    with pytest.raises(CheckpointError) as raised:
        load(POINTS, points)
    assert str(raised.value).startswith(f"{path} is missing or damaged (")
    assert "\n" not in str(raised.value)


def test_another_network(points):
    with pytest.raises(CheckpointError, match="is of the network GarmentPoints, expected GarmentMatte"):
        load(MATTE, points)


def exchanged(folder, name):
    """The two files of another network's weights, beside the configuration of the folder's own."""
    for file in ("model.onnx", "model.safetensors"):
        shutil.copy(RELEASED / name / file, folder / file)


def test_weights_that_were_exchanged(points):
    exchanged(points, "pose")
    sentence = (
        f"{points / 'model.onnx'} is of the network PoseEstimator, but the config.json beside it of GarmentPoints; "
        f"copy or download the weights of GarmentPoints to {points} again"
    )
    for tried in (lambda: load(POINTS, points), lambda: engine_in(points)):
        with pytest.raises(CheckpointError) as raised:
            tried()
        assert str(raised.value) == sentence


def test_a_network_that_takes_other_inputs():
    with pytest.raises(CheckpointError) as raised:
        ask(load(POINTS), np.zeros((1, 3, 192, 160), np.float32))
    assert str(raised.value) == (
        f"{RELEASED / 'points' / 'model.onnx'} takes inputs of shape (batch, 3, 192, 192) and is asked with "
        "(1, 3, 192, 160); it is of another network or version, give the folder of its weights"
    )
    with pytest.raises(CheckpointError, match=r"is asked with \(1, 3, 192, 192\) and \(1\);"):
        ask(load(POINTS), np.zeros((1, 3, 192, 192), np.float32), np.zeros(1, np.float32))


def test_no_torch_for_weights_that_need_it(points, monkeypatch):
    (points / "model.onnx").unlink()
    monkeypatch.delattr("tryon.core.inference")
    monkeypatch.setitem(sys.modules, "tryon.core.inference", None)
    with pytest.raises(DependencyError) as raised:
        load(POINTS, points)
    message = str(raised.value)
    assert message.startswith(f"PyTorch is needed to run the weights in {points} (")
    assert message.endswith(
        "install what training needs with: pip install -e '.[train]', or give weights with model.onnx, which tryon "
        "export makes"
    )


@pytest.mark.parametrize(("given", "number"), [("3", 3), ("0", 2), ("many", 2), (None, 2)])
def test_threads(monkeypatch, given, number):
    monkeypatch.setattr(engine.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    if given is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert threads() == number
