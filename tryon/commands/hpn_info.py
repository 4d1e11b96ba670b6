"""``tryon hpn info``: what the presets cost. Free of torch until it runs."""

from dataclasses import dataclass
from typing import Annotated, Literal

from tyro.conf import Positional


@dataclass(frozen=True, kw_only=True)
class HPNInfo:
    """Print parameters, multiply-adds and memory of the pose transfer network, by preset and stage."""

    what: Annotated[Literal["info"], Positional]
    """What to print."""

    def run(self) -> None:
        from hpn.info import table

        print(table())
