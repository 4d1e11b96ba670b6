"""What the commands on whole data sets share: which one, and which part of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from tryon.commands.options import Name, Names
from tryon.core.errors import ConfigError

if TYPE_CHECKING:
    from tryon.datasets.corrupt import Samples
    from tryon.datasets.shards import Sample


@dataclass(frozen=True, kw_only=True)
class DataSource:
    data: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="DATA")]
    """Folder of the data set."""
    layout: Name = None
    """Layout of the data set, such as ccp; by default it is recognized."""
    splits: Names = ()
    """Splits to take; by default all."""
    pairs: bool = False
    """Take the pairs, or people with garments, that the data set makes of its pictures, instead of single pictures."""
    max_corrupt: float = 0.01
    """Share of the samples that may be unreadable."""

    def __post_init__(self) -> None:
        if not 0 <= self.max_corrupt <= 1:
            raise ConfigError(f"--max-corrupt {self.max_corrupt:g} is no share; give 0 to 1")

    def open(self) -> "tuple[str, dict[str, Samples[Sample]]]":
        """The name of the layout and the samples of each split."""
        from tryon.datasets.sources import LAYOUTS, open_split, recognize, splits_of

        layout = self.layout or recognize(self.data)
        known = splits_of(self.data, layout)
        read = None
        if LAYOUTS[layout].reads:
            from tryon.pipeline import TryOn

            read = TryOn.from_pretrained().read_person
        return layout, {
            split: open_split(self.data, split, layout, pairs=self.pairs, read=read) for split in self.splits or known
        }
