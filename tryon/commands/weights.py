"""``tryon weights``: facts about the weights that are used, and those of torchvision that training starts from."""

import json
from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from tryon.commands.options import Folder
from tryon.core.errors import CheckpointError, ConfigError

NETWORKS = {
    "GarmentParser": "parser",
    "PoseEstimator": "pose",
    "AppearanceFlowNet": "flow",
    "GarmentMatte": "matte",
    "GarmentPoints": "points",
    "HPN": "hpn",
}


@dataclass(frozen=True, kw_only=True)
class Weights:
    """List the released weights, or those of a folder, with sizes and checksums; or download what training needs."""

    folder: Folder = None
    """Folder of saved weights, or with one folder a network; by default the one that comes with the package. With
    --download, where the file goes."""
    json: bool = False
    """Print JSON instead of a table."""
    download: Annotated[
        Literal["vgg16", "encoder"] | None, tyro.conf.arg(metavar="{vgg16,encoder}", help_behavior_hint="")
    ] = None
    """Download torchvision's ImageNet weights and check them: vgg16 for --vgg-weights, encoder, a MobileNetV2, for
    --encoder-weights."""

    def run(self) -> None:
        if self.download:
            self._download(self.download)
            return
        facts = self._facts()
        if self.json:
            print(json.dumps(facts, indent=2))
            return
        for name, info in facts.items():
            size = int(info["bytes"]) / 1e6
            print(f"{name:8} {info['class']:16} {int(info['parameters']):>10,} values {size:6.1f} MB  {info['sha256']}")

    def _facts(self) -> dict[str, dict[str, str | int]]:
        """Of each network, by what it is; where there are several of a kind, their folder follows."""
        from tryon.core.weights import RELEASED, weights_info

        folder = self.folder or RELEASED
        found = sorted(path.parent for pattern in ("config.json", "*/config.json") for path in folder.glob(pattern))
        if not found:
            raise CheckpointError(f"no weights in {folder}; expected config.json in it, or in one folder a network")
        infos = [(path, weights_info(path)) for path in found]
        names = [NETWORKS.get(str(info["class"]), path.name) for path, info in infos]
        return {
            name if names.count(name) == 1 else f"{name} ({path.name})": info
            for name, (path, info) in zip(names, infos, strict=True)
        }

    def _download(self, what: Literal["vgg16", "encoder"]) -> None:
        from torchvision.models import MobileNet_V2_Weights, VGG16_Weights

        from tryon.core.weights import download

        if self.folder is None:
            raise ConfigError("--download needs --folder; give the folder for the file")
        weights = {"vgg16": VGG16_Weights.IMAGENET1K_V1, "encoder": MobileNet_V2_Weights.IMAGENET1K_V1}[what]
        path = download(weights.url, self.folder)
        print(json.dumps({"output": str(path)}) if self.json else path)
