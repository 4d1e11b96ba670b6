"""``tryon data pack``: a data set as WebDataset shards. Free of torch and OpenCV until it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from tryon.commands.data_source import DataSource
from tryon.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class DataPack(DataSource):
    """Write a data set as WebDataset shards with a manifest and checksums; an interrupted run goes on."""

    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """Folder of the shards, new or of an interrupted run."""
    pictures: Literal["jpg", "png"] = "jpg"
    """png keeps every pixel of the photos and is several times larger; label maps and points are always exact."""
    quality: int = 95
    """Quality of the JPEG pictures, 1 to 100."""
    read: bool = False
    """Find label maps for people that have none, in pairs too, with the released networks: seconds a picture."""
    shard_size: float = 256
    """Most megabytes of a shard."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.quality <= 100:
            raise ConfigError(f"--quality {self.quality} is out of range; give 1 to 100")
        if not self.shard_size > 0:
            raise ConfigError(f"--shard-size {self.shard_size:g} is not positive; give megabytes, such as 256")

    def run(self) -> None:
        import sys

        from tqdm import tqdm

        from tryon.datasets.shards import PackOptions, pack

        layout, splits = self.open()
        if self.read:
            from tryon.datasets.foreground import Labeled
            from tryon.pipeline import TryOn

            read_person = TryOn.from_pretrained().read_person
            splits = {split: Labeled(samples, read_person) for split, samples in splits.items()}
        options = PackOptions(
            source=f"{layout} pairs" if self.pairs else layout,
            pictures=self.pictures,
            quality=self.quality,
            shard_bytes=round(self.shard_size * 1e6),
            max_corrupt=self.max_corrupt,
        )
        total = sum(map(len, splits.values()))
        with tqdm(total=total, desc="pack", unit="", file=sys.stderr, leave=False, disable=None) as bar:
            manifest = pack(splits, self.out, options, bar.update)
        for split in splits:
            shards = [shard for shard in manifest["shards"] if shard["split"] == split]
            packed = sum(sum(shard["kinds"].values()) for shard in shards)
            skipped = sum(len(shard["skipped"]) for shard in shards)
            size = sum(shard["bytes"] for shard in shards) / 1e6
            print(f"{split}: {packed} samples in {len(shards)} shards, {size:.1f} MB, {skipped} skipped")
        print(self.out / "manifest.json")
