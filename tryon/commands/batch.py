"""``tryon batch``: many people in many garments."""

import json
import re
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from tryon.commands.options import File, Folder
from tryon.core.errors import BatchError, ConfigError, OutputError

if TYPE_CHECKING:
    from tryon.batch.pairs import Pair
    from tryon.batch.records import Records


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Dress every person of a folder in every garment of another, or the pairs of a table; goes on where it was
    interrupted."""

    people: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PEOPLE|TABLE")]
    """Folder of photos of the people; or, alone, a CSV file with the columns person and garment (paths from its
    folder) and, where wanted, category, below, tuck, inner, normalize, person_number, wearer_number and out (name of
    the picture)."""
    garments: Annotated[
        tyro.conf.Positional[Path | None], tyro.conf.arg(metavar="[GARMENTS]", help_behavior_hint="")
    ] = None
    """Folder of photos of the garments, with a wearer or without."""
    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER", aliases=["-o"])]
    """Folder for the pictures and report.csv; new, empty, or that of the same batch, which then goes on."""
    category: Literal["auto", "upper", "outer", "dress", "lower", "outfit"] = "auto"
    """As of tryon swap; what a table says comes first."""
    below: Literal["auto", "bring", "keep"] = "auto"
    """As of tryon swap; what a table says comes first."""
    tuck: Literal["auto", "in", "out"] = "auto"
    """As of tryon swap; what a table says comes first."""
    inner: Literal["bring", "keep"] = "bring"
    """As of tryon swap; what a table says comes first."""
    normalize: Literal["auto", "always", "never"] = "never"
    """As of tryon swap; what a table says comes first."""
    format: Literal["jpg", "png", "webp"] = "jpg"
    """Of the pictures that no table names."""
    shard: Annotated[str, tyro.conf.arg(metavar="I/N")] = "1/1"
    """Do only the I-th of N parts, for several machines with one folder; the report is of all that is there."""
    workers: int = 1
    """1 works in this process with all cores; more are processes of one thread each."""
    ray: Annotated[str | None, tyro.conf.arg(metavar="ADDRESS|auto|local", help_behavior_hint="")] = None
    """Work in --workers actors of the Ray cluster at this address, of the one that runs here (auto), or of one that is
    started for it (local); every machine has to see the folders at the same place. Needs the extra tryon[ray]."""
    sheet: File = None
    """Contact sheet of the first 40 people in rows and the first 20 garments in columns."""
    json: bool = False
    """Print counts as JSON on standard output."""
    weights: Folder = None
    """Folder with the folders parser, pose, flow, amodal, matte and points (and hpn, to normalize), instead of the
    released weights."""
    mirror: bool = True
    """Average every reading with that of the mirrored photo: steadier, twice the time."""

    def run(self) -> None:
        shard = self._shard()
        if self.workers < 1:
            raise ConfigError(f"--workers is {self.workers}; give the number of processes, from 1")
        pairs = self._pairs()
        if self.sheet:
            self._check_sheet(self.sheet, pairs)

        from tqdm import tqdm

        from hpn.network import POSE_TRANSFER
        from tryon.batch.records import REPORT, Records
        from tryon.batch.run import run
        from tryon.batch.sheet import sheet
        from tryon.core import engine, photo
        from tryon.pipeline import TryOn

        # Before anything is written: weights that are missing or damaged would be the fate of every pair.
        tryon = TryOn.from_pretrained(self.weights, mirror=self.mirror)
        if any(pair.options.normalize != "never" for pair in pairs):
            engine.load(POSE_TRANSFER, self.weights and self.weights / "hpn")
        records = Records(self.out, pairs, self._settings())
        others = self.workers > 1 or self.ray is not None  # processes, which load the networks themselves
        weights = self.weights and self.weights.absolute()  # those of Ray have a current folder of their own
        load = partial(TryOn.from_pretrained, weights, mirror=self.mirror) if others else lambda: tryon
        with tqdm(total=len(records.todo(shard)), unit="pair", file=sys.stderr, disable=None, leave=False) as bar:
            for _ in run(records, load, shard=shard, workers=self.workers, ray=self.ray):
                bar.update()
        if self.sheet:
            photo.save(sheet(records), self.sheet)
        self._report(records, self.out / REPORT)

    def _shard(self) -> tuple[int, int]:
        found = re.fullmatch(r"(\d+)/(\d+)", self.shard, re.ASCII)
        place, parts = (int(found[1]), int(found[2])) if found else (0, 0)
        if not 1 <= place <= parts:
            raise ConfigError(f"--shard is {self.shard!r}; give I/N, the I-th of N parts, such as 1/4 to 4/4")
        return place, parts

    def _pairs(self) -> "list[Pair]":
        from tryon.batch.pairs import CHOICES, Options, all_pairs, listed_pairs

        options = Options(**{name: getattr(self, name) for name in CHOICES})
        if self.garments is None:
            if self.people.is_dir():
                raise ConfigError(f"{self.people} is a folder; give that of the garments too, or a CSV file alone")
            return listed_pairs(self.people, f".{self.format}", options)
        for option, path in (("--out", self.out), ("--sheet", self.sheet)):
            for folder in (self.people, self.garments):
                if path and folder.resolve() in (path.resolve(), *path.resolve().parents):
                    raise ConfigError(f"{option} {path} lies in {folder}, whose photos are read; choose another place")
        return all_pairs(self.people, self.garments, f".{self.format}", options)

    def _check_sheet(self, path: Path, pairs: "list[Pair]") -> None:
        from tryon.core import photo

        inputs = {file for pair in pairs for file in (pair.person_file, pair.garment_file) if isinstance(file, Path)}
        if path.parent.resolve() != self.out.resolve() or self.out.is_dir():
            photo.check_output(path, inputs)
        elif path.suffix.lower() not in photo.OUTPUT_SUFFIXES:
            raise OutputError(f"{path} has an unknown extension; use {', '.join(photo.OUTPUT_SUFFIXES)}")
        if path.resolve() in {self.out.resolve() / pair.picture for pair in pairs}:
            raise OutputError(f"{path} is a picture of the batch; give --sheet another name")

    def _settings(self) -> dict[str, object]:
        """What decides what the pictures look like, besides the pairs, and what is told when it differs."""
        from tryon import __version__
        from tryon.batch.pairs import CHOICES
        from tryon.evaluate.report import NETWORKS, checksums, used_weights

        asked = {name: getattr(self, name) for name in (*CHOICES, "format", "mirror")}
        return {"version": __version__} | asked | checksums(used_weights(self.weights, *NETWORKS))

    def _report(self, records: "Records", report: Path) -> None:
        counts = records.write_report()
        facts = {
            "output": str(self.out),
            "report": str(report),
            "pairs": len(records.pairs),
            "ok": counts["ok"],
            "failed": counts["failed"],
            "errors": counts["error"],
        }
        if lost := counts["failed"] + counts["error"]:
            raise BatchError(
                f"{lost} of {lost + counts['ok']} pairs have no picture ({counts['failed']} because a photo was "
                f"refused, {counts['error']} by a fault of ours); {report} tells why",
                1 if counts["error"] else 2,
                facts,
            )
        print(json.dumps(facts, indent=2) if self.json else report)
