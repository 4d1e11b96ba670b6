"""``tryon export``: networks written for onnxruntime, which runs them where there is no PyTorch."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tryon.commands.options import Folder
from tryon.core.errors import CheckpointError, OutputError

if TYPE_CHECKING:
    from tryon.core.engine import Spec
    from tryon.core.export import Shape


@dataclass(frozen=True, kw_only=True)
class Export:
    """Write networks as ONNX files beside their weights, for onnxruntime, which runs them without PyTorch."""

    folder: Folder = None
    """Folder of saved weights, or with one folder a network; by default the one that comes with the package."""
    json: bool = False
    """Print JSON: of each file, by how much its outputs differ from PyTorch's at most, as a share of the largest."""

    def run(self) -> None:
        from tryon.core.export import export
        from tryon.core.inference import load
        from tryon.core.weight_files import ONNX, RELEASED, class_of, folders_of_weights

        folder = self.folder or RELEASED
        specs = {spec.torch_class.rpartition(".")[2]: spec for spec in _specs()}
        found = [(one, class_of(one)) for one in folders_of_weights(folder)]
        for one, name in found:
            if name not in specs:
                raise CheckpointError(
                    f"{one} is of the network {name}, which cannot be exported; give the folder of "
                    f"{', '.join(list(specs)[:-1])} or {list(specs)[-1]}"
                )
        differences = {}
        for one, name in found:
            network = load(specs[name].torch_class, one)
            try:
                differences[str(one / ONNX)] = export(network, _shapes(name, network.config), one)
            except OSError as error:
                raise OutputError(f"{one / ONNX} cannot be written ({error.strerror}); choose another place") from error
            if not self.json:
                print(one / ONNX)
        if self.json:
            print(json.dumps(differences, indent=2))


def _specs() -> "list[Spec]":
    from appearance_flow.amodal.network import AMODAL
    from appearance_flow.network import FLOW
    from hpn.network import POSE_TRANSFER
    from tryon.read.flat.matte_network import MATTE
    from tryon.read.flat.points_network import POINTS
    from tryon.read.parser.network import PARSER
    from tryon.read.pose.network import POSE
    from tryon.render.composite.network import COMPOSITOR

    return [PARSER, POSE, AMODAL, FLOW, MATTE, POINTS, COMPOSITOR, POSE_TRANSFER]


def _shapes(name: str, config: Any) -> "list[Shape]":
    """Shapes of the inputs of a network's ``forward``, as its readers call it."""
    from appearance_flow.amodal import inputs as amodal
    from appearance_flow.planes import GARMENT_PLANES, PERSON_PLANES
    from hpn.network import BOTTLENECK
    from tryon.body.skeleton import NUM_KEYPOINTS
    from tryon.render.composite.inputs import NUM_CHANNELS, SIZE

    if name in ("GarmentParser", "GarmentMatte"):
        return [("batch", 3, "height", "width")]
    if name == "PoseEstimator":
        return [("batch", 3, *config.input_size)]
    if name == "GarmentPoints":
        return [("batch", 3, config.input_size, config.input_size)]
    if name == "AppearanceFlowNet":
        return [("batch", GARMENT_PLANES, *config.size), (1, PERSON_PLANES, *config.size), (1,)]
    if name == "AmodalNet":
        return [(1, amodal.NUM_PLANES, *amodal.SIZE)]
    if name == "Compositor":
        return [("batch", NUM_CHANNELS, *SIZE)]
    side = config.resolution
    alignment: list[Shape] = [(1, 2, side, side), (1, 1, side, side)] if config.align else []
    return [(1, 3, side, side), (1, NUM_KEYPOINTS, BOTTLENECK, BOTTLENECK), *alignment]
