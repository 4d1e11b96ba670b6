"""The command line, free of torch until a command needs it."""

import sys
from typing import Annotated

import tyro

from tryon.commands.train import TrainParser, TrainPose
from tryon.core.errors import TryOnError

Train = Annotated[
    Annotated[TrainParser, tyro.conf.subcommand("parser")] | Annotated[TrainPose, tyro.conf.subcommand("pose")],
    tyro.conf.subcommand("train", description="Train a network."),
]


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 2 the user can mend it, 1 a fault of ours."""
    command = tyro.cli(Train, prog="tryon", args=arguments)
    try:
        command.run()
    except TryOnError as error:
        print(f"tryon: {error}", file=sys.stderr)
        return error.exit_code
    return 0
