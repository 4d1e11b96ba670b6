"""What a check of a data set finds."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a data set, or may be."""

    code: str
    """Short and stable, for programs."""
    level: Level
    """A training on data with an error is in vain or measures something else; a warning may be meant so."""
    message: str
    samples: tuple[str, ...] = ()
    """The samples it concerns, as ``SPLIT/NAME``, or none where it concerns the data set as a whole."""
