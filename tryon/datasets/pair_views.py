"""The training pairs of several folders as the views that the pose transfer network learns from."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from hpn.task import VALIDATION_VIEWS
from hpn.views import PairViews
from tryon.core.errors import ConfigError
from tryon.datasets.corrupt import Readable
from tryon.datasets.sources import LAYOUTS, open_split, recognize, splits_of
from tryon.types import PairSample


def pair_views(
    data: tuple[Path, ...], puppets: tuple[Path, ...], puppets_share: float, seed: int, sigma: float
) -> PairViews:
    """The training pairs of folders.

    Raises:
        ConfigError: no folder, or none with pairs in its train split.
        DataError: a folder of no known layout.
    """
    if not data and not puppets:
        raise ConfigError("no training data; give folders of pairs with --data, or of puppets with --puppets")
    if data and puppets and not 0 < puppets_share < 1:
        raise ConfigError(f"--puppets-share {puppets_share:g} must lie between 0 and 1, where --data is given too")
    share = puppets_share if data else 1.0
    sources = [(_pairs(folder), (1 - share) / len(data), True) for folder in data]
    sources += [(_pairs(folder), share / len(puppets), False) for folder in puppets]
    return PairViews([source for source in sources if source[1] > 0], seed, sigma)


def validation_pair_views(data: tuple[Path, ...], puppets: tuple[Path, ...], sigma: float) -> PairViews | None:
    """Views of the pairs of val, or of test where there is no val, the same in every training.

    Returns:
        ``None`` where no folder has any.

    Raises:
        DataError: pair after pair cannot be shown. That is told now, not after minutes of training.
    """
    sources = []
    for folder, reversible in (*((one, True) for one in data), *((one, False) for one in puppets)):
        split = next((one for one in ("val", "test") if one in splits_of(folder)), None)
        pairs = _pairs(folder, split) if split else ()
        if len(pairs):
            sources.append((pairs, 1.0, reversible))
    if not sources:
        return None
    views = PairViews(sources, 0, sigma)
    for number in range(VALIDATION_VIEWS):
        views.view(number, 64)
    return views


def _pairs(folder: Path, split: str = "train") -> Sequence[PairSample]:
    layout = recognize(folder)
    samples = Readable(open_split(folder, split, layout, pairs=LAYOUTS[layout].pairs is not None))
    if len(samples) and not isinstance(samples[0], PairSample):
        raise ConfigError(
            f"{folder} does not hold pairs, the same person in two poses; give a folder that does, "
            "such as one of tryon data render --kind pairs"
        )
    return cast(Sequence[PairSample], samples)
