"""``tryon weights``: facts about the weights that are used."""

import json
from dataclasses import dataclass

from tryon.commands.options import Folder


@dataclass(frozen=True, kw_only=True)
class Weights:
    """List the released weights, or those of a folder, with sizes and checksums."""

    folder: Folder = None
    """Folder with one folder a network; by default the one that comes with the package."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> None:
        from tryon.core.errors import CheckpointError
        from tryon.core.weights import RELEASED, weights_info

        folder = self.folder or RELEASED
        found = sorted(path.parent for path in folder.glob("*/config.json"))
        if not found:
            raise CheckpointError(f"no weights in {folder}; expected one folder a network with config.json in it")
        facts = {path.name: weights_info(path) for path in found}
        if self.json:
            print(json.dumps(facts, indent=2))
            return
        for name, info in facts.items():
            size = int(info["bytes"]) / 1e6
            print(f"{name:8} {info['class']:16} {int(info['parameters']):>10,} values {size:6.1f} MB  {info['sha256']}")
