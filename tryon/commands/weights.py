"""``tryon weights``: facts about the weights that are used, and those of torchvision that training starts from."""

import json
from dataclasses import dataclass
from typing import Annotated

import tyro

from tryon.commands.options import Folder
from tryon.core.checks import check_choice
from tryon.core.errors import ConfigError

NETWORKS = {
    "GarmentParser": "parser",
    "PoseEstimator": "pose",
    "AppearanceFlowNet": "flow",
    "AmodalNet": "amodal",
    "GarmentMatte": "matte",
    "GarmentPoints": "points",
    "HPN": "hpn",
}
_FILES = {"vgg16": "vgg16-397923af.pth", "encoder": "mobilenet_v2-b0353104.pth"}


@dataclass(frozen=True, kw_only=True)
class Weights:
    """List the released weights, or those of a folder, with sizes and checksums; or download what training needs."""

    folder: Folder = None
    """Folder of saved weights, or with one folder a network; by default the one that comes with the package. With
    --download, where the file goes."""
    json: bool = False
    """Print JSON instead of a table."""
    download: Annotated[str | None, tyro.conf.arg(metavar="{vgg16,encoder}", help_behavior_hint="")] = None
    """Download torchvision's ImageNet weights and check them: vgg16 for --vgg-weights, encoder, a MobileNetV2, for
    --encoder-weights."""

    def __post_init__(self) -> None:
        if self.download is not None:
            check_choice("--download", self.download, tuple(_FILES))

    def run(self) -> None:
        if self.download:
            self._download(self.download)
            return
        facts = self._facts()
        if self.json:
            print(json.dumps(facts, indent=2))
            return
        for name, info in facts.items():
            values, size = int(info["parameters"]), int(info["bytes"]) / 1e6
            what = f"{name:8} {info['class']:16} {values:>10,} values {size:6.1f} MB"
            print(f"{what}  {info['engine']:11}  {info['sha256']}")

    def _facts(self) -> dict[str, dict[str, str | int]]:
        """Of each network, by what it is; where there are several of a kind, their folder follows."""
        from tryon.core.engine import engine_in
        from tryon.core.weight_files import RELEASED, folders_of_weights, weights_info

        found = folders_of_weights(self.folder or RELEASED)
        infos = [(path, weights_info(path) | {"engine": engine_in(path)}) for path in found]
        names = [NETWORKS.get(str(info["class"]), path.name) for path, info in infos]
        return {
            name if names.count(name) == 1 else f"{name} ({path.name})": info
            for name, (path, info) in zip(names, infos, strict=True)
        }

    def _download(self, what: str) -> None:
        from tryon.core.weights import download

        if self.folder is None:
            raise ConfigError("--download needs --folder; give the folder for the file")
        path = download(f"https://download.pytorch.org/models/{_FILES[what]}", self.folder)
        print(json.dumps({"output": str(path)}) if self.json else path)
