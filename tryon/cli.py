"""The command line, free of torch until a command needs it."""

import gc
import sys
import warnings
from dataclasses import dataclass
from typing import Annotated

import tyro
from tyro.conf import subcommand

from tryon import __version__
from tryon.commands.ablate_hpn import AblateHPN
from tryon.commands.data_check import DataCheck
from tryon.commands.data_pack import DataPack
from tryon.commands.data_puppet import DataPuppet
from tryon.commands.data_render import DataRender
from tryon.commands.evaluate import EvaluateGroups, EvaluateNormalize, EvaluateParser, EvaluatePose, EvaluateSwap
from tryon.commands.evaluate_hpn import EvaluateHPN
from tryon.commands.evaluate_tryon import EvaluateTryOn
from tryon.commands.hpn_info import HPNInfo
from tryon.commands.read import Parse, Pose
from tryon.commands.swap import Swap
from tryon.commands.train import TrainHPN, TrainParser, TrainPose
from tryon.commands.transfer import Normalize, Transfer
from tryon.commands.weights import Weights
from tryon.core.errors import TryOnError


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Open the try-on shop in the browser."""

    port: int = 8501
    """Port of the page on this machine."""
    headless: bool = False
    """Do not open a browser."""

    def run(self) -> None:
        import subprocess

        import apps

        options = ["--server.headless", "true"] if self.headless else []
        if subprocess.run([*apps.command(self.port), *options]).returncode:
            raise TryOnError(f"the shop could not be started on port {self.port}; try another --port")


Data = (
    Annotated[DataRender, subcommand("render")]
    | Annotated[DataPuppet, subcommand("puppet")]
    | Annotated[DataCheck, subcommand("check")]
    | Annotated[DataPack, subcommand("pack")]
)
Evaluate = (
    Annotated[EvaluateParser, subcommand("parser")]
    | Annotated[EvaluatePose, subcommand("pose")]
    | Annotated[EvaluateSwap, subcommand("swap")]
    | Annotated[EvaluateGroups, subcommand("groups")]
    | Annotated[EvaluateNormalize, subcommand("normalize")]
    | Annotated[EvaluateHPN, subcommand("hpn")]
    | Annotated[EvaluateTryOn, subcommand("tryon")]
)
Train = (
    Annotated[TrainParser, subcommand("parser")]
    | Annotated[TrainPose, subcommand("pose")]
    | Annotated[TrainHPN, subcommand("hpn")]
)
Command = (
    Annotated[Swap, subcommand("swap")]
    | Annotated[Transfer, subcommand("transfer")]
    | Annotated[Normalize, subcommand("normalize")]
    | Annotated[Parse, subcommand("parse")]
    | Annotated[Pose, subcommand("pose")]
    | Annotated[Shop, subcommand("shop")]
    | Annotated[Evaluate, subcommand("evaluate", description="Measure what users get, on labeled photos.")]
    | Annotated[Train, subcommand("train", description="Train a network.")]
    | Annotated[AblateHPN, subcommand("ablate")]
    | Annotated[HPNInfo, subcommand("hpn")]
    | Annotated[Data, subcommand("data", description="Make, check and pack training data.")]
    | Annotated[Weights, subcommand("weights")]
)


def main(arguments: list[str] | None = None) -> int:
    """Run a command, or print the version for ``--version``.

    Returns:
        The exit code: 0 done, 2 the user can mend it (an option, a photo), 1 a fault of ours.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        print(f"tryon {__version__}")
        return 0
    # Importing torch makes very many objects that stay; looking through them for garbage each time took a tenth of it.
    gc.set_threshold(50_000)
    warnings.filterwarnings("ignore", category=UserWarning, module="torch|albumentations|segmentation_models_pytorch")
    command = tyro.cli(Command, prog="tryon", description="Virtual try-on from two photos.", args=arguments)
    try:
        command.run()
    except TryOnError as error:
        print(f"tryon: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("tryon: interrupted", file=sys.stderr)
        return 130
    return 0
