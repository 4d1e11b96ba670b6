"""The command line, free of torch until a command needs it."""

import gc
import io
import json
import re
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Annotated, Any, TextIO, get_args

import tyro
from tyro.conf import subcommand

from tryon import __version__
from tryon.commands.ablate_hpn import AblateHPN
from tryon.commands.batch import Batch
from tryon.commands.catalog_export import CatalogExport
from tryon.commands.catalog_import import CatalogImport
from tryon.commands.catalog_list import CatalogList
from tryon.commands.catalog_orders import CatalogOrders
from tryon.commands.catalog_remove import CatalogRemove
from tryon.commands.data_check import DataCheck
from tryon.commands.data_pack import DataPack
from tryon.commands.data_puppet import DataPuppet
from tryon.commands.data_render import DataRender
from tryon.commands.evaluate_amodal import EvaluateAmodal
from tryon.commands.evaluate_flat import EvaluateFlat
from tryon.commands.evaluate_groups import EvaluateGroups
from tryon.commands.evaluate_hpn import EvaluateHPN
from tryon.commands.evaluate_layout import EvaluateLayout
from tryon.commands.evaluate_normalize import EvaluateNormalize
from tryon.commands.evaluate_parser import EvaluateParser
from tryon.commands.evaluate_pose import EvaluatePose
from tryon.commands.evaluate_render import EvaluateRender
from tryon.commands.evaluate_repairs import EvaluateRepairs
from tryon.commands.evaluate_swap import EvaluateSwap
from tryon.commands.evaluate_tryon import EvaluateTryOn
from tryon.commands.export import Export
from tryon.commands.hpn_info import HPNInfo
from tryon.commands.options import check_kept
from tryon.commands.read import Parse, Pose
from tryon.commands.serve import Serve
from tryon.commands.swap import Swap
from tryon.commands.train_amodal import TrainAmodal
from tryon.commands.train_flow import TrainFlow
from tryon.commands.train_hpn import TrainHPN
from tryon.commands.train_layout import TrainLayout
from tryon.commands.train_matte import TrainMatte
from tryon.commands.train_parser import TrainParser
from tryon.commands.train_points import TrainPoints
from tryon.commands.train_pose import TrainPose
from tryon.commands.train_render import TrainRender
from tryon.commands.transfer import Normalize, Transfer
from tryon.commands.weights import Weights
from tryon.core.errors import ConfigError, DependencyError, TryOnError

DESCRIPTION = "Virtual try-on from two photos. `tryon --version` prints the version."
ANSI_COLOR = re.compile(r"\x1b\[[\d;]*m")
WRONG_VALUE = re.compile(r"Error parsing (-[\w-]+): .* Argument helptext: (.*?) For full helptext")
# With --json as a switch, not as a file.
JSON_SWITCH = ("swap", "batch", "transfer", "normalize", "parse", "pose", "weights", "export", "catalog")
# Packages of the extra `train` that commands import without asking whether they are there.
EXTRA = (
    "albumentations", "kornia", "onnx", "onnxscript", "scipy", "segmentation_models_pytorch", "torch", "torchvision",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Shop:
    """Open the try-on shop in the browser."""

    port: int = 8501
    """Port of the page on this machine."""
    headless: bool = False
    """Do not open a browser."""
    api: bool = False
    """Answer programs on the same port, as tryon serve does with its defaults."""

    def run(self) -> None:
        import apps

        apps.serve(self.port, headless=self.headless, api=self.api)


Catalog = (
    Annotated[CatalogImport, subcommand("import")]
    | Annotated[CatalogList, subcommand("list")]
    | Annotated[CatalogRemove, subcommand("remove")]
    | Annotated[CatalogExport, subcommand("export")]
    | Annotated[CatalogOrders, subcommand("orders")]
)
Data = (
    Annotated[DataRender, subcommand("render")]
    | Annotated[DataPuppet, subcommand("puppet")]
    | Annotated[DataCheck, subcommand("check")]
    | Annotated[DataPack, subcommand("pack")]
)
Evaluate = (
    Annotated[EvaluateParser, subcommand("parser")]
    | Annotated[EvaluatePose, subcommand("pose")]
    | Annotated[EvaluateRepairs, subcommand("repairs")]
    | Annotated[EvaluateSwap, subcommand("swap")]
    | Annotated[EvaluateGroups, subcommand("groups")]
    | Annotated[EvaluateNormalize, subcommand("normalize")]
    | Annotated[EvaluateHPN, subcommand("hpn")]
    | Annotated[EvaluateTryOn, subcommand("tryon")]
    | Annotated[EvaluateAmodal, subcommand("amodal")]
    | Annotated[EvaluateLayout, subcommand("layout")]
    | Annotated[EvaluateRender, subcommand("render")]
    | Annotated[EvaluateFlat, subcommand("flat")]
)
Train = (
    Annotated[TrainParser, subcommand("parser")]
    | Annotated[TrainPose, subcommand("pose")]
    | Annotated[TrainHPN, subcommand("hpn")]
    | Annotated[TrainFlow, subcommand("flow")]
    | Annotated[TrainLayout, subcommand("layout")]
    | Annotated[TrainAmodal, subcommand("amodal")]
    | Annotated[TrainRender, subcommand("render")]
    | Annotated[TrainMatte, subcommand("matte")]
    | Annotated[TrainPoints, subcommand("points")]
)
Command = (
    Annotated[Swap, subcommand("swap")]
    | Annotated[Batch, subcommand("batch")]
    | Annotated[Transfer, subcommand("transfer")]
    | Annotated[Normalize, subcommand("normalize")]
    | Annotated[Parse, subcommand("parse")]
    | Annotated[Pose, subcommand("pose")]
    | Annotated[Shop, subcommand("shop")]
    | Annotated[Serve, subcommand("serve")]
    | Annotated[Catalog, subcommand("catalog", description="Keep the products of a shop.")]
    | Annotated[Evaluate, subcommand("evaluate", description="Measure what users get, on labeled photos.")]
    | Annotated[Train, subcommand("train", description="Train a network.")]
    | Annotated[AblateHPN, subcommand("ablate")]
    | Annotated[HPNInfo, subcommand("hpn")]
    | Annotated[Data, subcommand("data", description="Make, check and pack training data.")]
    | Annotated[Weights, subcommand("weights")]
    | Annotated[Export, subcommand("export")]
)
HELP = frozenset({"-h", "--help"})
COMMANDS = tuple(one.__metadata__[0].name for one in get_args(Command))


def main(arguments: list[str] | None = None) -> int:
    """Run a command, or print the version for ``--version``.

    Returns:
        The exit code: 0 done, 2 the user can mend it (an option, a photo), 1 a fault of ours. An error is a sentence
        on standard error, and with the switch ``--json`` also ``{"error": sentence}`` on standard output.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        print(f"tryon {__version__}")
        return 0
    # Imports make very many objects that stay; looking through them for garbage each time took a tenth of torch's.
    gc.set_threshold(50_000)
    warnings.filterwarnings("ignore", category=UserWarning, module="torch|albumentations|segmentation_models_pytorch")
    command: Command | None = None
    facts: dict[str, object] = {}
    try:
        command = parse(arguments)
        check_kept(command)
        command.run()
        return 0
    except TryOnError as error:
        message, code, facts = str(error), error.exit_code, dict(error.facts)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRA:
            raise
        message = (
            f"this command needs the package {package}; install what training and measuring need with: "
            "pip install -e '.[train]'"
        )
        code = DependencyError.exit_code
    except KeyboardInterrupt:
        message, code = "interrupted", 130
    print(f"tryon: {message}", file=sys.stderr)
    if getattr(command, "json", "--json" in arguments and arguments[0] in JSON_SWITCH) is True:
        print(json.dumps({"error": message} | facts))
    return code


def parse(arguments: list[str]) -> Command:
    """The command with its options.

    Raises:
        TryOnError: options that do not go together, or a value of the wrong kind; the parser would put words of its own
            around the sentence.
        SystemExit: with code 0 after the help was printed, with 2 after a wrong option was told.
    """
    as_json = "--json" in arguments and arguments[0] in JSON_SWITCH
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        as_json = "--json" in arguments
        arguments = arguments[:1]  # of the options of no command, the parser would tell where else they belong
    elif not HELP.isdisjoint(arguments):
        arguments = _help_alone(arguments)
    out, err = _Terminal(sys.stdout), _Terminal(sys.stderr)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            return tyro.cli(Command, prog="tryon", description=DESCRIPTION, args=arguments)
    except SystemExit as stopped:
        cause: BaseException | None = stopped
        while cause is not None:
            if isinstance(cause, TryOnError):  # options that do not go together: the sentence alone
                err = _Terminal(sys.stderr)
                raise cause from None
            cause = cause.__context__
        words = _sentence(err.getvalue())
        if wrong := WRONG_VALUE.match(words):  # the parser tells of the types that it tried
            err = _Terminal(sys.stderr)
            raise ConfigError(f"the value of {wrong[1]} cannot be read; expected {wrong[2]}") from None
        if as_json and words:
            print(json.dumps({"error": words}))
        raise
    finally:
        print(whole_usage(out.getvalue()), end="")
        print(err.getvalue(), end="", file=sys.stderr)


def _help_alone(arguments: list[str]) -> list[str]:
    """The command whose help is asked for, alone: the parser leaves out of its usage line what is given beside it."""
    commands: Any = Command
    for number, word in enumerate(arguments):
        names = {one.__metadata__[0].name: one.__origin__ for one in get_args(commands)}
        if word not in names:
            return [*arguments[:number], "--help"]
        commands = names[word]
    return arguments


class _Terminal(io.StringIO):
    """Keeps what is printed; a terminal, and of the encoding, as the stream is that it stands for: so colors stay."""

    def __init__(self, stream: TextIO):
        super().__init__()
        self._stream = stream

    def isatty(self) -> bool:
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding


def whole_usage(page: str) -> str:
    """A help page of tyro with all options that have to be given in its usage line, where tyro leaves them out."""
    entries = re.split(r"\n[│ ] (?=-)", ANSI_COLOR.sub("", page))[1:]
    needed = [re.split(r", -|  | │", entry, maxsplit=1)[0] for entry in entries if "(required)" in entry]
    return re.sub(r"\[[A-Z]+ OPTIONS\]", " ".join([*needed, "[OPTIONS]"]), page, count=1)


def _sentence(box: str) -> str:
    """The words of an error that tyro prints in a box, without the title, which the first of them repeat."""
    lines = (ANSI_COLOR.sub("", line).strip("╭╮╰╯│─ ") for line in box.splitlines()[1:])
    return " ".join(line for line in lines if line.strip("-"))
