"""Networks of PyTorch written as ONNX files, which onnxruntime runs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from tryon.core.engine import MADE_FROM, OnnxNetwork
from tryon.core.errors import CheckpointError
from tryon.core.files import write_atomically
from tryon.core.inference import answer
from tryon.core.weight_files import MODEL, ONNX, sha256

OPSET = 18
_EXAMPLE = {"batch": 2, "height": 256, "width": 320}
_SMALL = 64  # values: below, a cast takes more of the file than half precision saves
_TOLERANCE = 1e-3  # of the largest output

Shape = Sequence[int | str]
"""Of an input: numbers, and ``batch``, ``height`` and ``width``, the last two multiples of 32, for what may vary."""


def export(network: nn.Module, shapes: Sequence[Shape], folder: Path) -> float:
    """Write ``model.onnx`` of a network beside the weights that it was loaded from.

    Weights that half precision holds exactly, as it does those of ``model.safetensors``, are stored in it; all are
    computed with in single precision. The SHA-256 of ``model.safetensors`` goes into the file.

    Args:
        network: with the weights of the folder, in evaluation mode.
        shapes: of the inputs of its ``forward``.
        folder: holds ``model.safetensors``.

    Returns:
        The largest difference between the outputs of onnxruntime and of PyTorch, as a share of the largest output.

    Raises:
        CheckpointError: they differ by more than a thousandth; nothing is written then.
        OSError: the file cannot be written.
    """
    dims = {"batch": Dim("batch", min=1, max=64)} | {
        side: 32 * Dim(f"{side}_32", min=1, max=128) for side in ("height", "width")
    }
    generator = torch.Generator().manual_seed(0)
    inputs = [
        torch.rand([_EXAMPLE[one] if isinstance(one, str) else one for one in shape], generator=generator)
        for shape in shapes
    ]
    dynamic = [{i: dims[one] for i, one in enumerate(shape) if isinstance(one, str)} for shape in shapes]
    program: Any = torch.onnx.export(
        _Tensors(network), tuple(inputs), dynamic_shapes=(tuple(dynamic),), opset_version=OPSET, dynamo=True,
        optimize=False, verbose=False,
    )  # fmt: skip
    model = _halved(program.model_proto)
    helper.set_model_props(model, {MADE_FROM: sha256(folder / MODEL)})
    onnx.checker.check_model(model)
    path = folder / ONNX
    trial = folder / f".trial.{ONNX}"
    try:
        trial.write_bytes(model.SerializeToString())
        arrays = [one.numpy() for one in inputs]
        difference = _difference(OnnxNetwork(trial, None)(*arrays), answer(network, arrays))
    finally:
        trial.unlink(missing_ok=True)
    if not difference <= _TOLERANCE:
        raise CheckpointError(
            f"the exported network of {folder} answers otherwise than PyTorch (by {difference:.2g} of its largest "
            "output); nothing was written"
        )
    write_atomically(path, model.SerializeToString())
    return difference


class _Tensors(nn.Module):
    """A network that returns the tensors of its outputs alone; and whose weights have names that no operation has."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network
        self.eval()

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        said = self.network(*inputs)
        return (said,) if isinstance(said, Tensor) else tuple(one for one in said if isinstance(one, Tensor))


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with weights in half precision, each with a cast behind it, and without the exporter's notes."""
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        name, values = tensor.name, numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        if values.size >= _SMALL and np.array_equal(half, values):
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    for part in (graph, *nodes, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    del graph.node[:], graph.value_info[:]
    graph.node.extend(nodes)
    return model


def _difference(ours: Sequence[np.ndarray], theirs: Sequence[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max() / max(np.abs(b).max(), 1e-6)) for a, b in zip(ours, theirs, strict=True))
