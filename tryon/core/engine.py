"""What runs a network: onnxruntime, or PyTorch for networks that were not exported.

Arrays go in and come out. Nothing else knows an engine, and only :mod:`tryon.core.inference`, which is imported when a
network of PyTorch is to be run, knows PyTorch.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from tryon.core.errors import CheckpointError, DependencyError
from tryon.core.weight_files import CONFIG, MODEL, ONNX, check_readable, class_of, damaged, find, read_config, sha256

MADE_FROM = "made_from_sha256"
"""Key of an ONNX file's metadata: the SHA-256 of the ``model.safetensors`` that it was exported from."""

# By the channels of what they answer, which tell the networks apart whatever their size.
_NETWORKS = {
    (14, 14): "GarmentParser",
    (18,): "PoseEstimator",
    (2, 1): "AppearanceFlowNet",
    (1,): "AmodalNet",
    (1, 1, 10): "GarmentMatte",
    (25,): "GarmentPoints",
    (5, 3): "Compositor",
    (3, 3): "HPN",
    (3, 3, 1): "HPN",
    (3, 3, 1, 1): "HPN",
}


@runtime_checkable
class Network(Protocol):
    """What :func:`ask` can ask: an :class:`OnnxNetwork`, or an ``nn.Module`` of PyTorch in evaluation mode."""

    config: Any

    def __call__(self, *inputs: Any) -> Any: ...


@dataclass(frozen=True)
class Spec:
    """A kind of network, as its weights are saved."""

    weights_name: str
    """Folder of the released weights inside ``tryon/weights``."""
    config_class: type
    torch_class: str
    """Full name of the class that PyTorch runs and trains; imported for weights that were not exported."""

    def read_config(self, folder: Path) -> Any:
        """The configuration in a folder; errors as of :func:`tryon.core.weight_files.read_config`."""
        return read_config(folder, self.torch_class.rpartition(".")[2], self.config_class)


class OnnxNetwork:
    """A network that onnxruntime runs; several threads may call it at once.

    Args:
        path: the ONNX file.
        config: of the network.
        name: the name of the network, where it is known.

    Raises:
        CheckpointError: the file is missing or damaged, of another network than ``name``, or not made from the weights
            that lie beside it.
        DependencyError: onnxruntime is missing, or not for this machine.
    """

    def __init__(self, path: Path, config: Any, name: str = ""):
        self.config = config
        self._path = path
        self._session = _session(path)
        self._inputs = self._session.get_inputs()
        if name:
            self._check_answers(name)
        made_from = self._session.get_modelmeta().custom_metadata_map.get(MADE_FROM)
        weights = path.with_name(MODEL)
        if weights.is_file() and sha256(weights) != made_from:
            check_readable(weights)  # else an export would fail, too
            raise CheckpointError(
                f"{path} was not made from the {MODEL} beside it; make it again with: "
                f"tryon export --folder {path.parent}"
            )

    def __call__(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """The network's outputs, ``float32``, for its inputs, ``float32``.

        Raises:
            CheckpointError: it takes other inputs; then it is of another version.
        """
        given, taken = [one.shape for one in inputs], [tuple(one.shape) for one in self._inputs]
        if len(given) != len(taken) or not all(map(_fits, given, taken)):
            raise CheckpointError(
                f"{self._path} takes inputs of shape {_words(taken)} and is asked with {_words(given)}; it is of "
                "another network or version, give the folder of its weights"
            )
        names = [one.name for one in self._inputs]
        return tuple(self._session.run(None, dict(zip(names, inputs, strict=True))))

    def _check_answers(self, name: str) -> None:
        channels = tuple(one.shape[1] for one in self._session.get_outputs() if len(one.shape) > 1)
        found = _NETWORKS.get(channels)
        if found != name:
            kind = f"the network {found}" if found else "no network known here"
            raise CheckpointError(
                f"{self._path} is of {kind}, but the {CONFIG} beside it of {name}; "
                f"copy or download the weights of {name} to {self._path.parent} again"
            )


def load(spec: Spec, source: str | Path | None = None) -> Network:
    """Load a network: for onnxruntime where a folder holds its ONNX file, else for PyTorch.

    Args:
        spec: the kind of network.
        source: a folder or hub id, as for :func:`tryon.core.weight_files.find`; ``None`` for the released weights,
            which onnxruntime runs.

    Raises:
        CheckpointError: weights are missing, damaged, of another network, or the ONNX file is not made from them.
        DependencyError: the engine that they need is not installed.
    """
    folder = find(source, spec.weights_name)
    path = folder / ONNX
    if source is None or path.is_file():
        return OnnxNetwork(path, spec.read_config(folder), spec.torch_class.rpartition(".")[2])
    network: Network = _torch(f"the weights in {folder}").load(spec.torch_class, folder)
    return network


def ready(network: Network) -> Network:
    """A network prepared to be asked: one of PyTorch as :func:`tryon.core.inference.for_reading` makes it."""
    if isinstance(network, OnnxNetwork):
        return network
    prepared: Network = _torch("this network").for_reading(network)
    return prepared


def ask(network: Network, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """What a network answers.

    Args:
        network: of either engine.
        inputs: those of its ``forward``, ``float32``.

    Returns:
        The tensors that ``forward`` returns, ``float32``; those that it leaves out (``None``) are left out.
    """
    arrays = [np.ascontiguousarray(one, np.float32) for one in inputs]
    if isinstance(network, OnnxNetwork):
        return network(*arrays)
    answer: tuple[np.ndarray, ...] = _torch("this network").answer(network, arrays)
    return answer


def engine_of(network: Network) -> str:
    """The name of what runs a network: ``onnxruntime`` or ``torch``."""
    return "onnxruntime" if isinstance(network, OnnxNetwork) else "torch"


def engine_in(folder: Path) -> str:
    """The name of what runs the weights of a folder; errors as of :class:`OnnxNetwork`."""
    path = folder / ONNX
    return engine_of(OnnxNetwork(path, None, class_of(folder))) if path.is_file() else "torch"


def threads() -> int:
    """How many threads a network may use: ``OMP_NUM_THREADS``; by default, the cores that the process may use."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _fits(given: tuple[int, ...], taken: tuple[int | str, ...]) -> bool:
    """Whether an array is of the shape that an input has; sides that may vary have names."""
    return len(given) == len(taken) and all(
        isinstance(wanted, str) or side == wanted for side, wanted in zip(given, taken, strict=True)
    )


def _words(shapes: Sequence[tuple[int | str, ...]]) -> str:
    return " and ".join(f"({', '.join(map(str, shape))})" for shape in shapes)


@cache
def _onnxruntime() -> ModuleType:
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(
            f"onnxruntime, which runs the networks, cannot be imported ({error}); install the build for this machine "
            "with: pip install --force-reinstall onnxruntime"
        ) from error
    # One store of memory for all networks, which grows by what is asked for: with one each they kept twice as much.
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({"arena_extend_strategy": 1}))
    return onnxruntime


def _session(path: Path) -> Any:
    onnxruntime = _onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    # Threads that wait for the next layer would hold the cores that the code between the networks needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base of their own
        raise damaged(path, (str(error).strip().splitlines() or [type(error).__name__])[0]) from error


def _torch(what: str) -> ModuleType:
    try:
        from tryon.core import inference
    except ImportError as error:
        raise DependencyError(
            f"PyTorch is needed to run {what} ({error}); install what training needs with: pip install -e '.[train]', "
            f"or give weights with {ONNX}, which tryon export makes"
        ) from error
    return inference
