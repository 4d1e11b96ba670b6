"""``tryon data puppet``: pairs of one person in two poses from single photos. Free of torch until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tryon.commands.options import File, Size
from tryon.core.errors import ConfigError, DataError

if TYPE_CHECKING:
    from tryon.draw import Cell
    from tryon.types import PairSample

_SHEET_PAIRS, _SHEET_CELL = 40, (300, 240)
_HIDDEN = (255, 0, 255)


@dataclass(frozen=True, kw_only=True)
class DataPuppet:
    """Make pairs of people: the person of a photo is moved, and the photo is the target."""

    data: Path
    """Folder of the Clothing Co-Parsing data set."""
    out: Path
    """Folder of the pairs; a run that was interrupted goes on."""
    number: int = 1000
    """Pairs in all."""
    seed: int = 0
    """A pair depends on the seed and its number only."""
    size: Size = None
    """Height and width of the pairs; without it, each is in the size of its photo."""
    split: Literal["train", "val"] = "train"
    """Photos to use, and the split that the pairs are written for."""
    sheet: File = None
    """Also draw up to 40 random pairs of this run: moved, as photographed, and the first warped onto the second."""

    def __post_init__(self) -> None:
        if self.number < 1:
            raise ConfigError(f"--number is {self.number}; give 1 or more")
        if self.seed < 0:
            raise ConfigError(f"--seed is {self.seed}; give 0 or more")
        if self.size is not None and min(self.size) < 64:
            raise ConfigError(f"--size is {self.size[0]} {self.size[1]}; give 64 or more for each")

    def run(self) -> None:
        """Write what is missing, and say what was skipped.

        Raises:
            DataError: the photos are not in the layout that is expected, or none makes a puppet.
            OutputError: the pairs or the sheet cannot be written.
        """
        from dataclasses import replace

        from tryon.core import photo
        from tryon.datasets.ccp import ClothingCoParsing
        from tryon.datasets.corrupt import Readable
        from tryon.datasets.pair_folder import write_pair, written
        from tryon.evaluate.report import progress
        from tryon.synth.puppet import PuppetPairs

        if self.sheet:
            photo.check_output(self.sheet)
        photos = Readable(ClothingCoParsing(self.data, self.split))
        pairs = PuppetPairs(photos, self.seed, self.size)
        done = written(self.out)
        missing = [number for number in range(self.number) if self._name(number) not in done]
        for number in progress(missing, "puppets"):
            pair = pairs.pair(number)
            target = replace(pair.target, identity=pair.target.identity or pair.target.name)
            write_pair(
                self.out, replace(pair, target=target, name=self._name(number)), self.split, lossless_target=True
            )
        print(f"{len(missing)} pairs written to {self.out}, {self.number - len(missing)} were there")
        skipped = sorted(pairs.skipped.items(), key=lambda item: -len(item[1]))
        if skipped:
            reasons = ", ".join(f"{len(photos)} {reason}" for reason, photos in skipped)
            print(f"{sum(len(photos) for _, photos in skipped)} photos of those drawn were skipped: {reasons}")
        if photos.corrupt:
            print(f"{len(photos.corrupt)} photos cannot be read; the first: {next(iter(photos.corrupt.values()))}")
        if self.sheet:
            self._draw_sheet(self.sheet)

    def _name(self, number: int) -> str:
        size = f"{self.size[0]}x{self.size[1]}" if self.size else "photo"
        return f"puppet-{self.split}-{size}-seed{self.seed}-{number:06d}"

    def _draw_sheet(self, path: Path) -> None:
        import numpy as np

        from tryon import draw
        from tryon.core import photo
        from tryon.datasets.pair_folder import PairFolder

        folder = PairFolder(self.out, self.split)
        names = {self._name(number) for number in range(self.number)}
        ours = [i for i, name in enumerate(folder.names) if name in names]
        if not ours:
            raise DataError(f"{self.out} holds no pair of this run; make some first")
        chosen = np.random.default_rng(self.seed).permutation(ours)[:_SHEET_PAIRS]
        rows = [pair_cells(folder[int(i)]) for i in chosen]
        two = [[cell for row in rows[i : i + 2] for cell in row] for i in range(0, len(rows), 2)]
        photo.save(draw.contact_sheet(two, _SHEET_CELL), path)


def pair_cells(pair: "PairSample") -> "list[Cell]":
    """Source and target with their skeletons, and the source warped onto the target, what it hides in magenta."""
    import numpy as np

    from appearance_flow.sampling import warp_photo
    from tryon import draw

    assert pair.flow is not None
    assert pair.visible is not None
    warped = warp_photo(pair.source.image, pair.flow)
    surface = np.isfinite(pair.flow).all(-1)
    warped[surface & ~pair.visible] = _HIDDEN
    error = np.abs(warped.astype(int) - pair.target.image)[pair.visible & surface].mean() / 255
    return [
        ("source", draw.draw_keypoints(pair.source.image, pair.source.keypoints, legend=False)),
        ("target", draw.draw_keypoints(pair.target.image, pair.target.keypoints, legend=False)),
        (f"warped, error {error:.3f}", warped),
    ]
